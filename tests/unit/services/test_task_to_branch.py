"""A task becomes a branch: once, on top of what people did, linked back, whatever dies when."""

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dev.fakes.model import FakeReply
from shared.errors import StaleWrite, UpstreamUnavailable
from shared.http.edge import create_app
from shared.http.notion_tasks import TASK_ROUTES, TaskViews
from shared.http.operations import LongWork
from shared.ports.notion import Property
from shared.ports.repository import BranchProtected
from shared.ports.state import Patch, Put
from shared.services.operations import Operation, OperationState
from shared.services.setup_order import CollectionOrder
from shared.services.task_requests import page_id_in, request_task_branch, start_task_branch
from shared.services.task_status import in_progress_after, means_in_progress
from shared.services.voice_journal import usage_path
from shared.settings import Settings
from tests.support.mortal import Died, Mortal
from tests.support.notion_house import MALLORY, NotionHouse
from tests.support.task_house import BODY, PLAN, TaskHouse

BRANCH = "task/TASK-1-export-a-book-as-csv"


@pytest.fixture
def tasks() -> TaskHouse:
    return TaskHouse()


def done(operation: Operation) -> dict[str, Any]:
    """The result of what ended well."""
    assert operation.state is OperationState.DONE, operation.problem
    return dict(operation.result or {})


def failed(operation: Operation) -> dict[str, Any]:
    """The problem of what failed."""
    assert operation.state is OperationState.FAILED, operation.result
    return dict(operation.problem or {})


def test_a_task_gets_a_branch_with_its_plan_and_its_page_shows_it(tasks: TaskHouse) -> None:
    page = tasks.write(Status="To do")
    main = tasks.heads()["main"]
    result = done(tasks.make(page))
    assert result == {
        "task_id": "TASK-1",
        "title": "Export a book as CSV",
        "branch": BRANCH,
        "base": "main",
        "commit": tasks.heads()[BRANCH],
        "plan_path": "plans/TASK-1.md",
        "compare_url": f"https://git.example/nexus/demo/compare/main...{BRANCH}",
        "page_url": tasks.house.notion.row(page).url,
        "created": True,
    }
    (commit,) = tasks.house.repository.commits(BRANCH, tasks.record(page).read, 9)
    assert commit.paths == ("plans/TASK-1.md",)
    assert commit.message.splitlines()[0] == "Plan TASK-1: Export a book as CSV"
    assert f"Notion-Task: {result['page_url']}\nPlan-Id: {tasks.record(page).key}" in commit.message
    plan = tasks.house.repository.contents(BRANCH)["plans/TASK-1.md"].decode()
    assert "> - one line per entry" in plan
    assert "1. `src/export.py` (new) `export_csv` (new) (medium)" in plan
    assert "blob/" + tasks.record(page).read in plan
    shown = tasks.page(page)
    assert shown["Branch"] == f"https://git.example/nexus/demo/tree/{BRANCH}"
    assert shown["Status"] == "In progress"
    assert shown["body"].startswith(f"{BODY}\n## Plan\n\nBranch [{BRANCH}](")
    assert "- [ ] `src/book.py` `Book.add`: Keep the day as a date" in shown["body"]
    assert tasks.heads()["main"] != main  # the page's file, and nothing but pages
    changed = tasks.house.repository.commits("main", main, 9)
    assert all(path.startswith("notion/") for each in changed for path in each.paths)


def test_the_model_sees_the_task_and_the_code_but_no_secret(tasks: TaskHouse) -> None:
    done(tasks.make(tasks.write()))
    (request,) = tasks.models[0].requests
    text = request.messages[0].text
    assert "People want a spreadsheet." in text
    assert "    2     def add(self, day):" in text
    assert "KEY=1" not in text
    assert "notion/tasks" not in text


