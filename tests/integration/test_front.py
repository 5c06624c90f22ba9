"""The front between real sockets: what goes in on one side comes out on the other."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
import websockets
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from dev.front.server import Front
from dev.front.streams import Dialled
from dev.launcher.ports import HOST, free_ports

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
DEADLINE_S = 20


@dataclass
class Recorder:
    """A process behind the front that keeps what it was sent and answers with fixed bytes."""

    answer: bytes = OK
    heads: list[bytes] = field(default_factory=list)
    body: bytes = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        length = _length(head)
        self.body = await reader.readexactly(length) if length else b""
        writer.write(self.answer)
        await writer.drain()
        writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


@contextlib.asynccontextmanager
async def fronted(name: str, handler: Handler) -> AsyncIterator[int]:
    """A front whose service `name` is `handler`; yields the front's port."""
    server = await asyncio.start_server(handler, HOST, 0)
    address = server.sockets[0].getsockname()[:2]
    async with server, front({name: address}) as port:
        yield port


@contextlib.asynccontextmanager
async def front(addresses: dict[str, tuple[str, int]]) -> AsyncIterator[int]:
    """A running front; yields its port."""
    listener = socket.create_server((HOST, 0))
    port = int(listener.getsockname()[1])
    it = Front(addresses)
    await it.start(listener)
    try:
        yield port
    finally:
        await it.stop()


async def raw(port: int, request: bytes) -> bytes:
    """Send bytes, say that there are no more, and read everything that comes back."""
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(request)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
    return answer


async def test_request_reaches_the_process_as_the_client_sent_it() -> None:
    process = Recorder()
    async with fronted("health", process) as port:
        sent = b"GET /a%2Fb?q=1%20&x HTTP/1.1\r\nHost: localhost:8000\r\nX-Odd: One\r\n\r\n"
        await raw(port, sent)
    lines = process.heads[0].split(b"\r\n")
    assert lines[0] == b"GET /a%2Fb?q=1%20&x HTTP/1.1"
    assert sorted(lines[1:-2]) == [b"Connection: close", b"Host: localhost:8000", b"X-Odd: One"]


