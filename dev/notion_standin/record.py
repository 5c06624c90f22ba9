"""What the stand-in was asked: one entry for each request, without the token."""

from dataclasses import dataclass, field
from typing import Any

from dev.notion_standin.clock import Clock, to_instant

_SECRET = frozenset(("authorization", "cookie"))


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request; `status` is None until it was answered (or if it never was)."""

    number: int
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: Any
    received_at: str
    status: int | None = None
    request_id: str | None = None
    fault: str | None = None


@dataclass(slots=True)
class Record:
    """All requests since the start or the last deletion."""

    clock: Clock
    entries: list[Entry] = field(default_factory=list)
    _number: int = 0

    def add(
        self,
        method: str,
        path: str,
        query: dict[str, list[str]],
        headers: dict[str, str],
        body: Any,
    ) -> Entry:
        """Keep a request and number it from 1; secret headers are left out."""
        self._number += 1
        entry = Entry(
            number=self._number,
            method=method,
            path=path,
            query=query,
            headers={k: v for k, v in headers.items() if k.lower() not in _SECRET},
            body=body,
            received_at=to_instant(self.clock.now()),
        )
        self.entries.append(entry)
        return entry
