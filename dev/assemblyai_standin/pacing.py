"""The vendor's rules for audio messages: 50-1000 ms each, and not faster than real time.

Source: https://www.assemblyai.com/docs/streaming/common-session-errors-and-closures (3007).
"""

from __future__ import annotations

from dev.assemblyai_standin.rejection import AUDIO_DURATION, Rejection

SHORTEST_MS = 50
LONGEST_MS = 1_000
AHEAD_MS = 1_500
CREDIT_MS = 1_000


class Pacing:
    """Refuses audio messages that are too short, too long or too early.

    Audio may run 1.5 s ahead of the clock, and a client that was late by a second or more may
    catch up one second: 100 ms messages with any usual jitter pass, three seconds at once never.
    """

    def __init__(self) -> None:
        self._ahead_ms = 0.0
        self._last_s: float | None = None

    def check(self, duration_ms: float, now_s: float) -> None:
        """Take one audio message.

        Args:
            duration_ms: how much audio it holds.
            now_s: when it arrived, on a clock that never goes back.

        Raises:
            Rejection: 3007, with the vendor's kind of message.
        """
        if not SHORTEST_MS <= duration_ms <= LONGEST_MS:
            raise Rejection(
                AUDIO_DURATION,
                f"Input duration violation: {duration_ms:g} ms. "
                f"Expected between {SHORTEST_MS} and {LONGEST_MS} ms",
            )
        passed_ms = 0.0 if self._last_s is None else (now_s - self._last_s) * 1000
        self._last_s = now_s
        self._ahead_ms = max(self._ahead_ms - passed_ms, -CREDIT_MS) + duration_ms
        if self._ahead_ms > AHEAD_MS:
            raise Rejection(
                AUDIO_DURATION, "Audio transmission rate violation: faster than real time"
            )
