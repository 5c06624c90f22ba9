"""What breaks first as workspaces are added: a light simulation, seconds of processor time.

The dispatcher is simulated slot by slot, with its own constants, on service times that are
parameters; workspaces are exchangeable, so they are counted and not made. The budget of a Notion
connection is the product's own, on a fake store and a fake clock. docs/scale.md reads the tables.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from dev.fakes.clock import FakeClock
from dev.fakes.state import FakeStateStore
from shared.errors import RateLimited
from shared.services import tick
from shared.services.budget import Budget
from shared.sync import cycle

SIZES: Final = (100, 10_000, 1_000_000)
INDEX_WRITES_S: Final = 500
"""Of a rising indexed field, a second: https://cloud.google.com/firestore/docs/best-practices."""
_MINUTES: Final = 30
_NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How long things take, and how much there is of what does them."""

    publish_s: float = 0.02  # assumed for Pub/Sub in the same region
    page_s: float = 0.3  # assumed: a query of 500 documents; 10 took 29 ms on the emulator
    senders: int = tick._SENDERS
    dispatchers: int = 1
    interval_s: int = cycle.SLOT_S
    run_s: float = 0.9  # as in cost.py
    runs_an_instance: int = 8
    instances: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fanout:
    """`late`: how late messages were sent, in seconds; `waiting`: workspaces due at the end."""

    late_p50_s: int
    late_p99_s: int
    waiting: int


def capacity(service: Service) -> int:
    """Messages that the dispatchers send in a slot."""
    a_page = tick._PAGE * service.publish_s / service.senders + service.page_s
    return int(service.dispatchers * tick._PAGE * tick.SLOT_S / a_page)


def fan_out(workspaces: int, service: Service, minutes: int = _MINUTES) -> Fanout:
    """Simulate the dispatcher over some minutes, all workspaces due evenly at the start.

    What is left at the end of a slot is sent in the next one, the longest overdue first. A run puts
    its workspace off by the interval, and the instances bound the runs.
    """
    every = max(1, service.interval_s // tick.SLOT_S)
    slots = minutes * 60 // tick.SLOT_S
    most = min(capacity(service), int(runs_a_second(service) * tick.SLOT_S))
    coming = Counter(dict.fromkeys(range(every), workspaces // every))
    coming[0] += workspaces % every
    waiting: deque[list[int]] = deque()  # [the slot in which they were due, how many]
    late: Counter[int] = Counter()
    for slot in range(slots):
        if coming[slot]:
            waiting.append([slot, coming.pop(slot)])
        left = most
        while waiting and left:
            due, count = waiting[0]
            sent = min(count, left)
            left -= sent
            late[(slot - due) * tick.SLOT_S] += sent
            coming[slot + every] += sent
            waiting[0][1] -= sent
            if waiting[0][1] == 0:
                waiting.popleft()
    return Fanout(
        late_p50_s=_percentile(late, 0.50),
        late_p99_s=_percentile(late, 0.99),
        waiting=sum(count for _, count in waiting),
    )


def runs_a_second(service: Service) -> float:
    """Runs that all instances of `sync_workspace` finish in a second."""
    return service.instances * service.runs_an_instance / service.run_s


def _percentile(counts: Counter[int], share: float) -> int:
    left = share * counts.total()
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return max(counts, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Workspaces on one connection: the time between looks, and the share of them refused."""

    between_s: float
    refused: float


def share_connection(workspaces: int, requests: int, minutes: int = _MINUTES) -> Shared:
    """Simulate quiet workspaces that share a connection of Notion's.

    `requests`: of each look. One that is refused comes again after the crowded interval, as the
    product has it; those that are due together go in turns.
    """
    clock = FakeClock(_NOON)
    budget = Budget(FakeStateStore(), clock, "n")
    due = [index * cycle.SLOT_S / workspaces for index in range(workspaces)]
    looks = refused = 0
    for second in range(minutes * 60):
        for index in range(workspaces):
            if due[index] > second:
                continue
            seen = _look(budget, requests)
            looks, refused = looks + seen, refused + (not seen)
            due[index] = second + (cycle.SLOT_S if seen else cycle.CROWDED_S)
        clock.advance(1)
    return Shared(
        between_s=workspaces * minutes * 60 / max(looks, 1),
        refused=refused / max(looks + refused, 1),
    )


