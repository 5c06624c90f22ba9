"""Where work belongs: read from headers, carried by messages, kept through what it causes."""

import asyncio
import threading

import pytest
from werkzeug.datastructures import Headers

from shared import traces
from shared.ports.tracing import TraceContext
from shared.services.voice_engine import VoiceEngine
from shared.voice.opening import Limits

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("headers", "span", "sampled"),
    [
        ({"traceparent": f"00-{TRACE}-{SPAN}-01"}, SPAN, True),
        ({"traceparent": f"00-{TRACE}-{SPAN}-00"}, SPAN, False),
        ({"traceparent": f"00-{TRACE}-{SPAN}-03"}, SPAN, True),
        ({"traceparent": f"cc-{TRACE}-{SPAN}-01-later"}, SPAN, True),
        ({"X-Cloud-Trace-Context": f"{TRACE}/255;o=1"}, "00000000000000ff", True),
        ({"X-Cloud-Trace-Context": f"{TRACE}/255"}, "00000000000000ff", False),
        ({"X-Cloud-Trace-Context": TRACE}, "", False),
        ({"X-Cloud-Trace-Context": f"{TRACE}/{2**64}"}, "", False),
    ],
)
def test_a_request_tells_its_trace_in_either_header(
    headers: dict[str, str], span: str, sampled: bool
) -> None:
    wanted = TraceContext(trace_id=TRACE, span_id=span, sampled=sampled)
    assert traces.read_trace(Headers(headers)) == wanted


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"{TRACE} /1",
        f"{'0' * 32}/1",
    ],
)
@pytest.mark.parametrize("name", ["traceparent", "X-Cloud-Trace-Context"])
def test_what_is_no_trace_is_left_out(name: str, value: str) -> None:
    assert traces.read_trace(Headers({name: value})) is None


def test_work_without_a_cause_begins_a_trace_that_messages_carry_on() -> None:
    assert traces.carrier() == {}
    with traces.span("a request") as here:
        carried = traces.carrier()
        with traces.span("a part") as inner:
            assert inner.context.trace_id == here.context.trace_id
    assert traces.read_trace(carried) == here.context
    assert traces.current() is None


def test_a_cause_that_knows_only_its_trace_is_carried_on_with_a_span() -> None:
    cause = TraceContext(trace_id=TRACE, span_id="", sampled=True)
    with traces.span("a request", cause=cause):
        read = traces.read_trace(traces.carrier())
    assert read is not None
    assert (read.trace_id, read.sampled) == (TRACE, True)


def test_what_a_voice_session_does_on_its_loop_and_threads_is_of_its_connections_trace() -> None:
    limits = Limits(daily_audio_ms=1, daily_model_calls=1, history_days=1)
    engine = VoiceEngine(lambda: pytest.fail("no ports are made"), limits)
    thread = threading.Thread(target=engine.loop.run_forever, daemon=True)
    thread.start()
    with traces.span("a connection") as here:
        stored = asyncio.run_coroutine_threadsafe(engine._run(traces.current), engine.loop)
        assert stored.result(10) == here.context
    engine.loop.call_soon_threadsafe(engine.loop.stop)
    thread.join(10)
    engine.loop.close()
