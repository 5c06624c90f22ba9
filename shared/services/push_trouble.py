"""What keeps a workspace's pushes from being followed and only a person can mend.

Kept beside the cursor, since it may come before there is one; the status of the sync shows it.
"""

from dataclasses import dataclass
from datetime import datetime

from shared.errors import NexusError
from shared.ports.clock import Clock
from shared.ports.state import Document, Put, Remove, StateStore


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, in a sentence that names the mend, and since when."""

    detail: str
    since: datetime


def trouble_path(wid: str) -> str:
    """Where a workspace's trouble is kept."""
    return f"workspaces/{wid}/state/push_trouble"


def read_trouble(document: Document | None) -> Trouble | None:
    """What a document at `trouble_path` tells."""
    return None if document is None else Trouble(document.data["detail"], document.data["since"])


class PushTrouble:
    """Tells of a workspace's trouble with its pushes, and takes it back."""

    def __init__(self, store: StateStore, clock: Clock, wid: str) -> None:
        self._store = store
        self._clock = clock
        self._path = trouble_path(wid)

    def tell(self, error: NexusError) -> None:
        """Keep why the work failed for good; the same reason keeps its date."""
        known = read_trouble(self._store.get(self._path))
        if known is None or known.detail != error.detail:
            data = {"detail": error.detail, "since": self._clock.now()}
            self._store.commit([Put(path=self._path, data=data)])

    def end(self) -> None:
        """Take it back: the pushes are followed."""
        if self._store.get(self._path) is not None:
            self._store.commit([Remove(path=self._path)])
