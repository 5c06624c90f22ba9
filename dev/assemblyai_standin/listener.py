"""Audio in, turns out: joins voice activity, endpointing, the rules of turns and recognition."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pocketsphinx

from dev.assemblyai_standin.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, RATE_HZ
from dev.assemblyai_standin.endpointer import Endpointer
from dev.assemblyai_standin.turn_events import (
    EndNow,
    Event,
    Heard,
    Reason,
    SendSpeechStarted,
    SendTurn,
    Transcribe,
    TurnOver,
    TurnRules,
)
from dev.assemblyai_standin.turns import TurnState, step
from dev.assemblyai_standin.words import Word

LEAD_MS = 300
KEPT_MS = 1_000
STRICTEST = 3

Transcriber = Callable[[bytes, int], Awaitable[tuple[Word, ...]]]
"""Takes 16 kHz s16le audio and its place in the session (ms); returns its words."""


def never() -> bool:
    """Say that recognition is never too busy."""
    return False


@dataclass(slots=True)
class Audio:
    """The last stretch of a session's audio; ``base_ms`` is the place of its first byte."""

    data: bytearray
    base_ms: int = 0

    def cut(self, start_ms: int, end_ms: int) -> bytes:
        """Return the audio between two places of the session, as far as it is still here."""
        first = max(start_ms - self.base_ms, 0) * BYTES_PER_MS
        return bytes(self.data[first : max(end_ms - self.base_ms, 0) * BYTES_PER_MS])

    def drop_before(self, place_ms: int) -> None:
        """Forget the audio before a place of the session."""
        if place_ms > self.base_ms:
            del self.data[: (place_ms - self.base_ms) * BYTES_PER_MS]
            self.base_ms = place_ms


class Listener:
    """Hears one session.

    Args:
        rules: when turns end and partials are due; may be replaced at any time.
        vad_threshold: 0..1, higher hears less: 0, 0.1, 0.2 and 0.3 or more are the four modes
            of the detector.
        transcribe: recognition.
        busy: tells whether recognition has no time to spare. Partials are left out then, so that
            the ends of turns do not wait behind them.
    """

    def __init__(
        self,
        rules: TurnRules,
        vad_threshold: float,
        transcribe: Transcriber,
        busy: Callable[[], bool] = never,
    ) -> None:
        self.rules = rules
        self._state = TurnState()
        self.highest_probability = 0.0
        self._transcribe = transcribe
        self._busy = busy
        self._endpointer = Endpointer()
        self._audio = Audio(bytearray())
        self._seen_ms = 0
        self._floor_ms = 0
        self.set_threshold(vad_threshold)

    def set_threshold(self, vad_threshold: float) -> None:
        """Change how sure the detector must be that it hears speech, 0..1."""
        mode = min(int(vad_threshold * 10 + 0.5), STRICTEST)
        self._vad = pocketsphinx.Vad(mode, RATE_HZ, FRAME_MS / 1000)

    @property
    def place_ms(self) -> int:
        """How much audio has been listened to, in whole frames of 20 ms."""
        return self._seen_ms

    @property
    def in_turn(self) -> bool:
        """Whether a turn is open."""
        return self._state.start_ms is not None

    async def push(self, pcm: bytes) -> AsyncIterator[SendSpeechStarted | SendTurn]:
        """Take 16 kHz s16le audio of any length; yield what is to be sent."""
        self._audio.data.extend(pcm)
        while len(frame := self._audio.cut(self._seen_ms, self._seen_ms + FRAME_MS)) == FRAME_BYTES:
            self._seen_ms += FRAME_MS
            heard = self._endpointer.push(self._vad.is_speech(frame))
            self.highest_probability = max(self.highest_probability, heard.probability)
            async for effect in self._handle(heard):
                yield effect
        if not self.in_turn:
            self._audio.drop_before(self._seen_ms - KEPT_MS)

    async def end_now(self) -> AsyncIterator[SendSpeechStarted | SendTurn]:
        """End the open turn, if there is one; yield what is to be sent."""
        async for effect in self._handle(EndNow(at_ms=self._seen_ms)):
            yield effect

    async def _handle(self, event: Event) -> AsyncIterator[SendSpeechStarted | SendTurn]:
        self._state, effects = step(self._state, event, self.rules)
        for effect in effects:
            match effect:
                case Transcribe(reason=Reason.PARTIAL) if self._busy():
                    continue
                case Transcribe():
                    heard = Heard(reason=effect.reason, words=await self._words(effect))
                    async for further in self._handle(heard):
                        yield further
                case TurnOver():
                    self._endpointer.rearm()
                    self._floor_ms = self._seen_ms
                case _:
                    yield effect

    async def _words(self, stretch: Transcribe) -> tuple[Word, ...]:
        # Recognition wants a little silence before the first word, but nothing of the last turn.
        start_ms = max(stretch.start_ms - LEAD_MS, self._floor_ms, self._audio.base_ms)
        return await self._transcribe(self._audio.cut(start_ms, stretch.end_ms), start_ms)
