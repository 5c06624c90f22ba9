"""Conflicts: shown to their owner, decided by them, carried out by the engine."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from shared.errors import NotFound, StaleWrite, UpstreamUnavailable
from shared.ports.state import Document, Put, Query, StateStore
from shared.services.operations import Operation, Operations, Progress, Runner
from shared.services.sync_requests import check_report
from shared.services.syncing import Syncing
from shared.services.workspaces import Workspaces
from shared.sync.conflict import (
    Choice,
    Conflict,
    conflict_document,
    conflict_path,
    read_conflict,
)
from shared.sync.report import Hints
from shared.sync.workspace import Workspace

RESOLVE: Final = "resolve"
_MOVED: Final = "A side has changed since: look at the conflict again and decide anew."
_MAX_TRIES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFilter:
    """Which conflicts. `workspace_id`: of one workspace alone. `limit`: 1-100."""

    state: Literal["open", "resolved"] | None = None
    workspace_id: str | None = None
    limit: int = 50


class Conflicts:
    """Shows conflicts and takes decisions."""

    def __init__(self, store: StateStore, operations: Operations) -> None:
        self._store = store
        self._operations = operations
        self._workspaces = Workspaces(store)

    def of(self, owner: str, wanted: ConflictFilter) -> list[Conflict]:
        """A user's conflicts: the open ones first, in each part the oldest first."""
        known = self._workspaces.of(owner)
        if wanted.workspace_id is not None:
            known = [self._workspaces.one(owner, wanted.workspace_id)]
        states = ("open", "resolved") if wanted.state is None else (wanted.state,)
        found: list[Conflict] = []
        for state in states:
            part = [
                conflict
                for workspace in known
                for conflict in self._page(workspace.wid, state, wanted.limit - len(found))
            ]
            part.sort(key=lambda each: (each.created_at, each.id))
            found += part[: wanted.limit - len(found)]
        return found

    def one(self, owner: str, identity: str) -> Conflict:
        """A conflict of a user; raises NotFound."""
        return read_conflict(self._find(owner, identity)[1].data)

    def resolve(self, owner: str, identity: str, choice: Choice) -> Operation | Conflict:
        """Decide a conflict: the operation that carries it out, or the conflict if it is over.

        Raises:
            NotFound: there is no such conflict.
            StaleWrite: either side moved since what `choice.etag` stands for, or the conflict
                ended in another way.
        """
        for _ in range(_MAX_TRIES):
            workspace, document = self._find(owner, identity)
            conflict = read_conflict(document.data)
            if conflict.etag != choice.etag:
                raise StaleWrite(_MOVED)
            if conflict.state == "resolved":
                if conflict.choice == choice:
                    return conflict
                raise StaleWrite("The conflict is over already.")
            if conflict.choice != choice:
                chosen = conflict_document(replace(conflict, choice=choice))
                put = Put(path=document.path, data=chosen, if_version=document.version)
                try:
                    self._store.commit([put])
                except StaleWrite:
                    continue
            args = {"workspace": workspace.wid, "conflict": identity, "etag": choice.etag}
            key = f"{workspace.wid}:{identity}:{choice.etag}:{choice.resolution}"
            return self._operations.start(RESOLVE, owner, key=key, args=args)
        raise StaleWrite("The conflict is being written without a gap; try again.")

    def _page(self, wid: str, state: str, limit: int) -> list[Conflict]:
        if limit <= 0:
            return []
        collection = conflict_path(wid, "x").rpartition("/")[0]
        query = Query(collection=collection, where=(("state", "==", state),), limit=limit)
        return [read_conflict(document.data) for document in self._store.query(query)]

    def _find(self, owner: str, identity: str) -> tuple[Workspace, Document]:
        known = self._workspaces.of(owner)
        paths = [conflict_path(each.wid, identity) for each in known]
        documents = self._store.get_many(paths) if paths else []
        for workspace, document in zip(known, documents, strict=True):
            if document is not None:
                return workspace, document
        raise NotFound("There is no such conflict.")


def resolve_conflict(store: StateStore, syncing: Syncing, workspaces: Workspaces) -> Runner:
    """How to do an operation of kind `resolve`; its args are `workspace`, `conflict` and `etag`.

    The result is `{"conflict": <its id>}`.
    """

    def run(operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        wid, identity = operation.args["workspace"], operation.args["conflict"]
        workspace = workspaces.get(wid)
        if workspace is None:
            raise NotFound("The workspace is gone.")
        conflict = _read(store, wid, identity)
        yield Progress(total=1, note="syncing")
        report = None
        if conflict.state == "open":
            hints = Hints(links=(conflict.link_id,), force=True)
            report = syncing.run(workspace, hints, interactive=True)
            conflict = _read(store, wid, identity)
        if conflict.state == "resolved":
            return {"conflict": identity}
        if conflict.etag != operation.args["etag"] or conflict.choice is None:
            raise StaleWrite(_MOVED)
        if report is not None:
            check_report(report)
        detail = "The decision is stored; it could not be carried out yet and is tried again."
        raise UpstreamUnavailable(detail, "sync", retry_after_s=10.0)

    return run


def _read(store: StateStore, wid: str, identity: str) -> Conflict:
    document = store.get(conflict_path(wid, identity))
    if document is None:
        raise NotFound("The conflict is gone.")
    return read_conflict(document.data)
