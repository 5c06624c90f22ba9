"""A language model that answers what its script says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.errors import NexusError
from shared.ports.model import ModelEnd, ModelRequest, ModelText, ModelUsage

_USAGE = ModelUsage(input_tokens=10, output_tokens=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeReply:
    """One reply: its pieces in order, then its end.

    A piece is text, an error that breaks the reply off, or an event that is waited for.
    """

    pieces: Sequence[str | NexusError | asyncio.Event] = ()
    reason: Literal["complete", "length", "refused"] = "complete"
    usage: ModelUsage = _USAGE


class FakeModel:
    """Gives its `replies` in order, and keeps the `requests`.

    `cancelled` counts replies that were closed before their end.
    """

    def __init__(self, *replies: FakeReply) -> None:
        self.requests: list[ModelRequest] = []
        self.cancelled = 0
        self.warmed = 0
        self.closed = False
        self.replies = list(replies)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelText | ModelEnd, None]:
        """Give the next reply.

        Raises:
            AssertionError: there are more requests than replies.
        """
        self.requests.append(request)
        assert self.replies, "the model was asked more often than its script foresees"
        reply = self.replies.pop(0)
        whole = False
        try:
            for piece in reply.pieces:
                if isinstance(piece, str):
                    yield ModelText(text=piece)
                elif isinstance(piece, NexusError):
                    whole = True
                    raise piece
                else:
                    await piece.wait()
            whole = True
        finally:
            self.cancelled += not whole
        yield ModelEnd(reason=reply.reason, usage=reply.usage, model="fake")

    async def warm(self) -> None:
        """Count the call."""
        self.warmed += 1

    async def probe(self) -> None:
        """Succeed."""

    async def close(self) -> None:
        """Remember it."""
        self.closed = True
