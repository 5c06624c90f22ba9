"""The budget of Notion requests: never more than the limit, whoever takes in whatever order."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.fakes.clock import FakeClock
from dev.fakes.state import FakeStateStore
from shared.errors import RateLimited, UpstreamUnavailable
from shared.ports.state import Document, Write
from shared.services.budget import Budget


class InterruptedStore(FakeStateStore):
    """A store in which others act after a read: each `get` lets the next of `turns` happen."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[tuple[int, bool]] = []
        self.processes: list[Budget] = []
        self.busy: set[int] = set()
        self.granted: Counter[bool] = Counter()

    def get(self, path: str) -> Document | None:
        document = super().get(path)
        self.interrupt()
        return document

    def commit(self, writes: Sequence[Write]) -> list[str]:
        self.interrupt()
        versions = super().commit(writes)
        self.interrupt()
        return versions

    def interrupt(self) -> None:
        if self.turns:
            self.take(*self.turns.pop(0))

    def take(self, process: int, interactive: bool) -> None:
        """Let a process take a request, unless it is in the middle of taking one."""
        if process in self.busy:
            return
        self.busy.add(process)
        try:
            self.processes[process].take(interactive)
            self.granted[interactive] += 1
        except RateLimited:
            pass
        finally:
            self.busy.discard(process)


def granted(budget: Budget, times: int, *, interactive: bool = False) -> int:
    """How many of some requests were granted."""
    count = 0
    for _ in range(times):
        try:
            budget.take(interactive)
        except RateLimited:
            continue
        count += 1
    return count


def commits(store: FakeStateStore) -> int:
    return [call.method for call in store.calls].count("commit")


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=60),
    st.integers(1, 6),
    st.integers(1, 24),
)
def test_no_interleaving_of_processes_grants_more_than_the_limit(
    turns: list[tuple[int, bool]], block: int, limit: int
) -> None:
    store, clock = InterruptedStore(), FakeClock()
    store.processes = [
        Budget(store, clock, "c", limit=limit, block=block, interactive_share=0.25)
        for _ in range(5)
    ]
    store.turns = turns
    while store.turns:
        store.interrupt()
    assert store.granted.total() <= limit
    assert store.granted[False] <= limit - -(-limit // 4)
    assert commits(store) <= 2 * limit * 5


def test_threads_at_once_get_exactly_the_limit_in_few_writes() -> None:
    store, clock = FakeStateStore(), FakeClock()
    processes = [Budget(store, clock, "c") for _ in range(9)]
    with ThreadPoolExecutor(9) as pool:
        counts = list(pool.map(lambda one: granted(one, 60, interactive=True), processes))
    assert sum(counts) <= 180
    assert Budget(store, clock, "c").usage()["used"] == 180
    assert commits(store) <= 100


def test_one_process_gets_all_but_the_kept_part_with_one_write_per_block() -> None:
    store = FakeStateStore()
    budget = Budget(store, FakeClock(), "c")
    assert granted(budget, 200) == 144
    assert commits(store) == 8
    assert [call.method for call in store.calls].count("get") == 1
    assert granted(budget, 200, interactive=True) == 36


def test_interactive_calls_may_use_everything() -> None:
    budget = Budget(FakeStateStore(), FakeClock(), "c")
    assert granted(budget, 200, interactive=True) == 180
    assert granted(budget, 5) == 0


def test_a_call_in_the_background_never_takes_what_is_kept() -> None:
    budget = Budget(FakeStateStore(), FakeClock(), "c", limit=20, block=10, interactive_share=0.5)
    assert granted(budget, 10) == 10
    budget.take(interactive=True)  # reserves the ten that are kept
    assert granted(budget, 10) == 0
    assert granted(budget, 10, interactive=True) == 9


def test_a_used_up_window_tells_when_the_next_begins() -> None:
    clock = FakeClock()
    clock.advance(20.5)
    budget = Budget(FakeStateStore(), clock, "c", limit=1, interactive_share=0.0)
    budget.take(interactive=False)
    with pytest.raises(RateLimited) as told:
        budget.take(interactive=False)
    assert told.value.retry_after_s == pytest.approx(39.5)
    clock.advance(told.value.retry_after_s)
    budget.take(interactive=False)


def test_what_is_left_of_a_block_is_lost_with_its_window() -> None:
    store, clock = FakeStateStore(), FakeClock()
    budget = Budget(store, clock, "c")
    budget.take(interactive=False)
    clock.advance(60)
    assert budget.usage()["used"] == 0
    budget.take(interactive=False)
    assert (commits(store), budget.usage()["used"]) == (2, 20)


def test_a_pause_that_notion_asks_for_is_kept_by_all_and_then_over() -> None:
    store, clock = FakeStateStore(), FakeClock()
    first, second, third = (Budget(store, clock, "c") for _ in range(3))
    second.take(interactive=False)
    first.limited(30)
    for budget in (first, third):
        with pytest.raises(RateLimited) as told:
            budget.take(interactive=True)
        assert told.value.retry_after_s == pytest.approx(30)
    assert granted(second, 200) == 19  # it holds a block, and sees the pause with the next one
    clock.advance(30)
    assert granted(first, 200) == 124


def test_a_pause_is_never_shortened_by_a_later_one() -> None:
    store, clock = FakeStateStore(), FakeClock()
    Budget(store, clock, "c").limited(50)
    budget = Budget(store, clock, "c")
    budget.limited(5)
    clock.advance(10)
    with pytest.raises(RateLimited):
        budget.take(interactive=True)


def test_a_reservation_whose_answer_is_lost_counts_and_the_next_one_is_found() -> None:
    store = FakeStateStore()
    budget = Budget(store, FakeClock(), "c")
    budget.take(interactive=False)
    assert granted(budget, 19) == 19
    store.lose_answers(1, UpstreamUnavailable("lost"))
    with pytest.raises(UpstreamUnavailable):
        budget.take(interactive=False)
    assert granted(budget, 200) == 104


def test_a_clock_that_is_a_little_behind_counts_in_the_window_of_the_others() -> None:
    store, behind, ahead = FakeStateStore(), FakeClock(), FakeClock()
    behind.advance(59)
    ahead.advance(61)
    assert granted(Budget(store, ahead, "c"), 200) == 144
    assert granted(Budget(store, behind, "c"), 200) == 0


def test_a_window_far_in_the_future_does_not_stop_everything() -> None:
    store, clock, wrong = FakeStateStore(), FakeClock(), FakeClock()
    wrong.advance(86_400)
    assert granted(Budget(store, wrong, "c"), 200) == 144
    assert granted(Budget(store, clock, "c"), 200) == 144


def test_the_usage_is_shown_as_the_contract_says() -> None:
    budget = Budget(FakeStateStore(), FakeClock(), "c")
    assert budget.usage() == {"limit": 180, "used": 0, "window_s": 60}
    budget.take(interactive=True)
    assert budget.usage() == {"limit": 180, "used": 20, "window_s": 60}
