"""Notion's errors (https://developers.notion.com/reference/status-codes)."""

import json
from collections.abc import Container
from typing import Any, TypeGuard

_STATUS_OF_CODE = {
    "invalid_json": 400,
    "invalid_request_url": 400,
    "invalid_request": 400,
    "invalid_grant": 400,
    "validation_error": 400,
    "missing_version": 400,
    "unauthorized": 401,
    "restricted_resource": 403,
    "object_not_found": 404,
    "conflict_error": 409,
    "rate_limited": 429,
    "internal_server_error": 500,
    "bad_gateway": 502,
    "service_unavailable": 503,
    "gateway_timeout": 504,
    "service_overload": 529,
}
_CODE_OF_STATUS = {status: code for code, status in _STATUS_OF_CODE.items() if status != 400}


class NotionError(Exception):
    """A request that Notion answers with an error body; `additional_data` may be None."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        additional_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or _STATUS_OF_CODE.get(code, 500)
        self.additional_data = additional_data

    def body(self, request_id: str) -> dict[str, Any]:
        """Build the JSON body of the answer."""
        told: dict[str, Any] = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }
        if self.additional_data is not None:
            told["additional_data"] = self.additional_data
        return {**told, "request_id": request_id}


def code_of(status: int) -> str:
    """Name the error code that goes with a status; `validation_error` for an unknown 4xx."""
    return _CODE_OF_STATUS.get(status, "validation_error")


def one_of(value: object, names: Container[str]) -> TypeGuard[str]:
    """Tell whether a value of a request is one of some names; it may be of any JSON type."""
    return isinstance(value, str) and value in names


def invalid(message: str) -> NotionError:
    """Make a 400 `validation_error`."""
    return NotionError("validation_error", message)


def failed(place: str, rule: str, value: Any = ...) -> NotionError:
    """Make the error of a request's schema: `place` ("body.parent") should be so, but is not."""
    root = place.split(".")[0].split("[")[0]
    was = "undefined" if value is ... else json.dumps(value, ensure_ascii=False)
    return invalid(f"{root} failed validation: {place} should be {rule}, instead was `{was}`.")
