"""What the session wants done; the pump does it and tells the outcome as an event.

Numbers name things that may be answered late: `stream` a speech stream, `run` a request to the
model or a look at the repository, `job` a save. They rise within a session and are never used
twice.
"""

from dataclasses import dataclass, field

from shared.ports.model import ModelRequest, ModelUsage
from shared.ports.speech import SpeechConfig
from shared.voice.records import Interaction, State
from shared.voice.reply import Reply
from shared.voice.repository import RepositoryView
from shared.voice.server_messages import Error, ServerMessage
from shared.voice.window import Command


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message to the client."""

    message: ServerMessage


def fault(code: str, message: str, *, retryable: bool = True) -> Send:
    """Tell of something that concerns the session, not one turn."""
    return Send(
        Error(turn=None, interaction_id=None, code=code, message=message, retryable=retryable)
    )


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close the WebSocket with a code of the contract."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpenSpeech:
    """Open a stream; `SpeechOpened` or `SpeechRefused` follows."""

    stream: int
    config: SpeechConfig


@dataclass(frozen=True, slots=True)
class SendSpeech:
    """Send 50-100 ms of PCM on the open stream."""

    stream: int
    audio: bytes


@dataclass(frozen=True, slots=True)
class EndTurn:
    """Force the end of the turn on the open stream."""

    stream: int


@dataclass(frozen=True, slots=True)
class UpdateTerms:
    """Replace the keyterms of the open stream."""

    stream: int
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CloseSpeech:
    """Close the stream; what it still says is passed over."""

    stream: int


@dataclass(frozen=True, slots=True)
class AskModel:
    """Start a request; `ModelSaid` and at last `ModelSaid(ModelEnd)` or `ModelFailed` follow."""

    run: int
    request: ModelRequest


@dataclass(frozen=True, slots=True)
class CancelModel:
    """Stop a request, or a look; nothing of it may follow."""

    run: int


@dataclass(frozen=True, slots=True)
class Connect:
    """Find the user's repository; `Connected` follows, and at some time `NamesKnown`.

    `workspace`: Notion's id of it or ours; None for the only one.
    """

    workspace: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Take the repository for a command and read what it needs; `Looked` or `WorkFailed` follows.

    `recent`: files of the last commands, the newest first. `Waiting` comes before if another
    command has the repository.
    """

    run: int
    interaction: Interaction
    recent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Apply a reply and commit it; `Changed` or `WorkFailed` follows. It cannot be stopped."""

    run: int
    interaction: Interaction
    reply: Reply
    view: RepositoryView


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Undo the newest command in the repository; `TakenBack` or `WorkFailed` follows."""

    run: int
    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Release:
    """Give the repository back to the user's other commands."""

    interaction_id: str


@dataclass(frozen=True, slots=True)
class Load:
    """Read the window and today's usage; `Loaded` follows."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Take over a session that was cut; `Resumed` or `Loaded` (if there is none) follows."""

    session_id: str
    last_turn: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read an interaction of the history; `Fetched` follows."""

    interaction_id: str


@dataclass(frozen=True, slots=True)
class Verify:
    """Check a fresh token; `TokenChecked` follows."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a save adds to today's usage."""

    audio_ms: int = 0
    model_calls: int = 0
    usage: ModelUsage = field(default_factory=ModelUsage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """Store an interaction, what it changes in the window, and the session, all or nothing.

    `closed`: from now on it does not count among the user's sessions. `remember` is added to the
    window, `forget` drops the command of this interaction. `acked_ms`: audio before it need not
    come again. With no `interaction` only the session is written. Saves of a session are done in
    order; `Saved`, `SaveStalled` or `Fenced` follows.
    """

    job: int
    interaction: Interaction | None = None
    remember: Command | None = None
    forget: str = ""
    acked_ms: int = 0
    spent: Spent = field(default_factory=Spent)
    closed: bool = False

    @property
    def begins(self) -> bool:
        """Whether it stores a command whose model is being asked at the same moment."""
        return self.interaction is not None and self.interaction.state is State.RECEIVED


Effect = (
    Send
    | CloseSocket
    | OpenSpeech
    | SendSpeech
    | EndTurn
    | UpdateTerms
    | CloseSpeech
    | AskModel
    | CancelModel
    | Connect
    | Look
    | Change
    | TakeBack
    | Release
    | Load
    | Resume
    | Fetch
    | Verify
    | Save
)
