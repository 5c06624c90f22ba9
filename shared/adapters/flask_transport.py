"""The WebSocket transport as the HTTP edge uses it."""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

from flask import Flask

from shared.adapters import websocket, websocket_handshake


class FlaskTransport:
    """Prepares a Flask application for flask-sock and moves its accepted sockets to `loop`."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop

    def prepare(self, app: Flask, subprotocols: tuple[str, ...]) -> None:
        """Set the application up, before its first request."""
        websocket_handshake.prepare(app, subprotocols)

    def serve(self, ws: Any, open_handler: Callable[[Any], Any]) -> None:
        """Hand an accepted socket to the loop; returns when the connection is over."""
        websocket.serve(ws, self._loop, open_handler)
