"""The product's transport with a bare relay on it: what the voice session costs is the rest.

flask-sock on gunicorn's gthread worker shakes hands, one asyncio loop in a thread beside it
moves the frames. `SPEECH_ADAPTER` chooses the product's adapter of AssemblyAI towards the
speech service; without it a plain `websockets` client is there.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask
from flask_sock import Sock
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from shared.adapters.assemblyai import AssemblyAITranscriber
from shared.adapters.websocket import WebSocketTransport
from shared.adapters.websocket_connection import Connection
from shared.ports.speech import SpeechConfig, SpeechEvent, TurnHeard


def create_app() -> Flask:
    """The application: `/voice/<user_id>`, binary messages up, text messages down."""
    app = Flask(__name__)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="relay-loop", daemon=True).start()
    transport = WebSocketTransport(loop)
    transport.prepare(app, ())
    sock = Sock(app)
    handler = _handler()

    @sock.route("/voice/<user_id>")  # type: ignore[untyped-decorator]
    def voice(ws: Any, user_id: str) -> None:  # noqa: ARG001
        transport.serve(ws, handler)

    return app


def _handler() -> Callable[[Connection], "_Relay"]:
    if not os.environ.get("SPEECH_ADAPTER"):
        return lambda connection: _Relay(connection, _plain(os.environ["SPEECH_URL"]))
    transcriber = AssemblyAITranscriber(
        api_key="none", base_url=os.environ["SPEECH_HOST"], model="universal-3-6-pro"
    )
    return lambda connection: _Relay(connection, _adapted(transcriber))


class _Relay:
    """Passes messages on; `speak` is the coroutine that owns the speech side."""

    def __init__(self, connection: Connection, speak: Callable[..., Any]) -> None:
        self.audio: asyncio.Queue[bytes] = asyncio.Queue()
        self._task = asyncio.get_running_loop().create_task(speak(self.audio, connection))

    def on_text(self, text: str) -> None:
        """Pass over: only audio is relayed."""

    def on_binary(self, data: bytes) -> None:
        """Pass audio on."""
        self.audio.put_nowait(data)

    def on_closed(self, _code: int) -> None:
        """End the speech side."""
        self._task.cancel()


def _plain(speech_url: str) -> Callable[..., Any]:
    async def speak(audio: asyncio.Queue[bytes], connection: Connection) -> None:
        async with connect(speech_url, compression=None, ping_interval=None) as speech:
            up = asyncio.create_task(_up(audio, speech))
            try:
                async for message in speech:
                    connection.send_text(str(message))
            finally:
                up.cancel()

    return speak


async def _up(audio: asyncio.Queue[bytes], speech: Any) -> None:
    with suppress(ConnectionClosed):
        while True:
            await speech.send(await audio.get())


def _adapted(transcriber: AssemblyAITranscriber) -> Callable[..., Any]:
    async def speak(audio: asyncio.Queue[bytes], connection: Connection) -> None:
        def heard(event: SpeechEvent) -> None:
            if isinstance(event, TurnHeard):
                connection.send_text(f'{{"text":"{event.text}"}}')

        stream = await transcriber.open(SpeechConfig(sample_rate_hz=16000), heard)
        try:
            while True:
                stream.send(await audio.get())
        finally:
            await stream.close()

    return speak
