"""The Anthropic stand-in as the vendor's own SDK and plain HTTP see it."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

ROOT = Path(__file__).parents[2]
MODEL = "claude-haiku-5-5"
COMMAND = "create a function that adds two numbers"
SCHEMA = {
    "type": "object",
    "properties": {
        name: {"type": "string"}
        for name in ("intent", "language", "filename", "code", "explanation")
    },
    "additionalProperties": False,
}
FAST = {"latency_ms": 0, "first_delta_ms": 0, "tokens_per_s": 0}
LONG_SYSTEM = "Answer spoken commands with code that works as it stands. " * 80


def _start() -> tuple[subprocess.Popen[str], dict[str, int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.anthropic_standin", "--port", "0", "--control-port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    process, ports = _start()
    yield ports
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


class Control:
    """The control address, as a test uses it."""

    def __init__(self, port: int) -> None:
        self.http = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}")

    async def post(self, path: str, **order: Any) -> httpx2.Response:
        answer = await self.http.post(path, json=order)
        answer.raise_for_status()
        return answer

    async def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get("/requests")).json()["requests"]
        return found

    async def last_request_where(self, **wanted: Any) -> dict[str, Any]:
        """Wait until the newest request has the wanted fields."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            seen = await self.requests()
            if seen and wanted.items() <= seen[-1].items():
                return seen[-1]
            await asyncio.sleep(0.02)
        raise AssertionError(f"no request with {wanted}: {await self.requests()}")


@pytest.fixture(autouse=True)
async def control(ports: dict[str, int]) -> AsyncIterator[Control]:
    control = Control(ports["control_port"])
    await control.post("/reset")
    await control.post("/pace", **FAST)
    yield control
    await control.http.aclose()


@pytest.fixture
async def client(ports: dict[str, int]) -> AsyncIterator[anthropic.AsyncAnthropic]:
    base_url = f"http://127.0.0.1:{ports['port']}"
    async with anthropic.AsyncAnthropic(
        base_url=base_url, api_key="x", max_retries=0, timeout=15
    ) as client:
        yield client


def _ask(text: str = COMMAND, **more: Any) -> dict[str, Any]:
    return {
        "model": MODEL,
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": text}],
        **more,
    }


async def _stream(client: anthropic.AsyncAnthropic, **request: Any) -> list[Any]:
    return [event async for event in await client.messages.create(stream=True, **request)]


async def _collect(client: anthropic.AsyncAnthropic, kinds: list[str]) -> None:
    """Keep the kinds of the events that came, even if an error ends the stream."""
    async for event in await client.messages.create(stream=True, **_ask()):
        kinds.append(event.type)  # noqa: PERF401 -- what came before the error must be kept


def _text(events: list[Any]) -> str:
    return "".join(
        event.delta.text
        for event in events
        if event.type == "content_block_delta" and event.delta.type == "text_delta"
    )


