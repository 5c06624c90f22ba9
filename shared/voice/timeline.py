"""Where a moment of a speech stream lies in the session's audio."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

_KEPT = 64
_START: Final = 0


@dataclass(slots=True, kw_only=True)
class Timeline:
    """Maps milliseconds sent on a stream to milliseconds since the session's start.

    A stream starts late, is padded and skips silence, so the two drift apart in steps; each step
    is one mark. Both are rounded down, so one millisecond between them is no step.
    """

    _stream: list[int] = field(default_factory=list)
    _session: list[int] = field(default_factory=list)

    def mark(self, stream_ms: int, session_ms: int) -> None:
        """From `stream_ms` on, the stream carries the session's audio from `session_ms`."""
        if self._stream and abs(self.to_session(stream_ms) - session_ms) <= 1:
            return
        self._stream.append(stream_ms)
        self._session.append(session_ms)
        del self._stream[:-_KEPT], self._session[:-_KEPT]

    def to_session(self, stream_ms: int) -> int:
        """The session's milliseconds at a moment of the stream."""
        if not self._stream:
            return stream_ms
        index = max(bisect_right(self._stream, stream_ms) - 1, _START)
        position = self._session[index] + stream_ms - self._stream[index]
        if index + 1 < len(self._session):
            position = min(position, self._session[index + 1])
        return max(position, _START)
