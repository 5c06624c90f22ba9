"""The meaning of the SDK's exceptions, without a connection."""

from email.utils import formatdate

import anthropic
import httpx2
import pytest

from shared.adapters.anthropic_errors import failure, retry_wait_s
from shared.errors import (
    NexusError,
    RateLimited,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/messages")


def answered(status: int, kind: str | None = None, **headers: str) -> anthropic.APIStatusError:
    """The SDK's exception for an HTTP error, or for an error event where the status is 200."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(status, request=REQUEST, headers=names)
    body = {"type": "error", "error": {"type": kind, "message": "secret"}} if kind else None
    return anthropic.APIStatusError("secret", response=response, body=body)


@pytest.mark.parametrize(
    ("exc", "error"),
    [
        (answered(400), UpstreamRejected),
        (answered(401), UpstreamRejected),
        (answered(404), UpstreamRejected),
        (answered(418), UpstreamRejected),
        (answered(408), UpstreamUnavailable),
        (answered(429), RateLimited),
        (answered(500), UpstreamUnavailable),
        (answered(529), UpstreamUnavailable),
        (answered(200, "overloaded_error"), UpstreamUnavailable),
        (answered(200, "rate_limit_error"), RateLimited),
        (answered(200, "permission_error"), UpstreamRejected),
        (answered(200, "of_tomorrow"), UpstreamUnavailable),
        (anthropic.APITimeoutError(REQUEST), UpstreamTimeout),
        (anthropic.APIConnectionError(request=REQUEST), UpstreamUnavailable),
        (httpx2.ReadTimeout("secret"), UpstreamTimeout),
        (httpx2.ReadError("secret"), UpstreamUnavailable),
        (httpx2.RemoteProtocolError("secret"), UpstreamUnavailable),
        (anthropic.AnthropicError("secret"), UpstreamRejected),
    ],
)
def test_each_exception_has_its_meaning_and_quotes_nothing(
    exc: Exception, error: type[NexusError]
) -> None:
    meant = failure(exc)
    assert type(meant) is error
    assert "secret" not in meant.detail


@pytest.mark.parametrize(("header", "wait_s"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("?", 1.0)])
def test_retry_after_is_taken_in_seconds(header: str, wait_s: float) -> None:
    meant = failure(answered(429, retry_after=header))
    assert isinstance(meant, RateLimited)
    assert meant.retry_after_s == wait_s


def test_retry_after_may_be_a_date_even_one_that_is_past() -> None:
    past = failure(answered(529, retry_after=formatdate(0, usegmt=True)))
    assert isinstance(past, UpstreamUnavailable)
    assert past.retry_after_s == 0.0
    future = failure(answered(529, retry_after="Fri, 01 Jan 2100 00:00:00 GMT"))
    assert isinstance(future, UpstreamUnavailable)
    assert future.retry_after_s > 10_000


@pytest.mark.parametrize(
    ("exc", "wait_s"),
    [
        (answered(429, retry_after="3"), 3.0),
        (answered(529), 1.0),
        (anthropic.APIConnectionError(request=REQUEST), 0.0),
        (anthropic.APITimeoutError(REQUEST), None),
        (answered(400), None),
        (answered(401), None),
    ],
)
def test_only_passing_failures_are_worth_a_repetition(exc: Exception, wait_s: float | None) -> None:
    assert retry_wait_s(exc) == wait_s
