"""The fifty recordings are understood: by their words, and by what they ask for."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from dev.assemblyai_standin.keyterms import Bias, make_bias
from dev.assemblyai_standin.model_files import prepare, pronunciations
from dev.assemblyai_standin.recognizer import Engine
from dev.assemblyai_standin.transcribe import final_turns, read_wav

ROOT = Path(__file__).parents[3]
RECORDINGS = ROOT / "tests" / "data" / "recordings"
CACHE = ROOT / ".local" / "cache" / "speech"
ROWS = json.loads((RECORDINGS / "manifest.json").read_text())

# Of this test only: what a person would take for the intent, from the words alone.
JUDGE = (
    ("explain", r"^(explain|describe|summarize|walk me|tell me|how (does|is)|what (is the|does|do"
                r"|happens))\b"),
    ("debug", r"^why\b|\b(fix|bug|debug|fails?|crash\w*|leak|throws?|exception when|never stops"
              r")\b"),
    ("test", r"\b(tests?|mock|pytest)\b"),
    ("modify", r"^(rename|change|make it|refactor|move|update|convert|remove|add (?!a new))"),
    ("create", r"^(create|write|make|build|generate|i need|add a new)\b"),
)  # fmt: skip


def judged(text: str) -> str:
    return next((intent for intent, sign in JUDGE if re.search(sign, text.lower())), "unclear")


def plain(text: str) -> list[str]:
    return re.sub(r"[.?](?=\s|$)", "", text.lower()).split()


def errors(said: list[str], heard: list[str]) -> int:
    """Return the fewest insertions, deletions and replacements of words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, start=1):
        previous, row = row, [i]
        for j, other in enumerate(heard, start=1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (word != other)))
    return row[-1]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(prepare(CACHE))


def test_manifest_has_ten_of_each_intent_in_two_voices() -> None:
    by_intent: dict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        by_intent[row["intent"]].add(row["file"])
        assert (RECORDINGS / row["file"]).is_file()
    assert {intent: len(files) for intent, files in by_intent.items()} == dict.fromkeys(
        ("create", "modify", "debug", "test", "explain"), 10
    )
    assert len({row["voice"] for row in ROWS}) == 2


def test_judge_is_right_about_every_sentence_as_it_was_said() -> None:
    assert [row["text"] for row in ROWS if judged(row["text"]) != row["intent"]] == []


@pytest.mark.timeout(240)  # ten seconds of one core; other work may share it
async def test_recordings_keep_their_words_and_their_intent(engine: Engine) -> None:
    wrong: dict[str, int] = defaultdict(int)
    said: dict[str, int] = defaultdict(int)
    missed, split = [], []
    for row in ROWS:
        turns = await final_turns(engine, read_wav(RECORDINGS / row["file"]))
        heard = " ".join(turns)
        reference = plain(row["text"].replace(" dot ", "."))
        wrong[row["voice"]] += errors(reference, plain(heard))
        said[row["voice"]] += len(reference)
        if judged(heard) != row["intent"]:
            missed.append((row["voice"], row["text"], heard))
        if len(turns) != 1:
            split.append((row["text"], turns))
    rates = {voice: wrong[voice] / said[voice] for voice in said}
    for voice, rate in rates.items():
        lost = sum(1 for row in missed if row[0] == voice)
        print(f"{voice}: word error rate {rate:.1%}, intents {25 - lost}/25")
    assert len(missed) <= 3, missed
    assert max(rates.values()) <= 0.12, rates
    assert split == []


def test_what_is_heard_does_not_depend_on_what_was_heard_before(engine: Engine) -> None:
    parts = [read_wav(RECORDINGS / row["file"])[9_600:70_000] for row in ROWS[:6]]
    in_order = [texts(engine, pcm) for pcm in parts]
    backwards = [texts(engine, pcm) for pcm in reversed(parts)]
    assert in_order == backwards[::-1]


def test_key_term_that_the_model_lacks_is_heard_while_it_is_favoured_and_no_longer(
    engine: Engine,
) -> None:
    pcm = recording("what is the time complexity of this algorithm")
    without = texts(engine, pcm)
    assert "algorithm" not in without
    assert texts(engine, pcm, make_bias(["algorithm"], pronunciations()))[-1] == "algorithm"
    assert texts(engine, pcm) == without


def test_key_term_of_two_words_is_heard_as_two_words_in_order(engine: Engine) -> None:
    pcm = recording("debug the parser it crashes on an empty string")
    words = engine.transcribe(pcm, make_bias(["emptyString"], pronunciations()))
    assert [word.text for word in words[-2:]] == ["empty", "string"]
    assert words[-2].end_ms == words[-1].start_ms


def test_hundred_terms_that_nobody_says_are_not_heard(engine: Engine) -> None:
    terms = [f"{first}_{second}" for first in FIRST for second in SECOND]
    bias = make_bias(terms, pronunciations())
    assert len(bias) == 100
    for row in ROWS[::10]:
        pcm = read_wav(RECORDINGS / row["file"])
        assert texts(engine, pcm, bias) == texts(engine, pcm)


FIRST = ("purple", "monday", "giraffe", "helmet", "orchard", "violin", "magnet", "pepper",
         "saddle", "lantern")  # fmt: skip
SECOND = ("river", "elbow", "candle", "walnut", "blanket", "rocket", "cousin", "marble",
          "tunnel", "whistle")  # fmt: skip


def recording(text: str) -> bytes:
    return read_wav(RECORDINGS / next(row["file"] for row in ROWS if row["text"] == text))


def texts(engine: Engine, pcm: bytes, bias: Bias = ()) -> list[str]:
    return [word.text for word in engine.transcribe(pcm, bias)]
