"""Runs of the engine and of operations as spans, each told by its kind and its ids."""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from shared.services.operations import Operation, Progress, Runner
from shared.traces import span

if TYPE_CHECKING:
    from shared.ports.notion import NotionWorkspace
    from shared.ports.repository import Repository
    from shared.services.syncing import Engine
    from shared.sync.report import Hints, Report
    from shared.sync.workspace import Workspace


class TracedEngine:
    """An engine each of whose cycles is a span; see `Engine`."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def run(
        self,
        workspace: "Workspace",
        notion: "NotionWorkspace",
        repository: "Repository | None",
        hints: "Hints",
    ) -> "Report":
        """One cycle."""
        with span("sync", attributes={"nexus.workspace": workspace.wid}) as here:
            report = self._engine.run(workspace, notion, repository, hints)
            if report.run is not None:
                here.put({"nexus.run": report.run.id, "nexus.outcome": str(report.run.outcome)})
            return report


def traced_runners(runners: Mapping[str, Runner]) -> dict[str, Runner]:
    """The same runners; each delivery's part of an operation is a span."""
    return {kind: _traced(kind, runner) for kind, runner in runners.items()}


def _traced(kind: str, runner: Runner) -> Runner:
    def run(operation: Operation) -> Generator[Progress, None, Mapping[str, Any] | None]:
        with span(f"operation {kind}", attributes={"nexus.operation": operation.id}):
            return (yield from runner(operation))

    return run
