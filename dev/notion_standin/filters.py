"""Filters of a query, compiled once into a test of pages.

https://developers.notion.com/reference/filter-data-source-entries
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dev.notion_standin.clock import floor_minute, read_time
from dev.notion_standin.conditions import (
    CHOICE,
    EMPTINESS,
    FLAG,
    LIST,
    NAMES,
    NUMBER,
    TEXT,
    Operators,
    Test,
    read_condition,
)
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.model import DataSource, Page, Property
from dev.notion_standin.properties import value_of
from dev.notion_standin.rich_text import plain
from dev.notion_standin.schema import find_property
from dev.notion_standin.workspace import Workspace

PageTest = Callable[[Page], bool]
_DEPTH_MAX, _CONDITIONS_MAX = 2, 100
_TEXT_TYPES = frozenset(("title", "rich_text", "url", "email", "phone_number"))
_PEOPLE_TYPES = frozenset(("people", "created_by", "last_edited_by"))
_DATE_TYPES = frozenset(("date", "created_time", "last_edited_time"))
_NUMBER_TYPES = frozenset(("number", "unique_id"))


def compile_filter(workspace: Workspace, source: DataSource, given: Any) -> PageTest:
    """Turn a filter into a test of pages; raises NotionError in Notion's words."""
    return _compile(workspace, source, given, "body.filter", depth=0)


def _compile(
    workspace: Workspace, source: DataSource, given: Any, place: str, depth: int
) -> PageTest:
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    if not given:
        return lambda _page: True
    for word, combine in (("and", all), ("or", any)):
        if word in given:
            tests = _parts(workspace, source, given[word], f"{place}.{word}", depth)
            return lambda page, tests=tests, combine=combine: combine(t(page) for t in tests)  # type: ignore[misc]
    if "timestamp" in given:
        return _timestamp(workspace, given, place)
    return _property(workspace, source, given, place)


def _parts(
    workspace: Workspace, source: DataSource, given: Any, place: str, depth: int
) -> list[PageTest]:
    if not isinstance(given, list):
        raise failed(place, "an array", given)
    if depth >= _DEPTH_MAX:
        raise failed(place, "not present", "[...]")
    if len(given) > _CONDITIONS_MAX:
        raise failed(f"{place}.length", f"≤ `{_CONDITIONS_MAX}`", len(given))
    return [
        _compile(workspace, source, part, f"{place}[{number}]", depth + 1)
        for number, part in enumerate(given)
    ]


def _timestamp(workspace: Workspace, given: dict[str, Any], place: str) -> PageTest:
    name = given["timestamp"]
    if name not in ("created_time", "last_edited_time"):
        raise failed(f"{place}.timestamp", '`"created_time"` or `"last_edited_time"`', name)
    test = _moment_test(given.get(name), f"{place}.{name}", workspace)
    if name == "created_time":
        return lambda page: test(floor_minute(page.created))
    return lambda page: test(floor_minute(page.edited))


def _property(
    workspace: Workspace, source: DataSource, given: dict[str, Any], place: str
) -> PageTest:
    key = given.get("property")
    if not isinstance(key, str):
        raise failed(f"{place}.property", "defined")
    found = find_property(source, key)
    if found is None:
        raise invalid(f"Could not find property with name or id: {key}")
    kinds = [name for name in given if name not in ("property", "type")]
    if len(kinds) != 1:
        raise failed(f"{place}.{found.type}", "defined")
    kind = kinds[0]
    if kind != found.type and not (kind in _TEXT_TYPES and found.type in _TEXT_TYPES):
        raise invalid(f"database property {found.type} does not match filter {kind}")
    test = _test(workspace, found, kind, given[kind], f"{place}.{kind}")
    return lambda page: test(value_of(workspace, page, found))


def _test(workspace: Workspace, found: Property, kind: str, given: Any, place: str) -> Test:
    if found.type in _TEXT_TYPES:
        inner = read_condition(TEXT, given, place)
        return lambda value: inner(plain(value) if isinstance(value, list) else value or "")
    if kind in _DATE_TYPES:
        return _date_test(given, place, workspace)
    if kind in _NUMBER_TYPES:
        number = read_condition(NUMBER, given, place)
        return lambda value: number(value.get("number") if isinstance(value, dict) else value)
    if kind in _PEOPLE_TYPES or kind == "relation":
        return _people_test(workspace, given, place)
    if kind == "formula":
        return _formula_test(workspace, given, place)
    if kind == "rollup":
        return _rollup_test(workspace, found, given, place)
    if kind not in _SIMPLE:
        raise invalid(f"database property {found.type} does not match filter {kind}")
    table, reduce = _SIMPLE[kind]
    simple = read_condition(table, given, place)
    return lambda value: simple(reduce(value))


def _people_test(workspace: Workspace, given: Any, place: str) -> Test:
    if isinstance(given, dict):
        given = {k: workspace.bot.id if v == "me" else v for k, v in given.items()}
    test = read_condition(LIST, given, place)

    def check(value: Any) -> bool:
        return test([one["id"] for one in (value if isinstance(value, list) else [value])])

    return check


