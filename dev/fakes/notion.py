"""The Notion port in memory, with people and faults on demand: the twin of the Notion adapter.

It does what is known of Notion, and where Notion is said to do one thing or another, the one that
is harder to live with: https://developers.notion.com/reference/intro
- times of pages are rounded down to the minute; comments and sharing are no edits;
- trashed, archived, moved and unshared rows vanish from queries and relations; an unshared page is
  NotFound, as if it had never been;
- Markdown comes back rewritten; an option of a select that does not exist is made silently;
- the other side of a two-way relation changes without an edit of that page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from dev.fakes.notion_faults import NotionFaults
from dev.fakes.notion_markdown import rewrite_markdown
from dev.fakes.notion_person import FakePerson
from dev.fakes.notion_tables import FakePage, FakeSource, FakeTables
from shared.errors import InvalidRequest, NotFound, StaleWrite, UpstreamRejected
from shared.ports.clock import Clock
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

QUERY_LIMIT: Final = 10_000
_PAGE_SIZE: Final = 100
_FOUND: Final = 100


class FakeNotion(NotionFaults):
    """A `NotionWorkspace` in memory, for one thread.

    `rewrite`: gives the Markdown that is stored for what was written; it must be idempotent.
    `query_limit`: how many rows a query gives before it is cut. `before_call`: is called before
    each call, as the adapter does. `skips_stale`: an edit of several parts of a body leaves out
    those that are not there exactly once, instead of refusing all of them; Notion was seen to do
    both. `calls` lists what was asked; `tables` is the truth, for assertions; `root` is a page.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        rewrite: Callable[[str], str] = rewrite_markdown,
        query_limit: int = QUERY_LIMIT,
        before_call: Callable[[], None] | None = None,
        skips_stale: bool = False,
    ) -> None:
        super().__init__(before_call)
        self.tables = FakeTables(clock, rewrite)
        self.query_limit = query_limit
        self.skips_stale = skips_stale
        self.bot = Bot(
            id=self.tables.new_id(),
            name="Nexus",
            workspace_id=self.tables.new_id(),
            workspace_name="Fake",
        )
        self.tables.users[self.bot.id] = User(id=self.bot.id, name=self.bot.name, bot=True)
        self.root = self.add_page("Root")

    def as_person(self, name: str = "Ada") -> FakePerson:
        """Let a person work; the same name is the same person."""
        users = self.tables.users
        known = next((each.id for each in users.values() if each.name == name), None)
        if known is None:
            known = self.tables.new_id()
            users[known] = User(id=known, name=name, email=f"{name.lower()}@example.com")
        return FakePerson(self.tables, known)

    def add_page(self, title: str, parent: str | None = None) -> str:
        """Make an ordinary page; its id."""
        return self.tables.add_page(self.bot.id, None, parent, {"title": title}).id

    def add_source(self, title: str, properties: Sequence[Property] = ()) -> DataSource:
        """Make a database with one data source in `root`, without a call being counted."""
        made = self.tables.add_source(self.root, title, tuple(properties))
        return self.tables.data_source(made)

    def me(self) -> Bot:
        """Who the connection is; see the port."""
        self._begin("me")
        return self.bot

    def user(self, user_id: str) -> User:
        """A person or a bot; see the port."""
        self._begin("user", user_id)
        found = self.tables.users.get(_dashed(user_id))
        if found is None:
            raise _missing()
        return found

    def data_source(self, data_source_id: str) -> DataSource:
        """A table's columns; see the port."""
        self._begin("data_source", data_source_id)
        return self.tables.data_source(self._source(data_source_id))

    def data_sources_of(self, database_id: str) -> tuple[PageRef, ...]:
        """The data sources of a database; see the port."""
        self._begin("data_sources_of", database_id)
        found = self._sources_where(lambda each: each.database_id == _dashed(database_id))
        if not found:
            raise _missing()
        return tuple(_source_ref(each) for each in found)

    def children(self, page_id: str) -> tuple[PageRef, ...]:
        """The pages and databases in a page; see the port."""
        self._begin("children", page_id)
        inside = self._page(page_id).id
        pages = [page for page in self.tables.pages.values() if page.parent == inside]
        shown = [_page_ref(page) for page in pages if self.tables.visible(page)]
        tables = self._sources_where(lambda each: each.page_id == inside)
        return (*shown, *(_database_ref(each) for each in tables))

    def search(self, title: str, kind: Literal["page", "data_source"]) -> tuple[PageRef, ...]:
        """What is found by title; see the port."""
        self._begin("search", title, kind)
        wanted = title.casefold()
        if kind == "data_source":
            sources = self._sources_where(lambda each: wanted in each.title.casefold())
            return tuple(_source_ref(each) for each in sources)[:_FOUND]
        pages = [page for page in self.tables.pages.values() if self.tables.visible(page)]
        return tuple(_page_ref(each) for each in pages if wanted in each.title.casefold())[:_FOUND]

    def create_database(
        self, parent_page_id: str, title: str, properties: Sequence[Property]
    ) -> DataSource:
        """Make a database with one data source; see the port."""
        self._begin("create_database", parent_page_id, title, tuple(properties))
        parent = self._page(parent_page_id)
        made = self.tables.add_source(parent.id, title, tuple(properties))
        self._end("create_database")
        return self.tables.data_source(made)

    def add_properties(self, data_source_id: str, properties: Sequence[Property]) -> DataSource:
        """Add columns; see the port."""
        self._begin("add_properties", data_source_id, tuple(properties))
        source = self._source(data_source_id)
        known = {column.name for column in source.columns.values()}
        for column in properties:
            if column.name not in known and column.kind != "title":
                self.tables.add_column(source, column)
        self._end("add_properties")
        return self.tables.data_source(source)

    def query(self, query: RowQuery) -> Rows:
        """One page of rows; see the port."""
        self._begin("query", query)
        source = self._source(query.data_source_id)
        found = [page for page in source.rows.values() if self._matches(page, query)]
        found.sort(key=lambda page: _sort_key(page, query))
        seen = 0
        if query.cursor is not None:
            seen, last = _read_cursor(query.cursor)
            found = [page for page in found if _sort_key(page, query) > last]
        size = min(query.page_size, _PAGE_SIZE, self.query_limit - seen)
        shown = tuple(self._shown(page, query) for page in found[:size])
        if len(found) <= size:
            return Rows(rows=shown)
        if seen + size >= self.query_limit:
            return Rows(rows=shown, complete=False)
        moment, number = _sort_key(found[size - 1], query)
        return Rows(rows=shown, cursor=f"{seen + size} {moment.isoformat()} {number}")

    def row(self, page_id: str) -> Row:
        """One page; see the port."""
        self._begin("row", page_id)
        return self.tables.row(self._page(page_id))

    def references(self, page_id: str, property_id: str) -> tuple[str, ...]:
        """All of a property's references; see the port."""
        self._begin("references", page_id, property_id)
        page = self._page(page_id)
        if page.source is None or property_id not in self.tables.sources[page.source].columns:
            raise _missing()
        return self.tables.references(page, property_id)

    def create_row(self, source: DataSource, values: Mapping[str, Value], markdown: str) -> Row:
        """Make a page; see the port."""
        self._begin("create_row", source, values, markdown)
        self._check_columns(source, values)
        target = self._source(source.id)
        page = self.tables.add_page(self.bot.id, target.id, None, values)
        self.tables.set_markdown(self.bot.id, page, markdown)
        if self._is_unread():
            raise CommittedButUnread(page.id)
        self._end("create_row")
        return self.tables.row(page)

    def update_row(
        self,
        source: DataSource,
        page_id: str,
        values: Mapping[str, Value],
        in_trash: bool | None = None,
    ) -> Row:
        """Set properties, trash or restore; see the port."""
        self._begin("update_row", source, page_id, values, in_trash)
        self._check_columns(source, values)
        page = self._page(page_id)
        if values and page.in_trash and in_trash is not False:
            raise _trashed()
        self.tables.set_values(self.bot.id, page, values)
        if in_trash is not None:
            page.in_trash = in_trash
            self.tables.visibility_changed()
        self._end("update_row")
        return self.tables.row(page)

    def move_row(self, page_id: str, data_source_id: str) -> Row:
        """Move a page to another data source; see the port."""
        self._begin("move_row", page_id, data_source_id)
        page = self._live_page(page_id)
        self.tables.move(self.bot.id, page, self._source(data_source_id).id)
        self._end("move_row")
        return self.tables.row(page)

    def body(self, page_id: str) -> Body:
        """The page's body; see the port."""
        self._begin("body", page_id)
        return self.tables.body(self._page(page_id))

    def edit_body(self, page_id: str, replacements: Sequence[Replacement]) -> Body:
        """Replace parts of the body; see the port."""
        self._begin("edit_body", page_id, tuple(replacements))
        if not replacements or not all(each.old for each in replacements):
            raise InvalidRequest("An edit of a body needs a text to replace.")
        page = self._live_page(page_id)
        markdown, done = page.markdown, 0
        for each in replacements:
            if markdown.count(each.old) == 1:
                markdown = markdown.replace(each.old, each.new)
                done += 1
        if not done or (done < len(replacements) and not self.skips_stale):
            raise StaleWrite("A text to replace is not there exactly once; read the page again.")
        self.tables.set_markdown(self.bot.id, page, markdown)
        self._end("edit_body")
        return self.tables.body(page)

    def replace_body(self, page_id: str, markdown: str) -> Body:
        """Replace the whole body; see the port. What Markdown cannot carry is lost."""
        self._begin("replace_body", page_id, markdown)
        page = self._live_page(page_id)
        # A tag that Notion cannot make a block of is stored as the text that it is.
        self.tables.set_markdown(self.bot.id, page, markdown.replace("<unknown", "\\<unknown"))
        page.truncated = False
        self._end("replace_body")
        return self.tables.body(page)

    def comment(self, page_id: str, text: str) -> Comment:
        """Add a comment; see the port."""
        self._begin("comment", page_id, text)
        made = Comment(id=self.tables.new_id(), text=text, by=self.bot.id)
        self._live_page(page_id).comments.append(made)
        self._end("comment")
        return made

    def comments(self, page_id: str) -> tuple[Comment, ...]:
        """The page's open comments; see the port."""
        self._begin("comments", page_id)
        return tuple(self._page(page_id).comments)

    def _page(self, page_id: str) -> FakePage:
        page = self.tables.pages.get(_dashed(page_id))
        if page is None or not self.tables.is_shared(page):
            raise _missing()
        return page

    def _live_page(self, page_id: str) -> FakePage:
        page = self._page(page_id)
        if page.in_trash:
            raise _trashed()
        return page

    def _source(self, data_source_id: str) -> FakeSource:
        source = self.tables.sources.get(_dashed(data_source_id))
        if source is None or not source.shared:
            raise _missing()
        return source

    def _sources_where(self, condition: Callable[[FakeSource], bool]) -> list[FakeSource]:
        sources = self.tables.sources.values()
        return [each for each in sources if each.shared and not each.in_trash and condition(each)]

    def _check_columns(self, source: DataSource, values: Mapping[str, Value]) -> None:
        """Refuse what the adapter cannot express, and what Notion sees by the kind."""
        columns = self._source(source.id).columns
        known = {column.id: column for column in source.properties}
        for key in values:
            if key not in known:
                raise InvalidRequest("A property is not one of the table.")
            if key in columns and columns[key].kind != known[key].kind:
                raise UpstreamRejected("Notion expects a value of another kind.", "notion")

    def _matches(self, page: FakePage, query: RowQuery) -> bool:
        if not self.tables.visible(page):
            return False
        if query.edited_from is not None and page.edited_at < query.edited_from:
            return False
        if query.created_from is not None and page.created_at < query.created_from:
            return False
        if query.unique_id is not None and page.sequence != query.unique_id[1]:
            return False
        if query.text_equals is None:
            return True
        key, text = query.text_equals
        return page.values.get(key) == text

    def _shown(self, page: FakePage, query: RowQuery) -> Row:
        row = self.tables.row(page)
        return replace(row, values={}, truncated=frozenset()) if query.slim else row


