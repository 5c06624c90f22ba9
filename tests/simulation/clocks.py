"""The clocks of a history: one that can be set wrong, and Notion's, which goes on."""

from datetime import UTC, datetime, timedelta
from typing import Final

from dev.fakes.clock import FakeClock
from shared.ports.clock import Clock

START: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_ROUNDING: Final = timedelta(milliseconds=1)


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
    """Another clock's time, but for its being set back: then it goes on evenly, ahead of that one.

    Notion's times are its own: what is set back is the clock of the machine that the engine runs
    on. It is behind Notion's then, and edits that are minutes apart still have times that are.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest = clock.now()
        self._at_s = clock.monotonic()

    def now(self) -> datetime:
        """The time of day; see the port."""
        at_s, here = self._clock.monotonic(), self._clock.now()
        gone_on = self._latest + timedelta(seconds=at_s - self._at_s)
        self._latest = gone_on if gone_on - here > _ROUNDING else here
        self._at_s = at_s
        return self._latest

    def monotonic(self) -> float:
        """See the port."""
        return self._clock.monotonic()
