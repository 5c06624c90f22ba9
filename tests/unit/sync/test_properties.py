"""Properties and front matter: keys, kinds, options, relations, and what is only a person's."""

import pytest

from shared.errors import UpstreamUnavailable
from shared.ports.notion import Property
from tests.unit.sync.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def relate(stage: Stage, name: str = "Docs", synced: str | None = None) -> None:
    """Give the tasks a relation to the docs."""
    column = Property(id="", name=name, kind="relation", target=stage.docs.id, synced=synced)
    stage.person.add_property(stage.tasks.id, column)


def test_a_property_renamed_in_notion_changes_no_file(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    before = stage.text(path)
    stage.person.rename_property(stage.docs.id, "Status", "State")
    stage.person.set_value(page, "State", "Done")
    stage.sync()
    assert stage.text(path) == before.replace("Status: Doing", "Status: Done")
    stage.edit(path, "Status: Done", "Status: To do")
    stage.sync()
    assert stage.value(page, "State") == "To do"
    assert stage.problems() == {}


def test_a_property_of_another_type_is_held_and_the_rest_syncs(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=3)
    stage.person.change_kind(stage.docs.id, "Points", "rich_text")
    stage.person.edit_text(page, "One", "Two")
    stage.sync()
    assert "Points: 3\n" in stage.text(path)
    assert stage.text(path).endswith("\nTwo.\n")
    problem = stage.problems()["schema_changed"]
    assert problem.path == path
    assert "Points" in problem.detail


def test_a_held_property_begins_anew_when_its_key_is_taken_out(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=3)
    stage.person.change_kind(stage.docs.id, "Points", "rich_text")
    stage.person.set_value(page, "Points", "many")
    stage.sync()
    stage.edit(path, "Points: 3\n", "")
    stage.settle()
    assert "Points: many\n" in stage.text(path)
    assert stage.problems() == {}


def test_a_held_property_goes_on_when_its_type_is_changed_back(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=3)
    stage.person.change_kind(stage.docs.id, "Points", "rich_text")
    stage.person.edit_text(page, "One", "Two")
    stage.settle()
    stage.person.change_kind(stage.docs.id, "Points", "number")
    stage.person.set_value(page, "Points", 4)
    stage.settle()
    assert "Points: 4\n" in stage.text(path)
    assert stage.problems() == {}


def test_a_removed_property_is_held_until_its_key_is_taken_out(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=3)
    stage.person.remove_property(stage.docs.id, "Points")
    stage.person.edit_text(page, "One", "Two")
    stage.settle()
    assert "Points: 3\n" in stage.text(path)
    assert "Points" in stage.problems()["schema_changed"].detail
    stage.edit(path, "Points: 3\n", "")
    stage.settle()
    assert stage.problems() == {}


def test_a_new_property_appears_in_the_file_once_it_is_set(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.add_property(stage.docs.id, Property(id="", name="Owner", kind="rich_text"))
    stage.settle()
    assert "Owner" not in stage.text(path)
    stage.person.set_value(page, "Owner", "Ada")
    stage.sync()
    assert "Owner: Ada\n" in stage.text(path)


@pytest.mark.parametrize("name", ["id", "title"])
def test_a_property_named_like_a_key_of_ours_gets_another_key(stage: Stage, name: str) -> None:
    stage.person.add_property(stage.docs.id, Property(id="", name=name, kind="rich_text"))
    page = stage.person.create_row(stage.docs.id, {"Name": "Plan", name: "mine"})
    stage.sync()
    path = "notion/docs/plan.md"
    assert f"{name} (property): mine\n" in stage.text(path)
    stage.edit(path, ": mine", ": yours")
    stage.sync()
    assert stage.value(page, name) == "yours"


@pytest.mark.parametrize("kind", ["formula", "created_time", "rollup", "files"])
def test_properties_that_cannot_be_written_are_left_out(stage: Stage, kind: str) -> None:
    stage.person.add_property(stage.docs.id, Property(id="", name="Odd", kind=kind))
    _, path = stage.linked("Plan", "One.")
    assert "Odd" not in stage.text(path)
    assert "Nexus" not in stage.text(path)


def test_a_unique_id_is_written_and_never_read_back(stage: Stage) -> None:
    column = Property(id="", name="Number", kind="unique_id", options=("DOC",))
    stage.person.add_property(stage.docs.id, column)
    page, path = stage.linked("Plan", "One.")
    assert "Number: DOC-1\n" in stage.text(path)
    stage.edit(path, "DOC-1", "DOC-7")
    stage.settle()
    assert "Number: DOC-1\n" in stage.text(path)
    assert stage.value(page, "Number") == "DOC-1"


def test_an_unknown_option_is_refused_and_the_rest_syncs(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing", Tags=("red",))
    stage.edit(path, "Status: Doing", "Status: Later")
    stage.edit(path, "One.", "Two.")
    stage.settle()
    assert (stage.value(page, "Status"), stage.body(page)) == ("Doing", "Two.")
    assert "Status: Later\n" in stage.text(path)
    assert "To do, Doing, Done" in stage.problems()["unknown_option"].detail
    stage.edit(path, "Status: Later", "Status: Done")
    stage.settle()
    assert stage.value(page, "Status") == "Done"
    assert stage.problems() == {}


def test_an_unknown_option_that_is_added_in_notion_goes_through(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    other = stage.row("Other")
    stage.edit(path, "Status: Doing", "Status: Later")
    stage.settle()
    stage.person.set_value(other, "Status", "Later")  # which makes the option
    stage.edit(path, "One.", "Two.")
    stage.settle()
    assert stage.value(page, "Status") == "Later"
    assert stage.problems() == {}


def test_an_unknown_option_is_made_where_that_is_wanted() -> None:
    stage = Stage(create_options=True)
    page, path = stage.linked("Plan", "One.", Tags=("red",))
    stage.edit(path, "- red", "- green")
    stage.sync()
    assert stage.value(page, "Tags") == ("green",)
    assert stage.problems() == {}


def test_a_new_file_with_an_unknown_option_gets_its_page_without_it(stage: Stage) -> None:
    stage.write("notion/docs/plan.md", "---\nStatus: Later\nPoints: 2\n---\n\nOne.\n")
    stage.settle()
    page = stage.pages()["plan"]
    assert (stage.value(page, "Status"), stage.value(page, "Points")) == (None, 2)
    assert "unknown_option" in stage.problems()
    assert "Status: Later\n" in stage.text("notion/docs/plan.md")


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("Points: 3", "Points: three", "needs a number"),
        ("Points: 3", "Points: true", "needs a number"),
        ("Done: false", "Done: maybe", "needs true or false"),
        ("Status: Doing", "Status: [Doing, Done]", "needs one value"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_it_needs(
    stage: Stage, old: str, new: str, wanted: str
) -> None:
    page, path = stage.linked("Plan", "One.", Points=3, Status="Doing")
    stage.edit(path, old, new)
    stage.settle()
    assert wanted in stage.problems()["invalid_value"].detail
    assert (stage.value(page, "Points"), stage.value(page, "Status")) == (3, "Doing")
    stage.edit(path, new, old)
    stage.settle()
    assert stage.problems() == {}


def test_a_refused_value_and_an_edit_in_notion_keep_both_sides(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Points=3)
    stage.edit(path, "Points: 3", "Points: three")
    stage.settle()
    stage.person.set_value(page, "Points", 4)
    stage.settle()
    assert (stage.value(page, "Points"), "Points: three\n" in stage.text(path)) == (4, True)
    stage.edit(path, "Points: three", "Points: 4")
    stage.settle()
    assert stage.problems() == {}
    assert stage.conflicts() == []


def test_keys_that_a_person_added_stay(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, "title: Plan", "author: me\ntags:\n  - x # mine\ntitle: Plan")
    stage.person.set_value(page, "Status", "Done")
    stage.settle()
    assert "author: me\ntags:\n  - x # mine\n" in stage.text(path)
    assert "Status: Done\n" in stage.text(path)


@pytest.mark.parametrize("left", ["", "title:\n", 'title: ""\n'])
def test_a_title_that_was_taken_out_is_put_back(stage: Stage, left: str) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, "title: Plan\n", left)
    stage.settle()
    assert "title: Plan\n" in stage.text(path)
    assert stage.value(page, "Name") == "Plan"


def test_a_value_that_is_emptied_in_notion_is_emptied_in_the_file(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing", Tags=("red",))
    stage.person.set_value(page, "Status", None)
    stage.person.set_value(page, "Tags", ())
    stage.settle()
    assert "Doing" not in stage.text(path)
    assert "red" not in stage.text(path)
    assert stage.kinds() == []


@pytest.mark.parametrize("new", ["", "Status:\n", "Status: null\n"])
def test_a_value_that_is_emptied_in_git_is_emptied_in_notion(stage: Stage, new: str) -> None:
    page, path = stage.linked("Plan", "One.", Status="Doing")
    stage.edit(path, "Status: Doing\n", new)
    stage.settle()
    assert stage.value(page, "Status") is None
    assert stage.kinds() == []


def test_a_relation_is_a_list_of_paths(stage: Stage) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    _, path = stage.linked("Task", "Do.", stage.tasks, Docs=(doc,))
    assert f"Docs:\n  - {doc_path}\n" in stage.text(path)


def test_a_path_in_a_file_becomes_a_relation(stage: Stage) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    page, path = stage.linked("Task", "Do.", stage.tasks)
    stage.edit(path, "title: Task", f"title: Task\nDocs:\n  - /{doc_path}")
    stage.sync()
    assert stage.value(page, "Docs") == (doc,)


def test_a_relation_to_a_file_made_in_the_same_commit_is_set_in_a_second_pass(
    stage: Stage,
) -> None:
    relate(stage)
    stage.git.commit(
        "main",
        {
            "notion/docs/plan.md": b"One.\n",
            "notion/tasks/task.md": b"---\nDocs: [notion/docs/plan.md]\n---\n\nDo.\n",
        },
    )
    stage.settle()
    task = stage.pages(stage.tasks)["task"]
    assert stage.value(task, "Docs") == (stage.pages()["plan"],)
    assert stage.problems() == {}


def test_a_relation_to_a_file_that_does_not_exist_waits_and_is_reported(stage: Stage) -> None:
    relate(stage)
    page, path = stage.linked("Task", "Do.", stage.tasks)
    stage.edit(path, "title: Task", "title: Task\nDocs:\n  - notion/docs/plan.md")
    stage.settle()
    assert stage.problems()["unresolved_relation"].path == path
    assert stage.value(page, "Docs") == ()
    stage.write("notion/docs/plan.md", "One.\n")
    stage.settle()
    assert stage.value(page, "Docs") == (stage.pages()["plan"],)
    assert stage.problems() == {}


def test_a_relation_taken_out_of_a_file_is_taken_out_in_notion(stage: Stage) -> None:
    relate(stage)
    docs = [stage.linked(f"Doc {n}") for n in range(2)]
    page, path = stage.linked("Task", "", stage.tasks, Docs=tuple(doc for doc, _ in docs))
    stage.edit(path, f"  - {docs[0][1]}\n", "")
    stage.sync()
    assert stage.value(page, "Docs") == (docs[1][0],)


def test_more_than_25_relations_are_read_whole(stage: Stage) -> None:
    relate(stage)
    stage.sync()  # the first contact is over
    docs = [stage.row(f"Doc {n:02}") for n in range(28)]
    _, path = stage.linked("Task", "Do.", stage.tasks, Docs=tuple(docs))
    assert stage.text(path).count("  - notion/docs/doc-") == 28
    assert stage.conflicts() == []


def test_one_side_of_a_two_way_relation_is_carried(stage: Stage) -> None:
    relate(stage, synced="")
    doc, doc_path = stage.linked("Plan", "One.")
    _, path = stage.linked("Task", "Do.", stage.tasks, Docs=(doc,))
    assert f"  - {doc_path}\n" in stage.text(path)
    assert "notion/tasks" not in stage.text(doc_path)


def test_one_side_of_a_relation_within_a_data_source_is_carried(stage: Stage) -> None:
    column = Property(id="", name="Next", kind="relation", target=stage.docs.id, synced="")
    stage.person.add_property(stage.docs.id, column)
    first, first_path = stage.linked("First")
    _, path = stage.linked("Second", Next=(first,))
    texts = stage.text(first_path), stage.text(path)
    assert sum("notion/docs" in text for text in texts) == 1


def tasks_on(stage: Stage, doc: str, count: int) -> list[str]:
    """Paths of tasks that relate to a page."""
    return [stage.linked(f"Task {n}", "Do.", stage.tasks, Docs=(doc,))[1] for n in range(count)]


def commits(stage: Stage) -> int:
    return len(stage.git.commits("main", None, 500))


def test_a_renamed_file_is_renamed_in_the_files_that_relate_to_it_by_the_same_commit(
    stage: Stage,
) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    paths = tasks_on(stage, doc, 3)
    stage.git.rename("main", doc_path, "notion/docs/deep/new.md")
    before = commits(stage)
    stage.sync()
    assert all("Docs:\n  - notion/docs/deep/new.md\n" in stage.text(path) for path in paths)
    stage.settle()
    assert commits(stage) == before + 1
    assert stage.kinds() == []


def test_a_row_moved_in_notion_is_renamed_in_the_files_that_relate_to_it_by_the_same_commit(
    stage: Stage,
) -> None:
    stage.person.add_property(stage.tasks.id, Property(id="", name="Any", kind="relation"))
    doc, _ = stage.linked("Plan", "One.")
    _, path = stage.linked("Task", "Do.", stage.tasks, Any=(doc,))
    stage.person.move(doc, stage.tasks.id)
    before = commits(stage)
    stage.sync()
    assert "Any:\n  - notion/tasks/plan.md\n" in stage.text(path)
    assert commits(stage) == before + 1


def test_a_relation_made_by_the_path_before_a_rename_gets_the_new_one(stage: Stage) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    task, path = stage.linked("Task", "Do.", stage.tasks)
    stage.edit(path, "title: Task", f'title: Task\nDocs: ["{doc_path}"]')
    stage.git.rename("main", doc_path, "notion/docs/new.md")
    stage.sync()
    assert "notion/docs/new.md" in stage.text(path)
    assert doc_path not in stage.text(path)
    assert stage.value(task, "Docs") == (doc,)


@pytest.mark.parametrize("side", ["notion", "git"])
def test_a_relation_to_a_page_that_left_its_data_source_is_reported(
    stage: Stage, side: str
) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    task, path = stage.linked("Task", "Do.", stage.tasks)
    stage.edit(path, "title: Task", f'title: Task\nDocs: ["{doc_path}"]')
    if side == "notion":
        stage.person.move(doc, stage.tasks.id)
    else:
        stage.git.rename("main", doc_path, "notion/tasks/what-was-the-plan.md")
    with stage.counted() as made:
        stage.settle()
    assert made["update_row"] == 0
    assert stage.problems()["unresolved_relation"].path == path
    assert stage.value(task, "Docs") in (None, ())


def test_a_rename_that_crashed_after_its_commit_is_whole_all_the_same(stage: Stage) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    (path,) = tasks_on(stage, doc, 1)
    stage.git.rename("main", doc_path, "notion/docs/new.md")
    stage.git.lose_answers(1, UpstreamUnavailable("lost", service="git"))
    stage.settle()
    assert "  - notion/docs/new.md\n" in stage.text(path)
    assert stage.kinds() == []


def test_the_rename_of_a_file_that_many_relate_to_is_no_mass_rewrite(stage: Stage) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    paths = [stage.row(f"Task {n}", "Do.", stage.tasks, Docs=(doc,)) for n in range(12)]
    stage.settle()
    stage.git.rename("main", doc_path, "notion/docs/new.md")
    stage.sync()
    assert stage.state().hold is None
    assert "notion/docs/new.md" in stage.text("notion/tasks/task-0.md")
    assert len(paths) == 12


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pass look into five pages at most."""
    monkeypatch.setattr("shared.sync.glance.BATCH", 5)
    monkeypatch.setattr("shared.sync.engine.BATCH", 5)


@pytest.mark.usefixtures("few_at_once")
def test_more_related_files_than_a_pass_can_look_into_are_rewritten_in_the_next(
    stage: Stage,
) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    for number in range(12):
        stage.row(f"Task {number}", "Do.", stage.tasks, Docs=(doc,))
    stage.settle()
    stage.git.rename("main", doc_path, "notion/docs/new.md")
    stage.settle()
    tasks = [path for path in stage.files() if path.startswith("notion/tasks/")]
    assert len(tasks) == 12
    assert all("Docs:\n  - notion/docs/new.md\n" in stage.text(path) for path in tasks)
    assert stage.state().retry == ()


@pytest.mark.usefixtures("few_at_once")
def test_pages_that_meet_bit_by_bit_relate_by_paths_in_the_end(stage: Stage) -> None:
    relate(stage)
    docs = [stage.row(f"Doc {number}", "Text.") for number in range(8)]
    tasks = [
        stage.row(f"Task {number}", "Do.", stage.tasks, Docs=(docs[number], docs[7 - number]))
        for number in range(8)
    ]
    stage.settle(12)
    files = [stage.text(path) for path in stage.files() if path.startswith("notion/tasks/")]
    assert len(files) == len(tasks)
    assert all(text.count("  - notion/docs/doc-") == 2 for text in files)


def test_a_relation_added_under_the_former_path_is_understood(stage: Stage) -> None:
    relate(stage)
    doc, doc_path = stage.linked("Plan", "One.")
    page, path = stage.linked("Task", "Do.", stage.tasks)
    stage.git.rename("main", doc_path, "notion/docs/new.md")
    stage.edit(path, "title: Task", f"title: Task\nDocs:\n  - {doc_path}")
    stage.settle()
    assert stage.value(page, "Docs") == (doc,)
    assert "  - notion/docs/new.md\n" in stage.text(path)
    assert stage.problems() == {}


def test_files_without_relations_make_a_rename_no_dearer(stage: Stage) -> None:
    _, path = stage.linked("Plan", "One.")
    stage.git.rename("main", path, "notion/docs/new.md")
    with stage.counted() as made:
        stage.sync()
    assert made["data_source"] == 2
    assert made["body"] == 1


def test_people_are_names_with_ids(stage: Stage) -> None:
    stage.person.add_property(stage.docs.id, Property(id="", name="Who", kind="people"))
    ada, bob = stage.person.id, stage.notion.as_person("Bob").id
    page, path = stage.linked("Plan", "One.", Who=(f"Ada <{ada}>",))
    assert f"  - Ada <{ada}>\n" in stage.text(path)
    stage.edit(path, f"Ada <{ada}>", f"Whoever <{bob}>")
    stage.settle()
    assert stage.value(page, "Who") == (f"Bob <{bob}>",)
    stage.edit(path, stage.text(path).split("Who:\n  - ")[1].split("\n")[0], "Bob")
    stage.settle()
    assert "people as" in stage.problems()["invalid_value"].detail


def test_a_date_is_written_as_notion_tells_it(stage: Stage) -> None:
    stage.person.add_property(stage.docs.id, Property(id="", name="Due", kind="date"))
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, "title: Plan", "title: Plan\nDue: 2026-11-22")
    stage.settle()
    assert stage.value(page, "Due") == "2026-11-22"
    stage.edit(path, "2026-11-22", "2026-11-22T10:00+01:00")
    stage.settle()
    assert stage.value(page, "Due") == "2026-11-22T10:00:00.000+01:00"
    assert stage.kinds() == []
    due = next(line for line in stage.text(path).splitlines() if line.startswith("Due"))
    stage.edit(path, due, "Due: tomorrow")
    stage.settle()
    assert "needs a date" in stage.problems()["invalid_value"].detail
