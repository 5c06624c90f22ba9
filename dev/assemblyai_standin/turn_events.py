"""What happens in a turn, and what is to be done about it: the vocabulary of ``turns.step``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dev.assemblyai_standin.endpointer import Frame
from dev.assemblyai_standin.words import Word


class Reason(Enum):
    """Why the turn is transcribed."""

    PARTIAL = "partial"
    PAUSE = "pause"
    FINAL = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRules:
    """The session's settings that decide over turns; all in milliseconds."""

    min_turn_silence_ms: int
    max_turn_silence_ms: int
    interruption_delay_ms: int
    continuous_partials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Event: a transcription that was asked for has come."""

    reason: Reason
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndNow:
    """Event: the client forces the endpoint, or the session ends; ``at_ms`` of its audio."""

    at_ms: int


Event = Frame | Heard | EndNow


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcribe:
    """Effect: transcribe this stretch of the session's audio and feed the words back."""

    reason: Reason
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSpeechStarted:
    """Effect: tell the client that a turn has begun at ``at_ms``."""

    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTurn:
    """Effect: send the turn as heard so far; it replaces what was sent before."""

    order: int
    words: tuple[Word, ...]
    final: bool


@dataclass(frozen=True, slots=True)
class TurnOver:
    """Effect: the turn is closed, with or without words; audio up to here is done with."""


Effect = Transcribe | SendSpeechStarted | SendTurn | TurnOver
