"""The way of messages to the client, and what faults do to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web


class Outbox:
    """Sends messages in their order.

    ``deaf``: nothing is sent any more. ``delay_ms``: each message leaves that much later than it
    was given; messages do not wait for each other's delay.
    """

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.deaf = False
        self.delay_ms = 0
        self._socket = socket
        self._waiting: asyncio.Queue[tuple[float, str]] = asyncio.Queue()

    async def send(self, message: Mapping[str, Any] | str) -> None:
        """Send one message, or queue it if messages are slow; a text goes out as it is."""
        text = message if isinstance(message, str) else json.dumps(message)
        if self.deaf:
            return
        if self.delay_ms == 0 and self._waiting.empty():
            await self._write(text)
        else:
            due_s = asyncio.get_running_loop().time() + self.delay_ms / 1000
            self._waiting.put_nowait((due_s, text))

    async def run(self) -> None:
        """Send what is queued when it is due; never returns."""
        while True:
            due_s, text = await self._waiting.get()
            await asyncio.sleep(due_s - asyncio.get_running_loop().time())
            if not self.deaf:
                await self._write(text)
            self._waiting.task_done()

    async def drain(self) -> None:
        """Wait until everything queued is sent; ``run`` must be running."""
        await self._waiting.join()

    async def _write(self, text: str) -> None:
        if not self._socket.closed:
            await self._socket.send_str(text)
