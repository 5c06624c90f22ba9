"""A bare relay on flask-sock, as its documentation would have it: threads and blocking sockets.

Served by gunicorn's gthread worker, or its gevent worker (which turns the threads into
greenlets). `SPEECH_URL` is where the audio goes.
"""

import os
import threading
from contextlib import suppress
from typing import Any

from flask import Flask
from flask_sock import ConnectionClosed as ClientClosed
from flask_sock import Sock
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect


def create_app() -> Flask:
    """The application: `/voice/<user_id>`, binary messages up, text messages down."""
    app = Flask(__name__)
    sock = Sock(app)
    speech_url = os.environ["SPEECH_URL"]

    @sock.route("/voice/<user_id>")  # type: ignore[untyped-decorator]
    def voice(ws: Any, user_id: str) -> None:  # noqa: ARG001
        with connect(speech_url, compression=None, ping_interval=None) as speech:
            threading.Thread(target=_down, args=(speech, ws), daemon=True).start()
            _up(ws, speech)

    return app


def _up(ws: Any, speech: ClientConnection) -> None:
    with suppress(ClientClosed, ConnectionClosed):
        while True:
            message = ws.receive()
            if isinstance(message, bytes):
                speech.send(message)


def _down(speech: ClientConnection, ws: Any) -> None:
    with suppress(ClientClosed, ConnectionClosed):
        for message in speech:
            ws.send(message)
