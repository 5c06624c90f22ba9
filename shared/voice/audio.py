"""PCM audio as a stream of milliseconds: whole samples, chunk sizes, pace, loudness.

Audio is 16-bit little-endian mono throughout.
"""

from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import Final

BYTES_PER_SAMPLE: Final = 2
MIN_CHUNK_MS: Final = 50
MAX_CHUNK_MS: Final = 100
_SILENCE_LEVEL: Final = 250
_MAX_AHEAD_S: Final = 0.2
_MAX_CREDIT_S: Final = 0.4
_RESOLUTION_S: Final = 0.001


def duration_ms(audio_bytes: int, rate_hz: int) -> int:
    """How long so many bytes play, rounded down."""
    return audio_bytes * 1000 // (BYTES_PER_SAMPLE * rate_hz)


def size_of(ms: int, rate_hz: int) -> int:
    """How many bytes play so long: whole samples."""
    return rate_hz * ms // 1000 * BYTES_PER_SAMPLE


def is_silent(audio: bytes) -> bool:
    """Whether nothing above room noise is heard: mean level below about -42 dBFS.

    Every eighth sample is looked at: speech is far below 1 kHz in energy, and this runs only
    while a backlog is caught up.
    """
    samples = array("h")
    samples.frombytes(audio[: len(audio) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE])
    probe = samples[::8]
    return not probe or sum(map(abs, probe)) < _SILENCE_LEVEL * len(probe)


@dataclass(slots=True, kw_only=True)
class SampleJoiner:
    """Carries an odd byte over to the next message, so that samples stay whole."""

    _odd: bytes = b""

    def join(self, data: bytes) -> bytes:
        """The whole samples so far."""
        if self._odd:
            data = self._odd + data
        whole = len(data) // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE
        self._odd = data[whole:]
        return data if whole == len(data) else data[:whole]


@dataclass(slots=True, kw_only=True)
class Meter:
    """Tells how far a sender is ahead of real time, in seconds; waiting earns no credit."""

    _ahead_s: float = 0.0
    _at: float | None = None

    def add(self, audio_s: float, now: float) -> float:
        """Count audio that came at `now` (monotonic seconds); how far ahead it is."""
        passed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._ahead_s = max(0.0, self._ahead_s - passed) + audio_s
        return self._ahead_s


@dataclass(slots=True, kw_only=True)
class Pace:
    """Lets audio out at real time, with 0.2 s ahead and at most 0.4 s made up after a stall."""

    _ahead_s: float = 0.0
    _at: float | None = None

    def wait_s(self, audio_s: float, now: float) -> float:
        """How long this much audio has to wait before it may go; 0 means now."""
        wait = self._settle(now) + audio_s - _MAX_AHEAD_S
        return wait if wait > _RESOLUTION_S else 0.0

    def spend(self, audio_s: float, now: float) -> None:
        """Count audio that went."""
        self._ahead_s = self._settle(now) + audio_s

    def _settle(self, now: float) -> float:
        if self._at is not None:
            self._ahead_s = max(-_MAX_CREDIT_S, self._ahead_s - (now - self._at))
        self._at = now
        return self._ahead_s


@dataclass(slots=True, kw_only=True)
class Backlog:
    """Audio that waits to be sent, as it came, cut on demand."""

    rate_hz: int
    size: int = 0
    _parts: deque[bytes] = field(default_factory=deque)

    @property
    def ms(self) -> int:
        """How much is waiting."""
        return duration_ms(self.size, self.rate_hz)

    def push(self, audio: bytes) -> None:
        """Add at the end."""
        if audio:
            self._parts.append(audio)
            self.size += len(audio)

    def push_front(self, parts: list[bytes]) -> None:
        """Put audio back before what waits, in order."""
        self._parts.extendleft(reversed(parts))
        self.size += sum(map(len, parts))

    def take(self, size: int) -> bytes:
        """Remove up to `size` bytes from the front."""
        if not self._parts:
            return b""
        if len(self._parts[0]) == size:
            self.size -= size
            return self._parts.popleft()
        return self._gather(size)

    def take_chunk(self) -> bytes:
        """Remove the next 50-100 ms; nothing if less waits."""
        if self.size < size_of(MIN_CHUNK_MS, self.rate_hz):
            return b""
        return self.take(size_of(MAX_CHUNK_MS, self.rate_hz))

    def take_rest(self) -> bytes:
        """Remove what is left of a last chunk, padded with silence to 50 ms."""
        rest = self.take(size_of(MAX_CHUNK_MS, self.rate_hz))
        return rest.ljust(size_of(MIN_CHUNK_MS, self.rate_hz), b"\0") if rest else b""

    def drop(self, ms: int) -> int:
        """Forget the oldest milliseconds; how many were forgotten."""
        gone = self.take(size_of(ms, self.rate_hz))
        return duration_ms(len(gone), self.rate_hz)

    def _gather(self, size: int) -> bytes:
        taken = bytearray()
        while self._parts and len(taken) < size:
            part = self._parts.popleft()
            room = size - len(taken)
            if len(part) > room:
                self._parts.appendleft(part[room:])
            taken += part[:room]
        self.size -= len(taken)
        return bytes(taken)
