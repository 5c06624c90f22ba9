"""When a voice process may load what its first session need not wait for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

# Whoever an instance was started for waits at the door already; the handshake takes seconds where
# what it needs has to be read from a slow disk.
ALONE_S: Final = 1.0
HANDSHAKE_S: Final = 10.0
_LOOK_S: Final = 0.5


class QuietMoment:
    """The moment when the first session is ready, or when it shows that nobody is coming.

    Loading takes every other turn of the interpreter, and would take it from the session that the
    instance was started for. `connected`: whether anybody is. `now`: monotonic seconds.
    """

    def __init__(self, connected: Callable[[], bool], now: Callable[[], float]) -> None:
        self._connected = connected
        self._now = now
        self._ready = asyncio.Event()
        self._alone_at = now() + ALONE_S

    def expect(self) -> None:
        """Take note that a handshake has begun; from any thread."""
        self._alone_at = self._now() + HANDSHAKE_S

    def come(self) -> None:
        """Take note that a session is ready; on the loop's thread."""
        self._ready.set()

    async def wait(self) -> None:
        """Return when it has come."""
        while not self._ready.is_set():
            left_s = self._alone_at - self._now()
            if left_s <= 0 and not self._connected():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(max(left_s, _LOOK_S)):
                    await self._ready.wait()
