"""Notion's JSON objects in the port's words.

What is not documented is ignored, so that new fields and kinds of properties break nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from shared.adapters.notion_errors import unreadable
from shared.adapters.notion_text import RichText, plain_text
from shared.adapters.notion_values import (
    Json,
    is_shown,
    is_truncated,
    page_url,
    read_value,
    rich_text,
)
from shared.ports.notion import Body, DataSource, Property, Row

Model = TypeVar("Model", bound=BaseModel)


class _Id(BaseModel):
    id: str


class Parent(BaseModel):
    """Where an object lies."""

    type: str = ""
    data_source_id: str | None = None
    database_id: str | None = None
    page_id: str | None = None
    block_id: str | None = None

    def nearest(self) -> str | None:
        """The id of what it lies in; None at the top of the workspace."""
        return self.data_source_id or self.database_id or self.page_id or self.block_id


class _Page(BaseModel):
    id: str
    url: str = ""
    parent: Parent
    created_time: AwareDatetime
    last_edited_time: AwareDatetime
    last_edited_by: _Id
    properties: dict[str, Json]
    in_trash: bool = False
    is_archived: bool = False


class _DataSource(BaseModel):
    id: str
    parent: Parent
    title: list[RichText] = Field(default_factory=list)
    url: str | None = None
    properties: dict[str, Json]
    in_trash: bool = False


class _Body(BaseModel):
    markdown: str
    truncated: bool = False
    unknown_block_ids: list[str] = Field(default_factory=list)


class _Column(BaseModel):
    id: str
    type: str


class Listing(BaseModel):
    """A page of a list; each result still as JSON."""

    class Status(BaseModel):
        """How far the list goes."""

        type: str = ""

    results: list[Json]
    next_cursor: str | None = None
    has_more: bool = False
    request_status: Status | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing was cut; normal answers do not say so."""
        return self.request_status is None or self.request_status.type != "incomplete"


def read(model: type[Model], given: Any) -> Model:
    """Read an object; raises UpstreamUnavailable when it has not the documented shape."""
    try:
        return model.model_validate(given)
    except ValidationError as exc:
        raise unreadable() from exc


def read_row(given: Any, *, slim: bool = False) -> Row:
    """Read a page. `slim`: without its values."""
    page = read(_Page, given)
    items = [] if slim else list(page.properties.values())
    parent = page.parent
    try:
        values = {
            str(each["id"]): read_value(each["type"], each.get(each["type"]))
            for each in items
            if is_shown(str(each.get("type")))
        }
        return Row(
            id=page.id,
            url=page.url,
            parent=parent.data_source_id,
            created_at=page.created_time,
            edited_at=page.last_edited_time,
            edited_by=page.last_edited_by.id,
            title=title_of(page.properties),
            values=values,
            in_trash=page.in_trash,
            archived=page.is_archived,
            truncated=frozenset(str(each["id"]) for each in items if is_truncated(each)),
        )
    except (ValidationError, KeyError) as exc:
        raise unreadable() from exc


def read_data_source(given: Any) -> DataSource:
    """Read a data source with its columns."""
    source = read(_DataSource, given)
    return DataSource(
        id=source.id,
        database_id=source.parent.database_id or "",
        title=plain_text(source.title),
        url=source.url or page_url(source.parent.database_id or source.id),
        properties=tuple(_column(name, each) for name, each in source.properties.items()),
        in_trash=source.in_trash,
    )


def read_body(given: Any) -> Body:
    """Read the answer of the Markdown endpoints."""
    body = read(_Body, given)
    return Body(
        markdown=body.markdown, truncated=body.truncated, unknown=tuple(body.unknown_block_ids)
    )


def title_of(properties: Mapping[str, Json]) -> str:
    """A page's title, from its properties."""
    found = next((each for each in properties.values() if each.get("type") == "title"), None)
    try:
        return plain_text(rich_text((found or {}).get("title") or []))
    except ValidationError as exc:
        raise unreadable() from exc


def _column(name: str, given: Json) -> Property:
    column = read(_Column, given)
    config = given.get(column.type)
    config = config if isinstance(config, dict) else {}
    both = config.get("dual_property") or {}
    return Property(
        id=column.id,
        name=name,
        kind=column.type,
        options=_options(config),
        target=config.get("data_source_id"),
        synced=both.get("synced_property_id"),
    )


def _options(config: Json) -> tuple[str, ...]:
    if config.get("prefix"):  # of a unique id
        return (str(config["prefix"]),)
    options: Sequence[Json] = config.get("options") or ()
    return tuple(str(option["name"]) for option in options)
