"""Long work: started once, done at least once, resumed, cancelled, given up."""

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel
from werkzeug.datastructures import Headers

from dev.fakes.clock import FakeClock
from dev.fakes.messaging import FakePublisher
from dev.fakes.state import FakeStateStore
from shared.errors import (
    Forbidden,
    NexusError,
    NotFound,
    StaleWrite,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.http.operations import LongWork
from shared.http.route import Call
from shared.ports.identity import Caller
from shared.services.operations import Operation, Operations, OperationState, Progress
from shared.services.worker import BUDGET_S, LEASE_S, MAX_ATTEMPTS, Worker

ADA = Caller(uid="ada")
LOST = UpstreamTimeout("The answer was lost.")


@dataclass
class Work:
    """A kind of work with three steps; `on_step` may do or raise something in each."""

    store: FakeStateStore = field(default_factory=FakeStateStore)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: FakeClock = field(default_factory=FakeClock)
    steps: list[int] = field(default_factory=list)
    closed: int = 0
    underway: tuple[int, ...] = ()
    on_step: Callable[[int], None] = lambda _: None

    def __post_init__(self) -> None:
        self.operations = Operations(self.store, self.publisher, self.clock)

    def runner(self, operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        try:
            for number in range(1, 4):
                self.steps.append(number)
                self.on_step(number)
                underway = number in self.underway
                yield Progress(done=number, total=3, note="steps", underway=underway)
            return {"sum": 6, "uid": operation.uid}
        finally:
            self.closed += 1

    def worker(self) -> Worker:
        return Worker(self.store, self.publisher, self.clock, {"count": self.runner})

    def start(self, key: str = "k") -> Operation:
        return self.operations.start("count", "ada", key=key, args={"n": 3})

    def now(self, operation: Operation) -> Operation:
        return self.operations.get(operation.id, ADA)


@pytest.fixture
def work() -> Work:
    return Work()


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


class Sum(BaseModel):
    """The answer of a request whose work is the counting."""

    sum: int
    uid: str


def dying(number: int) -> Callable[[int], None]:
    """Let the process be killed in a step."""

    def die(step: int) -> None:
        if step == number:
            raise Killed

    return die


def test_a_started_operation_is_queued_and_its_message_published(work: Work) -> None:
    operation = work.start()
    assert work.now(operation) == operation
    assert operation.state is OperationState.QUEUED
    assert work.publisher.messages == [("operations", {"operation_id": operation.id})]


def test_the_same_request_joins_what_is_not_finished_and_publishes_again(work: Work) -> None:
    first = work.start()
    assert work.start().id == first.id
    assert [message["operation_id"] for _, message in work.publisher.messages] == [first.id] * 2


def test_other_keys_users_and_kinds_are_other_work(work: Work) -> None:
    ids = {
        work.operations.start(kind, uid, key=key, args={}).id
        for kind, uid, key in [("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("a", "b", "d")]
    }
    assert len(ids) == 4


def test_after_the_end_the_same_request_is_new_work(work: Work) -> None:
    first = work.start()
    work.worker().run(first.id)
    second = work.start()
    assert second.id != first.id
    assert work.now(first).state is OperationState.DONE
    assert work.now(second).state is OperationState.QUEUED


def test_many_at_once_join_one(work: Work) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = {operation.id for operation in pool.map(lambda _: work.start(), range(8))}
    assert len(ids) == 1


def test_a_start_whose_answer_was_lost_is_mended_by_the_same_request(work: Work) -> None:
    work.store.lose_answers(1, LOST)
    with pytest.raises(UpstreamTimeout):
        work.start()
    operation = work.start()
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.DONE
    documents = {call.argument[0].path for call in work.store.calls if call.method == "commit"}
    assert documents == {f"operations/{operation.id}"}


def test_a_run_goes_through_the_steps_and_keeps_the_result(work: Work) -> None:
    operation = work.start()
    work.clock.advance(2)
    work.worker().run(operation.id)
    ended = work.now(operation)
    assert ended.state is OperationState.DONE
    assert ended.result == {"sum": 6, "uid": "ada"}
    assert ended.progress == Progress(done=3, total=3, note="steps")
    assert ended.finished_at == work.clock.now()
    assert ended.owner is None
    assert (work.steps, work.closed) == ([1, 2, 3], 1)


def test_a_second_delivery_after_the_end_does_nothing(work: Work) -> None:
    operation = work.start()
    work.worker().run(operation.id)
    before = work.now(operation)
    work.worker().run(operation.id)
    assert work.steps == [1, 2, 3]
    assert work.now(operation) == before


def test_a_message_of_no_operation_is_let_go(work: Work) -> None:
    work.worker().run("unknown")
    assert work.steps == []


def test_a_delivery_during_a_run_is_put_off_and_has_no_effect(work: Work) -> None:
    operation = work.start()
    refusals: list[UpstreamUnavailable] = []

    def overlap(number: int) -> None:
        if number == 2:
            with pytest.raises(UpstreamUnavailable) as caught:
                work.worker().run(operation.id)
            refusals.append(caught.value)

    work.on_step = overlap
    work.worker().run(operation.id)
    assert work.steps == [1, 2, 3]
    assert work.now(operation).state is OperationState.DONE
    assert 0 < refusals[0].retry_after_s <= LEASE_S


def test_a_worker_that_died_is_followed_by_another_once_its_lease_ran_out(work: Work) -> None:
    operation = work.start()
    work.on_step = dying(2)
    with pytest.raises(Killed):
        work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.RUNNING
    work.on_step = lambda _: None
    with pytest.raises(UpstreamUnavailable):
        work.worker().run(operation.id)
    work.clock.advance(LEASE_S + 1)
    work.worker().run(operation.id)
    assert work.steps == [1, 2, 1, 2, 3]
    assert work.now(operation).state is OperationState.DONE


def test_whoever_looks_wakes_what_a_dead_worker_left_once_its_lease_ran_out(work: Work) -> None:
    operation = work.start()
    work.on_step = dying(2)
    with pytest.raises(Killed):
        work.worker().run(operation.id)
    work.clock.advance(LEASE_S - 1)
    work.now(operation)
    assert len(work.publisher.messages) == 1, "the lease may still be held"
    writes = len([call for call in work.store.calls if call.method == "commit"])
    work.clock.advance(1)
    assert work.now(operation).state is OperationState.RUNNING
    assert work.publisher.messages[1:] == [("operations", {"operation_id": operation.id})]
    work.now(operation)
    work.clock.advance(14)
    work.now(operation)
    assert len(work.publisher.messages) == 2, "at most every 15 s"
    work.clock.advance(1)
    work.now(operation)
    assert len(work.publisher.messages) == 3
    assert len([call for call in work.store.calls if call.method == "commit"]) == writes
    work.on_step = lambda _: None
    work.worker().run(operation.id)
    work.clock.advance(600)
    assert work.now(operation).state is OperationState.DONE
    assert len(work.publisher.messages) == 3


def test_whoever_looks_wakes_what_nobody_took_for_half_a_minute(work: Work) -> None:
    operation, other = work.start(), work.start("other")
    work.clock.advance(30)
    work.now(operation)
    assert len(work.publisher.messages) == 2
    work.clock.advance(1)
    for _ in range(3):
        work.now(operation)
        work.now(other)
    woken = [message["operation_id"] for _, message in work.publisher.messages[2:]]
    assert woken == [operation.id, other.id]


def test_what_was_put_off_is_not_woken_by_who_looks(work: Work) -> None:
    operation = work.start()
    work.on_step = lambda _: work.store.fail_next(1, UpstreamUnavailable("Not now."))
    with pytest.raises(UpstreamUnavailable):
        work.worker().run(operation.id)
    work.clock.advance(600)
    assert work.now(operation).leased_until is None
    assert len(work.publisher.messages) == 1


def test_who_looks_is_answered_also_where_waking_fails(work: Work) -> None:
    operation = work.start()
    work.clock.advance(60)
    work.publisher.error = UpstreamUnavailable("Down.")
    assert work.now(operation).state is OperationState.QUEUED


@pytest.mark.parametrize("left_s", [0.0, 5.0])
def test_a_request_repeated_at_a_dead_workers_lease_is_answered_as_soon_as_it_ran_out(
    work: Work, left_s: float
) -> None:
    operation = work.start()
    work.on_step = dying(2)
    with pytest.raises(Killed):
        work.worker().run(operation.id)
    work.on_step = lambda _: None
    work.clock.advance(LEASE_S - left_s)
    delivered = len(work.publisher.messages)

    def deliver_once(seconds: float) -> None:
        """What is refused is not delivered again, as if Pub/Sub waited for longer."""
        nonlocal delivered
        work.clock.advance(seconds)
        for _, message in work.publisher.messages[delivered:]:
            delivered += 1
            with suppress(UpstreamUnavailable):
                work.worker().run(message["operation_id"])

    call: Call[None, None] = Call(caller=ADA, path={}, query=None, body=None, headers=Headers())
    began = work.clock.monotonic()
    long_work = LongWork(work.operations, work.clock, deliver_once)
    answer = long_work.answer(call, ADA, work.start(), lambda result: Sum(**result))
    assert (answer.status, answer.content) == (200, Sum(sum=6, uid="ada"))
    assert work.clock.monotonic() - began < left_s + 2


def test_what_ended_shows_all_as_done_where_the_total_is_known(work: Work) -> None:
    def short(_: Operation) -> Generator[Progress, None, None]:
        yield Progress(done=1, total=5, note="looking", underway=True)

    def open_ended(_: Operation) -> Generator[Progress, None, None]:
        yield Progress(done=7, note="rows")

    def refused(_: Operation) -> Generator[Progress, None, None]:
        yield Progress(done=1, total=5, note="looking")
        raise UpstreamRejected("No.")

    runners = {"short": short, "open": open_ended, "refused": refused}
    worker = Worker(work.store, work.publisher, work.clock, runners)
    shown = {}
    for kind in runners:
        operation = work.operations.start(kind, "ada", key="k", args={})
        worker.run(operation.id)
        shown[kind] = work.now(operation).progress
    assert shown == {
        "short": Progress(done=5, total=5, note="looking"),
        "open": Progress(done=7, note="rows"),
        "refused": Progress(done=1, total=5, note="looking"),
    }


def test_a_worker_whose_lease_was_taken_over_writes_nothing_more(work: Work) -> None:
    operation = work.start()
    finished_by_other: list[Operation] = []

    def sleep_through_the_lease(number: int) -> None:
        if number == 2 and not finished_by_other:
            work.clock.advance(LEASE_S + 1)
            work.on_step = lambda _: None
            work.worker().run(operation.id)
            finished_by_other.append(work.now(operation))

    work.on_step = sleep_through_the_lease
    work.worker().run(operation.id)
    assert finished_by_other[0].state is OperationState.DONE
    assert work.now(operation) == finished_by_other[0]
    assert work.steps == [1, 2, 1, 2, 3]


def test_a_passing_failure_gives_the_lease_back_for_the_next_delivery(work: Work) -> None:
    operation = work.start()

    def fail_once(number: int) -> None:
        if number == 2 and work.steps.count(2) == 1:
            raise UpstreamUnavailable("Not now.")

    work.on_step = fail_once
    with pytest.raises(UpstreamUnavailable):
        work.worker().run(operation.id)
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.DONE
    assert work.closed == 2


def test_a_lasting_failure_ends_the_operation_with_its_problem(work: Work) -> None:
    operation = work.start()

    def fail(_: int) -> None:
        raise UpstreamRejected("The key is wrong.")

    work.on_step = fail
    work.worker().run(operation.id)
    ended = work.now(operation)
    assert ended.state is OperationState.FAILED
    assert ended.problem == {
        "name": "upstream-rejected",
        "status": 502,
        "detail": "The key is wrong.",
    }


def test_work_that_never_gets_through_is_given_up(work: Work) -> None:
    operation = work.start()

    def fail(_: int) -> None:
        raise UpstreamUnavailable("Not now.")

    work.on_step = fail
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(UpstreamUnavailable):
            work.worker().run(operation.id)
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.FAILED
    assert len(work.steps) == MAX_ATTEMPTS


def test_a_kind_that_nobody_knows_fails(work: Work) -> None:
    operation = work.operations.start("dance", "ada", key="k", args={})
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.FAILED


def test_long_work_is_handed_on_to_a_new_message(work: Work) -> None:
    operation = work.start()
    work.on_step = lambda _: work.clock.advance(BUDGET_S)
    work.worker().run(operation.id)
    halted = work.now(operation)
    assert halted.state is OperationState.RUNNING
    assert (halted.owner, halted.leased_until, halted.attempts) == (None, None, 0)
    assert work.steps == [1, 2]
    assert len(work.publisher.messages) == 2
    work.on_step = lambda _: None
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.DONE


def test_long_work_is_not_handed_on_while_a_step_is_under_way(work: Work) -> None:
    operation = work.start()
    work.underway = (1, 2)
    work.on_step = lambda _: work.clock.advance(BUDGET_S)
    work.worker().run(operation.id)
    assert work.steps == [1, 2, 3]
    work.on_step = lambda _: None
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.DONE


def test_a_queued_operation_is_cancelled_at_once(work: Work) -> None:
    operation = work.start()
    assert work.operations.cancel(operation.id, ADA).state is OperationState.CANCELLED
    work.worker().run(operation.id)
    assert work.steps == []
    assert work.now(operation).state is OperationState.CANCELLED


def test_a_running_operation_is_cancelled_at_its_next_step(work: Work) -> None:
    operation = work.start()

    def cancel(number: int) -> None:
        if number == 2:
            asked = work.operations.cancel(operation.id, ADA)
            assert asked.state is OperationState.RUNNING

    work.on_step = cancel
    work.worker().run(operation.id)
    assert (work.steps, work.closed) == ([1, 2], 1)
    assert work.now(operation).state is OperationState.CANCELLED


def test_cancelling_what_is_finished_changes_nothing(work: Work) -> None:
    operation = work.start()
    work.worker().run(operation.id)
    assert work.operations.cancel(operation.id, ADA).state is OperationState.DONE


def test_an_operation_is_its_users_and_the_admins(work: Work) -> None:
    operation = work.start()
    assert work.operations.get(operation.id, Caller(uid="root", admin=True)) == operation
    for call in (work.operations.get, work.operations.cancel):
        with pytest.raises(Forbidden):
            call(operation.id, Caller(uid="mallory", member=True))
        with pytest.raises(NotFound):
            call("unknown", ADA)


def test_after_seven_days_it_is_gone(work: Work) -> None:
    operation = work.start()
    work.clock.advance(7 * 86400)
    with pytest.raises(NotFound):
        work.operations.get(operation.id, ADA)


def test_a_slot_is_no_operation(work: Work) -> None:
    work.start()
    for call in work.store.calls:
        if call.method == "get" and "slot-" in call.argument:
            with pytest.raises(NotFound):
                work.operations.get(call.argument.removeprefix("operations/"), ADA)
            return
    pytest.fail("no slot was read")


@pytest.mark.parametrize("lost_at", range(1, 6))
def test_a_lost_answer_at_any_write_costs_at_most_a_repetition(work: Work, lost_at: int) -> None:
    """The writes of a run: take, three steps, end."""
    operation = work.start()
    commits = [0]
    commit = work.store.commit

    def lossy(writes: Any) -> list[str]:
        commits[0] += 1
        if commits[0] == lost_at:
            work.store.lose_answers(1, LOST)
        return commit(writes)

    work.store.commit = lossy  # type: ignore[method-assign]
    for _ in range(3):
        try:
            work.worker().run(operation.id)
            break
        except UpstreamUnavailable:
            work.clock.advance(LEASE_S + 1)
    assert work.now(operation).state is OperationState.DONE
    assert work.now(operation).result == {"sum": 6, "uid": "ada"}


def test_a_lease_that_a_repeated_write_finds_taken_by_itself_is_its_own(work: Work) -> None:
    """The client repeats a write whose answer was lost, and then its own guard fails."""
    operation = work.start()
    work.store.lose_answers(1, StaleWrite("Changed."))
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.DONE
    assert work.steps == [1, 2, 3]


def test_a_store_that_is_down_at_the_end_leaves_the_lease_to_run_out(work: Work) -> None:
    operation = work.start()

    def down(number: int) -> None:
        if number == 3:
            work.store.fail_next(2, UpstreamUnavailable("Down."))

    work.on_step = down
    with pytest.raises(UpstreamUnavailable):
        work.worker().run(operation.id)
    work.on_step = lambda _: None
    work.clock.advance(LEASE_S + 1)
    work.worker().run(operation.id)
    assert work.now(operation).state is OperationState.DONE


def test_starting_gives_up_when_others_are_always_faster(work: Work) -> None:
    work.store.fail_next(99, StaleWrite("Changed."))
    with pytest.raises(NexusError) as caught:
        work.start()
    assert caught.value.status == 409
    assert work.publisher.messages == []
