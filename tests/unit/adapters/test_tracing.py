"""One trace from a request through Pub/Sub to what it causes; recorded, sampled, and never fatal.

The publisher is the real adapter over a client that keeps what it is given, and what it keeps is
delivered as Pub/Sub does it: so what travels, travels in the message alone.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient
from google.pubsub_v1 import PubsubMessage
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import traces
from shared.adapters.pubsub import PubSubPublisher
from shared.adapters.tracing import OtelTracer
from shared.http.push import create_push_app
from shared.http.sync_messages import OperationMessage, TickMessage, WorkspaceMessage
from shared.ports.tracing import Kind, TraceContext
from shared.services.sync_requests import SYNC, sync_now
from shared.services.tick import Ticker
from shared.services.traced import TracedEngine, traced_runners
from shared.services.worker import Worker
from shared.telemetry import configure
from tests.support.notion_house import NotionHouse

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PLATFORM = "00-11111111111111111111111111111111-2222222222222222-00"
LOG_TRACE = "logging.googleapis.com/trace"


class Answer:
    message_ids = ("1",)


@dataclass
class Client:
    """Takes the place of Google's client."""

    sent: list[tuple[str, PubsubMessage]] = field(default_factory=list)

    def publish(self, *, topic: str, messages: list[PubsubMessage], **_: Any) -> Answer:
        self.sent += [(topic.rsplit("/", 1)[1], message) for message in messages]
        return Answer()

    def bodies(self, topic: str) -> list[dict[str, Any]]:
        """What was sent to a topic, as it is pushed."""
        return [
            {
                "message": {
                    "data": base64.b64encode(message.data).decode(),
                    "attributes": dict(message.attributes),
                    "messageId": "1",
                    "publishTime": "2026-11-22T12:00:00Z",
                },
                "subscription": "s",
            }
            for name, message in self.sent
            if name == topic
        ]


@pytest.fixture
def pubsub(monkeypatch: pytest.MonkeyPatch) -> Client:
    client = Client()
    monkeypatch.setattr("shared.adapters.pubsub._open", lambda _: client)
    return client


@pytest.fixture
def house(pubsub: Client) -> NotionHouse:
    del pubsub
    house = NotionHouse(publisher=PubSubPublisher("demo"))  # type: ignore[arg-type]
    assert house.engine is not None
    house.engine = TracedEngine(house.engine)
    return house


class Kept:
    """A tracer whose spans can be looked at."""

    def __init__(self, **options: Any) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracer = OtelTracer("unit", "demo", exporter=self._exporter, **options)

    def spans(self) -> list[ReadableSpan]:
        """All that ended, the first one first; ends the tracer."""
        self.tracer.shutdown()
        return sorted(self._exporter.get_finished_spans(), key=lambda each: each.start_time or 0)


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    traces.install(kept.tracer)
    yield kept
    traces.install(None)
    kept.tracer.shutdown()


def sync_workspace(house: NotionHouse) -> FlaskClient:
    syncing = house.syncing()
    return create_push_app(
        "sync_workspace", WorkspaceMessage, lambda message, _: syncing.on_message(message.order())
    ).test_client()


def run_operation(house: NotionHouse) -> FlaskClient:
    runners = traced_runners({SYNC: sync_now(house.syncing(), house.workspaces)})
    worker = Worker(house.store, house.publisher, house.clock, runners)
    return create_push_app(
        "run_operation", OperationMessage, lambda message, _: worker.run(message.operation_id)
    ).test_client()


def set_up(house: NotionHouse, pubsub: Client, **headers: str) -> None:
    """Ask `notion` for a workspace, which has it synced, and deliver all messages of that."""
    client = house.client()
    mine = {**house.headers(), **headers}
    assert client.post("/notion/setup/ada", json={}, headers=mine).status_code < 300
    for body in pubsub.bodies("sync-workspace"):
        answer = sync_workspace(house).post("/", json=body, headers={"traceparent": PLATFORM})
        assert answer.status_code == 204


def named(spans: list[ReadableSpan], name: str) -> ReadableSpan:
    [only] = [span for span in spans if span.name == name]
    return only


