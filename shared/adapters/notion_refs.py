"""What lies in a page, in a database, or was found by search, as references."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from shared.adapters.notion_objects import Parent, read, read_data_source, title_of
from shared.adapters.notion_values import Json, page_url
from shared.ports.notion import PageRef


class _Database(BaseModel):
    class Listed(BaseModel):
        id: str
        name: str = ""

    id: str
    url: str | None = None
    data_sources: list[Listed] = Field(default_factory=list)


class _Child(BaseModel):
    id: str


class _Found(BaseModel):
    id: str
    url: str = ""
    parent: Parent
    properties: dict[str, Json]


def read_data_source_refs(given: Any) -> tuple[PageRef, ...]:
    """Read the data sources that a database lists."""
    database = read(_Database, given)
    url = database.url or page_url(database.id)
    return tuple(
        PageRef(id=each.id, title=each.name, url=url, kind="data_source", parent=database.id)
        for each in database.data_sources
    )


def read_child(given: Mapping[str, Any], parent: str) -> PageRef | None:
    """Read a block of a page; None if it is neither a page nor a database."""
    kinds: dict[str, Literal["page", "database"]] = {
        "child_page": "page",
        "child_database": "database",
    }
    kind = str(given.get("type"))
    if kind not in kinds or given.get("in_trash"):
        return None
    identity = read(_Child, given).id
    title = str((given.get(kind) or {}).get("title") or "")
    return PageRef(
        id=identity, title=title, url=page_url(identity), kind=kinds[kind], parent=parent
    )


def read_found(given: Mapping[str, Any]) -> PageRef | None:
    """Read what search found; None if it is neither a page nor a data source."""
    if given.get("object") == "data_source":
        source = read_data_source(given)
        return PageRef(
            id=source.id,
            title=source.title,
            url=source.url,
            kind="data_source",
            parent=source.database_id or None,
        )
    if given.get("object") != "page" or "properties" not in given:
        return None
    page = read(_Found, given)
    return PageRef(
        id=page.id,
        title=title_of(page.properties),
        url=page.url,
        kind="page",
        parent=page.parent.nearest(),
    )
