"""Notion's failures in the product's words: the one place of translation.

Error codes: https://developers.notion.com/reference/status-codes
"""

import email.utils
import json
import re
import time
from typing import Any, Final

import httpx
from notion_client.errors import (
    HTTPResponseError,
    InvalidPathParameterError,
    NotionClientErrorBase,
    RequestTimeoutError,
)
from pydantic import BaseModel, ValidationError

from shared.errors import (
    Forbidden,
    InvalidRequest,
    NexusError,
    NotFound,
    RateLimited,
    StaleWrite,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.notion import CommittedButUnread

SERVICE: Final = "notion"
FAILURES: Final = (NotionClientErrorBase, httpx.HTTPError, json.JSONDecodeError, UnicodeError)
"""What the SDK raises; the last two where an answer is no JSON."""

_DEFAULT_WAIT_S: Final = 1.0
_OVERLOADED: Final = 529
_BLOCKED: Final = "public_api_request_blocked"
_PLACE: Final = re.compile(r"\bbody\.[\w.%\[\]~-]+")
_DELETES: Final = re.compile(r"allow_deleting_content|delete[sd]? child|child (page|database)s?",
                             re.IGNORECASE)  # fmt: skip
_STALE: Final = re.compile(
    r"not found|could ?n[o']t find|no match|does not (exist|match|occur)|multiple|"
    r"more than (one|once)|several|ambiguous|not unique|matches \d+|\d+ (matches|occurrences)",
    re.IGNORECASE,
)


class _Extra(BaseModel):
    retry_after: float | None = None
    rate_limit_reason: str | None = None
    committed_resource_id: str | None = None
    limit_kind: str | None = None


class _Problem(BaseModel):
    code: str = ""
    message: str = ""
    additional_data: _Extra | None = None


def failure(exc: Exception, capability: str, *, creates: bool) -> NexusError | CommittedButUnread:
    """The error for an exception of the SDK (one of `FAILURES`).

    `capability`: what the connection must be allowed for this call, named where it is not.
    `creates`: the call makes something, whose id a 503 may tell.
    """
    if isinstance(exc, HTTPResponseError):
        made = (_problem(exc).additional_data or _Extra()).committed_resource_id
        if creates and made and exc.status >= 500:
            return CommittedButUnread(made)
        return _of_status(exc, capability)
    if isinstance(exc, RequestTimeoutError | httpx.TimeoutException):
        return UpstreamTimeout("Notion took too long.", SERVICE)
    if isinstance(exc, InvalidPathParameterError):
        return InvalidRequest("This is no id of Notion.")
    if isinstance(exc, httpx.HTTPError):
        return UpstreamUnavailable("Notion cannot be reached.", SERVICE)
    return unreadable()


def unreadable() -> UpstreamUnavailable:
    """An answer that has not the documented shape."""
    return UpstreamUnavailable("Notion's answer cannot be read.", SERVICE)


def edit_failure(exc: NexusError) -> NexusError:
    """For an edit of a body: `StaleWrite` where Notion did not find the text exactly once."""
    cause = exc.__cause__
    if not isinstance(cause, HTTPResponseError) or cause.status != 400:
        return exc
    problem = _problem(cause)
    if problem.code != "validation_error" or _DELETES.search(problem.message):
        return exc
    if (problem.additional_data or _Extra()).limit_kind or not _STALE.search(problem.message):
        return exc
    return StaleWrite("A text to replace is not there exactly once; read the page again.")


def is_conflict(exc: BaseException) -> bool:
    """Whether Notion told of a collision with another write: to be tried after reading again."""
    return isinstance(exc.__cause__, HTTPResponseError) and exc.__cause__.status == 409


def _of_status(exc: HTTPResponseError, capability: str) -> NexusError:
    problem = _problem(exc)
    extra = problem.additional_data or _Extra()
    if exc.status in (429, _OVERLOADED):
        return _limited(exc, extra)
    if exc.status >= 500:
        return _broken(exc, extra)
    if exc.status == 401:
        return UpstreamRejected("Notion does not take the token: connect Notion again.", SERVICE)
    if exc.status == 403:
        return _forbidden(problem, capability)
    if exc.status == 404:
        return NotFound("Notion does not find it, or it is not shared with the connection.")
    if exc.status == 409 and problem.code != "row_limit_exceeded":
        return UpstreamUnavailable("Notion was busy with another change.", SERVICE)
    return UpstreamRejected(_refusal(problem), SERVICE)


def _limited(exc: HTTPResponseError, extra: _Extra) -> NexusError:
    if extra.rate_limit_reason == _BLOCKED:
        return UpstreamRejected("Notion has blocked the connection: ask its support.", SERVICE)
    why = "is overloaded" if exc.status == _OVERLOADED else "gets too many requests"
    return RateLimited(f"Notion {why}.", _wait_s(exc, extra))


def _broken(exc: HTTPResponseError, extra: _Extra) -> NexusError:
    if exc.status == 504:
        return UpstreamTimeout("Notion took too long.", SERVICE, _wait_s(exc, extra))
    return UpstreamUnavailable("Notion has a fault of its own.", SERVICE, _wait_s(exc, extra))


def _forbidden(problem: _Problem, capability: str) -> Forbidden:
    if "block limit" in problem.message.lower():
        return Forbidden("The Notion workspace has reached its limit of blocks.")
    return Forbidden(
        f'Notion does not allow it: give the connection the capability "{capability}" and '
        "access to the page."
    )


def _refusal(problem: _Problem) -> str:
    """What Notion refuses: by its place in the request only, since the message quotes values."""
    if _DELETES.search(problem.message):
        return "Notion refuses to delete the pages or databases that lie in the page."
    place = _PLACE.search(problem.message)
    return f"Notion refuses the request{f' at {place[0]}' if place else ''}."


def _problem(exc: HTTPResponseError) -> _Problem:
    try:
        return _Problem.model_validate(json.loads(exc.body))
    except (ValueError, ValidationError):
        return _Problem()


def _wait_s(exc: HTTPResponseError, extra: _Extra) -> float:
    value: Any = exc.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        moment = email.utils.parsedate_tz(value)
    if moment is not None:
        return max(0.0, email.utils.mktime_tz(moment) - time.time())
    return _DEFAULT_WAIT_S if extra.retry_after is None else max(0.0, extra.retry_after)
