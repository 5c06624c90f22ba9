"""Logs: one JSON object per line, in the fields that Cloud Logging knows.

A message is a static sentence; what varies are ids, names, sizes and durations in fields. What a
person said or wrote, code, page text and tokens are never logged, and neither are the messages of
unknown exceptions, since those may quote what they tripped over.
https://cloud.google.com/logging/docs/structured-logging
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import structlog
from structlog.contextvars import bound_contextvars
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

_TRACEPARENT: Final = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}")
_CLOUD_TRACE: Final = re.compile(r"(?P<trace>[0-9a-f]{32})(/(?P<span>\d{1,20}))?(;o=\d)?")
_TRACE: Final = "logging.googleapis.com/trace"
_SPAN: Final = "logging.googleapis.com/spanId"


class Headers(Protocol):
    """What is needed of a request's headers; names in any case."""

    def get(self, key: str, /) -> str | None:
        """The header's value, or None."""


def configure(level: str) -> None:
    """Log to standard output from now on; `level`: DEBUG, INFO, WARNING or ERROR.

    What libraries and adapters say through the standard `logging` takes the same form, from
    WARNING on: below it, libraries log what passes through them.
    """
    begin: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    end: list[Processor] = [
        _describe_exception,
        _cloud_names,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[*begin, *end],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *begin,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def logger(name: str) -> FilteringBoundLogger:
    """The logger of a module; each record says which one it came from (`component`)."""
    found: FilteringBoundLogger = structlog.get_logger(component=name)
    return found


@contextmanager
def request_context(request_id: str, headers: Headers, project_id: str) -> Iterator[None]:
    """Give every record within the block the request's id and trace."""
    with bound_contextvars(request_id=request_id, **trace_fields(headers, project_id)):
        yield


def trace_fields(headers: Headers, project_id: str) -> dict[str, str]:
    """The fields that tie a record to its trace; none if the request carries no readable one.

    `traceparent` is W3C's (https://www.w3.org/TR/trace-context/), `X-Cloud-Trace-Context` the
    older form of Google Cloud, whose span is a decimal number.
    """
    if match := _TRACEPARENT.fullmatch(headers.get("traceparent") or ""):
        span = match["span"]
    elif match := _CLOUD_TRACE.fullmatch(headers.get("X-Cloud-Trace-Context") or ""):
        span = f"{int(match['span']):016x}" if match["span"] else ""
    else:
        return {}
    trace = {_TRACE: f"projects/{project_id}/traces/{match['trace']}"}
    return {**trace, _SPAN: span} if span else trace


def _describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    error: Any = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error_type"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        event["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _cloud_names(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["severity"] = str(event.pop("level", "default")).upper()
    event["message"] = event.pop("event")
    return event
