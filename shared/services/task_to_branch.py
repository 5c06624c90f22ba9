"""Makes a branch with a plan of a task's page, and links the page to it.

Each step may be done again by another process: the plan is stored before it is pushed, the push
looks for its own commit first, and what is written on the page is compared with what is there.
"""

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.code.permalink import branch_url, compare_url
from shared.code.plan_reply import parse_plan
from shared.code.plan_section import PlanLinks, render_section
from shared.code.plan_text import TEMPLATE_VERSION, PlanPlace, criteria_of, render_plan
from shared.ports.clock import Clock
from shared.ports.state import StateStore
from shared.services.connections import Connector
from shared.services.operations import Operation, Progress, Runner
from shared.services.syncing import Syncing
from shared.services.task_branches import Ground, find_ground, plan_path, push_plan
from shared.services.task_pages import Task, TaskPage, TaskPages
from shared.services.task_plans import STEPS, Assignment, TaskPlanner
from shared.services.task_records import KnownPlan, TaskRecord, TaskRecords
from shared.services.workspaces import Workspaces
from shared.sync.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPorts:
    """What making branches of tasks takes."""

    store: StateStore
    clock: Clock
    connector: Connector
    syncing: Syncing
    planner: TaskPlanner


def task_to_branch(ports: TaskPorts) -> Runner:
    """How to do an operation of kind `task-to-branch`; its args are `page` and maybe `workspace`.

    The result is that of `POST /notion/task-to-branch`.
    """

    def run(operation: Operation) -> Generator[Progress, None, Mapping[str, Any]]:
        return (yield from _Work(ports, operation).run())

    return run


class _Work:
    """One operation."""

    def __init__(self, ports: TaskPorts, operation: Operation) -> None:
        self._ports = ports
        self._operation = operation
        self._pages = TaskPages(ports.store, ports.connector, ports.syncing)

    def run(self) -> Generator[Progress, None, Mapping[str, Any]]:
        page = self._pages.find(self._workspaces(), self._operation.args["page"])
        yield Progress(done=1, total=STEPS, note="reading")
        task = self._pages.read(page)
        records = TaskRecords(self._ports.store, page.workspace.wid)
        known, version = records.read(page.link.page_id or "")
        task_id = known.task_id if known else task.task_id
        ground = find_ground(
            page.files.repository,
            task_id,
            task.title,
            task.base,
            known.branch if known else "",
            page.files.branch,
        )
        key = _key(page, task, task_id)
        if known is not None and known.key == key:
            record = known
            if record.state == "linked" and ground.tip is not None:
                return self._result(page, record)
        else:
            record = yield from self._planned(page, task, ground, known, key, task_id)
            record, version = records.write(record, version)
        yield Progress(done=3, total=STEPS, note="pushing")
        pushed = push_plan(page.files.repository, record, page.link.url)
        if record.state == "planned" or record.commit != pushed.commit:
            record, version = records.write(
                record, version, state="pushed", commit=pushed.commit, edited=pushed.edited
            )
        yield Progress(done=4, total=STEPS, note="linking the page")
        if record.state == "pushed":
            section = _section(page, record)
            url = branch_url(_url(page), record.branch)
            self._pages.write_back(page, task, record, section, url)
            record, version = records.write(record, version, state="linked", section=section)
            self._pages.show(page)
        return self._result(page, record)

    def _workspaces(self) -> list[Workspace]:
        known = Workspaces(self._ports.store)
        wid = self._operation.args.get("workspace")
        if wid is None:
            return known.of(self._operation.uid)
        found = known.get(wid)
        return [found] if found else []

    def _planned(
        self,
        page: TaskPage,
        task: Task,
        ground: Ground,
        known: TaskRecord | None,
        key: str,
        task_id: str,
    ) -> Generator[Progress, None, TaskRecord]:
        """A record with a new plan, or with the one that the same task had; not stored yet."""
        at = self._ports.clock.now().replace(microsecond=0)
        earlier = known.earlier if known else ()
        found = next((each for each in earlier if each.key == key), None)
        plan = found or (yield from self._new_plan(page, task, ground, key, task_id))
        return TaskRecord(
            page_id=page.link.page_id or "",
            task_id=task_id,
            title=task.title,
            key=key,
            branch=ground.branch,
            base=ground.base,
            read=plan.read,
            path=plan_path(task_id),
            reply=plan.reply,
            file=plan.file,
            at=at,
            made_by=self._operation.id,
            pushed=_last_pushed(known),
            section=known.section if known else "",
            earlier=known.before(key) if known else (),
        )

    def _new_plan(
        self, page: TaskPage, task: Task, ground: Ground, key: str, task_id: str
    ) -> Generator[Progress, None, KnownPlan]:
        read = ground.tip or ground.base_commit
        wanted = Assignment(
            uid=self._operation.uid,
            task_id=task_id,
            title=task.title,
            body=_asked(task),
            commit=read,
            without=(*(each.folder for each in page.workspace.collections), "plans"),
        )
        planned = yield from self._ports.planner.plan(page.files.repository, wanted)
        place = PlanPlace(
            task_id=task_id,
            title=task.title,
            page_url=page.link.url,
            repository_url=_url(page),
            commit=read,
            base=ground.base,
            at=self._ports.clock.now().replace(microsecond=0),
            criteria=criteria_of(task.body),
        )
        file = render_plan(planned.plan, place)
        return KnownPlan(key=key, read=read, reply=planned.reply, file=file)

    def _result(self, page: TaskPage, record: TaskRecord) -> dict[str, Any]:
        return {
            "task_id": record.task_id,
            "title": record.title,
            "branch": record.branch,
            "base": record.base,
            "commit": record.commit,
            "plan_path": record.path,
            "compare_url": compare_url(_url(page), record.base, record.branch),
            "page_url": page.link.url,
            "created": record.made_by == self._operation.id,
        }


def _section(page: TaskPage, record: TaskRecord) -> str:
    links = PlanLinks(
        repository_url=_url(page),
        branch=record.branch,
        base=record.base,
        path=record.path,
        commit=record.commit,
        read=record.read,
        edited=record.edited,
    )
    return render_section(parse_plan(record.reply), links)


def _last_pushed(known: TaskRecord | None) -> str:
    """The plan that is on the branch by our hand: one that was only stored is not."""
    if known is None:
        return ""
    return known.pushed if known.state == "planned" else known.file


def _key(page: TaskPage, task: Task, task_id: str) -> str:
    """The same for the same task: of the repository, the task's text, and the chosen base."""
    parts = [str(TEMPLATE_VERSION), _url(page), task_id, task.title, task.base, task.body]
    parts += [f"{key}={value}" for key, value in task.asked.items()]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _asked(task: Task) -> str:
    """What the model is told of the task: its properties, then its body."""
    properties = "\n".join(f"{key}: {value}" for key, value in task.asked.items())
    return f"{properties}\n\n{task.body}" if properties else task.body


def _url(page: TaskPage) -> str:
    remote = page.workspace.repository
    if remote is None:
        raise AssertionError("files of a page without a repository")
    return remote.url