def test_the_same_task_again_is_a_no_op(tasks: TaskHouse) -> None:
    page = tasks.write(Status="To do")
    first = done(tasks.make(page))
    before, pushes = tasks.heads(), len(tasks.house.repository.calls)
    again = done(tasks.make(page))
    assert again == {**first, "created": False}
    assert tasks.heads() == before
    assert tasks.asked == 1
    asked = [call.method for call in tasks.house.repository.calls[pushes:]]
    assert "push" not in asked


def test_status_people_dates_and_ticked_boxes_do_not_change_the_task(tasks: TaskHouse) -> None:
    source = tasks.workspace.collection("tasks").data_source_id
    tasks.ada.add_property(source, Property(id="", name="Due", kind="date"))
    tasks.ada.add_property(source, Property(id="", name="Who", kind="people"))
    page = tasks.write()
    first = done(tasks.make(page))
    tasks.ada.set_value(page, "Status", "Done")
    tasks.ada.set_value(page, "Due", "2026-12-01")
    tasks.ada.set_value(page, "Who", (f"Ada <{tasks.ada.id}>",))
    tasks.ada.edit_text(page, "- [ ] `src/export.py`", "- [x] `src/export.py`")
    tasks.house.clock.advance(120)
    again = done(tasks.make(page))
    assert again == {**first, "created": False}
    shown = tasks.page(page)
    assert (shown["Status"], "- [x] `src/export.py`" in shown["body"]) == ("Done", True)
    assert tasks.asked == 1


def test_a_changed_task_gets_a_new_plan_on_top_of_what_people_did(tasks: TaskHouse) -> None:
    page = tasks.write()
    first = done(tasks.make(page))
    human = tasks.house.repository.commit(BRANCH, {"src/export.py": b"def export_csv(): ...\n"})
    tasks.ada.edit_text(page, "- [ ] `src/book.py`", "- [x] `src/book.py`")
    tasks.ada.edit_text(page, "one line per entry", "one line per entry, oldest first")
    tasks.ada.set_value(page, "Name", "Write CSV")
    tasks.house.clock.advance(120)
    tasks.replies = [
        PLAN.replace("Write one line", "Sort, and write one line").replace(" (new)", "")
    ]
    second = done(tasks.make(page))
    assert (second["branch"], second["created"]) == (BRANCH, True)
    assert second["commit"] == tasks.heads()[BRANCH] != first["commit"]
    (commit,) = tasks.house.repository.commits(BRANCH, human, 9)
    assert commit.parents == (human,)
    assert len(tasks.plans(BRANCH)) == 2
    plan = tasks.house.repository.contents(BRANCH)["plans/TASK-1.md"].decode()
    assert "oldest first" in plan
    assert "Sort, and write" in plan
    body = tasks.page(page)["body"]
    assert body.count("## Plan") == 1
    assert "Sort, and write" in body
    assert "- [x] `src/book.py`" in body


def test_a_plan_edited_by_hand_is_merged_and_a_clash_keeps_the_hand(tasks: TaskHouse) -> None:
    page = tasks.write()
    done(tasks.make(page))
    path = "plans/TASK-1.md"
    plan = tasks.house.repository.contents(BRANCH)[path].decode()
    edited = plan.replace("A new writer beside the book.", "Ours: a command.").replace(
        "## Tests", "A note of Ada.\n\n## Tests"
    )
    tasks.house.repository.commit(BRANCH, {path: edited.encode()})
    tasks.ada.edit_text(page, "one line per entry", "two lines per entry")
    tasks.house.clock.advance(120)
    new = PLAN.replace("A new writer beside the book.", "A module of two lines.")
    tasks.replies = [new.replace("Write one line", "Write two lines")]
    done(tasks.make(page))
    text = tasks.house.repository.contents(BRANCH)[path].decode()
    assert "Ours: a command." in text
    assert "A note of Ada." in text
    assert "Write two lines" in text
    assert "<<<<" not in text
    assert tasks.record(page).edited
    assert "edited by hand" in tasks.page(page)["body"]


