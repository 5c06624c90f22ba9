"""Things that must happen once although answers get lost: marked before, cleared after."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from shared.errors import Conflict, NexusError, StaleWrite, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.state import Put, Remove, StateStore
from shared.services.claims import claim_path
from shared.telemetry import logger

SETTLED: Final = timedelta(seconds=60)
"""After this long a call whose answer was lost has either happened or never will."""


class BegunElsewhere(UpstreamUnavailable):
    """Somebody began it, and how that went is not known yet."""


class Pending:
    """Marks what was begun. A mark lies among the claims, and stays if the process dies."""

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._log = logger(__name__)

    def begun_by(self, wid: str, *key: str) -> bool:
        """Whether this workspace began it and did not say that it was over."""
        mark = self._store.get(claim_path(*key))
        return mark is not None and mark.data["begun_by"] == wid

    def begin(self, wid: str, *key: str) -> None:
        """Mark that it is being done now.

        Raises:
            BegunElsewhere: that was less than a minute ago; by ourselves too, if we died then.
        """
        path, now = claim_path(*key), self._clock.now()
        mark = self._store.get(path)
        left_s = (mark.data["at"] + SETTLED - now).total_seconds() if mark else 0.0
        if left_s > 0:
            detail = "The same was begun moments ago, and how it went is not known yet."
            raise BegunElsewhere(detail, retry_after_s=left_s)
        data = {"kind": "pending", "begun_by": wid, "at": now}
        version = mark.version if mark else "absent"
        try:
            self._store.commit([Put(path=path, data=data, if_version=version)])
        except StaleWrite as exc:
            raise BegunElsewhere("Somebody else begins the same; try again.") from exc

    def end(self, *key: str) -> None:
        """Clear the mark; a missing one is no error."""
        self._store.commit([self.clearing(*key)])

    def clearing(self, *key: str) -> Remove:
        """The write that clears the mark, to be done with others."""
        return Remove(path=claim_path(*key))

    @contextmanager
    def alone(self, wid: str, *key: str) -> Iterator[None]:
        """Do something for a workspace that nobody does beside us, for a minute at most.

        Raises:
            Conflict: somebody does it now.
        """
        try:
            self.begin(wid, *key)
        except BegunElsewhere as exc:
            detail = "Another request does the same just now; try again in a minute."
            raise Conflict(detail) from exc
        try:
            yield
        finally:
            try:
                self.end(*key)
            except NexusError:  # what was done is done; the mark runs out by itself
                self._log.warning("could not clear a mark", wid=wid)
