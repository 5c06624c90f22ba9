"""Absence is a question: what is archived, unshared, moved out or unreadable deletes nothing."""

from collections.abc import Callable

import pytest

from shared.ports.notion import Property
from shared.sync.report import Hints
from tests.unit.sync.stage import Stage

Hide = Callable[[Stage, str], None]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def archive(stage: Stage, page: str) -> None:
    stage.person.archive(page)


def unshare(stage: Stage, page: str) -> None:
    stage.person.unshare(page)


def move_out(stage: Stage, page: str) -> None:
    stage.person.move(page, stage.notion.root)


HIDDEN = [
    pytest.param("archived", archive, id="archived"),
    pytest.param("unshared", unshare, id="unshared"),
    pytest.param("moved_out", move_out, id="moved out"),
]


@pytest.mark.parametrize(("code", "hide"), HIDDEN)
def test_a_page_that_is_elsewhere_keeps_its_file_and_is_reported(
    stage: Stage, code: str, hide: Hide
) -> None:
    page, path = stage.linked("Plan", "One.")
    hide(stage, page)
    stage.settle()
    assert stage.files() == [path]
    assert stage.links()[path].deleted_at is None
    assert stage.problems()[code].path == path


@pytest.mark.parametrize(("code", "hide"), HIDDEN)
def test_a_page_that_is_elsewhere_is_not_written_to(stage: Stage, code: str, hide: Hide) -> None:
    page, path = stage.linked("Plan", "One.")
    hide(stage, page)
    stage.settle()
    stage.edit(path, "One.", "Two.")
    stage.settle()
    assert stage.body(page) == "One."
    assert "Two." in stage.text(path)
    assert code in stage.problems()


@pytest.mark.parametrize(
    ("hide", "show"),
    [
        pytest.param(archive, lambda s, p: s.person.archive(p, False), id="archived"),
        pytest.param(unshare, lambda s, p: s.person.share(p), id="unshared"),
        pytest.param(move_out, lambda s, p: s.person.move(p, s.docs.id), id="moved out"),
    ],
)
def test_a_page_that_comes_back_is_synced_on_and_its_problem_ends(
    stage: Stage, hide: Hide, show: Hide
) -> None:
    page, path = stage.linked("Plan", "One.\n\nTwo.")
    hide(stage, page)
    stage.settle()
    stage.edit(path, "One.", "Uno.")
    stage.settle()
    stage.person.edit_text(page, "Two.", "Dos.")
    show(stage, page)
    stage.settle()
    assert stage.body(page) == "Uno.\n\nDos."
    assert stage.text(path).endswith("\nUno.\n\nDos.\n")
    assert stage.problems() == {}


def test_a_data_source_that_cannot_be_read_deletes_nothing_and_the_other_syncs_on(
    stage: Stage,
) -> None:
    _, path = stage.linked("Plan", "One.")
    stage.person.unshare(stage.docs.id)
    stage.row("Task", "Do it.", stage.tasks)
    stage.settle()
    assert stage.files() == [path, "notion/tasks/task.md"]
    problem = stage.problems()["unshared"]
    assert problem.subject == "docs"
    stage.person.share(stage.docs.id)
    stage.sync()
    assert stage.problems() == {}