def test_a_section_that_a_person_took_out_stays_out(tasks: TaskHouse) -> None:
    page = tasks.write()
    done(tasks.make(page))
    tasks.ada.set_body(page, BODY)
    tasks.house.clock.advance(120)
    assert done(tasks.make(page))["created"] is False
    tasks.ada.set_body(page, BODY + "- and a header\n")
    tasks.house.clock.advance(120)
    assert done(tasks.make(page))["created"] is True
    assert "## Plan" not in tasks.page(page)["body"]


def test_a_branch_that_was_deleted_comes_back_with_the_same_commit(tasks: TaskHouse) -> None:
    page = tasks.write()
    first = done(tasks.make(page))
    tasks.house.repository.delete_branch(BRANCH)
    again = done(tasks.make(page))
    assert again == {**first, "created": False}
    assert tasks.heads()[BRANCH] == first["commit"]
    assert tasks.asked == 1


def test_a_branch_of_the_task_is_found_whatever_its_words_are(tasks: TaskHouse) -> None:
    page = tasks.write()
    tasks.house.repository.force("task/TASK-1-old-words", tasks.heads()["main"])
    tip = tasks.house.repository.commit("task/TASK-1-old-words", {"src/more.py": b"y = 2\n"})
    result = done(tasks.make(page))
    assert result["branch"] == "task/TASK-1-old-words"
    assert tasks.house.repository.commits(result["branch"], tip, 9)[0].parents == (tip,)
    assert BRANCH not in tasks.heads()


@pytest.mark.parametrize(
    ("title", "branch"),
    [
        ("書き出し 🚀", "task/TASK-1"),
        (
            "Über-lange Überschrift mit sehr vielen Wörtern",
            "task/TASK-1-uber-lange-uberschrift-mit-sehr",
        ),
        ("../../etc; rm -rf", "task/TASK-1-etc-rm-rf"),
    ],
)
def test_any_title_gives_a_good_name(tasks: TaskHouse, title: str, branch: str) -> None:
    assert done(tasks.make(tasks.write(title)))["branch"] == branch


def test_the_base_that_the_page_names_is_taken(tasks: TaskHouse) -> None:
    source = tasks.workspace.collection("tasks").data_source_id
    tasks.ada.add_property(source, Property(id="", name="Base", kind="rich_text"))
    dev = tasks.house.repository.commit(
        "dev", {"src/book.py": b"class Book:\n    def add(): ...\n" * 2}
    )
    page = tasks.write(Base="dev")
    result = done(tasks.make(page))
    assert result["base"] == "dev"
    (commit,) = tasks.house.repository.commits(BRANCH, dev, 9)
    assert commit.parents == (dev,)
    other = tasks.write("Two", Base="develop")
    problem = failed(tasks.make(other))
    assert problem["name"] == "conflict"
    assert "`develop`" in problem["detail"]
    assert "dev, main" in problem["detail"]


def test_a_branch_named_task_is_named_as_what_stands_in_the_way(tasks: TaskHouse) -> None:
    tasks.house.repository.commit("task", {"a.py": b""})
    problem = failed(tasks.make(tasks.write()))
    assert problem["name"] == "conflict"
    assert "`task`" in problem["detail"]
    assert tasks.asked == 0


def test_a_refused_push_ends_with_the_hosts_reason_and_may_be_repeated(tasks: TaskHouse) -> None:
    page = tasks.write()
    tasks.house.repository.protect(BRANCH)
    assert "refuse" in failed(tasks.make(page))["detail"]
    tasks.house.repository.protect(BRANCH, protected=False)
    assert done(tasks.make(page))["commit"] == tasks.heads()[BRANCH]
    assert tasks.asked == 1


def test_a_page_of_nobody_is_not_found(tasks: TaskHouse) -> None:
    page = tasks.write()
    other = tasks.ada.create_row(tasks.house.notion.add_source("Other", ()).id, {})
    for page_id, uid in ((other, "ada"), (page, "mallory"), ("0" * 8 + page[8:], "ada")):
        assert failed(tasks.make(page_id, uid))["name"] == "not-found"
    assert tasks.asked == 0


