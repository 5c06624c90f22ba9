"""Long work: started by a request, done behind Pub/Sub, seen through a document.

A message may come twice, late, and to two processes at once; a process may die at any step. So
the document holds a lease that one worker renews with each step, every write is guarded by the
document's version, and a kind of work is a sequence of steps of which each may be done again.
"""

import hashlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any, Final, Self
from uuid import uuid4

from shared.errors import (
    Conflict,
    Forbidden,
    NexusError,
    NotFound,
    RateLimited,
    StaleWrite,
    UpstreamUnavailable,
)
from shared.ports.clock import Clock
from shared.ports.identity import Caller
from shared.ports.messaging import Publisher
from shared.ports.state import Put, StateStore
from shared.telemetry import logger

TOPIC: Final = "operations"
_KEPT: Final = timedelta(days=7)
_MAX_TRIES: Final = 8
_TAKEN_WITHIN: Final = timedelta(seconds=30)  # a new operation, where nothing is wrong
_WAKE_EVERY_S: Final = 15.0


class OperationState(StrEnum):
    """How far an operation is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED: Final = (OperationState.QUEUED, OperationState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much is done; `total` None while nobody knows. `note`: a static word or two.

    `underway`: in the midst of something that would begin anew elsewhere, so that the rest is not
    given to another message now.
    """

    done: int = 0
    total: int | None = None
    note: str = ""
    underway: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One piece of long work, as its document holds it.

    `key` tells which requests are the same one. `args` is what the runner of the `kind` needs.
    `owner` holds the lease until `leased_until`. `attempts` counts the deliveries that took it.
    `problem`: name, status and detail of the failure, and how long to wait after it, if that is
    known.
    """

    id: str
    kind: str
    uid: str
    key: str
    args: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    state: OperationState = OperationState.QUEUED
    progress: Progress = field(default_factory=Progress)
    result: Mapping[str, Any] | None = None
    problem: Mapping[str, Any] | None = None
    finished_at: datetime | None = None
    owner: str | None = None
    leased_until: datetime | None = None
    attempts: int = 0
    cancel_requested: bool = False

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in UNFINISHED

    def to_document(self) -> dict[str, Any]:
        """The document's fields."""
        document = {f.name: getattr(self, f.name) for f in fields(self)}
        progress = {f.name: getattr(self.progress, f.name) for f in fields(self.progress)}
        return {**document, "state": self.state.value, "progress": progress}

    @classmethod
    def from_document(cls, data: Mapping[str, Any]) -> Self:
        """Read a document that `to_document` made."""
        values = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        values["state"] = OperationState(data["state"])
        values["progress"] = Progress(**data["progress"])
        return cls(**values)


Runner = Callable[[Operation], Generator[Progress, None, Mapping[str, Any] | None]]
"""How a kind of work is done: yields after each step, returns the result.

Between two yields at most a few seconds may pass. It may be stopped at any yield and begun anew by
another process, from the start, so each step must be safe to repeat. A NexusError that is
`retryable` puts the work off, any other ends it as failed.
"""


