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
from shared.services.tick import Ticker, Wave, sleeper, slot_of
from shared.sync.cycle import Cycle
from shared.sync.state import SyncState
from shared.sync.workspace import Workspace

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SLOT = slot_of(NOON)
LAST = 45
"""Seconds into the minute: a tick that starts there serves the last slot alone."""
DOWN = UpstreamUnavailable("down")
WORKSPACE = Workspace(
    wid="w",
    owner="ada",
    notion_id="n",
    notion_name="N",
    bot_id="b",
    parent_page_id="p",
    collections=(),
    created_at=NOON,
)


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
        self.sent_at: dict[str, list[float]] = {}
        self.active_until: dict[str, datetime] = {}
        self._publish = self.publisher.publish
        self.publisher.publish = self._deliver  # type: ignore[method-assign]
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

    def _deliver(self, topic: str, message: Mapping[str, Any]) -> str:
        """Note when; where `active_until` names the workspace, its run is over at once."""
        now, wid = self.clock.now(), message["workspace"]
        self.sent_at.setdefault(wid, []).append((now - NOON).total_seconds())
        if wid in self.active_until:
            until = self.active_until[wid]
            state = SyncState(wid=wid, owner="ada", next_sync_at=now, active_until=until)
            outcome = Cycle(state, WORKSPACE, now, "r").outcome(state, now)
            self.due(**{wid: outcome["next_sync_at"]})
        return self._publish(topic, message)

    def sent(self) -> list[tuple[str, int]]:
        assert {topic for topic, _ in self.publisher.messages} <= {"sync-workspace"}
        return sorted((m["workspace"], m["slot"]) for _, m in self.publisher.messages)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_tick_serves_the_four_slots_of_its_minute_each_with_what_is_due_in_it() -> None:
    stack = Stack(at(0.7))
    times = {"first": at(14.9), "second": at(15), "third": at(44.9), "last": at(45)}
    stack.due(overdue=at(-3600), next=at(60), held=None, **times)
    waves = stack.ticker.run(at(0))
    # Nobody synced meanwhile, so what was due in a slot is so in those after it.
    assert stack.sent_at == {
        "overdue": [0.7, 15, 30, 45],
        "first": [0.7, 15, 30, 45],
        "second": [15, 30, 45],
        "third": [30, 45],
        "last": [45],
    }
    assert waves == tuple(Wave(slot=SLOT + n, sent=2 + n, left=0) for n in range(4))


def test_a_workspace_is_sent_each_15_s_while_people_work_in_it_and_else_each_30_s() -> None:
    stack = Stack(at(0.7))
    stack.due(busy=at(0), deserted=at(0), quiet=at(0))
    stack.active_until = {"busy": at(3600), "deserted": at(20), "quiet": at(-1)}
    stack.ticker.run(at(0))
    assert stack.sent_at == {
        "busy": [0.7, 15, 30, 45],
        "deserted": [0.7, 15, 30],
        "quiet": [0.7, 30],
    }


def test_a_repeated_tick_sends_nothing_more_once_the_workspaces_have_their_next_times() -> None:
    stack = Stack(at(31))
    stack.due(busy=at(0), quiet=at(0))
    stack.active_until = {"busy": at(3600), "quiet": at(-1)}
    stack.ticker.run(at(30))
    assert stack.ticker.run(at(30)) == (Wave(slot=SLOT + 3, sent=0, left=0),)
    assert stack.sent() == [("busy", SLOT + 2), ("busy", SLOT + 3), ("quiet", SLOT + 2)]


@pytest.mark.parametrize(
    ("start", "served"),
    [(16, [(1, 16), (2, 30), (3, 45)]), (46, [(3, 46)])],
    ids=["the second", "the last"],
)
def test_a_tick_in_a_later_slot_serves_it_at_once_and_the_rest(
    start: int, served: list[tuple[int, float]]
) -> None:
    stack = Stack(at(start))
    stack.due(a=at(0), b=at(60))
    stack.ticker.run(at(start - 9))
    assert stack.sent() == [("a", SLOT + slot) for slot, _ in served]
    assert stack.sent_at == {"a": [moment for _, moment in served]}


