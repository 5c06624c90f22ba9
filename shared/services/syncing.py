"""Runs the engine with a workspace's connections, and does what its messages ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from shared.errors import NexusError, StaleWrite, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.messaging import Publisher
from shared.ports.state import Put, StateStore
from shared.services.connections import Connector
from shared.services.tick import WORKSPACE_TOPIC, slot_end
from shared.services.workspaces import Workspaces
from shared.sync.report import Hints, Report
from shared.sync.state import Problem, read_state, state_document, state_path
from shared.sync.workspace import Workspace
from shared.telemetry import logger

if TYPE_CHECKING:
    from shared.ports.notion import NotionWorkspace
    from shared.ports.repository import Repository

BUSY_S: Final = 5.0
_WAIT_S: Final = 0.5
_WAITS: Final = 20
_LONGEST_PAUSE_S: Final = 600.0


class Follow(Protocol):
    """What is told where the branches are after a run; it raises nothing."""

    def __call__(self, workspace: Workspace, heads: Mapping[str, str], *, moved: bool) -> None:
        """`heads`: branch -> commit at the run's look. `moved`: the run itself pushed since."""


class Engine(Protocol):
    """What syncs; see the engine."""

    def run(
        self,
        workspace: Workspace,
        notion: "NotionWorkspace",
        repository: "Repository | None",
        hints: Hints,
    ) -> Report:
        """One cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOrder:
    """What a message asks for. `slot`: it comes of a tick. `pages`: what a webhook named. `at`:
    when it was wanted; None for a tick."""

    workspace: str
    slot: int | None = None
    pages: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPorts:
    """What running the engine takes.

    `observe` is called after each run with what was used, `follow` after each that looked at the
    repository. `sleep` takes seconds.
    """

    store: StateStore
    clock: Clock
    publisher: Publisher
    engine: Engine
    connector: Connector
    observe: "Callable[[Workspace, NotionWorkspace, Repository | None], None]"
    follow: Follow
    sleep: Callable[[float], None]


class Syncing:
    """Runs the engine with a workspace's own connections."""

    def __init__(self, ports: SyncPorts) -> None:
        self._ports = ports
        self._workspaces = Workspaces(ports.store)
        self._log = logger(__name__)

    def on_message(self, order: SyncOrder) -> None:
        """Do what a message asks for, or nothing where that was done since.

        What fails is told in the workspace's state and done again with the next tick.

        Raises:
            UpstreamUnavailable: the workspace is busy and what was wanted may be missed: the
                message must come again. A tick is dropped instead.
        """
        wid = order.workspace
        workspace = self._workspaces.get(wid)
        if workspace is None:
            self._log.info("dropped a message for a workspace that is gone", wid=wid)
            return
        if order.at is not None and self._ran_since(wid, order.at):
            return
        try:
            report = self.run(workspace, _hints(order))
        except NexusError as error:
            self._log.warning("a sync failed", wid=wid, problem=error.problem)
            return
        if report.busy and order.at is not None:
            self._ports.sleep(BUSY_S)  # the emulator delivers again at once
            raise UpstreamUnavailable("A sync is going on.", "sync", retry_after_s=BUSY_S)
        if report.more:
            message = {"workspace": wid, "at": self._ports.clock.now().isoformat()}
            self._ports.publisher.publish(WORKSPACE_TOPIC, message)

    def run(self, workspace: Workspace, hints: Hints, *, interactive: bool = False) -> Report:
        """One cycle of a workspace.

        `interactive`: somebody waits, so a run that goes on already is waited for, up to 10 s.

        Raises:
            NexusError: it could not be done; where the engine could not even begin, that is
                stored as the workspace's problem.
        """
        connector = self._ports.connector
        try:
            notion = connector.notion(workspace, interactive=interactive)
            repository = connector.repository(workspace)
        except NexusError as error:
            self._record(workspace.wid, error)
            raise
        try:
            report = self._ports.engine.run(workspace, notion, repository, hints)
            for _ in range(_WAITS if interactive else 0):
                if not report.busy:
                    break
                self._ports.sleep(_WAIT_S)
                report = self._ports.engine.run(workspace, notion, repository, hints)
        finally:
            self._ports.observe(workspace, notion, repository)
        if report.heads is not None:
            moved = report.run is not None and report.run.changes.to_git > 0
            self._ports.follow(workspace, report.heads, moved=moved)
        return report

    def _ran_since(self, wid: str, moment: datetime) -> bool:
        document = self._ports.store.get(state_path(wid))
        last = read_state(document.data).last_run if document else None
        return last is not None and last.started_at > moment

    def _record(self, wid: str, error: NexusError) -> None:
        """Tell in the state that there is no connection, and look less often."""
        document = self._ports.store.get(state_path(wid))
        if document is None:
            return
        state, now = read_state(document.data), self._ports.clock.now()
        known = next((each for each in state.problems if each.code == "connection"), None)
        problem = Problem(
            code="connection",
            detail=error.detail,
            since=known.since if known else now,
            subject="run",  # as of the engine: it ends with the next run
        )
        pause_s = min(_LONGEST_PAUSE_S, state.interval_s * 2.0 ** min(state.failures, 10))
        changed = replace(
            state,
            failures=state.failures + 1,
            problems=(*(each for each in state.problems if each is not known), problem),
            next_sync_at=now + timedelta(seconds=pause_s),
        )
        put = Put(path=document.path, data=state_document(changed), if_version=document.version)
        try:
            self._ports.store.commit([put])
        except StaleWrite:
            self._log.info("somebody else wrote the state meanwhile", wid=wid)


def _hints(order: SyncOrder) -> Hints:
    if order.at is not None:
        return Hints(pages=order.pages, force=True)
    # A tick's message may be worked on before the workspace is due in its slot.
    return Hints(due_until=slot_end(order.slot) if order.slot is not None else None)
