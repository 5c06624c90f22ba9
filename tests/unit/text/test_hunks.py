"""Changes as search-and-replace hunks."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.text.merge import Hunk, hunks
from tests.unit.text.pages import edits


def occurrences(text: str, part: str) -> int:
    """How often a part occurs, overlapping ones too."""
    return sum(text.startswith(part, at) for at in range(len(text)))


def applied(old: str, found: tuple[Hunk, ...]) -> str:
    """The text after all hunks, each of which must be found exactly once in its turn."""
    text, spans = old, []
    for hunk in found:
        first, *_, last = [*hunk.old.split("\n"), hunk.old.split("\n")[-1]]
        assert hunk.old == old or (first.strip() and last.strip())
        assert occurrences(old, hunk.old) == occurrences(text, hunk.old) == 1
        spans.append((old.index(hunk.old), old.index(hunk.old) + len(hunk.old)))
        text = text.replace(hunk.old, hunk.new)
    spans.sort()
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    return text


@settings(max_examples=120)
@given(edits())
def test_hunks_turn_the_old_page_into_the_new_one(page: tuple[str, str, str]) -> None:
    base, a, b = page
    for old, new in ((base, a), (a, b)):
        found = hunks(old, new)
        assert (found is None) == (not old.strip() and old != new)
        if found is not None:
            assert applied(old, found) == new


@settings(max_examples=300)
@given(st.text("ab\n ", max_size=14), st.text("ab\n ", max_size=14))
@example("a\na\na", "b\na")  # overlapping occurrences
@example("a\naa\nb\n\nab", "\nb\nab\nab\n\naa")  # hunks that grow into each other
def test_hunks_of_texts_that_repeat_themselves_are_unique(old: str, new: str) -> None:
    found = hunks(old, new)
    if found is None:
        assert not old.strip()
    else:
        assert applied(old, found) == new


def test_a_hunk_is_as_small_as_the_change() -> None:
    old = "".join(f"Line {at}.\n\n" for at in range(50))
    assert hunks(old, old.replace("Line 7.", "Row 7.").replace("Line 9.", "Row 9.")) == (
        Hunk("Line 7.", "Row 7."),
        Hunk("Line 9.", "Row 9."),
    )


def test_a_dropped_paragraph_takes_its_blank_line_along() -> None:
    assert hunks("One.\n\nTwo.\n\nThree.\n", "One.\n\nThree.\n") == (
        Hunk("Two.\n\nThree.", "Three."),
    )


def test_an_added_paragraph_hangs_on_its_neighbour() -> None:
    assert hunks("One.\n\nThree.\n", "One.\n\nTwo.\n\nThree.\n") == (
        Hunk("Three.", "Two.\n\nThree."),
    )


def test_a_line_that_occurs_twice_is_told_apart_by_its_neighbours() -> None:
    found = hunks("a\nx\nb\nx\n", "a\nx\nb\ny\n")
    assert found == (Hunk("b\nx", "b\ny"),)


def test_too_many_hunks_and_a_blank_page_are_none() -> None:
    old = "".join(f"Line {at}.\n\n" for at in range(12))
    assert hunks(old, old.replace("Line", "Row"), limit=11) is None
    assert len(hunks(old, old.replace("Line", "Row"), limit=12) or ()) == 12
    assert hunks(" \n", "a\n") is None
    assert hunks("", "a\n") is None
    assert hunks("a\n", "a\n") == ()