def test_a_faulty_plan_is_sent_back_once_with_its_faults(tasks: TaskHouse) -> None:
    tasks.replies = [PLAN.replace("2. src/book.py", "2. src/ledger.py"), PLAN]
    done(tasks.make(tasks.write()))
    repair = tasks.models[1].requests[0].messages
    assert "Step 2: src/ledger.py is not in the repository" in repair[-1].text
    assert tasks.asked == 2


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        ([FakeReply(pieces=["no"]), FakeReply(pieces=["no"])], "no usable plan twice"),
        ([FakeReply(pieces=[PLAN[:50]], reason="length")] * 2, "cut off"),
        ([FakeReply(pieces=[], reason="refused")], "declined"),
    ],
)
def test_a_model_without_a_plan_is_told_and_leaves_nothing(
    tasks: TaskHouse, replies: list[str | FakeReply], said: str
) -> None:
    page = tasks.write()
    before = tasks.heads()
    tasks.replies = list(replies)
    problem = failed(tasks.make(page))
    assert problem["name"] == "upstream-rejected"
    assert said in problem["detail"]
    assert set(tasks.heads()) == set(before)
    assert "## Plan" not in tasks.page(page)["body"]


def test_an_overloaded_model_puts_the_work_off(tasks: TaskHouse) -> None:
    tasks.replies = [FakeReply(pieces=[UpstreamUnavailable("Overloaded.", "anthropic")]), PLAN]
    assert done(tasks.make(tasks.write()))["created"] is True


def test_a_day_has_so_many_model_calls(tasks: TaskHouse) -> None:
    tasks.daily_calls = 1
    page = tasks.write()
    done(tasks.make(page))
    path = usage_path("ada", tasks.house.clock.now())
    usage = tasks.house.store.get(path)
    assert usage is not None
    assert usage.data == {"model_calls": 1, "input_tokens": 10, "output_tokens": 5}
    problem = failed(tasks.make(tasks.write("Another")))
    assert (problem["name"], problem["status"]) == ("rate-limited", 429)
    assert done(tasks.make(page))["created"] is False
    tasks.house.store.commit([Patch(path=path, fields={"model_calls": 0})])
    assert tasks.asked == 1


def test_a_status_that_says_work_began_starts_the_same_work_once(tasks: TaskHouse) -> None:
    page = tasks.write(Status="In progress")
    operations = tasks.house.operations
    first = start_task_branch(operations, tasks.workspace, page)
    joined = request_task_branch(operations, "ada", page)
    assert joined.id == first.id
    assert done(tasks.work(first))["branch"] == BRANCH
    before = tasks.heads()
    echo = start_task_branch(operations, tasks.workspace, page)
    assert done(tasks.work(echo))["created"] is False
    assert tasks.heads() == before
    assert tasks.asked == 1


def test_a_collection_that_only_goes_to_git_gets_properties_and_no_section() -> None:
    tasks = TaskHouse()
    tasks.set_up(collections=(CollectionOrder(name="tasks", direction="to_git"),))
    page = tasks.write(Status="To do")
    done(tasks.make(page))
    shown = tasks.page(page)
    assert (shown["Status"], shown["body"]) == ("In progress", BODY.strip())
    assert shown["Branch"].endswith(BRANCH)
    writes = len(tasks.house.notion.calls)
    done(tasks.make(page))
    methods = {call.method for call in tasks.house.notion.calls[writes:]}
    assert "update_row" not in methods


def test_a_task_without_a_number_gets_one_of_its_page(tasks: TaskHouse) -> None:
    source = tasks.workspace.collection("docs").data_source_id
    tasks.ada.add_property(source, Property(id="", name="Step", kind="status"))
    page = tasks.ada.create_row(source, {"Name": "A page"}, BODY)
    tasks.house.clock.advance(120)
    result = done(tasks.make(page))
    assert result["task_id"] == f"T-{page[:8]}"
    assert result["branch"] == f"task/T-{page[:8]}-a-page"


