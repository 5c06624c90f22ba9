"""What a run tells in short: what it was based on, what an action is about and counts as."""

import hashlib
from collections import Counter

from shared.sync.listing import row_token
from shared.sync.model import Action, Kind
from shared.sync.observe import Glance


def basis_of(glance: Glance) -> str:
    """What stands for everything that was seen to have changed."""
    rows = {key: row for each in glance.listings.values() for key, row in each.rows.items()}
    pages = sorted((page, row_token(rows[page]) if page in rows else "") for page in glance.pages)
    text = repr((glance.tip, pages, sorted(glance.paths), glance.lost))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def subject_of(action: Action) -> str:
    """What a problem of an action is about: a link once there is one, else the path or page."""
    if action.before is not None or action.kind is not Kind.REPORT:
        return action.link.id
    return action.link.path or action.link.page_id or action.link.id


def changes_of(action: Action) -> dict[str, int]:
    """What an action counts as in a run's summary."""
    found: Counter[str] = Counter()
    if action.kind in (Kind.DELETE_FILE, Kind.TRASH_PAGE):
        found["deleted"] += 1
        return dict(found)
    found["to_git"] += action.file is not None
    found["to_notion"] += action.page is not None
    found["merged"] += action.file is not None and action.page is not None
    found["conflicts"] += any(clash.winner is None for clash in action.clashes)
    found["created"] += action.kind in (Kind.CREATE_FILE, Kind.CREATE_PAGE)
    return dict(found)
