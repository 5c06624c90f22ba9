"""Writing one page, so that a write whose answer is lost is neither lost nor done twice.

Before each write the link's `pending` is stored. A page that was being created is found again by
its `Nexus ID`; what a body write left is recognised by who edited last. Notion has no conditional
writes: what remains is the moment between reading a page and replacing a part of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.errors import InvalidRequest, NotFound, StaleWrite, UpstreamRejected
from shared.ports.notion import (
    Body,
    CommittedButUnread,
    DataSource,
    NotionWorkspace,
    Replacement,
    Row,
    RowQuery,
    Value,
)
from shared.ports.state import Put
from shared.sync.body import accounted
from shared.sync.fields import same
from shared.sync.guard import Guard
from shared.sync.link import AGAIN_AFTER, Base, Link, Pending
from shared.sync.model import Action, Kind, PageWrite, Trouble
from shared.sync.packing import pack
from shared.sync.store import SyncStore
from shared.sync.workspace import NEXUS_ID
from shared.text.markdown import body_hash, equivalent, lossy_marks, strip_signed
from shared.text.merge import Hunk, hunks

_PREIMAGES_KEPT: Final = timedelta(days=30)


class Later(Exception):
    """The page has to be looked at again before anything is written to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a page and its link are after a write.

    `row`: the page as the write left it, where that is known. `trouble`: nothing was written, for
    this reason. `again`: Notion made something else of a
    value, so the file has to follow.
    """

    link: Link
    base: Base
    row: Row | None = None
    trouble: Trouble | None = None
    again: bool = False


class PageWriter:
    """Writes pages for one run. `source_of`: a collection's data source by the collection's name.

    Raises Later, and what the ports raise.
    """

    def __init__(
        self,
        notion: NotionWorkspace,
        store: SyncStore,
        guard: Guard,
        source_of: Callable[[str], DataSource],
        now: Callable[[], datetime],
    ) -> None:
        self._notion = notion
        self._store = store
        self._guard = guard
        self._source_of = source_of
        self._now = now

    def write(self, action: Action, versions: dict[str, str]) -> Written:
        """Carry out the part of an action that is Notion's; the link's version is kept up."""
        page = action.page
        assert page is not None
        if action.kind is Kind.CREATE_PAGE:
            return self._create(action, page, versions)
        if page.move_to is not None:
            return self._move(action, page.move_to, versions)
        if page.trash is not None:
            return self._trash(action, page, page.trash, versions)
        return self._update(action, page, versions)

    def _create(self, action: Action, page: PageWrite, versions: dict[str, str]) -> Written:
        source = self._source_of(action.collection)
        self._leave_if_made(action, source)
        action = _with_tries(action)
        row, told = self._make(action, page, source, versions)
        body = page.body or ""
        if told:
            body = self._read_back(row, body)
        link = replace(
            action.link,
            page_id=row.id,
            url=row.url,
            values={key: row.values.get(key) for key in action.link.bound},
            notion_seen=body_hash(body),
            pending=None,
        )
        return Written(link=link, base=Base(file=action.base_file, body=body), row=row)

    def _read_back(self, made: Row, sent: str) -> str:
        """How Notion spells what a page was just made with.

        Where that reads differently, somebody may have found the page and written on it before
        this look: then nothing of what it shows counts as ours.
        """
        shown = strip_signed(self._notion.body(made.id).markdown)
        if equivalent(sent, shown) or self._notion.row(made.id).edited_by == made.edited_by:
            return shown
        return sent

    def _leave_if_made(self, action: Action, source: DataSource) -> None:
        """Make no page while one that an earlier try made exists, or may still appear.

        The next look finds it by its `Nexus ID`, with what was sent to it then.
        """
        pending, column = action.link.pending, source.property(NEXUS_ID)
        if pending is None or pending.kind != "create" or column is None:
            return
        query = RowQuery(data_source_id=source.id, text_equals=(column.id, action.link.id))
        if self._notion.query(query).rows or self._now() - pending.at < AGAIN_AFTER:
            raise Later

    def _make(
        self, action: Action, page: PageWrite, source: DataSource, versions: dict[str, str]
    ) -> tuple[Row, bool]:
        """Make the page; whether its answer told of it, before anybody could change it."""
        self._begin(action, self._pending_create(action, page), versions)
        column = source.property(NEXUS_ID)
        marked: dict[str, Value] = {column.id: action.link.id} if column else {}
        try:
            made = self._notion.create_row(source, {**page.values, **marked}, page.body or "")
        except CommittedButUnread as saved:
            row = self._notion.row(saved.page_id)
            return replace(row, values={**row.values, **page.values}), False
        return made, True

    def _pending_create(self, action: Action, page: PageWrite) -> Pending:
        sent = action.link.git_seen
        return Pending(kind="create", at=self._now(), git_seen=sent, values=page.values)

    def _move(self, action: Action, target: str, versions: dict[str, str]) -> Written:
        page_id = _page_id(action)
        self._begin(action, Pending(kind="move", at=self._now()), versions)
        row = self._notion.move_row(page_id, target)
        link = replace(action.link, url=row.url, pending=None)
        return Written(link=link, base=_base(action))

    def _trash(
        self, action: Action, page: PageWrite, trash: bool, versions: dict[str, str]
    ) -> Written:
        page_id, source = _page_id(action), self._source_of(action.collection)
        self._begin(action, Pending(kind="trash", at=self._now()), versions)
        if trash:
            self._leave_if_body_changed(page_id, page)
            self._leave_if_changed(page_id, page, page.planned_on.values if page.planned_on else ())
            self._guard.check()
        row = self._notion.update_row(source, page_id, {}, in_trash=trash)
        if trash and self._is_edited_since(page, row):
            self._guard.check()
            self._notion.update_row(source, page_id, {}, in_trash=False)
            raise Later
        return Written(link=replace(action.link, pending=None), base=_base(action))

    def _is_edited_since(self, page: PageWrite, trashed: Row) -> bool:
        """Whether somebody edited a page between our last look and its trash: edit beats delete."""
        before = page.planned_on.values if page.planned_on else {}
        if any(not same(trashed.values.get(key), value) for key, value in before.items()):
            return True
        try:
            now = self._notion.body(trashed.id).markdown
        except (InvalidRequest, NotFound, UpstreamRejected):  # it may not be read in the trash
            return False
        return body_hash(strip_signed(now)) != body_hash(strip_signed(page.before))

    def _update(self, action: Action, page: PageWrite, versions: dict[str, str]) -> Written:
        page_id, link = _page_id(action), action.link
        before = strip_signed(page.before)
        replacements = self._replacements(before, page)
        if replacements is None and page.lossy:
            detail = "The page has content that Markdown cannot carry; make the change in Notion."
            trouble = Trouble(code="blocked_lossy", detail=detail)
            return Written(link=link, base=_base(action), trouble=trouble)
        self._begin(action, self._pending(action, page, before), versions)
        again = False
        if page.values:
            row = self._set(action, page, page_id)
            answered = {key: row.values.get(key) for key in page.values}
            link = replace(link, values={**link.values, **answered})
            again = any(not same(answered[key], value) for key, value in page.values.items())
        body = before
        if page.body is not None:
            body = self._write_body(page_id, page, page.body, replacements)
        link = replace(link, notion_seen=body_hash(body), pending=None)
        return Written(link=link, base=Base(file=action.base_file, body=body), again=again)

    def _set(self, action: Action, page: PageWrite, page_id: str) -> Row:
        self._leave_if_changed(page_id, page, page.values)
        self._guard.check()
        return self._notion.update_row(self._source_of(action.collection), page_id, page.values)

    def _leave_if_changed(self, page_id: str, page: PageWrite, keys: Iterable[str]) -> None:
        """Look at the page once more, right before a write that knows no condition."""
        if page.planned_on is None:
            return
        before, now = page.planned_on.values, self._notion.row(page_id)
        if now.in_trash or any(not same(now.values.get(k), before.get(k)) for k in keys):
            raise Later

    def _leave_if_body_changed(self, page_id: str, page: PageWrite) -> None:
        now = strip_signed(self._notion.body(page_id).markdown)
        if body_hash(now) != body_hash(strip_signed(page.before)):
            raise Later

    def _replacements(self, before: str, page: PageWrite) -> tuple[Replacement, ...] | None:
        """The parts to replace; None where only the whole can be."""
        if page.body is None:
            return ()
        found = hunks(before, page.body) if before.strip() else None
        if found is None or (page.lossy and any(map(_touches_lossy, found))):
            return None
        return tuple(Replacement(old=each.old, new=each.new) for each in found)

    def _write_body(
        self,
        page_id: str,
        page: PageWrite,
        wanted: str,
        replacements: tuple[Replacement, ...] | None,
    ) -> str:
        before = strip_signed(page.before)
        if replacements is None:
            return self._replace_whole(page_id, page, wanted)
        self._guard.check()
        if not replacements:
            return before
        try:
            answer = self._notion.edit_body(page_id, replacements)
        except StaleWrite as error:
            raise Later from error
        return accounted(before, wanted, strip_signed(answer.markdown))

    def _replace_whole(self, page_id: str, page: PageWrite, wanted: str) -> str:
        if page.before.strip():
            self._keep_preimage(page_id, page.before)
        self._leave_if_body_changed(page_id, page)
        self._guard.check()
        answer: Body = self._notion.replace_body(page_id, wanted)
        return strip_signed(answer.markdown)

    def _keep_preimage(self, page_id: str, text: str) -> None:
        now = self._now()
        data = {"page_id": page_id, "body": pack(text), "at": now}
        data["expires_at"] = now + _PREIMAGES_KEPT
        path = f"{self._store.root}/preimages/{page_id}-{int(now.timestamp())}"
        self._store.state.commit([Put(path=path, data=data)])

    def _pending(self, action: Action, page: PageWrite, before: str) -> Pending:
        if page.body is None:
            return Pending(kind="properties", at=self._now(), values=page.values)
        # With a clash left open the page does not get the file's text, so nothing can be inferred.
        sent = "" if "body" in action.link.conflicts else action.link.git_seen
        return Pending(
            kind="body",
            at=self._now(),
            git_seen=sent,
            notion_seen=body_hash(before),
            values=page.values,
        )

    def _begin(self, action: Action, pending: Pending, versions: dict[str, str]) -> None:
        """Store what is about to be done; the link's other fields stay as they were.

        Of a page whose making was not told of it stays known what it was made with: that is its
        base, and by it what comes next is known again, too.
        """
        link_id = action.link.id
        before = action.before or action.link
        made = before.pending is not None and before.pending.kind == "create"
        if made and pending.kind in ("body", "properties"):
            self._guard.check()
            return
        version = versions.get(link_id, "absent")
        write = self._store.put_link(replace(before, pending=pending), version)
        written = self._guard.commit([write], fenced=action.new)
        versions[link_id] = written[0] if written else self._store.version_of(link_id)
        self._guard.check()  # the store may have taken long


def _with_tries(action: Action) -> Action:
    """An action that makes a page again remembers when that was tried before."""
    before = action.before
    if before is None or before.pending is None or before.pending.kind != "create":
        return action
    tried = (*before.tried, before.pending.at)
    return replace(
        action, link=replace(action.link, tried=tried), before=replace(before, tried=tried)
    )


def _touches_lossy(hunk: Hunk) -> bool:
    return bool(lossy_marks(hunk.old) or lossy_marks(hunk.new))


def _page_id(action: Action) -> str:
    assert action.link.page_id is not None
    return action.link.page_id


def _base(action: Action) -> Base:
    return Base(file=action.base_file, body=action.page_base)