def test_a_page_longer_than_notion_gives_out_is_reported_and_kept(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    before = stage.text(path)
    stage.person.set_body(page, "Only the beg", truncated=True)
    stage.settle()
    assert stage.text(path) == before
    assert stage.problems()["too_large"].path == path
    stage.person.set_body(page, "Short again.")
    stage.settle()
    assert stage.text(path).endswith("\nShort again.\n")
    assert stage.problems() == {}


def test_a_page_that_is_too_long_is_not_written_to(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.set_body(page, "Only the beg", truncated=True)
    stage.edit(path, "One.", "Two.")
    stage.settle()
    assert stage.body(page) == "Only the beg"


def test_a_page_that_is_larger_than_a_file_may_be_gets_none(stage: Stage) -> None:
    page = stage.row("Plan", "word " * 90_000)
    stage.settle()
    assert stage.files() == []
    assert stage.problems()["too_large"].subject == page
    stage.person.set_body(page, "word")
    stage.settle()
    assert stage.files() == ["notion/docs/plan.md"]
    assert stage.problems() == {}


def test_a_page_with_content_that_markdown_cannot_carry_is_pulled(stage: Stage) -> None:
    page = stage.row("Plan", "One.")
    stage.person.add_unknown_block(page)
    stage.sync()
    path = "notion/docs/plan.md"
    assert "One." in stage.text(path)
    stage.person.edit_text(page, "One.", "Two.")
    stage.settle()
    assert "Two." in stage.text(path)
    assert stage.notion.tables.lost_blocks == []


def test_such_a_page_is_pushed_by_unique_parts_alone(stage: Stage) -> None:
    page = stage.row("Plan", "One.\n\nTwo.")
    stage.person.add_unknown_block(page)
    stage.settle()
    stage.edit("notion/docs/plan.md", "Two.", "Zwei.")
    stage.settle()
    assert "Zwei." in stage.body(page)
    assert [call.method for call in stage.notion.calls].count("replace_body") == 0
    assert stage.notion.tables.lost_blocks == []


def test_a_change_that_would_lose_such_content_is_blocked_until_it_is_taken_back(
    stage: Stage,
) -> None:
    page = stage.row("Plan", "One.\n\nTwo.")
    stage.person.add_unknown_block(page)
    stage.settle()
    path = "notion/docs/plan.md"
    whole = stage.text(path)
    stage.write(path, whole[: whole.index("<unknown")])
    stage.settle()
    assert "<unknown" in stage.body(page)
    assert stage.notion.tables.lost_blocks == []
    assert stage.problems()["blocked_lossy"].path == path
    stage.write(path, whole)
    stage.settle()
    assert stage.problems() == {}


BROKEN = [
    pytest.param("---\ntitle: [oops\n---\n\nOne.\n", id="broken YAML"),
    pytest.param("---\ntitle: One\ntitle: Two\n---\n", id="a key twice"),
    pytest.param("x" * (400 * 1024 + 1), id="too large"),
]


@pytest.mark.parametrize("text", BROKEN)
def test_an_unreadable_file_is_reported_and_its_page_left_alone(stage: Stage, text: str) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.write(path, text)
    stage.settle()
    assert (stage.body(page), stage.value(page, "Name")) == ("One.", "Plan")
    assert stage.problems()["invalid_file"].path == path


def test_a_mended_file_syncs_on_with_what_happened_meanwhile(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.\n\nTwo.")
    good = stage.text(path)
    stage.write(path, good.replace("title: Plan", "title: [oops"))
    stage.settle()
    stage.person.edit_text(page, "Two.", "Dos.")
    stage.settle()
    stage.write(path, good.replace("One.", "Uno."))
    stage.settle()
    assert stage.body(page) == "Uno.\n\nDos."
    assert stage.problems() == {}


def test_a_new_unreadable_file_makes_no_page_until_it_is_mended(stage: Stage) -> None:
    path = "notion/docs/plan.md"
    stage.write(path, "---\ntitle: [oops\n---\n")
    stage.settle()
    assert stage.pages() == {}
    assert stage.problems()["invalid_file"].path == path
    stage.write(path, "---\ntitle: Fine\n---\n")
    stage.settle()
    assert list(stage.pages()) == ["Fine"]
    assert stage.problems() == {}


def test_a_file_renamed_and_broken_at_once_does_not_trash_its_page(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    good = stage.text(path)
    new = "notion/docs/new.md"
    stage.git.commit("main", {path: None, new: good.replace("title:", "title: [").encode()})
    stage.settle()
    assert not stage.in_trash(page)
    assert "invalid_file" in stage.problems()
    stage.write(new, good)
    stage.settle()
    assert stage.links()[new].page_id == page
    assert list(stage.pages()) == ["Plan"]
    assert stage.problems() == {}


def test_a_page_that_git_removed_while_it_was_unshared_is_trashed_once_it_is_back(
    stage: Stage,
) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.unshare(page)
    stage.write(path, None)
    stage.settle()
    assert not stage.in_trash(page)
    stage.person.share(page)
    stage.sync(Hints(pages=(page,)))
    stage.settle()
    assert stage.in_trash(page)
    assert stage.problems() == {}


def test_a_data_source_in_the_trash_deletes_no_file(stage: Stage) -> None:
    paths = sorted(stage.linked(f"Plan {n}", "One.")[1] for n in range(2))
    stage.person.trash_source(stage.docs.id)
    stage.settle()
    assert stage.files() == paths


def test_a_new_file_that_names_one_that_goes_in_the_same_run_waits_with_its_relation(
    stage: Stage,
) -> None:
    column = Property(id="", name="Docs", kind="relation", target=stage.docs.id)
    stage.person.add_property(stage.tasks.id, column)
    doc, doc_path = stage.linked("Plan", "One.")
    stage.linked("Other", "Two.")
    stage.person.trash(doc)
    path = "notion/tasks/new.md"
    stage.write(path, f"---\nDocs: [{doc_path}]\n---\n\nDo.\n")
    stage.settle()
    assert stage.problems()["unresolved_relation"].path == path
    assert f"Docs: [{doc_path}]" in stage.text(path)
    stage.person.restore(doc)
    stage.settle()
    assert stage.value(stage.pages(stage.tasks)["new"], "Docs") == (doc,)
    assert stage.problems() == {}
