"""The records of conflicts that an action opens, changes or ends."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from shared.sync.conflict import Conflict, conflict_etag, conflict_id
from shared.sync.link import Link
from shared.sync.model import Action, Clash


def conflict_writes(action: Action, link: Link, now: datetime) -> Iterator[Conflict]:
    """The records to store with an action's link."""
    known = action.records
    for clash in action.clashes:
        yield _of(clash, link, known.get(clash.field), now)
    for field in action.settled:
        if field in known:
            record = known[field]
            by = "choice" if record.choice else "equal"
            yield replace(record, state="resolved", resolved_by=by, resolved_at=now)


def _of(clash: Clash, link: Link, before: Conflict | None, now: datetime) -> Conflict:
    etag = conflict_etag(clash.base, clash.notion, clash.git)
    fresh = Conflict(
        id=before.id if before else conflict_id(link.id, clash.field, etag),
        link_id=link.id,
        field=clash.field,
        path=link.path or "",
        page_id=link.page_id or "",
        page_url=link.url,
        created_at=before.created_at if before else now,
        base=clash.base,
        notion=clash.notion,
        git=clash.git,
        comment=before.comment if before else "none",
    )
    if clash.winner is None:
        return fresh
    choice = before.choice if before and clash.by == "choice" else None
    return replace(fresh, state="resolved", resolved_by=clash.by, resolved_at=now, choice=choice)
