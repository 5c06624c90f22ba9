"""Finds a user's workspaces."""

from typing import Final

from shared.errors import Conflict, NotFound
from shared.ports.state import Query, StateStore
from shared.sync.workspace import Workspace, read_workspace, workspace_path

MAX_WORKSPACES: Final = 100


class Workspaces:
    """Reads configurations; a user has a handful at most."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def get(self, wid: str) -> Workspace | None:
        """A workspace by its own id."""
        found = self._store.get(workspace_path(wid))
        return read_workspace(found.data) if found else None

    def of(self, owner: str) -> list[Workspace]:
        """All of a user's, the oldest first."""
        query = Query(
            collection="workspaces", where=(("owner", "==", owner),), limit=MAX_WORKSPACES
        )
        found = [read_workspace(document.data) for document in self._store.query(query)]
        return sorted(found, key=lambda each: (each.created_at, each.wid))

    def one(self, owner: str, workspace_id: str | None) -> Workspace:
        """The workspace that a request means.

        `workspace_id`: Notion's id of it, or our own; None for the only one.

        Raises:
            NotFound: there is none, or not this one.
            Conflict: it was not said which; the detail lists them.
        """
        chosen = choose(self.of(owner), workspace_id)
        if chosen is None:
            raise NotFound("There is no such workspace; set it up: POST /notion/setup/{user_id}.")
        return chosen


def choose(known: list[Workspace], workspace_id: str | None) -> Workspace | None:
    """The one that is meant, None if there is none; raises Conflict if it was not said which."""
    if workspace_id is not None:
        return next((each for each in known if workspace_id in (each.notion_id, each.wid)), None)
    if len(known) > 1:
        listed = ", ".join(f"{each.notion_id} ({each.notion_name})" for each in known)
        raise Conflict(f"Say which workspace with ?workspace_id=, there are several: {listed}.")
    return known[0] if known else None
