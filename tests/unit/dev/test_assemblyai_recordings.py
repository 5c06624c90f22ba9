"""What the recogniser hears in the recordings; that it understands all fifty is seen end to end."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from dev.assemblyai_standin.keyterms import Bias, make_bias
from dev.assemblyai_standin.model_files import prepare, pronunciations
from dev.assemblyai_standin.recognizer import Engine
from dev.assemblyai_standin.transcribe import read_wav

ROOT = Path(__file__).parents[3]
RECORDINGS = ROOT / "tests" / "data" / "recordings"
CACHE = ROOT / ".local" / "cache" / "speech"
ROWS = json.loads((RECORDINGS / "manifest.json").read_text())


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
