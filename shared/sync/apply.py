"""Carrying out a plan, item by item, so that it may stop anywhere and be begun anew.

Order: one commit with all that goes to git, then the pages one by one, then what is remembered of
each. A merged item's file is thus written before its page, and its base only moves when both are:
what a crash leaves half done looks like an ordinary change to the next cycle, or carries a mark.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from shared.errors import InvalidRequest, NotFound, RateLimited, StaleWrite, UpstreamRejected
from shared.ports.notion import Row
from shared.ports.repository import Blob, BranchProtected, Repository
from shared.ports.state import Write
from shared.sync.commit import Authors, commit_order, ids_order
from shared.sync.fields import ID
from shared.sync.file import changed_text
from shared.sync.guard import Guard
from shared.sync.link import TOMBSTONE_KEPT, Base, Link, Pending
from shared.sync.model import Action, Kind, Trouble
from shared.sync.pages import Later, PageWriter
from shared.sync.plan import Plan
from shared.sync.records import conflict_writes
from shared.sync.store import Stored, SyncStore
from shared.sync.workspace import Workspace
from shared.text.merge import transfer

_AT_ONCE: Final = 50
_GONE: Final = (Kind.DELETE_FILE, Kind.TRASH_PAGE, Kind.FORGET)
_PAGE_FAULTS = (InvalidRequest, NotFound, UpstreamRejected)


@dataclass(slots=True, kw_only=True)
class Applied:
    """What came of a plan, filled as it is carried out.

    `done`: actions with everything they needed. `left`: those that have to be looked at again.
    `troubles`: what stopped an action, by link id. `links`: how the number of links changed, by
    collection. `written`: page ids; `rows`: of those, as far as Notion showed them. `limited`: a
    service asked for a pause, so the rest was left.
    """

    tip: str | None
    done: list[Action] = field(default_factory=list)
    left: list[Action] = field(default_factory=list)
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    links: dict[str, int] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    limited: RateLimited | None = None


class Applier:
    """Carries plans out for one run, which holds the lease as long as `guard` agrees.

    Raises what the store and the guard raise, and of git and Notion what is not about one item:
    StaleWrite when the branch moved (plan again), UpstreamUnavailable.
    """

    def __init__(
        self,
        workspace: Workspace,
        repository: Repository,
        store: SyncStore,
        pages: PageWriter,
        guard: Guard,
        authors: Authors,
        now: Callable[[], datetime],
    ) -> None:
        self._workspace = workspace
        self._repository = repository
        self._store = store
        self._pages = pages
        self._guard = guard
        self._authors = authors
        self._now = now

    def apply(
        self, plan: Plan, stored: Mapping[str, Stored], applied: Applied, run_id: str
    ) -> None:
        """Carry out a plan that was made on the commit `applied.tip`, and tell in `applied`.

        Where that says that Notion asked for a pause already, nothing is written there.
        """
        versions = {key: each.version for key, each in stored.items()}
        self._keep_what_loses(plan.actions)
        self._announce([a for a in plan.actions if a.new and a.file], versions)
        actions = self._commit(plan, applied, run_id)
        self._remember_all([a for a in actions if a.page is None], versions, applied)
        for action in actions:
            if action.page is not None:
                self._write_page(action, versions, applied)
        self._write_ids(versions, applied, run_id)

    def _keep_what_loses(self, actions: Iterable[Action]) -> None:
        """Store what a policy decides against before it is written over; what a person decides
        against is in the open record."""
        now = self._now()
        writes = [
            self._store.put_conflict(record)
            for action in actions
            if any(clash.by == "policy" for clash in action.clashes)
            for record in conflict_writes(action, action.link, now)
            if record.resolved_by == "policy"
        ]
        for start in range(0, len(writes), _AT_ONCE):
            self._guard.commit(writes[start : start + _AT_ONCE], fenced=False)

    def _announce(self, actions: list[Action], versions: dict[str, str]) -> None:
        """Store new links with their base before the commit that makes their files: a page that
        is changed before we get to know of the commit is then compared with what it was."""
        for start in range(0, len(actions), _AT_ONCE):
            part = actions[start : start + _AT_ONCE]
            writes: list[Write] = []
            for action in part:
                seen = action.link.git_seen
                pending = Pending(kind="file", at=self._now(), git_seen=seen)
                link = replace(action.link, pending=pending)
                base = Base(file=action.base_file, body=_shifted(action, action.page_base))
                writes.append(self._store.put_link(link, "absent"))
                writes.append(self._store.put_base(link.id, base))
            made = self._guard.commit(writes, fenced=True)[::2]
            for number, action in enumerate(part):
                link_id = action.link.id
                versions[link_id] = made[number] if made else self._store.version_of(link_id)

    def _commit(self, plan: Plan, applied: Applied, run_id: str) -> list[Action]:
        """Make the cycle's commit; the actions that may go on afterwards."""
        actions = list(plan.actions)
        to_git = [action for action in actions if action.file is not None]
        if not to_git or self._workspace.repository is None:
            return actions
        order = commit_order(to_git, self._authors, run_id, self._now())
        applied.limited = applied.limited or self._authors.limited
        self._guard.check()
        branch = self._workspace.repository.branch
        try:
            applied.tip = self._repository.push(branch, applied.tip, order)
        except BranchProtected as error:
            for action in to_git:
                self._leave(action, applied, Trouble(code="branch_protected", detail=error.detail))
            return [action for action in actions if action.file is None]
        return actions

    def _remember_all(
        self, actions: list[Action], versions: dict[str, str], applied: Applied
    ) -> None:
        for start in range(0, len(actions), _AT_ONCE):
            part = actions[start : start + _AT_ONCE]
            writes = [write for action in part for write in self._records(action, versions)]
            if writes:
                self._guard.commit(writes, fenced=any(a.new and a.file is None for a in part))
            for action in part:
                self._finish(action, applied)

    def _records(self, action: Action, versions: Mapping[str, str]) -> Iterator[Write]:
        """What is remembered of an action that wrote nothing to Notion."""
        if not action.stores and action.file is None:
            return
        base = Base(file=action.base_file, body=_shifted(action, action.page_base))
        yield from self._writes(action, action.link, base, versions)

    def _writes(
        self, action: Action, link: Link, base: Base, versions: Mapping[str, str]
    ) -> Iterator[Write]:
        if action.kind in _GONE:
            now = self._now()
            link = replace(
                link,
                deleted_at=now,
                expires_at=now + TOMBSTONE_KEPT,
                pending=None,
                conflicts=(),
            )
        yield self._store.put_link(link, versions.get(link.id, "absent"))
        yield self._store.put_base(link.id, base, link.expires_at)
        for record in conflict_writes(action, link, self._now()):
            yield self._store.put_conflict(record)

    def _write_page(self, action: Action, versions: dict[str, str], applied: Applied) -> None:
        if applied.limited is not None:
            applied.left.append(action)
            return
        try:
            written = self._pages.write(action, versions)
        except Later:
            applied.left.append(action)
            return
        except RateLimited as error:
            applied.limited = error
            applied.left.append(action)
            return
        except _PAGE_FAULTS as error:
            self._leave(action, applied, Trouble(code="notion", detail=error.detail))
            return
        if written.trouble is not None:
            self._leave(action, applied, written.trouble)
            return
        base = replace(written.base, body=_shifted(action, written.base.body))
        writes = list(self._writes(action, written.link, base, versions))
        made = self._guard.commit(writes, fenced=False)
        versions[written.link.id] = made[0]
        if written.link.page_id:
            applied.written.add(written.link.page_id)
        if written.row is not None:
            applied.rows.append(written.row)
        again = action.again or written.again
        done = replace(action, link=written.link, again=again, page_base=base.body)
        self._finish(done, applied)

    def _write_ids(self, versions: dict[str, str], applied: Applied, run_id: str) -> None:
        """Write the ids of the pages just made into their files, while all is known of both.

        If the branch moved meanwhile, the next look does it like any other change; it has to be
        told, as a tip that a person pushed may not differ in these files.
        """
        made = [action for action in applied.done if action.with_id is not None]
        if not made or self._workspace.repository is None:
            return
        with_ids = {action.link.id: _with_id(action) for action in made}
        self._guard.check()
        order = ids_order(with_ids.values(), run_id, self._now())
        try:
            applied.tip = self._repository.push(
                self._workspace.repository.branch, applied.tip, order
            )
        except (StaleWrite, BranchProtected):
            waiting = {action.link.id: replace(action, again=True) for action in made}
            applied.done[:] = [waiting.get(action.link.id, action) for action in applied.done]
            return
        for start in range(0, len(made), _AT_ONCE):
            part = [with_ids[action.link.id] for action in made[start : start + _AT_ONCE]]
            writes = [self._store.put_link(each.link, versions[each.link.id]) for each in part]
            bases = [self._store.put_base(each.link.id, _base_of(each)) for each in part]
            self._guard.commit([*writes, *bases], fenced=False)
        applied.done[:] = [with_ids.get(action.link.id, action) for action in applied.done]

    def _leave(self, action: Action, applied: Applied, trouble: Trouble) -> None:
        applied.troubles.setdefault(action.link.id, []).append(trouble)
        applied.left.append(action)

    def _finish(self, action: Action, applied: Applied) -> None:
        applied.done.append(action)
        if action.kind is Kind.REPORT:
            return
        was_there = action.before is not None and is_counted(action.before)
        if action.before is not None and was_there:
            _add(applied.links, action.before.collection, -1)
        if action.kind not in _GONE:
            _add(applied.links, action.link.collection, 1)


def _with_id(action: Action) -> Action:
    """An action that made a page, with its file's text as it is once it has the page's id."""
    assert action.with_id is not None
    added = {ID: action.link.page_id}
    file = replace(action.with_id, text=changed_text(action.with_id.text, added))
    blob = Blob.of(file.text.encode("utf-8", "surrogatepass"))
    return replace(
        action,
        link=replace(action.link, git_seen=blob.id),
        file=file,
        base_file=changed_text(action.base_file, added),
    )


def _base_of(action: Action) -> Base:
    return Base(file=action.base_file, body=action.page_base)


def is_counted(link: Link) -> bool:
    """Whether a link counts: it is no tombstone, and its first write was finished."""
    begun = link.pending is not None and link.pending.kind in ("create", "file")
    return link.deleted_at is None and not begun


def _add(counts: dict[str, int], name: str, change: int) -> None:
    counts[name] = counts.get(name, 0) + change


def _shifted(action: Action, text: str) -> str:
    """The page's text to remember: where a clash is open it keeps what was agreed on before."""
    if action.agreed is not None:
        return action.agreed
    return transfer(*action.shift, text) if action.shift else text
