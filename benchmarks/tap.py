"""Counts the bytes of connections to a port of this machine, both ways."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, Final, Self

from dev.launcher.ports import HOST

_PIECE: Final = 64 * 1024


class Tap:
    """Passes on what comes to `port`, to `to`; `bytes` so far."""

    def __init__(self, to: int) -> None:
        self.port = 0
        self.bytes = 0
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        server = self._wait(asyncio.start_server(self._pass_on, HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, self._to)
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while piece := await source.read(_PIECE):
                self.bytes += len(piece)
                target.write(piece)
                await target.drain()
        with contextlib.suppress(ConnectionError, OSError):
            target.close()
