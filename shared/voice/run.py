"""A command under way: what is known of it, and what of it can be told."""

from dataclasses import dataclass, field, replace

from shared.ports.model import ModelEnd, ModelRequest, ModelUsage
from shared.voice.effects import AskModel, CancelModel, Effect, Send
from shared.voice.ledger import Ledger
from shared.voice.records import Failure, Interaction
from shared.voice.reply import CodeText, Header, Reply, ReplyEvent, ReplyParser
from shared.voice.repository import RepositoryView
from shared.voice.server_messages import (
    Ack,
    Delta,
    Error,
    Explanation,
    IntentFound,
    ServerMessage,
    Status,
)


@dataclass(slots=True, kw_only=True)
class Run:
    """A command under way.

    `stored`: its transcript is safe, so its reply may be shown. `view`: what it was given of the
    repository. `changing`: its change is being committed, which nothing stops. `looked_again`:
    what it changes had moved once.
    """

    interaction: Interaction
    ledger: Ledger
    acked_ms: int
    run: int = 0
    request: ModelRequest | None = None
    parser: ReplyParser = field(default_factory=ReplyParser)
    said: list[str] = field(default_factory=list)
    held: list[ServerMessage] = field(default_factory=list)
    end: ModelEnd | None = None
    usage: ModelUsage = field(default_factory=ModelUsage)
    calls: int = 0
    repaired: bool = False
    stored: bool = False
    ending: bool = False
    told: bool = False
    view: RepositoryView | None = None
    reply: Reply | None = None
    changing: bool = False
    looked_again: bool = False
    deadline: float | None = None

    def ask(self, number: int, request: ModelRequest) -> AskModel:
        """Begin a request; what came of an earlier one is thrown away."""
        self.run, self.request = number, request
        self.parser, self.said, self.end = ReplyParser(), [], None
        self.calls += 1
        return AskModel(number, request)

    def stop(self) -> list[Effect]:
        """Forget what goes on, so that the command can begin anew."""
        number, over = self.run, self.end is not None
        self.run, self.deadline, self.end = 0, None, None
        self.request = self.view = self.reply = None
        self.held.clear()
        self.ledger.restart()
        return [CancelModel(number)] if number and not over else []

    def caught_up(self) -> list[Effect]:
        """What a client would have been told, had the transcript been stored before the end."""
        turn = self.interaction.turn
        effects: list[Effect] = [Send(Status(turn=turn, state="received"))]
        if self.acked_ms:
            effects.append(Send(Ack(audio_ms=self.acked_ms)))
        effects.append(Send(Status(turn=turn, state="generating")))
        return effects + [Send(message) for message in self.held]

    def add(self, usage: ModelUsage) -> None:
        """Count the tokens of one more request."""
        self.usage = ModelUsage(
            input_tokens=self.usage.input_tokens + usage.input_tokens,
            output_tokens=self.usage.output_tokens + usage.output_tokens,
            cache_read_tokens=self.usage.cache_read_tokens + usage.cache_read_tokens,
        )

    def message(self, event: ReplyEvent, now: float) -> ServerMessage:
        """What the client is told of a piece of the reply that came at `now`."""
        turn = self.interaction.turn
        if isinstance(event, Header):
            return IntentFound(
                turn=turn, intent=event.intent, language=event.language, filename=event.filename
            )
        if isinstance(event, CodeText):
            if self.ledger.first_code is None:
                self.ledger.first_code = now
            return Delta(turn=turn, delta=event.text)
        return Explanation(turn=turn, delta=event.text)


def described(interaction: Interaction, reply: Reply, model: str) -> Interaction:
    """The interaction with what the reply's header says."""
    header = reply.header
    return replace(
        interaction,
        intent=header.intent.value,
        language=header.language,
        filename=header.filename,
        model=model,
    )


def tell(interaction: Interaction, failure: Failure) -> Send:
    """The error of one command."""
    return Send(
        Error(
            turn=interaction.turn,
            interaction_id=interaction.id,
            code=failure.code,
            message=failure.message,
            retryable=failure.retryable,
        )
    )