async def test_streamed_answer_comes_in_the_vendors_event_order(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    events = await _stream(client, **_ask())
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    assert len(kinds) > 10
    assert events[-2].delta.stop_reason == "end_turn"
    text = _text(events)
    assert text.startswith(
        "intent: create\nlanguage: python\nfilename: add_numbers.py\n\n```python"
    )
    assert "stand-in" in text
    assert (await control.requests())[0]["body"]["stream"] is True


async def test_whole_answer_equals_the_streamed_one(client: anthropic.AsyncAnthropic) -> None:
    whole = await client.messages.create(**_ask())
    assert whole.content[0].type == "text"
    assert whole.content[0].text == _text(await _stream(client, **_ask()))
    assert whole.usage.input_tokens > 0
    assert whole.usage.output_tokens > 10
    assert whole._request_id is not None


async def test_streaming_helper_gives_the_final_message(client: anthropic.AsyncAnthropic) -> None:
    async with client.messages.stream(**_ask()) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        final = await stream.get_final_message()
    assert final.stop_reason == "end_turn"
    assert text == final.content[0].text  # type: ignore[union-attr]


async def test_follow_up_changes_the_code_of_the_conversation(
    client: anthropic.AsyncAnthropic,
) -> None:
    first = _text(await _stream(client, **_ask()))
    messages = [
        {"role": "user", "content": COMMAND},
        {"role": "assistant", "content": first},
        {"role": "user", "content": [{"type": "text", "text": "rename it to total"}]},
    ]
    answer = _text(await _stream(client, **_ask() | {"messages": messages}))
    assert "def total(a, b):" in answer


async def test_forced_tool_gets_json_in_schema_order(client: anthropic.AsyncAnthropic) -> None:
    tool = {"name": "emit_code", "input_schema": SCHEMA, "eager_input_streaming": True}
    request = _ask(tools=[tool], tool_choice={"type": "tool", "name": "emit_code"})
    events = await _stream(client, **request)
    pieces = [e.delta.partial_json for e in events if e.type == "content_block_delta"]
    assert list(json.loads("".join(pieces))) == list(SCHEMA["properties"])  # type: ignore[call-overload]
    assert events[-2].delta.stop_reason == "tool_use"


async def test_json_schema_format_gets_text_json(client: anthropic.AsyncAnthropic) -> None:
    form = {"format": {"type": "json_schema", "schema": SCHEMA}}
    events = await _stream(client, **_ask(output_config=form))
    assert json.loads(_text(events))["filename"] == "add_numbers.py"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model": "claude-nothing"}, anthropic.NotFoundError, "model: claude-nothing"),
        ({"max_tokens": 10**9}, anthropic.BadRequestError, "max_tokens"),
        ({"messages": []}, anthropic.BadRequestError, "messages"),
        ({"extra_body": {"temperature": 0.2}}, anthropic.BadRequestError, "temperature"),
        (
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
            anthropic.BadRequestError,
            "prefill",
        ),
        (
            {
                "model": "claude-sonnet-5-5",
                "tools": [{"name": "t", "input_schema": {}}],
                "tool_choice": {"type": "any"},
            },
            anthropic.BadRequestError,
            "tool_choice",
        ),
    ],
)
async def test_invalid_request_raises_the_sdks_error(
    client: anthropic.AsyncAnthropic,
    change: dict[str, Any],
    error: type[anthropic.APIStatusError],
    words: str,
) -> None:
    with pytest.raises(error, match=words) as caught:
        await client.messages.create(**_ask() | change)
    assert caught.value.request_id


