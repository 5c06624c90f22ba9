"""The stand-in's clock: it can be frozen and moved, and it rounds as Notion does."""

from datetime import UTC, datetime, timedelta


def floor_minute(moment: datetime) -> datetime:
    """Round a time down to the minute, as far as Notion tells those of pages."""
    return moment.replace(second=0, microsecond=0)


def to_minute(moment: datetime) -> str:
    """Write a time of a page or block: rounded down to the minute, in UTC, milliseconds 0."""
    return moment.strftime("%Y-%m-%dT%H:%M:00.000Z")


def to_millisecond(moment: datetime) -> str:
    """Write a time of a database, which Notion tells to the millisecond and with an offset."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+00:00"


def to_instant(moment: datetime) -> str:
    """Write a time of an event or task: to the millisecond, in UTC with a `Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def read_time(text: str) -> datetime:
    """Read an ISO 8601 date or time, UTC unless it has an offset; raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Clock:
    """Real time until it is frozen; an offset moves it either way."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._frozen_at = frozen_at
        self._offset = timedelta()

    def now(self) -> datetime:
        """Tell the time of the workspace, in UTC."""
        return (self._frozen_at or datetime.now(UTC)) + self._offset

    def freeze(self, moment: datetime | None = None) -> None:
        """Stop the clock, at `moment` (UTC) or where it stands."""
        self._frozen_at, self._offset = moment or self.now(), timedelta()

    def move(self, seconds: float) -> None:
        """Move the clock by so many seconds, backwards if negative."""
        self._offset += timedelta(seconds=seconds)

    def release(self) -> None:
        """Let it be real time again."""
        self._frozen_at, self._offset = None, timedelta()
