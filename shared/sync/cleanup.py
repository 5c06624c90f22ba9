"""Forgetting what was linked, when a workspace is set up for something else."""

from shared.sync.guard import Guard
from shared.sync.store import SyncStore

_AT_ONCE = 100


def forget_links(store: SyncStore, guard: Guard) -> None:
    """Remove all links and bases; pages, files and the records of conflicts stay.

    It may stop anywhere and be begun anew. Raises what the store and the guard raise.
    """
    ids = sorted(store.all_links())
    for start in range(0, len(ids), _AT_ONCE):
        guard.check()
        store.state.commit(
            [w for each in ids[start : start + _AT_ONCE] for w in store.remove(each)]
        )