async def test_default_temperature_and_older_models_with_prefill_are_accepted(
    client: anthropic.AsyncAnthropic,
) -> None:
    await client.messages.create(**_ask(extra_body={"temperature": 1.0}))
    turns = [{"role": "user", "content": COMMAND}, {"role": "assistant", "content": "intent:"}]
    await client.messages.create(**_ask() | {"model": "claude-haiku-4-5", "messages": turns})


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"anthropic-version": "2023-06-01"}, 401, "authentication_error"),
        ({"x-api-key": "k"}, 400, "invalid_request_error"),
        ({"x-api-key": "k", "anthropic-version": "2023-06-01"}, 200, None),
        ({"authorization": "Bearer k", "anthropic-version": "2026-10-21"}, 200, None),
    ],
)
async def test_either_key_header_and_a_version_are_required(
    ports: dict[str, int],
    headers: dict[str, str],
    status: int,
    kind: str | None,
) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{ports['port']}") as http:
        answer = await http.post("/v1/messages", headers=headers, json=_ask())
    assert answer.status_code == status
    assert answer.headers["request-id"]
    if kind:
        body = answer.json()
        assert body["type"] == "error"
        assert body["error"]["type"] == kind
        assert body["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize("body", ["{", "[]", '{"model":"claude-haiku-5-5"}'])
async def test_unreadable_or_incomplete_body_is_an_invalid_request(
    ports: dict[str, int], body: str
) -> None:
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{ports['port']}") as http:
        answer = await http.post("/v1/messages", headers=headers, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_recorded_request_keeps_no_key(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    await client.messages.create(**_ask())
    (seen,) = await control.requests()
    assert seen["headers"]["authorization"] == "(present)"
    assert seen["status"] == 200
    assert seen["client_went_away"] is False
    await control.http.delete("/requests")
    assert await control.requests() == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (
            529,
            anthropic.OverloadedError
            if hasattr(anthropic, "OverloadedError")
            else anthropic.InternalServerError,
        ),
    ],
)
async def test_http_fault_raises_once_and_then_answers(
    client: anthropic.AsyncAnthropic,
    control: Control,
    status: int,
    error: type[anthropic.APIStatusError],
) -> None:
    await control.post("/faults", kind="http", status=status, retry_after=3)
    with pytest.raises(error) as caught:
        await client.messages.create(**_ask())
    assert caught.value.response.headers["retry-after"] == "3"
    assert (await client.messages.create(**_ask())).stop_reason == "end_turn"


async def test_overload_in_the_stream_raises_after_the_first_deltas(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    await control.post("/faults", kind="overloaded_mid_stream", after_deltas=2)
    seen: list[str] = []
    with pytest.raises(anthropic.APIStatusError) as caught:
        await _collect(client, seen)
    assert seen.count("content_block_delta") == 2
    assert caught.value.type == "overloaded_error"


async def test_cut_stream_ends_without_message_stop_and_without_an_error(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    await control.post("/faults", kind="cut", after_deltas=4)
    kinds = [event.type for event in await _stream(client, **_ask())]
    assert kinds.count("content_block_delta") == 4
    assert "message_stop" not in kinds


@pytest.mark.parametrize("kind", ["refusal", "max_tokens"])
async def test_reply_stopped_early_tells_why(
    client: anthropic.AsyncAnthropic, control: Control, kind: str
) -> None:
    await control.post("/faults", kind=kind, after_deltas=2)
    events = await _stream(client, **_ask())
    assert [e.type for e in events].count("content_block_delta") == 2
    assert events[-2].delta.stop_reason == kind


async def test_thinking_block_comes_first_when_ordered(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    await control.post("/faults", kind="thinking_first")
    events = await _stream(client, **_ask())
    starts = [e.content_block.type for e in events if e.type == "content_block_start"]
    deltas = {e.delta.type for e in events if e.type == "content_block_delta"}
    assert starts == ["thinking", "text"]
    assert deltas == {"thinking_delta", "signature_delta", "text_delta"}


async def test_garbage_event_makes_the_sdk_raise(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    await control.post("/faults", kind="garbage_sse", after_deltas=1)
    with pytest.raises(ValueError, match=r".+"):
        await _stream(client, **_ask())


@pytest.mark.parametrize("where", ["headers", "first_delta", "mid_stream"])
async def test_hang_ends_with_the_clients_patience_and_is_seen(
    client: anthropic.AsyncAnthropic, control: Control, where: str
) -> None:
    await control.post("/faults", kind="hang", where=where, after_deltas=1)
    patient = client.with_options(timeout=httpx2.Timeout(0.3, connect=5))
    with pytest.raises((anthropic.APITimeoutError, httpx2.ReadTimeout)):
        await _stream(patient, **_ask())
    await control.last_request_where(client_went_away=True)


async def test_slow_reply_takes_the_ordered_time(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    pace = {"latency_ms": 150, "first_delta_ms": 0, "tokens_per_s": 0}
    await control.post("/faults", kind="slow", pace=pace)
    began = time.monotonic()
    await _stream(client, **_ask())
    assert time.monotonic() - began >= 0.15


async def test_client_that_cancels_is_recorded_as_gone(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    await control.post("/pace", latency_ms=0, first_delta_ms=0, tokens_per_s=20)
    stream = await client.messages.create(stream=True, **_ask())
    async for event in stream:
        if event.type == "content_block_delta":
            break
    await stream.close()
    await control.last_request_where(client_went_away=True)


async def test_scripted_chunks_arrive_exactly_as_queued(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    chunks = ["in", "tent: expl", "ain\n\n", "``", "`", "é"]
    await control.post("/replies", chunks=chunks)
    events = await _stream(client, **_ask())
    assert [e.delta.text for e in events if e.type == "content_block_delta"] == chunks
    assert _text(await _stream(client, **_ask())).startswith("intent: create")


async def test_scripted_reply_waits_for_the_command_it_matches(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    await control.post("/replies", text="malformed on purpose", match="PALINDROME", times=2)
    assert _text(await _stream(client, **_ask())).startswith("intent: create")
    for _ in range(2):
        events = await _stream(client, **_ask("write a palindrome check"))
        assert _text(events) == "malformed on purpose"
    assert "malformed" not in _text(await _stream(client, **_ask("write a palindrome check")))


async def test_scripted_blocks_may_hold_thinking_and_tools(
    client: anthropic.AsyncAnthropic, control: Control
) -> None:
    blocks = [
        {"type": "thinking", "thinking": "so"},
        {"type": "text", "text": "well"},
        {"type": "tool_use", "name": "emit", "input": {"intent": "create"}},
    ]
    await control.post("/replies", blocks=blocks)
    message = await client.messages.create(**_ask())
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use"]
    assert message.content[2].input == {"intent": "create"}
    assert message.stop_reason == "tool_use"


async def test_max_tokens_cuts_the_answer(client: anthropic.AsyncAnthropic) -> None:
    message = await client.messages.create(**_ask() | {"max_tokens": 10})
    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens <= 10


async def test_stop_sequence_ends_the_answer(client: anthropic.AsyncAnthropic) -> None:
    message = await client.messages.create(**_ask(stop_sequences=["language:"]))
    assert message.content[0].text == "intent: create\n"
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "language:")


async def test_warmed_system_prompt_is_read_from_the_cache(
    client: anthropic.AsyncAnthropic,
) -> None:
    system = [{"type": "text", "text": LONG_SYSTEM, "cache_control": {"type": "ephemeral"}}]
    warm = await client.messages.create(**_ask(system=system) | {"max_tokens": 0})
    assert warm.content == []
    assert warm.usage.output_tokens == 0
    written = warm.usage.cache_creation_input_tokens
    assert written is not None
    assert written >= 512
    next_one = await client.messages.create(**_ask("explain it", system=system))
    assert next_one.usage.cache_read_input_tokens == written
    assert next_one.usage.cache_creation_input_tokens == 0
    counted = await client.messages.count_tokens(
        model=MODEL, system=LONG_SYSTEM, messages=[{"role": "user", "content": "explain it"}]
    )
    assert counted.input_tokens == written + next_one.usage.input_tokens


async def test_top_level_cache_control_reads_the_grown_conversation(
    client: anthropic.AsyncAnthropic,
) -> None:
    mark = {"type": "ephemeral"}
    first = await client.messages.create(**_ask(system=LONG_SYSTEM, cache_control=mark))
    text = first.content[0].text
    messages = [
        {"role": "user", "content": COMMAND},
        {"role": "assistant", "content": text},
        {"role": "user", "content": "make it async"},
    ]
    request = _ask(system=LONG_SYSTEM, cache_control=mark) | {"messages": messages}
    second = await client.messages.create(**request)
    assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens
    assert second.usage.cache_creation_input_tokens
    assert second.usage.input_tokens == 0


async def test_short_prefix_is_never_cached(client: anthropic.AsyncAnthropic) -> None:
    system = [{"type": "text", "text": "Short.", "cache_control": {"type": "ephemeral"}}]
    for _ in range(2):
        message = await client.messages.create(**_ask(system=system))
        assert message.usage.cache_creation_input_tokens == 0
        assert message.usage.cache_read_input_tokens == 0


async def test_models_are_listed_and_described(client: anthropic.AsyncAnthropic) -> None:
    listed = [model.id async for model in client.models.list(limit=2)]
    assert listed[0] == MODEL
    assert "claude-opus-5-5" in listed
    assert len(listed) == len(set(listed)) >= 5
    assert (await client.models.retrieve(MODEL)).max_input_tokens == 1_000_000
    with pytest.raises(anthropic.NotFoundError):
        await client.models.retrieve("claude-nothing")


async def test_control_refuses_orders_that_it_does_not_know(control: Control) -> None:
    answer = await control.http.post("/faults", json={"kind": "earthquake"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["kind"]
    health = (await control.http.get("/health")).json()
    assert health["status"] == "ok"
    assert health["faults_queued"] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_process_even_with_an_open_stream(number: signal.Signals) -> None:
    process, ports = _start()
    try:
        base = f"http://127.0.0.1:{ports['port']}"
        control = f"http://127.0.0.1:{ports['control_port']}"
        headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
        httpx2.post(f"{control}/faults", json={"kind": "hang", "after_deltas": 1})
        request = _ask() | {"stream": True}
        with (
            contextlib.suppress(httpx2.HTTPError),
            httpx2.stream("POST", f"{base}/v1/messages", headers=headers, json=request) as answer,
        ):
            next(answer.iter_bytes())
            process.send_signal(number)
            assert process.wait(timeout=10) == 0
    finally:
        if process.poll() is None:
            process.kill()
