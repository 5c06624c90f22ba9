"""What is known of each commit: the entries of the tracker's ledger."""

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


_ENTRY: Final = TypeAdapter(Entry)


def state_of(branches: tuple[str, ...], synced: str, otherwise: State) -> State:
    """The state of a commit that is on these branches; `otherwise`: if it is on none."""
    if synced in branches:
        return "merged"
    return "pushed" if branches else otherwise


def entry_path(wid: str, sha: str) -> str:
    """Where a commit's entry lies."""
    return f"workspaces/{wid}/commits/{sha}"


def entry_document(entry: Entry) -> dict[str, Any]:
    """The document of an entry."""
    document: dict[str, Any] = _ENTRY.dump_python(entry, mode="python")
    return document | {name: list(document[name]) for name in ("parents", "branches", "closed")}


def read_entry(data: Data) -> Entry:
    """Read a document that `entry_document` made."""
    return _ENTRY.validate_python(dict(data))
