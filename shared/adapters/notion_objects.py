"""Notion's JSON objects in the port's words.

What is not documented is ignored, so that new fields and kinds of properties break nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from shared.adapters.notion_errors import unreadable
from shared.adapters.notion_text import RichText, plain_text
from shared.adapters.notion_values import Json, is_shown, is_truncated, read_value, rich_text
from shared.ports.notion import Body, Bot, Comment, DataSource, PageRef, Property, Row, User

Model = TypeVar("Model", bound=BaseModel)
_PAGE_URL: Final = "https://app.notion.com/p/"


class _Id(BaseModel):
    id: str


class _Parent(BaseModel):
    type: str = ""
    data_source_id: str | None = None
    database_id: str | None = None
    page_id: str | None = None
    block_id: str | None = None

    def nearest(self) -> str | None:
        return self.data_source_id or self.database_id or self.page_id or self.block_id


class _Page(BaseModel):
    id: str
    url: str = ""
    parent: _Parent
    created_time: AwareDatetime
    last_edited_time: AwareDatetime
    last_edited_by: _Id
    properties: dict[str, Json]
    in_trash: bool = False
    is_archived: bool = False


class _DataSource(BaseModel):
    id: str
    parent: _Parent
    title: list[RichText] = Field(default_factory=list)
    url: str | None = None
    properties: dict[str, Json]
    in_trash: bool = False


class _Database(BaseModel):
    class Listed(BaseModel):
        id: str
        name: str = ""

    id: str
    url: str | None = None
    data_sources: list[Listed] = Field(default_factory=list)


class _Body(BaseModel):
    markdown: str
    truncated: bool = False
    unknown_block_ids: list[str] = Field(default_factory=list)


class _User(BaseModel):
    class Person(BaseModel):
        email: str | None = None

    class Connection(BaseModel):
        workspace_id: str | None = None
        workspace_name: str | None = None

    id: str
    name: str | None = None
    type: str = ""
    person: Person | None = None
    bot: Connection | None = None


class _Comment(BaseModel):
    id: str
    rich_text: list[RichText] = Field(default_factory=list)
    created_by: _Id


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
            title=_title_of(page.properties),
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


def read_bot(given: Any) -> Bot:
    """Read the connection's own user."""
    user = read(_User, given)
    place = user.bot or _User.Connection()
    return Bot(
        id=user.id,
        name=user.name or "",
        workspace_id=place.workspace_id or "",
        workspace_name=place.workspace_name or "",
    )


def read_user(given: Any) -> User:
    """Read a user."""
    user = read(_User, given)
    email = user.person.email if user.person else None
    return User(id=user.id, name=user.name or "", email=email or "", bot=user.type == "bot")


def read_comment(given: Any) -> Comment:
    """Read a comment."""
    comment = read(_Comment, given)
    return Comment(id=comment.id, text=plain_text(comment.rich_text), by=comment.created_by.id)


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
    identity = read(_Id, given).id
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
    page = read(_Page, given)
    return PageRef(
        id=page.id,
        title=_title_of(page.properties),
        url=page.url,
        kind="page",
        parent=page.parent.nearest(),
    )


def column_config(column: Property) -> Json:
    """The JSON that makes a column."""
    kind = column.kind
    if kind in ("select", "multi_select", "status") and column.options:
        return {kind: {"options": [{"name": name} for name in column.options]}}
    if kind != "relation":
        return {kind: {}}
    sides = "single_property" if column.synced is None else "dual_property"
    return {kind: {"data_source_id": column.target, "type": sides, sides: {}}}


def page_url(identity: str) -> str:
    """Where a page opens whose address is not told."""
    return _PAGE_URL + identity.replace("-", "")


def timestamp(moment: datetime) -> str:
    """A time for a filter."""
    return moment.isoformat(timespec="milliseconds")


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
    options: Sequence[Json] = config.get("options") or ()
    return tuple(str(option["name"]) for option in options)


def _title_of(properties: Mapping[str, Json]) -> str:
    found = next((each for each in properties.values() if each.get("type") == "title"), None)
    try:
        return plain_text(rich_text((found or {}).get("title") or []))
    except ValidationError as exc:
        raise unreadable() from exc
