"""Erasing: what goes, what stays, and that it may be interrupted anywhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.messaging import FakePublisher
from dev.fakes.state import FakeStateStore
from shared.errors import Conflict, StaleWrite, UpstreamTimeout, UpstreamUnavailable
from shared.ports.state import Patch, Put, Query, Write
from shared.services.erase import BATCH, erase_history
from shared.services.history import ERASE, History
from shared.services.operations import Operations
from shared.services.worker import LEASE_S, Worker
from shared.voice.records import interaction_id
from shared.voice.window import Window, window_path


class House:
    def __init__(self) -> None:
        self.store = FakeStateStore()
        self.publisher = FakePublisher()
        self.clock = FakeClock()
        operations = Operations(self.store, self.publisher, self.clock)
        self.history = History(self.store, operations, self.clock)
        runners = {ERASE: erase_history(self.store)}
        self.worker = Worker(self.store, self.publisher, self.clock, runners)

    def keep(self, uid: str, *ages_s: float) -> None:
        for number, age_s in enumerate(ages_s):
            at = self.clock.now() - timedelta(seconds=age_s)
            kept_id = interaction_id(at, number)
            path = f"users/{uid}/interactions/{kept_id}"
            self.store.commit([Put(path=path, data={"id": kept_id, "created_at": at})])

    def left(self, uid: str) -> int:
        return len(self.store.query(Query(collection=f"users/{uid}/interactions", limit=500)))

    def deliver(self) -> None:
        for _, message in self.publisher.messages[:]:
            self.worker.run(message["operation_id"])


@pytest.fixture
def house() -> House:
    return House()


def test_an_erasure_deletes_the_users_interactions_until_now_and_nothing_else(
    house: House,
) -> None:
    house.keep("ada", *range(1, 2 * BATCH + 8))
    house.keep("grace", 1, 2)
    usage = Put(path="users/ada/usage/2026-11-22", data={"audio_s": 60})
    house.store.commit([usage])
    house.history.erase("ada")
    house.keep("ada", -1)
    house.deliver()
    assert house.left("ada") == 1
    assert house.left("grace") == 2
    assert house.store.get(usage.path) is not None


def test_the_result_tells_how_many_were_erased(house: House) -> None:
    house.keep("ada", *range(1, BATCH + 3))
    house.history.erase("ada")
    house.deliver()
    operation_id = house.publisher.messages[0][1]["operation_id"]
    operation = house.store.get(f"operations/{operation_id}")
    assert operation is not None
    assert operation.data["state"] == "done"
    assert operation.data["result"] == {"erased": BATCH + 2}


def test_what_came_within_the_millisecond_after_stays_however_much_it_is(house: House) -> None:
    house.keep("ada", 0.0001, 1)
    house.history.erase("ada")
    house.keep("ada", *[-0.0001] * (BATCH + 1))
    house.deliver()
    assert house.left("ada") == BATCH + 1


def test_an_erasure_that_was_interrupted_goes_on_where_it_stopped(house: House) -> None:
    house.keep("ada", *range(1, 2 * BATCH + 8))
    house.history.erase("ada")
    house.store.lose_answers(3, UpstreamTimeout("The answer was lost."))
    for _ in range(6):
        try:
            house.deliver()
        except UpstreamUnavailable:
            house.clock.advance(LEASE_S + 1)
    assert house.left("ada") == 0


def test_an_erasure_while_one_runs_is_done_as_well(house: House) -> None:
    house.keep("ada", 1)
    house.history.erase("ada")
    house.clock.advance(5)
    house.keep("ada", 2)
    house.history.erase("ada")
    house.deliver()
    assert house.left("ada") == 0


def test_the_window_is_cleared_under_a_guard_and_keeps_what_others_write(house: House) -> None:
    commit = house.store.commit
    tries = [0]

    def raced(writes: object) -> list[str]:
        tries[0] += 1
        if tries[0] == 1:  # somebody writes between our read and our write
            commit([Patch(path=window_path("ada"), add={"count": 5})])
        return commit(writes)  # type: ignore[arg-type]

    house.store.commit = raced  # type: ignore[method-assign]
    house.history.erase("ada")
    window = house.history.context("ada")
    assert (window.count, window.cleared_at) == (6, house.clock.now())


def test_a_clearing_whose_answer_was_lost_counts_when_it_is_repeated(house: House) -> None:
    house.store.lose_answers(1, UpstreamTimeout("The answer was lost."))
    with pytest.raises(UpstreamTimeout):
        house.history.erase("ada")
    assert house.history.context("ada").count == 1
    house.history.erase("ada")
    assert house.history.context("ada").count == 1
    assert len(house.publisher.messages) == 1


def test_a_later_clearing_of_another_process_is_not_taken_back(house: House) -> None:
    later = datetime(2026, 11, 23, tzinfo=UTC)
    house.store.commit([Put(path=window_path("ada"), data=Window().clear(later).to_document())])
    house.history.erase("ada")
    assert house.history.context("ada").cleared_at == later


def test_clearing_gives_up_when_others_are_always_faster(house: House) -> None:
    class Contended(FakeStateStore):
        def commit(self, writes: Sequence[Write]) -> list[str]:
            del writes
            raise StaleWrite("Changed.")

    operations = Operations(house.store, house.publisher, house.clock)
    history = History(Contended(), operations, house.clock)
    with pytest.raises(Conflict):
        history.erase("ada")
