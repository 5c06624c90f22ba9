"""Commits in the tracker: which get a row, what it shows, and what becomes of it."""

from datetime import timedelta

import pytest

from shared.errors import (
    RateLimited,
    TooLarge,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.notion import Property
from shared.ports.repository import CommitInfo, Person
from tests.support.tracker_stage import BOT, PEOPLE, TrackerStage

MINUTE = 60.0


@pytest.fixture
def stage() -> TrackerStage:
    """A workspace that is followed already."""
    made = TrackerStage()
    made.follow()
    return made


def test_a_commit_becomes_a_row_with_all_that_is_known_of_it(stage: TrackerStage) -> None:
    first = stage.task("Read amounts")
    second = stage.task("Write amounts")
    sha = stage.push(
        "Read amounts, part of TASK-1 and TASK-2\n\nThousands are told by commas: 1_000 *now*.",
        files={"src/money.py": b"1", "tests/test_money.py": b"2"},
    )
    stage.follow()
    row = stage.rows()[sha]
    assert row == {
        "Name": "Read amounts, part of TASK-1 and TASK-2",
        "SHA": sha,
        "Author": "Ada Example",
        "Branch": "main",
        "Date": stage.repository.info(sha).at.isoformat(timespec="milliseconds"),
        "Files": 2,
        "URL": f"https://git.example/nexus/demo/commit/{sha}",
        "Tasks": (first, second),
        "State": "merged",
    }
    body = next(page.markdown for page in stage.pages() if page.title == row["Name"])
    assert "Thousands are told by commas: 1_000 *now*." in body
    assert "src/money.py\ntests/test_money.py" in body
    assert (stage.status(first), stage.status(second)) == ("To do", "To do")


def test_the_tracker_begins_with_the_twenty_newest_and_moves_no_task_for_them() -> None:
    stage = TrackerStage()
    page = stage.task("Old")
    shas = [stage.push(f"Fixes TASK-1, number {number}") for number in range(30)]
    stage.follow()
    assert list(stage.rows()) == shas[-20:]
    assert stage.status(page) == "To do"
    sha = stage.push("A new one")
    stage.follow()
    assert list(stage.rows()) == [*shas[-20:], sha]


def test_nothing_new_costs_notion_nothing(stage: TrackerStage) -> None:
    stage.push()
    stage.follow()
    before = len(stage.house.notion.calls)
    stage.follow()
    assert len(stage.house.notion.calls) == before


def test_a_commit_costs_one_request_and_each_task_one_more(stage: TrackerStage) -> None:
    stage.task("One")
    before = len(stage.house.notion.calls)
    for number in range(25):
        stage.push(f"Part {number} of TASK-1" if number % 2 else f"Part {number}")
    stage.follow()
    asked = [call.method for call in stage.house.notion.calls[before:]]
    assert asked.count("create_row") == 25
    assert len(asked) == 25 + 3, "two tables, and where TASK-1 is"


def test_merges_bots_and_our_own_commits_get_no_row(stage: TrackerStage) -> None:
    stage.push("Bump", author=BOT)
    stage.push("Sync Notion\n\nNexus-Sync: run1")
    stage.push("Docs\n\nNexus-Docs: 1")
    stage.push("Plan TASK-1\n\nNotion-Task: x\nPlan-Id: 2")
    stage.push("On it", branch="feature/x")
    stage.repository.merge("main", "feature/x")
    spoken = stage.push("Add a button\n\nNexus-Interaction: 01J")
    stage.push("Tags are no branches", branch="v1.0")
    stage.follow()
    titles = [row["Name"] for row in stage.rows().values()]
    assert titles[-2:] == ["On it", "Add a button"]
    assert len(titles) == 3
    assert spoken in stage.rows()


def test_a_task_branch_links_its_commits_and_moves_no_task(stage: TrackerStage) -> None:
    page = stage.task("Read amounts")
    sha = stage.push("Begin, fixes TASK-1", branch="task/TASK-1-read-amounts")
    silent = stage.push("Go on", branch="task/TASK-1-read-amounts")
    stage.push("Not watched, fixes TASK-1", branch="feature/y")
    stage.follow()
    assert stage.rows()[sha]["Tasks"] == stage.rows()[silent]["Tasks"] == (page,)
    assert stage.rows()[sha]["Branch"] == "task/TASK-1-read-amounts"
    assert len(stage.rows()) == 3
    assert stage.status(page) == "To do"


def test_a_merge_moves_the_state_and_the_task_and_makes_no_second_row(stage: TrackerStage) -> None:
    page = stage.task("Read amounts")
    sha = stage.push("Fixes TASK-1", branch="task/TASK-1-a")
    stage.follow()
    assert stage.states()[sha] == "pushed"
    stage.repository.merge("main", "task/TASK-1-a")
    stage.follow()
    assert stage.states()[sha] == "merged"
    assert stage.rows()[sha]["Branch"] == "task/TASK-1-a"
    assert stage.status(page) == "Done"
    stage.repository.delete_branch("task/TASK-1-a")
    stage.follow()
    assert stage.states()[sha] == "merged"


def test_a_merges_message_finishes_tasks_once_and_gets_no_row(stage: TrackerStage) -> None:
    page, named = stage.task("Read amounts"), stage.task("Named by the branch alone")
    stage.push("Begin", branch="task/TASK-2-amounts")
    message = "Merge pull request #3 from ada/task/TASK-2-amounts\n\nFixes TASK-1"
    merge = stage.repository.merge("main", "task/TASK-2-amounts", message)
    stage.follow()
    assert merge not in stage.rows()
    assert (stage.status(page), stage.status(named)) == ("Done", "To do")
    assert stage.entries()[merge].closed == (page,)
    stage.house.notion.as_person().set_value(page, "Status", "In progress")
    stage.repository.force("main", stage.repository.info(merge).parents[0])
    stage.follow()
    stage.repository.force("main", merge)
    stage.follow()
    assert stage.status(page) == "In progress"


def test_a_merge_finishes_tasks_only_once_it_is_on_the_synced_branch(stage: TrackerStage) -> None:
    page = stage.task("Read amounts")
    for branch in ("task/a", "feature/b"):
        stage.push("Part", branch=branch)
    merge = stage.repository.merge("task/a", "feature/b", "Merge b, fixes TASK-1")
    stage.follow()
    assert stage.status(page) == "To do"
    stage.repository.force("main", merge)
    stage.follow()
    assert stage.status(page) == "Done"


@pytest.mark.parametrize(
    ("author", "message"),
    [
        (BOT, "Merge pull request #3 from renovate/x\n\nFixes TASK-1"),
        (PEOPLE, "Merge\n\nFixes TASK-1\n\nNexus-Sync: run1"),
        (PEOPLE, "Merge branch 'task/TASK-1-fix'"),
        (PEOPLE, "Merge branch 'fix' into task/TASK-1-amounts"),
    ],
)
def test_merges_of_bots_of_ours_and_of_branches_by_name_move_no_task(
    stage: TrackerStage, author: Person, message: str
) -> None:
    page = stage.task("Read amounts")
    stage.push("Part", author=author)
    stage.push("Part", branch="feature/b")
    merge = stage.repository.merge("main", "feature/b", message)
    stage.follow()
    assert stage.status(page) == "To do"
    assert merge not in stage.rows()


def test_a_merge_whose_answer_was_lost_moves_its_task_once(stage: TrackerStage) -> None:
    page = stage.task("Read amounts")
    stage.push("Part", branch="feature/b")
    stage.repository.merge("main", "feature/b", "Merge b\n\nFixes TASK-1")
    stage.house.notion.lose_answers(1, UpstreamTimeout("late"), "update_row")
    with pytest.raises(UpstreamTimeout):
        stage.follow()
    stage.house.notion.as_person().set_value(page, "Status", "In progress")
    stage.follow()
    assert stage.status(page) == "In progress"


def test_a_task_that_somebody_moved_back_stays_there(stage: TrackerStage) -> None:
    page = stage.task("Read amounts")
    sha = stage.push("Fixes TASK-1")
    stage.follow()
    assert stage.status(page) == "Done"
    stage.house.notion.as_person().set_value(page, "Status", "In progress")
    base = stage.repository.info(sha).parents[0]
    stage.repository.force("main", base)
    stage.follow()
    stage.repository.force("main", sha)
    stage.follow()
    assert stage.states()[sha] == "merged"
    assert stage.status(page) == "In progress"


def test_a_worker_that_dies_around_the_tasks_move_moves_it_once(stage: TrackerStage) -> None:
    page = stage.task("Read amounts")
    stage.push("Fixes TASK-1")
    stage.house.notion.lose_answers(1, UpstreamTimeout("late"), "update_row")
    with pytest.raises(UpstreamTimeout):
        stage.follow()
    assert stage.status(page) == "Done"
    stage.house.notion.as_person().set_value(page, "Status", "In progress")
    stage.follow()
    assert stage.status(page) == "In progress", "somebody moved it meanwhile"
    other = stage.task("Write amounts")
    stage.push("Fixes TASK-2")
    stage.house.notion.fail_next(1, UpstreamTimeout("late"), "update_row")
    with pytest.raises(UpstreamTimeout):
        stage.follow()
    stage.follow()
    assert stage.status(other) == "Done"


def test_a_status_without_an_option_for_done_is_left(stage: TrackerStage) -> None:
    source = stage.house.notion.tables.sources[stage.tasks]
    column = next(each for each in source.columns.values() if each.name == "Status")
    source.columns[column.id] = Property(
        id=column.id, name="Status", kind="select", options=("Alpha", "Omega")
    )
    page = stage.task("Greek", "Alpha")
    stage.push("Fixes TASK-1")
    stage.follow()
    assert stage.status(page) == "Alpha"


def test_what_a_forced_push_takes_away_is_rewritten_and_not_deleted(stage: TrackerStage) -> None:
    base = stage.push("Base")
    lost = [stage.push(f"Lost {number}") for number in range(3)]
    stage.follow()
    stage.repository.force("main", base)
    new = stage.push("Instead")
    stage.follow()
    assert [stage.states()[sha] for sha in (base, *lost, new)] == [
        "merged",
        "rewritten",
        "rewritten",
        "rewritten",
        "merged",
    ]


def test_what_another_branch_still_has_is_pushed_again_after_a_force(stage: TrackerStage) -> None:
    base = stage.push("Base")
    kept = stage.push("Kept")
    stage.follow()
    stage.repository.branch("task/TASK-9-x", kept)
    stage.follow()
    stage.repository.force("main", base)
    stage.follow()
    assert stage.states()[kept] == "pushed"


def test_a_deleted_branch_leaves_its_rows_and_brings_them_back(stage: TrackerStage) -> None:
    on_both = stage.push("Both", branch="task/a")
    stage.repository.branch("task/b", on_both)
    alone = stage.push("Alone", branch="task/a")
    stage.follow()
    stage.repository.delete_branch("task/a")
    stage.follow()
    assert (stage.states()[on_both], stage.states()[alone]) == ("pushed", "branch deleted")
    stage.repository.branch("task/a", alone)
    stage.follow()
    assert stage.states()[alone] == "pushed"
    assert len(stage.rows()) == 3


def test_a_renamed_branch_deletes_nothing(stage: TrackerStage) -> None:
    sha = stage.push("One", branch="task/a")
    stage.follow()
    stage.repository.branch("task/b", sha)
    stage.repository.delete_branch("task/a")
    stage.follow()
    assert stage.states()[sha] == "pushed"


def test_a_synced_branch_that_is_gone_changes_nothing_until_it_is_back(stage: TrackerStage) -> None:
    sha = stage.push("One")
    stage.follow()
    stage.repository.delete_branch("main")
    stage.follow()
    assert stage.states()[sha] == "merged"
    stage.repository.branch("main", sha)
    stage.follow()
    assert stage.states()[sha] == "merged"


def test_a_create_whose_answer_was_lost_is_found_a_minute_later(stage: TrackerStage) -> None:
    sha = stage.push()
    stage.house.notion.lose_answers(1, UpstreamTimeout("late"), "create_row")
    with pytest.raises(UpstreamTimeout):
        stage.follow()
    with pytest.raises(UpstreamUnavailable) as early:
        stage.follow()
    assert early.value.retry_after_s == MINUTE
    stage.house.clock.advance(MINUTE)
    stage.follow()
    assert list(stage.rows())[-1] == sha


def test_a_commit_that_is_gone_before_its_lost_answer_is_known_is_rewritten(
    stage: TrackerStage,
) -> None:
    base = stage.repository.heads["main"]
    sha = stage.push()
    stage.house.notion.lose_answers(1, UpstreamTimeout("late"), "create_row")
    with pytest.raises(UpstreamTimeout):
        stage.follow()
    stage.repository.force("main", base)
    stage.house.clock.advance(MINUTE)
    stage.follow()
    assert stage.states()[sha] == "rewritten"


def test_a_create_that_never_happened_is_made_a_minute_later(stage: TrackerStage) -> None:
    sha = stage.push()
    stage.house.notion.fail_next(1, UpstreamTimeout("late"), "create_row")
    with pytest.raises(UpstreamTimeout):
        stage.follow()
    stage.house.clock.advance(MINUTE)
    stage.follow()
    assert list(stage.rows())[-1] == sha


def test_a_create_that_tells_its_page_in_a_503_is_kept(stage: TrackerStage) -> None:
    sha = stage.push()
    stage.house.notion.commit_then_503()
    stage.follow()
    assert list(stage.rows())[-1] == sha


def test_a_refusal_is_repeated_at_once(stage: TrackerStage) -> None:
    sha = stage.push()
    stage.house.notion.fail_next(1, RateLimited("later", 30.0), "create_row")
    with pytest.raises(RateLimited):
        stage.follow()
    stage.follow()
    assert list(stage.rows())[-1] == sha


def test_a_row_that_notion_refuses_is_made_plain_and_keeps_nobody_out(stage: TrackerStage) -> None:
    shas = [stage.push("Odd"), stage.push("Even")]
    stage.house.notion.fail_next(1, UpstreamRejected("no"), "create_row")
    stage.follow()
    rows = stage.rows()
    assert [rows[sha]["Name"] for sha in shas] == [shas[0][:12], "Even"]
    assert rows[shas[0]]["State"] == "merged"


def test_two_rows_of_one_commit_become_the_older_one(stage: TrackerStage) -> None:
    sha = stage.push()
    stage.house.notion.lose_answers(1, UpstreamTimeout("late"), "create_row")
    with pytest.raises(UpstreamTimeout):
        stage.follow()
    first = stage.pages()[-1]
    copied = {"SHA": sha, "Name": "Copy"}
    stage.house.notion.as_person().create_row(stage.tracker, copied)
    stage.house.clock.advance(MINUTE)
    stage.follow()
    assert stage.pages()[-1] is first
    assert list(stage.rows())[-1] == sha


def test_a_row_that_a_person_deleted_does_not_come_back(stage: TrackerStage) -> None:
    base = stage.repository.heads["main"]
    sha = stage.push("Gone")
    stage.follow()
    stage.house.notion.as_person().trash(stage.pages()[-1].id)
    stage.repository.force("main", base)
    stage.follow()
    stage.repository.force("main", sha)
    stage.follow()
    assert sha not in stage.rows()


def test_a_worker_that_was_overtaken_leaves_one_row(stage: TrackerStage) -> None:
    """One worker stops after its mark; another one, a minute later, makes the row instead."""
    sha = stage.push()
    steps = stage.steps()
    stage.house.notion.before_call = None
    notion, made = stage.house.notion, []
    create = notion.create_row

    def stall(*given: object) -> object:
        notion.create_row = create  # type: ignore[method-assign]
        stage.house.clock.advance(2 * MINUTE)
        stage.follow()
        made.append(True)
        return create(*given)  # type: ignore[arg-type]

    notion.create_row = stall  # type: ignore[assignment, method-assign]
    for _ in steps:
        pass
    assert made
    assert list(stage.rows())[-1] == sha


def test_renamed_columns_are_known_by_their_ids(stage: TrackerStage) -> None:
    source = stage.house.notion.tables.sources[stage.tracker]
    for key, column in list(source.columns.items()):
        if column.name in ("SHA", "Author"):
            renamed = Property(id=key, name=f"Unser {column.name}", kind=column.kind)
            source.columns[key] = renamed
    sha = stage.push()
    stage.follow()
    assert stage.rows()[sha]["Author"] == "Ada Example"


def test_a_tracker_from_before_there_were_states_gets_that_column() -> None:
    stage = TrackerStage()
    source = stage.house.notion.tables.sources[stage.tracker]
    state = next(key for key, column in source.columns.items() if column.name == "State")
    stage.house.notion.tables.drop_column(source, state)
    stage.push()
    stage.follow()
    assert "State" in {column.name for column in source.columns.values()}


def test_a_column_that_was_taken_away_is_done_without(stage: TrackerStage) -> None:
    source = stage.house.notion.tables.sources[stage.tracker]
    for name in ("State", "Tasks", "Files"):
        key = next(key for key, column in source.columns.items() if column.name == name)
        stage.house.notion.tables.drop_column(source, key)
    base = stage.repository.heads["main"]
    sha = stage.push("Fixes TASK-1")
    stage.follow()
    stage.repository.force("main", base)
    stage.follow()
    assert sha in stage.rows()


def test_a_new_tracker_gets_the_twenty_newest(stage: TrackerStage) -> None:
    shas = [stage.push(f"{number}") for number in range(25)]
    stage.follow()
    stage.replace_tracker()
    stage.follow()
    assert sorted(stage.rows()) == sorted(shas[-20:])


def test_a_push_of_more_than_five_hundred_keeps_the_newest(stage: TrackerStage) -> None:
    shas = [stage.push(f"{number}") for number in range(520)]
    for _ in range(20):
        try:
            stage.follow()
        except RateLimited:
            stage.house.clock.advance(MINUTE)
    rows = stage.rows()
    assert [sha for sha in shas if sha in rows] == shas[-500:]
    assert set(stage.states().values()) == {"merged"}


@pytest.mark.parametrize("name", ["Grace *Hopper* [x](y)", "G_H_"])
def test_odd_names_are_shown_as_they_are(stage: TrackerStage, name: str) -> None:
    sha = stage.push("", author=Person(name=name, email="grace@example.com"))
    stage.follow()
    shown = stage.rows()[sha]["Author"].replace("\\", "")
    assert shown == name
    assert stage.rows()[sha]["Name"] == sha[:12]


def test_a_commit_of_another_branch_and_of_long_ago_gets_a_row_when_it_is_merged(
    stage: TrackerStage,
) -> None:
    base = stage.repository.heads["main"]
    for number in range(60):
        stage.push(f"{number}")
    stage.follow()
    stage.repository.branch("feature/old", base)
    sha = stage.push("Old work", branch="feature/old")
    stage.house.clock.advance(timedelta(minutes=2).total_seconds())
    stage.repository.merge("main", "feature/old")
    stage.follow()
    assert stage.states()[sha] == "merged"
    assert len(stage.rows()) == 62


def test_a_history_that_is_too_large_is_followed_less_far_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = TrackerStage()
    shas = [stage.push(f"{number}") for number in range(150)]
    commits = stage.repository.commits

    def limited(branch: str, since: str | None, limit: int) -> list[CommitInfo]:
        if limit > 100:
            raise TooLarge("too much")
        return commits(branch, since, limit)

    monkeypatch.setattr(stage.repository, "commits", limited)
    stage.follow()
    assert sorted(stage.rows()) == sorted(shas[-20:])
