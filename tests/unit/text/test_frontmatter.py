"""Pages as files: front matter read, written, and changed in place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.text.frontmatter import FrontMatterError, Page, Value, parse, render, update

TRICKY = """\
yes|No|on|y|null|~|true|1.0|007|0x1f|1_000|1e3|.inf|12:30|2026-11-22|2026-11-22T10:00:00Z|@a|`a|%a|&a
*a|!a|-|- a|?|: a|a: b|a #b|#|a:|{a}|[a]|'|"|\\|\t|a | a|---|...|<<|=|é|日本|😀
\x85|\u2028|\u2029
\ufeff|\x07|a\nb|a\r\nb|\n|a\\nb|\xa0|1,5|+1|-|--- a\
""".replace("\n", "|").split("|")
TEXTS = st.sampled_from([*TRICKY, "a\nb", "a\n", " \n"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    PLAIN,
    lambda some: st.lists(some, max_size=3) | st.dictionaries(TEXTS, some, max_size=2),
    max_leaves=4,
)
METAS = st.dictionaries(TEXTS, VALUES, max_size=4)
FILE = """\
---
# Kept by hand.
id: "abc"   # the page
title: 'A: b'
tags:
- one
# between
- two

  # about the date
due: 2026-11-22
notes: |
  first

  # no comment

price: 1.10
---

Body.
"""


@settings(max_examples=250)
@given(METAS, TEXTS)
def test_what_is_written_is_read_back_exactly(meta: dict[str, Value], body: str) -> None:
    page = parse(render(meta, body))
    assert page == Page(meta, body)
    assert repr(dict(page.meta)) == repr(meta)  # 1, 1.0 and True are equal, and order counts


@settings(max_examples=100)
@given(METAS, METAS, st.lists(TEXTS, max_size=2), TEXTS, TEXTS)
def test_an_update_changes_what_it_names(
    meta: dict[str, Value], changes: dict[str, Value], gone: list[str], old: str, new: str
) -> None:
    text = render(meta, old)
    page = parse(update(text, changes, gone, new))
    wanted = {key: value for key, value in {**meta, **changes}.items() if key not in gone}
    assert page == Page(wanted, new)
    assert update(text, dict(parse(text).meta), body=old) == text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_all_other_lines_stay_byte_for_byte(newline: str, mark: str) -> None:
    text = mark + FILE.replace("\n", newline)
    changed = update(
        text, {"id": "new", "tags": ["one"], "due": None, "who": "Ada"}, ["notes"], "New.\n"
    )
    expected = (
        FILE.replace('"abc"   #', "new   #")
        .replace("- one\n# between\n- two\n", "  - one\n")
        .replace("due: 2026-11-22", "due:")
        .replace("notes: |\n  first\n\n  # no comment\n", "")
        .replace("1.10\n", "1.10\nwho: Ada\n")
        .replace("Body.", "New.")
    )
    assert changed == mark + expected.replace("\n", newline)


@pytest.mark.parametrize("text", [FILE, FILE.replace("\n", "\r\n"), "\ufeff" + FILE, "No meta.\n"])
def test_an_update_without_a_change_gives_the_same_bytes(text: str) -> None:
    page = parse(text)
    assert update(text, page.meta, ["absent"], page.body) == text


@pytest.mark.parametrize(("old", "new"), [("1", True), ("true", 1), ("0", False)])
def test_a_number_and_a_truth_value_are_different(old: str, new: Value) -> None:
    text = update(f"---\na: {old}\n---\n", {"a": new})
    assert repr(parse(text).meta["a"]) == repr(new)


def test_dates_times_and_versions_stay_text() -> None:
    page = parse("---\na: 2026-11-22\nb: 12:30\nc: 1.10.0\nd: yes\ne: 007\nf: 0x1f\n---\n")
    assert list(page.meta.values()) == ["2026-11-22", "12:30", "1.10.0", "yes", "007", "0x1f"]


def test_plain_values_have_their_types() -> None:
    page = parse("---\na: 1\nb: -1.5\nc: true\nd:\ne: ~\nf: [1, x]\ng: '1'\nh: {k: 1}\n---\nText")
    assert page.meta == {
        "a": 1,
        "b": -1.5,
        "c": True,
        "d": None,
        "e": None,
        "f": [1, "x"],
        "g": "1",
        "h": {"k": 1},
    }
    assert page.body == "Text"


@pytest.mark.parametrize(
    ("line", "top"),
    [
        (3, "a: 1\na: 2"),
        (2, "- a"),
        (2, "text"),
        (2, "{a: 1}"),
        (3, "b: 1\na: &x 1"),
        (2, "a: *x"),
        (2, "a: !!int 1"),
        (2, "? [a]\n: 1"),
        (3, "a: [1"),
        (4, "a:\n  b: 1\n  b: 2"),
        (2, "a: \x00"),
    ],
)
def test_what_is_no_plain_map_is_refused_with_its_line(line: int, top: str) -> None:
    with pytest.raises(FrontMatterError) as refusal:
        parse(f"---\n{top}\n---\nText\n")
    assert refusal.value.line == line
    assert isinstance(refusal.value, InvalidRequest)


@pytest.mark.parametrize(
    "text", ["", "Text.\n", "---\nno end\n", "-- -\n", " ---\na: 1\n---\n", "a\r\n"]
)
def test_a_file_without_front_matter_is_all_body(text: str) -> None:
    assert parse(text) == Page({}, text)
    assert parse(update(text, {"id": "x"})) == Page({"id": "x"}, text)


def test_a_body_that_looks_like_front_matter_stays_body() -> None:
    body = "---\na: 1\n---\nText\n"
    assert parse(render({}, body)) == Page({}, body)
    assert parse(render({"id": "x"}, body)) == Page({"id": "x"}, body)
