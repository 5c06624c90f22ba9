"""One command at a time on a user's repository, over all sessions and instances."""

from datetime import timedelta
from typing import Final

from shared.errors import StaleWrite
from shared.ports.clock import Clock
from shared.ports.state import Document, Put, Remove, StateStore
from shared.sync.workspace import workspace_path
from shared.voice.repository import Busy

LEASE_S: Final = 120.0
_TRIES: Final = 3


def lease_path(wid: str) -> str:
    """Where the lease of a workspace's repository lies; a workspace has one owner."""
    return f"{workspace_path(wid)}/state/voice"


class RepositoryLease:
    """The lease of one workspace's repository; whoever holds it is named by the command's id."""

    def __init__(self, store: StateStore, clock: Clock, wid: str) -> None:
        self._store = store
        self._clock = clock
        self._path = lease_path(wid)

    def take(self, owner: str) -> None:
        """Take the lease or renew it, for 120 s from now.

        Raises:
            Busy: another command holds it.
        """
        for _ in range(_TRIES):
            found = self._store.get(self._path)
            left_s = self._left_s(found)
            if found is not None and found.data["owner"] != owner and left_s > 0:
                break
            until = self._clock.now() + timedelta(seconds=LEASE_S)
            put = Put(
                path=self._path,
                data={"owner": owner, "until": until},
                if_version=found.version if found else "absent",
            )
            try:
                self._store.commit([put])
            except StaleWrite:
                continue
            return
        raise Busy("Another command works on the repository.", "repository", retry_after_s=1.0)

    def give_back(self, owner: str) -> None:
        """Give the lease back, if this owner still has it."""
        found = self._store.get(self._path)
        if found is None or found.data["owner"] != owner:
            return
        try:
            self._store.commit([Remove(path=self._path, if_version=found.version)])
        except StaleWrite:
            return  # it ran out and somebody else took it

    def _left_s(self, found: Document | None) -> float:
        if found is None:
            return 0.0
        left: timedelta = found.data["until"] - self._clock.now()
        return left.total_seconds()
