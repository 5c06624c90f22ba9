"""The speech port: live transcription of one speaker (AssemblyAI).

Times are milliseconds of audio sent on this stream, from its start.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shared.errors import NexusError


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfig:
    """How to listen.

    `sample_rate_hz`: 8000-48000, PCM 16-bit little-endian mono. `language`: ISO 639-1 code.
    `patient`: wait longer for the end of a turn, for hands-free use. `keyterms`: at most 100
    words of at most 50 characters to expect. `context`: at most 1750 characters said before.
    """

    sample_rate_hz: int
    language: str = "en"
    patient: bool = True
    keyterms: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    """Somebody began to speak."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnHeard:
    """What was said so far in a turn; each one replaces the one before of the same `order`.

    `start_ms`, `end_ms`: the first word's start and the last word's end, 0 if unknown.
    """

    order: int
    text: str
    final: bool
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechAlive:
    """The vendor is there: a heartbeat, or any message with nothing else to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    """The stream is over; `error` is None when it was closed by us."""

    error: NexusError | None


SpeechEvent = SpeechStarted | TurnHeard | SpeechAlive | SpeechEnded


class SpeechStream(Protocol):
    """One open stream. No method blocks; after its end all are no-ops."""

    def send(self, audio: bytes) -> None:
        """Send 50-1000 ms of PCM, not faster than real time."""

    def force_endpoint(self) -> None:
        """End the turn now, without waiting for silence."""

    def update_keyterms(self, keyterms: tuple[str, ...]) -> None:
        """Replace the words to expect."""

    async def close(self) -> None:
        """End the stream and its billing; `SpeechEnded` follows once. Takes at most 3 s."""


class Transcriber(Protocol):
    """Opens streams."""

    async def open(
        self, config: SpeechConfig, on_event: Callable[[SpeechEvent], None]
    ) -> SpeechStream:
        """Open a stream; events come on the caller's event loop, in order.

        Raises:
            UpstreamRejected: wrong key or configuration.
            RateLimited: too many sessions.
            UpstreamUnavailable: unreachable, within 4 s.
        """

    async def probe(self) -> None:
        """Make one free call; raises as `open` does."""
