"""What a run tells in short: what it was based on, what an action is about and counts as."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from shared.sync.glance import Glance, Look
from shared.sync.listing import row_token
from shared.sync.match import folder_of
from shared.sync.model import Action, Kind
from shared.sync.safety import Totals
from shared.sync.state import SyncState
from shared.sync.workspace import Collection, Workspace


def basis_of(glance: Glance) -> str:
    """What stands for everything that was seen to have changed."""
    rows = {key: row for each in glance.listings.values() for key, row in each.rows.items()}
    pages = sorted((page, row_token(rows[page]) if page in rows else "") for page in glance.pages)
    text = repr((glance.tip, pages, sorted(glance.paths), glance.lost))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def totals_of(
    state: SyncState, workspace: Workspace, glance: Glance, look: Look
) -> dict[str, Totals]:
    """How big each collection is and how much of it changed."""
    return {
        each.name: _total(each, state, workspace, glance, look) for each in workspace.collections
    }


def _total(
    collection: Collection, state: SyncState, workspace: Workspace, glance: Glance, look: Look
) -> Totals:
    def within(paths: Iterable[str]) -> list[str]:
        return [each for each in paths if folder_of(workspace.collections, each) == collection]

    listing = glance.listings.get(collection.name)
    rows = set(listing.rows) if listing else set()
    linked = {each.link.page_id for each in look.stored.values()}
    known = {each.link.path for each in look.stored.values()} | look.settled
    files = within(look.seen.tree)
    changed = glance.paths - known
    new_files = [path for path in files if path in changed and path not in look.named]
    new_rows = (rows & glance.pages) - linked - set(look.named.values())
    return Totals(
        links=state.links.get(collection.name, 0),
        rows=len(listing.ids) if listing and listing.ids is not None else None,
        files=len(files),
        unlinked=len(new_files) + len(new_rows),
        left=len(look.left_pages & rows) + len(within(look.left_paths)),
        contact=collection.name in state.contact,
    )


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
    to_git = action.file is not None and action.with_id is None  # an id alone is no change
    found["to_git"] += to_git
    found["to_notion"] += action.page is not None
    found["merged"] += to_git and action.page is not None
    found["conflicts"] += any(clash.winner is None for clash in action.clashes)
    found["created"] += action.kind in (Kind.CREATE_FILE, Kind.CREATE_PAGE)
    return dict(found)
