"""How the sync stands.

Apart from syncing at once: it is what is asked for most, and waits for no more than it needs.
"""

from shared.http.route import Access, Call, Route, Routes
from shared.http.sync_schemas import (
    BudgetReply,
    HoldReply,
    ProblemReply,
    RunReply,
    StatusReply,
    WorkspaceReply,
)
from shared.services.sync_status import SyncStatus, SyncStatuses


class StatusViews:
    """Answers the route of the state of the sync."""

    def __init__(self, statuses: SyncStatuses) -> None:
        self._statuses = statuses

    def get_sync_status(self, call: Call[None, None]) -> StatusReply:
        """How it stands."""
        owner = call.path["user_id"]
        found = self._statuses.of(owner)
        return StatusReply(user_id=owner, workspaces=[_workspace(each) for each in found])


STATUS_ROUTES: Routes = (
    Route(
        method="GET",
        path="/notion/sync-status/{user_id}",
        summary="Show how the sync of all workspaces stands",
        handler=StatusViews.get_sync_status,
        access=Access.OWNER,
        reply=StatusReply,
    ),
)


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
        problems=[ProblemReply.model_validate(each) for each in status.problems],
    )
