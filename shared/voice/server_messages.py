"""What the service says on the socket (design contract `nexus.v1`); the pump numbers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerMessage:
    """The root of all messages; `type` is the wire's name."""

    type: ClassVar[str]

    def to_wire(self) -> dict[str, Any]:
        """The JSON object, without `seq`."""
        return {"type": self.type, **{f.name: getattr(self, f.name) for f in fields(self)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(ServerMessage):
    """The session runs; send audio (again) from `resume_from_ms` since the session's start."""

    type = "ready"
    session_id: str
    resumed: bool
    resume_from_ms: int
    context: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack(ServerMessage):
    """Audio up to here is transcribed and stored; the client may forget it."""

    type = "ack"
    audio_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(ServerMessage):
    """What was heard in a turn; replaces the turn's earlier text."""

    type = "transcript"
    turn: int
    text: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(ServerMessage):
    """Where a turn stands. A new `generating` discards the code shown for it before."""

    type = "status"
    turn: int | None
    state: Literal[
        "queued", "received", "generating", "cancelled", "speech_reconnecting", "speech_ok"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentFound(ServerMessage):
    """What the command asks for."""

    type = "intent"
    turn: int
    intent: str
    language: str | None
    filename: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta(ServerMessage):
    """The next piece of the code."""

    type = "code"
    turn: int
    delta: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(ServerMessage):
    """The next piece of the explanation."""

    type = "explanation"
    turn: int
    delta: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(ServerMessage):
    """A finished command; comes once."""

    type = "result"
    turn: int
    interaction_id: str
    transcript: str
    intent: str | None
    result: Mapping[str, Any]
    timings: Mapping[str, Any]
    usage: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(ServerMessage):
    """What went wrong, for one turn or (turn None) for the session."""

    type = "error"
    turn: int | None
    interaction_id: str | None
    code: str
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect(ServerMessage):
    """Come back with `resume`: this instance goes away, or the connection is at its age limit."""

    type = "reconnect"
    reason: Literal["deploy", "limit"]
