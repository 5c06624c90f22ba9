"""Setting a workspace up and erasing it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from shared.http.operations import LongWork, known
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import Instant, Reply
from shared.ports.clock import Clock
from shared.services.operations import Operations
from shared.services.setup import SetUp, Setup
from shared.services.setup_erase import ERASE_WORKSPACE
from shared.services.setup_order import TRACKER, CollectionOrder, RepositoryOrder, SetupOrder
from shared.services.sync_status import SyncMode, mode_of
from shared.services.workspaces import Workspaces, choose
from shared.sync.workspace import Direction, Policy, workspace_key

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Secret = Annotated[str, Field(min_length=1, max_length=4000, json_schema_extra={"writeOnly": True})]
_SAID = "Without it the user's only one; 409 lists them if there are several."


class Order(BaseModel):
    """The base of bodies: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class WorkspaceQuery(BaseModel):
    """Which workspace."""

    model_config = ConfigDict(frozen=True)

    workspace_id: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description=f"Notion's id of a workspace. {_SAID}"),
    ] = None


class RepositoryBody(Order):
    """Which repository; without `branch` its default one. `token` is never shown again."""

    url: Text | None = None
    branch: Text | None = None
    username: Annotated[str, Field(max_length=200)] | None = None
    token: Secret | None = None


class CollectionBody(Order):
    """A database and the folder that mirrors it; `tasks` and `docs` are there by default."""

    name: Text
    folder: Text | None = None
    direction: Direction | None = None


class SetupBody(Order):
    """Everything is optional: what is left out stays as it is, or takes its default."""

    repository: RepositoryBody | None = None
    notion_token: Secret | None = None
    parent_page_id: Text | None = None
    collections: Annotated[list[CollectionBody], Field(max_length=20)] | None = None
    conflict_policy: Policy | None = None
    branch_on_status: bool | None = None
    docs_on_push: bool | None = None

    def order(self) -> SetupOrder:
        """The same for the use case."""
        repository = self.repository
        return SetupOrder(
            repository=RepositoryOrder(**repository.model_dump()) if repository else None,
            notion_token=self.notion_token,
            parent_page_id=self.parent_page_id,
            collections=tuple(
                CollectionOrder(**each.model_dump()) for each in self.collections or ()
            ),
            policy=self.conflict_policy,
            branch_on_status=self.branch_on_status,
            docs_on_push=self.docs_on_push,
        )


class SourceReply(Reply):
    """A data source; `created`: this request made it."""

    id: str
    url: str
    created: bool


class NotionReply(Reply):
    """The Notion workspace, and its data sources by collection (and `tracker`)."""

    workspace_name: str
    data_sources: dict[str, SourceReply]


class RepositoryReply(Reply):
    """The repository; `head` is the branch's commit, null while it has none."""

    url: str
    branch: str
    head: str | None


class PushWebhookReply(Reply):
    """Where the git host sends pushes; the secret is shown when it is made, and never again."""

    url: str
    secret: Annotated[str | None, Field(exclude_if=lambda value: value is None)] = None


class CollectionReply(Reply):
    """A folder and the direction in which it is synced."""

    name: str
    folder: str
    direction: Direction


class SetupReply(Reply):
    """A workspace that is set up; `id` is our own id of it."""

    workspace_id: str
    id: str
    state: SyncMode
    notion: NotionReply
    repository: RepositoryReply | None
    push_webhook: PushWebhookReply
    collections: list[CollectionReply]
    next_sync_at: Instant


class ErasedReply(Reply):
    """What was erased; nulls where there was no workspace."""

    workspace_id: str | None
    id: str | None
    erased: int


class SetupViews:
    """Answers the routes of setup."""

    def __init__(
        self,
        setup: Setup,
        workspaces: Workspaces,
        operations: Operations,
        long_work: LongWork,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._setup = setup
        self._workspaces = workspaces
        self._operations = operations
        self._long_work = long_work
        self._clock = clock
        self._public_url = public_url

    def set_up(self, call: Call[WorkspaceQuery, SetupBody]) -> SetupReply:
        """Set up or change."""
        done = self._setup.run(
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


def _reply(done: SetUp, now: datetime, public_url: str) -> SetupReply:
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


def _repository(done: SetUp) -> RepositoryReply | None:
    remote = done.workspace.repository
    if remote is None:
        return None
    return RepositoryReply(url=remote.url, branch=remote.branch, head=done.head)
