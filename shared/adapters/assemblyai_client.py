"""The SDK's asyncio streaming client, repaired.

Everything that relies on the inside of the SDK (1.8.2) is in this module.
"""

import asyncio
import logging
import ssl
from asyncio import Task
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from assemblyai.streaming.v3 import (
    AsyncStreamingClient,
    EventMessage,
    StreamingClientOptions,
    async_client,
)
from assemblyai.streaming.v3.models import OperationMessage, TerminateSession
from pydantic import ValidationError
from websockets.asyncio.client import connect as websocket_connect
from websockets.exceptions import ConnectionClosed

from shared.adapters.assemblyai_protocol import SERVICE

_LOG = logging.getLogger(__name__)
_ATTEMPT_S, _ATTEMPTS, _BETWEEN_S = 1.5, 2, 0.3
_CLOSE_S = 0.3
_MOST_WAITING = 100  # messages; 5-10 s of audio that the socket did not take


class RepairedClient(AsyncStreamingClient):
    """The SDK's client with repairs.

    A message that fails validation would end the reader without a word: it is counted and
    skipped. The queue to the writer has no bound, and the writer makes a task per message: both
    are replaced. It cannot let go of everything at once without the server's help: `abandon`.
    Its connections offer compression, which costs a third of the CPU per frame, and load the
    certificates each time: `_connect` takes the place that the SDK leaves for it.
    """

    def __init__(self, host: str, api_key: str) -> None:
        async_client.websocket_connect_async = _connect
        super().__init__(
            StreamingClientOptions(
                api_host=host,
                api_key=api_key,
                connect_timeout=_ATTEMPT_S,
                max_connection_retries=_ATTEMPTS - 1,
                connection_retry_delay=_BETWEEN_S,
            )
        )
        self.malformed = 0

    def offer(self, message: OperationMessage) -> bool:
        """Queue a message for the writer; False if too many wait already."""
        queue, _stop = self._ensure_connected("offer")
        if queue.qsize() >= _MOST_WAITING:
            return False
        queue.put_nowait(message)
        return True

    async def abandon(self) -> None:
        """Stop both tasks and close the socket, which the server may ignore."""
        tasks = [task for task in (self._read_task, self._write_task) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._websocket is not None:
            await self._websocket.close()

    def watch(self, on_done: Callable[[Task[None]], None]) -> None:
        """Call `on_done` when the reader or the writer has ended, for whatever reason."""
        for task in (self._read_task, self._write_task):
            if task is not None:
                task.add_done_callback(on_done)

    def _parse_message(self, data: dict[str, Any]) -> EventMessage | None:  # type: ignore[override]
        try:
            return super()._parse_message(data)
        except ValidationError as exc:
            self.malformed += 1
            fields = [".".join(map(str, fault["loc"])) for fault in exc.errors()]
            _LOG.warning(
                "skipped a malformed message",
                extra={"service": SERVICE, "type": data["type"], "fields": fields},
            )
            return None

    async def _write_loop(self) -> None:
        queue, _stop = self._ensure_connected("_write_loop")
        while True:
            message = await queue.get()
            wire = message if isinstance(message, bytes) else _json(message)
            try:
                await self._websocket.send(wire)  # type: ignore[union-attr]
            except ConnectionClosed as exc:
                await self._report_connection_closed(exc)
                return
            if isinstance(message, TerminateSession):
                return


@cache
def tls_context() -> ssl.SSLContext:
    """The TLS settings of all connections; reading the certificates takes 30 ms, so once."""
    return ssl.create_default_context()


def _connect(uri: str, additional_headers: dict[str, str | None]) -> websocket_connect:
    secure = urlsplit(uri).scheme == "wss"
    return websocket_connect(
        uri,
        additional_headers={name: value or "" for name, value in additional_headers.items()},
        compression=None,
        ssl=tls_context() if secure else None,
        proxy=True if secure else None,
        ping_interval=None,  # the protocol has its own heartbeat
        close_timeout=_CLOSE_S,
        logger=_frame_log(),
    )


@cache
def _frame_log() -> logging.Logger:
    # At DEBUG websockets logs every frame, which is speech.
    log = logging.getLogger("websockets.client.nexus")
    log.setLevel(logging.WARNING)
    return log


def _json(message: Any) -> str:
    return str(message.model_dump_json(exclude_none=True))
