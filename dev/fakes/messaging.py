"""The messaging port that keeps what was published."""

from collections.abc import Mapping
from typing import Any

from shared.errors import NexusError


class FakePublisher:
    """A `Publisher`; `messages` are (topic, message) in order. `error`: raised while set."""

    def __init__(self) -> None:
        self.error: NexusError | None = None
        self.messages: list[tuple[str, dict[str, Any]]] = []

    def publish(self, topic: str, message: Mapping[str, Any]) -> str:
        """Keep the message; see the port."""
        if self.error is not None:
            raise self.error
        self.messages.append((topic, dict(message)))
        return str(len(self.messages))
