"""A short memory before a keeper of secrets, since each read costs a request."""

from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar

from shared.ports.clock import Clock
from shared.ports.secrets import Secrets

T = TypeVar("T")

KEPT_S: Final = 300.0
_MAX_ENTRIES: Final = 1000


class CachedSecrets:
    """A `Secrets` that remembers what it read for at most `KEPT_S` seconds.

    A write through it forgets everything; a deletion by another process is seen when the memory
    ends, a replaced value at once by whoever holds the new reference.
    """

    def __init__(self, kept_by: Secrets, clock: Clock) -> None:
        self._kept_by = kept_by
        self._clock = clock
        self._found: dict[str, tuple[str, float]] = {}
        self._writes = 0
        self._lock = Lock()

    def get(self, reference: str) -> str:
        """Read a value; see the port."""
        with self._lock:
            value, until = self._found.get(reference, ("", 0.0))
            writes = self._writes
        if self._clock.monotonic() < until:
            return value
        value = self._kept_by.get(reference)
        self._remember(reference, value, writes)
        return value

    def put(self, name: str, value: str) -> str:
        """Store a new value; see the port."""
        return self._forgetting(lambda: self._kept_by.put(name, value))

    def create(self, name: str, value: str) -> str:
        """Store the first value; see the port."""
        return self._forgetting(lambda: self._kept_by.create(name, value))

    def delete(self, name: str) -> None:
        """Delete a name; see the port."""
        self._forgetting(lambda: self._kept_by.delete(name))

    def _remember(self, reference: str, value: str, writes: int) -> None:
        with self._lock:
            if writes != self._writes:  # what was read may be what the write replaced
                return
            self._found.pop(reference, None)
            if len(self._found) >= _MAX_ENTRIES:
                del self._found[next(iter(self._found))]
            self._found[reference] = (value, self._clock.monotonic() + KEPT_S)

    def _forgetting(self, write: Callable[[], T]) -> T:
        try:
            return write()
        finally:
            with self._lock:
                self._found.clear()
                self._writes += 1
