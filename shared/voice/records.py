"""What is kept of a spoken or typed command, and its form as a document."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from shared.ports.model import ModelUsage


class Intent(StrEnum):
    """What a command asks for; the last three are dealt with without code."""

    CREATE = "create"
    MODIFY = "modify"
    DEBUG = "debug"
    TEST = "test"
    EXPLAIN = "explain"
    UNDO = "undo"
    CANCEL = "cancel"
    UNCLEAR = "unclear"


class State(StrEnum):
    """How far a command is."""

    RECEIVED = "received"
    GENERATING = "generating"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (State.RECEIVED, State.GENERATING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a command failed: a code of the WebSocket contract and a sentence for the speaker."""

    code: str
    message: str
    retryable: bool


INTERRUPTED = Failure(
    code="internal", message="The command was interrupted; say or press retry.", retryable=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """The latency ledger of a command, each in milliseconds; None where it does not apply."""

    speech_end_to_final_ms: int | None = None
    final_to_request_ms: int | None = None
    request_to_first_token_ms: int | None = None
    first_token_to_code_ms: int | None = None
    commit_ms: int | None = None
    total_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One command from its final transcript to its end.

    `id` sorts by time (`interaction_id`). `turn` counts from 1 within the session. `result` is the
    object of the WebSocket's `result` message, at most 256 KiB. `deadline_at`: past it, an
    unfinished interaction reads as failed, because its process is gone.
    """

    id: str
    session_id: str
    turn: int
    created_at: datetime
    deadline_at: datetime
    expires_at: datetime
    source: Literal["voice", "text"]
    transcript: str
    raw_transcript: str
    state: State = State.RECEIVED
    intent: str | None = None
    language: str | None = None
    filename: str | None = None
    result: Mapping[str, Any] | None = None
    error: Failure | None = None
    model: str | None = None
    usage: ModelUsage = field(default_factory=ModelUsage)
    timings: Timings = field(default_factory=Timings)

    def as_of(self, now: datetime) -> Self:
        """The interaction as a reader should see it at `now`: a dead one has failed."""
        if self.state in UNFINISHED and now >= self.deadline_at:
            return replace(self, state=State.FAILED, error=INTERRUPTED)
        return self

    def to_document(self) -> dict[str, Any]:
        """The document's fields, the id among them, so that queries can order by it."""
        document = {f.name: getattr(self, f.name) for f in fields(self)}
        document["state"] = self.state.value
        for name in ("usage", "timings", "error"):
            document[name] = None if document[name] is None else _plain(document[name])
        document["result"] = None if self.result is None else dict(self.result)
        return document

    @classmethod
    def from_document(cls, data: Mapping[str, Any]) -> Self:
        """Read a document that `to_document` made; fields it does not know are passed over."""
        values = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        values["state"] = State(data["state"])
        values["usage"] = ModelUsage(**_known(ModelUsage, data["usage"]))
        values["timings"] = Timings(**_known(Timings, data["timings"]))
        error = data["error"]
        values["error"] = None if error is None else Failure(**_known(Failure, error))
        return cls(**values)


def _plain(record: ModelUsage | Timings | Failure) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in fields(record)}


def _known(record: type[ModelUsage | Timings | Failure], data: Mapping[str, Any]) -> dict[str, Any]:
    """Without the fields that a newer version of the service has added."""
    return {f.name: data[f.name] for f in fields(record) if f.name in data}


def interaction_id(created_at: datetime, randomness: int) -> str:
    """An id that sorts by time: 12 hex digits of Unix milliseconds, 16 of `randomness`."""
    return f"{int(created_at.timestamp() * 1000):012x}{randomness & 0xFFFFFFFFFFFFFFFF:016x}"
