"""Failures as RFC 9457 problems (https://www.rfc-editor.org/rfc/rfc9457)."""

import math
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from shared.errors import (
    FieldFault,
    InvalidRequest,
    NexusError,
    RateLimited,
    Unauthenticated,
    UpstreamUnavailable,
)

MEDIA_TYPE: Final = "application/problem+json"
_INTERNAL: Final = "Something went wrong on our side; quote the request id when you report it."
_TITLES: Final[Mapping[str, str]] = {
    "validation": "The request is not acceptable",
    "too-large": "The request is too large",
    "unauthenticated": "Sign in first",
    "forbidden": "Not allowed",
    "not-found": "Not found",
    "method-not-allowed": "The method is not allowed here",
    "conflict": "The request contradicts the present state",
    "stale": "Somebody else was faster",
    "held": "Waiting for a confirmation",
    "not-configured": "Something must be set up first",
    "rate-limited": "Too many requests",
    "upstream-rejected": "A service that we depend on refused",
    "upstream-unavailable": "A service that we depend on does not answer",
    "internal": "Internal error",
}
_NAMES: Final[Mapping[int, str]] = {
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
}


class ProblemField(BaseModel):
    """One wrong field."""

    field: str
    message: str


class Problem(BaseModel):
    """The body of every failure; `errors` only where single fields are at fault."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "title", "status"]})

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemField] | None = None


def of_error(error: NexusError, path: str) -> Response:
    """The answer to an expected failure; a time to come back is rounded up to whole seconds."""
    faults = error.faults if isinstance(error, InvalidRequest) else ()
    if error.problem == "internal":  # an error that was not made for the outside
        return internal(path)
    response = _response(error.problem, error.status, error.detail, path, faults)
    if isinstance(error, RateLimited | UpstreamUnavailable):
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_http_error(error: HTTPException, path: str) -> Response:
    """The answer where werkzeug refuses: unknown path or method, a body too large or unreadable."""
    status = error.code or 500
    if status >= 500:
        return internal(path)
    name = _NAMES.get(status, "validation")
    response = _response(name, status, _TITLES[name] + ".", path)
    for header, value in error.get_headers():
        if header in ("Allow", "Retry-After"):
            response.headers[header] = value
    return response


def internal(path: str) -> Response:
    """The answer to a failure that nobody foresaw; it tells nothing about it."""
    return _response("internal", 500, _INTERNAL, path)


def faults_of(error: ValidationError) -> tuple[FieldFault, ...]:
    """The faults that pydantic found, without quoting the values."""
    return tuple(
        FieldFault(field=".".join(map(str, fault["loc"])), message=fault["msg"])
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _response(
    name: str, status: int, detail: str, path: str, faults: tuple[FieldFault, ...] = ()
) -> Response:
    problem = Problem(
        type=f"/problems/{name}",
        title=_TITLES[name],
        status=status,
        detail=detail,
        instance=quote(path),
        errors=[ProblemField(field=f.field, message=f.message) for f in faults] or None,
    )
    return Response(
        problem.model_dump_json(exclude_none=True), status=status, content_type=MEDIA_TYPE
    )
