"""Whole runs: first contact, new starts, branches, what a cycle costs, whose commit it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import RateLimited, UpstreamUnavailable
from shared.sync.report import Hints
from shared.sync.workspace import Remote
from tests.unit.sync.stage import Stage

PATH = "notion/docs/plan.md"
FILE = "---\ntitle: Plan\n---\n\nOne.\n"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def new_generation(stage: Stage) -> None:
    """Set the workspace up for something else."""
    number = stage.workspace.generation + 1
    stage.workspace = replace(stage.workspace, generation=number)


def test_at_first_contact_equal_page_and_file_of_one_name_are_linked(stage: Stage) -> None:
    page = stage.row("Plan", "One.")
    stage.write(PATH, FILE)
    stage.sync()
    stage.settle()
    assert stage.links()[PATH].page_id == page
    assert stage.conflicts() == []
    assert stage.files() == [PATH]
    assert list(stage.pages()) == ["Plan"]


def test_at_first_contact_different_texts_become_a_conflict(stage: Stage) -> None:
    page = stage.row("Plan", "Two.")
    stage.write(PATH, FILE)
    stage.sync()
    (conflict,) = stage.conflicts()
    texts = [text.strip() for text in (conflict.base, conflict.notion, conflict.git)]
    assert texts == ["", "Two.", "One."]
    assert stage.body(page) == "Two."
    assert stage.text(PATH).endswith("\nOne.\n")


def test_at_first_contact_what_one_side_lacks_is_made(stage: Stage) -> None:
    stage.row("Page", "P.")
    stage.write("notion/docs/file.md", "F.\n")
    stage.sync()
    assert stage.files() == ["notion/docs/file.md", "notion/docs/page.md"]
    assert sorted(stage.pages()) == ["Page", "file"]


@pytest.mark.parametrize("twice", ["page", "file"])
def test_at_first_contact_a_name_that_is_not_unique_links_nothing(stage: Stage, twice: str) -> None:
    stage.row("Plan", "One.")
    stage.write(PATH, FILE)
    if twice == "page":
        stage.row("plan", "Other.")
    else:
        stage.write("notion/docs/deep/plan.md", "Other.\n")
    stage.sync()
    stage.settle()
    assert len(stage.links()) == len(stage.files()) == 3
    assert stage.conflicts() == []


def test_after_the_first_contact_names_link_nothing(stage: Stage) -> None:
    stage.settle()
    stage.row("Plan", "One.")
    stage.write(PATH, FILE)
    stage.sync()
    assert len(stage.links()) == 2


def test_a_first_contact_of_more_than_25_waits_and_goes_on_once_confirmed(stage: Stage) -> None:
    for number in range(26):
        stage.row(f"Page {number:02}", "Text.")
    report = stage.sync()
    assert report.hold is not None
    assert report.hold.counts == {"create_file": 26}
    assert "26 would be created" in report.hold.reason
    assert stage.files() == []
    stage.confirm()
    stage.sync()
    assert len(stage.files()) == 26
    state = stage.state()
    assert (state.hold, state.release, state.contact) == (None, None, ())
    assert state.links == {"docs": 26}


def test_26_new_pages_later_need_nobodys_consent(stage: Stage) -> None:
    stage.settle()
    for number in range(26):
        stage.row(f"Page {number:02}", "Text.")
    stage.sync()
    assert len(stage.files()) == 26


def test_a_new_generation_links_what_is_there_by_ids_and_deletes_nothing(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    gone, gone_path = stage.linked("Gone", "Text.")
    stage.write(gone_path, None)
    new_generation(stage)
    stage.sync()
    stage.settle()
    assert stage.links()[path].page_id == page
    assert not stage.in_trash(gone)
    assert stage.files() == [gone_path, path]
    assert stage.state().generation == stage.workspace.generation
    assert stage.conflicts() == []


def test_a_new_generation_forgets_its_holds_and_problems(stage: Stage) -> None:
    page, _ = stage.linked("Plan", "One.")
    stage.person.unshare(page)
    stage.settle()
    new_generation(stage)
    stage.sync()
    assert stage.state().problems == ()


def test_a_force_push_is_only_another_state(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    tip = stage.git.refs().heads["main"]
    stage.edit(path, "One.", "Two.")
    stage.settle()
    stage.git.force("main", tip)
    stage.settle()
    assert stage.body(page) == "One."
    assert stage.kinds() == []


def test_a_force_push_whose_old_commit_the_host_forgot_changes_what_differs(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    other, _ = stage.linked("Other", "Text.")
    stage.edit(path, "One.", "Two.")
    stage.put_state(replace(stage.state(), tip="f" * 40))
    stage.settle()
    assert stage.body(page) == "Two."
    assert stage.body(other) == "Text."


def test_a_branch_that_vanished_holds_everything_until_it_is_back(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    tip = stage.git.refs().heads["main"]
    stage.git.commit("other", {"README.md": b"x"})
    stage.git.delete_branch("main")
    stage.person.edit_text(page, "One.", "Two.")
    report = stage.sync()
    assert report.run is not None
    assert report.run.outcome == "held"
    assert stage.problems()["branch_missing"].subject == "branch"
    assert not stage.in_trash(page)
    stage.git.force("main", tip)
    stage.sync()
    assert stage.text(path).endswith("\nTwo.\n")
    assert stage.problems() == {}


def test_an_empty_repository_gets_its_first_commit(stage: Stage) -> None:
    stage.git.delete_branch("main")
    stage.row("Plan", "One.")
    stage.sync()
    assert stage.files() == [PATH]
    (commit,) = stage.git.commits("main", None, 10)
    assert commit.parents == ()


def test_a_protected_branch_is_reported_and_notion_is_still_written(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    other, other_path = stage.linked("Other", "Text.")
    stage.git.protect("main")
    stage.person.edit_text(page, "One.", "Two.")
    stage.edit(other_path, "Text.", "Changed.")
    stage.settle()
    assert stage.text(path).endswith("\nOne.\n")
    assert stage.body(other) == "Changed."
    assert stage.problems()["branch_protected"].path == path
    stage.git.protect("main", False)
    stage.settle()
    assert stage.text(path).endswith("\nTwo.\n")
    assert stage.problems() == {}


def test_a_page_made_while_the_branch_is_protected_gets_its_file_later(stage: Stage) -> None:
    stage.settle()
    stage.git.protect("main")
    stage.row("Plan", "One.")
    stage.settle()
    stage.git.protect("main", False)
    stage.settle()
    assert stage.files() == [PATH]
    assert len(stage.links()) == 1


def test_without_a_repository_nothing_happens_and_it_is_asked_for_seldom(stage: Stage) -> None:
    stage.row("Plan", "One.")
    stage.workspace = replace(stage.workspace, repository=None)
    report = stage.engine.run(stage.workspace, stage.notion, None, Hints(force=True))
    assert report.run is not None
    assert report.run.outcome == "ok"
    assert stage.links() == {}


def test_another_branch_of_the_same_repository_is_synced(stage: Stage) -> None:
    remote = Remote(url="https://git.test/demo.git", branch="docs")
    stage.workspace = replace(stage.workspace, repository=remote)
    stage.git.commit("docs", {PATH: FILE.encode()})
    stage.sync()
    assert list(stage.pages()) == ["Plan"]
    assert stage.files() == []


def test_a_branch_that_moves_while_we_commit_is_planned_on_again(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.\n\nTwo.")
    stage.person.edit_text(page, "One.", "Uno.")
    push = stage.git.push

    def beaten(*order: object) -> str:
        stage.git.push = push  # type: ignore[method-assign]
        stage.edit(path, "Two.", "Dos.")
        return push(*order)  # type: ignore[arg-type]

    stage.git.push = beaten  # type: ignore[method-assign, assignment]
    stage.sync()
    assert stage.text(path).endswith("\nUno.\n\nDos.\n")
    assert stage.body(page) == "Uno.\n\nDos."


IDLE = {"query": 2, "git.refs": 1, "store.get": 1, "store.commit": 1}


def fill(stage: Stage, count: int) -> None:
    """So many pages with their files, all long settled."""
    for number in range(count):
        stage.row(f"Page {number:04}", "Text.")
        stage.clock.advance(5)
    stage.clock.advance(600)
    stage.sync()
    if stage.state().hold is not None:
        stage.confirm()
    while stage.sync(wait_s=31).more:
        pass


@pytest.mark.parametrize("count", [0, 10, 150])
def test_an_idle_cycle_asks_each_side_once_and_writes_once(stage: Stage, count: int) -> None:
    fill(stage, count)
    assert len(stage.files()) == count
    with stage.counted() as made:
        stage.sync()
    assert dict(made) == IDLE


def test_an_idle_cycle_of_a_thousand_pages_costs_no_more(stage: Stage) -> None:
    fill(stage, 1000)
    assert len(stage.files()) == 1000
    with stage.counted() as made:
        stage.sync()
    assert dict(made) == IDLE


def test_one_edit_in_notion_costs_what_one_page_costs(stage: Stage) -> None:
    fill(stage, 10)
    stage.person.edit_text(stage.pages()["Page 0003"], "Text", "Other")
    with stage.counted() as made:
        stage.sync()
    assert made["git.push"] == made["user"] == 1
    assert made["row"] == 0
    assert made["body"] <= 2  # once more when all is done, as its minute is not over


def test_own_writes_are_no_news(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.edit(path, "One.", "Two.")
    stage.sync()
    before = stage.text(path), stage.body(page)
    with stage.counted() as made:
        stage.sync(Hints(pages=(page,)))
        stage.settle()
    assert made["git.push"] == made["update_row"] == made["edit_body"] == 0
    assert (stage.text(path), stage.body(page)) == before


def test_a_body_that_changed_without_a_trace_is_found_by_the_sweep(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.notion.tables.pages[page].markdown = "Two."
    stage.sync(wait_s=1)
    assert stage.text(path).endswith("\nOne.\n")
    stage.settle(12)
    assert stage.text(path).endswith("\nTwo.\n")


def test_a_link_whose_file_and_page_vanished_long_ago_costs_nothing(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.write(path, None)
    stage.settle()
    with stage.counted() as made:
        stage.sync(wait_s=1)
    assert made["body"] == 0
    assert stage.in_trash(page)


def test_the_one_editor_is_the_author_of_the_cycles_commit(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One.")
    stage.person.edit_text(page, "One.", "Two.")
    report = stage.sync()
    (commit,) = stage.git.commits("main", None, 1)
    assert (commit.author.name, commit.author.email) == ("Ada", "ada@example.com")
    assert report.run is not None
    assert commit.message.endswith(f"\n\nNexus-Sync: {report.run.id}\n")
    assert path in commit.message
    assert "Co-authored-by" not in commit.message


def test_several_editors_are_co_authors_of_one_commit(stage: Stage) -> None:
    pages = [stage.linked(f"Plan {n}", "One.")[0] for n in range(2)]
    before = len(stage.git.commits("main", None, 100))
    for page, name in zip(pages, ("Bob", "Cleo"), strict=True):
        stage.notion.as_person(name).edit_text(page, "One.", "Two.")
    stage.sync()
    commits = stage.git.commits("main", None, 100)
    assert len(commits) == before + 1
    assert commits[0].author.name == "NEXUS PRO"
    trailers = commits[0].message.rstrip().splitlines()[-2:]
    assert trailers == [
        "Co-authored-by: Bob <bob@example.com>",
        "Co-authored-by: Cleo <cleo@example.com>",
    ]


def test_an_edit_of_the_connection_itself_is_ours(stage: Stage) -> None:
    page, _ = stage.linked("Plan", "One.")
    stage.notion.tables.set_markdown(stage.notion.bot.id, stage.notion.tables.pages[page], "Two.")
    stage.sync()
    assert stage.git.commits("main", None, 1)[0].author.name == "NEXUS PRO"


def test_an_editor_whom_we_cannot_see_is_nobody(stage: Stage) -> None:
    page, _ = stage.linked("Plan", "One.")
    stranger = stage.notion.as_person("Stranger")
    stranger.edit_text(page, "One.", "Two.")
    del stage.notion.tables.users[stranger.id]
    stage.sync()
    assert stage.git.commits("main", None, 1)[0].author.name == "NEXUS PRO"


def test_a_run_that_is_not_due_does_nothing(stage: Stage) -> None:
    stage.sync(wait_s=5)
    with stage.counted() as made:
        report = stage.engine.run(stage.workspace, stage.notion, stage.git, Hints())
    assert report.run is None
    assert dict(made) == {"store.get": 1}


def test_a_run_that_finds_another_one_says_busy(stage: Stage) -> None:
    until = stage.clock.now() + timedelta(seconds=60)
    stage.put_state(replace(stage.state(), lease_owner="other", lease_until=until))
    report = stage.sync()
    assert report.busy
    stage.clock.advance(60)
    assert not stage.sync().busy


def test_a_workspace_without_state_is_nothing_to_run(stage: Stage) -> None:
    workspace = replace(stage.workspace, wid="unknown")
    assert stage.engine.run(workspace, stage.notion, stage.git, Hints(force=True)).run is None


def test_a_rate_limit_ends_writing_and_is_honoured(stage: Stage) -> None:
    for number in range(3):
        stage.write(f"notion/docs/file-{number}.md", "Text.\n")
    error = RateLimited("slow down", retry_after_s=90)
    stage.notion.fail_next(1, error, method="create_row")
    report = stage.sync(wait_s=0)
    assert report.run is not None
    assert report.run.outcome == "partial"
    assert stage.pages() == {}
    assert stage.state().next_sync_at >= stage.clock.now() + timedelta(seconds=90)
    stage.clock.advance(120)
    stage.settle()
    assert len(stage.pages()) == 3


@pytest.mark.parametrize("side", ["notion", "git"])
def test_a_service_that_is_down_fails_the_run_and_is_named_until_it_is_back(
    stage: Stage, side: str
) -> None:
    stage.linked("Plan", "One.")
    (stage.notion if side == "notion" else stage.git).fail_next(
        1, UpstreamUnavailable("down", service=side)
    )
    report = stage.sync()
    assert report.run is not None
    assert report.run.outcome == "failed"
    assert stage.problems()[side].subject == side
    assert stage.state().failures == 1
    stage.sync()
    assert stage.problems() == {}
    assert stage.state().failures == 0
