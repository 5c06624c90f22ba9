"""The house with tasks: their runner over the fakes, and a model that plans the sample."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from dev.fakes.model import FakeModel, FakeReply
from shared.errors import NexusError
from shared.services.model_calls import ModelCalls
from shared.services.operations import Operation
from shared.services.setup_order import SetupOrder
from shared.services.task_plans import TaskPlanner
from shared.services.task_records import TaskRecord, TaskRecords
from shared.services.task_requests import TASK_TO_BRANCH, request_task_branch
from shared.services.task_to_branch import TaskPorts, task_to_branch
from shared.services.worker import Worker
from shared.sync.workspace import Workspace
from tests.support.notion_house import ADA, NotionHouse

BOOK = b"class Book:\n    def add(self, day):\n        return day\n"
PLAN = """\
## Problem
Expenses cannot leave the book.

## Evidence
- src/book.py:1-3 | the only way in

## Approach
A new writer beside the book.

## Rejected
- none

## Steps
1. src/export.py (new) | export_csv (new) | M | - | Write one line per entry.
2. src/book.py | Book.add | S | 1 | Keep the day as a date.

## Tests
- `python -m pytest` | all is well

## Risks
- none

## Non-goals
- none

## Questions
- Which character divides the columns?

## Confidence
medium | The report was not looked at.
"""
BODY = "People want a spreadsheet.\n\n- one line per entry\n"


@dataclass
class TaskHouse:
    """`replies`: what the model answers, in order; afterwards PLAN. `requests`: what it was asked.

    `wrap` is put around every port that the runner is given, for faults.
    """

    house: NotionHouse = field(default_factory=NotionHouse)
    replies: list[str | FakeReply] = field(default_factory=list)
    models: list[FakeModel] = field(default_factory=list)
    daily_calls: int = 1000
    wrap: Callable[[Any], Any] = lambda port: port

    def __post_init__(self) -> None:
        files = {"src/book.py": BOOK, "README.md": b"# Book\n", ".env": b"KEY=1\n"}
        self.house.repository.commit("main", files)
        self.ada = self.house.notion.as_person("Ada")
        self.workspace: Workspace = self.house.set_up().workspace

    def set_up(self, **order: Any) -> None:
        """Set the workspace up anew."""
        self.workspace = self.house.setup().run(ADA, ADA.uid, SetupOrder(**order)).workspace

    def write(self, title: str = "Export a book as CSV", body: str = BODY, **values: Any) -> str:
        """Let a person make a task; its page id. Its file is there."""
        source = self.workspace.collection("tasks").data_source_id
        page = self.ada.create_row(source, {"Name": title, **values}, body)
        self.house.clock.advance(120)
        return page

    def make(self, page_id: str, uid: str = "ada") -> Operation:
        """Ask for a branch as the route does, and do all there is to do."""
        operation = request_task_branch(self.house.operations, uid, page_id)
        return self.work(operation)

    def work(self, operation: Operation) -> Operation:
        """Do an operation, again while it may succeed later; how it ended."""
        for _ in range(8):
            try:
                self.worker().run(operation.id)
            except NexusError:
                self.house.clock.advance(61)
            ended = self.house.operations.get(operation.id, replace(ADA, admin=True))
            if ended.finished:
                return ended
        raise AssertionError(f"the operation does not end: {ended}")

    def worker(self) -> Worker:
        """A process that does operations."""
        house = self.house
        planner = TaskPlanner(
            self.wrap(house.store),
            house.clock,
            ModelCalls(self.open_model),
            self.daily_calls,
        )
        ports = TaskPorts(
            store=self.wrap(house.store),
            clock=house.clock,
            connector=house.connections(),
            syncing=house.syncing(),
            planner=planner,
        )
        runners = {TASK_TO_BRANCH: task_to_branch(ports)}
        return Worker(house.store, house.publisher, house.clock, runners)

    def open_model(self) -> FakeModel:
        """One connection to the model."""
        reply = self.replies.pop(0) if self.replies else PLAN
        model = FakeModel(FakeReply(pieces=[reply]) if isinstance(reply, str) else reply)
        self.models.append(model)
        return model

    @property
    def asked(self) -> int:
        """How often the model was asked."""
        return sum(len(model.requests) for model in self.models)

    def record(self, page_id: str) -> TaskRecord:
        """What is stored of a task."""
        found, _ = TaskRecords(self.house.store, self.workspace.wid).read(page_id)
        assert found is not None
        return found

    def page(self, page_id: str) -> dict[str, Any]:
        """A page's values by name, with `body`."""
        row = self.house.notion.row(page_id)
        source = self.house.notion.data_source(row.parent or "")
        named = {each.name: row.values.get(each.id) for each in source.properties}
        return {**named, "body": self.house.notion.body(page_id).markdown}

    def heads(self) -> dict[str, str]:
        """Where the branches are."""
        return dict(self.house.repository.refs().heads)

    def plans(self, branch: str) -> list[str]:
        """The commits of plans on a branch, newest first."""
        found = self.house.repository.commits(branch, None, 100)
        return [each.sha for each in found if "Plan-Id: " in each.message and _is_plan(each.paths)]


def _is_plan(paths: tuple[str, ...]) -> bool:
    return any(path.startswith("plans/") for path in paths)
