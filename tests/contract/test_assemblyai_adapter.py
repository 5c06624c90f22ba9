"""The AssemblyAI adapter against a vendor that says exactly what a test wants, faults included."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from shared.adapters import assemblyai
from shared.adapters.assemblyai import AssemblyAITranscriber
from shared.adapters.assemblyai_stream import AssemblyAIStream
from shared.errors import (
    NexusError,
    RateLimited,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.speech import (
    SpeechAlive,
    SpeechConfig,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
    TurnHeard,
)

MODEL = "universal-3-6-pro"
CONFIG = SpeechConfig(sample_rate_hz=16000)
_DEADLINE_S = 10.0


def begin(**configuration: Any) -> dict[str, Any]:
    """The vendor's first message."""
    known = {"model": MODEL, "mode": "min_latency", "api_version": "2025-05-12"}
    return {
        "type": "Begin",
        "id": "0b1c3e5e-6b1e-4a1d-8c55-6f6f0f4f2a10",
        "expires_at": 1790000000,
        "configuration": known | configuration,
    }


def turn(text: str, *, order: int = 0, final: bool = False) -> dict[str, Any]:
    """A Turn message; its words begin at 100 ms and take 200 ms each."""
    starts = range(100, 100 + 200 * len(text.split()), 200)
    words = [
        {"text": word, "start": at, "end": at + 200, "confidence": 0.9, "word_is_final": final}
        for word, at in zip(text.split(), starts, strict=True)
    ]
    return {
        "type": "Turn",
        "turn_order": order,
        "turn_is_formatted": final,
        "end_of_turn": final,
        "transcript": text,
        "end_of_turn_confidence": float(final),
        "words": words,
    }


async def say(connection: ServerConnection, *messages: Any) -> None:
    """Send messages as JSON."""
    for message in messages:
        await connection.send(json.dumps(message))


