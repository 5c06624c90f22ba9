"""One run of the sync: observe, plan, check, apply, report, until nothing is left to do.

A run observes and plans without a lease. What is empty ends in one guarded write. What is not
takes the lease by a write that fails if anybody wrote since the run began; so what it saw of the
store is still true, and nothing has to be read twice. The rest of long work is the next cycle's.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from shared.errors import NexusError, StaleWrite
from shared.ports.clock import Clock
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Repository
from shared.ports.state import StateStore
from shared.sync.apply import Applied, Applier
from shared.sync.cleanup import forget_links
from shared.sync.comments import Commenter
from shared.sync.commit import Authors
from shared.sync.cycle import Cycle
from shared.sync.glance import BATCH, Glance, Look, choices_of, editors_of
from shared.sync.guard import Guard, LeaseLostError
from shared.sync.link import Link
from shared.sync.listing import is_due
from shared.sync.observe import Observer
from shared.sync.own_commits import MOST, own_paths
from shared.sync.pages import PageWriter
from shared.sync.plan import Plan, make_plan, with_link_ids
from shared.sync.referrers import referrers_of
from shared.sync.report import Hints, Report
from shared.sync.safety import check
from shared.sync.state import read_state, state_path
from shared.sync.store import SyncStore
from shared.sync.tally import totals_of
from shared.sync.workspace import Workspace

BUDGET: Final = timedelta(seconds=60)
"""A run begins no new pass after this; the longest run is this and one pass."""
_MAX_PASSES: Final = 6


class Engine:
    """Syncs workspaces, one run at a time for each, whoever calls it and how often.

    `new_id`: makes ids of runs and links, unique for ever.
    """

    def __init__(self, store: StateStore, clock: Clock, new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    def run(
        self,
        workspace: Workspace,
        notion: NotionWorkspace,
        repository: Repository | None,
        hints: Hints,
    ) -> Report:
        """Sync a workspace if it is due.

        Nothing is raised for what a service refuses: the run is recorded as failed or partial,
        with its problem, and the next one begins where this one ended.

        Raises:
            UpstreamUnavailable, StaleWrite: the store did not take the result; run again.
        """
        now = self._clock.now()
        document = self._store.get(state_path(workspace.wid))
        if document is None:
            return Report(run=None)
        state = read_state(document.data)
        if state.leased(now):
            return Report(run=None, busy=True)
        if not hints.force and state.next_sync_at >= (hints.due_until or now + _TICK):
            return Report(run=None)
        run_id = self._new_id()
        guard = Guard(self._store, self._clock, state, document.version, run_id)
        run = _Run(self._store, self._clock, self._new_id, workspace, notion, guard, run_id)
        return run.go(repository, hints)


_TICK: Final = timedelta(microseconds=1)


class _Run:
    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        new_id: Callable[[], str],
        workspace: Workspace,
        notion: NotionWorkspace,
        guard: Guard,
        run_id: str,
    ) -> None:
        self._clock = clock
        self._new_id = new_id
        self._workspace = workspace
        self._notion = notion
        self._guard = guard
        self._sync_store = SyncStore(store, workspace.wid)
        self._began = clock.now()
        self._cycle = Cycle(guard.state, workspace, self._began, run_id)
        self._run_id = run_id
        self._authors = Authors(notion, workspace.bot_id)
        self._observer: Observer | None = None

    def go(self, repository: Repository | None, hints: Hints) -> Report:
        try:
            if self._guard.state.generation != self._workspace.generation:
                self._begin_generation()
            elif self._guard.state.recount or self._guard.state.lease_owner is not None:
                stored = self._sync_store.all_links().values()
                self._cycle.counted(each.link for each in stored)
            if repository is None:
                self._cycle.without_repository()
            else:
                self._passes(repository, hints)
        except LeaseLostError:
            return Report(run=None, busy=True)
        except NexusError as error:
            self._cycle.failed(error)
        return self._finish()

    def _begin_generation(self) -> None:
        """Another repository, branch, folder or data source: what was linked no longer counts."""
        self._guard.take()
        forget_links(self._sync_store, self._guard)
        self._cycle.begin_generation()
        # Stored at once: a run that dies after this must not make the next one forget again.
        self._guard.save(**self._cycle.fields())

    def _passes(self, repository: Repository, hints: Hints) -> None:
        self._observer = observer = Observer(
            self._workspace, self._notion, repository, self._sync_store, self._clock.now
        )
        for number in range(_MAX_PASSES):
            try:
                more = self._pass(observer, repository, hints if number == 0 else Hints())
            except StaleWrite:  # the branch or a link moved: plan again
                more = not self._cycle.pause_s
            if not more or self._clock.now() - self._began > BUDGET:
                self._cycle.more = more
                return
        self._cycle.more = True

    def _pass(self, observer: Observer, repository: Repository, hints: Hints) -> bool:
        """Look, decide and do once; whether there may be more to do at once."""
        cycle = self._cycle
        self._sweep(observer)
        glance = observer.glance(cycle.state, hints, cycle.written)
        cycle.glanced(glance)
        if glance.missing:
            cycle.branch_missing()
            return False
        if glance.idle and not cycle.state.retry and not hints.links:
            cycle.nothing_left(glance)
            return False
        if cycle.is_held_still(glance, hints):
            return False
        look, plan, later = self._decide(observer, glance, hints)
        cycle.paused(look.limited)
        totals = totals_of(cycle.state, self._workspace, glance, look)
        refusal = check(plan, totals, cycle.state.release)
        if refusal is not None and (own := self._own_paths(repository, glance)):
            refusal = check(plan, totals, cycle.state.release, own)
        if refusal is not None:
            cycle.held(plan, refusal, glance, totals, self._clock.now())
            return False
        more = self._carry_out(plan, glance, look, repository)
        cycle.retry(later)
        return more

    def _own_paths(self, repository: Repository, glance: Glance) -> frozenset[str]:
        """What only the product itself wrote since the last look; asked for where it matters."""
        tip, branch = self._cycle.state.tip, self._workspace.repository
        if tip is None or branch is None or glance.tip in (None, tip):
            return frozenset()
        return own_paths(repository.commits(branch.branch, tip, MOST), tip)

    def _decide(
        self, observer: Observer, glance: Glance, hints: Hints
    ) -> tuple[Look, Plan, list[str]]:
        """Look and plan; where files change their paths, look at those that name them, too.

        What does not fit into one look is left for later, as ids of links.
        """
        cycle = self._cycle
        self._authors.meet(editors_of(glance))
        look = observer.look(cycle.state, glance, hints)
        plan = make_plan(look.seen, self._workspace, choices_of(look))
        others = referrers_of(plan, look.seen, self._sync_store)
        room = max(BATCH - len(look.seen.pages), 0)
        if others[:room]:
            wider = replace(hints, links=(*hints.links, *others[:room]))
            look = observer.look(cycle.state, glance, wider)
            plan = make_plan(look.seen, self._workspace, choices_of(look))
        return look, plan, others[room:]

    def _sweep(self, observer: Observer) -> None:
        """Every few minutes some bodies are compared although nothing tells of a change."""
        if is_due(self._cycle.state.swept_at, self._began):
            self._cycle.sweeping(*observer.sweep(self._cycle.state.swept))

    def _carry_out(self, plan: Plan, glance: Glance, look: Look, repository: Repository) -> bool:
        cycle = self._cycle
        if not plan.changes:
            applied = Applied(tip=glance.tip, done=list(plan.actions), limited=look.limited)
            cycle.applied(glance, look, applied)
            self._comment(look, applied)
            return False
        if not self._guard.held:
            self._guard.take()
        plan = with_link_ids(plan, iter(self._new_id, None))
        pages = PageWriter(
            self._notion,
            self._sync_store,
            self._guard,
            look.seen.sources.__getitem__,
            self._clock.now,
        )
        applier = Applier(
            self._workspace,
            repository,
            self._sync_store,
            pages,
            self._guard,
            self._authors,
            self._clock.now,
        )
        applied = Applied(tip=glance.tip, limited=look.limited)
        cycle.applying(going_on=True)
        try:
            applier.apply(plan, look.stored, applied, self._run_id)
        finally:
            cycle.paused(applied.limited)
        cycle.applying(going_on=False)
        cycle.applied(glance, look, applied)
        self._comment(look, applied)
        # What was refused is not tried again at once.
        waiting = any(action.link.id not in applied.troubles for action in applied.left)
        unfinished = waiting or look.left_pages or look.left_paths
        again = any(action.again for action in applied.done)
        return not cycle.pause_s and bool(unfinished or again)

    def _comment(self, look: Look, applied: Applied) -> None:
        """Tell of the conflicts on their pages; what fails is tried again in the next cycle."""
        links = {each.id: each for each in look.seen.links.values()}
        links |= {action.link.id: action.link for action in applied.done}
        links = {key: each for key, each in links.items() if each.conflicts}
        try:
            self._comment_on(links.values(), applied)
        except LeaseLostError:
            raise
        except NexusError as error:
            self._cycle.comment_failed(links, error)

    def _comment_on(self, links: Iterable[Link], applied: Applied) -> None:
        open_now = self._sync_store.conflicts(links)
        waiting = [
            each
            for of_link in open_now.values()
            for each in of_link.values()
            if each.comment != "done"
        ]
        if not waiting:
            return
        if applied.limited is not None:
            self._cycle.retry(each.link_id for each in waiting)
            return
        if not self._guard.held:
            self._guard.take()
        Commenter(self._notion, self._sync_store, self._guard).comment(waiting)

    def _finish(self) -> Report:
        now = self._clock.now()
        cycle = self._cycle
        writes = []
        if cycle.conflicts_changed:
            cycle.open_conflicts(self._sync_store.count_open_conflicts())
        if (record := cycle.record(now)) is not None:
            writes.append(self._sync_store.put_run(self._run_id, record))
        try:
            self._guard.save(*writes, **cycle.outcome(self._guard.state, now))
        except LeaseLostError:
            return Report(run=None, busy=True)
        return Report(
            run=self._guard.state.last_run,
            hold=self._guard.state.hold,
            more=cycle.more,
            pause_s=cycle.pause_s,
            heads=self._observer.heads if self._observer else None,
        )
