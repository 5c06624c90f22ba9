"""Erases a user's history: the work behind `DELETE /voice/history/{user_id}`."""

from collections.abc import Generator, Mapping
from typing import Any, Final

from shared.ports.state import Query, Remove, StateStore
from shared.services.history import end_id, interactions_of
from shared.services.operations import Operation, Progress, Runner

BATCH: Final = 50  # whole documents are read, each up to some 300 KiB


def erase_history(store: StateStore) -> Runner:
    """How to do an operation of kind `erase`.

    Deletes the interactions created until the operation's `cleared_at`, oldest first. Newer ones
    stay, and so do the sums of usage, which quotas rest on and which tell nothing of what was said.
    The result is `{"erased": <how many>}`.
    """

    def run(operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        cleared_at = operation.args["cleared_at"]
        erased, after = operation.progress.done, None
        while True:
            query = Query(
                collection=interactions_of(operation.uid),
                where=(("id", "<", end_id(cleared_at)),),
                order_by="id",
                after=after,
                limit=BATCH,
            )
            page = store.query(query)
            doomed = [d for d in page if d.data["created_at"] <= cleared_at]
            if doomed:
                store.commit([Remove(path=document.path) for document in doomed])
            erased += len(doomed)
            if len(page) < BATCH:
                return {"erased": erased}
            after = page[-1].id
            yield Progress(done=erased, note="interactions")

    return run
