"""Plays a script: which messages are due at which place of the audio."""

from __future__ import annotations

import json
from typing import Any

from dev.assemblyai_standin.orders import Script, ScriptedTurn
from dev.assemblyai_standin.server_messages import speech_started, turn
from dev.assemblyai_standin.words import spread

WORD_MS = 200


class ScriptPlayer:
    """One session's way through a script.

    A turn's first message is preceded by SpeechStarted, as the vendor does; raw messages are not.
    """

    def __init__(self, script: Script) -> None:
        timed = [item for item in script.turns if item.at_ms is not None]
        self._timed = sorted(timed, key=lambda item: item.at_ms or 0)
        self._forced = [item for item in script.turns if item.at_ms is None]
        self._order = 0
        self._announced = -1

    def due(self, audio_ms: float) -> list[dict[str, Any] | str]:
        """Return the messages for the audio received so far."""
        messages: list[dict[str, Any] | str] = []
        while self._timed and (self._timed[0].at_ms or 0) <= audio_ms:
            messages += self._messages(self._timed.pop(0), audio_ms)
        return messages

    def forced(self, audio_ms: float) -> list[dict[str, Any] | str]:
        """Return the messages for a forced endpoint: up to and with the next final turn."""
        messages: list[dict[str, Any] | str] = []
        while self._forced:
            item = self._forced.pop(0)
            messages += self._messages(item, audio_ms)
            if item.final:
                break
        return messages

    def _messages(self, item: ScriptedTurn, audio_ms: float) -> list[dict[str, Any] | str]:
        if item.raw is not None:
            return [item.raw if isinstance(item.raw, str) else json.dumps(item.raw)]
        order = self._order if item.turn_order is None else item.turn_order
        end_ms = round(audio_ms)
        start_ms = max(end_ms - WORD_MS * len(item.transcript.split()), 0)
        words = spread(item.transcript, start_ms, end_ms)
        messages: list[dict[str, Any] | str] = []
        if order > self._announced:
            self._announced = order
            messages.append(speech_started(start_ms))
        messages.append(turn(order, words, final=item.final, formatted=item.final))
        self._order = order + item.final
        return messages
