"""The WebSocket transport: flask-sock routes and shakes hands, one asyncio loop moves the frames.

A thread per socket costs more than the frames themselves once some dozens of people speak at
once. So the accepted socket leaves simple-websocket directly after the handshake and joins the
process's event loop; the request's own thread only waits for the end.
"""

import asyncio
import contextlib
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, Protocol

from shared.adapters.websocket_connection import Connection, Handler, Limits
from shared.adapters.websocket_handshake import prepare


class AcceptedSocket(Protocol):
    """What is used of `simple_websocket.Server` after its handshake."""

    sock: socket.socket
    connected: bool


class WebSocketTransport:
    """The transport of one process.

    `loop` runs in a thread of its own; whoever stops it closes the connections first, because
    the requests' threads wait for their ends.
    """

    def __init__(self, loop: AbstractEventLoop, limits: Limits | None = None) -> None:
        self._loop = loop
        self._limits = limits or Limits()

    def prepare(self, app: Any, subprotocols: tuple[str, ...]) -> None:
        """Set a Flask application up, before its first request; see `websocket_handshake`."""
        prepare(app, subprotocols)

    def serve(self, ws: AcceptedSocket, open_handler: Callable[[Connection], Handler]) -> None:
        """Move an accepted WebSocket to the loop and wait, in the request's thread, for its end.

        `open_handler` is called on the loop. The web server keeps its own descriptor of the
        socket, and closes it after this returns.
        """
        ws.connected = False  # simple-websocket writes nothing more
        connection = Connection(open_handler, self._limits)
        attached = self._loop.connect_accepted_socket(lambda: connection, ws.sock.dup())
        asyncio.run_coroutine_threadsafe(attached, self._loop).result()
        connection.ended.wait()
        # gunicorn's main thread would otherwise wait up to 2 s for the client's last bytes.
        with contextlib.suppress(OSError):
            ws.sock.shutdown(socket.SHUT_RDWR)
