"""How long work stands, as routes answer it."""

from typing import Any

from shared.http.schemas import Instant, Reply
from shared.services.operations import OperationState


class ProgressReply(Reply):
    """How much is done; `total` is null while nobody knows."""

    done: int
    total: int | None
    note: str


class OperationProblem(Reply):
    """Why the work failed, as the request would have been answered."""

    type: str
    status: int
    detail: str


class OperationReply(Reply):
    """One piece of long work. `result` is what the request would have been answered with."""

    id: str
    kind: str
    state: OperationState
    progress: ProgressReply
    result: dict[str, Any] | None
    problem: OperationProblem | None
    created_at: Instant
    finished_at: Instant | None


class Accepted(Reply):
    """The work goes on; ask again at `Location`."""

    operation: OperationReply