class Operations:
    """Starts operations and tells of them."""

    def __init__(self, store: StateStore, publisher: Publisher, clock: Clock) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._woken: dict[str, float] = {}
        self._lock = Lock()
        self._log = logger(__name__)

    def start(self, kind: str, uid: str, *, key: str, args: Mapping[str, Any]) -> Operation:
        """Start an operation, or join the unfinished one of the same kind, user and key.

        Its message is published in either case, so that repeating a request mends one that was
        lost; `args` of a joined operation stay as they are.

        Raises:
            UpstreamUnavailable: not stored or not published; the same request may be repeated.
            Conflict: too many others start the same one at this moment.
        """
        for _ in range(_MAX_TRIES):
            try:
                operation = self._create_or_join(kind, uid, key, args)
            except StaleWrite:
                continue
            self._publisher.publish(TOPIC, {"operation_id": operation.id})
            return operation
        raise Conflict("The same work is being started; try again.")

    def get(self, operation_id: str, caller: Caller) -> Operation:
        """An operation of the caller, or of anybody for an admin.

        Whoever looks wakes it: if its worker died, or its message was lost, the message is
        published again, at most every 15 s by each process.

        Raises:
            NotFound: there is none, or its seven days are over.
            Forbidden: it is another user's.
        """
        operation = self._read(operation_id, caller)[0]
        if _is_left_alone(operation, self._clock.now()) and self._may_wake(operation.id):
            self._wake(operation)
        return operation

    def cancel(self, operation_id: str, caller: Caller) -> Operation:
        """Cancel: a queued operation at once, a running one at its next step.

        Raises:
            NotFound, Forbidden: as `get`.
            Conflict: it is being written to without a gap.
        """
        for _ in range(_MAX_TRIES):
            operation, version = self._read(operation_id, caller)
            if operation.finished or operation.cancel_requested:
                return operation
            changed = _cancelled(operation, self._clock.now())
            try:
                save(self._store, changed, version)
            except StaleWrite:
                continue
            return changed
        raise Conflict("The operation is being written; try again.")

    def _may_wake(self, operation_id: str) -> bool:
        now_s = self._clock.monotonic()
        with self._lock:
            woken = {key: at for key, at in self._woken.items() if now_s - at < _WAKE_EVERY_S}
            self._woken = {operation_id: now_s, **woken}
            return operation_id not in woken

    def _wake(self, operation: Operation) -> None:
        try:
            self._publisher.publish(TOPIC, {"operation_id": operation.id})
        except NexusError as error:  # who looks is told how far it is all the same
            self._log.warning(
                "could not wake an operation", operation=operation.id, problem=error.problem
            )

    def _read(self, operation_id: str, caller: Caller) -> tuple[Operation, str]:
        document = self._store.get(operation_path(operation_id))
        if document is None or document.data["expires_at"] <= self._clock.now():
            raise NotFound("There is no such operation.")
        if "uid" not in document.data:  # a slot, which is nobody's operation
            raise NotFound("There is no such operation.")
        operation = Operation.from_document(document.data)
        if operation.uid != caller.uid and not caller.admin:
            raise Forbidden("The operation belongs to another user.")
        return operation, document.version

    def _create_or_join(self, kind: str, uid: str, key: str, args: Mapping[str, Any]) -> Operation:
        slot_path = operation_path(_slot_id(kind, uid, key))
        slot = self._store.get(slot_path)
        if slot is not None:
            current = self._store.get(operation_path(slot.data["operation_id"]))
            if current and not (found := Operation.from_document(current.data)).finished:
                return found
        now = self._clock.now()
        operation = Operation(
            id=uuid4().hex,
            kind=kind,
            uid=uid,
            key=key,
            args=args,
            created_at=now,
            expires_at=now + _KEPT,
        )
        slot_data = {"operation_id": operation.id, "expires_at": operation.expires_at}
        slot_version = slot.version if slot else "absent"
        self._store.commit(
            [
                Put(path=operation_path(operation.id), data=operation.to_document()),
                Put(path=slot_path, data=slot_data, if_version=slot_version),
            ]
        )
        return operation


def operation_path(operation_id: str) -> str:
    """Where an operation lies."""
    return f"operations/{operation_id}"


def save(store: StateStore, operation: Operation, version: str) -> str:
    """Store an operation that was read at `version`; the new version. Raises StaleWrite."""
    path = operation_path(operation.id)
    return store.commit([Put(path=path, data=operation.to_document(), if_version=version)])[0]


def finished(operation: Operation, state: OperationState, now: datetime, **what: Any) -> Operation:
    """The operation at its end; `what`: its `result` or its `problem`."""
    return replace(operation, state=state, finished_at=now, owner=None, leased_until=None, **what)


def problem_of(error: NexusError) -> dict[str, Any]:
    """What an operation tells of the failure that ended it."""
    told = {"name": error.problem, "status": error.status, "detail": error.detail}
    if isinstance(error, RateLimited | UpstreamUnavailable):
        return {**told, "retry_after_s": error.retry_after_s}
    return told


def _is_left_alone(operation: Operation, now: datetime) -> bool:
    """Whether nobody works on it and no message seems to be on its way.

    What was put off is not: its message comes again later, and each try counts.
    """
    if operation.finished:
        return False
    if operation.leased_until is not None:
        return operation.leased_until <= now
    queued = operation.state is OperationState.QUEUED
    return queued and now - operation.created_at > _TAKEN_WITHIN


def _cancelled(operation: Operation, now: datetime) -> Operation:
    if operation.state is OperationState.QUEUED:
        return finished(operation, OperationState.CANCELLED, now)
    return replace(operation, cancel_requested=True)


def _slot_id(kind: str, uid: str, key: str) -> str:
    digest = hashlib.sha256("\0".join((kind, uid, key)).encode()).hexdigest()
    return f"slot-{digest[:40]}"
