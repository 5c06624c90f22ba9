"""What a workspace holds: pages, blocks, databases, data sources, comments, users, uploads."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
ParentKind = Literal["workspace", "page_id", "block_id", "database_id", "data_source_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """Where a node hangs; a row's parent is its data source."""

    kind: ParentKind
    id: str


@dataclass(slots=True, kw_only=True)
class Tree:
    """A block with its children, before it has a place; `content` is the API's own object.

    `id` is set where the block exists already.
    """

    type: str
    content: Json = field(default_factory=dict)
    children: list["Tree"] = field(default_factory=list)
    id: str | None = None


@dataclass(slots=True, kw_only=True)
class Node:
    """What pages, blocks and databases share; times keep their full precision here."""

    id: str
    parent: Parent
    created: datetime
    edited: datetime
    created_by: str
    edited_by: str
    in_trash: bool = False
    children: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Page(Node):
    """A page; `values` by property id, in the stored form of `values.py`."""

    values: Json = field(default_factory=dict)
    icon: Json | None = None
    cover: Json | None = None
    is_archived: bool = False
    is_locked: bool = False


@dataclass(slots=True, kw_only=True)
class Block(Node):
    """A block of a page's body, without the children in its content."""

    type: str
    content: Json


@dataclass(slots=True, kw_only=True)
class Database(Node):
    """A database: the container of data sources."""

    title: list[Json]
    description: list[Json]
    icon: Json | None = None
    cover: Json | None = None
    is_inline: bool = False
    is_locked: bool = False
    data_source_ids: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Property:
    """One column; `config` is the API's object of its type, `id` is URL-encoded as Notion's."""

    id: str
    name: str
    type: str
    config: Json
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class DataSource:
    """A table of pages; `schema` by property id, `rows` in the order of creation."""

    id: str
    database_id: str
    title: list[Json]
    description: list[Json]
    created: datetime
    edited: datetime
    created_by: str
    edited_by: str
    schema: dict[str, Property]
    icon: Json | None = None
    cover: Json | None = None
    in_trash: bool = False
    rows: dict[str, None] = field(default_factory=dict)
    numbers: int = 0


@dataclass(slots=True, kw_only=True)
class Comment:
    """One comment of a discussion on a page or block."""

    id: str
    parent: Parent
    page_id: str
    discussion_id: str
    created: datetime
    edited: datetime
    created_by: str
    rich_text: list[Json]
    attachments: list[Json] = field(default_factory=list)
    display_name: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or a bot of the workspace."""

    id: str
    name: str
    type: Literal["person", "bot"]
    email: str | None = None


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file upload; `content` is None until it was sent."""

    id: str
    created: datetime
    edited: datetime
    filename: str | None
    content_type: str | None
    mode: str
    parts: int | None = None
    sent: int = 0
    content: bytes | None = None
    status: str = "pending"
