"""Setting a workspace up and erasing it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.http.notion_schemas import WorkspaceQuery
from shared.http.operations import LongWork, known
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.setup_schemas import (
    CollectionReply,
    ErasedReply,
    NotionReply,
    PushWebhookReply,
    RepositoryReply,
    SetupBody,
    SetupReply,
    SourceReply,
)
from shared.ports.clock import Clock
from shared.ports.identity import Caller
from shared.services.operations import Operations
from shared.services.setup_erase import ERASE_WORKSPACE
from shared.services.setup_order import TRACKER, SetupOrder
from shared.services.sync_status import mode_of
from shared.services.workspaces import Workspaces, choose
from shared.sync.workspace import workspace_key

if TYPE_CHECKING:
    from shared.services.setup import SetUp


class SetupViews:
    """Answers the routes of setup.

    `set_up`: as `Setup.run`, of caller, owner, order and the workspace's id. What it takes is
    loaded with the first order: most instances get none.
    """

    def __init__(
        self,
        set_up: "Callable[[Caller, str, SetupOrder, str | None], SetUp]",
        workspaces: Workspaces,
        operations: Operations,
        long_work: LongWork,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._set_up = set_up
        self._workspaces = workspaces
        self._operations = operations
        self._long_work = long_work
        self._clock = clock
        self._public_url = public_url

    def set_up(self, call: Call[WorkspaceQuery, SetupBody]) -> SetupReply:
        """Set up or change."""
        done = self._set_up(
            known(call), call.path["user_id"], call.body.order(), call.query.workspace_id
        )
        return _reply(done, self._clock.now(), self._public_url)

    def erase_workspace(self, call: Call[WorkspaceQuery, None]) -> Answer:
        """Stop and erase."""
        owner, workspace_id = call.path["user_id"], call.query.workspace_id
        chosen = choose(self._workspaces.of(owner), workspace_id)
        if chosen is not None:
            wid, workspace_id = chosen.wid, chosen.notion_id
        elif workspace_id is not None:  # what an interrupted setup or erasure left of it
            wid = workspace_key(owner, workspace_id)
        else:
            return Answer(content=ErasedReply(workspace_id=None, id=None, erased=0))
        args = {"workspace": wid, "owner": owner}
        operation = self._operations.start(ERASE_WORKSPACE, owner, key=wid, args=args)

        def reply(result: Mapping[str, Any]) -> ErasedReply:
            return ErasedReply(workspace_id=workspace_id, id=wid, erased=result["erased"])

        return self._long_work.answer(call, known(call), operation, reply)


SETUP_ROUTES: Routes = (
    Route(
        method="POST",
        path="/notion/setup/{user_id}",
        summary="Connect Notion and a repository",
        description="Finds or makes the databases, checks every permission, and begins to sync. "
        "Repeating it changes nothing; with other values it changes those. `errors` tells all "
        "faults at once. A first contact with more than 25 creations waits for a confirmation.",
        handler=SetupViews.set_up,
        access=Access.OWNER,
        query=WorkspaceQuery,
        body=SetupBody,
        reply=SetupReply,
        problems=(409, 429, 502),
    ),
    Route(
        method="DELETE",
        path="/notion/setup/{user_id}",
        summary="Stop and erase a workspace",
        description="Erases what we know of it: links, keys, claims. Pages and files stay.",
        handler=SetupViews.erase_workspace,
        access=Access.OWNER,
        query=WorkspaceQuery,
        reply=ErasedReply,
        also={202: "It takes longer; `Location` tells how far it is"},
        problems=(409,),
    ),
)


def _reply(done: "SetUp", now: datetime, public_url: str) -> SetupReply:
    workspace = done.workspace
    sources = {each.name: each for each in workspace.collections}
    if workspace.tracker is not None:
        sources[TRACKER] = workspace.tracker
    return SetupReply(
        workspace_id=workspace.notion_id,
        id=workspace.wid,
        state=mode_of(workspace, done.state, now),
        notion=NotionReply(
            workspace_name=workspace.notion_name,
            data_sources={
                name: SourceReply(
                    id=each.data_source_id, url=each.url, created=name in done.created
                )
                for name, each in sources.items()
            },
        ),
        repository=_repository(done),
        push_webhook=PushWebhookReply(
            url=f"{public_url.rstrip('/')}/notion/push/{workspace.wid}", secret=done.push_secret
        ),
        collections=[CollectionReply.model_validate(each) for each in workspace.collections],
        next_sync_at=done.state.next_sync_at,
    )


def _repository(done: "SetUp") -> RepositoryReply | None:
    remote = done.workspace.repository
    if remote is None:
        return None
    return RepositoryReply(url=remote.url, branch=remote.branch, head=done.head)
