"""Failures on order: what the next fitting requests meet instead of their answer."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dev.notion_standin.errors import NotionError, code_of
from dev.notion_standin.model import Json

_COMMITTED = ["Read the object again to see whether the write was saved.",
              "Do not repeat the write."]  # fmt: skip
_MESSAGES = {
    409: "Conflict occurred while saving. Please try again.",
    429: "You have been rate limited. Please try again in a few minutes.",
    500: "Unexpected error occurred.",
    502: "Bad gateway.",
    503: "Notion is unavailable. Please try again later.",
    504: "Gateway timeout.",
    529: "Notion is overloaded. Please try again later.",
}


class Fault(BaseModel):
    """A failure for the next `times` requests that fit, after `skip` of them went well.

    `status`: answer an error; with `apply` the request is carried out first. `timeout` and
    `close`: never answer, or cut the connection, carried out first with `apply` (the default for
    both). `delay`: wait `seconds`, then answer. `partial`: carry out only the first of several
    `content_updates` and answer as usual. `path` is a regular expression; `body` a part of the
    raw body.
    """

    model_config = ConfigDict(extra="forbid")
    kind: Literal["status", "timeout", "close", "delay", "partial"] = "status"
    method: str | None = None
    path: str | None = None
    body: str | None = None
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    status: int = Field(default=500, ge=400, le=599)
    code: str | None = None
    message: str | None = None
    additional_data: dict[str, Any] | None = None
    retry_after: float | str | None = None
    apply: bool | None = None
    seconds: float = Field(default=1.0, ge=0)

    @field_validator("path")
    @classmethod
    def _readable(cls, path: str | None) -> str | None:
        if path is not None:
            try:
                re.compile(path)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return path

    @property
    def applies(self) -> bool:
        """Tell whether the request is carried out before it fails."""
        return self.kind in ("timeout", "close") if self.apply is None else self.apply

    def fits(self, method: str, path: str, body: bytes) -> bool:
        """Tell whether a request is one that shall fail."""
        return (
            (self.method is None or self.method.upper() == method)
            and (self.path is None or re.search(self.path, path) is not None)
            and (self.body is None or self.body.encode() in body)
        )

    def error(self, answer: Json | None, children: list[str] | None = None) -> NotionError:
        """Build the error; `answer` and `children` are what came of it, where carried out."""
        told = dict(self.additional_data or {})
        if (
            self.status == 503
            and answer is not None
            and "additional_data" not in (self.model_fields_set)
        ):
            told |= _committed(answer, children)
        if self.status == 429 and self.retry_after is not None:
            told = {
                "rate_limit_reason": "public_api_request_rate_limit",
                "retry_after": str(self.retry_after),
                **told,
            }
        return NotionError(
            self.code or code_of(self.status),
            self.message or _MESSAGES.get(self.status, "The request failed."),
            status=self.status,
            additional_data=told or None,
        )


def _committed(answer: Json, children: list[str] | None) -> Json:
    """Tell what a write left behind, as Notion's 503 does."""
    told: Json = {"retry_guidance": _COMMITTED}
    if children is not None:
        told["committed_child_ids"] = children
    elif "id" in answer:
        told["committed_resource_id"] = answer["id"]
    return told


class Faults:
    """The queue of ordered failures."""

    def __init__(self) -> None:
        self.queue: list[Fault] = []

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        """Take the first failure that fits a request, None if it may go well."""
        for fault in self.queue:
            if not fault.fits(method, path, body):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times == 0:
                self.queue.remove(fault)
            return fault
        return None
