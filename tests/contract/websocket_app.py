"""A Flask application on the WebSocket transport, which gunicorn serves in its contract test."""

import asyncio
import os
import threading
from typing import Any

from flask import Flask, jsonify
from flask_sock import Sock

from shared.adapters.websocket import WebSocketTransport
from shared.adapters.websocket_connection import Connection, Limits

_IMPATIENT = Limits(ping_interval_s=0.2, close_timeout_s=0.3)


class Commanded:
    """Echoes everything; some words are commands about the connection itself."""

    def __init__(self, connection: Connection, closed: list[int], paused: list[Connection]) -> None:
        self._connection = connection
        self._closed = closed
        self._paused = paused
        self._swallowed: int | None = None

    def on_text(self, text: str) -> None:
        """Obey or echo."""
        word, _, rest = text.partition(" ")
        if word == "close":
            code, _, reason = rest.partition(" ")
            self._connection.close(int(code), reason)
        elif word == "crash":
            raise LookupError("asked for")
        elif word == "flood":
            self._flood(int(rest))
        elif word == "pause":
            self._swallowed = 0
            self._connection.pause()
            self._paused.append(self._connection)
        elif word == "swallowed":
            self._connection.send_text(str(self._swallowed))
        else:
            self._connection.send_text(text)

    def on_binary(self, data: bytes) -> None:
        """Echo, or after a pause only count."""
        if self._swallowed is None:
            self._connection.send_binary(data)
        else:
            self._swallowed += len(data)

    def on_closed(self, code: int) -> None:
        """Remember the code."""
        self._closed.append(code)

    def _flood(self, messages: int) -> None:
        for _ in range(messages):
            self._connection.send_text("x" * 65536)


def create_app() -> Flask:
    """The application with its event loop, one of each per worker process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="loop", daemon=True).start()
    closed: list[int] = []
    paused: list[Connection] = []
    app = Flask(__name__)
    usual, hasty = WebSocketTransport(loop), WebSocketTransport(loop, _IMPATIENT)
    usual.prepare(app, ("nexus.v1",))
    sock = Sock(app)

    @sock.route("/voice")  # type: ignore[untyped-decorator]
    def voice(ws: Any) -> None:
        usual.serve(ws, lambda connection: Commanded(connection, closed, paused))

    @sock.route("/impatient")  # type: ignore[untyped-decorator]
    def impatient(ws: Any) -> None:
        hasty.serve(ws, lambda connection: Commanded(connection, closed, paused))

    @app.get("/resume")
    def resume() -> Any:
        while paused:
            loop.call_soon_threadsafe(paused.pop().resume)
        return jsonify()

    @app.get("/state")
    def state() -> Any:
        names = [thread.name for thread in threading.enumerate()]
        return jsonify(
            closed=closed,
            descriptors=len(os.listdir("/proc/self/fd")),
            threads=[name for name in names if not name.startswith("ThreadPoolExecutor")],
            tasks=len(asyncio.all_tasks(loop)),
        )

    return app
