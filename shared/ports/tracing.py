"""The tracing port: what happened where, for how long, and because of what."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContext:
    """A place in a trace, as W3C's `traceparent` tells it.

    `trace_id`: 32 hexadecimal digits, not all zero. `span_id`: 16 of them, or empty where only the
    trace is known. `sampled`: whether somebody keeps this trace.
    https://www.w3.org/TR/trace-context/#traceparent-header
    """

    trace_id: str
    span_id: str
    sampled: bool = False

    @property
    def traceparent(self) -> str:
        """The header's value; empty where no span is known, since it needs one."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}" if self.span_id else ""


class Kind(Enum):
    """What a span is to the other side; see OpenTelemetry's SpanKind."""

    INTERNAL = "internal"
    SERVER = "server"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Span(Protocol):
    """A piece of work that is going on."""

    @property
    def context(self) -> TraceContext:
        """Where it is; what it causes continues here."""

    def put(self, attributes: Mapping[str, str | int]) -> None:
        """Add attributes."""

    def fail(self, reason: str) -> None:
        """Mark it as failed. `reason`: a type or a status, never a text that may quote people."""

    def end(self) -> None:
        """It is over."""


class Tracer(Protocol):
    """Records spans; it neither waits nor raises, whatever becomes of them."""

    def start(
        self,
        name: str,
        kind: Kind,
        parent: TraceContext | None,
        attributes: Mapping[str, str | int],
    ) -> Span:
        """Begin a span; without a parent it is the first of a new trace."""

    def shutdown(self) -> None:
        """Send what is left, within a few seconds."""
