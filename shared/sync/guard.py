"""The lease of a run: who may write outside, and until when.

Every change of the hot document is guarded by its version, so of two runs that begin with the same
state only one gets the lease. No write to Notion or git is begun unless the lease outlives twice
the longest call: a run that was thought dead has then stopped writing before another one begins.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from shared.errors import NexusError, StaleWrite, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.state import Put, StateStore, Write
from shared.sync.state import SyncState, read_state, state_document, state_path

CALL_S: Final = 15.0
"""The longest that one call to Notion or git may take."""
LEASE: Final = timedelta(seconds=120)
_SAFE_S: Final = 2 * CALL_S
_MAX_TRIES: Final = 5


class LeaseLostError(NexusError):
    """Another run has the workspace now, or its configuration changed: this run must stop."""


class Guard:
    """The hot document in the hands of one run. `owner`: the run's id. `held`: it has the lease."""

    def __init__(
        self, store: StateStore, clock: Clock, state: SyncState, version: str, owner: str
    ) -> None:
        self.state = state
        self._store = store
        self._clock = clock
        self._version = version
        self._owner = owner
        self.held = False
        self._until_s = 0.0

    def take(self) -> None:
        """Take the lease.

        Raises:
            LeaseLostError: somebody wrote since the state was read.
        """
        until = self._clock.now() + LEASE
        self._until_s = self._clock.monotonic() + LEASE.total_seconds()
        self.held = True
        self.save(lease_owner=self._owner, lease_until=until, fence=self.state.fence + 1)

    def check(self) -> None:
        """Make sure that a call to the outside ends within the lease, renewing it if needed.

        Raises:
            LeaseLostError: it is somebody else's, or was never taken.
        """
        until = self.state.lease_until
        if not self.held or until is None or self.state.lease_owner != self._owner:
            raise LeaseLostError("The run does not hold the workspace.")
        now, now_s = self._clock.now(), self._clock.monotonic()
        # Both clocks: the one of the day may be set back, and others go by it.
        left_s = min((until - now).total_seconds(), self._until_s - now_s)
        if left_s <= 0:
            raise LeaseLostError("The lease ran out.")
        if left_s < _SAFE_S + CALL_S:
            self.save(lease_until=now + LEASE)
            self._until_s = now_s + LEASE.total_seconds()

    def commit(self, writes: Sequence[Write], *, fenced: bool) -> list[str]:
        """Write documents of the run while the lease lasts; their new versions.

        `fenced`: none of them has a version yet that would guard it, so the hot document's does.

        Raises:
            StaleWrite: one of them changed since it was read.
            LeaseLostError, UpstreamUnavailable: as `save`.
        """
        self.check()
        return self.save(*writes) if fenced else self._store.commit(writes)

    def save(self, *more: Write, **changes: Any) -> list[str]:
        """Write the hot document, and `more` with it, if nobody else took it over.

        Returns:
            The new versions of `more`; empty where the answer was lost.

        Raises:
            LeaseLostError: somebody did.
            StaleWrite: one of `more` changed since it was read.
            UpstreamUnavailable: not written, or not known.
        """
        for _ in range(_MAX_TRIES):
            wanted = replace(self.state, **changes)
            put = Put(
                path=state_path(wanted.wid),
                data=state_document(wanted),
                if_version=self._version,
            )
            try:
                self._version, *versions = self._store.commit([put, *more])
            except StaleWrite:
                if self._reread(wanted):
                    return []
                continue
            self.state = wanted
            return versions
        raise UpstreamUnavailable("The workspace is being written to.", service="firestore")

    def _reread(self, wanted: SyncState) -> bool:
        """After a lost write: True if it was ours all the same, False if it may be tried again."""
        document = self._store.get(state_path(self.state.wid))
        if document is None:
            raise LeaseLostError("The workspace is gone.")
        found = read_state(document.data)
        if document.version == self._version:
            raise StaleWrite("A document of the run changed since it was read.")
        if found == wanted:
            self.state, self._version = found, document.version
            return True
        taking = self.state.lease_owner != self._owner
        if taking or found.lease_owner != self._owner or found.fence != self.state.fence:
            raise LeaseLostError("Another run has the workspace.")
        if found.generation != self.state.generation:
            raise LeaseLostError("The workspace was set up anew.")
        # Only what people may change while a run goes on: a confirmation.
        self.state = replace(self.state, release=found.release, hold=found.hold)
        self._version = document.version
        return False
