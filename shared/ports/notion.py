"""The Notion port: data sources, their rows (pages with properties) and the rows' bodies.

Vocabulary: a *data source* is a table inside a database; a *row* is a page whose parent is a data
source; its *values* are its properties by property id; its *body* is Markdown in Notion's v2
dialect. Notion rounds the times of pages down to the minute and has no conditional writes.

Every call raises, beside what it names itself:
    NotFound: the thing does not exist or is not shared with the connection; Notion does not tell
        which of the two, so this never means that it was deleted.
    Forbidden: the connection lacks a capability; the detail names it.
    RateLimited: of ours or of Notion's; `retry_after_s` says for how long.
    UpstreamRejected: the token is wrong, or Notion refuses the values for good.
    UpstreamUnavailable: no answer, or an overloaded service; a write may have happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

Value = None | bool | int | float | str | tuple[str, ...]
"""A property's value.

title, rich_text: Markdown-free text (links and styles of rich text are written as v2 inline
Markdown). number: int or float. select, status: the option's name. multi_select: names. date:
`2026-11-22`, `2026-11-22T10:00:00.000+01:00`, or two of them with `/` between. people:
`Name <user id>`. relation: page ids. checkbox: bool. url, email, phone_number: text.
unique_id: `TASK-12`. None (or an empty tuple) where nothing is set.
"""

WRITABLE: Final = frozenset(
    {
        "title",
        "rich_text",
        "number",
        "select",
        "multi_select",
        "status",
        "date",
        "people",
        "checkbox",
        "url",
        "email",
        "phone_number",
        "relation",
    }
)
"""The kinds of properties that are synced both ways; unique_id is only read, the rest left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The connection itself. `id`: how it shows as the editor of a page."""

    id: str
    name: str
    workspace_id: str
    workspace_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who edits pages. `email` is "" where the connection may not see it."""

    id: str
    name: str
    email: str = ""
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A column of a data source.

    `kind`: Notion's type. `options`: names of a select's, multi_select's or status' options; the
    prefix of a unique_id.
    `target`: the data source that a relation points to. `synced`: for a two-way relation the id of
    the property on the other side.
    """

    id: str
    name: str
    kind: str
    options: tuple[str, ...] = ()
    target: str | None = None
    synced: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A table and its columns."""

    id: str
    database_id: str
    title: str
    url: str
    properties: tuple[Property, ...]
    in_trash: bool = False

    def property(self, name: str) -> Property | None:
        """The column of this name."""
        return next((each for each in self.properties if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A page as the API shows it, without its body.

    `parent`: the id of its data source, or None when it lies elsewhere. `edited_at`: rounded down
    to the minute. `edited_by`: a user id. `values`: by property id, only of kinds in
    `WRITABLE` and unique_id. `truncated`: ids of properties of which only the first 25 references
    are shown.
    """

    id: str
    url: str
    parent: str | None
    created_at: datetime
    edited_at: datetime
    edited_by: str
    title: str
    values: Mapping[str, Value]
    in_trash: bool = False
    archived: bool = False
    truncated: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A page of a query.

    `cursor`: opaque, None at the end. `complete`: False where Notion cut the result at its limit
    (10,000): then rows are missing that exist.
    """

    rows: tuple[Row, ...]
    cursor: str | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RowQuery:
    """Which rows. Times are inclusive; `order`: ascending by this time.

    `slim`: only ids and times are needed (values come back empty).
    `text_equals`: a (property id, text) pair that must match exactly. `unique_id`: a (property id,
    number) pair, the number being that of `TASK-12` without its prefix.
    """

    data_source_id: str
    edited_from: datetime | None = None
    created_from: datetime | None = None
    order: Literal["created", "edited"] = "created"
    slim: bool = False
    text_equals: tuple[str, str] | None = None
    unique_id: tuple[str, int] | None = None
    cursor: str | None = None
    page_size: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A page's body in v2 Markdown.

    `truncated`: the page is longer than what Notion gives. `unknown`: ids of blocks that Markdown
    cannot carry or that are not shared.
    """

    markdown: str
    truncated: bool = False
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Replace `old`, which occurs exactly once in the body, by `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on a page."""

    id: str
    text: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRef:
    """An ordinary page, database or data source found below a parent or by search."""

    id: str
    title: str
    url: str
    kind: Literal["page", "database", "data_source"]
    parent: str | None = None


class CommittedButUnread(Exception):
    """A create whose answer says that it was saved as `page_id` although the call failed (503)."""

    def __init__(self, page_id: str) -> None:
        super().__init__("The page was saved; its answer was lost.")
        self.page_id = page_id


class NotionWorkspace(Protocol):
    """One connection to one Notion workspace. Calls block, each for at most 15 s."""

    def me(self) -> Bot:
        """Who the connection is; the cheapest call, also used as a probe."""

    def user(self, user_id: str) -> User:
        """A person or a bot by id."""

    def data_source(self, data_source_id: str) -> DataSource:
        """A table's columns."""

    def data_sources_of(self, database_id: str) -> tuple[PageRef, ...]:
        """The data sources of a database."""

    def children(self, page_id: str) -> tuple[PageRef, ...]:
        """The pages and databases that lie directly in a page."""

    def search(self, title: str, kind: Literal["page", "data_source"]) -> tuple[PageRef, ...]:
        """What search finds by title, at most 100; eventually consistent, never an inventory."""

    def create_database(
        self, parent_page_id: str, title: str, properties: Sequence[Property]
    ) -> DataSource:
        """Make a database with one data source; `properties` need no ids (use "")."""

    def add_properties(self, data_source_id: str, properties: Sequence[Property]) -> DataSource:
        """Add columns; one whose name exists already stays as it is."""

    def query(self, query: RowQuery) -> Rows:
        """One page of rows; trashed and archived ones are not among them."""

    def row(self, page_id: str) -> Row:
        """One page, also a trashed, archived or moved one."""

    def references(self, page_id: str, property_id: str) -> tuple[str, ...]:
        """All of a property's references, where `Row.truncated` says that some are missing."""

    def create_row(self, source: DataSource, values: Mapping[str, Value], markdown: str) -> Row:
        """Make a page with its properties (by id) and its body.

        Raises:
            CommittedButUnread: it was saved, only the answer failed.
        """

    def update_row(
        self,
        source: DataSource,
        page_id: str,
        values: Mapping[str, Value],
        in_trash: bool | None = None,
    ) -> Row:
        """Set properties (by id), and move to the trash or out of it; the page afterwards."""

    def move_row(self, page_id: str, data_source_id: str) -> Row:
        """Move a page to another data source; the page afterwards."""

    def body(self, page_id: str) -> Body:
        """The page's body."""

    def edit_body(self, page_id: str, replacements: Sequence[Replacement]) -> Body:
        """Replace parts of the body in one call; the body afterwards.

        A replacement whose `old` is no longer there exactly once is left out by Notion or refuses
        the call: compare the answer.

        Raises:
            StaleWrite: Notion refused because an `old` was not found or not unique.
        """

    def replace_body(self, page_id: str, markdown: str) -> Body:
        """Replace the whole body; blocks get new ids and lose their comments."""

    def comment(self, page_id: str, text: str) -> Comment:
        """Add a comment to the page."""

    def comments(self, page_id: str) -> tuple[Comment, ...]:
        """The page's open comments, all of them."""
