"""The clocks of a history: one that can be set wrong, and Notion's, which goes on."""

from datetime import UTC, datetime, timedelta
from typing import Final

from dev.fakes.clock import FakeClock
from shared.ports.clock import Clock

START: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class JumpyClock(FakeClock):
    """A clock whose time of day can be set wrong, while its seconds go on evenly.

    `jumped`: it was.
    """

    def __init__(self) -> None:
        super().__init__(START)
        self.jumped = False

    def jump(self, seconds: float) -> None:
        """Set the time of day forward or back."""
        self._start += timedelta(seconds=seconds)
        self.jumped = True


class ForwardClock:
    """Another clock's time, but for its being set back.

    Notion's times are its own: what is set back is the clock of the machine that the engine runs
    on. It is behind Notion's then, and an edit never has an earlier time than the one before it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest = clock.now()

    def now(self) -> datetime:
        """The time of day; see the port."""
        self._latest = max(self._latest, self._clock.now())
        return self._latest

    def monotonic(self) -> float:
        """See the port."""
        return self._clock.monotonic()
