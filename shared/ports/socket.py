"""The socket port: one browser's WebSocket, used on the event loop's thread only."""

from typing import Protocol


class ClientSocket(Protocol):
    """What the service says to a browser; neither method blocks."""

    def send_text(self, text: str) -> None:
        """Queue a text message; a no-op once the socket is closing."""

    def close(self, code: int, reason: str = "") -> None:
        """Close after what is queued."""
