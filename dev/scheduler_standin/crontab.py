"""When a crontab schedule is due."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from dev.scheduler_standin.refusals import invalid

# The library knows a sixth field, the vendor does not.
_FIELDS: Final = re.compile(r"\S+( \S+){4}")


def next_time(schedule: str, time_zone: str, after: datetime) -> datetime:
    """The first minute after a moment at which the schedule is due, in UTC.

    `schedule`: five crontab fields. `time_zone`: a name of the tz database; empty means UTC.

    Raises:
        Refusal: INVALID_ARGUMENT for what cannot be read. The vendor's English-like form
            ("every 5 minutes") is not known here.
    """
    if not _FIELDS.fullmatch(schedule.strip()):
        raise invalid("schedule: five crontab fields are needed")
    local = after.astimezone(_zone(time_zone))
    try:
        due: datetime = next(CronSim(schedule.strip(), local))
    except (CronSimError, StopIteration) as exc:
        raise invalid("schedule: not a crontab expression that is ever due") from exc
    return due.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo("UTC" if name.lower() in ("", "utc") else name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise invalid("time_zone: not a name of the tz database") from exc
