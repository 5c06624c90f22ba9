"""The hot part of a workspace, which every cycle reads once and writes once.

The document's version guards it: a cycle that decides something takes the lease by a write that
fails if anybody else wrote since the cycle began, so what it saw of the links is still true.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from shared.ports.state import Data

Outcome = Literal["ok", "partial", "failed", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much of each kind of change a plan holds or a run made."""

    to_notion: int = 0
    to_git: int = 0
    deleted: int = 0
    merged: int = 0
    conflicts: int = 0
    created: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that a person should mend; the rest syncs on.

    `code`: `unshared`, `archived`, `moved_out`, `schema_changed`, `unknown_option`,
    `invalid_value`, `invalid_file`, `blocked_lossy`, `hosted_file`, `unresolved_relation`,
    `too_large`, `branch_missing`, `branch_protected`, `duplicate`, `one_way`, `notion`, `git`, …
    `subject`: what it is about (a link's id, a collection's name), so that it ends with its cause.
    """

    code: str
    detail: str
    since: datetime
    subject: str = ""
    path: str | None = None
    page_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A plan that is not carried out until somebody confirms it by its id.

    `counts`: what it would do, by kind of action. `basis`: of what was seen when it was made; as
    long as that stays the same, so does the plan.
    """

    plan_id: str
    reason: str
    counts: Mapping[str, int]
    since: datetime
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A hold that was confirmed: how much of each kind of action may still be done."""

    plan_id: str
    left: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The last run's summary."""

    id: str
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    changes: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was last seen of a collection's rows.

    `rows`: page id → token of the row (of all rows in a small collection, of the recently edited
    ones in a large one); one that ends in `~` has to be looked at again. `large`: more than one
    query page. `watermark`: the newest `edited_at`
    that was seen. `listed_at`: when ids were last listed completely. `ids`: digest of that
    listing. `count`: rows then. `swept`: the link up to which bodies were last compared.
    """

    rows: Mapping[str, str] = field(default_factory=dict)
    large: bool = False
    watermark: datetime | None = None
    listed_at: datetime | None = None
    ids: str = ""
    count: int = 0
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """The hot document of a workspace.

    `generation`: of the configuration that the rest is about. `tip`: the commit up to which the
    files are dealt with. `pushed`: while it waits there for files that were left, the commit that
    links tell of, which may be one of ours; "" after a run whose end is not known. `retry`: ids of
    links to look at again although nothing changed.
    `contact`: collections whose first contact is not over. `links`: how many there are, by
    collection; `recount`: a run ended while it made some. `failures`: runs that failed since the
    last good one. `swept`: the link up to which bodies were compared without a reason, at
    `swept_at`. `active_until`: people work in it, so it is looked at twice as often.
    """

    wid: str
    owner: str
    next_sync_at: datetime
    generation: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    fence: int = 0
    tip: str | None = None
    pushed: str | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)
    retry: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    links: Mapping[str, int] = field(default_factory=dict)
    recount: bool = False
    hold: Hold | None = None
    release: Release | None = None
    problems: tuple[Problem, ...] = ()
    open_conflicts: int = 0
    last_run: Run | None = None
    last_ok_at: datetime | None = None
    failures: int = 0
    interval_s: int = 30
    swept: str = ""
    swept_at: datetime | None = None
    active_until: datetime | None = None

    def leased(self, now: datetime) -> bool:
        """Whether a run holds the workspace."""
        return self.lease_until is not None and now < self.lease_until


_STATE: Final = TypeAdapter(SyncState)


def state_path(wid: str) -> str:
    """Where the hot part lies."""
    return f"sync_state/{wid}"


def state_document(state: SyncState) -> dict[str, Any]:
    """The document of a state."""
    document: dict[str, Any] = _STATE.dump_python(state, mode="python")
    for name in ("retry", "contact", "problems"):
        document[name] = list(document[name])
    return document


def read_state(data: Data) -> SyncState:
    """Read a document that `state_document` made."""
    return _STATE.validate_python(dict(data))
