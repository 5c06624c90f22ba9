"""The routes of the function `voice`: history, context, erase."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.errors import NotFound
from shared.http.identity import is_document_id
from shared.http.route import Access, Call, Route, Routes
from shared.http.schemas import Instant, Reply
from shared.services.history import History, HistoryFilter
from shared.voice.records import Intent, State


class HistoryQuery(BaseModel):
    """Which part of the history to show."""

    model_config = ConfigDict(frozen=True)

    limit: Annotated[int, Field(ge=1, le=100, description="The most interactions to return.")] = 20
    cursor: Annotated[
        str | None, Field(max_length=200, description="`next_cursor` of the page before.")
    ] = None
    intent: Annotated[Intent | None, Field(description="Only commands of this intent.")] = None
    state: Annotated[State | None, Field(description="Only commands in this state.")] = None
    since: Annotated[AwareDatetime | None, Field(description="Created at or after.")] = None
    until: Annotated[AwareDatetime | None, Field(description="Created before.")] = None


class FailureReply(Reply):
    """Why a command failed."""

    code: str
    message: str
    retryable: bool


class UsageReply(Reply):
    """Tokens that the model took."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int


class TimingsReply(Reply):
    """The latency ledger, in milliseconds; null where a step did not happen."""

    speech_end_to_final_ms: int | None
    final_to_request_ms: int | None
    request_to_first_token_ms: int | None
    first_token_to_code_ms: int | None
    commit_ms: int | None
    total_ms: int | None


class InteractionReply(Reply):
    """One command from its transcript to its end."""

    id: str
    session_id: str
    turn: int
    created_at: Instant
    state: State
    source: Literal["voice", "text"]
    transcript: str
    raw_transcript: str
    intent: str | None
    language: str | None
    filename: str | None
    result: Annotated[
        dict[str, Any] | None,
        Field(description="As `result` in the WebSocket's message of that name."),
    ]
    error: FailureReply | None
    model: str | None
    usage: UsageReply
    timings: TimingsReply


class HistoryReply(Reply):
    """A page of the history, newest first."""

    user_id: str
    interactions: list[InteractionReply]
    next_cursor: str | None


class CommandReply(Reply):
    """A command as the model remembers it; `code` is null where there was none."""

    interaction_id: str
    at: Instant
    transcript: str
    intent: str
    language: str | None
    filename: str | None
    code: str | None


class ContextReply(Reply):
    """The context window, oldest first; `version` rises with each change."""

    user_id: str
    version: int
    commands: Annotated[list[CommandReply], Field(max_length=10)]


class VoiceViews:
    """Answers the routes of the function `voice`."""

    def __init__(self, history: History) -> None:
        self._history = history

    def list_history(self, call: Call[HistoryQuery, None]) -> HistoryReply:
        """A page of the history."""
        query, uid = call.query, call.path["user_id"]
        wanted = HistoryFilter(
            intent=query.intent, state=query.state, since=query.since, until=query.until
        )
        page = self._history.page(uid, wanted, limit=query.limit, cursor=query.cursor)
        interactions = [InteractionReply.model_validate(i) for i in page.interactions]
        return HistoryReply(user_id=uid, interactions=interactions, next_cursor=page.next_cursor)

    def get_interaction(self, call: Call[None, None]) -> InteractionReply:
        """One interaction."""
        if not is_document_id(call.path["id"]):
            raise NotFound("There is no such interaction.")
        interaction = self._history.one(call.path["user_id"], call.path["id"])
        return InteractionReply.model_validate(interaction)

    def erase_history(self, call: Call[None, None]) -> None:
        """Hide the history and begin to erase it."""
        self._history.erase(call.path["user_id"])

    def get_context(self, call: Call[None, None]) -> ContextReply:
        """The context window."""
        uid = call.path["user_id"]
        window = self._history.context(uid)
        commands = [
            CommandReply(
                interaction_id=command.interaction_id,
                at=command.at,
                transcript=command.transcript,
                intent=command.intent,
                language=command.language,
                filename=command.filename,
                code=command.code or None,
            )
            for command in window.commands
        ]
        return ContextReply(user_id=uid, version=window.count, commands=commands)


VOICE_ROUTES: Routes = (
    Route(
        method="GET",
        path="/voice/history/{user_id}",
        summary="List a user's commands, newest first",
        description="A page may hold fewer than `limit` while there are more: go on as long as "
        "`next_cursor` is not null. A command whose process died reads as failed.",
        handler=VoiceViews.list_history,
        access=Access.OWNER,
        query=HistoryQuery,
        reply=HistoryReply,
    ),
    Route(
        method="GET",
        path="/voice/history/{user_id}/{id}",
        summary="Show one command",
        handler=VoiceViews.get_interaction,
        access=Access.OWNER,
        reply=InteractionReply,
        problems=(404,),
    ),
    Route(
        method="DELETE",
        path="/voice/history/{user_id}",
        summary="Erase a user's history and context",
        description="Nothing of it can be read from now on; it is erased within minutes. What was "
        "committed to a repository stays there, and its commit messages quote the transcript. The "
        "daily sums of audio and tokens stay until their day is over.",
        handler=VoiceViews.erase_history,
        access=Access.OWNER,
        problems=(409,),
    ),
    Route(
        method="GET",
        path="/voice/context/{user_id}",
        summary="Show the commands that the model remembers",
        handler=VoiceViews.get_context,
        access=Access.OWNER,
        reply=ContextReply,
    ),
)
