"""Queries of a data source and search: filter, order, pages of results behind opaque cursors."""

import base64
import json
from collections.abc import Callable
from typing import Any

from dev.notion_standin.clock import floor_minute
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.filters import compile_filter
from dev.notion_standin.model import DataSource, Json, Page, Property
from dev.notion_standin.properties import value_of
from dev.notion_standin.rich_text import plain
from dev.notion_standin.schema import find_property
from dev.notion_standin.workspace import Workspace

_PAGE_MAX = 100


def page_size(given: Any, place: str) -> int:
    """Check the size of a page of results, 1 to 100, 100 if not given."""
    if given is None:
        return _PAGE_MAX
    try:
        size = int(given)
    except (TypeError, ValueError):
        raise failed(place, "a number", given) from None
    if size < 1:
        raise failed(place, "≥ `1`", size)
    if size > _PAGE_MAX:
        raise failed(place, f"≤ `{_PAGE_MAX}`", size)
    return size


def cut(ids: list[str], cursor: Any, size: int) -> tuple[list[str], str | None]:
    """Give one page of ids and the cursor of the next, None at the end.

    A cursor names the next id and its place, so that rows which come or go do not shift it.
    """
    return cut_from(ids, 0 if cursor is None else _place_of(ids, cursor), size)


def cut_from(ids: list[str], start: int, size: int) -> tuple[list[str], str | None]:
    """Give the ids from a place on, and the cursor that goes on behind them."""
    rest = start + size
    return ids[start:rest], _cursor(ids[rest], rest) if rest < len(ids) else None


def _cursor(following: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{following}:{place}".encode()).decode().rstrip("=")


def _place_of(ids: list[str], cursor: Any) -> int:
    try:
        text = base64.urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}").decode()
        following, place = text.rsplit(":", 1)
        known = int(place)
    except (TypeError, ValueError):
        raise invalid(f"The start_cursor provided is invalid: {cursor}") from None
    if known < len(ids) and ids[known] == following:
        return known
    return ids.index(following) if following in ids else min(known, len(ids))


class Queries:
    """Answers queries; the order of the last one is kept until the workspace changes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._last: tuple[tuple[Any, ...], list[str]] | None = None

    def rows(self, source: DataSource, body: Json) -> tuple[list[str], bool]:
        """Give the ids of all rows that fit a query, and whether the cap cut them."""
        key = (
            source.id,
            self._workspace.revision,
            floor_minute(self._workspace.clock.now()),
            json.dumps([body.get(name) for name in ("filter", "sorts", "is_archived", "in_trash")]),
        )
        if self._last is None or self._last[0] != key:
            self._last = (key, self._fitting(source, body))
        ids, limit = self._last[1], self._workspace.settings.query_limit
        return ids[:limit], len(ids) > limit

    def _fitting(self, source: DataSource, body: Json) -> list[str]:
        workspace = self._workspace
        archived, trashed = bool(body.get("is_archived")), bool(body.get("in_trash"))
        # Newest first, as Notion happens to answer; without sorts no order is promised.
        pages = [
            page
            for row in reversed(source.rows)
            if isinstance(page := workspace.nodes[row], Page)
            and page.in_trash == trashed
            and page.is_archived == archived
            and workspace.visible(row)
        ]
        if body.get("filter"):
            test = compile_filter(workspace, source, body["filter"])
            pages = [page for page in pages if test(page)]
        for order in reversed(self._orders(source, body.get("sorts"))):
            pages = order(pages)
        return [page.id for page in pages]

    def _orders(self, source: DataSource, given: Any) -> list[Callable[[list[Page]], list[Page]]]:
        if given is None:
            return []
        if not isinstance(given, list):
            raise failed("body.sorts", "an array", given)
        return [self._order(source, one, f"body.sorts[{n}]") for n, one in enumerate(given)]

    def _order(
        self, source: DataSource, given: Any, place: str
    ) -> Callable[[list[Page]], list[Page]]:
        if not isinstance(given, dict):
            raise failed(place, "an object", given)
        direction = given.get("direction", "ascending")
        if direction not in ("ascending", "descending"):
            raise failed(f"{place}.direction", '`"ascending"` or `"descending"`', direction)
        key = self._key(source, given, place)

        def order(pages: list[Page]) -> list[Page]:
            keyed = [(key(page), page) for page in pages]
            # Empty values come last either way.
            filled = [pair for pair in keyed if pair[0] is not None]
            filled.sort(key=lambda pair: pair[0], reverse=direction == "descending")
            return [page for _, page in filled] + [page for k, page in keyed if k is None]

        return order

    def _key(self, source: DataSource, given: Json, place: str) -> Callable[[Page], Any]:
        if "timestamp" in given:
            if given["timestamp"] == "created_time":
                return lambda page: floor_minute(page.created)
            if given["timestamp"] == "last_edited_time":
                return lambda page: floor_minute(page.edited)
            raise failed(
                f"{place}.timestamp", '`"created_time"` or `"last_edited_time"`', given["timestamp"]
            )
        if not isinstance(given.get("property"), str):
            raise failed(f"{place}.property", "defined")
        found = find_property(source, given["property"])
        if found is None:
            raise invalid(f"Could not find sort property with name or id: {given['property']}")
        workspace = self._workspace
        return lambda page: _sortable(found, value_of(workspace, page, found), workspace)


def _sortable(found: Property, value: Any, workspace: Workspace) -> Any:
    if value in (None, [], ""):
        return None
    if found.type in ("title", "rich_text"):
        return plain(value).casefold() or None
    if found.type in ("select", "status"):
        return [option["id"] for option in found.config["options"]].index(value["id"])
    if found.type == "multi_select":
        return [option["name"] for option in value]
    if found.type in ("people", "relation"):
        kind = "user" if found.type == "people" else "page"
        return [workspace.name_of(kind, one["id"]).casefold() for one in value]
    if found.type in ("formula", "rollup"):
        inner = value[value["type"]]
        if isinstance(inner, dict):
            return inner.get("start")
        return len(inner) if isinstance(inner, list) else inner
    if isinstance(value, dict):
        return value.get("start") or value.get("number") or value.get("id")
    return value if isinstance(value, int | float) else str(value)
