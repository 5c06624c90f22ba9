"""Filters, sorts, cursors, computed values and times of the Notion stand-in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.notion_standin.clock import Clock, floor_minute, to_millisecond, to_minute
from dev.notion_standin.errors import NotionError
from dev.notion_standin.filters import compile_filter
from dev.notion_standin.model import DataSource, Page, Parent
from dev.notion_standin.properties import value_of
from dev.notion_standin.query import Queries, cut
from dev.notion_standin.records import create_page
from dev.notion_standin.tables import create_database
from dev.notion_standin.workspace import Workspace

NOW = datetime(2026, 11, 22, 10, 0, 30, tzinfo=UTC)
SCHEMA = {
    "Name": {"title": {}},
    "Text": {"rich_text": {}},
    "Points": {"number": {}},
    "Kind": {"select": {"options": [{"name": "bug"}, {"name": "task"}]}},
    "Tags": {"multi_select": {}},
    "Due": {"date": {}},
    "Done": {"checkbox": {}},
    "Mail": {"email": {}},
    "Files": {"files": {}},
    "Who": {"people": {}},
}


def _workspace() -> tuple[Workspace, DataSource]:
    workspace = Workspace(Clock(NOW))
    root = Parent(kind="page_id", id=workspace.root_id)
    database = create_database(workspace, root, {}, SCHEMA, workspace.person.id)
    return workspace, workspace.data_sources[database.data_source_ids[0]]


def _row(workspace: Workspace, source: DataSource, **properties: Any) -> Page:
    parent = Parent(kind="data_source_id", id=source.id)
    return create_page(workspace, parent, properties, [], workspace.bot.id)


@pytest.mark.parametrize(
    ("value", "condition", "fits"),
    [
        ({"Text": "Hello"}, {"rich_text": {"contains": "ell"}}, True),
        ({"Text": "Hello"}, {"rich_text": {"starts_with": "he"}}, True),
        ({"Text": "Hello"}, {"rich_text": {"ends_with": "x"}}, False),
        ({}, {"rich_text": {"is_empty": True}}, True),
        ({"Points": 0}, {"number": {"is_empty": True}}, False),
        ({"Points": 2}, {"number": {"less_than_or_equal_to": 2}}, True),
        ({}, {"number": {"less_than": 9}}, False),
        ({"Kind": "bug"}, {"select": {"does_not_equal": "task"}}, True),
        ({"Tags": ["a", "b"]}, {"multi_select": {"does_not_contain": "b"}}, False),
        ({"Due": "2026-10-01"}, {"date": {"equals": "2026-10-01"}}, True),
        ({"Due": "2026-10-01T23:00:00Z"}, {"date": {"after": "2026-10-01"}}, False),
        ({"Due": "2026-10-01T23:00:00Z"}, {"date": {"on_or_before": "2026-10-01"}}, True),
        ({"Due": "2026-10-01T23:00:00+02:00"}, {"date": {"before": "2026-10-01T21:30:00Z"}}, True),
        ({"Due": "2026-11-20"}, {"date": {"past_week": {}}}, True),
        ({"Due": "2026-11-20"}, {"date": {"next_month": {}}}, False),
        ({"Due": "2026-11-22"}, {"date": {"this_week": {}}}, True),
        ({}, {"date": {"is_empty": True}}, True),
        ({}, {"files": {"is_not_empty": True}}, False),
        ({"Mail": "a@b.c"}, {"email": {"equals": "a@b.c"}}, True),
        ({}, {"people": {"contains": "me"}}, False),
    ],
)
def test_condition_on_a_property(value: dict[str, Any], condition: Any, fits: bool) -> None:
    workspace, source = _workspace()
    shapes: dict[str, Callable[[Any], Any]] = {
        "Text": lambda v: {"rich_text": [{"text": {"content": v}}]},
        "Points": lambda v: {"number": v},
        "Kind": lambda v: {"select": {"name": v}},
        "Tags": lambda v: {"multi_select": [{"name": one} for one in v]},
        "Due": lambda v: {"date": {"start": v}},
        "Mail": lambda v: {"email": v},
    }
    page = _row(workspace, source, **{name: shapes[name](v) for name, v in value.items()})
    names = {"rich_text": "Text", "number": "Points", "select": "Kind", "multi_select": "Tags",
             "date": "Due", "files": "Files", "email": "Mail", "people": "Who"}  # fmt: skip

    test = compile_filter(
        workspace, source, {"property": names[next(iter(condition))], **condition}
    )

    assert test(page) is fits


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        ({"property": "No", "number": {"equals": 1}}, "Could not find property"),
        ({"property": "Points", "select": {"equals": "x"}}, "does not match filter select"),
        ({"property": "Points", "number": {"contains": 1}}, "should be not present"),
        ({"property": "Points"}, "should be defined"),
        ({"timestamp": "due", "due": {}}, "created_time"),
        ({"property": "Due", "date": {"after": "yesterday"}}, "ISO 8601"),
        ({"and": [{"or": [{"and": []}]}]}, "not present"),
        ({"and": {}}, "an array"),
    ],
)
def test_filter_that_cannot_be_is_refused(filter: dict[str, Any], message: str) -> None:
    workspace, source = _workspace()

    with pytest.raises(NotionError, match=message):
        compile_filter(workspace, source, filter)


@given(st.lists(st.one_of(st.none(), st.integers(-9, 9)), max_size=8), st.booleans())
def test_sort_puts_empty_values_last_either_way(points: list[int | None], down: bool) -> None:
    workspace, source = _workspace()
    for one in points:
        _row(workspace, source, Points={"number": one})
    order = {"property": "Points", "direction": "descending" if down else "ascending"}

    ids, _ = Queries(workspace).rows(source, {"sorts": [order]})

    column = next(p for p in source.schema.values() if p.name == "Points")
    pages = [workspace.nodes[one] for one in ids]
    got = [value_of(workspace, page, column) for page in pages if isinstance(page, Page)]
    filled = sorted((one for one in points if one is not None), reverse=down)
    assert got == filled + [None] * points.count(None)


@given(st.lists(st.uuids().map(str), unique=True, max_size=30), st.integers(1, 7))
def test_pages_of_results_are_the_whole_list(ids: list[str], size: int) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = cut(ids, cursor, size)
        seen += page
        if cursor is None:
            break

    assert seen == ids


def test_cursor_holds_when_rows_before_it_go() -> None:
    ids = list("abcdef")
    _, cursor = cut(ids, None, 3)

    page, _ = cut(ids[2:], cursor, 2)

    assert page == ["d", "e"]


def test_cursor_that_is_none_is_refused() -> None:
    with pytest.raises(NotionError, match="start_cursor provided is invalid"):
        cut(["a"], "nonsense", 1)


@given(
    st.datetimes(
        timezones=st.just(UTC), min_value=datetime(1970, 1, 1), max_value=NOW.replace(tzinfo=None)
    )
)
def test_time_of_a_page_is_the_start_of_its_minute(moment: datetime) -> None:
    shown = datetime.fromisoformat(to_minute(moment))

    assert timedelta(0) <= moment - shown < timedelta(minutes=1)
    assert (shown.second, shown.microsecond) == (0, 0)
    assert shown == floor_minute(moment)


def test_time_of_a_database_keeps_its_milliseconds() -> None:
    moment = NOW.replace(microsecond=17_999)

    assert to_millisecond(moment) == "2026-11-22T10:00:30.017+00:00"


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ('prop("Points") * 2 + 1', {"type": "number", "number": 7}),
        ('if(prop("Points") > 2, "big", "small")', {"type": "string", "string": "big"}),
        ('prop("Name").upper() + "!"', {"type": "string", "string": "X!"}),
        ('not prop("Done") and true', {"type": "boolean", "boolean": True}),
        ("2 ^ 3 ^ 2", {"type": "number", "number": 512.0}),
        ("1 / 0", {"type": "string", "string": None}),
        ("unknown(1)", {"type": "string", "string": None}),
    ],
)
def test_formula_is_computed(expression: str, result: dict[str, Any]) -> None:
    schema = {**SCHEMA, "F": {"formula": {"expression": expression}}}
    workspace = Workspace(Clock(NOW))
    root = Parent(kind="page_id", id=workspace.root_id)
    database = create_database(workspace, root, {}, schema, workspace.person.id)
    source = workspace.data_sources[database.data_source_ids[0]]
    page = _row(
        workspace,
        source,
        Name={"title": [{"text": {"content": "x"}}]},
        Points={"number": 3},
    )

    column = next(p for p in source.schema.values() if p.name == "F")

    assert value_of(workspace, page, column) == result
