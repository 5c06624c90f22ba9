"""The trace that work belongs to: from a request, by messages, to what they cause.

It is carried on whether or not spans are recorded, so that the logs of all that a request or a
tick caused can be joined. Spans are recorded once a tracer is installed. Attributes are ids of
ours, names, sizes and statuses: no user ids, nothing that people said or wrote.
"""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from dataclasses import replace
from secrets import token_hex
from typing import Final, Protocol

from shared.ports.tracing import Kind, Span, TraceContext, Tracer

# Later versions may have more fields behind; a span or a trace of zeros is none.
_TRACEPARENT: Final = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})"
    r"-(?!0{16})(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_CLOUD_TRACE: Final = re.compile(
    r"(?!0{32})(?P<trace>[0-9a-f]{32})(/(?P<span>\d{1,20}))?(;o=(?P<flags>\d))?"
)
_LARGEST_SPAN: Final = 2**64
_CARRIER: Final = "traceparent"

_current: ContextVar[TraceContext | None] = ContextVar("trace", default=None)
_tracer: Tracer | None = None


class Headers(Protocol):
    """What is needed of a request's headers, or of a message's attributes."""

    def get(self, key: str, /) -> str | None:
        """The value, or None."""


def install(tracer: Tracer | None) -> None:
    """Record spans with `tracer` from now on, in the whole process; None: none any more."""
    global _tracer
    _tracer = tracer


def current() -> TraceContext | None:
    """Where the present work is; None outside of any."""
    return _current.get()


def carrier() -> dict[str, str]:
    """What a message takes along: its attributes, empty outside of any trace."""
    here = current()
    return {_CARRIER: here.traceparent} if here and here.traceparent else {}


def read_trace(headers: Headers) -> TraceContext | None:
    """Where a request or a message comes from; None if it carries nothing readable.

    `traceparent` is W3C's (https://www.w3.org/TR/trace-context/), `X-Cloud-Trace-Context` the
    older form of Google Cloud, whose span is a decimal number
    (https://cloud.google.com/trace/docs/trace-context).
    """
    if match := _TRACEPARENT.fullmatch(headers.get(_CARRIER) or ""):
        if match["version"] == "00" and match["more"]:
            return None
        sampled = bool(int(match["flags"], 16) & 1)
        return TraceContext(trace_id=match["trace"], span_id=match["span"], sampled=sampled)
    if match := _CLOUD_TRACE.fullmatch(headers.get("X-Cloud-Trace-Context") or ""):
        number = int(match["span"] or 0)
        return TraceContext(
            trace_id=match["trace"],
            span_id=f"{number:016x}" if 0 < number < _LARGEST_SPAN else "",
            sampled=match["flags"] == "1",
        )
    return None


def span(
    name: str,
    kind: Kind = Kind.INTERNAL,
    cause: TraceContext | None = None,
    attributes: Mapping[str, str | int] | None = None,
) -> AbstractContextManager[Span]:
    """Do the block's work as a part of a trace: that of `cause`, else the present one, else a new.

    An exception that leaves the block marks the span as failed, by its type.
    """
    parent = cause or current()
    if _tracer is None:
        return _Block(_Unrecorded(parent))
    return _Block(_tracer.start(name, kind, parent, attributes or {}))


class _Block:
    """Makes a span the present one for a block."""

    def __init__(self, begun: Span) -> None:
        self._span = begun
        self._token: Token[TraceContext | None]

    def __enter__(self) -> Span:
        self._token = _current.set(self._span.context)
        return self._span

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        _current.reset(self._token)
        if isinstance(error, Exception):
            self._span.fail(type(error).__name__)
        self._span.end()


class _Unrecorded:
    """A span where none are recorded: what comes of it continues what caused it."""

    def __init__(self, parent: TraceContext | None) -> None:
        parent = parent or TraceContext(trace_id=token_hex(16), span_id="")
        self.context = parent if parent.span_id else replace(parent, span_id=token_hex(8))

    def put(self, attributes: Mapping[str, str | int]) -> None:
        """Pass over."""

    def fail(self, reason: str) -> None:
        """Pass over."""

    def end(self) -> None:
        """Pass over."""
