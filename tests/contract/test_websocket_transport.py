"""The WebSocket transport under gunicorn's threads, seen by real clients."""

import asyncio
import contextlib
import http.client
import json
import os
import select
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.waiting import until

_ROOT = Path(__file__).parents[2]
_DEADLINE_S = 15.0


class Server:
    """The running gunicorn."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def connect(self, path: str = "/voice", **options: Any) -> ClientConnection:
        """Open a WebSocket."""
        url = f"ws://127.0.0.1:{self.port}{path}"
        return cast(ClientConnection, connect(url, proxy=None, max_size=None, **options))

    def state(self) -> Any:
        """What the process holds, and the close codes its handlers were told."""
        with urllib.request.urlopen(f"{self.url}/state", timeout=_DEADLINE_S) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """gunicorn with threads, as the voice service runs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "32"]
        command += ["-b", f"fd://{listener.fileno()}", "--graceful-timeout", "1"]
        command += ["--no-control-socket", "tests.contract.websocket_app:create_app()"]
        log = tmp_path_factory.mktemp("gunicorn") / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, cwd=_ROOT, pass_fds=[listener.fileno()], stdout=out, stderr=out
            )
            try:
                running = Server(listener.getsockname()[1])
                running.state()
                yield running
            finally:
                process.terminate()
                process.wait(10)


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; fail after the deadline."""
    until(condition, _DEADLINE_S, "the server is as expected")


def closing(connection: ClientConnection) -> tuple[int, str]:
    """Read until the end; the code and the reason the server gave."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            connection.recv(timeout=_DEADLINE_S)
    return connection.close_code or 0, connection.close_reason or ""


def told(server: Server, code: int, before: int) -> Callable[[], bool]:
    """Whether the handler was told `code` once more than `before`."""
    return lambda: server.state()["closed"].count(code) == before + 1


def test_offered_with_a_token_the_subprotocol_is_answered_alone(server: Server) -> None:
    with server.connect(subprotocols=["nexus.v1", "bearer.xxx"]) as connection:
        assert connection.subprotocol == "nexus.v1"


def test_no_compression_is_agreed_although_the_client_offers_it(server: Server) -> None:
    with server.connect(compression="deflate") as connection:
        assert connection.request is not None
        assert connection.response is not None
        assert connection.request.headers["Sec-WebSocket-Extensions"]
        assert "Sec-WebSocket-Extensions" not in connection.response.headers
        connection.send("hello")
        assert connection.recv(timeout=_DEADLINE_S) == "hello"


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 2**20])
def test_binary_messages_come_back_whole(server: Server, size: int) -> None:
    data = os.urandom(size)
    with server.connect() as connection:
        connection.send(data)
        assert connection.recv(timeout=_DEADLINE_S) == data


def test_fragmented_text_is_joined_even_in_the_middle_of_a_character(server: Server) -> None:
    word = "Größe→".encode()
    with server.connect() as connection:
        connection.send((word[i : i + 1] for i in range(len(word))), text=True)
        assert connection.recv(timeout=_DEADLINE_S) == "Größe→"


def test_frames_may_arrive_in_any_pieces(server: Server) -> None:
    with server.connect() as connection:
        connection.protocol.send_text(b"first")
        connection.protocol.send_binary(bytes(300))
        wire = b"".join(connection.protocol.data_to_send())
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(wire), 7):
            connection.socket.sendall(wire[start : start + 7])
        assert connection.recv(timeout=_DEADLINE_S) == "first"
        assert connection.recv(timeout=_DEADLINE_S) == bytes(300)


def test_a_message_over_the_limit_is_refused_with_1009(server: Server) -> None:
    before = server.state()["closed"].count(1009)
    with server.connect() as connection:
        connection.send(bytes(4 * 2**20))
        assert closing(connection)[0] == 1009
    wait_for(told(server, 1009, before))


def test_fragments_over_the_limit_together_are_refused_with_1009(server: Server) -> None:
    with server.connect() as connection:
        with contextlib.suppress(ConnectionClosed):
            connection.send(bytes(2**18) for _ in range(5))
        assert closing(connection)[0] == 1009


def test_text_that_is_not_utf8_is_refused_with_1007(server: Server) -> None:
    with server.connect() as connection:
        connection.send(b"\xff\xfe", text=True)
        assert closing(connection)[0] == 1007


def test_bytes_that_are_no_frame_are_refused_with_1002(server: Server) -> None:
    with server.connect() as connection:
        connection.socket.sendall(b"\x7f\x00")
        assert closing(connection)[0] == 1002


def test_the_server_closes_with_its_code_and_reason(server: Server) -> None:
    before = server.state()["closed"].count(4429)
    with server.connect() as connection:
        connection.send("close 4429 too many sessions")
        assert closing(connection) == (4429, "too many sessions")
    wait_for(told(server, 4429, before))


def test_a_reason_too_long_for_a_close_frame_is_cut_between_characters(server: Server) -> None:
    with server.connect() as connection:
        connection.send("close 4400 " + "ü" * 100)
        assert closing(connection) == (4400, "ü" * 61)


