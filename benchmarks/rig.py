"""Both vendors and a client in one process, so that one clock times what passes between them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from benchmarks.upstream import BYTES_PER_MS, begin, heartbeat, turn
from dev.launcher.ports import HOST

_HEARTBEAT_S: Final = 5.0
_FRAME_MS: Final = 100
_FRAME: Final = b"\x01\x10" * (_FRAME_MS * BYTES_PER_MS // 2)
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_1\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_HEADER: Final = "intent: create\nlanguage: python\nfilename: lines.py\n\n```python\n"
_MODEL: Final = "claude-haiku-5-5"


@dataclass(slots=True)
class Speech:
    """A speech service that says what it is told to, on the stream that was opened last.

    A forced end of a turn is answered with an empty turn. `audio`: bytes of the last stream.
    """

    begin_after_s: float = 0.0
    audio: int = 0
    _orders: dict[ServerConnection, int] = field(default_factory=dict)
    _socket: ServerConnection | None = None

    async def take(self, socket: ServerConnection) -> None:
        """Serve one stream until it ends."""
        await asyncio.sleep(self.begin_after_s)
        await socket.send(begin(1))
        self._socket, self.audio, self._orders[socket] = socket, 0, 0
        beating = asyncio.create_task(self._beat(socket))
        try:
            await self._listen(socket)
        except ConnectionClosed:
            pass
        finally:
            beating.cancel()
            del self._orders[socket]

    async def _listen(self, socket: ServerConnection) -> None:
        async for message in socket:
            if isinstance(message, bytes):
                self.audio += len(message) if socket is self._socket else 0
            elif '"ForceEndpoint"' in message:
                await self._turn(socket, "", 0)
            elif '"Terminate"' in message:
                return

    async def _beat(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(_HEARTBEAT_S)
                await socket.send(heartbeat(self.audio // BYTES_PER_MS))

    async def started(self) -> None:
        """Say that somebody began to speak."""
        assert self._socket is not None, "the service has opened no stream"
        started = {"type": "SpeechStarted", "timestamp": 1, "confidence": 0.9}
        await self._socket.send(json.dumps(started))

    async def final(self, text: str) -> float:
        """Say that a turn is over; when that was."""
        assert self._socket is not None, "the service has opened no stream"
        at = perf_counter()
        await self._turn(self._socket, text, self.audio // BYTES_PER_MS)
        return at

    async def _turn(self, socket: ServerConnection, text: str, at_ms: int) -> None:
        order = self._orders[socket]
        self._orders[socket] += 1
        await socket.send(turn(text, order=order, at_ms=at_ms, final=True))


@dataclass(slots=True)
class Model:
    """Claude's Messages API with one answer: code of `lines` lines, one every `pause_s`.

    `asked`: when requests came in. `written`: when each line of the last answer went out.
    Events: https://platform.claude.com/docs/en/build-with-claude/streaming
    """

    lines: int = 3
    pause_s: float = 0.0
    asked: asyncio.Queue[float] = field(default_factory=asyncio.Queue)
    written: list[float] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                at = perf_counter()
                await reader.readexactly(_length(head))
                if head.startswith(b"POST /v1/messages"):
                    self.asked.put_nowait(at)
                    await self._answer(writer)
                else:
                    self._list(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @staticmethod
    def _list(writer: asyncio.StreamWriter) -> None:
        body = b'{"data":[],"has_more":false,"first_id":null,"last_id":null}'
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        writer.write(f"{head}\r\n\r\n".encode() + body)

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        self.written = []
        writer.write(_HEAD)
        for event in _opening():
            _write(writer, event)
        _write(writer, _delta(_HEADER))
        due = perf_counter()
        for number in range(self.lines):
            self.written.append(perf_counter())
            _write(writer, _delta(f"line_{number:05d} = {number}\n"))
            await writer.drain()
            due += self.pause_s
            await asyncio.sleep(due - perf_counter())
        _write(writer, _delta("```\n\nAssigns numbers.\n"))
        for event in _ending(self.lines):
            _write(writer, event)
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def _write(writer: asyncio.StreamWriter, event: dict[str, Any]) -> None:
    data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _delta(text: str) -> dict[str, Any]:
    delta = {"type": "text_delta", "text": text}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def _opening() -> tuple[dict[str, Any], ...]:
    usage = {
        "input_tokens": 800,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 1,
    }
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": _MODEL,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    block = {"type": "text", "text": ""}
    return (
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
    )


def _ending(lines: int) -> tuple[dict[str, Any], ...]:
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    return (
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 8 * lines}},
        {"type": "message_stop"},
    )


@dataclass(slots=True)
class Speaker:
    """A client that speaks all the time and notes when messages arrive.

    `results` holds when each command was done; `lines`, when each line of code came.
    """

    socket: ClientConnection
    frames: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    results: asyncio.Queue[float] = field(default_factory=asyncio.Queue)
    lines: dict[int, float] = field(default_factory=dict)

    async def speak(self) -> None:
        """Send audio in real time until cancelled."""
        due = perf_counter()
        while True:
            self.frames += 1
            await self.socket.send(_FRAME)
            due += _FRAME_MS / 1000
            await asyncio.sleep(due - perf_counter())

    async def listen(self) -> None:
        """Sort what arrives."""
        async for text in self.socket:
            at = perf_counter()
            message = json.loads(text)
            kind = message["type"]
            if kind == "code" and message["delta"].startswith("line_"):
                self.lines[int(message["delta"][5:10])] = at
            elif kind == "ready":
                self.ready.set()
            elif kind == "result":
                self.results.put_nowait(at)
            elif kind == "error" and self.ready.is_set():  # a cold emulator is slow to load
                raise RuntimeError(f"the service reports {message['code']}")


@asynccontextmanager
async def vendors(
    speech: Speech, speech_port: int, model: Model, model_port: int
) -> AsyncIterator[None]:
    """Serve both vendors until the block ends."""
    async with serve(speech.take, HOST, speech_port, compression=None, ping_interval=None):
        server = await asyncio.start_server(model.take, HOST, model_port)
        try:
            yield
        finally:
            server.close()


@asynccontextmanager
async def speaking(url: str) -> AsyncIterator[Speaker]:
    """Connect, wait until the service is ready, and speak until the block ends.

    Raises what broke the client, if something did.
    """
    async with connect(url, compression=None, ping_interval=None) as socket:
        speaker = Speaker(socket)
        await socket.send(json.dumps({"type": "start"}))
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(speaker.listen())
            await asyncio.wait_for(speaker.ready.wait(), 60)
            talking = group.create_task(speaker.speak())
            try:
                yield speaker
            finally:
                listening.cancel()
                talking.cancel()
