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


def chunk_sizes(rate_hz: int) -> tuple[int, int]:
    """The least and the most bytes of a chunk: whole samples that play 50 to 100 ms."""
    least = -(-rate_hz * MIN_CHUNK_MS // 1000) * BYTES_PER_SAMPLE
    return least, size_of(MAX_CHUNK_MS, rate_hz)


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
        """How long this much audio has to wait before it may go; 0 means now.

        Less than a millisecond is no wait: a timer may not tell it from none.
        """
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
    """Audio that waits to be sent, cut on demand.

    It lies in parts of about a chunk, so neither a client's very small messages nor its very
    large ones cost more than their audio.
    """

    rate_hz: int
    size: int = 0
    _parts: deque[bytes] = field(default_factory=deque)
    _step: int = field(init=False)

    def __post_init__(self) -> None:
        self._step = chunk_sizes(self.rate_hz)[1]

    def push(self, audio: bytes) -> None:
        """Add at the end."""
        size, step = len(audio), self._step
        self.size += size
        if self._parts and len(self._parts[-1]) + size <= step:
            self._parts[-1] += audio
        elif size <= step:
            if audio:
                self._parts.append(audio)
        else:
            self._parts.extend(audio[at : at + step] for at in range(0, size, step))

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

    def peek(self, size: int) -> bytes:
        """The first `size` bytes, or all there are; they stay."""
        audio = self.take(size)
        if audio:
            self.push_front([audio])
        return audio

    def _gather(self, size: int) -> bytes:
        taken: list[bytes] = []
        missing = min(size, self.size)
        self.size -= missing
        while missing:
            part = self._parts.popleft()
            if len(part) > missing:
                self._parts.appendleft(part[missing:])
                part = part[:missing]
            taken.append(part)
            missing -= len(part)
        return b"".join(taken)
