"""The dispatcher: who is sent when, and what repetitions and failures do."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.messaging import FakePublisher
from dev.fakes.state import FakeStateStore
from shared.errors import UpstreamUnavailable
from shared.ports.state import Document, Put, Query
from shared.services.tick import Ticker, Wave, sleeper, slot_end, slot_of

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SLOT = slot_of(NOON)
DOWN = UpstreamUnavailable("down")


class CountingStore(FakeStateStore):
    """Counts the documents that are read, which is what a query costs."""

    read = 0

    def query(self, query: Query) -> list[Document]:
        found = super().query(query)
        self.read += len(found)
        return found


class Stack:
    def __init__(self, start: datetime = NOON) -> None:
        self.store = CountingStore()
        self.publisher = FakePublisher()
        self.clock = FakeClock(start)
        sleep = sleeper(self.clock, self.clock.advance)
        self.ticker = Ticker(self.store, self.publisher, self.clock, sleep)

    def due(self, **moments: datetime | None) -> None:
        self.store.commit(
            [
                Put(path=f"sync_state/{wid}", data={"next_sync_at": moment})
                for wid, moment in moments.items()
            ]
        )

    def sent(self) -> list[tuple[str, int]]:
        assert {topic for topic, _ in self.publisher.messages} <= {"sync-workspace"}
        return sorted((m["workspace"], m["slot"]) for _, m in self.publisher.messages)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_tick_serves_both_halves_of_its_minute_each_with_what_is_due_in_it() -> None:
    stack = Stack(at(0.7))
    stack.due(overdue=at(-3600), first=at(29.9), second=at(30), next=at(60), held=None)
    waves = stack.ticker.run(at(0))
    # Nobody synced meanwhile, so what was due in the first half is so in the second.
    assert stack.sent() == [
        ("first", SLOT),
        ("first", SLOT + 1),
        ("overdue", SLOT),
        ("overdue", SLOT + 1),
        ("second", SLOT + 1),
    ]
    assert waves == (Wave(slot=SLOT, sent=2, left=0), Wave(slot=SLOT + 1, sent=3, left=0))
    assert stack.clock.now() == at(30)


def test_a_repeated_tick_sends_nothing_more_once_the_workspace_has_its_next_time() -> None:
    stack = Stack(at(31))
    stack.due(a=at(30))
    stack.ticker.run(at(30))
    stack.due(a=slot_end(SLOT + 1))  # what a finished run writes
    stack.ticker.run(at(30))
    assert stack.sent() == [("a", SLOT + 1)]


def test_a_tick_in_the_second_half_serves_that_half_and_does_not_sleep() -> None:
    stack = Stack(at(31))
    stack.due(a=at(59), b=at(60))
    stack.ticker.run(at(7))
    assert stack.sent() == [("a", SLOT + 1)]
    assert stack.clock.now() == at(31)


@pytest.mark.parametrize(("age_s", "served"), [(25, True), (25.1, False), (-5, True)])
def test_a_tick_older_than_25_s_is_dropped(age_s: float, served: bool) -> None:
    stack = Stack(at(26))
    stack.due(a=at(0))
    waves = stack.ticker.run(at(26 - age_s))
    assert (stack.sent() != [], waves != ()) == (served, served)


@pytest.mark.parametrize("spread", [0, 1], ids=["all at one moment", "in groups of 700"])
def test_more_than_a_page_is_sent_whole_and_each_once(spread: int) -> None:
    stack = Stack(at(30))
    for start in range(0, 1400, 100):
        moments = {f"w{n}": at(spread * (n // 700)) for n in range(start, start + 100)}
        stack.due(**moments)
    (wave,) = stack.ticker.run(at(30))
    assert wave == Wave(slot=SLOT + 1, sent=1400, left=0)
    assert len(set(stack.sent())) == 1400


def test_of_ten_thousand_workspaces_only_the_due_are_read() -> None:
    stack = Stack(at(30))
    for start in range(0, 10_000, 500):
        times = {f"w{n}": at(30 if n % 100 == 0 else 300) for n in range(start, start + 500)}
        stack.due(**times)
    stack.ticker.run(at(30))
    assert (len(stack.sent()), stack.store.read) == (100, 100)
    assert len([call for call in stack.store.calls if call.method == "query"]) == 1


def test_a_message_that_fails_leaves_its_workspace_for_the_next_half_minute() -> None:
    stack = Stack()
    stack.due(a=at(0), b=at(0))
    publish = stack.publisher.publish
    failed: list[Mapping[str, Any]] = []

    def fail_once(topic: str, message: Mapping[str, Any]) -> str:
        if message["workspace"] == "a" and not failed:
            failed.append(message)
            raise DOWN
        return publish(topic, message)

    stack.publisher.publish = fail_once  # type: ignore[method-assign]
    waves = stack.ticker.run(NOON)
    assert [(wave.sent, wave.left) for wave in waves] == [(1, 1), (2, 0)]


def test_a_store_that_fails_costs_one_half_and_the_failure_is_told() -> None:
    stack = Stack()
    stack.due(a=at(0))
    stack.store.fail_next(1, DOWN)
    with pytest.raises(UpstreamUnavailable):
        stack.ticker.run(NOON)
    assert stack.sent() == [("a", SLOT + 1)]


def test_a_fan_out_that_takes_too_long_ends_with_its_slot() -> None:
    stack = Stack(at(30))
    stack.due(**{f"w{n}": at(n / 100) for n in range(20)})
    publish, one_at_a_time = stack.publisher.publish, Lock()

    def slowly(topic: str, message: Mapping[str, Any]) -> str:
        with one_at_a_time:
            stack.clock.advance(10)
            return publish(topic, message)

    stack.publisher.publish = slowly  # type: ignore[method-assign]
    (wave,) = stack.ticker.run(at(30))
    assert wave.sent + wave.left == 20
    assert 3 <= wave.sent <= 11  # eight senders may have looked at the clock before
