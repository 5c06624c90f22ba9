"""Health reports: live probes side by side, bounded in time, and kept for ten seconds."""

import threading
from collections.abc import Sequence

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.identity import FakeIdentity
from dev.fakes.state import FakeStateStore
from shared.errors import UpstreamRejected, UpstreamUnavailable
from shared.ports.state import Document
from shared.services import health as health_module
from shared.services.health import CheckStatus, Health


class SlowIdentity(FakeIdentity):
    """Answers a probe only when a test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def probe(self) -> None:
        self.release.wait(30)


def test_a_report_serves_ten_seconds_and_then_is_made_anew() -> None:
    store, clock = FakeStateStore(), FakeClock()
    health = Health(store, FakeIdentity(), clock)
    first = health.report()
    clock.advance(9.9)
    assert health.report() is first
    assert len(store.calls) == 1
    clock.advance(0.1)
    assert health.report() is not first
    assert len(store.calls) == 2


def test_what_is_down_is_asked_again_after_two_seconds() -> None:
    identity, clock = FakeIdentity(), FakeClock()
    identity.error = UpstreamUnavailable("Away.")
    health = Health(FakeStateStore(), identity, clock)
    first = health.report()
    clock.advance(1.9)
    identity.error = None
    assert health.report() is first
    clock.advance(0.1)
    assert health.report().status == "healthy"


def test_all_records_are_one_read_which_is_firestores_probe() -> None:
    store = FakeStateStore()
    Health(store, FakeIdentity(), FakeClock()).report()
    assert [call.method for call in store.calls] == ["get_many"]


def test_a_probe_that_hangs_is_unhealthy_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health_module, "PROBE_TIMEOUT_S", 0.05)
    identity = SlowIdentity()
    try:
        report = Health(FakeStateStore(), identity, FakeClock()).report()
    finally:
        identity.release.set()
    assert report.status == "unhealthy"
    assert report.checks["auth"].status is CheckStatus.UNHEALTHY
    assert report.checks["firestore"].status is CheckStatus.HEALTHY


def test_the_probes_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=10)

    class Store(FakeStateStore):
        def get_many(self, paths: Sequence[str]) -> list[Document | None]:
            both.wait()
            return super().get_many(paths)

    class Identity(FakeIdentity):
        def probe(self) -> None:
            both.wait()

    assert Health(Store(), Identity(), FakeClock()).report().status == "healthy"


@pytest.mark.parametrize("error", [UpstreamUnavailable("Away."), UpstreamRejected("No.")])
def test_a_probe_that_fails_is_unhealthy_with_its_reason(
    error: UpstreamUnavailable | UpstreamRejected,
) -> None:
    identity = FakeIdentity()
    identity.error = error
    check = Health(FakeStateStore(), identity, FakeClock()).report().checks["auth"]
    assert (check.status, check.detail) == (CheckStatus.UNHEALTHY, error.detail)
