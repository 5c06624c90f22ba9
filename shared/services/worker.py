"""Does operations: one delivery of a message at a time, any number of times.

What makes it safe: the lease in the operation's document, which is taken, renewed and given back
by writes that are guarded by the document's version.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from shared.errors import NexusError, StaleWrite, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.messaging import Publisher
from shared.ports.state import StateStore
from shared.services.operations import (
    TOPIC,
    Operation,
    OperationState,
    Progress,
    Runner,
    finished,
    operation_path,
    problem_of,
    save,
)
from shared.telemetry import logger

LEASE_S: Final = 60.0
BUDGET_S: Final = 40.0
MAX_ATTEMPTS: Final = 12
_MAX_TRIES: Final = 8
_GAVE_UP: Final = {
    "name": "upstream-unavailable",
    "status": 503,
    "detail": "The work failed too often; try again later.",
}
_UNKNOWN: Final = {"name": "internal", "status": 500, "detail": "Nobody knows this kind of work."}


class LeaseLostError(NexusError):
    """Another worker has the operation now; this one must not write any more."""


class Worker:
    """Runs operations by their kind. `runners`: how each kind is done."""

    def __init__(
        self,
        store: StateStore,
        publisher: Publisher,
        clock: Clock,
        runners: Mapping[str, Runner],
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._runners = runners
        self._log = logger(__name__)

    def run(self, operation_id: str) -> None:
        """Take an operation and do it, or a part of it; nothing to do is no error.

        After 40 s of steps it gives the rest to a new message, unless one is under way.

        Raises:
            NexusError: retryable; the same message must be delivered again.
        """
        owner = uuid4().hex
        taken = self._take(operation_id, owner)
        if taken is None:
            return
        try:
            self._drive(*taken)
        except LeaseLostError:
            self._log.warning("lost the lease of an operation", operation=operation_id)

    def _take(self, operation_id: str, owner: str) -> tuple[Operation, str] | None:
        for _ in range(_MAX_TRIES):
            document = self._store.get(operation_path(operation_id))
            if document is None:
                self._log.warning("no such operation", operation=operation_id)
                return None
            operation = Operation.from_document(document.data)
            if operation.owner == owner:  # taken by a write whose answer was lost
                return operation, document.version
            if operation.finished:
                return None
            self._refuse_if_busy(operation)
            changed = self._taken(operation, owner)
            try:
                version = save(self._store, changed, document.version)
            except StaleWrite:
                continue
            return None if changed.finished else (changed, version)
        raise UpstreamUnavailable("The operation is being written.", service="operations")

    def _refuse_if_busy(self, operation: Operation) -> None:
        until = operation.leased_until
        left_s = (until - self._clock.now()).total_seconds() if until else 0.0
        if left_s > 0:
            # The message must stay alive: if the other worker dies, it is what resumes the work.
            detail = "Another worker has the operation."
            raise UpstreamUnavailable(detail, service="operations", retry_after_s=left_s)

    def _taken(self, operation: Operation, owner: str) -> Operation:
        now = self._clock.now()
        if operation.cancel_requested:
            return finished(operation, OperationState.CANCELLED, now)
        if operation.kind not in self._runners:
            return finished(operation, OperationState.FAILED, now, problem=_UNKNOWN)
        if operation.attempts >= MAX_ATTEMPTS:
            return finished(
                operation, OperationState.FAILED, now, problem=operation.problem or _GAVE_UP
            )
        return replace(
            operation,
            state=OperationState.RUNNING,
            problem=None,
            owner=owner,
            leased_until=now + timedelta(seconds=LEASE_S),
            attempts=operation.attempts + 1,
        )

    def _drive(self, operation: Operation, version: str) -> None:
        began = self._clock.monotonic()
        steps = self._runners[operation.kind](operation)
        try:
            while True:
                progress = next(steps)
                operation, version = self._renew(operation, version, progress)
                if operation.cancel_requested:
                    self._end(operation, version, OperationState.CANCELLED)
                    return
                if self._clock.monotonic() - began > BUDGET_S and not progress.underway:
                    self._hand_on(operation, version)
                    return
        except StopIteration as end:
            whole = _whole(operation.progress)
            self._end(operation, version, OperationState.DONE, result=end.value, progress=whole)
        except NexusError as exc:
            if isinstance(exc, LeaseLostError):
                raise
            if exc.retryable:
                self._release(operation, version, problem_of(exc))
                raise
            self._end(operation, version, OperationState.FAILED, problem=problem_of(exc))
        finally:
            steps.close()

    def _renew(
        self, operation: Operation, version: str, progress: Progress
    ) -> tuple[Operation, str]:
        until = self._clock.now() + timedelta(seconds=LEASE_S)
        return self._write(operation, version, progress=progress, leased_until=until)

    def _end(self, operation: Operation, version: str, state: OperationState, **what: Any) -> None:
        now = self._clock.now()
        ended = {"state": state, "finished_at": now, "owner": None, "leased_until": None}
        self._write(operation, version, **ended, **what)
        self._log.info(
            "an operation ended", operation=operation.id, kind=operation.kind, state=state.value
        )

    def _hand_on(self, operation: Operation, version: str) -> None:
        self._write(operation, version, owner=None, leased_until=None, attempts=0)
        self._publisher.publish(TOPIC, {"operation_id": operation.id})

    def _release(self, operation: Operation, version: str, problem: Mapping[str, Any]) -> None:
        """Give the lease back; the problem is what is told should it never come to a better end."""
        try:
            self._write(operation, version, owner=None, leased_until=None, problem=problem)
        except NexusError:  # the store is what failed: the lease will run out by itself
            self._log.warning("could not give a lease back", operation=operation.id)

    def _write(self, operation: Operation, version: str, **changes: Any) -> tuple[Operation, str]:
        """Change an operation that we hold; somebody else may only have asked to cancel it."""
        for _ in range(_MAX_TRIES):
            changed = replace(operation, **changes)
            try:
                return changed, save(self._store, changed, version)
            except StaleWrite:
                operation, version = self._ours(operation)
        raise UpstreamUnavailable("The operation is being written.", service="operations")

    def _ours(self, held: Operation) -> tuple[Operation, str]:
        document = self._store.get(operation_path(held.id))
        current = Operation.from_document(document.data) if document else None
        if document is None or current is None or current.owner != held.owner:
            raise LeaseLostError("Another worker has the operation.")
        return current, document.version


def _whole(progress: Progress) -> Progress:
    """The progress of what came to its end: all of it, where it is known how much that is."""
    done = progress.done if progress.total is None else progress.total
    return replace(progress, done=done, underway=False)