def _look(budget: Budget, requests: int) -> bool:
    try:
        for _ in range(requests):
            budget.take(interactive=False)
    except RateLimited:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a number of workspaces asks for, at an interval."""

    messages_s: float
    index_writes_s: float
    runs_at_once: float
    instances: float
    speakers: float
    voice_instances: float
    new_sessions_min: float


SPEAKING: Final = 0.02
"""Assumed: of all workspaces, those whose people speak at the same moment in the busiest hour."""
_SESSION_MIN: Final = 10.0  # assumed
VOICE_CONCURRENCY: Final = 200
VOICE_INSTANCES: Final = 10
SPEECH_SESSIONS_MIN: Final = 100
"""New connections that AssemblyAI takes a minute, pay as you go."""


def demand(workspaces: int, service: Service) -> Demand:
    """What is asked for, with nothing in the way."""
    looks_s = workspaces / service.interval_s
    speakers = workspaces * SPEAKING
    return Demand(
        messages_s=looks_s,
        index_writes_s=looks_s,
        runs_at_once=looks_s * service.run_s,
        instances=looks_s * service.run_s / service.runs_an_instance,
        speakers=speakers,
        voice_instances=speakers / VOICE_CONCURRENCY,
        new_sessions_min=speakers / _SESSION_MIN,
    )


TODAY: Final = Service()
RAISED: Final = replace(TODAY, instances=50)
"""Prod with more instances than a new project is allowed, which Google gives to who asks."""
NEXT: Final = replace(
    TODAY, senders=64, dispatchers=8, interval_s=300, instances=600
)  # the steps of docs/scale.md


def tables() -> Iterator[str]:
    """The tables of docs/scale.md, line by line."""
    yield from _demands()
    yield ""
    yield from _fanouts()
    yield ""
    yield from _connections()


def _demands() -> Iterator[str]:
    asked = [demand(size, TODAY) for size in SIZES]
    bounds = {
        "messages and runs a second": ("messages_s", capacity(TODAY) / tick.SLOT_S),
        "writes of a rising indexed field, a second": ("index_writes_s", INDEX_WRITES_S),
        "runs at once": ("runs_at_once", TODAY.instances * TODAY.runs_an_instance),
        "instances of `sync_workspace`": ("instances", TODAY.instances),
        "people who speak at once": ("speakers", VOICE_INSTANCES * VOICE_CONCURRENCY),
        "instances of `voice_ws`": ("voice_instances", VOICE_INSTANCES),
        "new connections for speech, a minute": ("new_sessions_min", SPEECH_SESSIONS_MIN),
    }
    yield f"| workspaces | {' | '.join(f'{size:,}' for size in SIZES)} | there is |"
    yield f"|---|{'---|' * (len(SIZES) + 1)}"
    for name, (field, most) in bounds.items():
        cells = [_against(getattr(each, field), most) for each in asked]
        yield f"| {name} | {' | '.join(cells)} | {most:,.0f} |"


def _against(wanted: float, most: float) -> str:
    text = f"{wanted:,.1f}" if wanted < 10 else f"{wanted:,.0f}"
    return f"**{text}**" if wanted > most else text


def _fanouts() -> Iterator[str]:
    yield "| dispatcher | workspaces | late p50 s | late p99 s | still due after 30 min |"
    yield "|---|---|---|---|---|"
    cases = (
        ("as it is", TODAY, (100, 5_000, 6_000, 10_000)),
        ("with 50 instances", RAISED, (10_000, 11_000, 20_000, 100_000)),
        ("after the steps below", NEXT, (100_000, 1_000_000)),
    )
    for name, service, sizes in cases:
        for size in sizes:
            found = fan_out(size, service)
            late = f"{found.late_p50_s} | {found.late_p99_s}"
            yield f"| {name} | {size:,} | {late} | {found.waiting:,} |"


def _connections() -> Iterator[str]:
    yield "| workspaces on one connection | looked at every (s) | looks refused |"
    yield "|---|---|---|"
    for workspaces in (1, 5, 10, 17, 20, 30, 50, 100):
        found = share_connection(workspaces, requests=4)
        yield f"| {workspaces} | {found.between_s:.0f} | {found.refused:.0%} |"
