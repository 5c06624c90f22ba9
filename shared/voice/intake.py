"""What comes in from the client's microphone."""

from dataclasses import dataclass, field
from typing import Final

from shared.voice.audio import BYTES_PER_SAMPLE, Meter, SampleJoiner
from shared.voice.events import Audio, Event

_MAX_EARLY: Final = 32


@dataclass(slots=True, kw_only=True)
class Intake:
    """Makes whole samples of binary messages and tells how far ahead of real time they come."""

    _joiner: SampleJoiner = field(default_factory=SampleJoiner)
    _meter: Meter = field(default_factory=Meter)

    def take(self, data: bytes, rate_hz: int, now: float) -> tuple[bytes, float]:
        """The samples of a message, and the seconds that the client is ahead by then."""
        pcm = self._joiner.join(data)
        return pcm, self._meter.add(len(pcm) / (BYTES_PER_SAMPLE * rate_hz), now)


@dataclass(slots=True, kw_only=True)
class Early:
    """What a client sends before the session is ready, in order; audio between messages is one."""

    _events: list[Event] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> bool:
        """Keep an event; False if there are too many. How much audio comes is the meter's care."""
        last = self._events[-1] if self._events else None
        if isinstance(event, Audio) and isinstance(last, Audio):
            self._events[-1] = Audio(last.data + event.data)
            return True
        if len(self._events) >= _MAX_EARLY:
            return False
        self._events.append(event)
        return True

    def take(self) -> list[Event]:
        """Give everything back, once."""
        events, self._events = self._events, []
        return events