def test_the_code_of_a_client_that_closes_reaches_the_handler(server: Server) -> None:
    before = server.state()["closed"].count(4123)
    with server.connect() as connection:
        connection.close(4123, "bye")
    wait_for(told(server, 4123, before))


def test_a_dropped_client_is_told_as_1006(server: Server) -> None:
    before = server.state()["closed"].count(1006)
    connection = server.connect()
    connection.socket.shutdown(socket.SHUT_RDWR)
    wait_for(told(server, 1006, before))


def test_a_handler_that_fails_drops_its_own_connection_only(server: Server) -> None:
    before = server.state()["closed"].count(1006)
    with server.connect() as other, server.connect() as connection:
        connection.send("crash")
        assert closing(connection)[0] == 1006
        other.send("still here")
        assert other.recv(timeout=_DEADLINE_S) == "still here"
    wait_for(told(server, 1006, before))


def raw_handshake(server: Server, path: str) -> socket.socket:
    """A client that shakes hands and then never reads its socket."""
    client = socket.create_connection(("127.0.0.1", server.port))
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    client.sendall((request + key).encode())
    assert client.recv(4096).startswith(b"HTTP/1.1 101")
    return client


def test_a_peer_that_answers_no_ping_is_dropped(server: Server) -> None:
    before = server.state()["closed"].count(1006)
    with raw_handshake(server, "/impatient"):
        wait_for(told(server, 1006, before))


def test_a_client_that_answers_pings_stays(server: Server) -> None:
    with server.connect("/impatient", ping_interval=None) as connection:
        pongs = [connection.ping() for _ in range(3)]
        assert all(pong.wait(_DEADLINE_S) for pong in pongs)
        with pytest.raises(TimeoutError):
            connection.recv(timeout=1.0)  # five ping intervals
        connection.send("here")
        assert connection.recv(timeout=_DEADLINE_S) == "here"


def test_a_client_that_reads_too_slowly_is_closed_with_1013(server: Server) -> None:
    before = server.state()["closed"].count(1013)
    with raw_handshake(server, "/impatient") as client:
        client.sendall(masked(b"flood 200"))
        wait_for(told(server, 1013, before))


def send_while_it_flows(client: socket.socket, wire: bytes, at_most: int) -> int:
    """Repeat `wire` until the socket takes nothing for half a second; the bytes it took."""
    taken = 0
    while select.select([], [client], [], 0.5)[1]:
        assert taken < at_most, "the server never stopped reading"
        offset = taken % len(wire)
        taken += client.send(wire[offset:])
    return taken


def masked(text: bytes) -> bytes:
    """A short text frame of a client, masked with zeros."""
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


def test_while_paused_the_sender_is_held_up_and_nothing_is_lost(server: Server) -> None:
    payload = 60_000
    wire = bytes((0x82, 0xFE, *payload.to_bytes(2, "big"), 0, 0, 0, 0)) + bytes(payload)
    with raw_handshake(server, "/voice") as client:
        client.sendall(masked(b"pause"))
        client.setblocking(False)
        taken = send_while_it_flows(client, wire, at_most=64 * 2**20)
        urllib.request.urlopen(f"{server.url}/resume", timeout=_DEADLINE_S).close()
        client.setblocking(True)
        rest = -taken % len(wire)
        client.sendall(wire[len(wire) - rest :] + masked(b"swallowed"))
        client.settimeout(_DEADLINE_S)
        count = (taken + rest) // len(wire) * payload
        assert client.recv(100)[2:] == str(count).encode()


@pytest.mark.parametrize(
    ("version", "key"),
    [("13", "short"), ("8", "dGhlIHNhbXBsZSBub25jZQ=="), ("", "dGhlIHNhbXBsZSBub25jZQ==")],
)
def test_a_malformed_handshake_is_a_client_error(server: Server, version: str, key: str) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": key}
    headers["Sec-WebSocket-Version"] = version
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_DEADLINE_S)
    with contextlib.closing(client):
        client.request("GET", "/voice", headers=headers)
        answer = client.getresponse()
        assert answer.status in (400, 426)
        assert json.load(answer)["type"] == "/problems/validation"


def test_a_thousand_connections_leave_nothing_behind(server: Server) -> None:
    async def come_and_go(number: int, gate: asyncio.Semaphore) -> None:
        url = f"ws://127.0.0.1:{server.port}/voice"
        async with gate, connect_async(url, proxy=None, close_timeout=5) as connection:
            await connection.send(f"{number}")
            assert await connection.recv() == f"{number}"
            if number % 2:
                connection.transport.abort()

    async def everybody() -> None:
        gate = asyncio.Semaphore(20)
        await asyncio.gather(*(come_and_go(number, gate) for number in range(1000)))

    wait_for(lambda: server.state()["tasks"] == 0)
    before = server.state()
    asyncio.run(everybody())
    wait_for(lambda: len(server.state()["closed"]) == len(before["closed"]) + 1000)
    wait_for(lambda: server.state()["descriptors"] <= before["descriptors"])
    after = server.state()
    assert after["threads"] == before["threads"]
    assert after["tasks"] == 0
