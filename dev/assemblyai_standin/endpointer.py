"""Where speech begins and where it pauses, from one voiced/unvoiced mark for each short frame."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from dev.assemblyai_standin.audio import FRAME_MS

WINDOW_FRAMES = 10
ONSET_SHARE = 0.6
RESUME_FRAMES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is known after one more frame of audio.

    ``end_ms``: place of its end in the session. ``onset_ms``: where speech began, set while it is
    going on. ``speech_end_ms``: end of the last voiced frame. ``probability``: 0..1, the voiced
    share of the last 200 ms.
    """

    end_ms: int
    onset_ms: int | None
    speech_end_ms: int
    probability: float


class Endpointer:
    """Smooths the marks of a voice activity detector.

    Speech begins when 60 % of the last 200 ms are voiced, and began at the first of those voiced
    frames. A lone voiced frame in a pause does not end the pause: two in a row do.
    """

    def __init__(self) -> None:
        self._window: deque[bool] = deque(maxlen=WINDOW_FRAMES)
        self._now_ms = 0
        self._onset_ms: int | None = None
        self._speech_end_ms = 0
        self._run = 0

    def push(self, voiced: bool) -> Frame:
        """Take the mark of the next 20 ms of audio."""
        self._now_ms += FRAME_MS
        self._window.append(voiced)
        self._run = self._run + 1 if voiced else 0
        if self._onset_ms is None and sum(self._window) >= ONSET_SHARE * WINDOW_FRAMES:
            first = list(self._window).index(True)
            self._onset_ms = self._now_ms - (len(self._window) - first) * FRAME_MS
            self._speech_end_ms = self._now_ms
        if self._onset_ms is not None and self._run >= RESUME_FRAMES:
            self._speech_end_ms = self._now_ms
        return Frame(
            end_ms=self._now_ms,
            onset_ms=self._onset_ms,
            speech_end_ms=self._speech_end_ms,
            probability=sum(self._window) / WINDOW_FRAMES,
        )

    def rearm(self) -> None:
        """Wait for the next onset: the turn is over."""
        self._onset_ms = None
        self._window.clear()
        self._run = 0
