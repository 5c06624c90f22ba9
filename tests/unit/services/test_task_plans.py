"""Asking the model for a plan: how often a worker hears of it, and what it is given to check."""

from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Any

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.errors import UpstreamRejected
from shared.ports.model import ModelEnd, ModelRequest, ModelUsage
from shared.services.model_calls import ModelAnswer
from shared.services.operations import Progress
from shared.services.task_plans import Assignment, Planned, TaskPlanner
from shared.services.worker import BUDGET_S, LEASE_S
from tests.support.task_house import BODY, BOOK, PLAN

LARGE = b"x = 1\n" * 60_000


class SlowModel:
    """Takes `seconds`, and tells every five that it goes on."""

    def __init__(self, clock: FakeClock, seconds: int, replies: Sequence[str]) -> None:
        self.closed = 0
        self._clock = clock
        self._seconds = seconds
        self._replies = list(replies)

    def ask(self, request: ModelRequest) -> Generator[int, None, ModelAnswer]:
        del request
        try:
            for _ in range(self._seconds // 5):
                self._clock.advance(5)
                yield 0
        finally:
            self.closed += 1
        end = ModelEnd(reason="complete", usage=ModelUsage(), model="slow")
        return ModelAnswer(self._replies.pop(0), end)


@pytest.fixture
def repository() -> FakeRepository:
    made = FakeRepository()
    made.commit("main", {"src/book.py": BOOK, "src/large.py": LARGE, "plain.txt": b"a Ledger"})
    return made


def planning(
    repository: FakeRepository, clock: FakeClock, model: Any
) -> Generator[Progress, None, Planned]:
    """The steps of planning a task of the repository."""
    wanted = Assignment(
        uid="ada",
        task_id="TASK-1",
        title="Export",
        body=BODY,
        commit=repository.refs().heads["main"],
        without=(),
    )
    return TaskPlanner(FakeStateStore(), clock, model, 10).plan(repository, wanted)


def test_a_slow_model_is_waited_for_within_the_lease_and_not_handed_on(
    repository: FakeRepository,
) -> None:
    clock = FakeClock()
    model = SlowModel(clock, 275, [PLAN])
    told = [clock.monotonic()]
    steps = planning(repository, clock, model)
    try:
        while True:
            progress = next(steps)
            assert progress.underway or clock.monotonic() - told[0] < BUDGET_S
            told.append(clock.monotonic())
    except StopIteration as end:
        plan = end.value.plan
    assert plan.approach == "A new writer beside the book."
    assert max(after - before for before, after in pairwise(told)) < LEASE_S
    assert clock.monotonic() - told[-1] < LEASE_S


def test_work_that_is_given_up_closes_the_request(repository: FakeRepository) -> None:
    clock = FakeClock()
    model = SlowModel(clock, 500, [PLAN])
    steps = planning(repository, clock, model)
    next(steps)
    next(steps)
    steps.close()
    assert model.closed == 1


@pytest.mark.parametrize(
    ("step", "good"),
    [
        ("plain.txt | Ledger", True),
        ("plain.txt | Folder", False),
        ("src/large.py | x", True),
        ("src/large.py | -", True),
    ],
)
def test_files_that_were_not_shown_are_read_for_the_check(
    repository: FakeRepository, step: str, good: bool
) -> None:
    clock = FakeClock()
    reply = PLAN.replace("src/book.py | Book.add", step)
    steps = planning(repository, clock, SlowModel(clock, 0, [reply, reply]))
    if good:
        assert list(steps)
    else:
        with pytest.raises(UpstreamRejected, match="does not define `Folder`"):
            list(steps)
