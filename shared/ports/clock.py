"""The clock port, so that no logic reads the time by itself."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time of day, timezone-aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, from an arbitrary start."""
