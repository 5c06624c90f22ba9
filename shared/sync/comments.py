"""The one comment that a page gets for each of its conflicts."""

from collections.abc import Iterable
from typing import Final

from shared.ports.notion import NotionWorkspace
from shared.sync.conflict import Conflict
from shared.sync.guard import Guard
from shared.sync.store import SyncStore

_QUOTED: Final = 120


class Commenter:
    """Comments on conflicts for one run. A comment whose answer was lost is looked for first."""

    def __init__(self, notion: NotionWorkspace, store: SyncStore, guard: Guard) -> None:
        self._notion = notion
        self._store = store
        self._guard = guard

    def comment(self, conflicts: Iterable[Conflict]) -> None:
        """Comment on those that have no comment yet; raises what the ports raise."""
        for conflict in conflicts:
            if conflict.comment == "done" or conflict.state != "open":
                continue
            if conflict.comment == "none":
                self._mark(conflict, "begun")
                self._say(conflict)
            elif not self._is_said(conflict):
                self._say(conflict)
            self._mark(conflict, "done")

    def _is_said(self, conflict: Conflict) -> bool:
        return any(conflict.id in each.text for each in self._notion.comments(conflict.page_id))

    def _say(self, conflict: Conflict) -> None:
        self._guard.check()
        self._notion.comment(conflict.page_id, text_for(conflict))

    def _mark(self, conflict: Conflict, how_far: str) -> None:
        self._guard.check()
        self._store.state.commit([self._store.comment_state(conflict.id, how_far)])


def text_for(conflict: Conflict) -> str:
    """What the comment says: what happened, that nothing is lost, and how to end it."""
    what = "its text" if conflict.field == "body" else f"`{conflict.field[:_QUOTED]}`"
    return (
        f"This page and the file {conflict.path} were changed in the same place: {what}. "
        "Each side keeps its own version there, everything else is in sync. To end it, make both "
        f"the same, or choose a version with the conflicts API (conflict {conflict.id})."
    )
