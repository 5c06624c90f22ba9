"""A command under way: what is known of it, and what of it can be told."""

from dataclasses import dataclass, field, replace

from shared.ports.model import ModelEnd, ModelRequest, ModelUsage
from shared.voice.effects import Send
from shared.voice.ledger import Ledger
from shared.voice.records import Failure, Interaction
from shared.voice.reply import CodeText, Header, Reply, ReplyEvent, ReplyParser
from shared.voice.server_messages import Delta, Error, Explanation, IntentFound, ServerMessage


@dataclass(slots=True, kw_only=True)
class Run:
    """A command under way. `stored`: its transcript is safe, so its reply may be shown."""

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
    deadline: float | None = None

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
