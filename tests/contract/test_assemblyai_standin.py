"""The AssemblyAI stand-in as the vendor's own client sees it, and its faults."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from assemblyai.streaming.v3 import (
    StreamingClientOptions,
    StreamingEvents,
    StreamingParameters,
    StreamingSessionParameters,
)
from assemblyai.streaming.v3.async_client import AsyncStreamingClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dev.assemblyai_standin.transcribe import read_wav

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests" / "data" / "recordings"
FRAME_MS = 100
FRAME = bytes(3200)
QUERY = "sample_rate=16000&mode=min_latency"
COMMAND = [sys.executable, "-m", "dev.assemblyai_standin", "--port", "0", "--control-port", "0"]


class StandIn:
    """A running stand-in: its ports and its control address."""

    def __init__(self, port: int, control_port: int) -> None:
        self.host = f"ws://127.0.0.1:{port}"
        self.http = f"http://127.0.0.1:{port}"
        self._control = f"http://127.0.0.1:{control_port}"

    def order(self, path: str, body: object | None = None, method: str = "POST") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.order("/requests", method="GET")["sessions"]
        return found

    def open(self, query: str = QUERY, key: str = "x") -> connect:
        headers = {"Authorization": key} if key else {}
        return connect(f"{self.host}/v3/ws?{query}", additional_headers=headers, open_timeout=10)


@pytest.fixture(scope="module")
def process() -> Iterator[StandIn]:
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        ports = json.loads(running.stdout.readline())
        yield StandIn(**ports)
        running.terminate()
        assert running.wait(30) == 0


@pytest.fixture
def standin(process: StandIn) -> StandIn:
    process.order("/reset")
    return process


class Client:
    """The vendor's asyncio client, with everything it reported."""

    def __init__(self, standin: StandIn, **parameters: Any) -> None:
        options = StreamingClientOptions(api_key="x", api_host=standin.host, connect_timeout=10)
        self.sdk = AsyncStreamingClient(options)
        self.events: list[Any] = []
        self._parameters = StreamingParameters(
            **{"sample_rate": 16_000, "mode": "min_latency", **parameters}
        )
        for event in StreamingEvents:
            self.sdk.on(event, lambda _, message: self.events.append(message))

    async def __aenter__(self) -> Client:
        await self.sdk.connect(self._parameters)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.sdk.disconnect()

    async def speak(self, pcm: bytes) -> None:
        """Send audio in frames of 100 ms at real time."""
        began = time.monotonic()
        for number, at in enumerate(range(0, len(pcm), len(FRAME)), start=1):
            await self.sdk.stream(pcm[at : at + len(FRAME)].ljust(len(FRAME), b"\0"))
            await asyncio.sleep(max(began + number * FRAME_MS / 1000 - time.monotonic(), 0))

    def kinds(self) -> list[str]:
        return [getattr(event, "type", type(event).__name__) for event in self.events]

    def turns(self) -> list[tuple[int, str, bool]]:
        return [
            (event.turn_order, event.transcript, event.end_of_turn)
            for event in self.events
            if getattr(event, "type", "") == "Turn"
        ]

    async def until(self, condition: Callable[[], bool], timeout_s: float = 15) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"never came; there was {self.kinds()}"
            await asyncio.sleep(0.02)


