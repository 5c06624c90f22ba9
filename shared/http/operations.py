"""Long work at the edge: wait for it for a while, else tell where it can be looked after."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from shared.errors import Conflict, NexusError, RateLimited, UpstreamUnavailable
from shared.http.identity import is_document_id
from shared.http.operation_schemas import (
    Accepted,
    OperationProblem,
    OperationReply,
    ProgressReply,
)
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import iso
from shared.ports.clock import Clock
from shared.ports.identity import Caller
from shared.services.operations import Operation, Operations, OperationState

WAIT_S: Final = 20.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 0.5
_PLACE: Final = "/notion/operations/{id}"


class LongWork:
    """Answers requests whose work is an operation. `sleep` takes seconds."""

    def __init__(
        self, operations: Operations, clock: Clock, sleep: Callable[[float], None]
    ) -> None:
        self._operations = operations
        self._clock = clock
        self._sleep = sleep

    def answer(
        self,
        call: Call[Any, Any],
        caller: Caller,
        operation: Operation,
        reply: Callable[[Mapping[str, Any]], BaseModel],
    ) -> Answer:
        """What an operation came to, or 202 after 20 s, or at once if the request prefers that.

        `reply`: makes the answer of the operation's result. https://www.rfc-editor.org/rfc/rfc7240

        Raises:
            NexusError: the operation failed; the same as it failed with.
        """
        if "respond-async" not in call.headers.get("Prefer", "").lower():
            operation = self._wait(operation, caller)
        if operation.state is OperationState.DONE:
            return Answer(content=reply(operation.result or {}))
        if operation.state is OperationState.CANCELLED:
            raise Conflict("The work was cancelled.")
        if operation.state is OperationState.FAILED:
            raise error_of(operation, self._clock.now())
        headers = {"Location": _PLACE.format(id=operation.id), "Retry-After": "1"}
        return Answer(content=Accepted(operation=shown(operation)), status=202, headers=headers)

    def _wait(self, operation: Operation, caller: Caller) -> Operation:
        until = self._clock.monotonic() + WAIT_S
        pause_s = _FIRST_PAUSE_S
        while not operation.finished and (left_s := until - self._clock.monotonic()) > 0:
            self._sleep(min(pause_s, left_s))
            pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
            operation = self._operations.get(operation.id, caller)
        return operation


class OperationViews:
    """Answers the routes of long work."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def get_operation(self, call: Call[None, None]) -> OperationReply:
        """How far it is."""
        return shown(self._operations.get(_id(call), known(call)))

    def cancel_operation(self, call: Call[None, None]) -> OperationReply:
        """Cancel it."""
        return shown(self._operations.cancel(_id(call), known(call)))


OPERATION_ROUTES: Routes = (
    Route(
        method="GET",
        path=_PLACE,
        summary="Show how far a piece of long work is",
        handler=OperationViews.get_operation,
        access=Access.SIGNED_IN,
        reply=OperationReply,
        problems=(403, 404),
    ),
    Route(
        method="DELETE",
        path=_PLACE,
        summary="Cancel a piece of long work",
        description="What waits is cancelled at once, what runs after its present step.",
        handler=OperationViews.cancel_operation,
        access=Access.SIGNED_IN,
        reply=OperationReply,
        problems=(403, 404, 409),
    ),
)


def shown(operation: Operation) -> OperationReply:
    """An operation as the outside sees it."""
    return OperationReply(
        id=operation.id,
        kind=operation.kind,
        state=operation.state,
        progress=ProgressReply.model_validate(operation.progress),
        result=None if operation.result is None else plain(operation.result),
        problem=_failure(operation.problem),
        created_at=operation.created_at,
        finished_at=operation.finished_at,
    )


def plain(value: Any) -> Any:
    """A result as JSON shows it, with times as every answer writes them."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return iso(value) if isinstance(value, datetime) else value


def known(call: Call[Any, Any]) -> Caller:
    """The caller of a route that is not public."""
    if call.caller is None:
        raise AssertionError("the edge let a stranger through")
    return call.caller


def error_of(operation: Operation, now: datetime) -> NexusError:
    """The failure that an operation ended with, as an exception again.

    What is left of its wait is counted from `now`.
    """
    problem = operation.problem or {}
    kinds: list[type[NexusError]] = [NexusError]
    for kind in kinds:
        if kind.problem == problem.get("name") and kind.status == problem.get("status"):
            error = kind(str(problem["detail"]))
            if isinstance(error, RateLimited | UpstreamUnavailable):
                over_s = (now - (operation.finished_at or now)).total_seconds()
                error.retry_after_s = max(0.0, problem.get("retry_after_s", 1.0) - over_s)
            return error
        kinds += kind.__subclasses__()
    return NexusError("The work failed.")


def _failure(problem: Mapping[str, Any] | None) -> OperationProblem | None:
    if problem is None:
        return None
    kind = f"/problems/{problem['name']}"
    return OperationProblem(type=kind, status=problem["status"], detail=problem["detail"])


def _id(call: Call[None, None]) -> str:
    # An id that the store refuses names nothing.
    return call.path["id"] if is_document_id(call.path["id"]) else "unknown"
