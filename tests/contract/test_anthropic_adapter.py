"""The Claude adapter against a vendor that says exactly what a test wants, faults included."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from shared.adapters import anthropic as adapter
from shared.adapters.anthropic import AnthropicModel, options_for
from shared.errors import (
    NexusError,
    RateLimited,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.model import ModelEnd, ModelMessage, ModelRequest, ModelText, ModelUsage

MODEL = "claude-haiku-5-5"
SECRET = "prompt about a secret project"
REQUEST = ModelRequest(
    system="Be brief.",
    messages=(
        ModelMessage(role="user", text="one"),
        ModelMessage(role="assistant", text="1"),
        ModelMessage(role="user", text=SECRET),
    ),
    max_tokens=256,
)
_DEADLINE_S = 10.0

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def event(kind: str, **fields: Any) -> bytes:
    """One server-sent event as a chunk of the body."""
    data = f"event: {kind}\ndata: {json.dumps({'type': kind} | fields)}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


def text(words: str) -> bytes:
    """A piece of text."""
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": words})


def ending(reason: str | None = "end_turn") -> list[bytes]:
    """The end of a whole reply."""
    return [
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": 9}),
        event("message_stop"),
    ]


USAGE = {
    "input_tokens": 20,
    "cache_creation_input_tokens": 5,
    "cache_read_input_tokens": 600,
    "output_tokens": 1,
}
START = event(
    "message_start",
    message={
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-5-5-really",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": USAGE,
    },
)
BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def reply(*chunks: bytes, last: bytes = LAST) -> Answer:
    """A streamed answer."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"".join(chunks) + last)
        await writer.drain()

    return answer


def broken(*chunks: bytes) -> Answer:
    """A streamed answer whose connection breaks."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"".join(chunks))
        await writer.drain()
        writer.close()

    return answer


def hanging(*chunks: bytes) -> Answer:
    """An answer that begins, if there are chunks, and then says nothing more."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        if chunks:
            writer.write(HEAD + b"".join(chunks))
            await writer.drain()

    return answer


def refusal(status: int, kind: str, message: str = SECRET, **headers: str) -> Answer:
    """An HTTP error."""
    body = json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()
    lines = {"content-type": "application/json", "content-length": str(len(body))}
    for name, value in headers.items():
        lines[name.replace("_", "-")] = value

    async def answer(writer: asyncio.StreamWriter) -> None:
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"HTTP/1.1 {status} Because\r\n{head}\r\n".encode() + body)
        await writer.drain()

    return answer


WHOLE = reply(START, BLOCK, text("Hello"), text(" world"), *ending())