async def closed(socket: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """Return the messages until the close, and its code."""
    messages = []
    try:
        while True:
            messages.append(json.loads(await asyncio.wait_for(socket.recv(), 15)))
    except ConnectionClosed as error:
        return messages, error.rcvd.code if error.rcvd else None


async def test_recording_at_real_time_gives_the_vendors_messages_in_their_order(
    standin: StandIn,
) -> None:
    async with Client(
        standin, speech_model="universal-3-6-pro", continuous_partials=True
    ) as client:
        await client.speak(read_wav(RECORDINGS / "create-00-slt.wav"))
        await client.sdk.disconnect(terminate=True)
        await client.until(lambda: standin.records()[0]["close_code"] is not None)
    kinds = client.kinds()
    assert kinds[:3] == ["Begin", "SpeechStarted", "Turn"]
    assert kinds[-1] == "Termination"
    assert set(kinds[3:-1]) == {"Turn"}
    begin, final = client.events[0], client.events[-2]
    assert begin.configuration.model == "universal-3-6-pro"
    assert begin.configuration.mode == "min_latency"
    assert client.turns()[-1] == (0, "Create a function that adds two numbers.", True)
    assert [done for _, _, done in client.turns()].count(True) == 1
    assert final.turn_is_formatted
    assert [word.text for word in final.words][-1] == "numbers."
    times = [at for word in final.words for at in (word.start, word.end)]
    assert times == sorted(times)
    assert 300 < times[0] < times[-1] < 3_300  # silence before and after the sentence
    record = standin.records()[0]
    assert record["chunk_ms"] == {"100": record["audio_messages"]}
    assert record["query"]["continuous_partials"] == "True"
    assert record["headers"]["Authorization"] == "present"
    assert record["close_code"] == 1000


async def test_two_sessions_at_once_hear_their_own_speech(standin: StandIn) -> None:
    async with Client(standin) as first, Client(standin) as second:
        await asyncio.gather(
            first.speak(read_wav(RECORDINGS / "test-00-slt.wav")),
            second.speak(read_wav(RECORDINGS / "explain-02-slt.wav")),
        )
        await first.until(lambda: first.turns()[-1:] != [] and first.turns()[-1][2])
        await second.until(lambda: second.turns()[-1:] != [] and second.turns()[-1][2])
    assert first.turns()[-1][1] == "Write unit tests for this function."
    assert second.turns()[-1][1] == "How does the cache work?"


async def test_force_endpoint_ends_the_turn_without_any_silence(standin: StandIn) -> None:
    pcm = read_wav(RECORDINGS / "modify-00-slt.wav")
    async with Client(standin, min_turn_silence=10_000, max_turn_silence=10_000) as client:
        await client.speak(pcm[: -900 * 32])  # the recordings end in 900 ms of silence
        assert not any(done for _, _, done in client.turns())
        await client.sdk.force_endpoint()
        await client.until(lambda: any(done for _, _, done in client.turns()), timeout_s=5)
    assert client.turns()[-1] == (0, "Add error handling to it.", True)


async def test_update_changes_silence_and_replaces_key_terms(standin: StandIn) -> None:
    pcm = read_wav(RECORDINGS / "explain-05-rms.wav")
    async with Client(standin, min_turn_silence=10_000, max_turn_silence=10_000) as client:
        await client.sdk.set_params(
            StreamingSessionParameters(keyterms_prompt=["algorithm"], min_turn_silence=200)
        )
        await client.speak(pcm)
        await client.until(lambda: any(done for _, _, done in client.turns()), timeout_s=5)
    assert client.turns()[-1][1] == "What is the time complexity of this algorithm?"


@pytest.mark.parametrize(
    ("frames", "reason"),
    [([bytes(640)], "20 ms"), ([bytes(64_000)], "2000 ms"), ([FRAME] * 40, "faster")],
)
async def test_wrong_chunk_or_burst_is_closed_with_3007(
    standin: StandIn, frames: list[bytes], reason: str
) -> None:
    async with Client(standin) as client:
        for frame in frames:
            await client.sdk.stream(frame)
        await client.until(lambda: "RealTimeError" in client.kinds())
    error = client.events[-1]
    assert error.code == 3007
    assert reason in str(error)


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", 3006), ('{"type":"Begin"}', 3006), ("x" * 140_000, 1009)],
)
async def test_bad_text_is_closed_with_its_code(standin: StandIn, text: str, code: int) -> None:
    async with standin.open() as socket:
        assert json.loads(await socket.recv())["type"] == "Begin"
        await socket.send(text)
        messages, closed_with = await closed(socket)
    assert closed_with == code
    assert [message["error_code"] for message in messages] == ([] if code == 1009 else [code])


async def test_more_than_hundred_key_terms_are_an_error(standin: StandIn) -> None:
    terms = json.dumps([f"t{n}" for n in range(101)])
    async with standin.open() as socket:
        await socket.send(json.dumps({"type": "UpdateConfiguration", "keyterms_prompt": terms}))
        messages, code = await closed(socket)
    assert code == 3006
    assert "101" in messages[-1]["error"]


async def test_inactivity_is_closed_with_3006_and_keep_alive_prevents_it(standin: StandIn) -> None:
    async with standin.open(QUERY + "&inactivity_timeout=5&session_heartbeat=True") as socket:
        began = time.monotonic()
        kinds = [json.loads(await asyncio.wait_for(socket.recv(), 15))["type"]]
        await asyncio.sleep(1)
        await socket.send('{"type":"KeepAlive"}')
        messages, code = await closed(socket)
    kinds += [message["type"] for message in messages]
    assert time.monotonic() - began >= 6
    assert kinds == ["Begin", "Heartbeat", "Error"]
    assert code == 3006


async def test_bad_or_missing_key_is_refused_with_401(standin: StandIn) -> None:
    for key in ("bad-key", ""):
        with pytest.raises(InvalidStatus) as caught:
            async with standin.open(key=key):
                pass
        assert caught.value.response.status_code == 401


async def test_token_opens_one_session(standin: StandIn) -> None:
    request = urllib.request.Request(standin.http + "/v3/token?expires_in_seconds=60")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 401
    request.add_header("Authorization", "x")
    answer = json.loads(urllib.request.urlopen(request, timeout=5).read())
    assert answer["expires_in_seconds"] == 60
    async with standin.open(f"{QUERY}&token={answer['token']}", key="") as socket:
        assert json.loads(await socket.recv())["type"] == "Begin"
    async with standin.open(f"{QUERY}&token={answer['token']}", key="") as socket:
        messages, code = await closed(socket)
    assert [message["type"] for message in messages] == ["Error"]
    assert code == 1008


