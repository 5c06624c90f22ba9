"""Properties of a row and keys of a file's front matter: one value each, in two spellings.

A key is the property's name when it was first seen and is bound to the property's id, so that a
rename in Notion changes no file. `id` and `title` are the file's own keys.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.errors import NexusError
from shared.ports.notion import WRITABLE, DataSource, Property, Value
from shared.sync.workspace import NEXUS_ID

ID: Final = "id"
TITLE: Final = "title"
READ_ONLY: Final = "unique_id"
LISTS: Final = frozenset({"multi_select", "people", "relation"})
"""Kinds whose value is a list in a file."""
_TEXTS: Final = frozenset(
    {"title", "rich_text", "select", "status", "url", "email", "phone_number"}
)
_TIME: Final = r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
_DATE: Final = re.compile(rf"{_TIME}(/{_TIME})?")
_PERSON: Final = re.compile(r".*<[0-9a-fA-F-]{32,36}>")
_PAGE_ID: Final = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")

Plain = None | bool | int | float | str | list[str]
"""What stands in a front matter behind a key that is bound to a property."""


class UnusableValueError(NexusError):
    """A key's value cannot become its property's; `code` is the problem's code."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where pages and files are: `path_of` a page id, `page_of` a path, `source_of` a page id the
    data source that its page lies in or comes to lie in; linked ones only."""

    path_of: Mapping[str, str]
    page_of: Mapping[str, str]
    source_of: Mapping[str, str] = field(default_factory=dict)


def synced(source: DataSource) -> tuple[Property, ...]:
    """The properties that files carry, the title not among them.

    Of a two-way relation only one side is carried: the one whose id sorts first.
    """
    return tuple(each for each in source.properties if _is_synced(each))


def _is_synced(each: Property) -> bool:
    if each.kind == READ_ONLY:
        return True
    if each.kind not in WRITABLE or each.kind == "title" or each.name == NEXUS_ID:
        return False
    return not (each.kind == "relation" and each.synced is not None and each.synced < each.id)


def title_property(source: DataSource) -> Property:
    """The column that holds the title; every data source has exactly one."""
    return next(each for each in source.properties if each.kind == "title")


def key_of(prop: Property, taken: Mapping[str, str]) -> str:
    """The key for a property that is bound now. `taken`: property id → key, of the others."""
    name = prop.name.strip() or prop.id
    used = {ID, TITLE, *taken.values()}
    while name in used:
        name += " (property)"
    return name


def empty(value: object) -> bool:
    """Whether a value says that nothing is set. An unset checkbox is one that says no."""
    return value is None or value is False or value == "" or value == () or value == []


def same(one: Value, other: Value) -> bool:
    """Whether two values of a property mean the same."""
    if empty(one) or empty(other):
        return empty(one) and empty(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one) == sorted(other)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def to_plain(prop: Property, value: Value, places: Places) -> Plain:
    """A property's value as it stands in a file; relations become paths where they have one."""
    if isinstance(value, tuple):
        if prop.kind == "relation":
            return [places.path_of.get(each, each) for each in value]
        return list(value)
    return value


def from_plain(prop: Property, plain: object, places: Places, create_options: bool) -> Value:
    """A file's value as the property's.

    Raises:
        UnusableValueError: it is of another type, an option that does not exist, or a relation to
            a file that has no page yet.
    """
    if empty(plain) and plain is not False:
        return None
    if prop.kind in LISTS:
        return _many(prop, plain, places, create_options)
    if prop.kind == "checkbox":
        if isinstance(plain, bool):
            return plain
        raise _unusable(prop, "true or false")
    if prop.kind == "number":
        return _number(prop, plain)
    if isinstance(plain, list | dict) or prop.kind not in {*_TEXTS, "date"}:
        raise _unusable(prop, "one value")
    text = str(plain).lower() if isinstance(plain, bool) else str(plain)
    return _text(prop, text, create_options)


def _text(prop: Property, text: str, create_options: bool) -> Value:
    if prop.kind == "date" and not _DATE.fullmatch(text):
        raise _unusable(prop, "a date such as 2026-11-22, or two with / between")
    if prop.kind in ("select", "status"):
        _check_option(prop, text, create_options)
    return text


def _number(prop: Property, plain: object) -> Value:
    if isinstance(plain, int | float) and not isinstance(plain, bool):
        return plain
    raise _unusable(prop, "a number")


def _many(prop: Property, plain: object, places: Places, create_options: bool) -> Value:
    listed = plain if isinstance(plain, list) else [plain]
    if not all(isinstance(each, str | int | float) for each in listed):
        raise _unusable(prop, "a list of texts")
    texts = list(dict.fromkeys(str(each) for each in listed))
    if prop.kind == "relation":
        return tuple(_page(prop, each, places) for each in texts)
    for each in texts:
        if prop.kind == "multi_select":
            _check_option(prop, each, create_options)
        elif not _PERSON.fullmatch(each):
            raise _unusable(prop, "people as `Name <user id>`")
    return tuple(texts)


def path_in(value: object) -> str:
    """The path that a relation's entry in a file means."""
    return str(value).strip().lstrip("/")


def _page(prop: Property, text: str, places: Places) -> str:
    page = places.page_of.get(path_in(text))
    if page is not None:
        if prop.target and places.source_of.get(page, prop.target) != prop.target:
            detail = f"`{prop.name}` takes no page of another data source: {text[:120]}"
            raise UnusableValueError("unresolved_relation", detail)
        return page
    if _PAGE_ID.fullmatch(text):
        return text
    detail = f"`{prop.name}` names a file that has no page yet: {text[:120]}"
    raise UnusableValueError("unresolved_relation", detail)


def _check_option(prop: Property, text: str, create_options: bool) -> None:
    may_be_made = create_options and prop.kind != "status"
    if text in prop.options or may_be_made:
        return
    known = ", ".join(prop.options[:12]) or "none yet"
    detail = f"`{prop.name}` has no option of this name; add it in Notion or use one of: {known}"
    raise UnusableValueError("unknown_option", detail)


def _unusable(prop: Property, wanted: str) -> UnusableValueError:
    return UnusableValueError("invalid_value", f"`{prop.name}` needs {wanted}.")
