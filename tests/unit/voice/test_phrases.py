"""Small phrases: cancelling, undoing, going on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.voice.phrases import goes_on, is_cancel, is_undo, join


@pytest.mark.parametrize(
    "said",
    [
        *("cancel", "Cancel.", "CANCEL THAT!", "stop", "Stop, please.", "please stop", "Stop it"),
        *("never mind", "Nevermind.", "forget it", "abort", "scratch that", "No, stop!"),
    ],
)
def test_a_turn_that_only_says_to_stop_cancels(said: str) -> None:
    assert is_cancel(said)
    assert not is_undo(said)


@pytest.mark.parametrize(
    "said",
    [
        *("", ".", "please", "cancel the subscription when the user leaves", "stop words"),
        *("add a cancel button", "don't stop", "stopping", "forget", "never mind the tests"),
    ],
)
def test_other_turns_with_such_words_do_not_cancel(said: str) -> None:
    assert not is_cancel(said)


@pytest.mark.parametrize(
    "said", ["undo", "Undo that.", "Please undo that!", "undo the last change", "Take that back."]
)
def test_a_turn_that_only_says_to_undo_undoes(said: str) -> None:
    assert is_undo(said)
    assert not is_cancel(said)


@pytest.mark.parametrize("said", ["", "add an undo button", "undo the rename of x", "redo that"])
def test_other_turns_do_not_undo(said: str) -> None:
    assert not is_undo(said)


@pytest.mark.parametrize(
    ("said", "gap_ms", "hands_free", "more"),
    [
        ("and make it async", 0, True, True),
        ("and make it async", 2500, True, True),
        ("And make it async.", 2500, False, True),
        ("and make it async", 2501, True, False),
        ("with a docstring", 1000, False, True),
        ("write a test", 600, True, True),
        ("write a test", 601, True, False),
        ("write a test", 0, False, False),
        ("android app", 1000, True, False),
        ("stop", 100, True, False),
        ("undo that", 100, True, False),
        ("...", 100, True, False),
        ("", 0, True, False),
    ],
)
def test_what_goes_on(said: str, gap_ms: int, hands_free: bool, more: bool) -> None:
    assert goes_on(said, gap_ms, hands_free=hands_free) is more


@pytest.mark.parametrize(
    ("before", "following", "whole"),
    [
        ("Create a function.", "And make it async.", "Create a function and make it async."),
        ("Create a function", "And, make it async", "Create a function and, make it async"),
        ("Add it?!", "with types", "Add it with types"),
        ("Open ", " README now ", "Open README now"),
        ("Use foo.", "Android only.", "Use foo Android only."),
        ("Add it.", "", "Add it"),
        ("", "and more", "and more"),
    ],
)
def test_two_turns_become_one_sentence(before: str, following: str, whole: str) -> None:
    assert join(before, following) == whole


@given(before=st.text(), following=st.text(), gap_ms=st.integers(0, 5000), free=st.booleans())
def test_any_text_can_be_asked_about(before: str, following: str, gap_ms: int, free: bool) -> None:
    is_cancel(following)
    is_undo(following)
    if goes_on(following, gap_ms, hands_free=free):
        assert following.strip()[1:] in join(before, following)
