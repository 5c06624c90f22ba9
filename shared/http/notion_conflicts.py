"""Conflicts: shown, and decided."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.http.identity import is_document_id
from shared.http.notion_schemas import Order
from shared.http.operations import LongWork, known
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import Instant, Reply
from shared.services.conflicts import ConflictFilter, Conflicts
from shared.sync.conflict import Choice, Conflict, Resolution

_MAX_CONTENT_CHARS: Final = 900_000


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
    content: Annotated[str, Field(max_length=_MAX_CONTENT_CHARS)] | None = None
    etag: Annotated[str, Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _merged_brings_content(self) -> Self:
        if (self.resolution == "merged") != (self.content is not None):
            raise ValueError("content goes with merged, and only with it")
        return self


class ConflictViews:
    """Answers the routes of conflicts."""

    def __init__(self, conflicts: Conflicts, long_work: LongWork) -> None:
        self._conflicts = conflicts
        self._long_work = long_work

    def list_conflicts(self, call: Call[ConflictsQuery, None]) -> ConflictsReply:
        """A user's conflicts."""
        query = call.query
        wanted = ConflictFilter(
            state=query.state, workspace_id=query.workspace_id, limit=query.limit
        )
        found = self._conflicts.of(call.path["user_id"], wanted)
        return ConflictsReply(conflicts=[ConflictReply.model_validate(each) for each in found])

    def resolve_conflict(self, call: Call[None, ResolutionBody]) -> Answer:
        """Decide one."""
        owner, body = call.path["user_id"], call.body
        identity = call.path["id"] if is_document_id(call.path["id"]) else "unknown"
        choice = Choice(resolution=body.resolution, etag=body.etag, content=body.content or "")
        begun = self._conflicts.resolve(owner, identity, choice)
        if isinstance(begun, Conflict):
            return Answer(content=ConflictReply.model_validate(begun))

        def reply(_: Mapping[str, Any]) -> ConflictReply:
            return ConflictReply.model_validate(self._conflicts.one(owner, identity))

        return self._long_work.answer(call, known(call), begun, reply)


CONFLICT_ROUTES: Routes = (
    Route(
        method="GET",
        path="/notion/conflicts/{user_id}",
        summary="List conflicts, the open ones first",
        handler=ConflictViews.list_conflicts,
        access=Access.OWNER,
        query=ConflictsQuery,
        reply=ConflictsReply,
        problems=(404,),
    ),
    Route(
        method="POST",
        path="/notion/conflicts/{user_id}/{id}",
        summary="Decide a conflict",
        description="409 `stale` if either side moved since `etag` was seen.",
        handler=ConflictViews.resolve_conflict,
        access=Access.OWNER,
        body=ResolutionBody,
        reply=ConflictReply,
        also={202: "It takes longer; `Location` tells how far it is"},
        problems=(404, 409, 502),
    ),
)
