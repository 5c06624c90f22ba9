"""What an early end leaves for the next run, and what changed meanwhile under it."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from shared.errors import InvalidRequest, RateLimited, UpstreamUnavailable
from shared.ports.notion import Property
from shared.sync.conflict import Conflict
from shared.sync.link import Link
from shared.sync.store import SyncStore
from tests.unit.sync.stage import Stage

PATH = "notion/docs/plan.md"
PAUSE = RateLimited("slower", retry_after_s=5)
SETTLED_S = 200
"""After that no row is looked at only because its last minute might hide an edit."""
LOST = UpstreamUnavailable("no answer", service="notion")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_branch_put_back_behind_our_own_commit_deletes_what_that_made(stage: Stage) -> None:
    page = stage.row("Plan", "One.")
    stage.clock.advance(SETTLED_S)
    stage.write("notion/docs/waits.md", "Two.\n")
    tip = stage.git.refs().heads["main"]
    stage.notion.fail_next(1, PAUSE, method="create_row")
    stage.sync()
    assert (PATH in stage.files(), list(stage.pages())) == (True, ["Plan"])
    stage.git.force("main", tip)
    stage.settle()
    assert stage.in_trash(page)
    assert (stage.files(), list(stage.pages())) == (["notion/docs/waits.md"], ["waits"])


def test_after_a_run_whose_end_is_not_known_every_file_is_compared(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, "One.", "Two.")
    died = replace(stage.state(), tip=stage.git.refs().heads["main"], lease_owner="died")
    stage.put_state(died)
    stage.sync()
    assert stage.body(page) == "Two."
    assert stage.state().pushed is None


def test_what_waits_and_is_dealt_with_leaves_no_commit_to_compare_with(stage: Stage) -> None:
    stage.row("Plan", "One.")
    stage.write("notion/docs/waits.md", "Two.\n")
    stage.notion.fail_next(1, PAUSE, method="create_row")
    stage.sync()
    assert stage.state().pushed == stage.git.refs().heads["main"]
    stage.settle()
    assert stage.state().pushed is None
    assert stage.state().tip == stage.git.refs().heads["main"]


def test_a_relation_whose_page_is_trashed_and_comes_back_in_one_run_stays(stage: Stage) -> None:
    column = Property(id="", name="Docs", kind="relation", target=stage.docs.id)
    stage.person.add_property(stage.tasks.id, column)
    doc, doc_path = stage.linked("Plan", "One.")
    task, path = stage.linked("Task", "Do.", stage.tasks, Docs=(doc,), Points=1)
    stage.edit(doc_path, "One.", "Two.")
    stage.edit(path, "Points: 1", "Points: 2")
    stage.person.trash(doc)
    stage.settle()
    assert (stage.value(task, "Docs"), stage.value(task, "Points")) == ((doc,), 2)
    assert f"Docs:\n  - {doc_path}\n" in stage.text(path)


def test_a_conflict_gets_its_comment_although_the_store_was_away_before_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.edit_text(page, "One.", "Two.")
    stage.edit(path, "One.", "Three.")
    asked, errors = SyncStore.conflicts, [UpstreamUnavailable("away", service="firestore")]

    def away(store: SyncStore, links: Iterable[Link]) -> dict[str, dict[str, Conflict]]:
        links = list(links)
        if errors and any(link.conflicts for link in links):
            raise errors.pop()
        return asked(store, links)

    monkeypatch.setattr(SyncStore, "conflicts", away)
    stage.sync()
    assert (errors, stage.problems()["firestore"].subject) == ([], "run")
    stage.sync()
    assert len(stage.notion.tables.pages[page].comments) == 1
    assert stage.problems() == {}


@pytest.mark.parametrize("what", ["body", "value"])
def test_a_page_edited_in_the_moment_of_its_trash_comes_back(stage: Stage, what: str) -> None:
    page, path = stage.linked("Plan", "One.", Points=1)
    stage.write(path, None)

    def hurry() -> None:
        if stage.notion.calls[-1].method == "update_row":
            stage.notion.before_call = None
            if what == "body":
                stage.person.edit_text(page, "One.", "Two.")
            else:
                stage.person.set_value(page, "Points", 2)

    stage.notion.before_call = hurry
    stage.settle()
    assert not stage.in_trash(page)
    assert ("Two." if what == "body" else "Points: 2") in stage.text(path)


def test_a_page_that_cannot_be_read_in_the_trash_stays_there(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.write(path, None)
    stage.notion.before_call = lambda: _refuse_bodies_of_trashed(stage, page)
    stage.sync()
    assert stage.in_trash(page)
    assert (stage.links()[path].deleted_at is not None, stage.problems()) == (True, {})


def _refuse_bodies_of_trashed(stage: Stage, page: str) -> None:
    if stage.in_trash(page) and stage.notion.calls[-1].method == "body":
        raise InvalidRequest("It is in the trash.")


def test_a_page_found_without_its_answer_is_written_to_although_the_first_try_is_refused(
    stage: Stage,
) -> None:
    stage.write(PATH, "One.\n")
    stage.notion.lose_answers(1, LOST, method="create_row")
    stage.sync()
    stage.edit(PATH, "One.", "One.\n\nTwo.")
    stage.notion.fail_next(1, PAUSE, method="edit_body")
    stage.sync()
    stage.settle()
    assert stage.body(stage.pages()["plan"]) == "One.\n\nTwo."
    assert stage.text(PATH).endswith("One.\n\nTwo.\n")
    assert (stage.conflicts(), stage.links()[PATH].pending) == ([], None)
