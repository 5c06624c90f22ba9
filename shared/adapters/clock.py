"""The clock port on the machine's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """A `Clock` that tells the real time."""

    def now(self) -> datetime:
        """The time of day in UTC; see the port."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards; see the port."""
        return time.monotonic()
