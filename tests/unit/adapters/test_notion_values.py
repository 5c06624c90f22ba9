"""Values of properties: Notion's JSON and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.notion_values import (
    dashed,
    is_shown,
    is_truncated,
    read_value,
    write_value,
)
from shared.errors import InvalidRequest
from shared.ports.notion import WRITABLE, Property, Value

PAGE = "1b2c3d4e-0000-4000-8000-00000000000a"
ADA = "9a9b9c9d-0000-4000-8000-00000000000b"
OPTION = {"id": "a1", "name": "Done", "color": "green"}
USER = {"object": "user", "id": ADA, "name": "Ada <Countess>", "type": "person", "person": {}}


def column(kind: str) -> Property:
    return Property(id="XGe%40", name="P", kind=kind)


def text(content: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "text",
            "text": {"content": content, "link": None},
            "annotations": {"bold": False, "color": "default"},
            "plain_text": content,
            "href": None,
        }
    ]


@pytest.mark.parametrize(
    ("kind", "told", "value"),
    [
        ("title", text("A *title*"), "A *title*"),
        ("title", [], None),
        ("rich_text", text("some text"), "some text"),
        ("rich_text", [], None),
        ("number", 5, 5),
        ("number", 5.0, 5),
        ("number", 0.25, 0.25),
        ("number", None, None),
        ("select", OPTION, "Done"),
        ("select", None, None),
        ("status", OPTION, "Done"),
        ("multi_select", [OPTION, {"id": "b", "name": "Late"}], ("Done", "Late")),
        ("multi_select", [], ()),
        ("date", {"start": "2026-11-22", "end": None, "time_zone": None}, "2026-11-22"),
        (
            "date",
            {"start": "2026-11-22T10:00:00.000+01:00", "end": "2026-11-23", "time_zone": None},
            "2026-11-22T10:00:00.000+01:00/2026-11-23",
        ),
        (
            "date",
            {"start": "2026-07-01T10:00:00.000", "end": None, "time_zone": "Europe/Berlin"},
            "2026-07-01T10:00:00.000+02:00",
        ),
        ("date", None, None),
        ("people", [USER], (f"Ada <Countess> <{ADA}>",)),
        ("people", [{"object": "user", "id": ADA}], (f"<{ADA}>",)),
        ("relation", [{"id": PAGE}], (PAGE,)),
        ("checkbox", True, True),
        ("url", "https://example.com", "https://example.com"),
        ("email", None, None),
        ("phone_number", "+1 555", "+1 555"),
        ("unique_id", {"number": 12, "prefix": "TASK"}, "TASK-12"),
        ("unique_id", {"number": 12, "prefix": None}, "12"),
        ("unique_id", None, None),
    ],
)
def test_what_notion_tells_is_read(kind: str, told: Any, value: Value) -> None:
    assert read_value(kind, told) == value


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("title", "T", [{"type": "text", "text": {"content": "T"}}]),
        ("title", None, []),
        ("title", "a **b**", [{"type": "text", "text": {"content": "a **b**"}}]),
        (
            "rich_text",
            "a **b**",
            [
                {"type": "text", "text": {"content": "a "}},
                {"type": "text", "text": {"content": "b"}, "annotations": {"bold": True}},
            ],
        ),
        ("rich_text", "", []),
        ("number", 1.5, 1.5),
        ("number", 0, 0),
        ("number", None, None),
        ("select", "Done", {"name": "Done"}),
        ("select", None, None),
        ("status", "Done", {"name": "Done"}),
        ("multi_select", ("a", "b"), [{"name": "a"}, {"name": "b"}]),
        ("multi_select", None, []),
        ("date", "2026-11-22", {"start": "2026-11-22", "end": None}),
        (
            "date",
            "2026-11-22T10:00:00.000+01:00/2026-11-23",
            {"start": "2026-11-22T10:00:00.000+01:00", "end": "2026-11-23"},
        ),
        ("people", (f"Ada <Countess> <{ADA}>",), [{"object": "user", "id": ADA}]),
        ("people", (f"<{ADA.replace('-', '')}>",), [{"object": "user", "id": ADA}]),
        ("relation", (PAGE.replace("-", ""),), [{"id": PAGE}]),
        ("relation", (), []),
        ("checkbox", None, False),
        ("checkbox", True, True),
        ("url", "https://example.com", "https://example.com"),
        ("email", "", None),
    ],
)
def test_what_is_set_is_sent(kind: str, value: Value, sent: Any) -> None:
    assert write_value(column(kind), value) == {kind: sent}


@pytest.mark.parametrize(
    ("kind", "value", "named"),
    [
        ("number", "5", "number"),
        ("number", True, "number"),
        ("number", float("nan"), "number"),
        ("checkbox", "yes", "checkbox"),
        ("select", ("a",), "select"),
        ("multi_select", "a", "multi_select"),
        ("multi_select", ("x",) * 101, "100 items"),
        ("relation", (PAGE,) * 101, "100 items"),
        ("relation", ("nothing",), "id of Notion"),
        ("people", ("Ada",), "Name <user id>"),
        ("people", (f"<{ADA}>",) * 101, "100 items"),
        ("date", "tomorrow", "2026-11-22"),
        ("date", "2026-11-22/soon", "2026-11-22"),
        ("url", "https://e.com/" + "a" * 2000, "2000 characters"),
        ("email", "a" * 201, "200 characters"),
        ("phone_number", "1" * 201, "200 characters"),
        ("title", "x" * 200_001, "100 pieces"),
        ("unique_id", "TASK-1", "unique_id"),
        ("formula", "1", "formula"),
    ],
)
def test_what_notion_cannot_take_is_refused_by_name(kind: str, value: Value, named: str) -> None:
    with pytest.raises(InvalidRequest, match=named):
        write_value(column(kind), value)


@given(
    st.datetimes(timezones=st.timezones()).map(
        lambda moment: moment.isoformat(timespec="milliseconds")
    )
    | st.dates().map(str)
)
def test_dates_go_and_come_to_the_letter(moment: str) -> None:
    sent = write_value(column("date"), moment)["date"]
    assert read_value("date", sent) == moment


def test_every_writable_kind_is_read_and_what_is_unknown_is_not() -> None:
    assert all(is_shown(kind) for kind in WRITABLE | {"unique_id"})
    assert not any(is_shown(kind) for kind in ("formula", "rollup", "files", "button", "novelty"))


def test_a_property_with_more_references_than_shown_is_told() -> None:
    people = [{"object": "user", "id": ADA}] * 25
    mention = [{"type": "mention", "plain_text": "x"}]
    assert is_truncated({"type": "relation", "relation": [], "has_more": True})
    assert not is_truncated({"type": "relation", "relation": [{"id": PAGE}] * 3})
    assert is_truncated({"type": "people", "people": people})
    assert not is_truncated({"type": "people", "people": people[1:]})
    assert is_truncated({"type": "rich_text", "rich_text": mention * 25})
    assert not is_truncated({"type": "rich_text", "rich_text": text("x") * 30})
    assert not is_truncated({"type": "multi_select", "multi_select": [OPTION] * 30})


def test_ids_are_dashed_or_refused() -> None:
    assert dashed(PAGE.replace("-", "").upper()) == PAGE
    for wrong in ("", "../users", PAGE[:-1]):
        with pytest.raises(InvalidRequest):
            dashed(wrong)