@pytest.mark.parametrize("kind", ["status", "unique_id", "select"])
def test_a_page_of_a_collection_without_tasks_is_refused_until_it_has_their_columns(
    tasks: TaskHouse, kind: str
) -> None:
    source = tasks.workspace.collection("docs").data_source_id
    page = tasks.ada.create_row(source, {"Name": "A guide"}, BODY)
    tasks.house.clock.advance(120)
    before = tasks.heads().keys()
    problem = failed(tasks.make(page))
    assert (problem["name"], problem["status"]) == ("conflict", 409)
    assert "is no task: the collection `docs`" in problem["detail"]
    assert (tasks.heads().keys(), tasks.asked) == (before, 0)
    tasks.ada.add_property(source, Property(id="", name="Step", kind=kind, options=("T",)))
    tasks.house.clock.advance(120)
    operation = tasks.make(page)
    assert (operation.state is OperationState.DONE) == (kind != "select")


def test_a_task_that_is_as_it_was_gets_the_plan_that_it_had(tasks: TaskHouse) -> None:
    page = tasks.write()
    first = done(tasks.make(page))
    old = tasks.house.repository.contents(BRANCH)["plans/TASK-1.md"]
    tasks.replies = [PLAN.replace("Write one line", "Write two lines")]
    _edit(tasks, page, "one line per entry", "two lines per entry")
    second = done(tasks.make(page))
    human = tasks.house.repository.commit(BRANCH, {"src/export.py": b"def export_csv(): ...\n"})
    _edit(tasks, page, "two lines per entry", "one line per entry")
    third = done(tasks.make(page))
    assert tasks.asked == 2
    assert third["created"] is True
    assert third["commit"] not in (first["commit"], second["commit"])
    (commit,) = tasks.house.repository.commits(BRANCH, human, 9)
    assert (commit.sha, commit.parents) == (third["commit"], (human,))
    assert tasks.house.repository.contents(BRANCH)["plans/TASK-1.md"] == old
    assert "Write one line" in tasks.page(page)["body"]
    assert "Write two lines" not in tasks.page(page)["body"]
    assert done(tasks.make(page)) == {**third, "created": False}
    _edit(tasks, page, "one line per entry", "two lines per entry")
    fourth = done(tasks.make(page))
    assert (tasks.asked, fourth["created"], len(tasks.plans(BRANCH))) == (2, True, 4)
    assert "Write two lines" in tasks.page(page)["body"]


def test_five_earlier_plans_are_kept(tasks: TaskHouse) -> None:
    page = tasks.write(body="Number 0.\n")
    done(tasks.make(page))
    for number in range(1, 7):
        _edit(tasks, page, f"Number {number - 1}.", f"Number {number}.")
        done(tasks.make(page))
    assert (tasks.asked, len(tasks.record(page).earlier)) == (7, 5)
    _edit(tasks, page, "Number 6.", "Number 1.")
    done(tasks.make(page))
    assert (tasks.asked, len(tasks.record(page).earlier)) == (7, 5)
    _edit(tasks, page, "Number 1.", "Number 0.")
    done(tasks.make(page))
    assert tasks.asked == 8, "that was the sixth before"


def test_a_record_from_before_earlier_plans_were_kept_is_read(tasks: TaskHouse) -> None:
    page = tasks.write()
    first = done(tasks.make(page))
    path = f"workspaces/{tasks.workspace.wid}/tasks/{page}"
    document = tasks.house.store.get(path)
    assert document is not None
    data = {name: value for name, value in document.data.items() if name != "earlier"}
    tasks.house.store.commit([Put(path=path, data=data)])
    assert tasks.record(page).earlier == ()
    assert done(tasks.make(page)) == {**first, "created": False}