def trace_of(span: ReadableSpan) -> str:
    assert span.context
    return f"{span.context.trace_id:032x}"


def id_of(span: ReadableSpan) -> int:
    assert span.context
    return int(span.context.span_id)


def parent_of(span: ReadableSpan) -> int:
    assert span.parent
    return int(span.parent.span_id)


def test_a_request_its_message_and_the_sync_that_follows_are_one_trace(
    house: NotionHouse, pubsub: Client, kept: Kept
) -> None:
    set_up(house, pubsub)
    spans = kept.spans()[:4]  # then the sync has pushes followed
    chain = [
        "POST /notion/setup/<user_id>",
        "publish to sync-workspace",
        "deliver to sync_workspace",
        "sync",
    ]
    assert [span.name for span in spans] == chain
    assert len({trace_of(span) for span in spans}) == 1
    for parent, child in pairwise(spans):
        assert parent_of(child) == id_of(parent)
    assert [span.kind.name for span in spans] == ["SERVER", "PRODUCER", "CONSUMER", "INTERNAL"]


def test_an_operation_is_a_span_of_the_trace_that_asked_for_it(
    house: NotionHouse, pubsub: Client, kept: Kept
) -> None:
    set_up(house, pubsub)
    asked = {**house.headers(), "Prefer": "respond-async", "traceparent": f"00-{TRACE}-{SPAN}-01"}
    assert house.client().post("/notion/sync/ada", json={}, headers=asked).status_code == 202
    body = pubsub.bodies("operations")[-1]
    assert run_operation(house).post("/", json=body).status_code == 204
    mine = [span for span in kept.spans() if trace_of(span) == TRACE]
    inner = named(mine, "sync")
    assert parent_of(inner) == id_of(named(mine, "operation sync"))
    assert (inner.attributes or {})["nexus.outcome"] in ("ok", "partial", "failed")


def test_a_span_tells_route_status_and_request_and_nobodys_name(
    house: NotionHouse, pubsub: Client, kept: Kept
) -> None:
    set_up(house, pubsub, **{"X-Request-Id": "r-1"})
    spans = kept.spans()
    attributes = dict(named(spans, "POST /notion/setup/<user_id>").attributes or {})
    status = attributes.pop("http.response.status_code")
    assert status in (200, 201)
    assert attributes == {
        "http.request.method": "POST",
        "http.route": "/notion/setup/<user_id>",
        "nexus.request_id": "r-1",
    }
    told = " ".join(span.to_json() for span in spans)
    assert "ada" not in told.replace("metadata", "")


def test_a_failure_marks_the_span_by_its_type_without_its_words(kept: Kept) -> None:
    with pytest.raises(RuntimeError), traces.span("work"):
        raise RuntimeError("what the user said")
    [span] = kept.spans()
    assert span.status.status_code.name == "ERROR"
    assert (span.attributes or {})["error.type"] == "RuntimeError"
    assert "what the user said" not in span.to_json()


def test_an_answer_of_five_hundred_marks_the_span(kept: Kept) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("x")

    app = create_push_app("sync_tick", TickMessage, fail)
    data = base64.b64encode(b"{}").decode()
    body = {"message": {"data": data, "messageId": "1"}, "subscription": "s"}
    assert app.test_client().post("/", json=body).status_code == 500
    [span] = kept.spans()
    assert span.status.status_code.name == "ERROR"


@pytest.mark.parametrize("recorded", [False, True])
def test_logs_of_what_a_message_caused_have_the_trace_of_the_request(
    house: NotionHouse,
    pubsub: Client,
    capsys: pytest.CaptureFixture[str],
    recorded: bool,
) -> None:
    tracer = Kept() if recorded else None
    traces.install(tracer.tracer if tracer else None)
    configure("INFO", "demo")
    try:
        set_up(house, pubsub, traceparent=f"00-{TRACE}-{SPAN}-00")
    finally:
        structlog.reset_defaults()
        traces.install(None)
        if tracer:
            tracer.tracer.shutdown()
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"notion", "sync_workspace"} <= {record.get("component") for record in records}
    assert {record[LOG_TRACE] for record in records} == {f"projects/demo/traces/{TRACE}"}
    deliveries = [record for record in records if record.get("component") == "sync_workspace"]
    assert {record["delivery_trace"] for record in deliveries} == {"1" * 32}


