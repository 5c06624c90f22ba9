"""Erases a workspace: the work behind `DELETE /notion/setup/{user_id}`.

First what makes it run, then what it knows, its keys and claims, and last its configuration, by
which a repetition finds it. Neither pages nor files are touched.
"""

from collections.abc import Generator, Mapping
from typing import Any, Final

from shared.errors import StaleWrite, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.secrets import Secrets
from shared.ports.state import Query, Remove, StateStore
from shared.services.claims import Claims, Holder
from shared.services.operations import Operation, Progress, Runner
from shared.sync.state import read_state, state_path
from shared.sync.workspace import workspace_path

ERASE_WORKSPACE: Final = "erase-workspace"
_PARTS: Final = (
    "links",
    "bases",
    "conflicts",
    "preimages",
    "tasks",
    "commits",
    "docs",
    "state",
    "runs",
    "state",
)
_KEYS: Final = ("notion", "git", "push")
_BATCH: Final = 20  # whole documents are read, each up to 1 MiB


def erase_workspace(store: StateStore, secrets: Secrets, clock: Clock) -> Runner:
    """How to do an operation of kind `erase-workspace`; its args are `workspace` and `owner`.

    The result is `{"id", "erased"}`, the latter how many documents of the workspace there were.
    """

    def run(operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        wid, owner = operation.args["workspace"], operation.args["owner"]
        _stop(store, clock, wid)
        erased = operation.progress.done
        for part in _PARTS:
            while found := store.query(
                Query(collection=f"{workspace_path(wid)}/{part}", limit=_BATCH)
            ):
                store.commit([Remove(path=document.path) for document in found])
                erased += len(found)
                yield Progress(done=erased, note=part)
        for key in _KEYS:
            secrets.delete(f"{key}-{wid}")
        Claims(store, clock).release(Holder(wid=wid, owner=owner))
        store.commit([Remove(path=workspace_path(wid))])
        return {"id": wid, "erased": erased}

    return run


def _stop(store: StateStore, clock: Clock, wid: str) -> None:
    """Take away the state that cycles need; whoever reads it afterwards has nothing to do.

    Raises:
        UpstreamUnavailable: a run holds the workspace just now.
    """
    hot = store.get(state_path(wid))
    if hot is None:
        return
    state = read_state(hot.data)
    if state.lease_until is not None and state.leased(clock.now()):
        left_s = (state.lease_until - clock.now()).total_seconds()
        detail = "A sync of the workspace is going on; it is erased after that."
        raise UpstreamUnavailable(detail, service="sync", retry_after_s=left_s)
    try:
        store.commit([Remove(path=hot.path, if_version=hot.version)])
    except StaleWrite as exc:
        raise UpstreamUnavailable("A sync of the workspace has just begun.", "sync") from exc
