"""The schedule port on Google Cloud Scheduler."""

from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Final

from shared.adapters.google_calls import call_limits, translated
from shared.errors import (
    NexusError,
    NotFound,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.schedule import JobState

if TYPE_CHECKING:
    from google.cloud.scheduler_v1 import CloudSchedulerClient

CALL_TIMEOUT_S: Final = 5.0
_SERVICE: Final = "scheduler"


class CloudScheduler:
    """A `Schedule` of one job.

    `emulator_host`: host:port of the stand-in, or empty for the real service with the platform's
    credentials. The SDK is imported at the first call.
    """

    def __init__(
        self, project_id: str, location: str, job_id: str, emulator_host: str = ""
    ) -> None:
        self._name = f"projects/{project_id}/locations/{location}/jobs/{job_id}"
        self._emulator_host = emulator_host
        self._opened: CloudSchedulerClient | None = None
        self._lock = Lock()

    def state(self) -> JobState:
        """Tell how the job is; see the port."""
        with translated(_error):
            job = self._client().get_job(name=self._name, **call_limits(CALL_TIMEOUT_S))
        return JobState(
            enabled=job.state == job.State.ENABLED,
            last_attempt_at=_utc(job.last_attempt_time),
            ok=job.status.code == 0,
        )

    def run_now(self) -> None:
        """Run the job at once; see the port."""
        with translated(_error):
            self._client().run_job(name=self._name, **call_limits(CALL_TIMEOUT_S))

    def resume(self) -> None:
        """Let a paused job run again; see the port."""
        from google.api_core.exceptions import FailedPrecondition

        with translated(_error):
            try:
                self._client().resume_job(name=self._name, **call_limits(CALL_TIMEOUT_S))
            except FailedPrecondition:  # only a paused job can be resumed
                if not self.state().enabled:
                    raise

    def _client(self) -> "CloudSchedulerClient":
        with self._lock:
            if self._opened is None:
                self._opened = _open(self._emulator_host)
            return self._opened


def _utc(moment: datetime | None) -> datetime | None:
    """The moment without the SDK's own kind of datetime; None before the first attempt."""
    return moment and datetime.fromtimestamp(moment.timestamp(), UTC)


def _open(emulator_host: str) -> "CloudSchedulerClient":
    from google.cloud.scheduler_v1 import CloudSchedulerClient

    if not emulator_host:
        return CloudSchedulerClient()
    import grpc  # type: ignore[import-untyped]
    from google.cloud.scheduler_v1.services.cloud_scheduler.transports import (
        CloudSchedulerGrpcTransport,
    )

    channel = grpc.insecure_channel(emulator_host)
    return CloudSchedulerClient(transport=CloudSchedulerGrpcTransport(channel=channel))


def _error(cause: BaseException | None) -> NexusError:
    from google.api_core import exceptions

    if isinstance(cause, exceptions.NotFound):
        return NotFound("The scheduler's job was not made: apply the infrastructure, or seed it.")
    if isinstance(cause, exceptions.DeadlineExceeded):
        return UpstreamTimeout("Cloud Scheduler took too long.", service=_SERVICE)
    if isinstance(cause, exceptions.TooManyRequests | exceptions.Aborted):
        return UpstreamUnavailable("Cloud Scheduler is overloaded.", service=_SERVICE)
    if isinstance(cause, exceptions.ClientError | exceptions.MethodNotImplemented):
        return UpstreamRejected("Cloud Scheduler refused the call.", service=_SERVICE)
    return UpstreamUnavailable("Cloud Scheduler does not answer.", service=_SERVICE)
