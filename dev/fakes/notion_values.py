"""How the fake Notion keeps a property's value, and what it refuses."""

import math
import re
from collections.abc import Container
from typing import Final

from shared.errors import InvalidRequest, UpstreamRejected
from shared.ports.notion import WRITABLE, Property, Value

LISTS: Final = frozenset({"multi_select", "people", "relation"})
_MAX_ITEMS: Final = 100
_MAX_TEXT: Final = 200_000
_TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_PERSON = re.compile(r"<([^<>]+)>$")


def empty_value(kind: str) -> Value:
    """What a property shows where nothing is set."""
    if kind == "checkbox":
        return False
    return () if kind in LISTS else None


def stored_value(column: Property, value: Value, users: Container[str]) -> Value:
    """The value as Notion will tell it after it was written; people by their ids.

    Raises:
        InvalidRequest: the value is not of the property's kind, or too long.
        UpstreamRejected: Notion refuses it.
    """
    kind = column.kind
    if kind not in WRITABLE:
        raise InvalidRequest(f"Notion does not take values for a property of kind {kind}.")
    if value is None or value == "" or value == ():
        return empty_value(kind)
    if kind == "checkbox" and isinstance(value, bool):
        return value
    if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    if kind in LISTS and isinstance(value, tuple):
        return _items(kind, value, users)
    if kind in LISTS or kind in ("checkbox", "number") or not isinstance(value, str):
        raise InvalidRequest(f"The value does not fit a property of kind {kind}.")
    return _text(column, value)


def _number(value: int | float) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidRequest("A number property takes no infinite number.")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _items(kind: str, items: tuple[str, ...], users: Container[str]) -> Value:
    if len(items) > _MAX_ITEMS:
        raise InvalidRequest(f"A {kind} property takes at most {_MAX_ITEMS} items at once.")
    if kind == "people":
        items = tuple(_person(item, users) for item in items)
    if kind == "multi_select" and any("," in item for item in items):
        raise UpstreamRejected("Notion takes no comma in an option's name.", "notion")
    return tuple(dict.fromkeys(items))


def _person(item: str, users: Container[str]) -> str:
    found = _PERSON.search(item)
    if found is None:
        raise InvalidRequest("A person is written as `Name <user id>`.")
    if found[1] not in users:
        raise UpstreamRejected("Notion does not know a person.", "notion")
    return found[1]


def _text(column: Property, value: str) -> str:
    if len(value) > _MAX_TEXT:
        raise InvalidRequest(f"A text has at most {_MAX_TEXT} characters.")
    if column.kind == "date":
        return "/".join(_moment(part) for part in value.split("/"))
    if column.kind == "select" and "," in value:
        raise UpstreamRejected("Notion takes no comma in an option's name.", "notion")
    if column.kind == "status" and value not in column.options:
        raise UpstreamRejected("Notion does not know a status.", "notion")
    return value


def _moment(text: str) -> str:
    if _DAY.match(text):
        return text
    found = _TIME.match(text)
    if found is None:
        raise InvalidRequest("A date is written as 2026-11-22 or 2026-11-22T10:00:00.000+01:00.")
    zone = (found[4] or "Z").replace("Z", "+00:00")
    fraction = ((found[3] or ".") + "000")[:4]
    return f"{found[1]}{found[2] or ':00'}{fraction}{zone}"
