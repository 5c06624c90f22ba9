"""Which page and which file belong together: renames, copies, ids taken out, swaps, moves."""

import pytest

from shared.ports.repository import Blob
from shared.sync.match import folder_of, is_synced
from tests.unit.sync.stage import Stage

NEW = "notion/docs/renamed.md"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_renamed_file_keeps_its_page(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.git.rename("main", path, NEW)
    stage.sync()
    assert stage.files() == [NEW]
    assert stage.links()[NEW].page_id == page
    assert list(stage.pages()) == ["Plan"]


def test_a_renamed_and_edited_file_takes_its_edit_to_its_page(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    text = stage.text(path)
    stage.git.commit("main", {path: None, NEW: text.replace("One.", "Two.").encode()})
    stage.sync()
    assert stage.body(page) == "Two."
    assert list(stage.pages()) == ["Plan"]


def test_a_file_renamed_without_its_id_is_known_by_its_content(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    lines = [line for line in stage.text(path).splitlines(True) if not line.startswith("id:")]
    stage.git.commit("main", {path: None, NEW: "".join(lines).encode()})
    stage.sync()
    assert not stage.in_trash(page)
    assert f'id: "{page}"' in stage.text(NEW)


def test_other_content_without_id_at_another_path_is_another_page(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.git.commit("main", {path: None, NEW: b"---\ntitle: Other\n---\n\nOther.\n"})
    stage.sync()
    assert stage.in_trash(page)
    assert list(stage.pages()) == ["Other"]


def test_a_copy_with_the_same_id_becomes_a_page_of_its_own(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.write(NEW, stage.text(path))
    stage.sync()
    stage.settle()
    links = stage.links()
    assert links[path].page_id == page
    assert links[NEW].page_id not in (page, None)
    assert f'id: "{links[NEW].page_id}"' in stage.text(NEW)
    assert stage.body(links[NEW].page_id or "") == "One."


def test_an_id_that_was_taken_out_is_put_back(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, f'id: "{page}"\n', "")
    stage.sync()
    assert f'id: "{page}"\n' in stage.text(path)
    assert list(stage.pages()) == ["Plan"]


def test_an_id_that_was_spoiled_is_put_right(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, f'id: "{page}"', "id: hello")
    stage.sync()
    assert f'id: "{page}"\n' in stage.text(path)


def test_an_id_without_dashes_is_the_same_id(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, page, page.replace("-", "").upper())
    stage.git.rename("main", path, NEW)
    stage.sync()
    assert stage.links()[NEW].page_id == page


@pytest.mark.parametrize("kind", ["of a page elsewhere", "of no page"])
def test_a_foreign_id_makes_a_new_page(stage: Stage, kind: str) -> None:
    foreign = stage.notion.add_page("Elsewhere")
    if kind == "of no page":
        foreign = "ffffffff-0000-4000-8000-ffffffffffff"
    stage.write(NEW, f'---\nid: "{foreign}"\ntitle: Mine\n---\n\nOne.\n')
    stage.sync()
    stage.settle()
    page = stage.pages()["Mine"]
    assert f'id: "{page}"' in stage.text(NEW)
    assert page != foreign


def test_an_unlinked_page_of_ours_is_adopted_by_the_file_that_names_it(stage: Stage) -> None:
    page = stage.row("Plan", "One.")
    stage.write(NEW, f'---\nid: "{page}"\ntitle: Plan\n---\n\nOne.\n')
    stage.sync()
    assert list(stage.links()) == [NEW]
    assert stage.links()[NEW].page_id == page


def test_two_files_that_swapped_their_names_keep_their_pages(stage: Stage) -> None:
    one, first = stage.linked("One", "Text one.")
    two, second = stage.linked("Two", "Text two.")
    texts = stage.text(first), stage.text(second)
    stage.git.commit("main", {first: texts[1].encode(), second: texts[0].encode()})
    stage.sync()
    links = stage.links()
    assert (links[first].page_id, links[second].page_id) == (two, one)
    assert (stage.body(one), stage.body(two)) == ("Text one.", "Text two.")


def test_a_file_renamed_over_another_takes_its_place(stage: Stage) -> None:
    one, first = stage.linked("One", "Text one.")
    two, second = stage.linked("Two", "Text two.")
    stage.git.commit("main", {first: stage.text(second).encode(), second: None})
    stage.sync()
    stage.settle()
    assert stage.in_trash(one)
    assert stage.pages() == {"Two": two}
    assert stage.files() == [first]
    assert stage.body(two) == "Text two."


def test_three_files_that_passed_their_names_on_keep_their_pages(stage: Stage) -> None:
    linked = [stage.linked(name, f"Text {name}.") for name in ("a", "b", "c")]
    texts = [stage.text(path).encode() for _, path in linked]
    paths = [path for _, path in linked]
    stage.git.commit("main", dict(zip(paths, texts[1:] + texts[:1], strict=True)))
    stage.sync()
    links = stage.links()
    assert [links[path].page_id for path in paths] == [linked[n][0] for n in (1, 2, 0)]


def test_a_file_moved_to_another_folder_moves_its_page(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    stage.git.rename("main", path, "notion/tasks/plan.md")
    stage.sync()
    stage.settle()
    assert stage.pages(stage.tasks) == {"Plan": page}
    assert stage.files() == ["notion/tasks/plan.md"]
    assert stage.value(page, "Status") == "Doing"
    assert stage.links()["notion/tasks/plan.md"].collection == "tasks"
    assert stage.state().links == {"docs": 0, "tasks": 1}


def test_a_row_moved_to_another_data_source_moves_its_file(stage: Stage) -> None:
    page, _path = stage.linked("Plan", "One.", Status="Doing")
    stage.person.move(page, stage.tasks.id)
    stage.sync()
    stage.settle()
    assert stage.files() == ["notion/tasks/plan.md"]
    assert "Status: Doing" in stage.text("notion/tasks/plan.md")
    assert stage.links()["notion/tasks/plan.md"].page_id == page


def test_a_property_without_counterpart_is_reported_and_stays_in_the_file(stage: Stage) -> None:
    stage.notion.as_person().rename_property(stage.tasks.id, "Points", "Estimate")
    page, _path = stage.linked("Plan", "One.", Points=5)
    stage.person.move(page, stage.tasks.id)
    stage.sync()
    assert "Points: 5" in stage.text("notion/tasks/plan.md")
    assert "Points" in stage.problems()["schema_changed"].detail


def test_a_new_file_whose_slug_is_taken_in_the_other_folder_gets_the_pages_id(
    stage: Stage,
) -> None:
    stage.linked("Plan", "One.", stage.tasks)
    page, _ = stage.linked("Plan", "Two.")
    stage.person.move(page, stage.tasks.id)
    stage.sync()
    assert f"notion/tasks/plan-{page[:8]}.md" in stage.files()


def test_two_pages_of_one_title_get_two_paths(stage: Stage) -> None:
    stage.row("Plan", "One.")
    page = stage.row("PLAN", "Two.")
    stage.sync()
    assert sorted(stage.files()) == [f"notion/docs/plan-{page[:8]}.md", "notion/docs/plan.md"]


def test_a_title_without_letters_makes_an_untitled_file(stage: Stage) -> None:
    stage.row("", "One.")
    stage.sync()
    assert stage.files() == ["notion/docs/untitled.md"]


def test_a_changed_title_changes_the_file_and_not_its_path(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.set_value(page, "Name", "Another plan")
    stage.sync()
    assert "title: Another plan\n" in stage.text(path)
    assert stage.files() == [path]


@pytest.mark.parametrize(
    ("path", "mode", "synced"),
    [
        ("notion/docs/a.md", 0o100644, True),
        ("notion/docs/deep/A.MD", 0o100755, True),
        ("notion/docs/a.txt", 0o100644, False),
        ("notion/docs.md", 0o100644, False),
        ("notion/docs/link.md", 0o120000, False),
        ("README.md", 0o100644, False),
    ],
)
def test_only_plain_markdown_files_in_a_synced_folder_count(
    stage: Stage, path: str, mode: int, synced: bool
) -> None:
    blob = Blob(id="0" * 40, mode=mode)
    assert is_synced(stage.workspace.collections, path, blob) is synced


def test_a_file_in_a_nested_folder_keeps_its_place(stage: Stage) -> None:
    stage.write("notion/docs/deep/er/plan.md", "One.\n")
    stage.sync()
    stage.settle()
    assert stage.files() == ["notion/docs/deep/er/plan.md"]
    assert list(stage.pages()) == ["plan"]
    found = folder_of(stage.workspace.collections, "notion/docs/deep/er/plan.md")
    assert found is not None
    assert found.name == "docs"