def _sort_key(page: FakePage, query: RowQuery) -> tuple[datetime, int]:
    moment = page.created_at if query.order == "created" else page.edited_at
    return moment, page.number


def _read_cursor(cursor: str) -> tuple[int, tuple[datetime, int]]:
    """How many rows were given, and the sort key of the last of them."""
    seen, moment, number = cursor.split()
    return int(seen), (datetime.fromisoformat(moment), int(number))


def _dashed(identity: str) -> str:
    if len(identity) == 36:
        return identity
    try:
        return str(UUID(identity))
    except ValueError as exc:
        raise InvalidRequest("This is no id of Notion.") from exc


def _missing() -> NotFound:
    return NotFound("Notion does not find it, or it is not shared with the connection.")


def _trashed() -> UpstreamRejected:
    return UpstreamRejected("Notion does not edit a page that is in the trash.", "notion")


def _page_ref(page: FakePage) -> PageRef:
    url = f"https://app.notion.com/p/{page.id.replace('-', '')}"
    parent = page.source or page.parent
    return PageRef(id=page.id, title=page.title, url=url, kind="page", parent=parent)


def _source_ref(source: FakeSource) -> PageRef:
    return replace(
        _database_ref(source), id=source.id, kind="data_source", parent=source.database_id
    )


def _database_ref(source: FakeSource) -> PageRef:
    identity, url = source.database_id, f"https://app.notion.com/p/{source.database_id}"
    return PageRef(id=identity, title=source.title, url=url, kind="database", parent=source.page_id)
