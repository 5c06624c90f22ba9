"""How the sync stands, as routes answer it."""

from shared.http.schemas import Instant, Reply
from shared.services.sync_status import SyncMode
from shared.sync.state import Outcome


class ChangesReply(Reply):
    """How many changes of each kind a run made."""

    to_notion: int
    to_git: int
    deleted: int
    merged: int
    conflicts: int


class RunReply(Reply):
    """One cycle."""

    id: str
    started_at: Instant
    finished_at: Instant
    outcome: Outcome
    changes: ChangesReply


class HoldReply(Reply):
    """A plan that waits for a confirmation; `counts`: what it would do."""

    plan_id: str
    reason: str
    counts: dict[str, int]


class BudgetReply(Reply):
    """Requests to Notion in the present window."""

    limit: int
    used: int
    window_s: int


class ProblemReply(Reply):
    """Something that a person should mend; the rest syncs on."""

    code: str
    path: str | None
    page_url: str | None
    detail: str
    since: Instant


class WorkspaceReply(Reply):
    """One workspace; `lag_s`: by how much what it shows is older than usual."""

    workspace_id: str
    id: str
    state: SyncMode
    last_run: RunReply | None
    next_sync_at: Instant
    lag_s: float
    links: int
    open_conflicts: int
    hold: HoldReply | None
    budget: BudgetReply
    problems: list[ProblemReply]


class StatusReply(Reply):
    """All workspaces of a user, the oldest first."""

    user_id: str
    workspaces: list[WorkspaceReply]