async def test_script_replaces_recognition_in_the_next_session(standin: StandIn) -> None:
    turns = [
        {"at_ms": 100, "transcript": "sort"},
        {"at_ms": 200, "transcript": "Sort the list.", "final": True},
        {"transcript": "Undo that.", "final": True},
    ]
    standin.order("/script", {"turns": turns})
    async with Client(standin) as client:
        for _ in range(2):
            await client.sdk.stream(FRAME)
        await client.sdk.force_endpoint()
        await client.until(lambda: len(client.turns()) == 3)
    assert client.kinds() == ["Begin", "SpeechStarted", "Turn", "Turn", "SpeechStarted", "Turn"]
    assert client.turns() == [
        (0, "sort", False),
        (0, "Sort the list.", True),
        (1, "Undo that.", True),
    ]


async def test_drop_breaks_the_connection_without_a_close(standin: StandIn) -> None:
    standin.order("/faults", {"kind": "drop", "after_ms": 200})
    async with standin.open() as socket:
        for _ in range(2):
            await socket.send(FRAME)
        messages, code = await closed(socket)
    assert [message["type"] for message in messages] == ["Begin"]
    assert code is None
    assert standin.records()[-1]["close_code"] == 1006


async def test_error_fault_strikes_a_session_that_is_open(standin: StandIn) -> None:
    async with standin.open() as socket:
        assert json.loads(await socket.recv())["type"] == "Begin"
        standin.order("/faults", {"kind": "error", "code": 3009, "open_sessions": True})
        await socket.send(FRAME)
        messages, code = await closed(socket)
    assert messages[-1]["error_code"] == 3009
    assert code == 3009


async def test_deaf_session_says_nothing_more_and_does_not_end(standin: StandIn) -> None:
    standin.order("/faults", {"kind": "deaf", "after_ms": 0})
    async with standin.open(QUERY + "&session_heartbeat=True") as socket:
        assert json.loads(await socket.recv())["type"] == "Begin"
        await socket.send('{"type":"Terminate"}')
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 1)
        assert len(standin.order("/sessions", method="GET")["sessions"]) == 1


async def test_no_begin_is_a_session_that_never_speaks(standin: StandIn) -> None:
    standin.order("/faults", {"kind": "no_begin"})
    async with standin.open() as socket:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 1)
    async with standin.open() as socket:  # once only
        assert json.loads(await asyncio.wait_for(socket.recv(), 5))["type"] == "Begin"


async def test_refusal_answers_the_handshake_as_often_as_ordered(standin: StandIn) -> None:
    standin.order("/faults", {"kind": "refuse", "code": 429, "times": 2})
    for _ in range(2):
        with pytest.raises(InvalidStatus) as caught:
            async with standin.open():
                pass
        assert caught.value.response.status_code == 429
    async with standin.open() as socket:
        assert json.loads(await socket.recv())["type"] == "Begin"
    assert [record["status"] for record in standin.records()] == [429, 429, 101]


async def test_slow_messages_keep_their_order_and_come_late(standin: StandIn) -> None:
    standin.order("/faults", {"kind": "slow", "delay_ms": 600})
    async with standin.open() as socket:
        assert json.loads(await socket.recv())["type"] == "Begin"
        began = time.monotonic()
        await socket.send('{"type":"Terminate"}')
        messages, code = await closed(socket)
    assert time.monotonic() - began >= 0.6
    assert [message["type"] for message in messages] == ["Termination"]
    assert code == 1000


async def test_garbage_is_a_turn_without_fields_and_a_text_that_is_not_json(
    standin: StandIn,
) -> None:
    standin.order("/faults", {"kind": "garbage"})
    async with standin.open() as socket:
        texts = [await asyncio.wait_for(socket.recv(), 5) for _ in range(3)]
    assert json.loads(texts[1]) == {"type": "Turn", "turn_order": 0}
    with pytest.raises(json.JSONDecodeError):
        json.loads(texts[2])


async def test_terminate_signal_ends_it_and_its_recognisers_with_a_session_open() -> None:
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        standin = StandIn(**json.loads(running.stdout.readline()))
        family = psutil.Process(running.pid).children(recursive=True)
        assert len(family) >= 1
        async with standin.open() as socket:
            await socket.recv()
            running.terminate()
            assert (await closed(socket))[1] is None
        assert await asyncio.to_thread(running.wait, 30) == 0
    assert psutil.wait_procs(family, timeout=30)[1] == []


def test_order_that_cannot_be_read_says_what_is_wrong(standin: StandIn) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        standin.order("/faults", {"kind": "explode"})
    assert caught.value.code == 422
    assert json.loads(caught.value.read())["errors"][0]["loc"] == ["kind"]


async def test_reset_forgets_orders_and_records(standin: StandIn) -> None:
    standin.order("/faults", {"kind": "refuse"})
    standin.order("/script", {"turns": [{"at_ms": 0, "transcript": "x"}]})
    standin.order("/reset")
    async with standin.open() as socket:
        assert json.loads(await socket.recv())["type"] == "Begin"
        assert standin.order("/health", method="GET")["sessions"] == 1
    assert len(standin.records()) == 1
    standin.order("/requests", method="DELETE")
    assert standin.records() == []
