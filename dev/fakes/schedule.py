"""The schedule port that remembers what it was told."""

from dataclasses import replace

from shared.errors import NexusError
from shared.ports.schedule import JobState


class FakeSchedule:
    """A `Schedule`; `job` is what it tells, `runs` counts `run_now`. `error`: raised while set."""

    def __init__(self) -> None:
        self.error: NexusError | None = None
        self.job = JobState(enabled=True, last_attempt_at=None, ok=True)
        self.runs = 0

    def state(self) -> JobState:
        """Tell how the job is; see the port."""
        self._check()
        return self.job

    def run_now(self) -> None:
        """Count a run; see the port."""
        self._check()
        self.runs += 1

    def resume(self) -> None:
        """Enable the job; see the port."""
        self._check()
        self.job = replace(self.job, enabled=True)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error
