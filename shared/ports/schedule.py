"""The schedule port: the one recurring job that starts the sync cycles (Cloud Scheduler)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """What the scheduler tells of the job.

    `enabled`: False while it is paused or was disabled by the scheduler. `last_attempt_at`:
    timezone-aware UTC, None before the first attempt. `ok`: whether the last attempt was
    accepted by its target; True before the first.
    """

    enabled: bool
    last_attempt_at: datetime | None
    ok: bool


class Schedule(Protocol):
    """Looks after the job; it is made with the infrastructure, not here. Calls block.

    Raises:
        NotFound: the job was not made; the detail tells how to make it.
        UpstreamRejected: the scheduler refuses the call, for example for a missing role.
        UpstreamUnavailable: no answer in time.
    """

    def state(self) -> JobState:
        """Tell how the job is."""

    def run_now(self) -> None:
        """Run the job at once, beside its schedule. Repeating it runs the job again."""

    def resume(self) -> None:
        """Let a paused job run again; a no-op for one that is not paused."""
