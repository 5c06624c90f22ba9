"""The probes that the sync cycles own, recorded for the health function to read.

Notion and git are asked with the connections that a cycle has at hand; Pub/Sub proved itself by
bringing the message.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from shared.errors import NexusError, NotFound, RateLimited, StaleWrite
from shared.ports.clock import Clock
from shared.ports.schedule import Schedule
from shared.ports.state import Put, StateStore
from shared.sync.workspace import Workspace
from shared.telemetry import logger

if TYPE_CHECKING:
    from shared.ports.notion import NotionWorkspace
    from shared.ports.repository import Repository

EVERY_S: Final = 60.0
_LEAST: Final = timedelta(seconds=10)
_STOPPED: Final = "The scheduler's job is paused or its last attempt failed."


class SyncProbes:
    """Records `probes/{service}`: a process once a minute, all together at least 10 s apart."""

    def __init__(self, store: StateStore, clock: Clock, schedule: Schedule | None) -> None:
        self._store = store
        self._clock = clock
        self._schedule = schedule
        self._next: dict[str, float] = {}
        self._lock = Lock()
        self._log = logger(__name__)

    def after_run(
        self, workspace: Workspace, notion: "NotionWorkspace", repository: "Repository | None"
    ) -> None:
        """Probe what is due with a workspace's connections; failures are what is recorded."""
        own_git = workspace.repository is not None and bool(workspace.repository.token)
        self._probe("notion", notion.me, private=bool(workspace.notion_token))
        if repository is not None and workspace.repository is not None:
            branch = workspace.repository.branch
            self._probe("git", lambda: repository.refs([branch]), private=own_git)
        if self._schedule is not None:
            self._probe("scheduler", self._look_at_job)
        self._probe("pubsub", lambda: None)

    def _look_at_job(self) -> None:
        job = self._schedule.state() if self._schedule else None
        if job is not None and not (job.enabled and job.ok):
            raise NotFound(_STOPPED)

    def _probe(self, service: str, call: Callable[[], Any], *, private: bool = False) -> None:
        """`private`: the key is a user's own, so a refusal tells nothing of the service."""
        if not self._is_due(service):
            return
        try:
            if not self._claim(service):
                return
        except NexusError:
            self._log.warning("probe not recorded", service=service)
            return
        began = self._clock.monotonic()
        status, detail = "healthy", ""
        try:
            call()
        except RateLimited:  # of our own making, and an answer all the same
            pass
        except NexusError as error:
            if error.retryable or not private:
                status, detail = "unhealthy", error.detail
        self._record(service, status, detail, round((self._clock.monotonic() - began) * 1000))

    def _is_due(self, service: str) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            if now < self._next.get(service, 0.0):
                return False
            self._next[service] = now + EVERY_S
            return True

    def _claim(self, service: str) -> bool:
        """Be the only one to probe for 10 s; False if somebody else is."""
        path, now = f"probes/{service}", self._clock.now()
        before = self._store.get(path)
        data = dict(before.data) if before else {}
        claimed_at = data.get("claimed_at")
        if claimed_at is not None and now - claimed_at < _LEAST:
            return False
        put = Put(
            path=path,
            data={**data, "claimed_at": now},
            if_version=before.version if before else "absent",
        )
        try:
            self._store.commit([put])
        except StaleWrite:
            return False
        return True

    def _record(self, service: str, status: str, detail: str, latency_ms: int) -> None:
        now = self._clock.now()
        record = {
            "status": status,
            "latency_ms": latency_ms,
            "checked_at": now,
            "claimed_at": now,
            "detail": detail,
        }
        try:
            self._store.commit([Put(path=f"probes/{service}", data=record)])
        except NexusError:
            self._log.warning("probe not recorded", service=service)
