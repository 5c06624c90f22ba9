"""One WebSocket on an asyncio loop, after its handshake.

Framing is websockets' sans-I/O protocol
(https://websockets.readthedocs.io/en/stable/howto/sansio.html).
"""

import asyncio
import contextlib
import logging
import threading
from asyncio import BaseTransport, Transport
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

_LONGEST_REASON = 123  # bytes; https://www.rfc-editor.org/rfc/rfc6455#section-5.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one connection.

    `max_message_bytes`: a larger message closes it with 1009. `max_buffered_bytes`: more waiting
    for a slow client closes it with 1013. `ping_interval_s`: silence after a ping for as long
    again means that the peer is dead. `close_timeout_s`: what the peer gets to answer a close.
    """

    max_message_bytes: int = 2**20
    max_buffered_bytes: int = 4 * 2**20
    ping_interval_s: float = 25.0
    close_timeout_s: float = 3.0


class Handler(Protocol):
    """What the application does with a connection; every call comes on the event loop.

    An exception that escapes is logged by the loop and drops the connection.
    """

    def on_text(self, text: str) -> None:
        """Take a whole text message."""

    def on_binary(self, data: bytes) -> None:
        """Take a whole binary message."""

    def on_closed(self, code: int) -> None:
        """Take note of the end, once: the code that began the close, 1006 if nobody said one."""


class Connection(asyncio.Protocol):
    """One open WebSocket. Use it on its event loop only; after the end all methods are no-ops."""

    def __init__(self, handler_factory: Callable[["Connection"], Handler], limits: Limits) -> None:
        self._factory = handler_factory
        self._limits = limits
        self._frames = ServerProtocol(
            state=State.OPEN, max_size=limits.max_message_bytes, logger=_frame_log()
        )
        self._handler: Handler | None = None
        self._parts: bytearray | None = None
        self._parts_are_text = False
        self._closing_code: int | None = None
        self._quiet = self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        self.ended = threading.Event()

    @property
    def buffered_bytes(self) -> int:
        """Bytes that were sent here and that the client has not taken yet."""
        return self._transport.get_write_buffer_size()

    def send_text(self, text: str) -> None:
        """Send a text message; what the socket does not take now is buffered, up to the bound."""
        if self._frames.state is State.OPEN:
            self._frames.send_text(text.encode())
            self._flush_within_bound()

    def send_binary(self, data: bytes) -> None:
        """Send a binary message, as `send_text` does."""
        if self._frames.state is State.OPEN:
            self._frames.send_binary(data)
            self._flush_within_bound()

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake; messages that still arrive are ignored.

        `code`: 1000-1014 or 3000-4999. `reason`: cut to what a close frame holds.
        """
        if self._frames.state is not State.OPEN:
            return
        self._closing_code = int(code)
        self._frames.send_close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))
        self.resume()  # the answer of the peer must be read
        self._flush()

    def pause(self) -> None:
        """Read nothing more for now, so that a fast sender is slowed down by TCP.

        What was read already, 256 KiB at most, still arrives.
        """
        self._paused = True
        self._transport.pause_reading()

    def resume(self) -> None:
        """Read again after `pause`."""
        self._paused = False
        self._quiet = False
        self._transport.resume_reading()

    def connection_made(self, transport: BaseTransport) -> None:
        """Start the application's handler (asyncio's callback)."""
        self._transport = cast(Transport, transport)
        self._loop = asyncio.get_running_loop()
        try:
            self._handler = self._factory(self)
        finally:
            if self._handler is None:
                self._transport.abort()
        self._schedule_ping()

    def data_received(self, data: bytes) -> None:
        """Take bytes of the peer (asyncio's callback)."""
        self._quiet = False
        self._frames.receive_data(data)
        self._flush()
        for frame in self._frames.events_received():
            if self._closing_code is None and isinstance(frame, Frame):
                self._take(frame)

    def eof_received(self) -> None:
        """Let the transport close: the peer sends nothing more (asyncio's callback)."""
        self._frames.receive_eof()
        self._flush()
        self._expect_end()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Tell the end to the handler, then to the waiting thread (asyncio's callback)."""
        for timer in (self._timer, self._close_timer):
            if timer is not None:
                timer.cancel()
        self._frames.receive_eof()
        handler, self._handler = self._handler, None
        try:
            if handler is not None:
                handler.on_closed(self._end_code())
        finally:
            self.ended.set()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CONT and self._parts is not None:
            self._parts += frame.data
            if frame.fin:
                data, self._parts = self._parts, None
                self._deliver(data, text=self._parts_are_text)
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            if frame.fin:
                self._deliver(frame.data, text=frame.opcode is Opcode.TEXT)
            else:
                self._parts = bytearray(frame.data)
                self._parts_are_text = frame.opcode is Opcode.TEXT

    def _deliver(self, data: bytes | bytearray | memoryview, *, text: bool) -> None:
        if self._handler is None:
            return
        if not text:
            self._handler.on_binary(bytes(data))
            return
        try:
            message = bytes(data).decode()
        except UnicodeDecodeError:
            self._closing_code = CloseCode.INVALID_DATA
            self._frames.fail(CloseCode.INVALID_DATA, "text must be UTF-8")
            self._flush()
        else:
            self._handler.on_text(message)

    def _flush(self) -> None:
        for data in self._frames.data_to_send():
            if data:
                self._transport.write(data)
            else:
                # The peer may have reset the connection, which leaves nothing to half-close.
                with contextlib.suppress(OSError):
                    self._transport.write_eof()
        if self._frames.close_expected():
            self._expect_end()

    def _flush_within_bound(self) -> None:
        self._flush()
        if self.buffered_bytes > self._limits.max_buffered_bytes:
            self.close(CloseCode.TRY_AGAIN_LATER, "the client reads too slowly")

    def _expect_end(self) -> None:
        if self._close_timer is None:
            self._close_timer = self._loop.call_later(
                self._limits.close_timeout_s, self._transport.abort
            )

    def _schedule_ping(self) -> None:
        self._timer = self._loop.call_later(self._limits.ping_interval_s, self._ping)

    def _ping(self) -> None:
        if self._quiet and not self._paused:
            self._transport.abort()
            return
        if self._frames.state is State.OPEN:
            self._quiet = True
            self._frames.send_ping(b"")
            self._flush()
            self._schedule_ping()

    def _end_code(self) -> int:
        begun = self._frames.close_sent or self._frames.close_rcvd
        return int(begun.code) if begun is not None else int(CloseCode.ABNORMAL_CLOSURE)


@cache
def _frame_log() -> logging.Logger:
    # At DEBUG websockets logs every frame, which is speech and code.
    log = logging.getLogger("websockets.server.nexus")
    log.setLevel(logging.WARNING)
    return log
