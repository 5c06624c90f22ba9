"""The repairs of the SDK's client that need no connection."""

import asyncio
from typing import Any

import pytest
from assemblyai.streaming.v3 import TurnEvent, async_client

from shared.adapters.assemblyai_client import RepairedClient, tls_context

HEADERS: dict[str, str | None] = {"Authorization": "key-1"}
TURN: dict[str, Any] = {
    "type": "Turn",
    "turn_order": 0,
    "turn_is_formatted": True,
    "end_of_turn": True,
    "transcript": "private words",
    "end_of_turn_confidence": 1.0,
    "words": [],
}


@pytest.fixture
def client() -> RepairedClient:
    """A client that is not connected."""
    return RepairedClient("ws://127.0.0.1:9", "key-1")


def test_a_whole_message_is_read(client: RepairedClient) -> None:
    assert isinstance(client._parse_message(TURN), TurnEvent)
    assert client.malformed == 0


@pytest.mark.parametrize("missing", [name for name in TURN if name != "type"])
def test_a_message_without_a_field_is_counted_and_its_words_are_not_logged(
    client: RepairedClient, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {name: value for name, value in TURN.items() if name != missing}
    assert client._parse_message(broken) is None
    assert client.malformed == 1
    assert "private words" not in str([vars(record) for record in caplog.records])


async def test_secure_connections_share_one_tls_context_and_plain_ones_have_none(
    client: RepairedClient,
) -> None:
    assert client.malformed == 0
    connections = [
        async_client.websocket_connect_async(uri, HEADERS)
        for uri in ("wss://127.0.0.1:9/a", "wss://127.0.0.1:9/b", "ws://127.0.0.1:9/c")
    ]
    contexts = [connection.create_connection_kwargs["ssl"] for connection in connections]
    assert contexts == [tls_context(), tls_context(), None]


async def test_more_than_a_hundred_waiting_messages_are_refused(client: RepairedClient) -> None:
    client._write_queue, client._stop_event = asyncio.Queue(), asyncio.Event()
    assert [client.offer(b"\0") for _ in range(102)] == [True] * 100 + [False] * 2
