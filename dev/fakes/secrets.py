"""The secrets port in memory."""

import re
from threading import Lock
from typing import Final

from shared.errors import Conflict, InvalidRequest, NexusError, NotFound

_NAME: Final = re.compile(r"[a-z0-9-]{1,100}")
_MAX_BYTES: Final = 65_536


class FakeSecrets:
    """A `Secrets` in memory, safe among threads. `error`: raised while set.

    `values`: name -> the newest value, for tests to look at.
    """

    def __init__(self) -> None:
        self.error: NexusError | None = None
        self.values: dict[str, str] = {}
        self._count = 0
        self._lock = Lock()

    def put(self, name: str, value: str) -> str:
        """Store a new value; see the port."""
        with self._lock:
            return self._store(name, value)

    def get(self, reference: str) -> str:
        """Read the newest value; see the port."""
        self._check()
        name = reference.removeprefix("fake:").partition("@")[0]
        with self._lock:
            if name not in self.values:
                raise NotFound("There is no such secret.")
            return self.values[name]

    def create(self, name: str, value: str) -> str:
        """Store the first value; see the port."""
        with self._lock:
            if name in self.values:
                raise Conflict("The secret exists already.")
            return self._store(name, value)

    def delete(self, name: str) -> None:
        """Delete a name; see the port."""
        self._check(name)
        with self._lock:
            self.values.pop(name, None)

    def _store(self, name: str, value: str) -> str:
        self._check(name, value)
        self._count += 1
        self.values[name] = value
        return f"fake:{name}@{self._count}"

    def _check(self, name: str = "a", value: str = "a") -> None:
        if self.error is not None:
            raise self.error
        if not _NAME.fullmatch(name) or not 0 < len(value.encode()) <= _MAX_BYTES:
            raise InvalidRequest("The name or the value cannot be a secret.")
