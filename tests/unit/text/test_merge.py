"""Three-way merge and transfer of Markdown bodies."""

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text.markdown import canonical, equivalent
from shared.text.merge import Clash, Merge, Same, merge, transfer
from tests.unit.text.pages import cases, edits, respelled

few = settings(max_examples=120)
CASES = cases("merge_cases.yaml")
MARKS = st.text(alphabet="ab \n\t-*_`#>|[]()<>\\$~=1.\r\u00a0", max_size=30)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W\d_]\w*", text))


def lines(text: str) -> set[str]:
    return {line.strip() for line in text.split("\n")} - {""}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_named_case_ends_as_it_says(case: dict[str, Any]) -> None:
    for one, other, swapped in (("a", "b", False), ("b", "a", True)):
        result = merge(case["base"], case[one], case[other])
        pairs = [[clash.b, clash.a] if swapped else [clash.a, clash.b] for clash in result.clashes]
        assert pairs == case.get("clash", [])
        if "merged" in case:
            assert [result.text(side) for side in ("a", "b", "base")] == [case["merged"]] * 3


@few
@given(edits())
def test_a_side_without_changes_leaves_the_other_as_it_is(page: tuple[str, str, str]) -> None:
    base, a, b = page
    assert merge(base, base, b) == merge(base, b, base) == merge(base, b, b)
    assert merge(base, base, b).text("a") == b
    assert merge(base, a, base).text("b") == a


@few
@given(edits())
def test_swapped_sides_give_the_mirrored_result(page: tuple[str, str, str]) -> None:
    base, a, b = page
    mirrored = [
        part if isinstance(part, Same) else Clash(part.base, part.b, part.a)
        for part in merge(base, b, a).parts
    ]
    assert list(merge(base, a, b).parts) == mirrored


@few
@given(edits())
def test_nothing_that_was_written_is_lost_and_nothing_is_invented(
    page: tuple[str, str, str],
) -> None:
    base, a, b = page
    result = merge(base, a, b)
    texts = result.text("a") + "\n" + result.text("b")
    for side in (a, b):
        assert set(words(side) - words(base)) <= set(words(texts))
    assert set(words(texts)) <= set(words(base + a + b))
    if not result.clean:
        return
    dropped = {line for line in lines(base) if line not in lines(a) or line not in lines(b)}
    kept = {line for line in lines(base) - dropped if not line[0].isdigit()}
    assert kept <= lines(texts)


@few
@given(edits())
def test_a_resolved_merge_is_final(page: tuple[str, str, str]) -> None:
    base, a, b = page
    result = merge(base, a, b)
    agreed, open_a, open_b = (result.text(side) for side in ("base", "a", "b"))
    assert merge(agreed, open_a, open_a) == Merge((Same(open_a),) if open_a else ())
    again = merge(agreed, open_a, open_b)
    assert equivalent(again.text("a"), open_a) or len(again.clashes) >= 1
    if result.clean:
        assert agreed == open_a == open_b


@few
@given(respelled())
def test_another_spelling_of_the_same_page_is_no_change(page: tuple[str, str, str]) -> None:
    base, other, changed = page
    assert canonical(other) == canonical(base)
    result = merge(base, other, changed)
    assert result.clean
    assert equivalent(result.text("a"), changed)
    assert merge(base, other, canonical(base)).clean


@few
@given(respelled())
def test_a_transferred_change_means_the_same_in_the_other_spelling(
    page: tuple[str, str, str],
) -> None:
    base, other, changed = page
    moved = transfer(base, changed, other)
    assert canonical(moved) == canonical(changed)
    assert transfer(base, base, other) == other
    assert transfer(base, changed, base) == changed


def test_a_change_that_cannot_be_placed_replaces_the_whole_text() -> None:
    """The dropped end of a fence changes what all lines below it are."""
    base = "```python\n\n\nx = 1\n- z\n```\n"
    moved = transfer(base, "```python\n", base + "\n")
    assert canonical(moved) == canonical("```python\n")


def test_a_transferred_change_touches_its_own_place_only() -> None:
    base = "# T\n\n- one\n- two _x_\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nSome **text**.\n"
    other = "T\n=\n\n* one\n* two *x*\n\n|a|b|\n|-|-|\n|1|2|\n\nSome __text__.\n"
    moved = transfer(base, base.replace("one", "ONE").replace("| 1 |", "| 9 |"), other)
    assert moved == other.replace("* one", "- ONE").replace("|1|2|", "| 9 | 2 |")


@settings(max_examples=200)
@given(MARKS, MARKS, MARKS)
def test_any_text_can_be_merged(base: str, a: str, b: str) -> None:
    result, mirrored = merge(base, a, b), merge(base, b, a)
    assert result.text("a") == mirrored.text("b")
    assert result.text("base") == mirrored.text("base")
    if canonical(a) == canonical(b):
        assert result.clean
    transfer(base, a, b)


def test_what_both_add_at_one_place_is_kept_in_order_of_text() -> None:
    result = merge("Start.\n", "Start.\n\nZebras run far.\n", "Start.\n\nApples fall.\n")
    assert result.text("a") == "Start.\n\nApples fall.\n\nZebras run far.\n"


def test_a_heading_that_both_sides_reword_is_a_clash_and_no_second_section() -> None:
    result = merge("# Plan\n", "# The plan of this\n", "# A plan for that\n")
    assert [(clash.a, clash.b) for clash in result.clashes] == [
        ("# The plan of this\n", "# A plan for that\n")
    ]


BLOCKS = "a b c\n\nd e f\n\ng h i\n"
MOVED = "d e x f\n\na b c\n\ng h i\n"


def test_a_block_moved_and_edited_on_one_side_and_dropped_on_the_other_is_a_clash() -> None:
    (clash,) = merge(BLOCKS, MOVED, "a b c\n\ng h i\n").clashes
    assert (clash.base.strip(), clash.a.strip(), clash.b) == ("d e f", "d e x f", "")


def test_a_block_moved_and_edited_on_one_side_takes_the_other_sides_words() -> None:
    assert merge(BLOCKS, MOVED, BLOCKS.replace("d e", "y e")).text("a") == MOVED.replace(
        "d e", "y e"
    )


def test_a_text_without_a_last_newline_keeps_none() -> None:
    assert merge("a\n\nb", "A\n\nb", "a\n\nB").text("a") == "A\n\nB"


def test_line_ends_of_windows_are_no_change() -> None:
    base = "One.\n\nTwo.\n"
    result = merge(base, base.replace("\n", "\r\n"), base.replace("Two", "Three"))
    assert result.text("a") == "One.\n\nThree.\n"


def test_every_side_of_a_clash_in_a_fence_has_the_whole_fence() -> None:
    base = "Text.\n\n```py\n\nx = 1\n\n```\n\nEnd.\n"
    result = merge(base, base.replace("1", "2"), base.replace("1", "3"))
    assert all(side.count("```") == 2 for c in result.clashes for side in (c.base, c.a, c.b))
    assert result.text("a") == base.replace("1", "2")


def test_a_long_page_is_merged_without_comparing_everything_with_everything() -> None:
    base = "".join(f"Line {at} of many.\n\n" for at in range(3000))
    a = base.replace("Line 7 ", "Row 7 ").replace("Line 2999 ", "Row 2999 ")
    b = "New.\n\n" + base.replace("Line 8 ", "Row 8 ")
    assert merge(base, a, b).text("a") == "New.\n\n" + a.replace("Line 8 ", "Row 8 ")
