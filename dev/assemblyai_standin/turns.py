"""The rules of turns as a pure function of (state, event): what to transcribe, what to send.

Sources: https://www.assemblyai.com/docs/streaming/message-sequence and the vendor's description
of partial turns. After ``min_turn_silence`` the turn is transcribed; if the text is complete it
ends there, else a partial goes out and the turn stays open until ``max_turn_silence``. Partials
also come early (``interruption_delay`` + 256 ms) and, if asked for, about every second. A turn
never lasts longer than 60 s. ``SpeechStarted`` goes out once, right before a turn's first message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dev.assemblyai_standin.endpointer import Frame
from dev.assemblyai_standin.formatter import is_complete
from dev.assemblyai_standin.turn_events import (
    Effect,
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
from dev.assemblyai_standin.words import Word

EARLY_PARTIAL_MS = 256
CONTINUOUS_MS = 1_000
CONTINUOUS_SHARE = 8
FORCED_END_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnState:
    """One session's place in the rules; ``start_ms`` is None between turns."""

    order: int = 0
    start_ms: int | None = None
    now_ms: int = 0
    speech_end_ms: int = 0
    announced: bool = False
    partial_at_ms: int | None = None
    paused_at_ms: int | None = None
    words: tuple[Word, ...] = ()
    words_end_ms: int = -1


def step(state: TurnState, event: Event, rules: TurnRules) -> tuple[TurnState, Sequence[Effect]]:
    """Return the next state and the effects to carry out, in their order."""
    match event:
        case Frame():
            return _on_frame(state, event, rules)
        case Heard():
            return _on_heard(state, event)
        case EndNow():
            return _finish(replace(state, now_ms=event.at_ms))


def _on_frame(
    state: TurnState, frame: Frame, rules: TurnRules
) -> tuple[TurnState, Sequence[Effect]]:
    if frame.onset_ms is None:
        return replace(state, now_ms=frame.end_ms), ()
    state = replace(
        state,
        now_ms=frame.end_ms,
        start_ms=frame.onset_ms if state.start_ms is None else state.start_ms,
        speech_end_ms=frame.speech_end_ms,
    )
    if state.paused_at_ms is not None and frame.speech_end_ms > state.paused_at_ms:
        state = replace(state, paused_at_ms=None)
    silence_ms = frame.end_ms - frame.speech_end_ms
    length_ms = frame.end_ms - frame.onset_ms
    if silence_ms >= rules.max_turn_silence_ms or length_ms >= FORCED_END_MS:
        return _finish(state)
    if silence_ms >= rules.min_turn_silence_ms and state.paused_at_ms is None:
        return replace(state, paused_at_ms=frame.end_ms), (_transcribe(state, Reason.PAUSE),)
    if state.paused_at_ms is None and _partial_due(state, length_ms, rules):
        return replace(state, partial_at_ms=frame.end_ms), (_transcribe(state, Reason.PARTIAL),)
    return state, ()


def _partial_due(state: TurnState, length_ms: int, rules: TurnRules) -> bool:
    if state.partial_at_ms is None:
        return length_ms >= rules.interruption_delay_ms + EARLY_PARTIAL_MS
    # Every partial transcribes the whole turn, so a long turn gets them further apart.
    interval_ms = max(CONTINUOUS_MS, length_ms // CONTINUOUS_SHARE)
    return rules.continuous_partials and state.now_ms - state.partial_at_ms >= interval_ms


def _transcribe(state: TurnState, reason: Reason) -> Transcribe:
    return Transcribe(reason=reason, start_ms=state.start_ms or 0, end_ms=state.now_ms)


def _on_heard(state: TurnState, heard: Heard) -> tuple[TurnState, Sequence[Effect]]:
    text = " ".join(word.text for word in heard.words)
    ends = heard.reason is Reason.FINAL or (heard.reason is Reason.PAUSE and is_complete(text))
    state = replace(state, words=heard.words, words_end_ms=state.now_ms)
    return _close(state) if ends else _send_partial(state)


def _send_partial(state: TurnState) -> tuple[TurnState, Sequence[Effect]]:
    if not state.words:
        return state, ()
    turn = SendTurn(order=state.order, words=state.words, final=False)
    return replace(state, announced=True), (*_announce(state), turn)


def _finish(state: TurnState) -> tuple[TurnState, Sequence[Effect]]:
    """End the turn; nothing is transcribed again if no speech has come since the last time."""
    if state.start_ms is None:
        return state, ()
    if state.words_end_ms >= state.speech_end_ms and state.paused_at_ms is not None:
        return _close(state)
    return state, (_transcribe(state, Reason.FINAL),)


def _close(state: TurnState) -> tuple[TurnState, Sequence[Effect]]:
    after = TurnState(order=state.order, now_ms=state.now_ms)
    if not state.words:
        return after, (TurnOver(),)
    turn = SendTurn(order=state.order, words=state.words, final=True)
    return replace(after, order=state.order + 1), (*_announce(state), turn, TurnOver())


def _announce(state: TurnState) -> tuple[SendSpeechStarted, ...]:
    return () if state.announced else (SendSpeechStarted(at_ms=state.start_ms or 0),)
