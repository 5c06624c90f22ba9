"""What Notion's failures become."""

import json
from typing import Any

import httpx
import pytest
from notion_client.errors import RequestTimeoutError, build_request_error

from shared.adapters.notion_errors import FAILURES, edit_failure, failure
from shared.errors import (
    Forbidden,
    NexusError,
    NotFound,
    RateLimited,
    StaleWrite,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.notion import CommittedButUnread

NEW_PAGE = "1b2c3d4e-0000-4000-8000-00000000000a"


def answered(
    status: int, code: str, message: str = "", headers: Any = None, **extra: Any
) -> Exception:
    """The SDK's exception for an error answer of Notion."""
    told = {"object": "error", "status": status, "code": code, "message": message}
    if extra:
        told["additional_data"] = extra
    return build_request_error(httpx.Response(status, headers=headers), json.dumps(told))


def translated(exc: Exception, *, creates: bool = False) -> Exception:
    assert isinstance(exc, FAILURES)
    return failure(exc, "Read content", creates=creates)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "validation_error", UpstreamRejected),
        (400, "invalid_json", UpstreamRejected),
        (401, "unauthorized", UpstreamRejected),
        (403, "restricted_resource", Forbidden),
        (404, "object_not_found", NotFound),
        (409, "conflict_error", UpstreamUnavailable),
        (409, "row_limit_exceeded", UpstreamRejected),
        (429, "rate_limited", RateLimited),
        (500, "internal_server_error", UpstreamUnavailable),
        (502, "bad_gateway", UpstreamUnavailable),
        (503, "service_unavailable", UpstreamUnavailable),
        (503, "database_connection_unavailable", UpstreamUnavailable),
        (504, "gateway_timeout", UpstreamTimeout),
        (529, "service_overload", RateLimited),
        (418, "new_code", UpstreamRejected),
    ],
)
def test_each_code_has_its_error(status: int, code: str, error: type[NexusError]) -> None:
    assert type(translated(answered(status, code))) is error


def test_failures_below_http_are_unavailability() -> None:
    assert type(translated(RequestTimeoutError())) is UpstreamTimeout
    assert type(translated(httpx.ReadTimeout("slow"))) is UpstreamTimeout
    assert type(translated(httpx.ConnectError("refused"))) is UpstreamUnavailable
    assert type(translated(json.JSONDecodeError("no", "<html>", 0))) is UpstreamUnavailable


@pytest.mark.parametrize(
    ("headers", "extra", "wait_s"),
    [
        ({"retry-after": "17"}, {}, 17.0),
        ({}, {"retry_after": "9"}, 9.0),
        ({"retry-after": "Sun, 22 Nov 2020 12:00:00 GMT"}, {}, 0.0),
        ({}, {}, 1.0),
    ],
)
def test_a_limit_tells_how_long_to_wait(
    headers: dict[str, str], extra: dict[str, str], wait_s: float
) -> None:
    error = translated(answered(429, "rate_limited", headers=headers, **extra))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s


def test_a_blocked_connection_is_not_to_be_tried_again() -> None:
    blocked = answered(429, "rate_limited", rate_limit_reason="public_api_request_blocked")
    assert type(translated(blocked)) is UpstreamRejected


def test_a_create_that_was_saved_tells_its_page_and_other_calls_do_not() -> None:
    saved = answered(503, "service_unavailable", committed_resource_id=NEW_PAGE)
    error = translated(saved, creates=True)
    assert isinstance(error, CommittedButUnread)
    assert error.page_id == NEW_PAGE
    assert type(translated(saved)) is UpstreamUnavailable


def test_a_missing_capability_is_named() -> None:
    error = translated(answered(403, "restricted_resource", "Insufficient permissions."))
    assert isinstance(error, Forbidden)
    assert '"Read content"' in error.detail


def test_a_refusal_names_the_place_and_quotes_nothing() -> None:
    message = (
        "body failed validation: body.properties.XGe%40.date.start should be a valid ISO 8601 "
        'date string, instead was `"my secret plan"`.'
    )
    error = translated(answered(400, "validation_error", message))
    assert isinstance(error, UpstreamRejected)
    assert "body.properties.XGe%40.date.start" in error.detail
    assert "secret" not in error.detail


@pytest.mark.parametrize(
    ("message", "extra", "error"),
    [
        ("Could not find old_str in the page.", {}, StaleWrite),
        ("The selection was not found.", {}, StaleWrite),
        ("old_str has 3 matches; set replace_all_matches.", {}, StaleWrite),
        ("Multiple matches for old_str.", {}, StaleWrite),
        ("Would delete child pages; pass allow_deleting_content.", {}, UpstreamRejected),
        ("Page not found in what is loaded.", {"limit_kind": "page_record_count"},
         UpstreamRejected),
        ("The page is too large after the edit.", {}, UpstreamRejected),
    ],
)  # fmt: skip
def test_an_edit_of_what_is_no_longer_there_is_stale(
    message: str, extra: dict[str, str], error: type[NexusError]
) -> None:
    cause = answered(400, "validation_error", message, **extra)
    told = translated(cause)
    assert isinstance(told, NexusError)
    told.__cause__ = cause
    assert type(edit_failure(told)) is error
