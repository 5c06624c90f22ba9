"""What goes wrong with Anthropic's API, in the product's terms.

Vendor's list: https://platform.claude.com/docs/en/api/errors. Its own messages are never passed
on, because they may quote the prompt.
"""

import email.utils
import time

import httpx2
from anthropic import (
    AnthropicError,
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
)

from shared.errors import (
    NexusError,
    RateLimited,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)

SERVICE = "anthropic"

# What the SDK and the HTTP client below it let through.
FAILURES = (AnthropicError, httpx2.HTTPError, httpx2.StreamError)

_DEFAULT_WAIT_S = 1.0
_TYPE_OF_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "timeout_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_REFUSALS = {
    "invalid_request_error": "Anthropic refuses the request as malformed: this is a fault of "
    "ours or of ANTHROPIC_MODEL.",
    "authentication_error": "Anthropic refuses the key: check ANTHROPIC_API_KEY.",
    "billing_error": "Anthropic asks for payment: check the account's balance.",
    "permission_error": "Anthropic does not allow this to the key: check ANTHROPIC_API_KEY and "
    "ANTHROPIC_MODEL.",
    "not_found_error": "Anthropic does not know the model: check ANTHROPIC_MODEL.",
    "request_too_large": "The request is too large for Anthropic: ask for less at once.",
}


def failure(exc: Exception) -> NexusError:
    """The error for an exception of the SDK (one of `FAILURES`)."""
    if isinstance(exc, APIStatusError):
        return _of_status(exc)
    if isinstance(exc, APITimeoutError | httpx2.TimeoutException):
        return too_slow()
    if isinstance(exc, APIConnectionError):
        return UpstreamUnavailable("Anthropic cannot be reached.", SERVICE)
    if isinstance(exc, APIError | httpx2.HTTPError | httpx2.StreamError):
        return cut()
    return UpstreamRejected("Anthropic cannot be called: check ANTHROPIC_API_KEY.", SERVICE)


def cut() -> UpstreamUnavailable:
    """The reply ended before its end."""
    return UpstreamUnavailable("Anthropic's reply was cut before its end.", SERVICE)


def too_slow() -> UpstreamTimeout:
    """Nothing came for too long."""
    return UpstreamTimeout("Anthropic took too long.", SERVICE)


def retry_wait_s(exc: Exception) -> float | None:
    """Seconds to wait before one repetition of the call; None if repeating is of no use."""
    if isinstance(exc, APITimeoutError):
        return None  # the time is used up
    if isinstance(exc, APIConnectionError):
        return 0.0
    error = failure(exc)
    if not isinstance(exc, APIStatusError) or not error.retryable:
        return None
    return _retry_after_s(exc)


def _of_status(exc: APIStatusError) -> NexusError:
    # In the middle of a stream the status is 200 and only the type tells.
    kind = str(exc.type or _TYPE_OF_STATUS.get(exc.status_code, ""))
    if kind in _REFUSALS:
        return UpstreamRejected(_REFUSALS[kind], SERVICE)
    wait_s = _retry_after_s(exc)
    if kind == "rate_limit_error":
        return RateLimited("Too many requests to Anthropic for this key.", wait_s)
    if kind == "overloaded_error":
        return UpstreamUnavailable("Anthropic is overloaded.", SERVICE, wait_s)
    if 400 <= exc.status_code < 500 and kind != "timeout_error":
        return UpstreamRejected(_REFUSALS["invalid_request_error"], SERVICE)
    return UpstreamUnavailable("Anthropic has a fault of its own.", SERVICE, wait_s)


def _retry_after_s(exc: APIStatusError) -> float:
    value = exc.response.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        moment = email.utils.parsedate_tz(value)
    if moment is None:
        return _DEFAULT_WAIT_S
    return max(0.0, email.utils.mktime_tz(moment) - time.time())