def _date_test(given: Any, place: str, workspace: Workspace) -> Test:
    test = _moment_test(given, place, workspace)
    return lambda value: test(_start(value))


def _moment_test(given: Any, place: str, workspace: Workspace) -> Test:
    if not isinstance(given, dict) or not given:
        raise failed(f"{place}.equals", "defined")
    tests = [_one_date(name, operand, place, workspace) for name, operand in given.items()]
    return tests[0] if len(tests) == 1 else lambda moment: all(test(moment) for test in tests)


def _start(value: Any) -> datetime | None:
    """Give the moment at which a date begins."""
    text = value.get("start") if isinstance(value, dict) else value
    return None if text is None else read_time(text)


def _one_date(name: str, operand: Any, place: str, workspace: Workspace) -> Test:
    if name in ("is_empty", "is_not_empty"):
        return lambda moment: (moment is None) == (name == "is_empty")
    if name in _SPANS:
        first, last = _span(name, workspace.clock.now())
        return lambda moment: moment is not None and first <= moment < last
    if name not in _COMPARE:
        raise failed(f"{place}.{name}", "not present", operand)
    try:
        limit = read_time(operand)
    except (ValueError, TypeError):
        raise failed(f"{place}.{name}", "a valid ISO 8601 date string", operand) from None
    compare, by_day = _COMPARE[name], len(operand) == 10

    def check(moment: datetime | None) -> bool:
        if moment is None:
            return False
        # A day is compared with days: `after` a day means from the next one on.
        return compare(moment.date(), limit.date()) if by_day else compare(moment, limit)

    return check


_COMPARE: Operators = {
    "equals": lambda a, b: a == b,
    "does_not_equal": lambda a, b: a != b,
    "before": lambda a, b: a < b,
    "after": lambda a, b: a > b,
    "on_or_before": lambda a, b: a <= b,
    "on_or_after": lambda a, b: a >= b,
}
_SPANS = {"past_week": -7, "past_month": -30, "past_year": -365, "this_week": 0,
          "next_week": 7, "next_month": 30, "next_year": 365}  # fmt: skip


def _span(name: str, now: datetime) -> tuple[datetime, datetime]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if name == "this_week":
        # Notion's week starts on Sunday.
        sunday = today - timedelta(days=(today.weekday() + 1) % 7)
        return sunday, sunday + timedelta(days=7)
    other = now + timedelta(days=_SPANS[name])
    return (min(now, other), max(now, other) + timedelta(microseconds=1))


def _formula_test(workspace: Workspace, given: Any, place: str) -> Test:
    if not isinstance(given, dict) or len(given) != 1:
        raise failed(f"{place}.string", "defined")
    kind, condition = next(iter(given.items()))
    tests: dict[str, Callable[[], Test]] = {
        "string": lambda: read_condition(TEXT, condition, f"{place}.string"),
        "number": lambda: read_condition(NUMBER, condition, f"{place}.number"),
        "checkbox": lambda: read_condition(FLAG, condition, f"{place}.checkbox"),
        "date": lambda: _date_test(condition, f"{place}.date", workspace),
    }
    if kind not in tests:
        raise failed(f"{place}.{kind}", "not present", condition)
    test, told = tests[kind](), "boolean" if kind == "checkbox" else kind

    def check(value: Any) -> bool:
        result = value.get(told)
        return test(result or "" if kind == "string" else result)

    return check


def _rollup_test(workspace: Workspace, found: Property, given: Any, place: str) -> Test:
    if not isinstance(given, dict) or len(given) != 1:
        raise failed(f"{place}.any", "defined")
    kind, condition = next(iter(given.items()))
    if kind == "number":
        number = read_condition(NUMBER, condition, f"{place}.number")
        return lambda value: number(value.get("number"))
    if kind == "date":
        date = _date_test(condition, f"{place}.date", workspace)
        return lambda value: date(value.get("date"))
    if kind not in ("any", "every", "none") or not isinstance(condition, dict) or not condition:
        raise failed(f"{place}.{kind}", "not present", condition)
    inner_kind, inner = next(iter(condition.items()))
    column = Property(id=found.id, name=found.name, type=inner_kind, config={"options": []})
    test = _test(workspace, column, inner_kind, inner, f"{place}.{kind}.{inner_kind}")

    def check(value: Any) -> bool:
        results = [test(one[one["type"]]) for one in value.get("array", [])]
        return {"any": any(results), "every": all(results), "none": not any(results)}[kind]

    return check


_SIMPLE: dict[str, tuple[Operators, Callable[[Any], Any]]] = {
    "checkbox": (FLAG, bool),
    "select": (CHOICE, lambda value: value and value["name"]),
    "status": (CHOICE, lambda value: value and value["name"]),
    "multi_select": (NAMES, lambda value: [option["name"] for option in value]),
    "files": (EMPTINESS, lambda value: value),
    "place": (EMPTINESS, lambda value: value),
    "verification": (
        {"status": lambda a, b: a == b, **EMPTINESS},
        lambda value: "none" if value is None or value["state"] == "unverified" else value["state"],
    ),
}
