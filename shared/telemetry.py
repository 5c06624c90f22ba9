"""Logs: one JSON object per line, in the fields that Cloud Logging knows.

A message is a static sentence; what varies are ids, names, sizes and durations in fields. What a
person said or wrote, code, page text and tokens are never logged, and neither are the messages of
unknown exceptions, since those may quote what they tripped over.
https://cloud.google.com/logging/docs/structured-logging
"""

import logging
import sys
import traceback
from typing import Any, Final

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from shared import traces

_TRACE: Final = "logging.googleapis.com/trace"
_SPAN: Final = "logging.googleapis.com/spanId"
_SAMPLED: Final = "logging.googleapis.com/trace_sampled"


def configure(level: str, project_id: str = "") -> None:
    """Log to standard output from now on; `level`: DEBUG, INFO, WARNING or ERROR.

    Each record tells the trace that it belongs to, as one of `project_id`; without that, none
    does. What libraries and adapters say through the standard `logging` takes the same form, from
    WARNING on: below it, libraries log what passes through them.
    """
    begin: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        *([_trace_of(project_id)] if project_id else []),
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


def _trace_of(project_id: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        here = traces.current()
        if here is not None:
            event[_TRACE] = f"projects/{project_id}/traces/{here.trace_id}"
            event[_SPAN] = here.span_id
            event[_SAMPLED] = here.sampled
        return event

    return add


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
