"""Writes whose answer is lost: neither lost nor done twice; and what is looked at before them."""

import pytest

from shared.errors import UpstreamRejected, UpstreamUnavailable
from shared.sync.file import body_of
from shared.sync.link import AGAIN_AFTER
from shared.text.markdown import equivalent
from tests.unit.sync.stage import Stage

PATH = "notion/docs/plan.md"
LOST = UpstreamUnavailable("no answer", service="notion")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def titles(stage: Stage) -> list[str]:
    """The titles of all pages, those in the trash among them."""
    return [page.title for page in stage.notion.tables.sources[stage.docs.id].rows.values()]


def test_a_new_page_carries_the_id_of_its_link(stage: Stage) -> None:
    stage.write(PATH, "One.\n")
    stage.sync()
    link = stage.links()[PATH]
    assert stage.value(stage.pages()["plan"], "Nexus ID") == link.id
    assert link.pending is None


def test_a_create_that_was_saved_and_not_read_is_found_at_once(stage: Stage) -> None:
    stage.write(PATH, "One.\n")
    stage.notion.commit_then_503()
    stage.sync()
    assert stage.links()[PATH].page_id == stage.pages()["plan"]
    assert titles(stage) == ["plan"]


def test_a_create_whose_answer_was_lost_is_found_by_its_nexus_id(stage: Stage) -> None:
    stage.write(PATH, "One.\n")
    stage.notion.lose_answers(1, LOST, method="create_row")
    stage.sync()
    assert stage.links()[PATH].pending is not None
    stage.settle()
    assert titles(stage) == ["plan"]
    assert stage.links()[PATH].page_id == stage.pages()["plan"]
    assert stage.links()[PATH].pending is None
    assert stage.conflicts() == []


def test_a_create_that_never_happened_is_done_again_after_a_minute(stage: Stage) -> None:
    stage.write(PATH, "One.\n")
    stage.notion.fail_next(1, LOST, method="create_row")
    stage.sync(wait_s=0)
    stage.clock.advance(AGAIN_AFTER.total_seconds() - 5)
    stage.sync(wait_s=0)
    assert titles(stage) == []
    stage.clock.advance(10)
    stage.sync()
    assert titles(stage) == ["plan"]


def test_a_page_that_was_archived_when_it_was_looked_for_is_reported_when_it_is_back(
    stage: Stage,
) -> None:
    stage.write(PATH, "One.\n")
    stage.notion.lose_answers(1, LOST, method="create_row")
    stage.sync(wait_s=0)
    first = stage.pages()["plan"]
    stage.person.archive(first)
    stage.clock.advance(61)
    stage.sync()
    stage.person.archive(first, archived=False)
    stage.settle()
    second = next(page for page in stage.pages().values() if page != first)
    assert (stage.files(), stage.links()[PATH].page_id) == ([PATH], second)
    assert stage.problems()["duplicate"].page_url == stage.notion.row(first).url


def test_a_branch_that_moved_while_a_page_was_made_gets_its_id_all_the_same(stage: Stage) -> None:
    stage.write(PATH, "---\ntitle: Plan\n---\n\nOne.\n")
    stage.write("notion/docs/other.md", "Gets a title, so that the run looks again.\n")

    def push() -> None:
        if stage.notion.calls[-2].method == "create_row":
            stage.notion.before_call = None
            stage.git.commit("main", {"README.md": b"Something else.\n"})

    stage.notion.before_call = push
    stage.sync()
    stage.settle()
    assert f'id: "{stage.pages()["Plan"]}"' in stage.text(PATH)


def test_a_write_that_notion_refuses_is_not_tried_again_at_once(stage: Stage) -> None:
    _, path = stage.linked("Plan", "One.", Points=1)
    stage.edit(path, "Points: 1", "Points: 2")
    stage.notion.fail_next(1, UpstreamRejected("No.", "notion"), method="update_row")
    with stage.counted() as made:
        report = stage.sync()
    assert (made["update_row"], report.more) == (1, False)
    assert stage.problems()["notion"].path == path
    stage.settle()
    assert stage.value(stage.pages()["Plan"], "Points") == 2


