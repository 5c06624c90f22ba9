"""The tracing port on OpenTelemetry, sent as OTLP over HTTP to Google's Telemetry API.

https://cloud.google.com/stackdriver/docs/reference/telemetry/v1.traces.post. This is the only
module that imports OpenTelemetry, and nothing imports this one where traces are off. What sends is
imported by the thread that sends, with its first batch.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan

from shared.errors import NexusError
from shared.ports.tracing import Kind, Span, TraceContext
from shared.telemetry import logger

TELEMETRY_API: Final = "https://telemetry.googleapis.com/v1/traces"
_SCOPE: Final = "https://www.googleapis.com/auth/trace.append"
_SEND_S: Final = 4.0
_DELAY_MS: Final = 5000
_QUEUE: Final = 2048
_BATCH: Final = 256
_KINDS: Final = {kind: SpanKind[kind.name] for kind in Kind}


class OtelTracer:
    """A `Tracer`: spans wait in memory, at most 2,048, and a thread sends them every 5 s.

    `service`: the unit's name. `one_in`: of how many traces one is kept, by its id, so that all
    units agree; a trace that the caller keeps is kept always. `collector`: the whole address of a
    collector without sign-in, empty for Google's. `exporter`: instead of both, for tests.

    Make it after any fork, since it owns a thread. What is left is sent when the process ends.
    """

    def __init__(
        self,
        service: str,
        project_id: str,
        *,
        one_in: int = 1,
        collector: str = "",
        exporter: SpanExporter | None = None,
    ) -> None:
        ours = TraceIdRatioBased(1 / one_in)
        self._provider = TracerProvider(
            sampler=ParentBased(ours, remote_parent_not_sampled=ours),
            resource=Resource({"service.name": service, "gcp.project_id": project_id}),
            span_limits=SpanLimits(max_attribute_length=256),
        )
        processor = BatchSpanProcessor(
            exporter or _LateExporter(collector),
            max_queue_size=_QUEUE,
            schedule_delay_millis=_DELAY_MS,
            max_export_batch_size=_BATCH,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("nexus")

    def start(
        self,
        name: str,
        kind: Kind,
        parent: TraceContext | None,
        attributes: Mapping[str, str | int],
    ) -> Span:
        """Begin a span; see the port."""
        begun = self._tracer.start_span(
            name, context=_context(parent), kind=_KINDS[kind], attributes=dict(attributes)
        )
        return _Span(begun)

    def shutdown(self) -> None:
        """Send what is left, for at most 4 s of a silent collector, and stop."""
        self._provider.shutdown()


class _Span:
    def __init__(self, begun: OtelSpan) -> None:
        self._span = begun
        place = begun.get_span_context()
        self.context = TraceContext(
            trace_id=f"{place.trace_id:032x}",
            span_id=f"{place.span_id:016x}",
            sampled=place.trace_flags.sampled,
        )

    def put(self, attributes: Mapping[str, str | int]) -> None:
        self._span.set_attributes(dict(attributes))

    def fail(self, reason: str) -> None:
        self._span.set_attribute("error.type", reason)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        self._span.end()


class _LateExporter(SpanExporter):
    """Opens what sends when there is something to send, on the thread that sends it."""

    def __init__(self, collector: str) -> None:
        self._collector = collector
        self._opened: SpanExporter | None = None
        self._log = logger(__name__)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            opened = self._opened = self._opened or _open(self._collector)
        except _NoCredentialsError:
            self._log.warning("traces cannot be sent: no credentials", lost=len(spans))
            return SpanExportResult.FAILURE
        return opened.export(spans)

    def shutdown(self) -> None:
        if self._opened is not None:
            self._opened.shutdown()


class _NoCredentialsError(NexusError):
    """Nobody says who we are to Google."""


def _open(collector: str) -> SpanExporter:
    from google.auth import default
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import AuthorizedSession
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    if collector:
        return OTLPSpanExporter(collector, timeout=_SEND_S)
    try:
        credentials, _ = default(scopes=[_SCOPE])
    except GoogleAuthError as exc:
        raise _NoCredentialsError("No credentials of Google.") from exc
    return OTLPSpanExporter(
        TELEMETRY_API,
        timeout=_SEND_S,
        compression=Compression.Gzip,
        session=AuthorizedSession(credentials),  # type: ignore[no-untyped-call]
    )


def _context(parent: TraceContext | None) -> Context:
    if parent is None:
        return Context()
    place = SpanContext(
        int(parent.trace_id, 16),
        # Of some callers only the trace is known; a parent that nobody has keeps us in it.
        int(parent.span_id or parent.trace_id[:16], 16) or 1,
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT),
    )
    return set_span_in_context(NonRecordingSpan(place), Context())
