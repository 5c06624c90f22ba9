"""What the fake Notion holds, and what may happen to it, whoever does it.

Nothing here knows of permissions, faults or requests: `dev.fakes.notion` adds them for the
connection, `dev.fakes.notion_person` lets people work. Ids count up, so that the same calls give
the same workspace.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Final

from dev.fakes.notion_values import LISTS, empty_value, stored_value
from shared.errors import UpstreamRejected
from shared.ports.clock import Clock
from shared.ports.notion import WRITABLE, Body, Comment, DataSource, Property, Row, User, Value

SHOWN_REFERENCES: Final = 25
_SHOWN_KINDS: Final = WRITABLE | {"unique_id"}
_UNKNOWN = re.compile(r'(?<!\\)<unknown url="[^"#]*#([0-9a-f-]+)"[^>]*>')


@dataclass(slots=True, kw_only=True)
class FakePage:
    """A page; a row if `source` is set, else an ordinary one that lies in the page `parent`.

    `values`: by property id, people by their user ids. `number`: rises with each page made.
    `sequence`: of its unique id. `shown`: what `row` last built, while `epoch` stands.
    """

    id: str
    number: int
    source: str | None
    parent: str | None
    created_at: datetime
    edited_at: datetime
    edited_by: str
    values: dict[str, Value]
    markdown: str = ""
    unknown: tuple[str, ...] = ()
    truncated: bool = False
    in_trash: bool = False
    archived: bool = False
    shared: bool = True
    sequence: int = 0
    comments: list[Comment] = field(default_factory=list)
    shown: Row | None = None
    epoch: int = 0

    @property
    def title(self) -> str:
        """The page's title."""
        return str(self.values.get("title") or "")


@dataclass(slots=True, kw_only=True)
class FakeSource:
    """A data source; `columns` by property id, `rows` in the order in which they came in."""

    id: str
    database_id: str
    page_id: str
    title: str
    columns: dict[str, Property]
    rows: dict[str, FakePage] = field(default_factory=dict)
    in_trash: bool = False
    shared: bool = True
    sequence: int = 0


