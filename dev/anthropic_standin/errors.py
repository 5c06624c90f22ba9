"""The vendor's error shape (https://platform.claude.com/docs/en/api/errors)."""

from typing import Any

STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}
TYPE_OF_STATUS = {status: name for name, status in STATUS_OF_TYPE.items()}


class VendorError(Exception):
    """A request the vendor would answer with an error body; `kind` is the vendor's error type."""

    def __init__(self, kind: str, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status or STATUS_OF_TYPE.get(kind, 500)


def error_body(kind: str, message: str, request_id: str | None = None) -> dict[str, Any]:
    """Build the JSON body of an error; inside a stream there is no request id."""
    body: dict[str, Any] = {"type": "error", "error": {"type": kind, "message": message}}
    if request_id is not None:
        body["request_id"] = request_id
    return body
