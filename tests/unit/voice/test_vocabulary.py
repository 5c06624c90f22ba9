"""Names of the user's code: which there are, and how they are put back into spoken text."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.voice.vocabulary import (
    MAX_TERM_CHARS,
    MAX_TERMS,
    identifiers,
    keyterms,
    repair,
    symbols,
)
from shared.voice.window import Command

NAMES = [
    *("user_id", "maxRetryCount", "HTTPServer", "UserAccount", "MAX_SIZE", "_private_name"),
    *("user-service", "src/user_service.py", "add.py", ".env", "sha256_sum", "add_numbers"),
    *("user_id_list", "__init__", "x", "ab", "foo"),
]


@pytest.mark.parametrize(
    ("said", "repaired"),
    [
        ("rename the user id", "rename the user_id"),
        ("rename the User ID.", "rename the user_id."),
        ("raise the max retry count, then log", "raise the maxRetryCount, then log"),
        ("start the HTTP server", "start the HTTPServer"),
        ("a user account class", "a UserAccount class"),
        ("double max size", "double MAX_SIZE"),
        ("call private name", "call _private_name"),
        ("restart user service", "restart user-service"),
        ("open user service dot py", "open user_service.py"),
        ("open add dot py now", "open add.py now"),
        ("read dot env", "read .env"),
        ("check the sha 256 sum", "check the sha256_sum"),
        ("the user underscore id", "the user_id"),
        ("sort the user id list", "sort the user_id_list"),
        ("the user id, the user id", "the user_id, the user_id"),
        ('print "user id"!', 'print "user_id"!'),
        ("print (user id) twice", "print (user_id) twice"),
        ("the\tuser  id\n", "the\tuser_id\n"),
    ],
)
def test_spoken_names_get_their_casing_back(said: str, repaired: str) -> None:
    assert repair(said, NAMES) == repaired


@pytest.mark.parametrize(
    "said",
    [
        *("", " ", "user", "the user", "the id of a user"),
        "a function to add numbers",
        "please add numbers",
        "Add numbers together.",
        "User account is missing.",
        "It works. Add numbers to it.",
        "the user, id and name",
        "the user (id)",
        "the user's id",
        "the user_id",
        "the underscore user underscore",
        "foo and ab and x",
    ],
)
def test_everything_else_stays(said: str) -> None:
    assert repair(said, NAMES) == said


def test_the_newest_of_two_names_that_sound_alike_is_meant() -> None:
    assert repair("the user id", ["userId", "user_id"]) == "the userId"


_SPOKEN = st.lists(
    st.sampled_from(
        [
            *("the", "to", "user", "id", "list", "max", "size", "retry", "count", "dot", "py"),
            *("add", "numbers", "underscore", "user,", "id.", "(user", "id)", "HTTP", "server"),
        ]
    ),
    max_size=14,
).map(" ".join)


@given(st.one_of(_SPOKEN, st.text(max_size=60)))
def test_repairing_twice_changes_nothing_more(said: str) -> None:
    once = repair(said, NAMES)
    assert repair(once, NAMES) == once


@given(st.one_of(_SPOKEN, st.text(max_size=60)))
def test_repairing_keeps_the_letters_and_the_punctuation(said: str) -> None:
    def letters(text: str) -> str:
        return re.sub(r"\s|_|-|dot|underscore|\.", "", text.lower())

    assert letters(repair(said, NAMES)) == letters(said)


@given(said=st.text(), names=st.lists(st.text(max_size=30), max_size=5))
def test_any_text_and_any_names_can_be_given(said: str, names: list[str]) -> None:
    repair(said, names)
    keyterms(names)


@given(st.text(st.characters(categories=["L", "Zs", "P"])))
def test_text_in_which_no_name_fits_is_never_changed(said: str) -> None:
    assert repair(said, ["zz9_qq8_zz9", "single", "x"]) == said


def test_names_of_very_many_parts_are_no_spoken_names() -> None:
    name = "aB" * 5000
    assert repair("the " + "a b " * 2000, [name, "a1b2c3d4e5f6g7"]) == "the " + "a b " * 2000


def test_identifiers_are_the_names_of_the_code_and_not_its_words() -> None:
    code = '''
import os  # the comment_word
def load_user(user_id: int) -> UserAccount:
    """Read the docstring_word."""
    $price = "text_word" + 'other_word'
    return find(user_id) // trailing_word
'''
    assert identifiers(code) == ["load_user", "user_id", "UserAccount", "$price", "find"]


@pytest.mark.parametrize("quote", ["'", '"', "'''", '"""', "/*", "#", "//"])
def test_text_that_does_not_end_is_read_in_reasonable_time(quote: str) -> None:
    assert identifiers("known " + quote + "\\" * 20_000) == ["known"]


def command(code: str, filename: str | None) -> Command:
    """A command of the window."""
    return Command(
        interaction_id="i",
        at=datetime(2026, 11, 22, tzinfo=UTC),
        transcript="t",
        intent="create",
        language=None,
        filename=filename,
        code=code,
        explanation="",
    )


def test_the_newest_command_s_names_come_first() -> None:
    older, newer = command("old_name shared_name", "old.py"), command("new_name shared_name", None)
    assert symbols([older, newer]) == ("new_name", "shared_name", "old.py", "old_name")


@given(st.lists(st.text(max_size=80)))
def test_keyterms_stay_within_the_vendor_s_limits(names: list[str]) -> None:
    terms = keyterms(names * 3)
    assert len(terms) <= MAX_TERMS
    assert all(len(term) <= MAX_TERM_CHARS for term in terms)


def test_the_first_hundred_names_become_keyterms() -> None:
    names = [f"name_{number}" for number in range(300)]
    assert keyterms(["x" * 51, *names]) == tuple(names[:100])
    assert keyterms(["x" * 50]) == ("x" * 50,)
