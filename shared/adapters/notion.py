"""Notion by its API, with the official community SDK's client as the transport.

All calls go through the client's raw request: its endpoint methods drop what they do not know,
among it `markdown_version`. API: https://developers.notion.com/reference/intro
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import ValidationError

from shared.adapters import notion_objects as objects
from shared.adapters.notion_calls import Call, NotionCalls
from shared.adapters.notion_errors import edit_failure, unreadable
from shared.adapters.notion_objects import Listing, read, read_row
from shared.adapters.notion_text import plain_pieces, plain_text
from shared.adapters.notion_values import Json, dashed, read_value, rich_text, write_value
from shared.errors import InvalidRequest, UpstreamRejected
from shared.ports.notion import (
    Body,
    Bot,
    Comment,
    CommittedButUnread,
    DataSource,
    PageRef,
    Property,
    Replacement,
    Row,
    RowQuery,
    Rows,
    User,
    Value,
)

_PAGE_SIZE: Final = 100
_TITLE: Final = "title"  # the id of every table's title column
_DIALECT: Final = "v2"
_READ, _INSERT, _UPDATE = "Read content", "Insert content", "Update content"
_READ_COMMENTS, _COMMENT = "Read comments", "Insert comments"
_USERS: Final = "Read user information"


class NotionClient:
    """A `NotionWorkspace` for one token; safe among threads, nothing is opened before a call.

    `base_url`: of another server that speaks the protocol, "" for Notion. `before_call`: is called
    before every request and may raise RateLimited, to keep a budget. `on_limited`: is told the
    seconds for which Notion wants no more requests. `timeout_s`: of each call.
    """

    def __init__(
        self,
        token: str,
        base_url: str = "",
        before_call: Callable[[], None] | None = None,
        on_limited: Callable[[float], None] | None = None,
        timeout_s: float = 15.0,
    ) -> None:
        self._calls = NotionCalls(token, base_url, before_call, on_limited, timeout_s)

    def close(self) -> None:
        """Let go of the connections."""
        self._calls.close()

    def me(self) -> Bot:
        """Who the connection is; see the port."""
        return objects.read_bot(self._get("users/me", capability="a valid token"))

    def user(self, user_id: str) -> User:
        """A person or a bot; see the port."""
        return objects.read_user(self._get(f"users/{dashed(user_id)}", capability=_USERS))

    def data_source(self, data_source_id: str) -> DataSource:
        """A table's columns; see the port."""
        return objects.read_data_source(self._get(f"data_sources/{dashed(data_source_id)}"))

    def data_sources_of(self, database_id: str) -> tuple[PageRef, ...]:
        """The data sources of a database; see the port."""
        return objects.read_data_source_refs(self._get(f"databases/{dashed(database_id)}"))

    def children(self, page_id: str) -> tuple[PageRef, ...]:
        """The pages and databases in a page; see the port."""
        parent = dashed(page_id)
        blocks = self._all(f"blocks/{parent}/children")
        found = (objects.read_child(block, parent) for block in blocks)
        return tuple(each for each in found if each is not None)

    def search(self, title: str, kind: Literal["page", "data_source"]) -> tuple[PageRef, ...]:
        """What search finds by title; see the port."""
        wanted = {"property": "object", "value": kind}
        body = {"query": title, "filter": wanted, "page_size": _PAGE_SIZE}
        found = read(Listing, self._read_by_post("search", body))
        refs = (objects.read_found(each) for each in found.results)
        return tuple(each for each in refs if each is not None)

    def create_database(
        self, parent_page_id: str, title: str, properties: Sequence[Property]
    ) -> DataSource:
        """Make a database with one data source; see the port."""
        columns = list(properties)
        if not any(column.kind == _TITLE for column in columns):
            columns.insert(0, Property(id=_TITLE, name="Name", kind=_TITLE))
        schema = {column.name: objects.column_config(column) for column in columns}
        body = {
            "parent": {"type": "page_id", "page_id": dashed(parent_page_id)},
            "title": plain_pieces(title),
            "initial_data_source": {"properties": schema},
        }
        try:
            made = self._create("databases", body)
        except CommittedButUnread as saved:
            made = self._get(f"databases/{dashed(saved.page_id)}")
        sources = objects.read_data_source_refs(made)
        if not sources:
            raise unreadable()
        return self.data_source(sources[0].id)

    def add_properties(self, data_source_id: str, properties: Sequence[Property]) -> DataSource:
        """Add columns; see the port."""
        source = self.data_source(data_source_id)
        new = {
            column.name: objects.column_config(column)
            for column in properties
            if source.property(column.name) is None and column.kind != _TITLE
        }
        if not new:
            return source
        self._write("PATCH", f"data_sources/{source.id}", {"properties": new}, _UPDATE)
        return self.data_source(source.id)

    def query(self, query: RowQuery) -> Rows:
        """One page of rows; see the port."""
        path = f"data_sources/{dashed(query.data_source_id)}/query"
        only = {"filter_properties[]": [_TITLE]} if query.slim else {}
        listing = read(Listing, self._read_by_post(path, _query_body(query), only))
        pages = [each for each in listing.results if each.get("object") == "page"]
        return Rows(
            rows=tuple(read_row(page, slim=query.slim) for page in pages),
            cursor=listing.next_cursor if listing.has_more else None,
            complete=listing.complete,
        )

    def row(self, page_id: str) -> Row:
        """One page; see the port."""
        return read_row(self._get(f"pages/{dashed(page_id)}"))

    def references(self, page_id: str, property_id: str) -> tuple[str, ...]:
        """All of a property's references; see the port."""
        # Ids of properties come URL-encoded and go back as they came.
        items = list(self._all(f"pages/{dashed(page_id)}/properties/{quote(property_id, '%')}"))
        return _references(items)

    def create_row(self, source: DataSource, values: Mapping[str, Value], markdown: str) -> Row:
        """Make a page; see the port. Without a title Notion would take the first heading."""
        properties: Json = {_title_id(source): {_TITLE: []}} | _properties(source, values)
        body: Json = {
            "parent": {"type": "data_source_id", "data_source_id": dashed(source.id)},
            "properties": properties,
        }
        if markdown:  # the dialect alone is refused
            body |= {"markdown": markdown, "markdown_version": _DIALECT}
        return read_row(self._create("pages", body))

    def update_row(
        self,
        source: DataSource,
        page_id: str,
        values: Mapping[str, Value],
        in_trash: bool | None = None,
    ) -> Row:
        """Set properties, trash or restore; see the port."""
        body: Json = {}
        if values:
            body["properties"] = _properties(source, values)
        if in_trash is not None:
            body["in_trash"] = in_trash
        return read_row(self._write("PATCH", f"pages/{dashed(page_id)}", body))

    def move_row(self, page_id: str, data_source_id: str) -> Row:
        """Move a page to another data source; see the port."""
        parent = {"type": "data_source_id", "data_source_id": dashed(data_source_id)}
        moved = self._write("POST", f"pages/{dashed(page_id)}/move", {"parent": parent})
        # The answer is documented both as the whole page and as its id alone.
        return read_row(moved) if "properties" in moved else self.row(page_id)

    def body(self, page_id: str) -> Body:
        """The page's body; see the port. What is beyond a truncated one is not fetched."""
        path = f"pages/{dashed(page_id)}/markdown"
        return objects.read_body(self._get(path, {"markdown_version": _DIALECT}))

    def edit_body(self, page_id: str, replacements: Sequence[Replacement]) -> Body:
        """Replace parts of the body in one request; see the port."""
        if not replacements or not all(each.old for each in replacements):
            raise InvalidRequest("An edit of a body needs a text to replace.")
        updates = [{"old_str": each.old, "new_str": each.new} for each in replacements]
        change = {"content_updates": updates, "allow_deleting_content": False}
        try:
            return self._change_body(page_id, "update_content", change)
        except UpstreamRejected as exc:
            raise edit_failure(exc) from exc.__cause__

    def replace_body(self, page_id: str, markdown: str) -> Body:
        """Replace the whole body; see the port. Pages that lie in the page are never deleted."""
        change = {"new_str": markdown, "allow_deleting_content": False}
        return self._change_body(page_id, "replace_content", change)

    def comment(self, page_id: str, text: str) -> Comment:
        """Add a comment; see the port."""
        body = {"parent": {"page_id": dashed(page_id)}, "rich_text": plain_pieces(text)}
        return objects.read_comment(self._write("POST", "comments", body, _COMMENT))

    def comments(self, page_id: str) -> tuple[Comment, ...]:
        """The page's open comments; see the port."""
        found = self._all("comments", {"block_id": dashed(page_id)}, _READ_COMMENTS)
        return tuple(objects.read_comment(each) for each in found)

    def _change_body(self, page_id: str, kind: str, change: Json) -> Body:
        body = {"type": kind, kind: change, "markdown_version": _DIALECT}
        return objects.read_body(self._write("PATCH", f"pages/{dashed(page_id)}/markdown", body))

    def _get(
        self, path: str, query: Mapping[str, Any] | None = None, capability: str = _READ
    ) -> Any:
        return self._calls.send(
            Call(path=path, query=query or {}, capability=capability, reads=True)
        )

    def _read_by_post(self, path: str, body: Json, query: Mapping[str, Any] | None = None) -> Any:
        call = Call(
            path=path, method="POST", query=query or {}, body=body, capability=_READ, reads=True
        )
        return self._calls.send(call)

    def _create(self, path: str, body: Json) -> Any:
        call = Call(path=path, method="POST", body=body, capability=_INSERT, creates=True)
        return self._calls.send(call)

    def _write(
        self, method: Literal["POST", "PATCH"], path: str, body: Json, capability: str = _UPDATE
    ) -> Any:
        return self._calls.send(Call(path=path, method=method, body=body, capability=capability))

    def _all(
        self, path: str, query: Mapping[str, Any] | None = None, capability: str = _READ
    ) -> Iterator[Json]:
        """All results of a list, page by page; of what is no list, the thing itself."""
        cursor: str | None = None
        while True:
            start = {"start_cursor": cursor} if cursor else {}
            given = self._get(path, {**(query or {}), "page_size": _PAGE_SIZE, **start}, capability)
            if not isinstance(given, dict) or given.get("object") != "list":
                yield given
                return
            listing = read(Listing, given)
            yield from listing.results
            cursor = listing.next_cursor if listing.has_more else None
            if cursor is None:
                return