async def test_forwarded_headers_of_the_client_pass_and_none_are_added() -> None:
    process = Recorder()
    async with fronted("health", process) as port:
        forwarded = b"X-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n"
        await raw(port, b"GET / HTTP/1.1\r\nHost: a\r\n" + forwarded + b"\r\n")
        await raw(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert forwarded in process.heads[0]
    assert b"orwarded" not in process.heads[1]


async def test_answer_reaches_the_client_unchanged() -> None:
    body = b'{"type":"/problems/unauthenticated"}'
    head = (
        b"HTTP/1.1 401 UNAUTHORIZED\r\nContent-Type: application/problem+json\r\n"
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 36\r\n\r\n"
    )
    answer = head + body
    async with fronted("health", Recorder(answer=answer)) as port:
        assert await raw(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == answer


async def test_head_request_gets_the_length_and_no_body() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    async with fronted("health", Recorder(answer=answer)) as port:
        assert await raw(port, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") == answer


async def test_large_body_arrives_whole() -> None:
    process = Recorder()
    body = bytes(range(256)) * 8192  # 2 MiB
    async with fronted("notion", process) as port, aiohttp.ClientSession() as client:
        reply = await client.post(f"http://{HOST}:{port}/notion/x", data=body)
        assert reply.status == 200
    assert process.body == body


async def test_one_connection_carries_many_requests() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    process = Recorder(answer=closing)
    async with fronted("health", process) as port:
        one = b"GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
        two = b"GET /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer = await raw(port, one + two)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert [head.split(b" ")[1] for head in process.heads] == [b"/one", b"/two"]


async def test_answer_streams_while_the_process_still_writes() -> None:
    seen = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await asyncio.wait_for(seen.wait(), DEADLINE_S)
        writer.write(b"4\r\nlast\r\n0\r\n\r\n")
        writer.close()

    async with fronted("health", slow) as port, aiohttp.ClientSession() as client:
        reply = await client.get(f"http://{HOST}:{port}/")
        assert await reply.content.readexactly(5) == b"first"
        seen.set()
        assert await reply.content.read() == b"last"


async def test_early_refusal_of_a_large_body_is_read_by_the_client() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        await writer.drain()
        writer.close()

    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n"
    async with fronted("health", refuse) as port:
        answer = await raw(port, head + b"x" * 3_000_000)
    assert answer.startswith(b"HTTP/1.1 413 Too Large")
    assert answer.endswith(b"big")


async def test_answer_outlives_the_reset_of_its_connection() -> None:
    """What becomes of an early refusal when the process closes without reading the rest."""
    with socket.create_server((HOST, 0)) as listener:
        stream = await Dialled.to(listener.getsockname())
        process, _ = listener.accept()
        process.sendall(b"refused")
        process.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        process.close()  # with a reset, as if something had been left unread
    with contextlib.closing(stream):
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            await asyncio.wait_for(_write_for_ever(stream), DEADLINE_S)
        assert await stream.read(100) == b"refused"


async def _write_for_ever(stream: Dialled) -> None:
    while True:
        await stream.write(b"more")


async def test_process_that_is_down_is_503_with_retry_after() -> None:
    nowhere = (HOST, free_ports(1)[0])
    async with front({"health": nowhere}) as port, aiohttp.ClientSession() as client:
        reply = await client.get(f"http://{HOST}:{port}/health")
        assert reply.status == 503
        assert reply.headers["Retry-After"] == "1"
        assert reply.content_type == "application/problem+json"
        assert json.loads(await reply.text())["type"] == "/problems/upstream-unavailable"


async def test_process_that_dies_before_its_answer_is_503() -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with fronted("health", die) as port:
        answer = await raw(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503 ")


async def test_process_that_dies_in_its_answer_cuts_the_connection() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
    async with fronted("health", Recorder(answer=cut)) as port:
        assert await raw(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == cut


async def test_service_that_is_no_part_of_the_stack_is_404() -> None:
    async with front({}) as port:
        answer = await raw(port, b"GET /notion/x HTTP/1.1\r\nHost: a\r\n\r\n")
    head, body = answer.split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert json.loads(body)["instance"] == "/notion/x"


async def test_page_is_told_to_sign_in_with_the_emulator_behind_the_front() -> None:
    async with front({"auth": (HOST, free_ports(1)[0])}) as port, aiohttp.ClientSession() as client:
        url = f"http://{HOST}:{port}/__/firebase/init.json"
        async with client.get(url) as reply:
            assert reply.status == 200
            assert await reply.json() == {"apiKey": "local", "authEmulator": True}
        async with client.head(url) as reply:
            assert reply.status == 200


async def test_without_an_emulator_of_auth_no_sign_in_is_offered() -> None:
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    async with fronted("health", Recorder(answer=missing)) as port:
        answer = await raw(port, b"GET /__/firebase/init.json HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_request_that_is_no_http_is_400() -> None:
    async with front({}) as port:
        assert (await raw(port, b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


@contextlib.asynccontextmanager
async def talking(
    handler: Callable[[ServerConnection], Awaitable[None]],
    refuse: Callable[[ServerConnection, Request], Response | None] | None = None,
) -> AsyncIterator[str]:
    """A WebSocket server behind a front; yields the front's address."""
    async with serve(
        handler,
        HOST,
        0,
        process_request=refuse,
        select_subprotocol=lambda _, offered: offered[0] if offered else None,
        max_size=1 << 20,
    ) as server:
        inner = next(iter(server.sockets)).getsockname()[1]
        async with front({"voice_ws": (HOST, inner)}) as port:
            yield f"ws://{HOST}:{port}/voice/demo"


async def _echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


async def test_websocket_passes_messages_of_one_mebibyte_both_ways() -> None:
    message = bytes(range(256)) * 4096
    async with talking(_echo) as url, websockets.connect(url, max_size=None) as client:
        await client.send(message)
        assert await client.recv() == message
        await client.send("text")
        assert await client.recv() == "text"


async def test_websocket_handshake_reaches_the_process_as_sent() -> None:
    seen: list[Request] = []

    async def keep(socket: ServerConnection) -> None:
        assert socket.request is not None
        seen.append(socket.request)

    headers = {"Authorization": "Bearer abc"}
    async with (
        talking(keep) as url,
        websockets.connect(
            url,
            origin=websockets.Origin("http://localhost:8000"),
            subprotocols=[websockets.Subprotocol("nexus.v1"), websockets.Subprotocol("bearer.x")],
            additional_headers=headers,
        ) as client,
    ):
        assert client.subprotocol == "nexus.v1"
        await client.wait_closed()
    (request,) = seen
    assert request.path == "/voice/demo"
    assert request.headers["Host"] in url
    assert request.headers["Authorization"] == "Bearer abc"
    assert request.headers["Origin"] == "http://localhost:8000"
    assert request.headers["Sec-WebSocket-Protocol"] == "nexus.v1, bearer.x"
    assert not [name for name in request.headers if "forwarded" in name.lower()]


async def test_refused_websocket_passes_status_and_body() -> None:
    def refuse(socket: ServerConnection, request: Request) -> Response:
        del request
        return socket.respond(401, '{"type":"/problems/unauthenticated"}')

    async with talking(_echo, refuse) as url:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(url)
    assert refused.value.response.status_code == 401
    assert refused.value.response.body == b'{"type":"/problems/unauthenticated"}'


async def test_close_code_and_reason_of_the_process_reach_the_client() -> None:
    async def close(socket: ServerConnection) -> None:
        await socket.close(4408, "five minutes without audio")

    async with talking(close) as url, websockets.connect(url) as client:
        await client.wait_closed()
        assert (client.close_code, client.close_reason) == (4408, "five minutes without audio")


async def test_close_code_of_the_client_reaches_the_process() -> None:
    codes: asyncio.Queue[int | None] = asyncio.Queue()

    async def keep(socket: ServerConnection) -> None:
        await socket.wait_closed()
        await codes.put(socket.close_code)

    async with talking(keep) as url:
        async with websockets.connect(url) as client:
            await client.close(4999, "enough")
        assert await asyncio.wait_for(codes.get(), DEADLINE_S) == 4999


async def test_client_that_vanishes_is_noticed_by_the_process() -> None:
    codes: asyncio.Queue[int | None] = asyncio.Queue()

    async def keep(socket: ServerConnection) -> None:
        await socket.wait_closed()
        await codes.put(socket.close_code)

    async with talking(keep) as url:
        client = await websockets.connect(url)
        client.transport.abort()
        assert await asyncio.wait_for(codes.get(), DEADLINE_S) == 1006


async def test_too_large_message_is_refused_by_the_process_not_by_the_front() -> None:
    async with talking(_echo) as url, websockets.connect(url) as client:
        await client.send(b"x" * ((1 << 20) + 1))
        await client.wait_closed()
        assert client.close_code == 1009
