"""How the sync stands, and syncing at once."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from shared.http.notion_schemas import Order, WorkspaceQuery
from shared.http.notion_status import STATUS_ROUTES, StatusViews
from shared.http.operations import LongWork, known
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import Reply
from shared.http.sync_schemas import RunReply
from shared.ports.state import StateStore
from shared.services.operations import Operations
from shared.services.sync_requests import SYNC, release_hold
from shared.services.sync_status import SyncStatuses
from shared.services.workspaces import Workspaces


class SyncBody(Order):
    """`confirm`: the id of a held plan to release; only if it is still the same plan."""

    confirm: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class SyncReply(Reply):
    """The cycle that was done; null where there was nothing to look at."""

    workspace_id: str
    id: str
    run: RunReply | None


class SyncViews(StatusViews):
    """Answers the routes of the sync."""

    def __init__(
        self,
        store: StateStore,
        statuses: SyncStatuses,
        operations: Operations,
        long_work: LongWork,
    ) -> None:
        super().__init__(statuses)
        self._store = store
        self._workspaces = Workspaces(store)
        self._operations = operations
        self._long_work = long_work

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
    *STATUS_ROUTES,
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
