"""Stores what a setup decided: the configuration, and what the engine has to begin anew."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from shared.errors import Conflict, StaleWrite
from shared.ports.clock import Clock
from shared.ports.state import Document, Put, StateStore, Write
from shared.sync.state import SyncState, read_state, state_document, state_path
from shared.sync.workspace import (
    Workspace,
    read_workspace,
    workspace_document,
    workspace_path,
)

_MAX_TRIES: Final = 8


class SetupStore:
    """Writes configuration and state together, against the cycles that write the state too."""

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def save(
        self, present: Workspace | None, wanted: Workspace, also: Sequence[Write] = ()
    ) -> tuple[Workspace, SyncState]:
        """Store `wanted` in place of `present`; nothing is written where they are the same.

        `also`: writes to be done together with it.

        Where the repository, a folder or a data source is another than before, the generation
        rises and everything begins with a first contact.

        Raises:
            Conflict: somebody else changed or deletes the workspace; make the request again.
        """
        fresh = renewed(present, wanted)
        generation = 1 if present is None else present.generation + fresh
        wanted = replace(wanted, generation=generation)
        for _ in range(_MAX_TRIES):
            paths = [workspace_path(wanted.wid), state_path(wanted.wid)]
            configured, hot = self._store.get_many(paths)
            stored = read_workspace(configured.data) if configured else None
            state = read_state(hot.data) if hot else None
            if stored == wanted and state is not None:
                return wanted, state
            if stored != present or (stored is None) != (state is None):
                detail = "The workspace is being changed or deleted by another request; try again."
                raise Conflict(detail)
            state = self._state(state, wanted, fresh)
            try:
                self._store.commit([*_writes(configured, wanted, hot, state, fresh), *also])
            except StaleWrite:  # a cycle wrote the state meanwhile
                continue
            return wanted, state
        raise Conflict("The workspace is being written without a gap; try again.")

    def _state(self, state: SyncState | None, wanted: Workspace, fresh: bool) -> SyncState:
        now = self._clock.now()
        if state is None:
            return SyncState(wid=wanted.wid, owner=wanted.owner, next_sync_at=now)
        # Not the new generation: it is the engine that begins it, once it has forgotten the old
        # one. A run that goes on now sees that its own is over.
        return replace(state, next_sync_at=now, generation=0) if fresh else state


def renewed(present: Workspace | None, wanted: Workspace) -> bool:
    """Whether nothing that was linked counts any more."""
    return present is None or _bound(present) != _bound(wanted)


def _bound(workspace: Workspace) -> tuple[object, ...]:
    """What links rest on: the branch, and each collection's data source and folder."""
    remote = workspace.repository
    places = {(each.name, each.data_source_id, each.folder) for each in workspace.collections}
    return (remote.url, remote.branch) if remote else None, places


def _writes(
    configured: Document | None,
    wanted: Workspace,
    hot: Document | None,
    state: SyncState,
    fresh: bool,
) -> list[Write]:
    writes: list[Write] = [
        Put(
            path=workspace_path(wanted.wid),
            data=workspace_document(wanted),
            if_version=configured.version if configured else "absent",
        )
    ]
    if fresh or hot is None:
        version = hot.version if hot else "absent"
        path, data = state_path(wanted.wid), state_document(state)
        writes.append(Put(path=path, data=data, if_version=version))
    return writes
