"""The bare flask-sock relay with AssemblyAI's threaded client towards the speech service."""

import os
from contextlib import suppress
from typing import Any

from assemblyai.streaming.v3 import (
    StreamingClient,
    StreamingClientOptions,
    StreamingEvents,
    StreamingParameters,
    TurnEvent,
)
from flask import Flask
from flask_sock import ConnectionClosed, Sock


def create_app() -> Flask:
    """The application: `/voice/<user_id>`, binary messages up, turns down."""
    app = Flask(__name__)
    sock = Sock(app)
    host = os.environ["SPEECH_HOST"]

    @sock.route("/voice/<user_id>")  # type: ignore[untyped-decorator]
    def voice(ws: Any, user_id: str) -> None:  # noqa: ARG001
        client = StreamingClient(StreamingClientOptions(api_key="none", api_host=host))
        client.on(StreamingEvents.Turn, lambda _client, turn: _down(ws, turn))
        client.connect(
            StreamingParameters.model_validate(
                {
                    "sample_rate": 16000,
                    "speech_model": "universal-3-6-pro",
                    "session_heartbeat": True,
                }
            )
        )
        try:
            _up(ws, client)
        finally:
            client.disconnect(terminate=True)

    return app


def _up(ws: Any, client: StreamingClient) -> None:
    with suppress(ConnectionClosed):
        while True:
            message = ws.receive()
            if isinstance(message, bytes):
                client.stream(message)


def _down(ws: Any, turn: TurnEvent) -> None:
    with suppress(ConnectionClosed):
        ws.send(turn.model_dump_json(exclude_none=True))
