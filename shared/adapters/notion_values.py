"""The values of properties: Notion's JSON and the port's `Value`, both ways.

https://developers.notion.com/reference/property-value-object and, for the limits,
https://developers.notion.com/reference/request-limits
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, TypeAdapter

from shared.adapters.notion_text import (
    RichText,
    markdown_of,
    plain_pieces,
    plain_text,
    rich_text_of,
)
from shared.errors import InvalidRequest
from shared.ports.notion import Property, Value

SHOWN_REFERENCES: Final = 25
_MAX_ITEMS: Final = 100
_MAX_LENGTHS: Final = {"url": 2000, "email": 200, "phone_number": 200}
_PERSON: Final = re.compile(r"<([0-9a-fA-F-]{32,36})>\s*$")
_RICH_TEXT: Final = TypeAdapter(list[RichText])
_LISTS: Final = frozenset({"multi_select", "people", "relation"})
Json = dict[str, Any]


class _Named(BaseModel):
    name: str


class _Date(BaseModel):
    start: str
    end: str | None = None
    time_zone: str | None = None


class Reference(BaseModel):
    """A page or a user that a property refers to; a user's name may be hidden."""

    id: str
    name: str | None = None

    def person(self) -> str:
        """The user as the port writes one."""
        return f"{self.name or ''} <{self.id}>".strip()


class _UniqueId(BaseModel):
    number: int | None = None
    prefix: str | None = None


_NAMED: Final = TypeAdapter(_Named | None)
_NAMES: Final = TypeAdapter(list[_Named])
_DATE: Final = TypeAdapter(_Date | None)
_REFERENCES: Final = TypeAdapter(list[Reference])
_NUMBER: Final = TypeAdapter(int | float | None)
_TEXT: Final = TypeAdapter(str | None)
_CHECKBOX: Final = TypeAdapter(bool)


def rich_text(value: Any) -> list[RichText]:
    """Read rich text; raises pydantic.ValidationError when it is none."""
    return _RICH_TEXT.validate_python(value)


def is_shown(kind: str) -> bool:
    """Whether the port tells values of this kind."""
    return kind in _READERS


def read_value(kind: str, value: Any) -> Value:
    """The value of a property of a kind that `is_shown`, from what lies under its type's name.

    Raises:
        pydantic.ValidationError: it has not the documented shape.
    """
    return _READERS[kind](value)


def is_truncated(item: Mapping[str, Any]) -> bool:
    """Whether a page shows only the first references of a property, whose JSON is `item`."""
    kind = item.get("type")
    if kind == "relation":
        return bool(item.get("has_more"))
    shown = item.get(str(kind))
    if not isinstance(shown, list) or len(shown) < SHOWN_REFERENCES:
        return False
    if kind == "people":
        return True  # nothing tells whether there are more
    mentions = [each for each in shown if each.get("type") == "mention"]
    return kind in ("title", "rich_text") and len(mentions) >= SHOWN_REFERENCES


def write_value(column: Property, value: Value) -> Json:
    """The JSON that sets a property; None, "" and () empty it.

    Raises:
        InvalidRequest: the value is not of the property's kind, or longer than Notion takes.
    """
    kind = column.kind
    if kind not in _WRITERS:
        raise InvalidRequest(f"Notion takes no values for a property of kind {kind}.")
    if value is None or value == "" or value == ():
        return {kind: _empty(kind)}
    if isinstance(value, tuple) != (kind in _LISTS):
        raise _unfit(kind)
    return {kind: _WRITERS[kind](kind, value)}


