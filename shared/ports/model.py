"""The language model port: one streamed reply (Claude)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMessage:
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """What the model is asked.

    `system` is the part that stays the same between requests, and is cached by the vendor.
    `messages` ends with a user's. `max_tokens` bounds the reply, thinking included.
    """

    system: str
    messages: tuple[ModelMessage, ...]
    max_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUsage:
    """Tokens that a request took."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelText:
    """The next piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEnd:
    """The reply is over.

    `reason`: "complete"; "length" when `max_tokens` cut it; "refused" when the model declined.
    """

    reason: Literal["complete", "length", "refused"]
    usage: ModelUsage
    model: str


class LanguageModel(Protocol):
    """Answers a conversation, streamed."""

    def stream(self, request: ModelRequest) -> AsyncIterator[ModelText | ModelEnd]:
        """Yield text as it is written, then exactly one `ModelEnd`. Closing it cancels the call.

        Raises:
            UpstreamTimeout: silent for too long.
            RateLimited: over the vendor's quota, after the adapter's own retries.
            UpstreamUnavailable: unreachable, overloaded, or the stream was cut before its end.
            UpstreamRejected: the request or the key is refused.
        """

    async def warm(self) -> None:
        """Open the connection before it is needed; never raises."""

    async def probe(self) -> None:
        """Make one free call; raises as `stream` does."""

    async def close(self) -> None:
        """Let go of the connections."""
