"""What happens to a session; client messages (`client_messages`) are events too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.errors import NexusError
from shared.ports.model import ModelEnd, ModelText
from shared.ports.speech import SpeechEvent
from shared.voice.client_messages import ClientMessage
from shared.voice.records import Interaction
from shared.voice.repository import Applied, RepositoryView, Undone
from shared.voice.window import Window


@dataclass(frozen=True, slots=True)
class Audio:
    """A binary message of the client."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BadMessage:
    """A text message that cannot be read; `detail` says why."""

    detail: str


@dataclass(frozen=True, slots=True)
class ClientGone:
    """The socket is closed."""


@dataclass(frozen=True, slots=True)
class SpeechOpened:
    """The stream takes audio now."""

    stream: int


@dataclass(frozen=True, slots=True)
class SpeechRefused:
    """The stream could not be opened."""

    stream: int
    error: NexusError


@dataclass(frozen=True, slots=True)
class SpeechSaid:
    """An event of the open stream."""

    stream: int
    event: SpeechEvent


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """The request is on its way; for the latency ledger."""

    run: int


@dataclass(frozen=True, slots=True)
class ModelSaid:
    """The next piece of a reply, or its end."""

    run: int
    event: ModelText | ModelEnd


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """A request broke off."""

    run: int
    error: NexusError


@dataclass(frozen=True, slots=True)
class Connected:
    """Whether there is a repository to work on."""

    connected: bool


@dataclass(frozen=True, slots=True)
class NamesKnown:
    """Identifiers and file names of the repository, most used first."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another command has the repository; the look goes on as soon as it is free."""

    run: int


@dataclass(frozen=True, slots=True)
class Looked:
    """The repository is the command's now."""

    run: int
    view: RepositoryView


@dataclass(frozen=True, slots=True)
class Changed:
    """The reply is in the repository."""

    run: int
    applied: Applied


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A command is undone, or there was none."""

    run: int
    undone: Undone


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """The repository could not be read, or not be changed; nothing was."""

    run: int
    error: NexusError


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the user has used today."""

    audio_ms: int = 0
    model_calls: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """The window and today's usage."""

    window: Window
    usage: Usage


@dataclass(frozen=True, slots=True)
class LoadStalled:
    """The window cannot be read now; `given_up`: it is not tried any more."""

    given_up: bool


@dataclass(frozen=True, slots=True)
class TooManySessions:
    """The user has as many sessions elsewhere as they may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The session that was cut is ours now.

    `turn`: its last turn. `acked_ms`: audio stored up to there. `interactions`: those of turns
    above the client's last one, in order.
    """

    session_id: str
    turn: int
    acked_ms: int
    window: Window
    usage: Usage
    interactions: Sequence[Interaction]


@dataclass(frozen=True, slots=True)
class Fetched:
    """An interaction of the history; None if there is none."""

    interaction: Interaction | None


@dataclass(frozen=True, slots=True)
class Saved:
    """A save is done; `window` as it is now if the save changed it."""

    job: int
    window: Window | None


@dataclass(frozen=True, slots=True)
class SaveStalled:
    """The store has not answered for a while; the save goes on being tried."""

    job: int


@dataclass(frozen=True, slots=True)
class SaveLost:
    """The store did not answer for so long that the save was given up."""

    job: int


@dataclass(frozen=True, slots=True)
class Fenced:
    """Another connection has taken the session over; nothing more may be written."""


@dataclass(frozen=True, slots=True)
class TokenChecked:
    """The fresh token's end in Unix seconds, or None if it is refused."""

    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Drain:
    """The instance goes away."""

    reason: Literal["deploy", "limit"]


@dataclass(frozen=True, slots=True)
class Tick:
    """The time that `Session.next_at` named has come."""


Event = (
    ClientMessage
    | Audio
    | BadMessage
    | ClientGone
    | SpeechOpened
    | SpeechRefused
    | SpeechSaid
    | ModelAsked
    | ModelSaid
    | ModelFailed
    | Connected
    | NamesKnown
    | Waiting
    | Looked
    | Changed
    | TakenBack
    | WorkFailed
    | Loaded
    | LoadStalled
    | TooManySessions
    | Resumed
    | Fetched
    | Saved
    | SaveStalled
    | SaveLost
    | Fenced
    | TokenChecked
    | Drain
    | Tick
)
