"""A transcriber that hears what its script says."""

from collections.abc import Callable, Sequence

from shared.errors import NexusError
from shared.ports.speech import SpeechConfig, SpeechEnded, SpeechEvent

_BYTES_PER_SAMPLE = 2


class FakeStream:
    """An open stream: `sent`, `endpoints` and `keyterms` hold what it was given.

    The script's events come while audio is sent; `tell` adds others from outside.
    """

    def __init__(
        self,
        config: SpeechConfig,
        on_event: Callable[[SpeechEvent], None],
        script: Sequence[tuple[int | None, SpeechEvent]],
    ) -> None:
        self.config = config
        self.sent: list[bytes] = []
        self.endpoints = 0
        self.keyterms: list[tuple[str, ...]] = []
        self.ended = False
        self._on_event = on_event
        self._timed = [(at_ms, event) for at_ms, event in script if at_ms is not None]
        self._forced = [event for at_ms, event in script if at_ms is None]

    @property
    def audio_ms(self) -> int:
        """Milliseconds of audio that were sent."""
        taken = sum(map(len, self.sent))
        return taken * 1000 // (_BYTES_PER_SAMPLE * self.config.sample_rate_hz)

    def tell(self, *events: SpeechEvent) -> None:
        """Deliver events now; nothing follows the stream's end."""
        for event in events:
            if not self.ended:
                self.ended = isinstance(event, SpeechEnded)
                self._on_event(event)

    def send(self, audio: bytes) -> None:
        """Keep the audio and deliver what the script has for this moment."""
        if self.ended:
            return
        self.sent.append(audio)
        while self._timed and self._timed[0][0] <= self.audio_ms:
            self.tell(self._timed.pop(0)[1])

    def force_endpoint(self) -> None:
        """Count the call and deliver what the script has for it."""
        if not self.ended:
            self.endpoints += 1
            forced, self._forced = self._forced, []
            self.tell(*forced)

    def update_keyterms(self, keyterms: tuple[str, ...]) -> None:
        """Keep the words."""
        if not self.ended:
            self.keyterms.append(keyterms)

    async def close(self) -> None:
        """End without an error, once."""
        self.tell(SpeechEnded(error=None))


class FakeTranscriber:
    """Opens `FakeStream`s and keeps them in `streams`.

    `script`: events by the milliseconds of audio after which each comes, None for those that a
    forced endpoint brings; every stream plays it from the start.
    `refusals`: errors that the next calls of `open` or `probe` raise, first come first.
    """

    def __init__(
        self,
        script: Sequence[tuple[int | None, SpeechEvent]] = (),
        refusals: Sequence[NexusError] = (),
    ) -> None:
        self.streams: list[FakeStream] = []
        self.refusals = list(refusals)
        self._script = script

    async def open(
        self, config: SpeechConfig, on_event: Callable[[SpeechEvent], None]
    ) -> FakeStream:
        """Open a stream, or refuse."""
        await self.probe()
        stream = FakeStream(config, on_event, self._script)
        self.streams.append(stream)
        return stream

    async def probe(self) -> None:
        """Refuse if a refusal is left."""
        if self.refusals:
            raise self.refusals.pop(0)
