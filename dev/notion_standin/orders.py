"""The shapes of orders to the control address."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ClockOrder(_Order):
    """Move the clock: to a time, by seconds, frozen, or back to real time."""

    at: str | None = None
    move_s: float | None = None
    frozen: bool | None = None


class SettingsOrder(_Order):
    """Change how the stand-in plays; fields that are not given stay."""

    rate_limit: int | None = Field(default=None, ge=0)
    query_limit: int | None = Field(default=None, ge=1)
    record_limit: int | None = Field(default=None, ge=1)
    async_polls: int | None = Field(default=None, ge=0)
    capabilities: dict[str, bool] | None = None
    webhook_window_s: float | None = Field(default=None, ge=0)
    webhook_retry_s: float | None = Field(default=None, ge=0)


class WebhookOrder(_Order):
    """Subscribe a URL; `verified` skips the handshake; `types` limits the events."""

    url: str
    verification_token: str | None = None
    verified: bool = False
    types: list[str] | None = None
    window_s: float | None = Field(default=None, ge=0)
    retry_s: float | None = Field(default=None, ge=0)
    api_version: str | None = None


class SeedOrder(_Order):
    """Fill a data source with rows; property values vary by number where they can."""

    data_source_id: str
    count: int = Field(ge=1, le=50_000)
    title: str = "Row {n}"
    markdown: str | None = None
    minutes_apart: float = 0


class EditOrder(_Order):
    """What a person does in Notion's app; `user` is an id or a name, made known if new."""

    action: Literal[
        "markdown",
        "properties",
        "schema",
        "create",
        "create_database",
        "trash",
        "restore",
        "archive",
        "unarchive",
        "move",
        "share",
        "unshare",
        "comment",
        "lock",
        "unlock",
        "delete_forever",
    ]
    id: str | None = None
    user: str | None = None
    markdown: str | None = None
    markdown_version: Literal["v1", "v2"] = "v2"
    old_str: str | None = None
    new_str: str | None = None
    properties: dict[str, Any] | None = None
    parent: dict[str, Any] | None = None
    title: str | None = None
    blocks: list[dict[str, Any]] | None = None
    text: str | None = None
