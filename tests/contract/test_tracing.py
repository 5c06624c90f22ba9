"""Spans on the wire: what a collector and Google's Telemetry API are sent, and when."""

import gzip
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import google.auth
import pytest
from google.auth.exceptions import DefaultCredentialsError
from google.oauth2.credentials import Credentials
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dev.launcher.ports import free_ports
from shared.adapters import tracing
from shared.adapters.tracing import OtelTracer
from shared.ports.tracing import Kind
from tests.support.waiting import answers, until

ROOT = Path(__file__).parents[2]


@dataclass
class Collector:
    """Takes OTLP over HTTP. `silent`: it holds each answer back until the test is over."""

    url: str = ""
    silent: threading.Event | None = None
    headers: list[Message] = field(default_factory=list)
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    def names(self) -> list[str]:
        """Of all spans that came."""
        return [
            span.name
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def collecting(collector: Collector) -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.headers.append(self.headers)
            collector.requests.append(ExportTraceServiceRequest.FromString(body))
            if collector.silent:
                collector.silent.wait(30)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    try:
        yield collector
    finally:
        if collector.silent:
            collector.silent.set()
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting(Collector()) as running:
        yield running


def test_a_collector_is_sent_spans_with_the_names_of_service_and_project(
    collector: Collector,
) -> None:
    tracer = OtelTracer("sync-workspace", "demo", collector=collector.url)
    tracer.start("sync", Kind.INTERNAL, None, {"nexus.workspace": "w"}).end()
    tracer.shutdown()
    [request] = collector.requests
    [resource] = request.resource_spans
    told = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert told == {"service.name": "sync-workspace", "gcp.project_id": "demo"}
    assert collector.names() == ["sync"]


def test_google_is_sent_spans_signed_by_the_platforms_account(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def default(scopes: list[str]) -> tuple[Credentials, str]:
        asked.append(scopes)
        return Credentials("t0ken"), "demo"  # type: ignore[no-untyped-call]

    monkeypatch.setattr(google.auth, "default", default)
    monkeypatch.setattr(tracing, "TELEMETRY_API", collector.url)
    tracer = OtelTracer("voice", "demo")
    tracer.start("x", Kind.SERVER, None, {}).end()
    tracer.shutdown()
    assert collector.names() == ["x"]
    assert collector.headers[0]["Authorization"] == "Bearer t0ken"
    assert asked == [["https://www.googleapis.com/auth/trace.append"]]


def test_without_credentials_spans_are_lost_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def default(scopes: list[str]) -> None:
        asked.append(scopes)
        raise DefaultCredentialsError(f"none for {scopes}")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(google.auth, "default", default)
    tracer = OtelTracer("voice", "demo")
    tracer.start("x", Kind.SERVER, None, {}).end()
    tracer.shutdown()
    assert asked


def test_a_collector_that_does_not_answer_delays_no_work() -> None:
    with collecting(Collector(silent=threading.Event())) as silent:
        tracer = OtelTracer("voice", "demo", collector=silent.url)
        began = time.monotonic()
        for _ in range(1000):  # more than a batch, so that the sender is at it meanwhile
            tracer.start("x", Kind.SERVER, None, {}).end()
        spent_s = time.monotonic() - began
        until(lambda: silent.requests, 20, "the sender waits for the collector")
        tracer.start("y", Kind.SERVER, None, {}).end()
        assert spent_s < 3
        assert silent.silent
        silent.silent.set()
        tracer.shutdown()


def test_a_function_that_is_told_to_stop_sends_what_is_left(collector: Collector) -> None:
    [port] = free_ports(1)
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "NEXUS_PROJECT_ID": "demo-nexus",
        "NEXUS_TRACES": "1",
        "NEXUS_TRACES_URL": collector.url,
    }
    command = ["-m", "functions_framework", "--target", "health", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        cwd=ROOT / "functions" / "health",
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/docs"), 60, "the function is up")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=20) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    finally:
        process.kill()
        process.wait(20)
    assert "GET /openapi.json" in collector.names()
