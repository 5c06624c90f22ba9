"""Notion by its API, with the official community SDK's client as the transport.

All calls go through the client's raw request: its endpoint methods drop what they do not know,
among it `markdown_version`. API: https://developers.notion.com/reference/intro
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import ValidationError

from shared.adapters.notion_calls import Call, NotionCalls
from shared.adapters.notion_errors import edit_failure, unreadable
from shared.adapters.notion_objects import (
    Listing,
    read,
    read_body,
    read_data_source,
    read_row,
)
from shared.adapters.notion_people import read_bot, read_comment, read_user
from shared.adapters.notion_refs import read_child, read_data_source_refs, read_found
from shared.adapters.notion_requests import (
    PAGE_SIZE,
    TITLE,
    column_config,
    query_body,
    row_properties,
    title_id,
)
from shared.adapters.notion_text import plain_pieces
from shared.adapters.notion_values import Json, dashed, read_value
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
        return read_bot(self._get("users/me", capability="a valid token"))

    def user(self, user_id: str) -> User:
        """A person or a bot; see the port."""
        return read_user(self._get(f"users/{dashed(user_id)}", capability=_USERS))

    def data_source(self, data_source_id: str) -> DataSource:
        """A table's columns; see the port."""
        return read_data_source(self._get(f"data_sources/{dashed(data_source_id)}"))

    def data_sources_of(self, database_id: str) -> tuple[PageRef, ...]:
        """The data sources of a database; see the port."""
        return read_data_source_refs(self._get(f"databases/{dashed(database_id)}"))

    def children(self, page_id: str) -> tuple[PageRef, ...]:
        """The pages and databases in a page; see the port."""
        parent = dashed(page_id)
        blocks = self._all(f"blocks/{parent}/children")
        found = (read_child(block, parent) for block in blocks)
        return tuple(each for each in found if each is not None)

    def search(self, title: str, kind: Literal["page", "data_source"]) -> tuple[PageRef, ...]:
        """What search finds by title; see the port."""
        wanted = {"property": "object", "value": kind}
        body = {"query": title, "filter": wanted, "page_size": PAGE_SIZE}
        found = read(Listing, self._read_by_post("search", body))
        refs = (read_found(each) for each in found.results)
        return tuple(each for each in refs if each is not None)

    def create_database(
        self, parent_page_id: str, title: str, properties: Sequence[Property]
    ) -> DataSource:
        """Make a database with one data source; see the port."""
        columns = list(properties)
        if not any(column.kind == TITLE for column in columns):
            columns.insert(0, Property(id=TITLE, name="Name", kind=TITLE))
        schema = {column.name: column_config(column) for column in columns}
        body = {
            "parent": {"type": "page_id", "page_id": dashed(parent_page_id)},
            "title": plain_pieces(title),
            "initial_data_source": {"properties": schema},
        }
        try:
            made = self._create("databases", body)
        except CommittedButUnread as saved:
            made = self._get(f"databases/{dashed(saved.page_id)}")
        sources = read_data_source_refs(made)
        if not sources:
            raise unreadable()
        return self.data_source(sources[0].id)

    def add_properties(self, data_source_id: str, properties: Sequence[Property]) -> DataSource:
        """Add columns; see the port."""
        source = self.data_source(data_source_id)
        new = {
            column.name: column_config(column)
            for column in properties
            if source.property(column.name) is None and column.kind != TITLE
        }
        if not new:
            return source
        self._write("PATCH", f"data_sources/{source.id}", {"properties": new}, _UPDATE)
        return self.data_source(source.id)

    def query(self, query: RowQuery) -> Rows:
        """One page of rows; see the port."""
        path = f"data_sources/{dashed(query.data_source_id)}/query"
        only = {"filter_properties[]": [TITLE]} if query.slim else {}
        listing = read(Listing, self._read_by_post(path, query_body(query), only))
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
        properties: Json = {title_id(source): {TITLE: []}} | row_properties(source, values)
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
            body["properties"] = row_properties(source, values)
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
        return read_body(self._get(path, {"markdown_version": _DIALECT}))

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
        return read_comment(self._write("POST", "comments", body, _COMMENT))

    def comments(self, page_id: str) -> tuple[Comment, ...]:
        """The page's open comments; see the port."""
        found = self._all("comments", {"block_id": dashed(page_id)}, _READ_COMMENTS)
        return tuple(read_comment(each) for each in found)

    def _change_body(self, page_id: str, kind: str, change: Json) -> Body:
        body = {"type": kind, kind: change, "markdown_version": _DIALECT}
        return read_body(self._write("PATCH", f"pages/{dashed(page_id)}/markdown", body))

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
            given = self._get(path, {**(query or {}), "page_size": PAGE_SIZE, **start}, capability)
            if not isinstance(given, dict) or given.get("object") != "list":
                yield given
                return
            listing = read(Listing, given)
            yield from listing.results
            cursor = listing.next_cursor if listing.has_more else None
            if cursor is None:
                return


def _references(items: Sequence[Json]) -> tuple[str, ...]:
    """What the property endpoint lists: one reference per item, or the pieces of one text."""
    if not items:
        return ()
    try:
        kind = str(items[0]["type"])
        value = read_value(kind, [item[kind] for item in items])
    except (ValidationError, KeyError) as exc:
        raise unreadable() from exc
    if isinstance(value, tuple):
        return value
    return () if value is None else (str(value),)
