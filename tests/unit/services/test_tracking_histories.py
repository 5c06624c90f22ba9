"""Random histories of pushes, forces, deletions and merges, with faults, deaths and two workers.

What must hold: never two rows of a commit; in the end each commit has a row or a reason for none,
and each row shows what its commit has become.
"""

import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.errors import NexusError, RateLimited, StaleWrite, UpstreamTimeout
from shared.tracker.filters import left_out
from tests.support.tracker_stage import BOT, PEOPLE, TrackerStage

HISTORIES = int(os.environ.get("NEXUS_TRACKER_HISTORIES", "60"))
BRANCHES = ("task/TASK-1-a", "task/TASK-2-b", "voice/ada", "feature/unwatched")


class History:
    """One history; the same seed gives the same one."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.stage = TrackerStage()
        self.stage.task("One")
        self.stage.task("Two")
        self.stage.follow()
        self.seen: dict[str, set[str]] = {}
        """Every commit that a watched branch had when it was followed: by branch."""

    def play(self, steps: int) -> None:
        for _ in range(steps):
            self.chance.choice(self.people)()
            if self.chance.random() < 0.7:
                self.work()
            self.check_rows()
        self.calm()

    @property
    def people(self) -> list[Callable[[], Any]]:
        return [self.push, self.push, self.push, self.force, self.delete, self.merge, self.begin]

    def push(self) -> None:
        branch = self.chance.choice(["main", *self.branches()])
        for _ in range(self.chance.randint(1, 3)):
            message = self.chance.choice(["Edit", "Fixes TASK-1", "Sync\n\nNexus-Sync: r"])
            self.stage.push(message, branch, self.chance.choice([PEOPLE, PEOPLE, BOT]))

    def force(self) -> None:
        branch = self.chance.choice(["main", *self.branches()])
        old = list(self.stage.repository.ancestry(self.stage.repository.heads[branch]))
        self.stage.repository.force(branch, self.chance.choice(old[:6]))
        if self.chance.random() < 0.5:
            self.stage.push("Instead", branch)

    def delete(self) -> None:
        if self.branches():
            self.stage.repository.delete_branch(self.chance.choice(self.branches()))

    def merge(self) -> None:
        if self.branches():
            into = self.chance.choice(["main", "main", *self.branches()])
            self.stage.repository.merge(into, self.chance.choice(self.branches()))

    def begin(self) -> None:
        branch = self.chance.choice(BRANCHES)
        if branch not in self.stage.repository.heads:
            other = self.chance.choice(list(self.stage.repository.heads.values()))
            self.stage.repository.branch(branch, other)

    def branches(self) -> list[str]:
        return sorted(self.stage.repository.heads.keys() - {"main"})

    def work(self) -> None:
        """Follow for a while: with a fault, with a death, or beside another worker."""
        house = self.stage.house
        kind = self.chance.randrange(8)
        if kind == 0:
            house.notion.lose_answers(1, UpstreamTimeout("late"), self.chance.choice(WRITES))
        elif kind == 1:
            house.notion.fail_next(1, RateLimited("later"), self.chance.choice(WRITES))
        elif kind == 2:
            house.store.lose_answers(1, self.chance.choice([UpstreamTimeout("l"), StaleWrite("l")]))
        elif kind == 3:
            house.notion.commit_then_503()
        workers = [self.stage.steps() for _ in range(self.chance.choice([1, 1, 2]))]
        for _ in range(self.chance.choice([2, 5, 100])):
            workers = [each for each in workers if self.step(each)]
            if self.chance.random() < 0.1:
                house.clock.advance(self.chance.choice([1.0, 61.0]))

    def step(self, worker: Iterator[Any]) -> bool:
        try:
            return next(worker, None) is not None
        except NexusError:
            return False

    def calm(self) -> None:
        """No more faults, and time for all that was begun to be over."""
        house = self.stage.house
        house.notion._faults.clear()
        house.notion._lost.clear()
        house.store._lost.clear()
        house.store._faults.clear()
        for _ in range(3):
            house.clock.advance(61.0)
            try:
                self.stage.follow()
            except NexusError:
                continue

    def check_rows(self) -> None:
        shas = [self.stage.named(page.values)["SHA"] for page in self.stage.pages()]
        assert len(shas) == len(set(shas)), "a commit has two rows"

    def check_end(self) -> None:
        repository, states = self.stage.repository, self.stage.states()
        on = {name: set(repository.ancestry(tip)) for name, tip in self.stage.watched().items()}
        for sha in set().union(*on.values()):
            if left_out(repository.info(sha)) is None:
                expected = "merged" if sha in on["main"] else "pushed"
                assert states.pop(sha) == expected, repository.info(sha).message
        assert set(states.values()) <= {"rewritten", "branch deleted"}
        assert all(left_out(repository.info(sha)) is None for sha in states)


WRITES = ("create_row", "update_row", None)


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_each_commit_has_one_row_that_tells_what_became_of_it(seed: int) -> None:
    history = History(seed)
    history.play(14)
    history.check_rows()
    history.check_end()
