"""What a session hears in its audio, as messages: by recognition, or as a script has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from dev.assemblyai_standin.audio import Decoder
from dev.assemblyai_standin.formatter import assemble, punctuate
from dev.assemblyai_standin.keyterms import Bias
from dev.assemblyai_standin.listener import Listener
from dev.assemblyai_standin.script_player import ScriptPlayer
from dev.assemblyai_standin.server_messages import silence, speech_started, turn
from dev.assemblyai_standin.settings import DEFAULT_VAD_THRESHOLD, Settings
from dev.assemblyai_standin.turn_events import SendSpeechStarted, SendTurn
from dev.assemblyai_standin.words import Word

SILENCE_MS = 1_000

Message = dict[str, Any] | str


class Hearing(Protocol):
    """Audio and orders in, messages out."""

    def audio(self, message: bytes) -> AsyncIterator[Message]:
        """Take one audio message; yield what it leads to."""

    def end_now(self) -> AsyncIterator[Message]:
        """End the open turn; yield what is to be sent for it."""

    def configure(self, settings: Settings) -> None:
        """Go on with other settings."""

    def take_probability(self) -> float:
        """Return the highest probability of speech, 0..1, since the last time it was asked."""


class Recognizer(Protocol):
    """Recognition for many sessions at once."""

    def bias(self, terms: Sequence[str]) -> Bias:
        """Return what to favour for these key terms."""

    def saturated(self) -> bool:
        """Tell whether a call would have to wait for others."""

    async def transcribe(self, pcm: bytes, bias: Bias, start_ms: int) -> tuple[Word, ...]:
        """Return the words of 16 kHz s16le audio that begins ``start_ms`` into the session."""


class Recognition:
    """Real hearing, with the turns of the vendor's rules."""

    def __init__(self, pool: Recognizer, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._bias: Bias = ()
        self._decoder = Decoder(settings.encoding, settings.sample_rate)
        self._listener = Listener(
            settings.turn_rules(), DEFAULT_VAD_THRESHOLD, self._transcribe, pool.saturated
        )
        self._quiet_from_ms = 0
        self.configure(settings)

    async def _transcribe(self, pcm: bytes, start_ms: int) -> tuple[Word, ...]:
        return await self._pool.transcribe(pcm, self._bias, start_ms)

    def configure(self, settings: Settings) -> None:
        """Go on with other settings; key terms count from the next transcription."""
        self._settings = settings
        self._bias = self._pool.bias(settings.keyterms_prompt or ())
        self._listener.rules = settings.turn_rules()
        threshold = settings.vad_threshold
        self._listener.set_threshold(DEFAULT_VAD_THRESHOLD if threshold is None else threshold)

    async def audio(self, message: bytes) -> AsyncIterator[Message]:
        """Take one audio message of the session's encoding and rate."""
        async for effect in self._listener.push(self._decoder.push(message)):
            for text in self._messages(effect):
                yield text
        for stretch in self._quiet():
            yield stretch

    async def end_now(self) -> AsyncIterator[Message]:
        """End the open turn."""
        async for effect in self._listener.end_now():
            for text in self._messages(effect):
                yield text

    def take_probability(self) -> float:
        """Return the highest probability of speech since the last time it was asked."""
        highest, self._listener.highest_probability = self._listener.highest_probability, 0.0
        return highest

    def _messages(self, effect: SendSpeechStarted | SendTurn) -> list[Message]:
        twice = self._settings.formats_twice
        if isinstance(effect, SendSpeechStarted):
            return [] if twice else [speech_started(effect.at_ms)]
        plain = assemble(effect.words)
        if not effect.final:
            shown = self._settings.include_partial_turns
            return [turn(effect.order, plain, final=False, formatted=False)] if shown else []
        messages: list[Message] = []
        if twice:
            messages.append(turn(effect.order, plain, final=True, formatted=False))
        if not twice or self._settings.format_turns:
            messages.append(turn(effect.order, punctuate(plain), final=True, formatted=True))
        return messages

    def _quiet(self) -> list[Message]:
        """Return a Silence message for each full second without speech, if they are wanted."""
        place_ms = self._listener.place_ms
        if not self._settings.acknowledge_silence or self._listener.in_turn:
            self._quiet_from_ms = place_ms
            return []
        starts = range(self._quiet_from_ms, place_ms - SILENCE_MS + 1, SILENCE_MS)
        self._quiet_from_ms += len(starts) * SILENCE_MS
        return [silence(start, start + SILENCE_MS) for start in starts]


class Scripted:
    """The exact messages of a script; what is in the audio does not matter."""

    def __init__(self, player: ScriptPlayer, settings: Settings) -> None:
        self._player = player
        self._decoder = Decoder(settings.encoding, settings.sample_rate)
        self._audio_ms = 0.0

    def configure(self, settings: Settings) -> None:
        """Nothing: a script is not changed by settings."""

    async def audio(self, message: bytes) -> AsyncIterator[Message]:
        """Yield the messages that are due."""
        self._audio_ms += self._decoder.duration_ms(message)
        for due in self._player.due(self._audio_ms):
            yield due

    async def end_now(self) -> AsyncIterator[Message]:
        """Yield the messages for a forced endpoint."""
        for due in self._player.forced(self._audio_ms):
            yield due

    def take_probability(self) -> float:
        """Return 0: a script does not listen."""
        return 0.0
