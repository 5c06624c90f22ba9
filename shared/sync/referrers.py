"""Files that name other files: who has to be rewritten when a file is at another path."""

from collections.abc import Iterator

from shared.sync.fields import synced
from shared.sync.link import Link
from shared.sync.match import Observed
from shared.sync.model import Action, Kind
from shared.sync.plan import Plan
from shared.sync.store import SyncStore


def referrers_of(plan: Plan, seen: Observed, store: SyncStore) -> list[str]:
    """Ids of links, not seen yet, whose pages relate to a page that this plan gives another path.

    All links are read, as a relation cannot be searched for; but only when such a path changes.
    Raises what the store raises.
    """
    relations = {
        prop.id
        for source in seen.sources.values()
        for prop in synced(source)
        if prop.kind == "relation"
    }
    moved = {action.link.page_id for action in plan.actions if _gets_a_path(action, seen)}
    if not moved or not relations:
        return []
    return sorted(
        link_id
        for link_id, each in store.all_links().items()
        if link_id not in seen.links and moved.intersection(_related(each.link, relations))
    )


def _gets_a_path(action: Action, seen: Observed) -> bool:
    """Whether files that were written before may name the page in another way.

    A new page is only known to them, by its id, while two sides meet bit by bit.
    """
    link, before = action.link, action.before
    if action.kind is Kind.REPORT or link.page_id is None:
        return False
    if before is None or before.deleted_at is not None:
        return before is not None or action.collection in seen.contact
    return link.path != before.path


def _related(link: Link, relations: set[str]) -> Iterator[str]:
    for key, value in link.values.items():
        if key in relations and link.deleted_at is None and isinstance(value, tuple):
            yield from value
