"""How the sync of a user's workspaces stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.errors import NotConfigured
from shared.ports.clock import Clock
from shared.ports.state import StateStore
from shared.services.push_trouble import Trouble, read_trouble, trouble_path
from shared.services.workspaces import Workspaces
from shared.sync.state import Problem, SyncState, read_state, state_path
from shared.sync.workspace import Workspace

USUAL_INTERVAL_S: Final = 30.0
_NOTHING: Final = {"limit": 0, "used": 0, "window_s": 60}


class SyncMode(StrEnum):
    """What a workspace is doing."""

    IDLE = "idle"
    RUNNING = "running"
    HELD = "held"
    NO_REPOSITORY = "no_repository"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus:
    """A workspace and how its sync stands.

    `lag_s`: how much older than usual what it shows is. `budget`: `limit`, `used` and `window_s` of
    its connection to Notion. `problems`: of the engine, and `tracker`, why pushes are not followed.
    """

    workspace: Workspace
    state: SyncState
    mode: SyncMode
    lag_s: float
    budget: Mapping[str, int]
    problems: tuple[Problem, ...]


class SyncStatuses:
    """Reads how the sync stands. `usage`: the budget of a workspace's connection."""

    def __init__(
        self, store: StateStore, clock: Clock, usage: Callable[[Workspace], Mapping[str, int]]
    ) -> None:
        self._store = store
        self._clock = clock
        self._usage = usage
        self._workspaces = Workspaces(store)

    def of(self, owner: str) -> list[SyncStatus]:
        """All of a user's workspaces, the oldest first; those being erased are left out."""
        known = self._workspaces.of(owner)
        paths = [place(each.wid) for place in (state_path, trouble_path) for each in known]
        found = self._store.get_many(paths) if known else []
        states, troubles = found[: len(known)], map(read_trouble, found[len(known) :])
        return [
            self._status(workspace, read_state(document.data), trouble)
            for workspace, document, trouble in zip(known, states, troubles, strict=True)
            if document is not None
        ]

    def _status(
        self, workspace: Workspace, state: SyncState, trouble: Trouble | None
    ) -> SyncStatus:
        now = self._clock.now()
        return SyncStatus(
            workspace=workspace,
            state=state,
            mode=mode_of(workspace, state, now),
            lag_s=lag_of(workspace, state, now),
            budget=self._budget(workspace),
            problems=(*state.problems, *_tracker_problem(workspace, trouble)),
        )

    def _budget(self, workspace: Workspace) -> Mapping[str, int]:
        try:
            return self._usage(workspace)
        except NotConfigured:  # without a key nothing is used; the rest is worth telling
            return _NOTHING


def _tracker_problem(workspace: Workspace, trouble: Trouble | None) -> tuple[Problem, ...]:
    if trouble is None:
        return ()
    url = workspace.tracker.url if workspace.tracker else None
    detail = f"Pushes are not followed: {trouble.detail}"
    return (Problem(code="tracker", detail=detail, since=trouble.since, page_url=url),)


def mode_of(workspace: Workspace, state: SyncState, now: datetime) -> SyncMode:
    """What a workspace is doing now."""
    if workspace.repository is None:
        return SyncMode.NO_REPOSITORY
    if state.leased(now):
        return SyncMode.RUNNING
    if state.hold is not None:
        return SyncMode.HELD
    return SyncMode.ERROR if state.failures else SyncMode.IDLE


def lag_of(workspace: Workspace, state: SyncState, now: datetime) -> float:
    """Seconds by which the last good look is, or at the next one will be, older than usual.

    0 while cycles come every 30 s; it grows where they fail, are late, or were stretched since the
    connection is crowded.
    """
    if workspace.repository is None:
        return 0.0
    seen = state.last_ok_at or workspace.created_at
    age_s = (max(now, state.next_sync_at) - seen).total_seconds()
    return round(max(0.0, age_s - USUAL_INTERVAL_S), 1)