class FakeTables:
    """The pages, data sources and users of a workspace.

    `rewrite`: gives the Markdown that is stored for what was written. `lost_blocks`: ids of blocks
    that Markdown cannot carry and that a write of the connection destroyed. `users`: by id.
    """

    def __init__(self, clock: Clock, rewrite: Callable[[str], str]) -> None:
        self.rewrite = rewrite
        self.pages: dict[str, FakePage] = {}
        self.sources: dict[str, FakeSource] = {}
        self.users: dict[str, User] = {}
        self.lost_blocks: list[str] = []
        self._clock = clock
        self._ids = count(1)
        self._epoch = 0

    def new_id(self) -> str:
        """Make a dashed id, different from all others in its first eight digits."""
        number = next(self._ids)
        return f"{number:08x}-0000-4000-8000-{number:012x}"

    def add_source(self, page_id: str, title: str, columns: tuple[Property, ...]) -> FakeSource:
        """Make a database with one data source in a page; a missing title column is added."""
        source = FakeSource(
            id=self.new_id(), database_id=self.new_id(), page_id=page_id, title=title, columns={}
        )
        self.sources[source.id] = source
        if not any(column.kind == "title" for column in columns):
            columns = (Property(id="title", name="Name", kind="title"), *columns)
        for column in columns:
            self.add_column(source, column)
        return source

    def add_column(self, source: FakeSource, column: Property) -> Property:
        """Add a column; of a relation whose `synced` is not None both sides."""
        made = replace(column, id="title" if column.kind == "title" else f"p{next(self._ids):03x}")
        if made.kind == "relation" and made.synced is not None and made.target is not None:
            other = self.sources[made.target]
            back = Property(
                id=f"p{next(self._ids):03x}",
                name=f"Related to {source.title} ({made.name})",
                kind="relation",
                target=source.id,
                synced=made.id,
            )
            made = replace(made, synced=back.id)
            self.set_column(other, back)
        self.set_column(source, made)
        return made

    def set_column(self, source: FakeSource, column: Property) -> None:
        """Put a column in place of the one with its id; values of another kind are emptied."""
        before = source.columns.get(column.id)
        source.columns[column.id] = column
        for page in source.rows.values():
            page.shown = None
            if before is not None and before.kind != column.kind:
                page.values.pop(column.id, None)

    def drop_column(self, source: FakeSource, property_id: str) -> None:
        """Remove a column and its values."""
        del source.columns[property_id]
        for page in source.rows.values():
            page.values.pop(property_id, None)
            page.shown = None

    def add_page(
        self, by: str, source: str | None, parent: str | None, values: Mapping[str, Value]
    ) -> FakePage:
        """Make a row of `source`, or an ordinary page in `parent`; its values are set as they are.

        Raises:
            InvalidRequest, UpstreamRejected: see `set_values`; then no page was made.
        """
        now = self._minute()
        page = FakePage(
            id=self.new_id(),
            number=next(self._ids),
            source=source,
            parent=parent,
            created_at=now,
            edited_at=now,
            edited_by=by,
            values={},
        )
        if source is None:
            page.values.update(values)
        else:
            self._set_values(self.sources[source], page, values)
            self._enter(page, source)
        self.pages[page.id] = page
        return page

    def set_values(self, by: str, page: FakePage, values: Mapping[str, Value]) -> None:
        """Set a row's values: all of them or, when one is refused, none."""
        if page.source is not None:
            self._set_values(self.sources[page.source], page, values)
        else:
            page.values.update(values)
        self.touch(by, page)

    def set_markdown(self, by: str, page: FakePage, markdown: str) -> None:
        """Store a body; blocks that Markdown cannot carry and that are gone from it are lost."""
        page.markdown = self.rewrite(markdown)
        unknown = tuple(_UNKNOWN.findall(page.markdown)) if "<unknown" in page.markdown else ()
        if self.users[by].bot:
            self.lost_blocks += [each for each in page.unknown if each not in unknown]
        page.unknown = unknown
        self.touch(by, page)

    def move(self, by: str, page: FakePage, to: str) -> None:
        """Move a page into a data source or another page; equal columns keep their values."""
        columns = self.sources[page.source].columns if page.source else {}
        values = {(each.name, each.kind): page.values.get(key) for key, each in columns.items()}
        title = page.title
        if page.source is not None:
            del self.sources[page.source].rows[page.id]
        page.source, page.parent, page.values = None, to, {"title": title}
        if to in self.sources:
            page.parent = None
            for column in self.sources[to].columns.values():
                if (value := values.get((column.name, column.kind))) is not None:
                    page.values[column.id] = value
            self._enter(page, to)
        self.touch(by, page)
        self._epoch += 1

    def touch(self, by: str, page: FakePage) -> None:
        """Remember who edited a page, and in which minute."""
        page.edited_at = self._minute()
        page.edited_by = by
        page.shown = None

    def visibility_changed(self) -> None:
        """Say that a page was trashed, archived, shared or the reverse: relations show it."""
        self._epoch += 1

    def visible(self, page: FakePage) -> bool:
        """Whether the page shows in queries and relations."""
        return not page.in_trash and not page.archived and self.is_shared(page)

    def is_shared(self, page: FakePage) -> bool:
        """Whether the connection may see the page."""
        return page.shared and (page.source is None or self.sources[page.source].shared)

    def row(self, page: FakePage) -> Row:
        """The page as the API shows it."""
        if page.shown is None or page.epoch != self._epoch:
            page.shown = self._row(page)
            page.epoch = self._epoch
        return page.shown

    def references(self, page: FakePage, property_id: str) -> tuple[str, ...]:
        """All references that a property shows: visible pages, or people with their names."""
        assert page.source is not None
        value = page.values.get(property_id, ())
        if not isinstance(value, tuple):
            return () if value is None else (str(value),)
        kind = self.sources[page.source].columns[property_id].kind
        if kind == "people":
            return tuple(f"{self.users[each].name} <{each}>" for each in value)
        if kind == "relation":
            return tuple(each for each in value if self.visible(self.pages[each]))
        return value

    def data_source(self, source: FakeSource) -> DataSource:
        """The data source as the API shows it."""
        return DataSource(
            id=source.id,
            database_id=source.database_id,
            title=source.title,
            url=f"https://app.notion.com/p/{source.database_id.replace('-', '')}",
            properties=tuple(source.columns.values()),
            in_trash=source.in_trash,
        )

    def body(self, page: FakePage) -> Body:
        """The page's body as the API shows it."""
        return Body(markdown=page.markdown, truncated=page.truncated, unknown=page.unknown)

    def _minute(self) -> datetime:
        return self._clock.now().replace(second=0, microsecond=0)

    def _enter(self, page: FakePage, source_id: str) -> None:
        source = self.sources[source_id]
        source.sequence += 1
        page.source, page.sequence = source_id, source.sequence
        source.rows[page.id] = page

    def _set_values(self, source: FakeSource, page: FakePage, values: Mapping[str, Value]) -> None:
        new: dict[str, Value] = {}
        for key, value in values.items():
            if key not in source.columns:
                raise UpstreamRejected("Notion does not know a property.", "notion")
            new[key] = stored_value(source.columns[key], value, self.users)
            if source.columns[key].kind == "relation":
                self._check_targets(source.columns[key], new[key])
        for key, value in new.items():
            column = source.columns[key]
            if column.kind == "relation" and column.synced and column.target:
                self._set_other_side(page, column, value)
            page.values[key] = value
            self._add_options(source, column, value)

    def _check_targets(self, column: Property, targets: Value) -> None:
        assert isinstance(targets, tuple)
        for target in targets:
            page = self.pages.get(target)
            if page is None or not self.is_shared(page):
                raise UpstreamRejected("Notion does not find a page that is related.", "notion")
            if column.target and page.source != column.target:
                raise UpstreamRejected("Notion takes no page of another table here.", "notion")

    def _set_other_side(self, page: FakePage, column: Property, value: Value) -> None:
        before, after = page.values.get(column.id, ()), value
        assert isinstance(before, tuple)
        assert isinstance(after, tuple)
        assert column.synced
        for target in {*before, *after}:
            other = self.pages[target]
            back = other.values.get(column.synced, ())
            assert isinstance(back, tuple)
            rest = tuple(each for each in back if each != page.id)
            other.values[column.synced] = (*rest, page.id) if target in after else rest
            other.shown = None

    def _add_options(self, source: FakeSource, column: Property, value: Value) -> None:
        if column.kind not in ("select", "multi_select") or not value:
            return
        names = value if isinstance(value, tuple) else (str(value),)
        new = tuple(name for name in names if name not in column.options)
        if new:
            source.columns[column.id] = replace(column, options=column.options + new)

    def _row(self, page: FakePage) -> Row:
        values: dict[str, Value] = {}
        truncated = set()
        for column in self.sources[page.source].columns.values() if page.source else ():
            if column.kind not in _SHOWN_KINDS:
                continue
            value = page.values.get(column.id, empty_value(column.kind))
            if column.kind == "unique_id":
                value = "-".join((*column.options, str(page.sequence)))  # with a prefix
            elif column.kind in LISTS and value:
                value = self.references(page, column.id)
                if column.kind != "multi_select" and len(value) > SHOWN_REFERENCES:
                    truncated.add(column.id)
                    value = value[:SHOWN_REFERENCES]
            values[column.id] = value
        return Row(
            id=page.id,
            url=f"https://app.notion.com/p/{page.id.replace('-', '')}",
            parent=page.source,
            created_at=page.created_at,
            edited_at=page.edited_at,
            edited_by=page.edited_by,
            title=page.title,
            values=values,
            in_trash=page.in_trash,
            archived=page.archived,
            truncated=frozenset(truncated),
        )