def dashed(identity: str) -> str:
    """An id in the form that Notion gives it.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        return str(UUID(identity))
    except ValueError as exc:
        raise InvalidRequest("This is no id of Notion: 32 hexadecimal digits.") from exc


def page_url(identity: str) -> str:
    """Where a page opens whose address is not told."""
    return f"https://app.notion.com/p/{identity.replace('-', '')}"


def _read_number(value: Any) -> Value:
    number = _NUMBER.validate_python(value)
    whole = isinstance(number, float) and number.is_integer()
    return int(number) if whole and number is not None else number


def _read_name(value: Any) -> Value:
    named = _NAMED.validate_python(value)
    return named.name if named else None


def _read_date(value: Any) -> Value:
    date = _DATE.validate_python(value)
    if date is None:
        return None
    moments = [date.start] if date.end is None else [date.start, date.end]
    return "/".join(_with_offset(moment, date.time_zone) for moment in moments)


def _with_offset(moment: str, zone: str | None) -> str:
    """A time that is told with a named zone instead of an offset, with its offset."""
    if zone is None or "T" not in moment or re.search(r"(Z|[+-]\d\d:?\d\d)$", moment):
        return moment
    try:
        time = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    except (ValueError, ZoneInfoNotFoundError):
        return moment
    return time.isoformat(timespec="milliseconds")


def _read_unique_id(value: Any) -> Value:
    unique = _UniqueId.model_validate(value or {})
    if unique.number is None:
        return None
    return f"{unique.prefix}-{unique.number}" if unique.prefix else str(unique.number)


_READERS: Final[Mapping[str, Callable[[Any], Value]]] = {
    "title": lambda value: plain_text(rich_text(value)) or None,
    "rich_text": lambda value: markdown_of(rich_text(value)) or None,
    "number": _read_number,
    "select": _read_name,
    "status": _read_name,
    "multi_select": lambda value: tuple(each.name for each in _NAMES.validate_python(value)),
    "date": _read_date,
    "people": lambda value: tuple(each.person() for each in _REFERENCES.validate_python(value)),
    "relation": lambda value: tuple(each.id for each in _REFERENCES.validate_python(value)),
    "checkbox": _CHECKBOX.validate_python,
    "url": _TEXT.validate_python,
    "email": _TEXT.validate_python,
    "phone_number": _TEXT.validate_python,
    "unique_id": _read_unique_id,
}


def _empty(kind: str) -> Any:
    if kind == "checkbox":
        return False
    return [] if kind in _LISTS or kind in ("title", "rich_text") else None


def _unfit(kind: str) -> InvalidRequest:
    return InvalidRequest(f"The value does not fit a property of kind {kind}.")


def _text(kind: str, value: Value) -> str:
    if not isinstance(value, str):
        raise _unfit(kind)
    return value


def _write_number(kind: str, value: Value) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _unfit(kind)
    return value


def _write_checkbox(kind: str, value: Value) -> Any:
    if not isinstance(value, bool):
        raise _unfit(kind)
    return value


def _write_date(kind: str, value: Value) -> Any:
    start, _, end = _text(kind, value).partition("/")
    for moment in (start, end):
        try:
            datetime.fromisoformat(moment or start)
        except ValueError as exc:
            raise InvalidRequest(
                "A date is written as 2026-11-22 or 2026-11-22T10:00:00.000+01:00."
            ) from exc
    return {"start": start, "end": end or None}


def _write_short_text(kind: str, value: Value) -> Any:
    text, most = _text(kind, value), _MAX_LENGTHS[kind]
    if len(text) > most:
        raise InvalidRequest(f"A {kind} property takes at most {most} characters.")
    return text


def _write_items(kind: str, value: Value) -> Any:
    assert isinstance(value, tuple)
    if len(value) > _MAX_ITEMS:
        raise InvalidRequest(f"A {kind} property takes at most {_MAX_ITEMS} items at once.")
    if kind == "multi_select":
        return [{"name": item} for item in value]
    if kind == "relation":
        return [{"id": dashed(item)} for item in value]
    return [{"object": "user", "id": _person_id(item)} for item in value]


def _person_id(item: str) -> str:
    found = _PERSON.search(item)
    if found is None:
        raise InvalidRequest("A person is written as `Name <user id>`.")
    return dashed(found[1])


_WRITERS: Final[Mapping[str, Callable[[str, Value], Any]]] = {
    "title": lambda kind, value: plain_pieces(_text(kind, value)),
    "rich_text": lambda kind, value: rich_text_of(_text(kind, value)),
    "number": _write_number,
    "select": lambda kind, value: {"name": _text(kind, value)},
    "status": lambda kind, value: {"name": _text(kind, value)},
    "multi_select": _write_items,
    "date": _write_date,
    "people": _write_items,
    "relation": _write_items,
    "checkbox": _write_checkbox,
    "url": _write_short_text,
    "email": _write_short_text,
    "phone_number": _write_short_text,
}
