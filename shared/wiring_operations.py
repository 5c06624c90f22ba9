"""How each kind of operation is done; a kind's modules are loaded with its first operation.

Together they take as long to load as everything else, and an instance starts for one operation.
So the kinds are spelled here rather than imported from what begins them; a test compares.
"""

from collections.abc import Callable, Generator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from shared.settings import Settings

if TYPE_CHECKING:
    from shared.services.operations import Operation, Progress, Runner
    from shared.wiring_parts import NotionParts

Make = Callable[["NotionParts", Settings], "Runner"]


def late_runners(parts: "NotionParts", settings: Settings) -> "Mapping[str, Runner]":
    """What does each kind of operation, by its kind."""
    return {kind: _late(make, parts, settings) for kind, make in MAKERS.items()}


def _late(make: Make, parts: "NotionParts", settings: Settings) -> "Runner":
    made = cache(lambda: make(parts, settings))

    def run(operation: "Operation") -> "Generator[Progress, None, Mapping[str, Any] | None]":
        return made()(operation)

    return run


def _erase(parts: "NotionParts", _: Settings) -> "Runner":
    from shared.services.erase import erase_history

    return erase_history(parts.store)


def _erase_workspace(parts: "NotionParts", _: Settings) -> "Runner":
    from shared.services.setup_erase import erase_workspace

    return erase_workspace(parts.store, parts.secrets, parts.clock)


def _sync(parts: "NotionParts", _: Settings) -> "Runner":
    from shared.services.sync_requests import sync_now
    from shared.services.workspaces import Workspaces

    return sync_now(parts.syncing(), Workspaces(parts.store))


def _resolve(parts: "NotionParts", _: Settings) -> "Runner":
    from shared.services.conflicts import resolve_conflict
    from shared.services.workspaces import Workspaces

    return resolve_conflict(parts.store, parts.syncing(), Workspaces(parts.store))


def _follow(parts: "NotionParts", _: Settings) -> "Runner":
    from shared.services.following import follow_pushes

    return follow_pushes(parts.following())


def _task_to_branch(parts: "NotionParts", settings: Settings) -> "Runner":
    from shared.services.task_plans import TaskPlanner
    from shared.services.task_to_branch import TaskPorts, task_to_branch
    from shared.wiring_parts import model_calls

    calls = model_calls(settings)
    ports = TaskPorts(
        store=parts.store,
        clock=parts.clock,
        connector=parts.connections,
        syncing=parts.syncing(),
        planner=TaskPlanner(parts.store, parts.clock, calls, settings.daily_model_calls),
    )
    return task_to_branch(ports)


def _code_to_docs(parts: "NotionParts", settings: Settings) -> "Runner":
    import time

    from shared.services.code_to_docs import DocsPorts, code_to_docs
    from shared.wiring_parts import model_calls

    ports = DocsPorts(
        store=parts.store,
        clock=parts.clock,
        connector=parts.connections,
        syncing=parts.syncing(),
        model=model_calls(settings),
        sleep=time.sleep,
    )
    return code_to_docs(ports)


MAKERS: Final[Mapping[str, Make]] = {
    "erase": _erase,
    "erase-workspace": _erase_workspace,
    "sync": _sync,
    "resolve": _resolve,
    "follow-pushes": _follow,
    "task-to-branch": _task_to_branch,
    "code-to-docs": _code_to_docs,
}