class Vendor:
    """Gives its answers in order over kept connections, and keeps what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: list[Answer] = []
        self.heads: list[str] = []
        self.bodies: list[Any] = []
        self.connections = 0
        self.gone = asyncio.Event()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client leaves."""
        self.connections += 1
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:-2])
                body = await reader.readexactly(int(fields.get("content-length", "0")))
                self.heads.append(head)
                self.bodies.append(json.loads(body) if body else None)
                await self.answers.pop(0)(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.gone.set()
            writer.close()


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    """A scripted vendor on a free port."""
    scripted = Vendor()
    server = await asyncio.start_server(scripted.handle, "127.0.0.1", 0)
    async with server:
        scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield scripted


@asynccontextmanager
async def claude(vendor: Vendor, name: str = MODEL) -> AsyncIterator[AnthropicModel]:
    """The adapter on the scripted vendor."""
    adapted = AnthropicModel(api_key="key-1", base_url=vendor.url, model=name)
    try:
        yield adapted
    finally:
        await adapted.close()


@pytest.fixture
async def model(vendor: Vendor) -> AsyncIterator[AnthropicModel]:
    """The adapter, closed at the end."""
    async with claude(vendor) as adapted:
        yield adapted


async def whole(model: AnthropicModel) -> tuple[str, ModelEnd]:
    """The text and the end of a reply."""
    pieces: list[str] = []
    async for piece in model.stream(REQUEST):
        if isinstance(piece, ModelEnd):
            return "".join(pieces), piece
        pieces.append(piece.text)
    raise AssertionError("the reply has no end")


async def test_text_comes_as_it_is_written_and_the_end_tells_the_usage(
    vendor: Vendor, model: AnthropicModel
) -> None:
    vendor.answers = [WHOLE]
    pieces = [piece async for piece in model.stream(REQUEST)]
    assert pieces == [
        ModelText(text="Hello"),
        ModelText(text=" world"),
        ModelEnd(
            reason="complete",
            usage=ModelUsage(input_tokens=25, output_tokens=9, cache_read_tokens=600),
            model="claude-haiku-5-5-really",
        ),
    ]


async def test_what_is_asked_for_reaches_the_wire(vendor: Vendor, model: AnthropicModel) -> None:
    vendor.answers = [WHOLE]
    await whole(model)
    cached = {"type": "ephemeral"}
    assert vendor.bodies == [
        {
            "model": MODEL,
            "max_tokens": 256,
            "stream": True,
            "system": [{"type": "text", "text": "Be brief.", "cache_control": cached}],
            "messages": [
                {"role": "user", "content": "one"},
                {"role": "assistant", "content": "1"},
                {"role": "user", "content": SECRET},
            ],
            "cache_control": cached,
            "thinking": {"type": "disabled"},
            "output_config": {"effort": "low"},
        }
    ]


@pytest.mark.parametrize(
    ("name", "thinking", "effort"),
    [
        ("claude-haiku-5-5", {"type": "disabled"}, "low"),
        ("claude-haiku-4-5-20251001", None, None),
        ("claude-sonnet-5-5", {"type": "between_tools"}, "low"),
        ("claude-opus-5-5", None, "low"),
        ("claude-fable-5-2", None, "low"),
        ("some-model-of-tomorrow", None, "low"),
    ],
)
def test_each_family_is_asked_for_the_least_thinking_it_accepts(
    name: str, thinking: dict[str, str] | None, effort: str | None
) -> None:
    options = options_for(name)
    assert options.get("thinking") == thinking
    assert options.get("output_config", {}).get("effort") == effort


async def test_thinking_is_left_out(vendor: Vendor, model: AnthropicModel) -> None:
    thought = {"type": "thinking_delta", "thinking": "hm"}
    signed = {"type": "signature_delta", "signature": "abc"}
    block = {"type": "thinking", "thinking": "", "signature": ""}
    vendor.answers = [
        reply(
            START,
            event("content_block_start", index=0, content_block=block),
            event("content_block_delta", index=0, delta=thought),
            event("content_block_delta", index=0, delta=signed),
            event("content_block_stop", index=0),
            event("ping"),
            event("content_block_start", index=1, content_block={"type": "text", "text": "A"}),
            text("nswer"),
            *ending(),
        )
    ]
    assert (await whole(model))[0] == "Answer"


@pytest.mark.parametrize(
    ("stop_reason", "reason"),
    [
        ("end_turn", "complete"),
        ("stop_sequence", "complete"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refused"),
        ("something_new", "complete"),
    ],
)
async def test_the_reason_of_the_end_is_told(
    vendor: Vendor, model: AnthropicModel, stop_reason: str, reason: str
) -> None:
    vendor.answers = [reply(START, BLOCK, text("x"), *ending(stop_reason))]
    assert (await whole(model))[1].reason == reason


@pytest.mark.parametrize(
    "cut",
    [
        reply(START, BLOCK, text("half")),
        reply(START, BLOCK, text("half"), *ending()[:2]),
        reply(START, BLOCK, text("half"), *ending(None)),
        broken(START, BLOCK, text("half")),
        broken(START, BLOCK, b"ff\r\nevent: content_block_delta\ndata: {"),
        reply(START, BLOCK, b"1f\r\nevent: message_stop\ndata: {nonsense\r\n"),
    ],
)
async def test_a_reply_without_its_end_is_told_as_cut(
    vendor: Vendor, model: AnthropicModel, cut: Answer
) -> None:
    vendor.answers = [cut]
    with pytest.raises(UpstreamUnavailable, match="cut"):
        await whole(model)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("overloaded_error", UpstreamUnavailable),
        ("api_error", UpstreamUnavailable),
        ("rate_limit_error", RateLimited),
        ("authentication_error", UpstreamRejected),
        ("invalid_request_error", UpstreamRejected),
    ],
)
async def test_an_error_in_the_middle_ends_the_reply_after_what_came_before(
    vendor: Vendor, model: AnthropicModel, kind: str, error: type[NexusError]
) -> None:
    fault = event("error", error={"type": kind, "message": SECRET})
    vendor.answers = [reply(START, BLOCK, text("half"), fault)]
    pieces = model.stream(REQUEST)
    assert await anext(pieces) == ModelText(text="half")
    with pytest.raises(error) as failure:
        await anext(pieces)
    assert SECRET not in failure.value.detail


@pytest.mark.parametrize(
    ("status", "kind", "mend"),
    [
        (400, "invalid_request_error", "ANTHROPIC_MODEL"),
        (401, "authentication_error", "ANTHROPIC_API_KEY"),
        (402, "billing_error", "balance"),
        (403, "permission_error", "ANTHROPIC_API_KEY"),
        (404, "not_found_error", "ANTHROPIC_MODEL"),
        (413, "request_too_large", "less"),
    ],
)
async def test_a_refused_request_is_not_repeated_and_names_the_mend(
    vendor: Vendor, model: AnthropicModel, status: int, kind: str, mend: str
) -> None:
    vendor.answers = [refusal(status, kind)]
    with pytest.raises(UpstreamRejected, match=mend) as failure:
        await whole(model)
    assert SECRET not in failure.value.detail
    assert "key-1" not in failure.value.detail
    assert len(vendor.bodies) == 1


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (429, "rate_limit_error", RateLimited),
        (529, "overloaded_error", UpstreamUnavailable),
        (500, "api_error", UpstreamUnavailable),
    ],
)
async def test_a_passing_failure_is_repeated_once(
    vendor: Vendor, model: AnthropicModel, status: int, kind: str, error: type[NexusError]
) -> None:
    fault = refusal(status, kind, retry_after="0")
    vendor.answers = [fault, WHOLE]
    assert (await whole(model))[0] == "Hello world"
    vendor.answers = [fault, fault, WHOLE]
    with pytest.raises(error):
        await whole(model)
    assert len(vendor.bodies) == 4


