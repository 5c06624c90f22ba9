"""Pushes are noticed after a run, and set off what they should: rows, branches of tasks, docs."""

from collections.abc import Mapping

import pytest

from shared.errors import NotFound, UpstreamUnavailable
from shared.services.following import Following
from shared.services.setup_order import RepositoryOrder
from shared.services.syncing import SyncOrder
from shared.sync.report import Hints
from tests.support.notion_house import GIT_URL
from tests.support.tracker_stage import TrackerStage

DOING = "In progress"


def task_file(page: str, status: str) -> bytes:
    """A task as it lies in the repository."""
    return f"---\nid: {page}\ntitle: A task\nStatus: {status}\n---\n\nText.\n".encode()


@pytest.fixture
def stage() -> TrackerStage:
    made = TrackerStage(branch_on_status=True, docs_on_push=True)
    made.follow()
    return made


def started(stage: TrackerStage) -> int:
    """How many messages asked for the work."""
    return sum(topic == "operations" for topic, _ in stage.house.publisher.messages)


def after_run(stage: TrackerStage, heads: Mapping[str, str], *, moved: bool = False) -> None:
    following = Following(stage.house.store, stage.house.operations)
    following.after_run(stage.workspace, heads, moved=moved)


def test_what_is_dealt_with_costs_one_read_and_starts_nothing(stage: TrackerStage) -> None:
    before, calls = started(stage), len(stage.house.store.calls)
    after_run(stage, stage.watched())
    assert started(stage) == before
    assert [call.method for call in stage.house.store.calls[calls:]] == ["get"]


def test_a_branch_that_moved_came_or_went_starts_the_work(stage: TrackerStage) -> None:
    heads = stage.watched()
    for changed in ({"main": "a" * 40}, {"task/x": "a" * 40}):
        before = started(stage)
        after_run(stage, {**heads, **changed})
        assert started(stage) == before + 1
    stage.push(branch="task/y")
    stage.follow()
    before = started(stage)
    after_run(stage, heads)
    assert started(stage) == before + 1


def test_without_the_synced_branch_there_is_nothing_to_start(stage: TrackerStage) -> None:
    before = started(stage)
    after_run(stage, {"task/x": "a" * 40})
    assert started(stage) == before


def test_a_run_that_pushed_starts_the_work_although_its_look_shows_nothing(
    stage: TrackerStage,
) -> None:
    before = started(stage)
    after_run(stage, stage.watched(), moved=True)
    assert started(stage) == before + 1


def test_a_store_that_fails_does_not_fail_the_run(stage: TrackerStage) -> None:
    stage.house.store.fail_next(1, UpstreamUnavailable("down"))
    after_run(stage, {"main": "a" * 40})


def test_a_cycle_without_any_webhook_finds_the_push(stage: TrackerStage) -> None:
    stage.house.syncing().run(stage.workspace, Hints(force=True))
    stage.house.work()
    sha = stage.push("Found by the cycle")
    stage.house.clock.advance(30)
    order = SyncOrder(workspace=stage.workspace.wid, at=stage.house.clock.now())
    for _ in range(2):
        stage.house.syncing().on_message(order)
        stage.house.work()
    assert list(stage.rows())[-1] == sha
    assert len(stage.rows()) == 2


def test_the_engines_own_commits_get_no_row(stage: TrackerStage) -> None:
    stage.task("In Notion")
    stage.house.syncing().run(stage.workspace, Hints(force=True))
    stage.house.work()
    assert "notion/tasks/in-notion.md" in stage.repository.contents("main")
    assert len(stage.rows()) == 1
    assert len(stage.entries()) == 2


def test_a_task_that_goes_in_progress_gets_its_branch_once(stage: TrackerStage) -> None:
    page, path = stage.task("A task"), "notion/tasks/a-task.md"
    stage.push(files={path: task_file(page, "To do")})
    stage.follow()
    assert stage.house.tasks_begun == []
    stage.push(files={path: task_file(page, DOING)})
    stage.follow()
    assert stage.house.tasks_begun == [page]
    stage.push(files={path: task_file(page, DOING) + b"More.\n"})
    stage.push(files={path: None, "notion/tasks/moved.md": task_file(page, DOING)})
    stage.follow()
    assert stage.house.tasks_begun == [page]


def test_a_new_task_in_progress_gets_its_branch_and_an_old_one_does_not() -> None:
    stage = TrackerStage(branch_on_status=True)
    old = stage.task("Older than the setup")
    stage.house.notion.tables.pages[old].created_at = stage.workspace.created_at.replace(year=2025)
    stage.follow()
    new = stage.task("A task")
    files = {
        "notion/tasks/new.md": task_file(new, DOING),
        "notion/tasks/old.md": task_file(old, DOING),
        "notion/tasks/wrong.md": task_file("no id", DOING),
        "notion/tasks/unknown.md": task_file("0" * 32, DOING),
        "notion/tasks/none.md": b"---\nStatus: In progress\n---\n",
        "notion/tasks/broken.md": b"---\nStatus: [\n---\n",
        "notion/tasks/binary.md": b"---\nStatus: \xff\n---\n",
        "notion/docs/doc.md": task_file(new, DOING),
    }
    stage.push(files=files)
    stage.follow()
    assert stage.house.tasks_begun == [new]


