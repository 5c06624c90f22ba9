"""Decisions about conflicts, stored and carried out, with an engine that a test plays."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shared.errors import NotFound, StaleWrite, UpstreamUnavailable
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Repository
from shared.ports.state import Put
from shared.services.conflicts import ConflictFilter, Conflicts
from shared.services.operations import Operation, OperationState
from shared.sync.conflict import (
    Choice,
    Conflict,
    conflict_document,
    conflict_path,
    read_conflict,
)
from shared.sync.report import Hints, Report
from shared.sync.workspace import Workspace
from tests.support.notion_house import ADA, NotionHouse


@dataclass
class PlayedEngine:
    """An engine that changes the record as a test says; `asked`: the hints that it got."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Hints] = field(default_factory=list)
    house: NotionHouse | None = None

    def run(
        self,
        workspace: Workspace,
        notion: NotionWorkspace,
        repository: Repository | None,
        hints: Hints,
    ) -> Report:
        del notion, repository
        self.asked.append(hints)
        if self.changes and self.house is not None:
            keep(self.house, workspace, replace(kept(self.house, workspace), **self.changes.pop(0)))
        return Report(run=None)


@pytest.fixture
def engine() -> PlayedEngine:
    return PlayedEngine()


@pytest.fixture
def house(engine: PlayedEngine) -> NotionHouse:
    engine.house = NotionHouse(engine=engine)
    return engine.house


@pytest.fixture
def workspace(house: NotionHouse) -> Workspace:
    workspace = house.set_up().workspace
    keep(house, workspace, conflict(house))
    return workspace


def conflict(house: NotionHouse, **changes: Any) -> Conflict:
    made: dict[str, Any] = {
        "id": "c1",
        "link_id": "l1",
        "field": "body",
        "path": "notion/docs/a.md",
        "page_id": "p",
        "page_url": "https://notion.example/p",
        "created_at": house.clock.now(),
        "base": "b",
        "notion": "n",
        "git": "g",
    }
    return Conflict(**{**made, **changes})


def keep(house: NotionHouse, workspace: Workspace, record: Conflict) -> None:
    path = conflict_path(workspace.wid, record.id)
    house.store.commit([Put(path=path, data=conflict_document(record))])


def kept(house: NotionHouse, workspace: Workspace, identity: str = "c1") -> Conflict:
    document = house.store.get(conflict_path(workspace.wid, identity))
    assert document is not None
    return read_conflict(document.data)


def decide(house: NotionHouse, etag: str, resolution: Any = "git") -> Operation | Conflict:
    choice = Choice(resolution=resolution, etag=etag)
    return Conflicts(house.store, house.operations).resolve("ada", "c1", choice)


def done(house: NotionHouse, begun: Operation | Conflict) -> Operation:
    assert isinstance(begun, Operation)
    house.work()
    return house.operations.get(begun.id, ADA)


def test_a_decision_is_stored_and_the_engine_asked_to_look_at_its_link(
    house: NotionHouse, workspace: Workspace, engine: PlayedEngine
) -> None:
    etag = kept(house, workspace).etag
    begun = decide(house, etag)
    assert kept(house, workspace).choice == Choice(resolution="git", etag=etag)
    engine.changes = [{"state": "resolved"}]
    ended = done(house, begun)
    assert (ended.state, ended.result) == (OperationState.DONE, {"conflict": "c1"})
    assert engine.asked == [Hints(links=("l1",), force=True)]


def test_a_decision_about_other_versions_is_neither_stored_nor_begun(
    house: NotionHouse, workspace: Workspace
) -> None:
    before = len(house.publisher.messages)
    with pytest.raises(StaleWrite):
        decide(house, "another")
    assert kept(house, workspace).choice is None
    assert len(house.publisher.messages) == before


@pytest.mark.parametrize("change", [{"notion": "n2", "choice": None}, {"choice": None}])
def test_a_side_that_moves_meanwhile_ends_the_decision(
    house: NotionHouse, workspace: Workspace, engine: PlayedEngine, change: dict[str, Any]
) -> None:
    begun = decide(house, kept(house, workspace).etag)
    engine.changes = [change]
    ended = done(house, begun)
    assert ended.problem is not None
    assert ended.problem["name"] == "stale"


def test_a_decision_that_cannot_be_carried_out_yet_is_tried_again(
    house: NotionHouse, workspace: Workspace, engine: PlayedEngine
) -> None:
    begun = decide(house, kept(house, workspace).etag)
    with pytest.raises(UpstreamUnavailable):
        house.work()
    engine.changes = [{"state": "resolved"}]
    house.redeliver()
    assert done(house, begun).state is OperationState.DONE


def test_open_ones_come_first_and_each_part_by_age(
    house: NotionHouse, workspace: Workspace
) -> None:
    conflicts = Conflicts(house.store, house.operations)
    for number, state in enumerate(("resolved", "open", "resolved", "open")):
        house.clock.advance(-100)
        keep(house, workspace, conflict(house, id=f"d{number}", state=state))
    found = [each.id for each in conflicts.of("ada", ConflictFilter())]
    assert found == ["d3", "d1", "c1", "d2", "d0"]
    few = conflicts.of("ada", ConflictFilter(limit=4))
    assert [each.state for each in few] == ["open", "open", "open", "resolved"]
    only = ConflictFilter(state="resolved", workspace_id=workspace.wid)
    assert {each.id for each in conflicts.of("ada", only)} == {"d2", "d0"}
    with pytest.raises(NotFound):
        conflicts.of("mallory", only)
    assert conflicts.of("mallory", ConflictFilter()) == []
