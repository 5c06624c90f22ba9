"""The lease: one run at a time, on both clocks, renewed in time, lost to whoever wrote since."""

from dataclasses import replace

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.state import FakeStateStore
from shared.errors import StaleWrite, UpstreamUnavailable
from shared.ports.state import Put
from shared.sync.guard import LEASE, Guard, LeaseLostError
from shared.sync.state import Hold, Release, SyncState, read_state, state_document, state_path

LEASE_S = LEASE.total_seconds()


class Desk:
    """A hot document, and runs that want it."""

    def __init__(self) -> None:
        self.clock, self.store = FakeClock(), FakeStateStore()
        self.write(SyncState(wid="w", owner="o", next_sync_at=self.clock.now()))

    def state(self) -> SyncState:
        document = self.store.get(state_path("w"))
        assert document is not None
        return read_state(document.data)

    def write(self, state: SyncState) -> None:
        """As somebody else does."""
        self.store.commit([Put(path=state_path("w"), data=state_document(state))])

    def guard(self, owner: str) -> Guard:
        """A run that has just read the document."""
        document = self.store.get(state_path("w"))
        assert document is not None
        return Guard(self.store, self.clock, self.state(), document.version, owner)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_of_two_runs_that_began_with_one_state_one_gets_the_lease(desk: Desk) -> None:
    first, second = desk.guard("a"), desk.guard("b")
    first.take()
    with pytest.raises(LeaseLostError):
        second.take()
    assert desk.state().lease_owner == "a"
    assert desk.state().fence == 1
    first.check()


def test_nothing_is_written_outside_without_the_lease(desk: Desk) -> None:
    with pytest.raises(LeaseLostError):
        desk.guard("a").check()


@pytest.mark.parametrize(("passed_s", "renewed"), [(0, False), (74, False), (76, True)])
def test_a_lease_is_renewed_before_a_call_could_outlive_it(
    desk: Desk, passed_s: int, renewed: bool
) -> None:
    guard = desk.guard("a")
    guard.take()
    before = desk.state().lease_until
    desk.clock.advance(passed_s)
    guard.check()
    assert (desk.state().lease_until != before) is renewed


def test_a_lease_that_ran_out_is_lost_though_nobody_took_it(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    desk.clock.advance(LEASE_S)
    with pytest.raises(LeaseLostError):
        guard.check()


def test_a_clock_that_is_set_back_does_not_lengthen_a_lease(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = desk.guard("a")
    guard.take()
    began = desk.clock.now()
    desk.clock.advance(LEASE_S)
    monkeypatch.setattr(desk.clock, "now", lambda: began)
    with pytest.raises(LeaseLostError):
        guard.check()


def test_a_renewal_fails_when_another_run_has_the_lease(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    desk.write(replace(desk.state(), lease_owner="b", fence=2))
    desk.clock.advance(80)
    with pytest.raises(LeaseLostError):
        guard.check()


def test_a_result_is_not_written_over_another_run(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    desk.write(replace(desk.state(), lease_owner="b", fence=2))
    with pytest.raises(LeaseLostError):
        guard.save(tip="t")
    assert desk.state().tip is None


def test_a_result_is_not_written_after_the_workspace_was_set_up_anew(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    desk.write(replace(desk.state(), generation=7))
    with pytest.raises(LeaseLostError):
        guard.save(tip="t")


def test_a_confirmation_that_came_meanwhile_stays(desk: Desk) -> None:
    hold = Hold(plan_id="p", reason="r", counts={}, since=desk.clock.now())
    desk.write(replace(desk.state(), hold=hold))
    guard = desk.guard("a")
    guard.take()
    release = Release(plan_id="p", left={"trash_page": 11})
    desk.write(replace(desk.state(), release=release))
    guard.save(tip="t")
    assert (desk.state().tip, desk.state().release) == ("t", release)


def test_documents_are_written_with_the_hot_one_or_not_at_all(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    (version,) = guard.commit([Put(path="x/1", data={"a": 1})], fenced=True)
    assert version
    desk.write(replace(desk.state(), lease_owner="b", fence=2))
    with pytest.raises(LeaseLostError):
        guard.commit([Put(path="x/2", data={"a": 1})], fenced=True)
    assert desk.store.get("x/2") is None


def test_a_document_that_changed_since_it_was_read_is_not_written(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    desk.store.commit([Put(path="x/1", data={"a": 1})])
    with pytest.raises(StaleWrite):
        guard.save(Put(path="x/1", data={"a": 2}, if_version="absent"))
    guard.check()


def test_a_lost_answer_is_raised_and_the_write_found_the_next_time(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    desk.store.lose_answers(1, UpstreamUnavailable("lost", service="firestore"))
    with pytest.raises(UpstreamUnavailable):
        guard.save(tip="t")
    guard.save(tip="t")
    assert desk.state().tip == "t"


def test_a_workspace_that_was_removed_stops_its_run(desk: Desk) -> None:
    guard = desk.guard("a")
    guard.take()
    desk.store._documents.clear()
    with pytest.raises(LeaseLostError):
        guard.save(tip="t")