def test_a_late_create_and_its_second_keep_the_oldest_page(stage: Stage) -> None:
    stage.write(PATH, "One.\n")
    stage.notion.lose_answers(1, LOST, method="create_row")
    stage.sync(wait_s=0)
    rows = stage.notion.tables.sources[stage.docs.id].rows
    late = dict(rows)
    rows.clear()  # not visible yet
    stage.clock.advance(61)
    stage.sync()
    rows.update(late)
    stage.settle()
    assert titles(stage) == ["plan", "plan"]
    assert len(stage.links()) == 1
    assert len(stage.files()) == 1


def test_edits_made_before_a_lost_create_is_found_are_kept(stage: Stage) -> None:
    stage.write(PATH, "One.\n\nTwo.\n")
    stage.notion.lose_answers(1, LOST, method="create_row")
    stage.sync()
    page = stage.pages()["plan"]
    stage.person.edit_text(page, "One.", "Uno.")
    stage.edit(PATH, "Two.", "Dos.")
    stage.settle()
    assert stage.body(page) == "Uno.\n\nDos."
    assert stage.text(PATH).endswith("Uno.\n\nDos.\n")
    assert stage.conflicts() == []


def test_a_body_write_whose_answer_was_lost_is_no_conflict(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.\n\nTwo.")
    stage.edit(path, "One.", "* uno")
    stage.notion.lose_answers(1, LOST, method="edit_body")
    stage.sync()
    stage.edit(path, "* uno", "* one again")
    stage.settle()
    assert stage.conflicts() == []
    assert stage.body(page) == "- one again\n\nTwo."


def test_a_property_write_whose_answer_was_lost_is_no_conflict(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=1)
    stage.edit(path, "Points: 1", "Points: 2")
    stage.notion.lose_answers(1, LOST, method="update_row")
    stage.sync()
    stage.edit(path, "Points: 2", "Points: 3")
    stage.settle()
    assert stage.conflicts() == []
    assert stage.value(page, "Points") == 3


@pytest.mark.parametrize("done", [True, False])
def test_a_trash_whose_answer_was_lost_is_done_once(stage: Stage, done: bool) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.write(path, None)
    if done:
        stage.notion.lose_answers(1, LOST, method="update_row")
    else:
        stage.notion.fail_next(1, LOST, method="update_row")
    stage.sync()
    stage.clock.advance(60)
    stage.settle()
    assert stage.in_trash(page)
    assert stage.files() == []
    assert stage.links()[path].deleted_at is not None


@pytest.mark.parametrize("done", [True, False])
def test_a_move_whose_answer_was_lost_is_done_once(stage: Stage, done: bool) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.git.rename("main", path, "notion/tasks/plan.md")
    if done:
        stage.notion.lose_answers(1, LOST, method="move_row")
    else:
        stage.notion.fail_next(1, LOST, method="move_row")
    stage.sync()
    stage.clock.advance(60)
    stage.settle()
    assert stage.pages(stage.tasks) == {"Plan": page}
    assert stage.files() == ["notion/tasks/plan.md"]


@pytest.mark.parametrize("done", [True, False])
def test_a_commit_whose_answer_was_lost_is_made_once(stage: Stage, done: bool) -> None:
    stage.row("Plan", "One.")
    if done:
        stage.git.lose_answers(1, UpstreamUnavailable("lost", service="git"))
    else:
        _fail_next_push(stage)
    stage.sync()
    stage.clock.advance(60)
    stage.settle()
    assert stage.files() == [PATH]
    assert list(stage.links()) == [PATH]
    assert len(stage.git.commits("main", None, 10)) == 2


def _fail_next_push(stage: Stage) -> None:
    push = stage.git.push

    def fail(*order: object) -> str:
        del order
        stage.git.push = push  # type: ignore[method-assign]
        raise UpstreamUnavailable("down", service="git")

    stage.git.push = fail  # type: ignore[method-assign, assignment]


def test_a_comment_whose_answer_was_lost_is_made_once(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.edit_text(page, "One.", "Two.")
    stage.edit(path, "One.", "Three.")
    stage.notion.lose_answers(1, LOST, method="comment")
    stage.settle()
    assert len(stage.notion.tables.pages[page].comments) == 1


def test_a_page_that_notion_refuses_is_reported_and_the_others_are_written(stage: Stage) -> None:
    stage.write("notion/docs/a.md", "One.\n")
    stage.write("notion/docs/b.md", "Two.\n")
    stage.notion.fail_next(1, UpstreamRejected("too odd", "notion"), method="create_row")
    stage.sync(wait_s=0)
    assert list(stage.pages()) == ["b"]
    problem = stage.problems()["notion"]
    assert (problem.detail, problem.path) == ("too odd", "notion/docs/a.md")
    stage.clock.advance(60)
    stage.settle()
    assert sorted(stage.pages()) == ["a", "b"]
    assert stage.problems() == {}


def test_a_value_that_notion_spells_otherwise_goes_back_into_the_file(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=1)
    stage.edit(path, "Points: 1", "Points: 2.0")
    stage.settle()
    assert stage.value(page, "Points") == 2
    assert stage.kinds() == []


def test_a_page_edited_right_before_its_trash_is_not_trashed(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.write(path, None)
    looks = 0

    def hurry() -> None:
        nonlocal looks
        looks += stage.notion.calls[-1].method == "body"
        if looks == 2:  # the look right before the write
            looks += 1
            stage.person.edit_text(page, "One.", "Two.")

    stage.notion.before_call = hurry
    stage.settle()
    assert not stage.in_trash(page)
    assert stage.text(path).endswith("\nTwo.\n")


@pytest.mark.parametrize(
    ("sent", "old", "new"),
    [
        pytest.param("```python\na = b\n```\n\nTwo.\n", "a = b", "a = c", id="a word of a fence"),
        pytest.param("One.\n\nTwo.\n", "Two.", "", id="a block taken out"),
    ],
)
def test_what_a_person_changes_before_a_new_page_is_read_back_goes_into_its_file(
    stage: Stage, sent: str, old: str, new: str
) -> None:
    stage.write(PATH, sent)

    def hurry() -> None:
        if [call.method for call in stage.notion.calls[-2:]] == ["create_row", "body"]:
            stage.notion.before_call = None
            stage.person.edit_text(stage.pages()["plan"], old, new)

    stage.notion.before_call = hurry
    stage.settle()
    assert (old in stage.text(PATH), new in stage.text(PATH)) == (False, True)
    assert equivalent(body_of(stage.text(PATH)), stage.body(stage.pages()["plan"]))
    assert stage.conflicts() == []


def test_a_new_page_that_notion_only_respells_is_no_edit(stage: Stage) -> None:
    stage.write(PATH, "One. <!-- two -->\n")
    stage.notion.tables.rewrite = lambda text: text.replace(" <!-- two -->", "")
    stage.settle()
    assert stage.text(PATH).endswith("One. <!-- two -->\n")
    assert stage.kinds() == []


def test_what_a_person_writes_between_the_looks_at_an_unfinished_page_is_theirs(
    stage: Stage,
) -> None:
    stage.write(PATH, "---\ntitle: plan\n---\n")
    stage.notion.lose_answers(1, LOST, method="create_row")
    stage.sync()
    page = stage.pages()["plan"]

    def hurry() -> None:
        if stage.notion.calls[-1].method == "body":
            stage.notion.before_call = None
            stage.person.set_body(page, "One.")

    stage.notion.before_call = hurry
    stage.settle()
    assert stage.body(page) == "One."
    assert stage.text(PATH).endswith("\nOne.\n")
