"""A branch with a plan for a task's page."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from shared.http.operations import LongWork, known
from shared.http.route import Access, Answer, Call, Route, Routes
from shared.http.schemas import Reply
from shared.services.operations import Operations
from shared.services.task_requests import page_id_in, request_task_branch


class TaskQuery(BaseModel):
    """Which task."""

    model_config = ConfigDict(frozen=True)

    task_page_id: Annotated[
        str,
        Field(
            min_length=32,
            max_length=2000,
            description="The id of the task's page in Notion, with or without dashes, or the "
            "page's address.",
        ),
    ]


class TaskBranchReply(Reply):
    """A task's branch. `commit`: the one with the plan; `created`: this request made it."""

    task_id: str
    title: str
    branch: str
    base: str
    commit: str
    plan_path: str
    compare_url: str
    page_url: str
    created: bool


class TaskViews:
    """Answers the route of tasks."""

    def __init__(self, operations: Operations, long_work: LongWork) -> None:
        self._operations = operations
        self._long_work = long_work

    def make_task_branch(self, call: Call[TaskQuery, None]) -> Answer:
        """Plan a task, or find that nothing changed."""
        caller = known(call)
        page_id = page_id_in(call.query.task_page_id)
        operation = request_task_branch(self._operations, caller.uid, page_id)
        return self._long_work.answer(call, caller, operation, _branch)


TASK_ROUTES: Routes = (
    Route(
        method="POST",
        path="/notion/task-to-branch",
        summary="Make a branch with a plan of a task",
        description="Reads the task and the code that it is about, has Claude write a plan, "
        "commits it as `plans/<task>.md` on a branch of its own, and links the page to it. The "
        "same task again: the same commit, and nothing is asked or pushed.",
        handler=TaskViews.make_task_branch,
        access=Access.SIGNED_IN,
        query=TaskQuery,
        reply=TaskBranchReply,
        also={202: "It takes longer; `Location` tells how far it is"},
        problems=(404, 409, 502),
    ),
)


def _branch(result: Mapping[str, Any]) -> TaskBranchReply:
    return TaskBranchReply.model_validate(dict(result))
