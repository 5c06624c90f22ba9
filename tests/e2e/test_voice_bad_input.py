"""What a client may do wrong: a clear typed answer, and nobody else notices."""

import json
import socket as sockets
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from tests.support.stack import Stack
from tests.support.voice_client import new_user, speaking
from tests.support.waiting import until

SECOND = bytes(32_000)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '"start"',
        "{}",
        '{"type":"nonsense"}',
        '{"type":"text","text":"hello"}',
        '{"type":"start","sample_rate":4000}',
        '{"type":"start","sample_rate":"16000"}',
        '{"type":"start","encoding":"mp3"}',
    ],
)
def test_a_wrong_first_message_closes_4400(stack: Stack, text: str) -> None:
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.socket.send(text)
        assert client.wait_for("error")["code"] == "bad_message"
        assert client.closed() == 4400


def test_a_wrong_message_later_is_told_and_the_session_goes_on(stack: Stack) -> None:
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        client.socket.send(json.dumps({"type": "nonsense", "text": "secret words"}))
        error = client.wait_for("error")
        assert error["code"] == "bad_message"
        assert "secret" not in error["message"]
        assert client.type_command("create a function that adds two numbers")["intent"] == "create"


def test_a_message_over_a_mebibyte_closes_1009(stack: Stack) -> None:
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        client.socket.send(bytes(2**20 + 2))
        assert client.closed() == 1009


def test_audio_more_than_ten_seconds_ahead_closes_4429(stack: Stack) -> None:
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        client.socket.send(SECOND * 11)
        assert client.wait_for("error")["code"] == "audio_too_fast"
        assert client.closed() == 4429


def test_text_sent_as_binary_is_noise_and_not_a_failure(stack: Stack) -> None:
    with speaking(stack.run["ws_url"], new_user()) as client:
        client.start()
        client.socket.send(b'{"type":"start"}x')
        assert client.type_command("create a function that adds two numbers")["intent"] == "create"


def test_a_fourth_session_of_a_user_is_refused(stack: Stack) -> None:
    user, url = new_user(), stack.run["ws_url"]
    with speaking(url, user) as a, speaking(url, user) as b, speaking(url, user) as c:
        for client in (a, b, c):
            client.start()
        with speaking(url, user) as fourth:
            assert fourth.wait_for("error")["code"] == "session_limit"
            assert fourth.closed() == 4429
        assert a.type_command("create a function that adds two numbers")["intent"] == "create"


def test_a_user_who_comes_and_goes_quickly_is_never_one_too_many(stack: Stack) -> None:
    user = new_user()
    for _ in range(6):
        with speaking(stack.run["ws_url"], user) as client:
            client.start()
            result = client.type_command("create a function that adds two numbers")
            assert result["intent"] == "create"
            assert client.of("error") == []


def test_a_session_resumed_over_and_over_closes_the_connections_before(stack: Stack) -> None:
    user, url = new_user(), stack.run["ws_url"]
    with ExitStack() as open_sockets:
        first = open_sockets.enter_context(speaking(url, user))
        session = first.start()["session_id"]
        first.type_command("create a function that adds two numbers")
        older = first
        for _ in range(5):
            newer = open_sockets.enter_context(speaking(url, user))
            assert newer.start(resume=session, last_turn=1)["resumed"] is True
            assert older.closed() == 1000
            older = newer


@pytest.mark.parametrize(
    ("user", "headers", "status"),
    [
        ("demo", {"Authorization": "Bearer nonsense"}, 401),
        ("demo", {"Authorization": "Basic abc"}, 401),
        ("demo", {"Origin": "http://evil.example"}, 403),
        ("demo", {"Origin": "null"}, 403),
        ("demo", {"X-Forwarded-For": "10.0.0.1"}, 401),
        ("demo", {"Authorization": "mallory"}, 403),
    ],
)
def test_a_connection_without_the_right_is_refused_before_the_upgrade(
    stack: Stack, user: str, headers: dict[str, str], status: int
) -> None:
    run = stack.run
    if headers.get("Authorization") == "mallory":
        headers = {"Authorization": f"Bearer {run['other_user']['id_token']}"}
    with (
        pytest.raises(InvalidStatus) as refused,
        speaking(run["ws_url"], user, additional_headers=headers),
    ):
        pass
    assert refused.value.response.status_code == status


def test_a_token_in_the_subprotocol_opens_the_session(stack: Stack) -> None:
    run: dict[str, Any] = stack.run
    offered = ["nexus.v1", f"bearer.{run['user']['id_token']}"]
    with speaking(run["ws_url"], "demo", subprotocols=offered) as client:
        assert client.socket.subprotocol == "nexus.v1"
        client.start()


def test_a_thousand_connects_and_drops_leave_nothing_behind(stack: Stack) -> None:
    run = stack.run
    address = urlsplit(run["ws_url"])
    voice = psutil.Process(run["services"]["voice_ws"]["pid"])
    worker = voice.children()[0]

    def drop(number: int) -> None:
        """Half of them say `start` and vanish without a close frame; half never say a word."""
        assert address.hostname
        assert address.port
        with sockets.create_connection((address.hostname, address.port)) as raw:
            head = (
                f"GET /voice/drop-{number} HTTP/1.1\r\nHost: localhost:{address.port}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            raw.sendall(head.encode())
            assert b" 101 " in raw.recv(4096)
            if number % 2:
                raw.sendall(b"\x81\x90\0\0\0\0" + b'{"type":"start"}')

    for number in range(100):
        drop(number)
    settled = until(lambda: worker.num_fds() if worker.num_fds() < 120 else 0, 20, "fds settle")
    threads, memory = worker.num_threads(), worker.memory_info().rss
    for number in range(1000):
        drop(number)
    until(lambda: worker.num_fds() <= settled + 10, 30, "file descriptors return")
    assert worker.num_threads() <= threads + 40  # the pools keep what they once needed
    assert worker.memory_info().rss - memory < 60 * 2**20
    with speaking(run["ws_url"], new_user()) as client:
        client.start()
