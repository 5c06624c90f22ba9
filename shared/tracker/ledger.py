"""What is known of each commit, and how far each branch is followed: the tracker's documents."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from shared.ports.state import Data

State = Literal["pushed", "merged", "rewritten", "branch deleted"]
STATES: Final[tuple[State, ...]] = ("pushed", "merged", "rewritten", "branch deleted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A row that is being made: by whom, and since when."""

    nonce: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A commit.

    `tracker`: the data source of its row. `branch`: where it was first seen. `branches`: the
    watched ones that it is dealt with on. `row`: the page's id; None for a commit that gets none
    (`left_out` says why), while `mark` stands, and once the page was deleted. `state`: what the row
    shows. `closing`: tasks that it is finishing, with the status that they had; `closed`: tasks
    that it is done with, by page id.
    """

    sha: str
    tracker: str
    branch: str
    at: datetime
    parents: tuple[str, ...]
    branches: tuple[str, ...] = ()
    state: State = "pushed"
    row: str | None = None
    left_out: str | None = None
    mark: Mark | None = None
    closing: Mapping[str, str] = field(default_factory=dict)
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How far a workspace's pushes are followed.

    `repository`, `branch`, `tracker`: what the rest is about (`branch`: the synced one).
    `tips`: branch -> the newest commits that are dealt with on it, none of which stands on
    another. `lost`: branch -> tips that it was forced away from, or had when it was deleted, while
    what they stand on is not dealt with. `making`: the commit whose row is being made or changed,
    "" if none is. `acted`: the commit of the synced branch up to which tasks and code were looked
    at.
    `digest`: of the heads that are dealt with. `recheck`: the synced branch was forced, so the
    others are to be walked anew. `floor`: what was committed before is older than all that was
    looked at in the beginning; None where that was everything. `columns`: the tracker's columns by
    what they are for, bound at first sight.
    """

    repository: str
    branch: str
    tracker: str
    began_at: datetime
    tips: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    making: str = ""
    acted: str | None = None
    digest: str = ""
    recheck: bool = False
    floor: datetime | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


_ENTRY: Final = TypeAdapter(Entry)
_FOLLOWED: Final = TypeAdapter(Followed)


def state_of(branches: tuple[str, ...], synced: str, otherwise: State) -> State:
    """The state of a commit that is on these branches; `otherwise`: if it is on none."""
    if synced in branches:
        return "merged"
    return "pushed" if branches else otherwise


def heads_digest(heads: Mapping[str, str]) -> str:
    """What changes whenever a branch moves, comes or goes: 32 hexadecimal digits."""
    told = "\n".join(f"{branch} {commit}" for branch, commit in sorted(heads.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def entry_path(wid: str, sha: str) -> str:
    """Where a commit's entry lies."""
    return f"workspaces/{wid}/commits/{sha}"


def followed_path(wid: str) -> str:
    """Where it is kept how far the pushes are followed."""
    return f"workspaces/{wid}/state/followed"


def entry_document(entry: Entry) -> dict[str, Any]:
    """The document of an entry."""
    return _lists(_ENTRY.dump_python(entry, mode="python"), "parents", "branches", "closed")


def read_entry(data: Data) -> Entry:
    """Read a document that `entry_document` made."""
    return _ENTRY.validate_python(dict(data))


def followed_document(followed: Followed) -> dict[str, Any]:
    """The document of how far the pushes are followed."""
    document: dict[str, Any] = _FOLLOWED.dump_python(followed, mode="python")
    for name in ("tips", "lost"):
        document[name] = {branch: list(tips) for branch, tips in document[name].items()}
    return document


def read_followed(data: Data) -> Followed:
    """Read a document that `followed_document` made."""
    return _FOLLOWED.validate_python(dict(data))


def _lists(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**document, **{name: list(document[name]) for name in names}}
