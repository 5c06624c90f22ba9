"""What comes in from the client's microphone."""

from dataclasses import dataclass, field

from shared.voice.audio import BYTES_PER_SAMPLE, Meter, SampleJoiner


@dataclass(slots=True, kw_only=True)
class Intake:
    """Makes whole samples of binary messages and tells how far ahead of real time they come."""

    _joiner: SampleJoiner = field(default_factory=SampleJoiner)
    _meter: Meter = field(default_factory=Meter)

    def take(self, data: bytes, rate_hz: int, now: float) -> tuple[bytes, float]:
        """The samples of a message, and the seconds that the client is ahead by then."""
        pcm = self._joiner.join(data)
        return pcm, self._meter.add(len(pcm) / (BYTES_PER_SAMPLE * rate_hz), now)
