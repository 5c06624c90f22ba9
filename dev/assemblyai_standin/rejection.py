"""How the vendor refuses: an Error message and a close code.

Source: https://www.assemblyai.com/docs/streaming/common-session-errors-and-closures
"""

from __future__ import annotations

NORMAL, UNAUTHORISED = 1000, 1008
SERVER_ERROR, BAD_MESSAGE, AUDIO_DURATION, EXPIRED = 3005, 3006, 3007, 3008


class Rejection(Exception):
    """The session must end: an Error message with this text, then a close with this code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