def test_a_revised_plan_comes_back_after_its_branch_was_deleted(tasks: TaskHouse) -> None:
    """A host may have forgotten the commits that only the branch had, or not yet."""
    page = tasks.write()
    first = done(tasks.make(page))
    _edit(tasks, page, "one line per entry", "two lines per entry")
    second = done(tasks.make(page))
    tasks.house.repository.delete_branch(BRANCH)
    assert done(tasks.make(page)) == {**second, "created": False}
    tasks.house.repository.delete_branch(BRANCH)
    push = tasks.house.repository.push

    def forgetful(branch: str, parent: str | None, *args: Any, **options: Any) -> str:
        if parent == first["commit"]:
            raise StaleWrite("The branch moved; read it again.")
        return push(branch, parent, *args, **options)

    tasks.house.repository.push = forgetful  # type: ignore[method-assign]
    again = done(tasks.make(page))
    assert again == {**second, "created": False, "commit": tasks.heads()[BRANCH]}
    assert again["commit"] != second["commit"]
    plan = tasks.house.repository.contents(BRANCH)["plans/TASK-1.md"].decode()
    assert "two lines per entry" in plan
    assert tasks.asked == 2


def _edit(tasks: TaskHouse, page: str, old: str, new: str) -> None:
    tasks.ada.edit_text(page, old, new)
    tasks.house.clock.advance(120)


def test_a_push_that_loses_the_race_goes_on_top_of_the_winner(tasks: TaskHouse) -> None:
    page = tasks.write()
    done(tasks.make(page))
    tasks.ada.edit_text(page, "one line", "a line")
    tasks.house.clock.advance(120)
    repository = tasks.house.repository
    raced: list[str] = []
    push = repository.push

    def lose_once(branch: str, *args: Any, **options: Any) -> str:
        if branch == BRANCH and not raced:
            raced.append(repository.commit(BRANCH, {"src/b.py": b""}))
            raise StaleWrite("moved")
        return push(branch, *args, **options)

    repository.push = lose_once  # type: ignore[method-assign]
    done(tasks.make(page))
    assert repository.commits(BRANCH, raced[0], 9)[0].parents == (raced[0],)


def test_whatever_dies_when_there_is_one_branch_one_plan_and_one_call_after_it_is_stored() -> None:
    expected = TaskHouse()
    page = expected.write(Status="To do")
    done(expected.make(page))
    wanted, branches = expected.page(page), expected.heads().keys()
    deaths = 0
    for after in (False, True):
        for number in range(1, 400):
            tasks, died = _dying(number, after=after)
            if not died:
                break
            deaths += 1
            assert tasks.heads().keys() == branches, (number, after)
            assert len(tasks.plans(BRANCH)) == 1, (number, after)
            shown = tasks.page(page)
            assert shown["body"].count("## Plan") == 1, (number, after)
            assert shown == {**wanted, "body": shown["body"]}, (number, after)
            assert tasks.asked <= 2
        assert not died
    assert deaths > 40


def _dying(number: int, *, after: bool) -> tuple[TaskHouse, bool]:
    """Make a branch with a process that dies at a call, and then with one that lives."""
    tasks = TaskHouse()
    page = tasks.write(Status="To do")
    operation = request_task_branch(tasks.house.operations, "ada", page)
    mortal = Mortal(number, after=after)
    tasks.wrap = tasks.house.wrap = mortal
    died = stored = False
    try:
        tasks.worker().run(operation.id)
    except Died:
        died = True
    tasks.wrap = tasks.house.wrap = lambda port: port
    path = f"workspaces/{tasks.workspace.wid}/tasks/{page}"
    stored = tasks.house.store.get(path) is not None
    asked = tasks.asked
    if died:
        tasks.house.clock.advance(600)
        assert done(tasks.work(operation))["created"] is True
    assert not stored or tasks.asked == asked == 1, (number, after)
    return tasks, died


