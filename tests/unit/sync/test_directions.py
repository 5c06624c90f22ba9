"""Collections that are synced one way only."""

import pytest

from tests.unit.sync.stage import Stage


@pytest.fixture
def from_git() -> Stage:
    return Stage(direction="to_notion")


@pytest.fixture
def from_notion() -> Stage:
    return Stage(direction="to_git")


def test_to_notion_makes_pages_of_files_and_writes_only_their_ids(from_git: Stage) -> None:
    from_git.write("notion/docs/plan.md", "One.\n")
    from_git.settle()
    page = from_git.pages()["plan"]
    assert from_git.text("notion/docs/plan.md") == f'---\nid: "{page}"\n---\n\nOne.\n'


def test_to_notion_makes_no_file_of_a_page(from_git: Stage) -> None:
    from_git.row("Plan", "One.")
    from_git.settle()
    assert from_git.files() == []
    assert "one_way" in from_git.problems()


def test_to_notion_carries_gits_edits_and_leaves_notions(from_git: Stage) -> None:
    from_git.write("notion/docs/plan.md", "One.\n\nTwo.\n")
    from_git.settle()
    page = from_git.pages()["plan"]
    from_git.edit("notion/docs/plan.md", "One.", "Uno.")
    from_git.settle()
    assert from_git.body(page) == "Uno.\n\nTwo."
    from_git.person.edit_text(page, "Two.", "Dos.")
    from_git.settle()
    assert from_git.text("notion/docs/plan.md").endswith("\nUno.\n\nTwo.\n")
    assert from_git.body(page) == "Uno.\n\nDos."
    assert "one_way" in from_git.problems()


def test_to_notion_removes_pages_with_their_files(from_git: Stage) -> None:
    from_git.write("notion/docs/plan.md", "One.\n")
    from_git.settle()
    page = from_git.pages()["plan"]
    from_git.write("notion/docs/plan.md", None)
    from_git.settle()
    assert from_git.in_trash(page)


def test_to_notion_brings_a_trashed_page_back(from_git: Stage) -> None:
    from_git.write("notion/docs/plan.md", "One.\n")
    from_git.settle()
    page = from_git.pages()["plan"]
    from_git.person.trash(page)
    from_git.settle()
    assert not from_git.in_trash(page)
    assert from_git.files() == ["notion/docs/plan.md"]


def test_to_git_makes_files_of_pages(from_notion: Stage) -> None:
    from_notion.row("Plan", "One.")
    from_notion.settle()
    assert from_notion.files() == ["notion/docs/plan.md"]


def test_to_git_makes_no_page_of_a_file(from_notion: Stage) -> None:
    from_notion.write("notion/docs/plan.md", "One.\n")
    from_notion.settle()
    assert from_notion.pages() == {}
    assert from_notion.problems()["one_way"].path == "notion/docs/plan.md"


def test_to_git_carries_notions_edits_and_leaves_gits(from_notion: Stage) -> None:
    page, path = from_notion.linked("Plan", "One.\n\nTwo.")
    from_notion.edit(path, "Two.", "Dos.")
    from_notion.settle()
    assert from_notion.body(page) == "One.\n\nTwo."
    assert "one_way" in from_notion.problems()
    from_notion.person.edit_text(page, "One.", "Uno.")
    from_notion.settle()
    assert from_notion.text(path).endswith("\nUno.\n\nDos.\n")
    assert from_notion.body(page) == "Uno.\n\nTwo."


def test_to_git_brings_a_removed_file_back(from_notion: Stage) -> None:
    page, path = from_notion.linked("Plan", "One.")
    from_notion.write(path, None)
    from_notion.settle()
    assert from_notion.text(path).endswith("\nOne.\n")
    assert not from_notion.in_trash(page)


def test_to_git_removes_files_with_their_pages(from_notion: Stage) -> None:
    page, _ = from_notion.linked("Plan", "One.")
    from_notion.person.trash(page)
    from_notion.settle()
    assert from_notion.files() == []


@pytest.mark.parametrize("direction", ["to_notion", "to_git"])
def test_a_refused_edit_that_is_taken_back_ends_its_problem(direction: str) -> None:
    stage = Stage(direction=direction)  # type: ignore[arg-type]
    stage.write("notion/docs/plan.md", "One.\n") if direction == "to_notion" else stage.row(
        "Plan", "One."
    )
    stage.settle()
    page, path = next(iter(stage.pages().values())), "notion/docs/plan.md"
    for old, new in (("One.", "Two."), ("Two.", "One.")):
        if direction == "to_notion":
            stage.person.edit_text(page, old, new)
        else:
            stage.edit(path, old, new)
        stage.settle()
        assert ("one_way" in stage.problems()) == (new == "Two.")
