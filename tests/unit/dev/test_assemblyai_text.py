"""Formatting, the phrase grammar, the language model and key terms."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from dev.assemblyai_standin import vocabulary
from dev.assemblyai_standin.formatter import assemble, is_complete, punctuate
from dev.assemblyai_standin.keyterms import make_bias, spoken_words
from dev.assemblyai_standin.language_model import END, START, Mixture, train, write_arpa
from dev.assemblyai_standin.words import spread

RECORDINGS = Path(__file__).parents[2] / "data" / "recordings"


def written(spoken: str) -> str:
    return " ".join(word.text for word in punctuate(assemble(spread(spoken, 0, 1000))))


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("add it to the file main dot py", "Add it to the file main.py."),
        ("rename it to user underscore id", "Rename it to user_id."),
        ("test underscore utils dot py is empty", "test_utils.py is empty."),
        ("parse the json from the api", "Parse the JSON from the API."),
        ("why does it fail", "Why does it fail?"),
        ("when does it stop", "When does it stop?"),
        ("when i call it it stops", "When I call it it stops."),
        ("draw a dot on the map", "Draw a dot on the map."),
        ("", ""),
    ],
)
def test_spoken_sentence_is_written_as_the_vendor_writes_it(spoken: str, expected: str) -> None:
    assert written(spoken) == expected


def test_joined_name_spans_the_time_of_its_parts() -> None:
    joined = assemble(spread("in app dot js now", 0, 500))
    assert [(word.text, word.start_ms, word.end_ms) for word in joined] == [
        ("in", 0, 100),
        ("app.js", 100, 400),
        ("now", 400, 500),
    ]


@pytest.mark.parametrize("text", ["create a function that", "add", "rename it to", "create", ""])
def test_text_that_wants_another_word_is_open(text: str) -> None:
    assert not is_complete(text)


@pytest.mark.parametrize("text", ["undo that", "stop", "add error handling to it", "test this"])
def test_whole_command_is_complete(text: str) -> None:
    assert is_complete(text)


def test_grammar_draws_alternatives_options_and_rules() -> None:
    grammar = vocabulary.parse_grammar(
        ["# note", "command = <verb> [the] <noun>", "verb = 3*sort | run", "noun = list", " | map"]
    )
    rng = random.Random(1)
    drawn = {" ".join(grammar.sentence(rng)) for _ in range(200)}
    assert drawn == {
        f"{verb} {article}{noun}"
        for verb in ("sort", "run")
        for article in ("the ", "")
        for noun in ("list", "map")
    }


def test_grammar_with_an_undefined_rule_is_refused() -> None:
    with pytest.raises(vocabulary.GrammarError, match="noun"):
        vocabulary.parse_grammar(["command = sort <noun>"])


def test_grammar_that_runs_in_a_circle_is_refused() -> None:
    grammar = vocabulary.parse_grammar(["command = very <command>"])
    with pytest.raises(vocabulary.GrammarError, match="circle"):
        grammar.sentence(random.Random(1))


def test_no_pattern_is_a_recorded_sentence() -> None:
    rows = json.loads((RECORDINGS / "manifest.json").read_text())
    patterns = {p.replace("[ ", "").replace(" ]", "") for p in vocabulary.load_grammar().patterns()}
    assert len(rows) == 50
    assert not patterns & {row["text"] for row in rows}


def uniform(_word: str, _history: tuple[str, ...]) -> float:
    return 0.1


MIXTURE = Mixture(
    general=uniform,
    vocabulary=frozenset({"unheard"}),
    bigrams=frozenset({("a", "unheard")}),
    share=0.5,
)
SENTENCES = [["sort", "a", "list"], ["sort", "a", "map"], ["run", "a", "test"]] * 5


@pytest.mark.parametrize("history", [(), ("a",), (START,), ("sort", "a"), (START, "sort"), ("x",)])
def test_probabilities_after_every_history_sum_to_one(history: tuple[str, ...]) -> None:
    model = train(SENTENCES, MIXTURE)
    vocabulary_words = ["sort", "a", "list", "map", "run", "test", "unheard", END]
    total = sum(model.probability(word, history) for word in vocabulary_words)
    assert total == pytest.approx(1.0, abs=1e-6)


def test_word_seen_after_its_history_is_likelier_than_one_never_seen() -> None:
    model = train(SENTENCES, MIXTURE)
    assert model.probability("list", ("sort", "a")) > 5 * model.probability("test", ("sort", "a"))
    assert model.probability("test", ("sort", "a")) > 0


def test_arpa_file_counts_its_ngrams_and_gives_logarithms(tmp_path: Path) -> None:
    model = train(SENTENCES, MIXTURE)
    write_arpa(model, tmp_path / "m.arpa")
    lines = (tmp_path / "m.arpa").read_text().splitlines()
    for order in (1, 2, 3):
        start = lines.index(f"\\{order}-grams:") + 1
        section = lines[start : lines.index("", start)]
        assert f"ngram {order}={len(section)}" in lines
        assert section == sorted(section, key=lambda line: line.split("\t")[1].split())
    unigram = next(line for line in lines if line.split("\t")[1:2] == ["list"])
    assert 10 ** float(unigram.split("\t")[0]) == pytest.approx(model.probability("list"), rel=1e-3)
    assert lines[-1] == "\\end\\"


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("user_id", ("user", "id")),
        ("fetchUserName", ("fetch", "user", "name")),
        ("HTTPServer", ("http", "server")),
        ("utils.py", ("utils", "py")),
        ("42", ()),
    ],
)
def test_identifier_is_taken_apart_into_spoken_words(term: str, expected: tuple[str, ...]) -> None:
    assert spoken_words(term) == expected


SAID = {"web": ["W EH B"], "hook": ["HH UH K"], "giraffe": ["JH ER AE F"], "user": ["Y UW Z ER"]}


def test_bias_has_each_term_that_can_be_said_and_drops_the_others() -> None:
    bias = make_bias(["userGiraffe", "user_giraffe", "webhook", "xqzt", "a" * 51], SAID)
    assert bias == (("user_giraffe_", "Y UW Z ER JH ER AE F"), ("webhook_", "W EH B HH UH K"))