@pytest.mark.parametrize(("age_s", "served"), [(25, True), (25.1, False), (-5, True)])
def test_a_tick_older_than_25_s_is_dropped(age_s: float, served: bool) -> None:
    stack = Stack(at(26))
    stack.due(a=at(0))
    waves = stack.ticker.run(at(26 - age_s))
    assert (stack.sent() != [], waves != ()) == (served, served)


@pytest.mark.parametrize("spread", [0, 1], ids=["all at one moment", "in groups of 700"])
def test_more_than_a_page_is_sent_whole_and_each_once(spread: int) -> None:
    stack = Stack(at(LAST))
    for start in range(0, 1400, 100):
        moments = {f"w{n}": at(spread * (n // 700)) for n in range(start, start + 100)}
        stack.due(**moments)
    (wave,) = stack.ticker.run(at(LAST))
    assert wave == Wave(slot=SLOT + 3, sent=1400, left=0)
    assert len(set(stack.sent())) == 1400


def test_of_ten_thousand_workspaces_only_the_due_are_read() -> None:
    stack = Stack(at(LAST))
    for start in range(0, 10_000, 500):
        times = {f"w{n}": at(LAST if n % 100 == 0 else 300) for n in range(start, start + 500)}
        stack.due(**times)
    stack.ticker.run(at(LAST))
    assert (len(stack.sent()), stack.store.read) == (100, 100)
    assert len([call for call in stack.store.calls if call.method == "query"]) == 1


def test_a_message_that_fails_leaves_its_workspace_for_the_next_slot() -> None:
    stack = Stack(at(30))
    stack.due(a=at(0), b=at(0))
    publish = stack.publisher.publish
    failed: list[Mapping[str, Any]] = []

    def fail_once(topic: str, message: Mapping[str, Any]) -> str:
        if message["workspace"] == "a" and not failed:
            failed.append(message)
            raise DOWN
        return publish(topic, message)

    stack.publisher.publish = fail_once  # type: ignore[method-assign]
    waves = stack.ticker.run(at(30))
    assert [(wave.sent, wave.left) for wave in waves] == [(1, 1), (2, 0)]


@pytest.mark.parametrize("failing", [0, 2])
def test_a_read_that_fails_costs_its_slot_alone_and_the_failure_is_told(failing: int) -> None:
    stack = Stack()
    stack.due(a=at(0))
    ask, slots = stack.store.query, iter(range(4))

    def fail_in_one_slot(query: Query) -> list[Document]:
        if next(slots) == failing:
            raise DOWN
        return ask(query)

    stack.store.query = fail_in_one_slot  # type: ignore[method-assign]
    with pytest.raises(UpstreamUnavailable):
        stack.ticker.run(NOON)
    assert stack.sent() == [("a", SLOT + slot) for slot in range(4) if slot != failing]


def test_a_fan_out_that_takes_too_long_ends_with_its_slot_and_the_next_one_sends_the_rest() -> None:
    stack = Stack(at(30))
    names = [f"w{n}" for n in range(20)]
    stack.due(**{name: at(n / 100) for n, name in enumerate(names)})
    stack.active_until = dict.fromkeys(names, at(-1))
    publish, one_at_a_time = stack.publisher.publish, Lock()

    def slowly(topic: str, message: Mapping[str, Any]) -> str:
        with one_at_a_time:
            if stack.clock.now() < at(LAST):
                stack.clock.advance(5)
            return publish(topic, message)

    stack.publisher.publish = slowly  # type: ignore[method-assign]
    slow, rest = stack.ticker.run(at(30))
    assert 3 <= slow.sent <= 10  # eight senders may have looked at the clock before
    assert slow.sent + slow.left == 20
    assert (rest.sent, rest.left) == (slow.left, 0)
