"""What a run knows about itself: the state it will leave behind, grown step by step.

No I/O and no clock: the engine tells it what was seen and done, and when.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.errors import NexusError, RateLimited
from shared.ports.notion import Row
from shared.sync.apply import Applied, is_counted
from shared.sync.glance import Glance, Look
from shared.sync.link import Link
from shared.sync.match import folder_of
from shared.sync.model import Action, Kind, Trouble
from shared.sync.plan import Plan
from shared.sync.report import Hints
from shared.sync.safety import Refusal, Totals, counts_of
from shared.sync.state import Counts, Hold, Outcome, Problem, Release, Run, Seen, SyncState
from shared.sync.tally import basis_of, changes_of, subject_of
from shared.sync.workspace import Workspace

SLOT_S: Final = 30
ACTIVE_S: Final = 15
"""The interval while people work, so that 30 s are kept also with the time that a run takes."""
CROWDED_S: Final = 60
"""The interval of one in which nothing happens, while the budget of its connection is used up."""
_ACTIVE_FOR: Final = timedelta(minutes=10)
MAX_INTERVAL_S: Final = 300
_RUNS_KEPT: Final = timedelta(days=30)
_MAX_PROBLEMS: Final = 100
_MAX_RETRY: Final = 1000
_MAX_LINES: Final = 200
_AWAY: Final = ("archived", "unshared", "moved_out")
_SERVICES: Final = ("notion", "git", "firestore", "run")


class Cycle:
    """The run's own account.

    `state`: as it will be left. `more`: work is left to do at once. `pause_s`: for so long Notion's
    budget is used up.
    """

    def __init__(
        self, state: SyncState, workspace: Workspace, began: datetime, run_id: str
    ) -> None:
        self.state = state
        self.more = False
        self.written: set[str] = set()
        self.conflicts_changed = False
        self._workspace = workspace
        self._began = began
        self._run_id = run_id
        self._outcome: Outcome = "ok"
        self._counts: Counter[str] = Counter()
        self._lines: list[str] = []
        self.pause_s = 0.0
        self._limited = False
        self._waits = False
        self._cleared: dict[tuple[str, str], datetime] = {}

    def begin_generation(self) -> None:
        """Nothing that was seen counts any more; all collections meet for the first time."""
        self.state = replace(
            self.state,
            generation=self._workspace.generation,
            tip=None,
            pushed=None,
            seen={},
            retry=(),
            links={},
            problems=(),
            hold=None,
            release=None,
            contact=tuple(each.name for each in self._workspace.collections),
        )

    def without_repository(self) -> None:
        """There is nothing to sync with."""
        self.state = replace(self.state, interval_s=MAX_INTERVAL_S)

    def sweeping(self, links: Iterable[str], after: str) -> None:
        """Look at these links although nothing tells of a change."""
        self.state = replace(self.state, swept=after, swept_at=self._began)
        away = {p.subject for p in self.state.problems if p.code in _AWAY}
        self.retry({*links, *away})

    def glanced(self, glance: Glance) -> None:
        """Both sides answered."""
        self._clear({*_SERVICES, "branch", *(each.name for each in self._workspace.collections)})
        for name in glance.lost:
            detail = f"The data source of {name} cannot be read: share it with the connection."
            self._trouble(name, Trouble(code="unshared", detail=detail))

    def branch_missing(self) -> None:
        """The branch is gone: nothing is done until it is back or another one is set up."""
        branch = self._workspace.repository.branch if self._workspace.repository else ""
        detail = f"The branch {branch} is not there: push it again, or set up another one."
        self._trouble("branch", Trouble(code="branch_missing", detail=detail))
        self._outcome = "held"

    def nothing_left(self, glance: Glance) -> None:
        """Nothing changed since what was last seen."""
        seen = {name: each.seen for name, each in glance.listings.items()}
        self.state = replace(
            self.state,
            seen={**self.state.seen, **seen},
            tip=glance.tip,
            pushed=None,
            hold=None,
            release=None,
            contact=tuple(each for each in self.state.contact if each in glance.lost),
        )

    def is_held_still(self, glance: Glance, hints: Hints) -> bool:
        """Whether all is as it was when the plan was held, so that it need not be made again."""
        hold = self.state.hold
        if hold is None or self.state.release is not None or hints.links:
            return False
        if hold.basis != basis_of(glance):
            return False
        self._outcome = "held"
        return True

    def paused(self, limited: RateLimited | None) -> None:
        """A look or its writes may have been cut short."""
        if limited is not None:
            self._pause(limited)

    def _folder(self, path: str) -> str:
        collection = folder_of(self._workspace.collections, path)
        return collection.name if collection else ""

    def held(
        self,
        plan: Plan,
        refusal: Refusal,
        glance: Glance,
        totals: Mapping[str, Totals],
        now: datetime,
    ) -> None:
        """The plan waits for a person."""
        before = self.state.hold
        counts = counts_of(plan)
        creates = sum(total.unlinked for total in totals.values() if total.contact)
        for kind in (Kind.CREATE_FILE, Kind.CREATE_PAGE):
            if creates and (kind.value in counts or creates > sum(counts.values())):
                counts[kind.value] = max(creates, counts.get(kind.value, 0))
        since = before.since if before and before.plan_id == plan.id else now
        hold = Hold(
            plan_id=plan.id,
            reason=refusal.reason,
            counts=counts,
            since=since,
            basis=basis_of(glance),
        )
        self.state = replace(self.state, hold=hold, release=None)
        self._outcome = "held"

    def applied(self, glance: Glance, look: Look, applied: Applied) -> None:
        """A plan was carried out, as far as it was."""
        left_pages, left_paths = self._left(look, applied)
        seen = {
            name: each.remembered(
                self.state.seen.get(name, Seen()), left_pages, self._rows_of(name, applied)
            )
            for name, each in glance.listings.items()
        }
        self.state = replace(
            self.state,
            seen={**self.state.seen, **seen},
            tip=self.state.tip if left_paths else applied.tip,
            pushed=self._pushed(glance, applied) if left_paths else None,
            retry=self._retry(look, applied),
            links=self._link_counts(applied),
            hold=None,
            release=self._rest_of_release(applied, left=bool(left_pages or left_paths)),
            contact=self._contact(glance, left_pages, left_paths),
        )
        self.written |= applied.written
        self._waits = bool(left_pages or left_paths or applied.left)
        self._tell(glance, look, applied)
        self._count(applied.done)
        if applied.left and self._outcome == "ok":
            self._outcome = "partial"

    def _pushed(self, glance: Glance, applied: Applied) -> str | None:
        """The commit that links tell of; as long as some may tell of another, that other one."""
        before = self.state.pushed
        return applied.tip if before in (None, glance.tip) else before

    def _rows_of(self, name: str, applied: Applied) -> list[Row]:
        source = self._workspace.collection(name).data_source_id
        return [row for row in applied.rows if row.parent == source]

    def _left(self, look: Look, applied: Applied) -> tuple[frozenset[str], frozenset[str]]:
        pages, paths = set(look.left_pages), set(look.left_paths)
        for action in applied.left:
            pages.update(filter(None, (action.link.page_id,)))
            file = action.file
            touched = (action.link.path, file.path if file else None, file and file.old_path)
            paths.update(each for each in touched if each)
        return frozenset(pages), frozenset(paths)

    def _retry(self, look: Look, applied: Applied) -> tuple[str, ...]:
        done = {action.link.id for action in applied.done}
        again = {action.link.id for action in applied.done if action.again}
        unread = {each for each in self.state.retry if each not in look.seen.links}
        known = {each for each in unread if each in look.stored}
        left = {action.link.id for action in applied.left if action.before is not None}
        return tuple(sorted((known - done) | again | left))[:_MAX_RETRY]

    def _link_counts(self, applied: Applied) -> dict[str, int]:
        counts = dict(self.state.links)
        for name, change in applied.links.items():
            counts[name] = max(counts.get(name, 0) + change, 0)
        return counts

    def _rest_of_release(self, applied: Applied, *, left: bool) -> Release | None:
        release = self.state.release
        if release is None or (not left and not applied.left):
            return None
        done = Counter(counts_of(Plan(actions=tuple(applied.done))))
        rest = {kind: max(count - done[kind], 0) for kind, count in release.left.items()}
        return replace(release, left=rest)

    def _contact(
        self, glance: Glance, pages: frozenset[str], paths: frozenset[str]
    ) -> tuple[str, ...]:
        """The collections that have not met completely yet."""
        waiting = {self._folder(path) for path in paths} | set(glance.lost)
        for name, listing in glance.listings.items():
            if pages & listing.rows.keys():
                waiting.add(name)
        return tuple(each for each in self.state.contact if each in waiting)

    def _tell(self, glance: Glance, look: Look, applied: Applied) -> None:
        """Keep the list of problems: those of what was dealt with end or are told anew."""
        ended = {path for path in glance.paths if path not in look.seen.tree}
        ended |= look.seen.pages.keys()
        # What could only not be tried again yet is as it was told before.
        waiting = {each.link.id for each in applied.left if not applied.troubles.get(each.link.id)}
        for link in look.seen.links.values():  # also of those of which nothing is left to tell
            if link.collection in look.seen.sources and link.id not in waiting:
                ended |= {each for each in (link.id, link.path, link.page_id) if each}
        self._clear(ended)
        for action in (*applied.done, *applied.left):
            if action.link.id in waiting:
                continue
            subjects = {action.link.id, action.link.path or "", action.link.page_id or ""}
            self._clear(subjects - {""})
            for trouble in (*action.troubles, *applied.troubles.get(action.link.id, ())):
                self._trouble(subject_of(action), trouble, action.link.path, action.link.url)

    def _count(self, done: Iterable[Action]) -> None:
        for action in done:
            if action.clashes or action.settled:
                self.conflicts_changed = True
            for name, count in changes_of(action).items():
                self._counts[name] += count
            if action.kind not in (Kind.LINK, Kind.REPORT, Kind.FORGET):
                line = f"{action.kind.value} {action.link.path or '-'}: {action.reason}"
                self._lines.append(line)

    def retry(self, links: Iterable[str]) -> None:
        """Look at these links again in the next cycle."""
        retry = tuple(sorted({*self.state.retry, *links}))[:_MAX_RETRY]
        self.state = replace(self.state, retry=retry)

    def comment_failed(self, links: Iterable[str], error: NexusError) -> None:
        """A page could not be told of its conflict; the next cycle tries again."""
        self.retry(links)
        service = getattr(error, "service", "") or "notion"
        self._trouble("run", Trouble(code=service, detail=f"No comment was made: {error.detail}"))
        if isinstance(error, RateLimited):
            self._pause(error)

    def failed(self, error: NexusError) -> None:
        """The run ended early; what it did before stays done."""
        if isinstance(error, RateLimited):
            self._pause(error)
            self._outcome = "partial"
            return
        service = getattr(error, "service", "") or "run"
        subject = service if service in _SERVICES else "run"
        self._clear({subject})
        self._trouble(subject, Trouble(code=service, detail=error.detail))
        self._outcome = "partial" if self._lines else "failed"

    def applying(self, *, going_on: bool) -> None:
        """While a plan is carried out the number of links is not known; nothing waits any more."""
        self.state = replace(self.state, recount=going_on, hold=None)

    def counted(self, links: Iterable[Link]) -> None:
        """How many links there are, after a run that died or failed while it made some."""
        counts = Counter(each.collection for each in links if is_counted(each))
        self.state = replace(self.state, links=dict(counts), recount=False, pushed="")

    def open_conflicts(self, count: int) -> None:
        """How many conflicts are open now."""
        self.state = replace(self.state, open_conflicts=count)

    def _pause(self, limited: RateLimited) -> None:
        self._limited = True
        self.pause_s = max(self.pause_s, limited.retry_after_s)
        detail = (
            "Notion asks for a pause, or its requests of this minute are used up; the rest waits."
        )
        self._trouble("notion", Trouble(code="rate_limited", detail=detail))

    def _clear(self, subjects: Iterable[str]) -> None:
        gone = set(subjects)
        kept = tuple(each for each in self.state.problems if each.subject not in gone)
        for each in self.state.problems:  # told anew in this run, it is still the old one
            if each.subject in gone:
                self._cleared[each.subject, each.code] = each.since
        self.state = replace(self.state, problems=kept)

    def _trouble(
        self, subject: str, trouble: Trouble, path: str | None = None, url: str = ""
    ) -> None:
        problem = Problem(
            code=trouble.code,
            detail=trouble.detail,
            since=self._cleared.get((subject, trouble.code), self._began),
            subject=subject,
            path=path,
            page_url=url or None,
        )
        told = (subject, trouble.code, trouble.detail)
        others = tuple(
            each for each in self.state.problems if (each.subject, each.code, each.detail) != told
        )
        self.state = replace(self.state, problems=(*others, problem)[-_MAX_PROBLEMS:])

    def fields(self) -> dict[str, Any]:
        """The fields of the state that a run decides on, as they are now."""
        names = (
            "generation tip pushed seen retry links recount hold release contact problems "
            "open_conflicts swept swept_at"
        )
        return {name: getattr(self.state, name) for name in names.split()}

    def record(self, now: datetime) -> dict[str, Any] | None:
        """The run's own document; None for one that had nothing to do."""
        if not self._lines and self._outcome in ("ok", "held"):
            return None
        return {
            "id": self._run_id,
            "started_at": self._began,
            "finished_at": now,
            "outcome": self._outcome,
            "changes": dict(self._counts),
            "actions": self._lines[:_MAX_LINES],
            "expires_at": now + _RUNS_KEPT,
        }

    def outcome(self, held: SyncState, now: datetime) -> dict[str, Any]:
        """The fields of the state to write. `held`: the state as the guard has it."""
        good = self._outcome in ("ok", "held")
        failures = 0 if good or self._outcome == "partial" else held.failures + 1
        quiet = self._limited and not self._lines and not self._waits
        active_until = now + _ACTIVE_FOR if self._lines else held.active_until
        active = active_until is not None and now < active_until
        usual = ACTIVE_S if active else SLOT_S
        interval = CROWDED_S if quiet else usual
        run = Run(
            id=self._run_id,
            started_at=self._began,
            finished_at=now,
            outcome=self._outcome,
            changes=Counts(**self._counts),
        )
        return {
            **self.fields(),
            "lease_owner": None,
            "lease_until": None,
            "last_run": run,
            "last_ok_at": now if good else held.last_ok_at,
            "failures": failures,
            "interval_s": interval,
            "active_until": active_until,
            "next_sync_at": self._next(now, failures, interval),
        }

    def _next(self, now: datetime, failures: int, interval_s: int) -> datetime:
        if self.more and not self._limited and not failures:
            return now
        pause_s = max(self.pause_s, SLOT_S * 2 ** min(failures, 4) if failures else 0)
        wait_s = min(max(interval_s, pause_s), MAX_INTERVAL_S)
        slot_s = ACTIVE_S if wait_s < SLOT_S else SLOT_S
        pause_s = min(max(wait_s - slot_s, pause_s), MAX_INTERVAL_S - slot_s)
        least = now.timestamp() + pause_s
        slot = int(least // slot_s) + 1
        return datetime.fromtimestamp(slot * slot_s, UTC)