@pytest.mark.parametrize(
    "given",
    [
        "2a0b1c2d-0000-4000-8000-00000000000f",
        "2A0B1C2D000040008000 00000000000f".replace(" ", ""),
        "https://www.notion.so/acme/Export-as-CSV-2a0b1c2d00004000800000000000000f?pvs=4",
        "https://www.notion.so/2a0b1c2d00004000800000000000000f#block",
        f"https://www.notion.so/{'1' * 32}?v={'2' * 32}&p=2a0b1c2d00004000800000000000000f&pm=s",
        f"https://www.notion.so/{'1' * 32}?p=2A0B1C2D-0000-4000-8000-00000000000F#{'3' * 32}",
        f"https://www.notion.so/2a0b1c2d00004000800000000000000f?v={'2' * 32}&p=",
    ],
)
def test_a_page_may_be_named_by_its_id_or_its_address(given: str) -> None:
    assert page_id_in(given) == "2a0b1c2d-0000-4000-8000-00000000000f"


@pytest.mark.parametrize(
    ("current", "options", "wanted"),
    [
        ("", ("To do", "In progress"), "In progress"),
        ("Not started", ("Not started", "🚧 Doing"), "🚧 Doing"),
        ("Offen", ("Offen", "In Bearbeitung"), "In Bearbeitung"),
        ("Done", ("To do", "In progress", "Done"), None),
        ("In review", ("In progress", "In review"), None),
        ("To do", ("To do", "Done"), None),
    ],
)
def test_a_status_moves_only_from_before_work_to_work(
    current: str, options: tuple[str, ...], wanted: str | None
) -> None:
    assert in_progress_after(current, options) == wanted
    assert wanted is None or means_in_progress(wanted)


def test_a_protected_synced_branch_keeps_the_branch_of_the_task(tasks: TaskHouse) -> None:
    page = tasks.write()
    house: NotionHouse = tasks.house
    first = request_task_branch(house.operations, "ada", page)
    repository = house.repository
    push = repository.push

    def refuse_main(branch: str, *args: Any, **options: Any) -> str:
        if branch == "main" and "Plan-Id" in args[1].message:
            raise BranchProtected("The host's rules refuse pushes to this branch.")
        return push(branch, *args, **options)

    repository.push = refuse_main  # type: ignore[method-assign]
    assert "refuse" in failed(tasks.work(first))["detail"]
    assert tasks.record(page).state == "pushed"
    repository.push = push  # type: ignore[method-assign]
    assert done(tasks.make(page))["commit"] == tasks.heads()[BRANCH]
    assert tasks.record(page).state == "linked"


def test_the_route_answers_with_the_branch_or_with_what_went_wrong(tasks: TaskHouse) -> None:
    page, house = tasks.write(), tasks.house

    def pass_time(seconds: float) -> None:
        house.clock.advance(seconds)
        for topic, message in house.publisher.messages:
            if topic == "operations":
                tasks.worker().run(message["operation_id"])

    long_work = LongWork(house.operations, house.clock, pass_time)
    settings = Settings.from_env({"NEXUS_PROJECT_ID": "demo-nexus"})
    views = TaskViews(house.operations, long_work)
    client = create_app("notion", settings, house.identity, TASK_ROUTES, views).test_client()

    def ask(given: str, **headers: str) -> TestResponse:
        url = "/notion/task-to-branch"
        return client.post(url, query_string={"task_page_id": given}, headers=headers)

    caller = dict(house.headers())
    assert ask(page).status_code == 401
    assert ask("x" * 32, **caller).status_code == 422
    later = ask(page, **caller, Prefer="respond-async")
    assert later.status_code == 202
    assert later.headers["Location"] == f"/notion/operations/{later.get_json()['operation']['id']}"
    made = ask(page.replace("-", ""), **caller)
    assert made.status_code == 200
    assert made.json == {**done(tasks.make(page)), "created": True}
    tasks.daily_calls = 1
    spent = ask(tasks.write("Another"), **caller)
    assert (spent.status_code, spent.get_json()["type"]) == (429, "/problems/rate-limited")
    until_midnight_s = int(spent.headers["Retry-After"])
    now = tasks.house.clock.now()
    assert (now + timedelta(seconds=until_midnight_s)).date() > now.date()
    assert ask(page, **house.headers(MALLORY)).status_code == 404
