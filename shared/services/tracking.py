"""Commits into the tracker: what is new on each watched branch gets its row, what vanished is said.

Commits are dealt with parents first, and each moves the branch's tips in the write that ends it: so
whoever goes on after a crash sees exactly what is done.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from shared.code.permalink import commit_url
from shared.ports.clock import Clock
from shared.ports.notion import NotionWorkspace, Property
from shared.ports.repository import CommitInfo, Repository
from shared.ports.state import StateStore
from shared.services.branch_history import FIRST, MOST, BranchHistory, Moved
from shared.services.commit_ledger import ABSENT, Beginning, Cursor, Kept, Ledger, Overtaken
from shared.services.commit_rows import REFUSALS, CommitRows
from shared.services.commit_tasks import CommitTasks
from shared.services.operations import Progress
from shared.services.setup_databases import columns_of
from shared.services.setup_order import TASKS, TRACKER
from shared.sync.workspace import Remote, Workspace
from shared.telemetry import logger
from shared.tracker.cursor import Followed
from shared.tracker.filters import left_out
from shared.tracker.ledger import Entry, State, state_of
from shared.tracker.rows import row_body, row_values

_STEPS: Final = 25  # commits between two signs of life where nothing is written


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPorts:
    """What tracking works with. `nonce`: names this worker."""

    store: StateStore
    clock: Clock
    notion: NotionWorkspace
    repository: Repository
    nonce: str


Steps = Generator[Progress, None, None]


class Tracking:
    """The tracker of one workspace, for one piece of work; `cursor` was loaded.

    Raises, beside what is said: what `Repository`, `NotionWorkspace` and `StateStore` raise, and
    `Overtaken`; all of it may be repeated.
    """

    def __init__(
        self, workspace: Workspace, remote: Remote, ports: TrackingPorts, cursor: Cursor
    ) -> None:
        self._workspace = workspace
        self._remote = remote
        self._ports = ports
        self._cursor = cursor
        self._tracker = workspace.tracker.data_source_id if workspace.tracker else ""
        self._tasks_id = next(
            (each.data_source_id for each in workspace.collections if each.name == TASKS), None
        )
        self._ledger = Ledger(ports.store, workspace.wid)
        self._tasks = CommitTasks(ports.notion, self._ledger, self._tasks_id)
        bound = cursor.value.columns if cursor.value else {}
        self._rows = CommitRows(ports.notion, ports.clock, ports.nonce, self._tracker, bound)
        self._history = BranchHistory(ports.repository, self._ledger, remote.branch, self._tracker)
        self._beginning = Beginning()
        self._done = 0
        self._log = logger(__name__)

    @property
    def has_begun(self) -> bool:
        """Whether the cursor is about this repository, branch and tracker."""
        followed, remote = self._cursor.value, self._remote
        return followed is not None and (
            followed.repository,
            followed.branch,
            followed.tracker,
        ) == (
            remote.url,
            remote.branch,
            self._tracker,
        )

    def begin(self, tip: str) -> None:
        """Begin at the synced branch's tip: what it stands on is old, but for the newest."""
        newest = self._history.newest(self._remote.branch, None, MOST)
        if not any(each.sha == tip for each in newest):
            raise Moved
        columns: Mapping[str, str] = {}
        if self._tracker:
            self._ports.notion.add_properties(self._tracker, self._columns())
            columns = self._rows.columns
        followed = Followed(
            repository=self._remote.url,
            branch=self._remote.branch,
            tracker=self._tracker,
            began_at=self._ports.clock.now(),
            acted=tip,
            floor=newest[-1].at if len(newest) == MOST else None,
            columns=columns,
        )
        first = frozenset(each.sha for each in newest[:FIRST])
        known = {sha for each in newest for sha in (each.sha, *each.parents)}
        self._cursor.begin(followed, Beginning(before=frozenset(known - first), first=first))

    def record(self, heads: Mapping[str, str]) -> Steps:
        """Bring the tracker to where the watched branches are; the synced one is among them."""
        if not self._tracker:
            return
        self._beginning = self._cursor.beginning()
        self._history.before, self._history.floor = self._beginning.before, self._followed.floor
        self._end_half_made()
        synced = self._remote.branch
        yield from self._follow(synced, heads[synced], again=False)
        again = self._followed.recheck
        for branch in sorted(heads.keys() - {synced}):
            yield from self._follow(branch, heads[branch], again=again)
        for branch in sorted((self._followed.tips.keys() | self._followed.lost) - heads.keys()):
            self._lose(branch, self._followed.tips.get(branch, ()), left=())
            yield from self._vanish(branch, frozenset(), "branch deleted")
        if again:
            self._cursor.save(replace(self._followed, recheck=False))

    @property
    def _followed(self) -> Followed:
        assert self._cursor.value is not None
        return self._cursor.value

    def _columns(self) -> tuple[Property, ...]:
        return columns_of(TRACKER, self._tasks_id or "")

    def _follow(self, branch: str, tip: str, *, again: bool) -> Steps:
        """Deal with a branch. `again`: look also at commits that were dealt with on it."""
        yield from self._rewrite(branch)
        tips = self._followed.tips.get(branch, ())
        if tips == (tip,) and not again:
            return
        found, known = self._history.walk(branch, tip, tips, again=again)
        lost = set(tips) - found.met - {each.sha for each in found.new}
        if not found.whole:
            self._log.warning("a push is longer than what gets rows", branch=branch, most=MOST)
            # The way down to the old ones is not known, so nobody can say that they were lost.
            self._save_tips(branch, [])
        elif lost:
            self._lose(branch, lost, {sha for sha in found.met if _is_on(known.get(sha), branch)})
            yield from self._rewrite(branch)
            known = self._ledger.read(known)
        for commit in found.new:
            self._take(branch, commit, known.get(commit.sha))
            self._done += 1
            yield Progress(done=self._done, note="rows")
        self._save_tips(branch, [tip])

    def _save_tips(self, branch: str, tips: Iterable[str]) -> None:
        moved = {**self._followed.tips, branch: tuple(sorted(tips))}
        self._cursor.save(replace(self._followed, tips=moved))

    def _lose(self, branch: str, lost: Iterable[str], left: Iterable[str]) -> None:
        """Remember that tips were lost before anything is done about it: whoever comes after a
        crash would not find out once the branch is back where it was.

        What was lost from the synced branch may still be on others.
        """
        before = self._followed
        tips = {**before.tips, branch: tuple(sorted(left))}
        waiting = {*before.lost.get(branch, ()), *lost}
        self._cursor.save(
            replace(
                before,
                tips={name: shas for name, shas in tips.items() if shas},
                lost={**before.lost, branch: tuple(sorted(waiting))},
                recheck=before.recheck or branch == self._remote.branch,
            )
        )

    def _rewrite(self, branch: str) -> Steps:
        """Say of what was lost from a branch that it was rewritten, but for what it stands on."""
        if branch in self._followed.lost:
            present = frozenset(each.sha for each in self._history.newest(branch, None, MOST))
            yield from self._vanish(branch, present, "rewritten")

    def _vanish(self, branch: str, present: frozenset[str], otherwise: State) -> Steps:
        """Say of what was lost from a branch that it is not on it any more; `present`: what is."""
        tips = self._followed.lost[branch]
        for number, kept in enumerate(self._history.below(branch, tips, present)):
            if branch in kept.entry.branches:
                on = tuple(each for each in kept.entry.branches if each != branch)
                entry = self._shown(kept.entry, on, otherwise)
                write = self._ledger.write(entry, kept.version)
                self._cursor.save(replace(self._followed, making=""), write)
                yield Progress(done=self._done, note="states")
            elif number % _STEPS == 0:
                yield Progress(done=self._done, note="states")
        lost = {name: shas for name, shas in self._followed.lost.items() if name != branch}
        self._cursor.save(replace(self._followed, lost=lost))

    def _shown(self, entry: Entry, branches: tuple[str, ...], otherwise: State) -> Entry:
        """The entry on these branches, once its row shows what that makes of it.

        Whoever is overtaken stops before the row; a row that shows more than its entry is found by
        what the cursor tells.
        """
        state = state_of(branches, self._remote.branch, otherwise)
        if entry.row is not None and state != entry.state:
            self._cursor.save(replace(self._followed, making=entry.sha))
            self._rows.show(entry.row, state)
        return replace(entry, branches=branches, state=state)

    def _take(self, branch: str, commit: CommitInfo, kept: Kept | None) -> None:
        """Deal with one commit on a branch: its row, its tasks, its state, and the tips."""
        known = kept is not None and kept.entry.tracker == self._tracker
        current = kept if kept is not None and known else self._new(branch, commit, kept)
        if branch == self._remote.branch and commit.sha not in self._beginning.first:
            current = self._finish_tasks(commit, current)
        # What is merged is looked at on other branches again once it is lost from this one.
        others = () if branch == self._remote.branch else current.entry.branches
        on = tuple(dict.fromkeys((*others, branch)))
        entry = self._shown(current.entry, on, current.entry.state)
        rest = (tip for tip in self._followed.tips.get(branch, ()) if tip not in commit.parents)
        tips = {**self._followed.tips, branch: tuple(dict.fromkeys((*rest, commit.sha)))}
        write = self._ledger.write(entry, current.version)
        try:
            self._cursor.save(replace(self._followed, tips=tips, making=""), write)
        except Overtaken:
            if not known and entry.row is not None:
                self._settle(entry, entry.row)
            raise

    def _new(self, branch: str, commit: CommitInfo, old: Kept | None) -> Kept:
        """The entry of a commit that has its row, or needs none; it is not stored as that yet."""
        entry = Entry(
            sha=commit.sha,
            tracker=self._tracker,
            branch=branch,
            at=commit.at,
            parents=commit.parents,
            state=state_of((branch,), self._remote.branch, "pushed"),
            left_out=left_out(commit),
        )
        version = old.version if old is not None else ABSENT
        if entry.left_out is not None:
            return Kept(entry, version)
        url = commit_url(self._remote.url, commit.sha)
        tasks = self._tasks.linked(commit, branch)
        values = {**row_values(commit, branch, url, tasks), "State": entry.state}
        marked = self._rows.mark(entry)
        begun = replace(self._followed, making=commit.sha)
        (version,) = self._cursor.save(begun, self._ledger.write(marked, version))
        try:
            row = self._rows.create(marked, values, row_body(commit))
        except REFUSALS:
            self._forget(commit.sha, version)
            raise
        return Kept(replace(entry, row=row), version)

    def _forget(self, sha: str, version: str) -> None:
        """Forget a commit whose row was not made."""
        self._cursor.save(replace(self._followed, making=""), self._ledger.removal(sha, version))

    def _end_half_made(self) -> None:
        """Find out what became of a row that somebody began to make or to change and did not end.

        Its commit may not be on any branch any more; where it is, its state is put right again.
        """
        sha = self._followed.making
        kept = self._ledger.read([sha]).get(sha) if sha else None
        if kept is None:
            return
        entry = kept.entry
        row = entry.row if entry.mark is None else self._rows.find(entry)
        if row is None and entry.mark is not None:
            self._forget(sha, kept.version)
            return
        lost: State = "branch deleted" if entry.state == "branch deleted" else "rewritten"
        state = state_of(entry.branches, self._remote.branch, lost)
        if row is not None:
            self._rows.show(row, state)
        write = self._ledger.write(replace(entry, row=row, mark=None, state=state), kept.version)
        self._cursor.save(replace(self._followed, making=""), write)

    def _finish_tasks(self, commit: CommitInfo, kept: Kept) -> Kept:
        """Set the tasks done that a commit finishes: a person's, be it a merge or not."""
        if kept.entry.left_out not in (None, "merge"):
            return kept
        return self._tasks.finish(kept, self._tasks.finished(commit))

    def _settle(self, entry: Entry, row: str) -> None:
        """After a lost race: trash the row that was made, if somebody else makes another one."""
        found = self._ledger.read([entry.sha]).get(entry.sha)
        if found is not None and (found.entry.row == row or self._rows.is_ours(found.entry.mark)):
            return  # it is stored, or will be found
        self._rows.trash(row)


def _is_on(kept: Kept | None, branch: str) -> bool:
    return kept is not None and branch in kept.entry.branches