class Vendor:
    """A server that greets, says its lines, listens, and keeps what it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.lines: list[Any] = [begin()]
        self.then: Callable[[ServerConnection], Awaitable[None]] | None = None
        self.status: HTTPStatus | None = None
        self.requests: list[Request] = []
        self.received: list[bytes | str] = []
        self.gone = asyncio.Event()

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one connection."""
        try:
            await say(connection, *self.lines)
            await (self.then or self.listen)(connection)
        finally:
            self.gone.set()

    async def listen(self, connection: ServerConnection) -> None:
        """Keep what comes until Terminate, which is answered."""
        async for message in connection:
            self.received.append(message)
            if isinstance(message, str) and json.loads(message)["type"] == "Terminate":
                await say(connection, {"type": "Termination", "audio_duration_seconds": 1})
                return

    def respond(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer the handshake or a plain request with the status, if there is one."""
        self.requests.append(request)
        return None if self.status is None else connection.respond(self.status, "{}")

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the last request."""
        parsed = parse_qs(urlsplit(self.requests[-1].path).query)
        return {name: values[0] for name, values in parsed.items()}

    @property
    def sent_json(self) -> list[Any]:
        """The text messages that came."""
        return [json.loads(message) for message in self.received if isinstance(message, str)]


class Heard:
    """Collects a stream's events."""

    def __init__(self) -> None:
        self.events: list[SpeechEvent] = []
        self._changed = asyncio.Event()

    def __call__(self, event: SpeechEvent) -> None:
        self.events.append(event)
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for events until the condition holds."""
        async with asyncio.timeout(_DEADLINE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def end(self) -> NexusError | None:
        """Wait for the end; its error. More than one end is a fault."""
        await self.until(lambda: any(isinstance(event, SpeechEnded) for event in self.events))
        (end,) = (event for event in self.events if isinstance(event, SpeechEnded))
        return end.error


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    """A scripted vendor on a free port."""
    scripted = Vendor()
    async with serve(
        scripted.handle, "127.0.0.1", 0, process_request=scripted.respond, close_timeout=1
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        scripted.url = f"ws://127.0.0.1:{port}"
        yield scripted


@pytest.fixture
def heard() -> Heard:
    """Where a stream's events go."""
    return Heard()


def transcriber(vendor: Vendor, model: str = MODEL) -> AssemblyAITranscriber:
    """The adapter on the scripted vendor."""
    return AssemblyAITranscriber(api_key="key-1", base_url=vendor.url, model=model)


async def open_stream(
    vendor: Vendor, heard: Heard, config: SpeechConfig = CONFIG
) -> AssemblyAIStream:
    """Open a stream."""
    stream = await transcriber(vendor).open(config, heard)
    assert isinstance(stream, AssemblyAIStream)
    return stream


async def nothing_left(vendor: Vendor, before: set[Any]) -> bool:
    """Whether the client's socket is closed and no task of it is left."""
    async with asyncio.timeout(_DEADLINE_S):
        await vendor.gone.wait()
        while any("server" not in repr(task) for task in asyncio.all_tasks() - before):
            await asyncio.sleep(0)
    return True


async def test_what_is_asked_for_reaches_the_wire(vendor: Vendor, heard: Heard) -> None:
    config = SpeechConfig(
        sample_rate_hz=24000,
        language="de",
        keyterms=("user_id", " user_id ", "", "x" * 51, "y" * 50),
        context="a" * 2000 + "end",
    )
    stream = await open_stream(vendor, heard, config)
    await stream.close()
    context = vendor.query.pop("agent_context")
    assert len(context) == 1750
    assert context.endswith("end")
    assert vendor.query | {"agent_context": ""} == {
        "speech_model": MODEL,
        "mode": "min_latency",
        "encoding": "pcm_s16le",
        "sample_rate": "24000",
        "max_turn_silence": "1280",
        "language_codes": '["de"]',
        "keyterms_prompt": json.dumps(["user_id", "y" * 50]),
        "agent_context": "",
        "session_heartbeat": "True",
        "inactivity_timeout": "60",
    }


async def test_the_key_goes_raw_and_no_compression_is_offered(vendor: Vendor, heard: Heard) -> None:
    stream = await open_stream(vendor, heard)
    await stream.close()
    headers = vendor.requests[0].headers
    assert headers["Authorization"] == "key-1"
    assert "Sec-WebSocket-Extensions" not in headers


async def test_an_impatient_listener_keeps_the_short_pause(vendor: Vendor, heard: Heard) -> None:
    stream = await open_stream(vendor, heard, SpeechConfig(sample_rate_hz=16000, patient=False))
    await stream.close()
    assert "max_turn_silence" not in vendor.query


async def test_turns_come_in_order_with_the_times_of_their_words(
    vendor: Vendor, heard: Heard
) -> None:
    started = {"type": "SpeechStarted", "timestamp": 90}
    vendor.lines += [started, turn("create a"), turn("Create a list.", final=True)]
    stream = await open_stream(vendor, heard)
    await heard.until(lambda: len(heard.events) == 3)
    await stream.close()
    assert heard.events[:3] == [
        SpeechStarted(at_ms=90),
        TurnHeard(order=0, text="create a", final=False, start_ms=100, end_ms=500),
        TurnHeard(order=0, text="Create a list.", final=True, start_ms=100, end_ms=700),
    ]


async def test_a_turn_without_words_has_no_times(vendor: Vendor, heard: Heard) -> None:
    vendor.lines.append(turn("", final=True))
    stream = await open_stream(vendor, heard)
    await heard.until(lambda: heard.events)
    await stream.close()
    assert heard.events[0] == TurnHeard(order=0, text="", final=True, start_ms=0, end_ms=0)


async def test_a_final_turn_that_is_repeated_formatted_is_told_once(
    vendor: Vendor, heard: Heard
) -> None:
    vendor.lines += [turn("one", final=True), turn("One.", final=True), turn("two", order=1)]
    stream = await open_stream(vendor, heard)
    await heard.until(lambda: len(heard.events) == 2)
    await stream.close()
    texts = [event.text for event in heard.events if isinstance(event, TurnHeard)]
    assert texts == ["one", "two"]


async def test_a_heartbeat_tells_that_the_vendor_is_there(vendor: Vendor, heard: Heard) -> None:
    beat = {"total_audio_received_ms": 0, "total_duration_ms": 0, "realtime_factor": 1.0}
    vendor.lines.append({"type": "Heartbeat"} | beat)
    stream = await open_stream(vendor, heard)
    await heard.until(lambda: heard.events)
    await stream.close()
    assert heard.events[0] == SpeechAlive()


async def test_malformed_messages_are_skipped_and_counted_and_the_next_is_heard(
    vendor: Vendor, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    broken = turn("private words")
    del broken["words"]
    vendor.lines += [broken, {"type": "SpeechStarted"}, {"type": "Novelty"}, turn("next")]
    stream = await open_stream(vendor, heard)
    await heard.until(lambda: heard.events)
    assert stream.malformed == 2
    assert isinstance(heard.events[0], TurnHeard)
    assert heard.events[0].text == "next"
    assert "private words" not in caplog.text
    await stream.close()


@pytest.mark.parametrize("nonsense", [b"[1]", b"5", b"\xff\xff"])
async def test_when_the_reader_dies_the_stream_ends_with_an_error(
    vendor: Vendor, heard: Heard, nonsense: bytes
) -> None:
    async def babble(connection: ServerConnection) -> None:
        await connection.send(nonsense)
        await vendor.listen(connection)

    vendor.then = babble
    await open_stream(vendor, heard)
    assert isinstance(await heard.end(), UpstreamUnavailable)
    async with asyncio.timeout(_DEADLINE_S):
        await vendor.gone.wait()


CLOSE_CODES = [
    (3005, UpstreamUnavailable),
    (3006, UpstreamUnavailable),
    (3007, UpstreamUnavailable),
    (3008, UpstreamUnavailable),
    (1011, UpstreamUnavailable),
    (1013, UpstreamUnavailable),
    (1000, UpstreamUnavailable),
    (3009, RateLimited),
    (1008, UpstreamRejected),
]


@pytest.mark.parametrize("with_message", [True, False])
@pytest.mark.parametrize(("code", "error"), CLOSE_CODES)
async def test_a_close_of_the_vendor_ends_the_stream_once_with_its_meaning(
    vendor: Vendor, heard: Heard, code: int, error: type[NexusError], with_message: bool
) -> None:
    async def fail(connection: ServerConnection) -> None:
        await connection.recv()
        if with_message:
            await say(connection, {"type": "Error", "error_code": code, "error": "because"})
        await connection.close(code, "because")

    vendor.then = fail
    before = asyncio.all_tasks()
    stream = await open_stream(vendor, heard)
    stream.send(bytes(3200))
    assert type(await heard.end()) is error
    assert await nothing_left(vendor, before)
    await stream.close()
    assert type(await heard.end()) is error


@pytest.mark.parametrize("code", [3006, 3007])
async def test_a_fault_of_ours_is_logged(
    vendor: Vendor, heard: Heard, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    async def fail(connection: ServerConnection) -> None:
        await connection.close(code)

    vendor.then = fail
    with caplog.at_level(logging.ERROR, "shared.adapters.assemblyai_protocol"):
        await open_stream(vendor, heard)
        await heard.end()
    assert any(getattr(record, "code", None) == code for record in caplog.records)


async def test_a_dropped_connection_ends_the_stream_as_unavailable(
    vendor: Vendor, heard: Heard
) -> None:
    async def drop(connection: ServerConnection) -> None:
        connection.transport.abort()

    vendor.then = drop
    await open_stream(vendor, heard)
    assert isinstance(await heard.end(), UpstreamUnavailable)


STATUSES = [
    (HTTPStatus.UNAUTHORIZED, UpstreamRejected),
    (HTTPStatus.FORBIDDEN, UpstreamRejected),
    (HTTPStatus.BAD_REQUEST, UpstreamRejected),
    (HTTPStatus.TOO_MANY_REQUESTS, RateLimited),
    (HTTPStatus.SERVICE_UNAVAILABLE, UpstreamUnavailable),
]


@pytest.mark.parametrize(("status", "error"), STATUSES)
async def test_a_refused_handshake_fails_the_opening(
    vendor: Vendor, heard: Heard, status: HTTPStatus, error: type[NexusError]
) -> None:
    vendor.status = status
    before = asyncio.all_tasks()
    with pytest.raises(error) as failure:
        await open_stream(vendor, heard)
    assert "key-1" not in failure.value.detail
    assert heard.events == []
    vendor.gone.set()
    assert await nothing_left(vendor, before)


async def test_a_refusal_right_after_the_upgrade_fails_the_opening(
    vendor: Vendor, heard: Heard
) -> None:
    vendor.lines = [{"type": "Error", "error_code": 3009, "error": "too many"}]
    with pytest.raises(RateLimited):
        await open_stream(vendor, heard)
    assert heard.events == []


async def test_another_model_than_asked_for_is_refused_and_the_socket_closed(
    vendor: Vendor, heard: Heard
) -> None:
    vendor.lines = [begin(model="universal-streaming-english")]
    before = asyncio.all_tasks()
    with pytest.raises(UpstreamRejected, match="ASSEMBLYAI_MODEL"):
        await open_stream(vendor, heard)
    assert await nothing_left(vendor, before)


async def test_another_mode_than_asked_for_is_logged(
    vendor: Vendor, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    vendor.lines = [begin(mode="balanced")]
    stream = await open_stream(vendor, heard)
    await stream.close()
    assert "the configuration is not confirmed" in caplog.messages


async def test_a_model_that_does_not_exist_is_refused_before_the_call(
    vendor: Vendor, heard: Heard
) -> None:
    with pytest.raises(UpstreamRejected, match="ASSEMBLYAI_MODEL"):
        await transcriber(vendor, "universal-99").open(CONFIG, heard)
    assert vendor.requests == []


async def test_a_vendor_that_never_begins_is_a_timeout_and_leaves_nothing(
    vendor: Vendor, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemblyai, "_OPEN_WITHIN_S", 0.3)
    vendor.lines = []
    before = asyncio.all_tasks()
    with pytest.raises(UpstreamTimeout):
        await open_stream(vendor, heard)
    assert await nothing_left(vendor, before)


async def test_nobody_there_is_unavailable(heard: Heard) -> None:
    nobody = AssemblyAITranscriber(api_key="k", base_url="ws://127.0.0.1:9", model=MODEL)
    with pytest.raises(UpstreamUnavailable):
        await nobody.open(CONFIG, heard)
    with pytest.raises(UpstreamUnavailable):
        await nobody.probe()


async def test_closing_terminates_the_session_after_its_last_turn(
    vendor: Vendor, heard: Heard
) -> None:
    async def last_words(connection: ServerConnection) -> None:
        async for message in connection:
            if isinstance(message, str):
                assert json.loads(message) == {"type": "Terminate"}
                await say(connection, turn("last", final=True), {"type": "Termination"})
                return

    vendor.then = last_words
    before = asyncio.all_tasks()
    stream = await open_stream(vendor, heard)
    stream.send(bytes(3200))
    await asyncio.gather(stream.close(), stream.close())
    assert [type(event) for event in heard.events] == [TurnHeard, SpeechEnded]
    assert await heard.end() is None
    assert await nothing_left(vendor, before)


async def test_closing_succeeds_although_the_vendor_ignores_it(
    vendor: Vendor, heard: Heard
) -> None:
    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await vendor.gone.wait()

    vendor.then = deaf
    before = asyncio.all_tasks()
    stream = await open_stream(vendor, heard)
    async with asyncio.timeout(3.0):
        await stream.close()
    assert await heard.end() is None
    vendor.gone.set()
    assert await nothing_left(vendor, before)


async def test_a_vendor_that_takes_no_audio_ends_the_stream_and_blocks_nobody(
    vendor: Vendor, heard: Heard
) -> None:
    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await vendor.gone.wait()

    vendor.then = deaf
    stream = await open_stream(vendor, heard)
    for _ in range(400):
        stream.send(bytes(96_000))
        await asyncio.sleep(0)
    assert isinstance(await heard.end(), UpstreamUnavailable)
    vendor.gone.set()
    await stream.close()


async def test_endpoints_and_keyterms_go_out_in_order_with_the_audio(
    vendor: Vendor, heard: Heard
) -> None:
    stream = await open_stream(vendor, heard)
    stream.send(b"\x01" * 1600)
    stream.force_endpoint()
    stream.update_keyterms(("parse_row", "parse_row"))
    stream.update_keyterms(())
    stream.send(b"\x02" * 1600)
    await stream.close()
    assert vendor.received[0] == b"\x01" * 1600
    assert vendor.received[4] == b"\x02" * 1600
    assert vendor.sent_json == [
        {"type": "ForceEndpoint"},
        {"type": "UpdateConfiguration", "keyterms_prompt": ["parse_row"]},
        {"type": "UpdateConfiguration", "keyterms_prompt": []},
        {"type": "Terminate"},
    ]


async def test_after_the_end_everything_is_a_no_op(vendor: Vendor, heard: Heard) -> None:
    stream = await open_stream(vendor, heard)
    await stream.close()
    told = list(heard.events)
    stream.send(bytes(3200))
    stream.force_endpoint()
    stream.update_keyterms(("x",))
    await stream.close()
    assert heard.events == told


async def test_the_probe_asks_for_a_token_with_the_raw_key(vendor: Vendor) -> None:
    vendor.status = HTTPStatus.OK
    await transcriber(vendor).probe()
    assert vendor.requests[0].path == "/v3/token?expires_in_seconds=60"
    assert vendor.requests[0].headers["Authorization"] == "key-1"


@pytest.mark.parametrize(("status", "error"), STATUSES)
async def test_a_failing_probe_says_why(
    vendor: Vendor, status: HTTPStatus, error: type[NexusError]
) -> None:
    vendor.status = status
    with pytest.raises(error):
        await transcriber(vendor).probe()
