"""Names as they are said: their words, and words that sound or look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.code.spoken import alike, joined_numbers, name_words, transcript_tokens


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parse_amount", "parse amount"),
        ("parseAmount", "parse amount"),
        ("ParseAmount", "parse amount"),
        ("parse-amount", "parse amount"),
        ("PARSE_AMOUNT", "parse amount"),
        ("__init__", "init"),
        ("HTTPServer2", "http server 2"),
        ("loadJSONFile", "load json file"),
        ("utf8_decode", "utf 8 decode"),
        ("sixty_four", "64"),
        ("file_utils.py", "file utils dot py"),
        ("src/money.py", "src slash money dot py"),
        ("Book::add", "book dot add"),
        ("größe_2", "größe 2"),
        ("_", ""),
    ],
)
def test_a_name_is_said_by_its_words(name: str, words: str) -> None:
    assert " ".join(name_words(name)) == words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("utf eight", "utf 8"),
        ("base sixty four", "base 64"),
        ("base sixty", "base 60"),
        ("route twenty twelve", "route 20 12"),
        ("two zero", "2 0"),
        ("no number", "no number"),
    ],
)
def test_numbers_become_digits(said: str, words: str) -> None:
    assert " ".join(joined_numbers(said.split())) == words


def test_tokens_keep_their_places_and_punctuation() -> None:
    transcript = 'Call "parse_amount()", then money.py: it is fine. 3 — x'
    tokens = transcript_tokens(transcript)
    assert [transcript[each.start : each.end] for each in tokens] == [each.text for each in tokens]
    by_text = {each.text: each for each in tokens}
    assert by_text["parse_amount"].typed
    assert (by_text["parse_amount"].lead, by_text["parse_amount"].tail) == ('"', '",')
    assert by_text["money.py"].typed
    assert by_text["money.py"].parts == ("money", "dot", "py")
    assert (by_text["fine"].tail, by_text["fine"].typed) == (".", False)
    assert "—" not in by_text


@pytest.mark.parametrize(
    ("heard", "meant", "least", "most"),
    [
        ("amount", "amount", 1.0, 1.0),
        ("rest", "rust", 0.95, 0.97),
        ("right", "write", 0.95, 0.97),
        ("to", "2", 0.95, 0.97),
        ("amounts", "amount", 0.85, 0.85),
        ("reporter", "report", 0.85, 0.85),
        ("entries", "entry", 0.85, 0.85),
        ("muny", "money", 0.86, 0.95),
        ("ray", "rate", 0.7, 0.8),
        ("parse", "format", 0.0, 0.0),
        ("1", "2", 0.0, 0.0),
        ("12", "1", 0.0, 0.0),
    ],
)
def test_words_are_alike_by_sound_form_and_letters(
    heard: str, meant: str, least: float, most: float
) -> None:
    assert least <= alike(heard, meant) <= most


@given(st.text(max_size=12), st.text(max_size=12))
def test_likeness_is_a_share_whatever_the_words(heard: str, meant: str) -> None:
    assert 0.0 <= alike(heard, meant) <= 1.0
    assert alike(heard, heard) == 1.0
