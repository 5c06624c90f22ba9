"""The budget of requests that all processes of one Notion connection share.

Notion counts requests per connection in windows of 60 s, 180 of them on all plans:
https://developers.notion.com/reference/request-limits. A process reserves them in blocks, so that
the store is asked once per block and not once per request; what is left of a block at the end of
its window is lost. A reservation is a guarded write: who loses one has lost to another block, and
only so many blocks fit into a window, so that nobody tries for ever.
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final

from shared.errors import RateLimited, StaleWrite
from shared.ports.clock import Clock
from shared.ports.state import Data, Patch, Put, StateStore
from shared.telemetry import logger

_SPENT: Final = "The requests to Notion of this minute are used up."
_PAUSED: Final = "Notion asked for a pause."
_LEAST_WAIT_S: Final = 0.1
_ABSENT: Final = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ledger:
    """The document. `window`: its number since the epoch; `used`: what is reserved in it."""

    window: int = -1
    used: int = 0
    blocked_until: datetime | None = None
    version: str = _ABSENT

    def document(self) -> dict[str, Any]:
        return {"window": self.window, "used": self.used, "blocked_until": self.blocked_until}


@dataclass(slots=True, kw_only=True)
class _Block:
    """What this process holds: for everybody, and only for calls that a person waits for."""

    window: int = -1
    shared: int = 0
    kept: int = 0

    def take(self, interactive: bool) -> bool:
        if interactive and self.kept > 0:
            self.kept -= 1
            return True
        if self.shared > 0:
            self.shared -= 1
            return True
        return False


class Budget:
    """The requests of one connection; safe among threads and processes.

    `connection`: names it without telling its token. `limit`: requests per window of `window_s`
    seconds. `block`: requests per reservation. `interactive_share`: the part of the limit that is
    kept for calls that a person waits for.

    What Notion told another process is seen here at the next reservation.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        connection: str,
        *,
        limit: int = 180,
        window_s: int = 60,
        block: int = 20,
        interactive_share: float = 0.2,
    ) -> None:
        self._store = store
        self._clock = clock
        self._path = f"budgets/{connection}"
        self._limit = limit
        self._window_s = window_s
        self._size = block
        self._shared_limit = limit - math.ceil(limit * interactive_share)
        self._seen = _Ledger()
        self._block = _Block()
        self._lock = Lock()
        self._log = logger(__name__)

    def take(self, interactive: bool) -> None:
        """Take one request. `interactive`: a person waits for it.

        Raises:
            RateLimited: the window is used up or Notion asked for a pause; `retry_after_s` tells
                when to come again.
            UpstreamUnavailable: the store does not answer.
        """
        with self._lock:
            self._check_pause(self._seen)
            in_time = self._block.window == self._window_of(self._seen)
            if not (in_time and self._block.take(interactive)):
                self._reserve(interactive)
                self._block.take(interactive)

    def limited(self, retry_after_s: float) -> None:
        """Remember that Notion wants no more requests for some seconds.

        Raises:
            UpstreamUnavailable: the store does not answer; this process remembers it all the same.
        """
        until = self._clock.now() + timedelta(seconds=retry_after_s)
        with self._lock:
            if _ends_before(self._seen, until):
                self._seen = replace(self._seen, blocked_until=until)
            if _ends_before(self._read(), until):
                # Of two at once the last stays: Notion gave that one as well.
                self._store.commit([Patch(path=self._path, fields={"blocked_until": until})])

    def usage(self) -> dict[str, int]:
        """`limit`, `used` (reserved by all processes in this window) and `window_s`."""
        ledger = self._read()
        used = ledger.used if ledger.window == self._window_of(ledger) else 0
        return {"limit": self._limit, "used": used, "window_s": self._window_s}

    def _reserve(self, interactive: bool) -> None:
        # What was seen last is tried first: in one window the ledger only ever gets fuller.
        ledger = self._seen if self._seen.version != _ABSENT else self._read()
        while True:
            self._check_pause(ledger)
            window = self._window_of(ledger)
            used = ledger.used if ledger.window == window else 0
            most = self._limit if interactive else self._shared_limit
            size = min(self._size, most - used)
            if size <= 0:
                self._log.info("refused a request: the budget is spent", interactive=interactive)
                raise RateLimited(_SPENT, self._until_end_s(window))
            wanted = replace(ledger, window=window, used=used + size)
            guard = ledger.version
            try:
                write = Put(path=self._path, data=wanted.document(), if_version=guard)
                (version,) = self._store.commit([write])
            except StaleWrite:
                self._seen = ledger = self._read()
                continue
            self._seen = replace(wanted, version=version)
            self._hold(window, used, size)
            return

    def _hold(self, window: int, used: int, size: int) -> None:
        """Keep a block of `size` that begins at `used`, beside what is left in this window."""
        if self._block.window != window:
            self._block = _Block(window=window)
        shared = max(0, min(used + size, self._shared_limit) - used)
        self._block.shared += shared
        self._block.kept += size - shared

    def _read(self) -> _Ledger:
        document = self._store.get(self._path)
        return _Ledger() if document is None else _ledger(document.data, document.version)

    def _check_pause(self, ledger: _Ledger) -> None:
        if ledger.blocked_until is None:
            return
        left_s = (ledger.blocked_until - self._clock.now()).total_seconds()
        if left_s > 0:
            raise RateLimited(_PAUSED, max(left_s, _LEAST_WAIT_S))

    def _window_of(self, ledger: _Ledger) -> int:
        """The present window; the next one where another process' clock is a little ahead."""
        window = int(self._clock.now().timestamp() // self._window_s)
        return ledger.window if ledger.window == window + 1 else window

    def _until_end_s(self, window: int) -> float:
        end = datetime.fromtimestamp((window + 1) * self._window_s, UTC)
        return max((end - self._clock.now()).total_seconds(), _LEAST_WAIT_S)


def _ledger(data: Data, version: str) -> _Ledger:
    return _Ledger(
        window=int(data.get("window", -1)),
        used=int(data.get("used", 0)),
        blocked_until=data.get("blocked_until"),
        version=version,
    )


def _ends_before(ledger: _Ledger, moment: datetime) -> bool:
    return ledger.blocked_until is None or ledger.blocked_until < moment
