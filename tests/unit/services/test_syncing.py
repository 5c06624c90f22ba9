"""Messages that start cycles: what is run, dropped, sent again, told; syncs on demand; probes."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Held, NexusError, NotFound, StaleWrite, UpstreamUnavailable
from shared.ports.notion import NotionWorkspace
from shared.ports.repository import Repository
from shared.ports.state import Put
from shared.services.operations import OperationState
from shared.services.setup_order import SetupOrder
from shared.services.sync_requests import SYNC, release_hold
from shared.services.syncing import SyncOrder
from shared.services.tick import slot_end, slot_of
from shared.sync.report import Hints, Report
from shared.sync.state import Hold, Run, SyncState, state_document, state_path
from shared.sync.workspace import Workspace
from tests.support.notion_house import ADA, TOKEN, NotionHouse

HOLD_COUNTS = {"create": 30, "delete": 0}


@dataclass
class ScriptedEngine:
    """An engine that answers what a test says; `asked`: the hints that it got."""

    reports: list[Report | NexusError] = field(default_factory=list)
    asked: list[Hints] = field(default_factory=list)

    def run(
        self,
        workspace: Workspace,
        notion: NotionWorkspace,
        repository: Repository | None,
        hints: Hints,
    ) -> Report:
        del workspace, notion, repository
        self.asked.append(hints)
        answer = self.reports.pop(0) if self.reports else Report(run=None)
        if isinstance(answer, NexusError):
            raise answer
        return answer


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def house(engine: ScriptedEngine) -> NotionHouse:
    return NotionHouse(engine=engine)


@pytest.fixture
def workspace(house: NotionHouse) -> Workspace:
    made = house.set_up().workspace
    house.publisher.messages.clear()
    return made


def change(house: NotionHouse, workspace: Workspace, **fields: Any) -> SyncState:
    """Write some fields of the hot part."""
    state = replace(house.state(workspace), **fields)
    house.store.commit([Put(path=state_path(workspace.wid), data=state_document(state))])
    return state


def a_run(house: NotionHouse) -> Run:
    now = house.clock.now()
    return Run(id="r", started_at=now, finished_at=now + timedelta(seconds=1), outcome="ok")


def test_a_tick_runs_what_is_due_in_its_slot(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    slot = slot_of(house.clock.now())
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=slot))
    assert engine.asked == [Hints(due_until=slot_end(slot))]


def test_a_webhooks_message_forces_a_run_that_looks_at_its_pages(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    order = SyncOrder(workspace=workspace.wid, pages=("p1",), at=house.clock.now())
    house.syncing().on_message(order)
    assert engine.asked == [Hints(pages=("p1",), force=True)]


def test_a_message_that_is_older_than_the_last_runs_start_is_done_already(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    before = house.clock.now()
    house.clock.advance(1)
    change(house, workspace, last_run=a_run(house))
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, at=before))
    assert engine.asked == []
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, at=house.clock.now()))
    assert len(engine.asked) == 1


def test_a_busy_workspace_keeps_what_was_asked_for_and_drops_ticks(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    engine.reports = [Report(run=None, busy=True)] * 2
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=1))
    with pytest.raises(UpstreamUnavailable):
        house.syncing().on_message(SyncOrder(workspace=workspace.wid, at=house.clock.now()))


def test_what_is_left_is_asked_for_again_at_once(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    engine.reports = [Report(run=None, more=True)]
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=1))
    assert house.woken() == [{"workspace": workspace.wid, "at": house.clock.now().isoformat()}]


def test_a_workspace_that_is_gone_is_no_failure(house: NotionHouse, engine: ScriptedEngine) -> None:
    house.syncing().on_message(SyncOrder(workspace="nobody", at=house.clock.now()))
    assert engine.asked == []


def test_a_failing_run_waits_for_the_next_tick(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    engine.reports = [UpstreamUnavailable("down")]
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, at=house.clock.now()))


def test_a_workspace_without_its_key_tells_so_and_is_looked_at_less_often(
    house: NotionHouse, engine: ScriptedEngine
) -> None:
    workspace = house.set_up(notion_token=TOKEN).workspace
    house.secrets.values.clear()
    pauses = []
    for _ in range(3):
        house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=1))
        state = house.state(workspace)
        pauses.append((state.next_sync_at - house.clock.now()).total_seconds())
    assert pauses == [30, 60, 120]
    assert [each.code for each in state.problems] == ["connection"]
    assert (state.failures, engine.asked) == (3, [])


def test_a_run_probes_what_it_used_once_a_minute(house: NotionHouse, workspace: Workspace) -> None:
    syncing = house.syncing()
    house.notion.fail_next(1, UpstreamUnavailable("Notion does not answer.", "notion"), "me")
    calls = len(house.notion.calls)
    for _ in range(3):
        syncing.on_message(SyncOrder(workspace=workspace.wid, slot=1))
        house.clock.advance(25)
    records = {
        name: record.data["status"]
        for name in ("notion", "git", "pubsub", "scheduler")
        if (record := house.store.get(f"probes/{name}"))
    }
    expected = {"notion": "unhealthy", "git": "healthy", "pubsub": "healthy"}
    assert records == {**expected, "scheduler": "healthy"}
    assert [call.method for call in house.notion.calls[calls:]] == ["me"]
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=1))  # another process
    assert len(house.notion.calls) == calls + 2
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=1))
    assert len(house.notion.calls) == calls + 2  # less than 10 s after that one


def test_a_private_key_that_is_refused_tells_nothing_of_the_service(house: NotionHouse) -> None:
    workspace = house.set_up(notion_token=TOKEN).workspace
    house.notion.fail_next(1, NotFound("x"), "me")
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=1))
    record = house.store.get("probes/notion")
    assert record is not None
    assert record.data["status"] == "healthy"


def test_a_paused_job_shows_as_an_unhealthy_scheduler(
    house: NotionHouse, workspace: Workspace
) -> None:
    house.schedule.job = replace(house.schedule.job, enabled=False)
    house.syncing().on_message(SyncOrder(workspace=workspace.wid, slot=1))
    record = house.store.get("probes/scheduler")
    assert record is not None
    assert record.data["status"] == "unhealthy"


def test_a_sync_on_demand_runs_until_nothing_is_left(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    engine.reports = [Report(run=None, more=True), Report(run=a_run(house))]
    operation = house.operations.start(SYNC, "ada", key="k", args={"workspace": workspace.wid})
    house.work()
    done = house.operations.get(operation.id, ADA)
    assert done.state is OperationState.DONE
    assert done.result is not None
    assert done.result["run"]["outcome"] == "ok"
    assert [hints.force for hints in engine.asked] == [True, True]


def test_a_sync_on_demand_waits_for_the_run_that_goes_on(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    engine.reports = [Report(run=None, busy=True)] * 3
    house.operations.start(SYNC, "ada", key="k", args={"workspace": workspace.wid})
    house.work()
    assert len(engine.asked) == 4


def test_a_sync_on_demand_outlives_the_lease_of_a_run_that_died(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    engine.reports = [Report(run=None, busy=True)] * 200
    operation = house.operations.start(SYNC, "ada", key="k", args={"workspace": workspace.wid})
    house.work()
    assert house.operations.get(operation.id, ADA).state is OperationState.DONE
    assert len(engine.asked) == 201


def test_a_held_sync_tells_the_numbers_and_how_to_confirm(
    house: NotionHouse, workspace: Workspace, engine: ScriptedEngine
) -> None:
    now = house.clock.now()
    hold = Hold(plan_id="p1", reason="many creations", counts=HOLD_COUNTS, since=now)
    engine.reports = [Report(run=None, hold=hold)]
    operation = house.operations.start(SYNC, "ada", key="k", args={"workspace": workspace.wid})
    house.work()
    problem = house.operations.get(operation.id, ADA).problem
    assert problem is not None
    assert problem["name"] == Held.problem
    assert "30 create" in problem["detail"]
    assert '"confirm": "p1"' in problem["detail"]


def test_a_confirmation_releases_exactly_the_held_plan(
    house: NotionHouse, workspace: Workspace
) -> None:
    with pytest.raises(StaleWrite):
        release_hold(house.store, workspace.wid, "p1")
    hold = Hold(plan_id="p1", reason="x", counts=HOLD_COUNTS, since=house.clock.now())
    change(house, workspace, hold=hold)
    with pytest.raises(StaleWrite):
        release_hold(house.store, workspace.wid, "p2")
    for _ in range(2):
        release_hold(house.store, workspace.wid, "p1")
    release = house.state(workspace).release
    assert release is not None
    assert (release.plan_id, dict(release.left)) == ("p1", HOLD_COUNTS)


def test_an_operation_of_a_workspace_without_repository_says_what_to_do(
    house: NotionHouse,
) -> None:
    house.deployment = replace(house.deployment, git_url="")
    workspace = house.setup().run(ADA, "ada", SetupOrder()).workspace
    operation = house.operations.start(SYNC, "ada", key="k", args={"workspace": workspace.wid})
    house.work()
    problem = house.operations.get(operation.id, ADA).problem
    assert problem is not None
    assert problem["name"] == "not-configured"
