"""The bodies, queries and replies of the function `notion`."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.http.schemas import Instant, Reply
from shared.services.operations import OperationState
from shared.services.setup_order import (
    FOLDER_RULE,
    NAME_RULE,
    CollectionOrder,
    RepositoryOrder,
    SetupOrder,
    is_folder,
    is_name,
)
from shared.services.sync_status import SyncMode
from shared.sync.conflict import Resolution
from shared.sync.state import Outcome
from shared.sync.workspace import Direction, Policy

MAX_CONTENT_CHARS: Final = 900_000
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


def _collection_name(name: str) -> str:
    if not is_name(name):
        raise PydanticCustomError("name", NAME_RULE)
    return name


def _collection_folder(folder: str) -> str:
    if not is_folder(folder):
        raise PydanticCustomError("folder", FOLDER_RULE)
    return folder


def _each_once(collections: "list[CollectionBody]") -> "list[CollectionBody]":
    if len({each.name for each in collections}) < len(collections):
        raise PydanticCustomError("twice", "a collection is named twice")
    return collections


class RepositoryBody(Order):
    """Which repository; without `branch` its default one. `token` is never shown again."""

    url: Text | None = None
    branch: Text | None = None
    username: Annotated[str, Field(max_length=200)] | None = None
    token: Secret | None = None


class CollectionBody(Order):
    """A database and the folder that mirrors it; `tasks` and `docs` are there by default."""

    # Looked at here too, so that all that is wrong with a body is told at once.
    name: Annotated[Text, AfterValidator(_collection_name)]
    folder: Annotated[Text, AfterValidator(_collection_folder)] | None = None
    direction: Direction | None = None


class SetupBody(Order):
    """Everything is optional: what is left out stays as it is, or takes its default."""

    repository: RepositoryBody | None = None
    notion_token: Secret | None = None
    parent_page_id: Text | None = None
    collections: (
        Annotated[list[CollectionBody], Field(max_length=20), AfterValidator(_each_once)] | None
    ) = None
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


class SyncBody(Order):
    """`confirm`: the id of a held plan to release; only if it is still the same plan."""

    confirm: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class SyncReply(Reply):
    """The cycle that was done; null where there was nothing to look at."""

    workspace_id: str
    id: str
    run: RunReply | None


class ConflictsQuery(BaseModel):
    """Which conflicts to show."""

    model_config = ConfigDict(frozen=True)

    workspace_id: Annotated[
        str | None, Field(max_length=100, description="Only those of this workspace.")
    ] = None
    state: Annotated[
        Literal["open", "resolved"] | None, Field(description="Only those in this state.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=100, description="The most conflicts to return.")] = 50


class ConflictReply(Reply):
    """One field of one page that both sides changed; three whole versions of it."""

    id: str
    path: str
    page_url: str
    field: Annotated[str, Field(description="`body`, or the name of a property.")]
    created_at: Instant
    state: Literal["open", "resolved"]
    base: str
    notion: str
    git: str
    etag: str


class ConflictsReply(Reply):
    """A user's conflicts, the open ones first."""

    conflicts: list[ConflictReply]


class ResolutionBody(Order):
    """What shall hold: one side's version, or `content`, the whole text, for `merged`.

    `etag`: of the conflict as it was seen.
    """

    resolution: Resolution
    content: Annotated[str, Field(max_length=MAX_CONTENT_CHARS)] | None = None
    etag: Annotated[str, Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _merged_brings_content(self) -> Self:
        if (self.resolution == "merged") != (self.content is not None):
            raise ValueError("content goes with merged, and only with it")
        return self


class ProgressReply(Reply):
    """How much is done; `total` is null while nobody knows."""

    done: int
    total: int | None
    note: str


class OperationProblem(Reply):
    """Why the work failed, as the request would have been answered."""

    type: str
    status: int
    detail: str


class OperationReply(Reply):
    """One piece of long work. `result` is what the request would have been answered with."""

    id: str
    kind: str
    state: OperationState
    progress: ProgressReply
    result: dict[str, Any] | None
    problem: OperationProblem | None
    created_at: Instant
    finished_at: Instant | None


class Accepted(Reply):
    """The work goes on; ask again at `Location`."""

    operation: OperationReply