def _query_body(query: RowQuery) -> Json:
    named = {"created": "created_time", "edited": "last_edited_time"}
    conditions: list[Json] = []
    for name, since in (
        ("last_edited_time", query.edited_from),
        ("created_time", query.created_from),
    ):
        if since is not None:
            conditions.append({"timestamp": name, name: {"on_or_after": objects.timestamp(since)}})
    if query.text_equals is not None:
        key, text = query.text_equals
        kind = _TITLE if key == _TITLE else "rich_text"
        conditions.append({"property": key, kind: {"equals": text}})
    body: Json = {
        "sorts": [{"timestamp": named[query.order], "direction": "ascending"}],
        "page_size": min(query.page_size, _PAGE_SIZE),
    }
    if conditions:
        body["filter"] = conditions[0] if len(conditions) == 1 else {"and": conditions}
    if query.cursor is not None:
        body["start_cursor"] = query.cursor
    return body


def _properties(source: DataSource, values: Mapping[str, Value]) -> Json:
    columns = {column.id: column for column in source.properties}
    if not columns.keys() >= values.keys():
        raise InvalidRequest("A property is not one of the table.")
    return {key: write_value(columns[key], value) for key, value in values.items()}


def _title_id(source: DataSource) -> str:
    return next((each.id for each in source.properties if each.kind == _TITLE), _TITLE)


def _references(items: Sequence[Json]) -> tuple[str, ...]:
    """What the property endpoint lists: one reference per item, or a piece of a text."""
    kinds = {str(item.get("type")) for item in items}
    try:
        if kinds <= {"relation", "people"}:
            found = [
                read_value(kind, [item[kind]]) for item in items for kind in [str(item["type"])]
            ]
            return tuple(each for some in found if isinstance(some, tuple) for each in some)
        pieces = [item[kind] for item in items for kind in [str(item["type"])]]
        return (plain_text(rich_text(pieces)),)
    except (ValidationError, KeyError) as exc:
        raise unreadable() from exc
