"""The state of the services that we depend on.

Firestore and Auth are asked live, since nothing works without them. The others are asked by those
who use them and hold their keys; health reads what they recorded.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Final, Literal

from shared.errors import NexusError
from shared.ports.clock import Clock
from shared.ports.identity import Identity
from shared.ports.state import Document, StateStore

VERSION: Final = "0.1.0"
PROBE_TIMEOUT_S: Final = 3.0
FRESH_S: Final = 10.0
FRESH_WHEN_DOWN_S: Final = 2.0
STALE_AFTER: Final = timedelta(minutes=5)
RECORDED: Final = ("pubsub", "scheduler", "assemblyai", "anthropic", "notion", "git", "voice")


class CheckStatus(StrEnum):
    """What is known of a service; `stale`: its last record is older than five minutes."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One service. `detail` is for admins alone."""

    status: CheckStatus
    latency_ms: int | None = None
    checked_at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """All services. `status`: "unhealthy" only when Firestore or Auth is down."""

    status: Literal["healthy", "degraded", "unhealthy"]
    at: datetime
    checks: Mapping[str, Check]


class Health:
    """Makes reports; one serves all requests of 10 s in this process."""

    def __init__(self, store: StateStore, identity: Identity, clock: Clock) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._lock = Lock()
        self._kept: HealthReport | None = None
        self._made_at = 0.0

    def report(self) -> HealthReport:
        """The present state, at most 10 s old, 2 s while it is unhealthy; takes at most 3 s."""
        with self._lock:
            now = self._clock.monotonic()
            down = self._kept is not None and self._kept.status == "unhealthy"
            fresh_s = FRESH_WHEN_DOWN_S if down else FRESH_S
            if self._kept is None or now - self._made_at >= fresh_s:
                self._kept = self._make()
                self._made_at = now
            return self._kept

    def _make(self) -> HealthReport:
        records: list[Document | None] = []

        def read_records() -> None:
            records.extend(self._store.get_many([f"probes/{name}" for name in RECORDED]))

        live = self._ask({"firestore": read_records, "auth": self._identity.probe})
        now = self._clock.now()
        found = records or [None] * len(RECORDED)
        recorded = {
            name: _recorded(document, now) for name, document in zip(RECORDED, found, strict=True)
        }
        return HealthReport(status=_overall(live, recorded), at=now, checks={**live, **recorded})

    def _ask(self, probes: Mapping[str, Callable[[], None]]) -> dict[str, Check]:
        # Not a `with` block: that would wait for a probe that hangs.
        pool = ThreadPoolExecutor(len(probes), thread_name_prefix="probe")
        futures = {name: pool.submit(self._probe, probe) for name, probe in probes.items()}
        wait(futures.values(), timeout=PROBE_TIMEOUT_S)
        pool.shutdown(wait=False)
        return {name: self._answer(future) for name, future in futures.items()}

    def _probe(self, probe: Callable[[], None]) -> Check:
        began = self._clock.monotonic()
        try:
            probe()
            status, detail = CheckStatus.HEALTHY, ""
        except NexusError as exc:
            status, detail = CheckStatus.UNHEALTHY, exc.detail
        latency_ms = round((self._clock.monotonic() - began) * 1000)
        return Check(
            status=status, latency_ms=latency_ms, checked_at=self._clock.now(), detail=detail
        )

    def _answer(self, future: "Future[Check]") -> Check:
        if future.done():
            return future.result()
        return Check(
            status=CheckStatus.UNHEALTHY,
            latency_ms=round(PROBE_TIMEOUT_S * 1000),
            checked_at=self._clock.now(),
            detail="No answer in 3 s.",
        )


def _recorded(document: Document | None, now: datetime) -> Check:
    if document is None:
        return Check(status=CheckStatus.UNKNOWN)
    data = document.data
    try:
        stale = now - data["checked_at"] > STALE_AFTER
        return Check(
            status=CheckStatus.STALE if stale else CheckStatus(data["status"]),
            latency_ms=int(data["latency_ms"]),
            checked_at=data["checked_at"],
            detail=str(data.get("detail", "")),
        )
    except (KeyError, TypeError, ValueError):  # one bad record must not take health down
        return Check(status=CheckStatus.UNKNOWN, detail="The record cannot be read.")


def _overall(
    live: Mapping[str, Check], recorded: Mapping[str, Check]
) -> Literal["healthy", "degraded", "unhealthy"]:
    if any(check.status is CheckStatus.UNHEALTHY for check in live.values()):
        return "unhealthy"
    bad = (CheckStatus.UNHEALTHY, CheckStatus.STALE)
    return "degraded" if any(check.status in bad for check in recorded.values()) else "healthy"
