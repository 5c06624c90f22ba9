"""What each session asked and sent, for tests to read; never the value of a key."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT_SESSIONS = 200
KEPT_TEXTS = 1_000
_SECRET = ("authorization", "cookie")


@dataclass(slots=True, kw_only=True)
class SessionRecord:
    """One handshake and, if it was accepted, its session.

    ``status``: HTTP status of the handshake. Times are seconds since 1970. ``chunk_ms`` counts
    audio messages by their length, rounded to a millisecond.
    """

    id: str
    query: dict[str, str]
    headers: dict[str, str]
    opened_at: float
    status: int = 101
    closed_at: float | None = None
    close_code: int | None = None
    audio_ms: float = 0.0
    audio_messages: int = 0
    chunk_ms: Counter[int] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)

    def add_audio(self, duration_ms: float) -> None:
        """Count one audio message."""
        self.audio_ms += duration_ms
        self.audio_messages += 1
        self.chunk_ms[round(duration_ms)] += 1

    def add_text(self, text: str) -> None:
        """Keep one text message; after a thousand they are no longer kept."""
        if len(self.texts) < KEPT_TEXTS:
            self.texts.append(text)

    def to_json(self) -> dict[str, Any]:
        """Return the record as the control address shows it."""
        chunks = {str(length): count for length, count in sorted(self.chunk_ms.items())}
        return {**asdict(self), "chunk_ms": chunks, "audio_ms": round(self.audio_ms, 1)}


class Records:
    """The last 200 handshakes, oldest first."""

    def __init__(self) -> None:
        self._sessions: deque[SessionRecord] = deque(maxlen=KEPT_SESSIONS)

    def open(
        self, session_id: str, query: Mapping[str, str], headers: Mapping[str, str], now: float
    ) -> SessionRecord:
        """Begin a record; of a secret header or token only the presence is kept."""
        shown = {
            name: "present" if name.lower() in _SECRET else value for name, value in headers.items()
        }
        asked = {name: "present" if name == "token" else value for name, value in query.items()}
        record = SessionRecord(id=session_id, query=asked, headers=shown, opened_at=now)
        self._sessions.append(record)
        return record

    def clear(self) -> None:
        """Forget everything so far; open sessions are not shown any more."""
        self._sessions.clear()

    def to_json(self) -> list[dict[str, Any]]:
        """Return all records as the control address shows them."""
        return [record.to_json() for record in self._sessions]
