"""The decision table, row by row: what each side shows, what was linked, what is done."""

import pytest

from shared.errors import UpstreamUnavailable
from tests.unit.sync.stage import Stage

PATH = "notion/docs/plan.md"
OTHER_PATH = "notion/docs/other.md"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_new_page_gets_a_file(stage: Stage) -> None:
    page = stage.row("Plan", "One.", Status="Doing")
    assert stage.kinds() == ["create_file"]
    stage.sync()
    assert f'id: "{page}"' in stage.text(PATH)
    assert "title: Plan\nStatus: Doing\nDone: false\n---\n\nOne.\n" in stage.text(PATH)


def test_a_new_file_gets_a_page_and_then_the_pages_id(stage: Stage) -> None:
    stage.write(PATH, "---\ntitle: The plan\nStatus: Doing\n---\n\nOne.\n")
    assert stage.kinds() == ["create_page"]
    stage.sync()
    page = stage.pages()["The plan"]
    assert (stage.body(page), stage.value(page, "Status")) == ("One.", "Doing")
    stage.settle()
    assert f'id: "{page}"' in stage.text(PATH)
    assert list(stage.pages()) == ["The plan"]


def test_a_new_file_without_front_matter_is_titled_by_its_name(stage: Stage) -> None:
    stage.write(PATH, "# A heading is no title\n")
    stage.sync()
    assert list(stage.pages()) == ["plan"]


def test_a_pages_edit_goes_into_the_file(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.edit_text(page, "One", "Two")
    stage.person.set_value(page, "Points", 3)
    assert stage.kinds() == ["update"]
    stage.sync()
    assert "Points: 3\n" in stage.text(path)
    assert stage.text(path).endswith("\nTwo.\n")


def test_a_files_edit_goes_into_the_page(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    stage.edit(path, "One.", "Two.")
    stage.edit(path, "Status: Doing", "Status: Done")
    assert stage.kinds() == ["update"]
    stage.sync()
    assert (stage.body(page), stage.value(page, "Status")) == ("Two.", "Done")


def test_both_sides_equal_by_themselves_are_only_remembered(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.edit_text(page, "One", "Two")
    stage.edit(path, "One", "Two")
    assert stage.kinds() == ["link"]
    with stage.counted() as made:
        stage.sync()
    assert made["git.push"] == made["edit_body"] == made["update_row"] == 0


def test_a_file_removed_in_git_takes_its_page_to_the_trash(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.write(path, None)
    assert stage.kinds() == ["trash_page"]
    stage.sync()
    assert stage.in_trash(page)
    assert stage.links()[path].deleted_at is not None


def test_a_page_in_the_trash_takes_its_file_away(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.trash(page)
    assert stage.kinds() == ["delete_file"]
    stage.sync()
    assert stage.files() == []
    assert stage.links()[path].deleted_at is not None


@pytest.mark.parametrize("field", ["body", "property"])
def test_an_edit_in_notion_beats_the_removal_in_git(stage: Stage, field: str) -> None:
    page, path = stage.linked("Plan", "One.")
    if field == "body":
        stage.person.edit_text(page, "One", "Two")
    else:
        stage.person.set_value(page, "Status", "Done")
    stage.write(path, None)
    assert stage.kinds() == ["restore_file"]
    stage.sync()
    assert ("Two." if field == "body" else "Status: Done") in stage.text(path)
    assert not stage.in_trash(page)


def test_an_edit_of_a_moved_page_beats_the_removal_in_git(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    stage.person.move(page, stage.tasks.id)
    stage.person.set_value(page, "Status", "Done")
    stage.write(path, None)
    stage.settle()
    assert "Status: Done" in stage.text("notion/tasks/plan.md")
    assert not stage.in_trash(page)


def test_a_file_removed_after_a_run_that_died_comes_back_as_the_page_is(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=1)
    stage.edit(path, "Points: 1", "Points: 2")
    stage.notion.lose_answers(1, UpstreamUnavailable("no answer", "notion"), method="update_row")
    stage.sync()
    stage.write(path, None)
    stage.settle()
    assert (stage.value(page, "Points"), stage.in_trash(page)) == (2, False)
    assert "Points: 2" in stage.text(path)


def test_a_page_only_moved_follows_the_removal_in_git(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    stage.person.move(page, stage.tasks.id)
    stage.write(path, None)
    stage.settle()
    assert (stage.in_trash(page), stage.files()) == (True, [])


@pytest.mark.parametrize("old", ["One.", "title: Plan"])
def test_an_edit_in_git_beats_the_trash_in_notion(stage: Stage, old: str) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.trash(page)
    stage.edit(path, old, f"{old} Two")
    assert stage.kinds() == ["restore_page"]
    stage.sync()
    assert not stage.in_trash(page)
    assert "Two" in stage.body(page) + str(stage.value(page, "Name"))
    assert stage.files() == [path]


def test_a_respelled_file_is_no_edit_that_beats_the_trash(stage: Stage) -> None:
    page, path = stage.linked("Plan", "- one\n- two")
    stage.person.trash(page)
    stage.edit(path, "- one\n- two", "* one\n* two")
    stage.sync()
    assert stage.files() == []


def test_gone_on_both_sides_is_kept_as_a_tombstone(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.trash(page)
    stage.write(path, None)
    assert stage.kinds() == ["forget"]
    stage.sync()
    link = stage.links()[path]
    assert link.deleted_at is not None
    assert link.expires_at is not None
    assert (link.expires_at - link.deleted_at).days == 30
    assert stage.state().links == {"docs": 0}


def test_a_page_out_of_the_trash_brings_its_file_back_as_it_was(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, "title: Plan", "title: Plan\nmine: kept")
    stage.settle()
    before = stage.text(path)
    stage.person.trash(page)
    stage.settle()
    stage.person.restore(page)
    assert stage.kinds() == ["restore_file"]
    stage.sync()
    assert stage.text(path) == before
    assert stage.links()[path].deleted_at is None


def test_a_file_brought_back_takes_its_page_out_of_the_trash(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    before = stage.text(path)
    stage.write(path, None)
    stage.settle()
    stage.write(path, before.replace("One.", "One and two."))
    assert stage.kinds() == ["restore_page"]
    stage.sync()
    stage.settle()
    assert not stage.in_trash(page)
    assert stage.body(page) == "One and two."
    assert list(stage.pages()) == ["Plan"]


def test_a_file_brought_back_at_another_path_finds_its_page_by_its_id(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    before = stage.text(path)
    stage.write(path, None)
    stage.settle()
    stage.write(OTHER_PATH, before)
    stage.settle()
    assert not stage.in_trash(page)
    assert stage.links()[OTHER_PATH].page_id == page
    assert stage.files() == [OTHER_PATH]


def test_a_tombstone_that_expired_makes_a_restored_page_a_new_file(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.trash(page)
    stage.settle()
    link = stage.links()[path]
    stage.forget(link.id)
    stage.person.restore(page)
    stage.sync()
    assert stage.text(path).endswith("\nOne.\n")
