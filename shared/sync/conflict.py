"""A conflict: one field of one link that both sides changed in different ways."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from shared.ports.state import Data
from shared.sync.packing import pack, unpack
from shared.text.markdown import canonical

Resolution = Literal["notion", "git", "merged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person decided. `content`: the whole text, for `merged`. `etag`: of what they saw."""

    resolution: Resolution
    etag: str
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """The record of a conflict; `base`, `notion` and `git` are whole versions as text.

    `field`: `body` or the name of a property. `etag`: of the three versions. `comment`: how far
    the page's comment is. `choice`: waits to be carried out by the next run. `resolved_by`: how it
    ended: by a person's choice, by a policy, or because both sides became equal.
    """

    id: str
    link_id: str
    field: str
    path: str
    page_id: str
    page_url: str
    created_at: datetime
    base: str
    notion: str
    git: str
    state: Literal["open", "resolved"] = "open"
    comment: Literal["none", "begun", "done"] = "none"
    choice: Choice | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None

    @property
    def etag(self) -> str:
        """Changes whenever one of the versions changes."""
        return conflict_etag(self.base, self.notion, self.git)


_CONFLICT: Final = TypeAdapter(Conflict)
_TEXTS: Final = ("base", "notion", "git")


def conflict_etag(base: str, notion: str, git: str) -> str:
    """What stands for three versions, however their Markdown is spelled."""
    joined = "\0".join(canonical(text) for text in (base, notion, git))
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def conflict_id(link_id: str, field: str, etag: str) -> str:
    """The id of a conflict that began with these versions; the same for the same beginning."""
    return hashlib.sha256(f"{link_id}\0{field}\0{etag}".encode()).hexdigest()[:20]


def conflict_path(wid: str, identity: str) -> str:
    """Where a conflict lies."""
    return f"workspaces/{wid}/conflicts/{identity}"


def conflict_document(conflict: Conflict) -> dict[str, Any]:
    """The document of a conflict; its texts are compressed."""
    document: dict[str, Any] = _CONFLICT.dump_python(conflict, mode="python")
    return {**document, **{name: pack(document[name]) for name in _TEXTS}}


def read_conflict(data: Data) -> Conflict:
    """Read a document that `conflict_document` made."""
    return _CONFLICT.validate_python({**data, **{name: unpack(data[name]) for name in _TEXTS}})
