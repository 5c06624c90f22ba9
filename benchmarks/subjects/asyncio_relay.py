"""The yardstick: a bare relay on asyncio, Starlette towards the client, websockets upstream."""

import asyncio
import os

from starlette.applications import Starlette  # type: ignore[import-not-found,unused-ignore]
from starlette.routing import WebSocketRoute  # type: ignore[import-not-found,unused-ignore]
from starlette.websockets import (  # type: ignore[import-not-found,unused-ignore]
    WebSocket,
    WebSocketDisconnect,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


async def _voice(ws: WebSocket) -> None:
    await ws.accept()
    async with connect(os.environ["SPEECH_URL"], compression=None, ping_interval=None) as speech:
        down = asyncio.create_task(_down(speech, ws))
        try:
            await _up(ws, speech)
        except (WebSocketDisconnect, ConnectionClosed):
            pass
        finally:
            down.cancel()


async def _up(ws: WebSocket, speech: ClientConnection) -> None:
    while True:
        message = await ws.receive()
        if message["type"] == "websocket.disconnect":
            return
        if (audio := message.get("bytes")) is not None:
            await speech.send(audio)


async def _down(speech: ClientConnection, ws: WebSocket) -> None:
    async for message in speech:
        await ws.send_text(str(message))


def create_app() -> Starlette:
    """The application: `/voice/<user_id>`, binary messages up, text messages down."""
    return Starlette(routes=[WebSocketRoute("/voice/{user_id}", _voice)])