@pytest.mark.parametrize("status", [429, 529])
async def test_a_long_wait_is_passed_on_instead_of_waited_for(
    vendor: Vendor, model: AnthropicModel, status: int
) -> None:
    kind = {429: "rate_limit_error", 529: "overloaded_error"}[status]
    vendor.answers = [refusal(status, kind, retry_after="30")]
    with pytest.raises((RateLimited, UpstreamUnavailable)) as failure:
        await whole(model)
    assert getattr(failure.value, "retry_after_s", None) == 30.0


async def test_an_option_that_the_model_refuses_is_left_out_from_then_on(
    vendor: Vendor, model: AnthropicModel
) -> None:
    fault = refusal(400, "invalid_request_error", "thinking.type: not supported by this model")
    other = refusal(400, "invalid_request_error", "effort is not supported by this model")
    vendor.answers = [fault, other, WHOLE, WHOLE]
    assert (await whole(model))[0] == "Hello world"
    assert (await whole(model))[0] == "Hello world"
    asked = [("thinking" in body, "output_config" in body) for body in vendor.bodies]
    assert asked == [(True, True), (False, True), (False, False), (False, False)]


@pytest.mark.parametrize("begun", [[], [START, BLOCK], [START, BLOCK, text("half")]])
async def test_silence_is_a_timeout_and_the_connection_is_dropped(
    vendor: Vendor, model: AnthropicModel, monkeypatch: pytest.MonkeyPatch, begun: list[bytes]
) -> None:
    monkeypatch.setattr(adapter, "_FIRST_S", 0.3)
    monkeypatch.setattr(adapter, "_BETWEEN_S", 0.3)
    vendor.answers = [hanging(*begun)]
    with pytest.raises(UpstreamTimeout):
        await whole(model)
    async with asyncio.timeout(_DEADLINE_S):
        await vendor.gone.wait()
    assert len(vendor.bodies) == 1


async def test_closing_the_reply_early_drops_the_connection_at_once(
    vendor: Vendor, model: AnthropicModel
) -> None:
    vendor.answers = [hanging(START, BLOCK, text("half"))]
    async with aclosing(model.stream(REQUEST)) as pieces:
        assert await anext(pieces) == ModelText(text="half")
        assert not vendor.gone.is_set()
    async with asyncio.timeout(_DEADLINE_S):
        await vendor.gone.wait()


async def test_cancelling_the_reader_drops_the_connection(
    vendor: Vendor, model: AnthropicModel
) -> None:
    vendor.answers = [hanging(START)]
    reading = asyncio.ensure_future(whole(model))
    async with asyncio.timeout(_DEADLINE_S):
        while not vendor.bodies:
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await vendor.gone.wait()


async def test_the_connection_that_was_warmed_serves_the_request(
    vendor: Vendor, model: AnthropicModel
) -> None:
    listing = json.dumps({"data": [], "has_more": False}).encode()

    async def models(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n" % len(listing))
        writer.write(b"content-type: application/json\r\n\r\n" + listing)
        await writer.drain()

    vendor.answers = [models, WHOLE, WHOLE]
    await model.warm()
    await whole(model)
    await whole(model)
    assert vendor.heads[0].startswith("GET /v1/models?limit=1 ")
    assert vendor.connections == 1


async def test_warming_never_fails_and_probing_does(vendor: Vendor, model: AnthropicModel) -> None:
    vendor.answers = [refusal(401, "authentication_error")] * 2
    await model.warm()
    with pytest.raises(UpstreamRejected, match="ANTHROPIC_API_KEY"):
        await model.probe()


async def test_nobody_there_is_unavailable() -> None:
    nobody = AnthropicModel(api_key="k", base_url="http://127.0.0.1:9", model=MODEL)
    await nobody.warm()
    with pytest.raises(UpstreamUnavailable, match="reached"):
        await whole(nobody)
    await nobody.close()


async def test_without_a_system_prompt_none_is_sent(vendor: Vendor, model: AnthropicModel) -> None:
    vendor.answers = [WHOLE]
    bare = ModelRequest(system="", messages=REQUEST.messages, max_tokens=8)
    async for _ in model.stream(bare):
        pass
    assert "system" not in vendor.bodies[0]
