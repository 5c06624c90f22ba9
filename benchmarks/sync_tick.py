"""What a tick costs: of thousands of workspaces one in a hundred is due."""

import statistics
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from benchmarks.sync_stage import CountingStore, Counts
from dev.fakes.clock import FakeClock
from dev.fakes.messaging import FakePublisher
from dev.fakes.state import FakeStateStore
from shared.ports.state import Put, StateStore
from shared.services.tick import SLOT_S, Ticker
from shared.sync.state import Seen, SyncState, state_document, state_path

if TYPE_CHECKING:
    from google.cloud.firestore import Client

DUE_SHARE: Final = 100
SLOTS: Final = 60 // SLOT_S
"""Slots that one tick serves: those of its minute."""
_ROWS: Final = 100
"""Rows remembered in a workspace's hot document: its two collections half full."""
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a tick asked for in all its slots; in each of them other workspaces are due."""

    workspaces: int
    due: int
    messages: int
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class TickTime:
    """A slot's time on the emulator, in milliseconds, beside the same query for one field alone.

    `ratio`: slot to bare query, median (least, most) over the rounds.
    """

    workspaces: int
    due: int
    slot_ms: float
    bare_ms: float
    ratio: tuple[float, float, float]


def count(workspaces: int) -> Tick:
    """Exact counts over fakes; who got a message is served before the next slot."""
    clock, store = FakeClock(), CountingStore(FakeStateStore())
    publisher = FakePublisher()
    due = max(workspaces // DUE_SHARE, 1)
    _seed(store, clock.now(), workspaces, due)
    served = 0

    def sleep_until(moment: datetime) -> None:
        nonlocal served
        clock.advance(max((moment - clock.now()).total_seconds(), 0))
        for _, message in publisher.messages[served:]:
            later = clock.now() + timedelta(hours=1)
            put = Put(path=state_path(message["workspace"]), data={"next_sync_at": later})
            raw.commit([put])
        served = len(publisher.messages)

    raw = store.inner
    before = Counts(reads=store.reads, writes=store.writes)
    Ticker(store, publisher, clock, sleep_until).run(clock.now())
    used = Counts(reads=store.reads, writes=store.writes).less(before)
    return Tick(workspaces=workspaces, due=due, messages=len(publisher.messages), counts=used)


def measure(store: StateStore, emulator: str, workspaces: int, rounds: int) -> TickTime:
    """Time a slot over the emulator at `emulator`, with messages that go nowhere."""
    client = _client(emulator)
    clock, due = FakeClock(), max(workspaces // DUE_SHARE, 1)
    clock.advance(SLOT_S * (SLOTS - 1))  # the minute's last slot: a tick serves that one alone
    _seed(store, clock.now(), workspaces, due)
    ticker = Ticker(store, FakePublisher(), clock, lambda _: None)
    pairs = []
    for _ in range(rounds + 1):
        bare_s = _seconds(lambda: _bare(client, clock.now()))
        pairs.append((_seconds(lambda: ticker.run(clock.now())), bare_s))
    pairs = pairs[1:]  # the first round opens the connection
    ratios = [slot / bare for slot, bare in pairs]
    return TickTime(
        workspaces=workspaces,
        due=due,
        slot_ms=statistics.median(slot for slot, _ in pairs) * 1000,
        bare_ms=statistics.median(bare for _, bare in pairs) * 1000,
        ratio=(statistics.median(ratios), min(ratios), max(ratios)),
    )


def _client(emulator: str) -> "Client":
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.firestore import Client

    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
    client = Client(project="demo-nexus", credentials=nobody)
    client._emulator_host = emulator  # otherwise the SDK reads it from the environment
    return client


def _bare(client: "Client", now: datetime) -> None:
    """The ids of what is due, asked for without the documents around them."""
    from google.cloud.firestore_v1.base_query import FieldFilter

    end = now + timedelta(seconds=SLOT_S)
    query: Any = client.collection("sync_state").where(filter=FieldFilter("next_sync_at", "<", end))
    list(query.select(["next_sync_at"]).order_by("next_sync_at").limit(500).stream())


def _seed(store: StateStore, now: datetime, workspaces: int, due: int) -> None:
    """Hot documents as they are after some cycles; in each slot of a tick `due` of them are due."""
    token = "0123456789ab"
    seen = {
        name: Seen(rows={f"{row:032x}": token for row in range(_ROWS)}, count=_ROWS)
        for name in ("tasks", "docs")
    }
    state = SyncState(wid="", owner="demo", next_sync_at=now, seen=seen, last_ok_at=now)
    puts = []
    for number in range(workspaces):
        slot = number // due
        at = now + timedelta(seconds=SLOT_S * slot) if slot < SLOTS else now + timedelta(hours=1)
        wid = f"w{number:06}"
        document = state_document(replace(state, wid=wid, next_sync_at=at.astimezone(UTC)))
        puts.append(Put(path=state_path(wid), data=document))
    for start in range(0, len(puts), _AT_ONCE):
        store.commit(puts[start : start + _AT_ONCE])


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
