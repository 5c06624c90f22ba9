"""How the sync stands, and syncing at once."""

from collections.abc import Mapping
from typing import Any

from shared.http.notion_schemas import (
    BudgetReply,
    HoldReply,
    ProblemReply,
    RunReply,
    StatusReply,
    SyncBody,
    SyncReply,
    WorkspaceQuery,
    WorkspaceReply,
)
from shared.http.operations import LongWork, known
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.ports.state import StateStore
from shared.services.operations import Operations
from shared.services.sync_requests import SYNC, release_hold
from shared.services.sync_status import SyncStatus, SyncStatuses
from shared.services.workspaces import Workspaces


class SyncViews:
    """Answers the routes of the sync."""

    def __init__(
        self,
        store: StateStore,
        statuses: SyncStatuses,
        operations: Operations,
        long_work: LongWork,
    ) -> None:
        self._store = store
        self._statuses = statuses
        self._workspaces = Workspaces(store)
        self._operations = operations
        self._long_work = long_work

    def get_sync_status(self, call: Call[None, None]) -> StatusReply:
        """How it stands."""
        owner = call.path["user_id"]
        found = self._statuses.of(owner)
        return StatusReply(user_id=owner, workspaces=[_workspace(each) for each in found])

    def sync_now(self, call: Call[WorkspaceQuery, SyncBody]) -> Answer:
        """Sync at once."""
        owner, confirm = call.path["user_id"], call.body.confirm
        workspace = self._workspaces.one(owner, call.query.workspace_id)
        if confirm is not None:
            release_hold(self._store, workspace.wid, confirm)
        # A run that began before the release may still be held: it is another piece of work.
        key = f"{workspace.wid}:{confirm or ''}"
        args = {"workspace": workspace.wid}
        operation = self._operations.start(SYNC, owner, key=key, args=args)
        return self._long_work.answer(call, known(call), operation, _synced)


SYNC_ROUTES: Routes = (
    Route(
        method="GET",
        path="/notion/sync-status/{user_id}",
        summary="Show how the sync of all workspaces stands",
        handler=SyncViews.get_sync_status,
        access=Access.OWNER,
        reply=StatusReply,
    ),
    Route(
        method="POST",
        path="/notion/sync/{user_id}",
        summary="Sync now, or release a held plan",
        description="A plan that would delete or rewrite much is held: 409 `held` tells what it "
        "would do and its id. `confirm` releases exactly that plan; 409 `stale` if it is another "
        "one by now.",
        handler=SyncViews.sync_now,
        access=Access.OWNER,
        query=WorkspaceQuery,
        body=SyncBody,
        reply=SyncReply,
        also={202: "It takes longer; `Location` tells how far it is"},
        problems=(404, 409, 502),
    ),
)


def _synced(result: Mapping[str, Any]) -> SyncReply:
    return SyncReply.model_validate(dict(result))


def _workspace(status: SyncStatus) -> WorkspaceReply:
    state = status.state
    return WorkspaceReply(
        workspace_id=status.workspace.notion_id,
        id=status.workspace.wid,
        state=status.mode,
        last_run=RunReply.model_validate(state.last_run) if state.last_run else None,
        next_sync_at=state.next_sync_at,
        lag_s=status.lag_s,
        links=sum(state.links.values()),
        open_conflicts=state.open_conflicts,
        hold=HoldReply.model_validate(state.hold) if state.hold else None,
        budget=BudgetReply(**status.budget),
        problems=[ProblemReply.model_validate(each) for each in state.problems],
    )