def test_code_that_a_push_changed_gets_its_docs(stage: TrackerStage) -> None:
    page = stage.task("A task")
    stage.push(files={"src/a.py": b"1", "README.md": b"2"})
    stage.push(files={"src/b.py": b"1", "notion/tasks/t.md": task_file(page, "To do")})
    stage.follow()
    assert stage.house.files_pushed == [("README.md", "src/a.py", "src/b.py")]
    stage.push(files={"src/a.py": None, "src/c.py": b"1"})
    stage.push(branch="task/TASK-1-x", files={"src/d.py": b"1"})
    stage.follow()
    assert stage.house.files_pushed[1:] == [("src/a.py", "src/c.py")]
    stage.push(files={"notion/tasks/t.md": task_file(page, "Done")})
    stage.follow()
    assert len(stage.house.files_pushed) == 2


def test_what_was_there_before_setup_sets_nothing_off() -> None:
    stage = TrackerStage(branch_on_status=True, docs_on_push=True)
    page = stage.task("A task")
    stage.push(files={"notion/tasks/t.md": task_file(page, DOING), "src/a.py": b"1"})
    stage.follow()
    assert (stage.house.tasks_begun, stage.house.files_pushed) == ([], [])


def test_nothing_is_set_off_where_it_was_not_asked_for() -> None:
    stage = TrackerStage()
    stage.follow()
    page = stage.task("A task")
    stage.push(files={"notion/tasks/t.md": task_file(page, DOING), "src/a.py": b"1"})
    stage.follow()
    assert (stage.house.tasks_begun, stage.house.files_pushed) == ([], [])
    assert len(stage.rows()) == 2


def test_an_old_commit_that_the_host_forgot_keeps_no_row_out(
    stage: TrackerStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = stage.push(files={"src/a.py": b"1"})

    def forgotten(*_: object) -> None:
        raise NotFound("gone")

    monkeypatch.setattr(stage.repository, "snapshot", forgotten)
    stage.follow()
    assert sha in stage.rows()
    assert stage.house.files_pushed == []


def test_branches_are_begun_before_rows_that_must_wait(stage: TrackerStage) -> None:
    page = stage.task("A task")
    stage.push(files={"notion/tasks/t.md": task_file(page, DOING)})
    stage.house.notion.fail_next(1, UpstreamUnavailable("down"), "create_row")
    with pytest.raises(UpstreamUnavailable):
        stage.follow()
    assert stage.house.tasks_begun == [page]


def test_a_push_during_the_work_is_dealt_with_by_it(stage: TrackerStage) -> None:
    stage.push("One")
    steps = stage.steps()
    next(steps)
    late = stage.push("Two")
    for _ in steps:
        pass
    assert list(stage.rows())[-1] == late


def test_a_workspace_that_is_gone_or_bare_is_let_be(stage: TrackerStage) -> None:
    stage.house.store._documents.pop(f"workspaces/{stage.workspace.wid}")
    assert list(stage.steps()) == []


def test_another_synced_branch_begins_anew(stage: TrackerStage) -> None:
    stage.push("On main")
    stage.follow()
    dev = stage.push("On dev", branch="dev")
    other = RepositoryOrder(url=GIT_URL, branch="dev")
    stage.workspace = stage.house.set_up(repository=other).workspace
    stage.follow()
    assert stage.states()[dev] == "merged"
    assert len(stage.rows()) == 3


def test_a_tracker_that_is_gone_is_told_by_the_status_until_it_is_back(
    stage: TrackerStage,
) -> None:
    def told() -> list[tuple[str, str | None]]:
        [status] = stage.house.statuses().of(stage.workspace.owner)
        return [(each.code, each.page_url) for each in status.problems]

    assert told() == []
    assert stage.workspace.tracker is not None
    for _ in range(2):
        stage.push("Another")
        stage.house.notion.fail_next(1, NotFound("Share the database."), "create_row")
        with pytest.raises(NotFound):
            stage.follow()
        assert told() == [("tracker", stage.workspace.tracker.url)]
    stage.follow()
    assert told() == []


def test_what_passes_by_itself_is_not_told(stage: TrackerStage) -> None:
    stage.push("Another")
    stage.house.notion.fail_next(1, UpstreamUnavailable("down"), "create_row")
    with pytest.raises(UpstreamUnavailable):
        stage.follow()
    [status] = stage.house.statuses().of(stage.workspace.owner)
    assert status.problems == ()
