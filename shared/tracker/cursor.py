"""How far a workspace's pushes are followed: the tracker's cursor."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from shared.ports.state import Data


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


_FOLLOWED: Final = TypeAdapter(Followed)


def heads_digest(heads: Mapping[str, str]) -> str:
    """What changes whenever a branch moves, comes or goes: 32 hexadecimal digits."""
    told = "\n".join(f"{branch} {commit}" for branch, commit in sorted(heads.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def followed_path(wid: str) -> str:
    """Where it is kept how far the pushes are followed."""
    return f"workspaces/{wid}/state/followed"


def followed_document(followed: Followed) -> dict[str, Any]:
    """The document of how far the pushes are followed."""
    document: dict[str, Any] = _FOLLOWED.dump_python(followed, mode="python")
    for name in ("tips", "lost"):
        document[name] = {branch: list(tips) for branch, tips in document[name].items()}
    return document


def read_followed(data: Data) -> Followed:
    """Read a document that `followed_document` made."""
    return _FOLLOWED.validate_python(dict(data))