def test_what_a_tick_sends_from_its_threads_is_of_the_ticks_trace(
    house: NotionHouse, pubsub: Client
) -> None:
    set_up(house, pubsub)
    pubsub.sent.clear()
    house.clock.advance(120)
    ticker = Ticker(house.store, house.publisher, house.clock, lambda _: None)
    app = create_push_app("sync_tick", TickMessage, lambda *_: ticker.run(house.clock.now()))
    data = base64.b64encode(b"{}").decode()
    body = {"message": {"data": data, "messageId": "1"}, "subscription": "s"}
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    assert app.test_client().post("/", json=body, headers=headers).status_code == 204
    sent = [each["message"]["attributes"] for each in pubsub.bodies("sync-workspace")]
    assert sent
    assert {each["traceparent"] for each in sent} == {f"00-{TRACE}-{SPAN}-01"}


def test_one_trace_in_so_many_is_kept_whole_by_all_units_alike() -> None:
    keeping = []
    for _ in range(2):
        kept = Kept(one_in=4)
        for number in range(400):
            spread = (2 * number + 1) * (
                2**64 // 800
            )  # the lower half of an id is what is looked at
            parent = TraceContext(trace_id=f"{1:016x}{spread:016x}", span_id=SPAN)
            kept.tracer.start("x", Kind.SERVER, parent, {}).end()
        keeping.append({trace_of(span) for span in kept.spans()})
    assert keeping[0] == keeping[1]
    assert len(keeping[0]) == 100


def test_a_trace_that_the_caller_keeps_is_kept_and_another_is_still_carried_on() -> None:
    kept = Kept(one_in=10**9)
    asked = TraceContext(trace_id=TRACE, span_id=SPAN, sampled=True)
    other = TraceContext(trace_id="f" * 32, span_id=SPAN, sampled=False)
    for parent in (asked, other):
        begun = kept.tracer.start("x", Kind.SERVER, parent, {})
        begun.end()
        assert begun.context.trace_id == parent.trace_id
        assert begun.context.sampled == parent.sampled
    assert [trace_of(span) for span in kept.spans()] == [TRACE]


def test_a_caller_that_tells_only_its_trace_stays_in_it() -> None:
    kept = Kept()
    begun = kept.tracer.start("x", Kind.SERVER, TraceContext(trace_id=TRACE, span_id=""), {})
    assert begun.context.trace_id == TRACE
    kept.tracer.shutdown()


class Broken(SpanExporter):
    """Loses everything, noisily."""

    def __init__(self) -> None:
        self.lost = 0

    def export(self, spans: Any) -> SpanExportResult:
        self.lost += len(spans)
        raise OSError("the network is gone")


def test_an_exporter_that_fails_breaks_nothing(house: NotionHouse, pubsub: Client) -> None:
    broken = Broken()
    tracer = OtelTracer("unit", "demo", exporter=broken)
    traces.install(tracer)
    try:
        set_up(house, pubsub)
    finally:
        traces.install(None)
        tracer.shutdown()
    assert broken.lost >= 4


OFF = """
import sys
from shared.settings import Settings
from shared import wiring
settings = Settings.from_env({"NEXUS_PROJECT_ID": "demo", "NEXUS_TRACES": sys.argv[1]})
for name in ("voice_api", "health_api", "notion_api", "operations", "sync_tick", "sync_workspace"):
    getattr(wiring, "build_" + name)(settings)
print(*sorted(name for name in sys.modules if name.startswith("opentelemetry.")))
"""


@pytest.mark.parametrize(("traces_one_in", "loaded"), [("0", False), ("1", True)])
def test_opentelemetry_is_loaded_only_where_traces_are_on(traces_one_in: str, loaded: bool) -> None:
    command = [sys.executable, "-c", OFF, traces_one_in]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ("opentelemetry.sdk.trace" in done.stdout) is loaded
    assert bool(done.stdout.strip()) is loaded
    assert "opentelemetry.exporter" not in done.stdout
