"""A link: one page and one file that belong together, and the base that both grew from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from shared.ports.notion import Value
from shared.ports.state import Data

TOMBSTONE_KEPT: Final = timedelta(days=30)
AGAIN_AFTER: Final = timedelta(seconds=60)
"""How long a create that got no answer may take to appear before it is done again."""
_CLOCKS_APART: Final = timedelta(minutes=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A write that was begun: stored before it, cleared with its result.

    `kind`: create a page, write a body, set properties, trash or restore, move; `file`: the first
    commit of a new page's file. `at`: when it was begun. `git_seen`:
    the file's blob whose content is being written. `notion_seen`: the hash of the page's body
    before. `values`: the properties being set.
    """

    kind: Literal["create", "body", "properties", "trash", "move", "file"]
    at: datetime
    git_seen: str = ""
    notion_seen: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One page and its file; either may be unknown yet.

    `git_seen`: the file's blob id when it was last dealt with. `notion_seen`: the hash of the
    page's body, `values` its properties (by id) then. `bound`: property id → the file's key,
    `kinds`: property id → its kind when it was bound.
    `deleted_at`: both sides are gone; kept for 30 days so that a restored one finds its base.
    `conflicts`: fields with an open conflict. `tried`: when earlier creates of its page were begun
    that were given up: what they made, if it was hidden then, may show up later.
    """

    id: str
    collection: str
    page_id: str | None = None
    path: str | None = None
    url: str = ""
    git_seen: str = ""
    notion_seen: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    pending: Pending | None = None
    deleted_at: datetime | None = None
    expires_at: datetime | None = None
    conflicts: tuple[str, ...] = ()
    tried: tuple[datetime, ...] = ()

    def may_have_made(self, created_at: datetime) -> bool:
        """Whether a page of this time can come of an earlier create; Notion's times are minutes."""
        until = AGAIN_AFTER + _CLOCKS_APART
        return any(at - _CLOCKS_APART <= created_at <= at + until for at in self.tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The text both sides agreed on: the whole file, and the page's body as Notion wrote it."""

    file: str = ""
    body: str = ""


_LINK: Final = TypeAdapter(Link)


def link_path(wid: str, link_id: str) -> str:
    """Where a link lies."""
    return f"workspaces/{wid}/links/{link_id}"


def base_path(wid: str, link_id: str) -> str:
    """Where a link's base lies."""
    return f"workspaces/{wid}/bases/{link_id}"


def link_document(link: Link) -> dict[str, Any]:
    """The document of a link; `page_id` and `path` are indexed, the rest is not searched."""
    document: dict[str, Any] = _LINK.dump_python(link, mode="python")
    document.update(conflicts=list(link.conflicts), tried=list(link.tried))
    return document


def read_link(data: Data) -> Link:
    """Read a document that `link_document` made."""
    return _LINK.validate_python(dict(data))
