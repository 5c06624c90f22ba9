"""The messaging port: hand work to another process, at least once."""

from collections.abc import Mapping
from typing import Any, Protocol


class Publisher(Protocol):
    """Publishes JSON messages to topics (Pub/Sub), each with the trace of what caused it."""

    def publish(self, topic: str, message: Mapping[str, Any]) -> str:
        """Publish and wait for the acknowledgement; the message's id.

        Raises:
            UpstreamUnavailable: not acknowledged within 10 s; it may still arrive.
        """
