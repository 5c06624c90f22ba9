"""The dispatcher: turns a tick each minute into messages for the workspaces that are due.

Time is cut into slots of 15 s: a workspace is due every other slot, and every slot while people
work in it. A workspace is due in a slot if its `next_sync_at` lies before the
slot's end. Nothing is written here and every message may come twice, late or not at all: a message
for a workspace that is not due any more is a no-op, and one that was lost is sent again for the
next slot, since the workspace is still due.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.errors import NexusError
from shared.ports.clock import Clock
from shared.ports.messaging import Publisher
from shared.ports.state import Query, StateStore
from shared.telemetry import logger

TICK_TOPIC: Final = "sync-ticks"
WORKSPACE_TOPIC: Final = "sync-workspace"
SLOT_S: Final = 15
_MAX_AGE: Final = timedelta(seconds=25)
_SLOTS_PER_TICK: Final = 4
_COLLECTION: Final = "sync_state"
_FIELD: Final = "next_sync_at"
_PAGE: Final = 500
_SENDERS: Final = 8
_NAP_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What was sent for a slot; `left`: due workspaces that got no message."""

    slot: int
    sent: int
    left: int


class Ticker:
    """Fans out what is due. Instances may run beside each other: they only repeat messages.

    `sleep_until` blocks until a moment; see `sleeper`.

    Cost of a slot: one query on the single-field index of `next_sync_at`, billed by the documents
    that it finds. With 10,000 workspaces of which 1 % are due that is 100 reads, no write and 100
    messages (https://firebase.google.com/docs/firestore/pricing#queries).
    """

    def __init__(
        self,
        store: StateStore,
        publisher: Publisher,
        clock: Clock,
        sleep_until: Callable[[datetime], None],
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._sleep_until = sleep_until
        self._log = logger(__name__)

    def run(self, published_at: datetime) -> tuple[Wave, ...]:
        """Serve the present slot and, each at its start, those that are left of the same minute.

        `published_at`: when the tick's message was published. A tick older than 25 s is dropped:
        the next one serves better.

        Raises:
            NexusError: the store could not be read for a slot; the others were served still.
        """
        now = self._clock.now()
        if now - published_at > _MAX_AGE:
            self._log.info("dropped a late tick", age_s=(now - published_at).total_seconds())
            return ()
        first = slot_of(now)
        waves: list[Wave] = []
        failure: NexusError | None = None
        for slot in range(first, first + _SLOTS_PER_TICK - first % _SLOTS_PER_TICK):
            self._sleep_until(slot_start(slot))
            try:
                waves.append(self._fan_out(slot))
            except NexusError as error:
                failure = error
        if failure is not None:
            raise failure
        return tuple(waves)

    def _fan_out(self, slot: int) -> Wave:
        end = slot_end(slot)
        results: list[bool] = []
        with ThreadPoolExecutor(_SENDERS) as senders:
            for page in self._due(end):
                # Each in a copy of our context, or messages and logs would lose their trace.
                sending = [
                    senders.submit(copy_context().run, self._send, wid, slot, end) for wid in page
                ]
                results += [each.result() for each in sending]
        wave = Wave(slot=slot, sent=results.count(True), left=results.count(False))
        self._log.info("served a slot", slot=slot, sent=wave.sent, left=wave.left)
        return wave

    def _send(self, wid: str, slot: int, end: datetime) -> bool:
        if self._clock.now() >= end:  # the next slot has begun, and finds the rest
            return False
        try:
            self._publisher.publish(WORKSPACE_TOPIC, {"workspace": wid, "slot": slot})
        except NexusError as error:
            self._log.warning("could not send a workspace", wid=wid, problem=error.problem)
            return False
        return True

    def _due(self, end: datetime) -> Iterator[list[str]]:
        """Pages of the ids of what is due, the longest overdue first."""
        after = None
        while True:
            page = self._query((_FIELD, "<", end), _FIELD, after)
            yield [document.id for document in page]
            if len(page) < _PAGE:
                return
            after = page[-1].data[_FIELD]
            yield from self._tied(after, page[-1].id)

    def _tied(self, moment: datetime, after: str) -> Iterator[list[str]]:
        """Pages of those due at the very moment at which a page ended: `after` skips them all."""
        while True:
            page = self._query((_FIELD, "==", moment), "__name__", after)
            yield [document.id for document in page]
            if len(page) < _PAGE:
                return
            after = page[-1].id

    def _query(self, condition: Any, order_by: str, after: Any) -> Any:
        return self._store.query(
            Query(
                collection=_COLLECTION,
                where=(condition,),
                order_by=order_by,
                after=after,
                limit=_PAGE,
            )
        )


def slot_of(moment: datetime) -> int:
    """The slot in which a moment lies."""
    return int(moment.timestamp() // SLOT_S)


def slot_start(slot: int) -> datetime:
    """A slot's first moment, in UTC."""
    return datetime.fromtimestamp(slot * SLOT_S, UTC)


def slot_end(slot: int) -> datetime:
    """The first moment after a slot: what is due before it is due in the slot, in UTC."""
    return slot_start(slot + 1)


def sleeper(clock: Clock, sleep: Callable[[float], None]) -> Callable[[datetime], None]:
    """A `sleep_until` over a `sleep` of seconds; it looks at the clock again now and then."""

    def sleep_until(moment: datetime) -> None:
        while (left_s := (moment - clock.now()).total_seconds()) > 0:
            sleep(min(left_s, _NAP_S))

    return sleep_until
