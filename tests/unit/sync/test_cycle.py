"""What a run leaves behind in the state, after each kind of run."""

from datetime import timedelta

import pytest

from shared.errors import RateLimited, UpstreamUnavailable
from shared.sync.cycle import CROWDED_S, MAX_INTERVAL_S, SLOT_S
from tests.unit.sync.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_an_idle_run_is_ok_and_due_again_in_the_next_slot(stage: Stage) -> None:
    stage.settle()
    stage.clock.advance(7)
    began = stage.clock.now()
    stage.sync(wait_s=0)
    state = stage.state()
    assert state.last_run is not None
    assert (state.last_run.outcome, state.last_run.started_at) == ("ok", began)
    assert state.last_ok_at == began
    assert (state.lease_owner, state.lease_until, state.failures) == (None, None, 0)
    wait_s = (state.next_sync_at - began).total_seconds()
    assert 0 < wait_s <= SLOT_S
    assert state.next_sync_at.timestamp() % SLOT_S == 0


def test_an_idle_run_leaves_no_record(stage: Stage) -> None:
    stage.settle()
    assert stage.runs() == []


def test_a_run_that_changed_something_leaves_its_record_for_30_days(stage: Stage) -> None:
    stage.row("Plan", "One.")
    report = stage.sync()
    assert report.run is not None
    (record,) = stage.runs()
    assert record["id"] == report.run.id
    assert record["outcome"] == "ok"
    assert (record["changes"]["to_git"], record["changes"]["created"]) == (1, 1)
    assert record["actions"] == ["create_file notion/docs/plan.md: new in Notion"]
    assert record["expires_at"] - record["finished_at"] == timedelta(days=30)


def test_a_runs_changes_are_counted_by_their_direction(stage: Stage) -> None:
    pages = [stage.linked(f"Plan {n}", "One.\n\nTwo.") for n in range(4)]
    stage.person.edit_text(pages[0][0], "One.", "Uno.")
    stage.edit(pages[1][1], "One.", "Uno.")
    stage.person.edit_text(pages[2][0], "One.", "Uno.")
    stage.edit(pages[2][1], "Two.", "Dos.")
    stage.person.trash(pages[3][0])
    report = stage.sync()
    assert report.run is not None
    changes = report.run.changes
    assert (changes.to_git, changes.to_notion, changes.merged, changes.deleted) == (2, 2, 1, 1)


def test_a_failed_run_waits_longer_each_time_and_keeps_the_last_good_one(stage: Stage) -> None:
    stage.sync()
    good = stage.state().last_ok_at
    waits = []
    for _ in range(6):
        stage.git.fail_next(1, UpstreamUnavailable("down", service="git"))
        stage.sync(wait_s=0)
        state = stage.state()
        waits.append((state.next_sync_at - stage.clock.now()).total_seconds())
    assert stage.state().failures == 6
    assert stage.state().last_ok_at == good
    assert waits == sorted(waits)
    assert waits[-1] <= MAX_INTERVAL_S
    assert waits[0] < waits[-1]


def test_what_a_failed_run_did_before_stays_done(stage: Stage) -> None:
    stage.row("Plan", "One.")
    stage.write("notion/docs/file.md", "Text.\n")
    stage.notion.fail_next(1, UpstreamUnavailable("down", service="notion"), method="create_row")
    report = stage.sync()
    assert report.run is not None
    assert "notion/docs/plan.md" in stage.files()
    assert stage.pages().keys() == {"Plan"}
    stage.clock.advance(60)
    stage.settle()
    assert sorted(stage.pages()) == ["Plan", "file"]
    assert len(stage.files()) == 2


def test_a_crowded_connection_stretches_the_interval_and_a_calm_one_ends_that(
    stage: Stage,
) -> None:
    stage.settle()
    intervals = []
    for _ in range(5):
        stage.notion.fail_next(1, RateLimited("slow down", retry_after_s=1), method="query")
        stage.sync()
        intervals.append(stage.state().interval_s)
    assert intervals == [CROWDED_S] * 5
    assert "rate_limited" in stage.problems()
    stage.sync()
    assert stage.state().interval_s == SLOT_S
    assert stage.problems() == {}


def test_a_problem_keeps_its_beginning_as_long_as_it_lasts(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    began = stage.clock.now()
    stage.edit(path, "Status: Doing", "Status: Later")
    stage.sync()
    first = stage.problems()["unknown_option"]
    assert (first.since, first.path) == (began, path)
    assert first.page_url == stage.links()[path].url
    stage.person.edit_text(page, "One.", "Two.")
    stage.settle()
    assert stage.problems()["unknown_option"].since == began
    stage.edit(path, "Status: Later", "Status: Done")
    stage.sync()
    assert stage.problems() == {}
    stage.edit(path, "Status: Done", "Status: Never")
    again = stage.clock.now()
    stage.sync()
    assert stage.problems()["unknown_option"].since == again


def test_a_problem_of_a_service_keeps_its_beginning(stage: Stage) -> None:
    began = stage.clock.now()
    for _ in range(3):
        stage.git.fail_next(1, UpstreamUnavailable("down", service="git"))
        stage.sync()
    assert stage.problems()["git"].since == began
    assert len(stage.state().problems) == 1


def test_the_problem_of_a_file_ends_with_the_file(stage: Stage) -> None:
    stage.write("notion/docs/plan.md", "---\ntitle: [oops\n---\n")
    stage.settle()
    assert "invalid_file" in stage.problems()
    stage.write("notion/docs/plan.md", None)
    stage.settle()
    assert stage.problems() == {}


def test_several_problems_of_one_page_are_told_apart(stage: Stage) -> None:
    _, path = stage.linked("Plan", "One.", Status="Doing", Points=1)
    stage.edit(path, "Status: Doing", "Status: Later")
    stage.edit(path, "Points: 1", "Points: one")
    stage.settle()
    assert sorted(stage.problems()) == ["invalid_value", "unknown_option"]
    stage.edit(path, "Points: one", "Points: 2")
    stage.settle()
    assert sorted(stage.problems()) == ["unknown_option"]


def test_the_number_of_links_follows_what_is_made_and_removed(stage: Stage) -> None:
    page, _ = stage.linked("Plan", "One.")
    stage.linked("Task", "Do.", stage.tasks)
    assert stage.state().links == {"docs": 1, "tasks": 1}
    stage.person.trash(page)
    stage.sync()
    assert stage.state().links == {"docs": 0, "tasks": 1}


def test_the_first_contact_of_a_collection_is_over_when_all_has_met(stage: Stage) -> None:
    stage.person.unshare(stage.docs.id)
    stage.row("Task", "Do.", stage.tasks)
    stage.sync()
    assert stage.state().contact == ("docs",)
    stage.person.share(stage.docs.id)
    stage.sync()
    assert stage.state().contact == ()


def test_a_comment_that_fails_is_told_and_made_later(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.edit_text(page, "One.", "Two.")
    stage.edit(path, "One.", "Three.")
    stage.notion.fail_next(8, UpstreamUnavailable("down", service="notion"), method="comment")
    stage.sync()
    assert stage.notion.tables.pages[page].comments == []
    assert "No comment" in stage.problems()["notion"].detail
    stage.settle(8)
    assert len(stage.notion.tables.pages[page].comments) == 1
    assert stage.problems() == {}


def test_a_lost_answer_to_the_last_write_is_noticed(stage: Stage) -> None:
    stage.sync()
    stage.store.lose_answers(1, UpstreamUnavailable("lost", service="firestore"))
    with pytest.raises(UpstreamUnavailable):
        stage.sync()
    assert not stage.sync().busy
