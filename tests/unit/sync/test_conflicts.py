"""Merges and conflicts: what goes through, what stays, what is recorded, and how it ends."""

from typing import Literal

import pytest

from shared.sync.conflict import Conflict, Resolution
from shared.sync.workspace import Policy
from shared.text.markdown import equivalent
from tests.unit.sync.stage import Stage

BODY = "First words.\n\nSecond words."


@pytest.fixture
def stage() -> Stage:
    return Stage()


def clash(stage: Stage) -> tuple[str, str]:
    """A page and its file whose first words were changed on both sides."""
    page, path = stage.linked("Plan", BODY)
    stage.person.edit_text(page, "First", "Notion")
    stage.edit(path, "First", "Git")
    stage.sync()
    return page, path


def only(stage: Stage) -> Conflict:
    """The only record of a conflict."""
    (conflict,) = stage.conflicts()
    return conflict


def test_different_paragraphs_merge(stage: Stage) -> None:
    page, path = stage.linked("Plan", BODY)
    stage.person.edit_text(page, "First", "Notion's")
    stage.edit(path, "Second", "Git's")
    report = stage.sync()
    assert stage.body(page) == "Notion's words.\n\nGit's words."
    assert stage.text(path).endswith("\nNotion's words.\n\nGit's words.\n")
    assert report.run is not None
    assert (report.run.changes.merged, report.run.changes.conflicts) == (1, 0)
    assert stage.conflicts() == []


def test_different_properties_merge(stage: Stage) -> None:
    page, path = stage.linked("Plan", BODY, Status="To do", Points=1)
    stage.person.set_value(page, "Status", "Done")
    stage.edit(path, "Points: 1", "Points: 2")
    stage.sync()
    assert stage.value(page, "Points") == 2
    assert "Status: Done\nPoints: 2\n" in stage.text(path)


def test_different_words_of_one_line_merge(stage: Stage) -> None:
    page, path = stage.linked("Plan", "One two three four five six.")
    stage.person.edit_text(page, "One", "Uno")
    stage.edit(path, "six", "seis")
    stage.sync()
    assert stage.body(page) == "Uno two three four five seis."


def test_the_same_words_changed_twice_stay_on_each_side_and_are_recorded(stage: Stage) -> None:
    page, path = clash(stage)
    assert "Notion words." in stage.body(page)
    assert "Git words." in stage.text(path)
    conflict = only(stage)
    assert (conflict.field, conflict.state, conflict.path) == ("body", "open", path)
    assert (conflict.page_id, conflict.page_url) == (page, stage.links()[path].url)
    assert conflict.base.strip() == BODY
    assert conflict.notion.strip() == BODY.replace("First", "Notion")
    assert conflict.git.strip() == BODY.replace("First", "Git")
    assert stage.state().open_conflicts == 1


def test_the_rest_of_the_text_and_the_properties_sync_beside_a_conflict(stage: Stage) -> None:
    page, path = clash(stage)
    stage.person.edit_text(page, "Second", "Another")
    stage.edit(path, "title: Plan", "title: Plan\nPoints: 7")
    stage.sync()
    stage.settle()
    assert "Git words.\n\nAnother words." in stage.text(path)
    assert stage.body(page) == "Notion words.\n\nAnother words."
    assert stage.value(page, "Points") == 7
    assert only(stage).state == "open"


def test_no_side_ever_sees_conflict_markers(stage: Stage) -> None:
    page, path = clash(stage)
    for text in (stage.body(page), stage.text(path)):
        assert not any(mark in text for mark in ("<<<<", "====", ">>>>"))


def test_the_page_gets_one_comment_for_its_conflict(stage: Stage) -> None:
    page, path = clash(stage)
    stage.settle()
    (comment,) = stage.notion.comments(page)
    assert path in comment.text
    assert only(stage).id in comment.text
    assert only(stage).comment == "done"


def test_an_open_conflict_costs_nothing_and_keeps_its_etag(stage: Stage) -> None:
    clash(stage)
    stage.settle()
    before = only(stage)
    with stage.counted() as made:
        stage.settle(8)
    assert only(stage) == before
    writes = ("git.push", "update_row", "edit_body", "replace_body", "comment")
    assert [made[each] for each in writes] == [0] * 5


def test_the_record_follows_further_edits_of_the_conflicting_words(stage: Stage) -> None:
    page, _ = clash(stage)
    before = only(stage)
    stage.person.edit_text(page, "Notion", "Ocean")
    stage.sync()
    after = only(stage)
    assert after.id == before.id
    assert after.etag != before.etag
    assert after.notion.startswith("Ocean words.")
    assert len(stage.notion.comments(page)) == 1


@pytest.mark.parametrize("mended", ["notion", "git"])
def test_a_conflict_ends_when_both_sides_are_made_equal(stage: Stage, mended: str) -> None:
    page, path = clash(stage)
    if mended == "notion":
        stage.person.edit_text(page, "Notion", "Git")
    else:
        stage.edit(path, "Git", "Notion")
    stage.sync()
    conflict = only(stage)
    assert (conflict.state, conflict.resolved_by) == ("resolved", "equal")
    assert conflict.resolved_at is not None
    assert stage.state().open_conflicts == 0
    assert stage.links()[path].conflicts == ()


@pytest.mark.parametrize("resolution", ["notion", "git"])
def test_a_choice_ends_a_conflict_on_both_sides(
    stage: Stage, resolution: Literal["notion", "git"]
) -> None:
    page, path = clash(stage)
    stage.choose(only(stage), resolution)
    word = resolution.capitalize()
    assert stage.body(page) == f"{word} words.\n\nSecond words."
    assert stage.text(path).endswith(f"\n{word} words.\n\nSecond words.\n")
    conflict = only(stage)
    assert (conflict.state, conflict.resolved_by) == ("resolved", "choice")
    assert {"Notion words.", "Git words."} == {
        text.splitlines()[0] for text in (conflict.notion, conflict.git)
    }
    assert stage.state().open_conflicts == 0


def test_a_text_of_ones_own_ends_a_conflict_on_both_sides(stage: Stage) -> None:
    page, path = clash(stage)
    stage.choose(only(stage), "merged", "Both words.\n\nSecond words.\n")
    assert stage.body(page) == "Both words.\n\nSecond words."
    assert stage.text(path).endswith("\nBoth words.\n\nSecond words.\n")
    stage.settle()
    assert stage.kinds() == []


def test_a_choice_made_on_older_versions_is_ignored(stage: Stage) -> None:
    page, path = clash(stage)
    seen = only(stage)
    stage.person.edit_text(page, "Notion", "Ocean")
    stage.choose(seen, "git")
    assert "Ocean words." in stage.body(page)
    assert "Git words." in stage.text(path)
    assert only(stage).state == "open"


def test_a_choice_made_while_the_text_beside_was_edited_is_asked_for_again(stage: Stage) -> None:
    page, path = clash(stage)
    stage.settle()
    stage.edit(path, "Second", "Another")
    stage.choose(only(stage), "notion")
    stage.settle()
    assert only(stage).state == "open"
    assert stage.body(page) == "Notion words.\n\nAnother words."
    assert stage.text(path).endswith("\nGit words.\n\nAnother words.\n")
    stage.choose(only(stage), "notion")
    assert stage.text(path).endswith("\nNotion words.\n\nAnother words.\n")


def test_a_choice_counts_where_both_sides_wrote_most_of_the_text_anew(stage: Stage) -> None:
    _, path = stage.linked("Plan", "- a\n- b\n\n## c d\n\ne f\n\ng h\n\n> i j")
    stage.person.set_body(stage.pages()["Plan"], "1. k\n2. l\n\n- m\n  - n\n- o")
    front = stage.text(path).split("---\n")[1]
    stage.write(path, f"---\n{front}---\n1. p\n2. q\n\n- r\n  - s\n- t\n")
    stage.settle()
    (conflict,) = stage.conflicts()
    stage.choose(conflict, "notion")
    assert [each.state for each in stage.conflicts()] == ["resolved"]
    assert "k" in stage.text(path)


@pytest.mark.parametrize("policy", ["notion", "git"])
def test_a_policy_decides_and_keeps_the_losing_text(policy: Policy) -> None:
    stage = Stage(policy=policy)
    page, path = clash(stage)
    word = policy.capitalize()
    assert stage.body(page) == f"{word} words.\n\nSecond words."
    assert stage.text(path).endswith(f"\n{word} words.\n\nSecond words.\n")
    conflict = only(stage)
    assert (conflict.state, conflict.resolved_by) == ("resolved", "policy")
    assert conflict.notion.startswith("Notion words.")
    assert conflict.git.startswith("Git words.")
    assert stage.notion.comments(page) == ()
    assert stage.state().open_conflicts == 0


def test_a_property_changed_twice_stays_on_each_side_and_is_recorded(stage: Stage) -> None:
    page, path = stage.linked("Plan", BODY, Points=1)
    stage.person.set_value(page, "Points", 2)
    stage.edit(path, "Points: 1", "Points: 3")
    stage.sync()
    stage.settle()
    assert stage.value(page, "Points") == 2
    assert "Points: 3\n" in stage.text(path)
    conflict = only(stage)
    assert (conflict.field, conflict.base, conflict.notion, conflict.git) == (
        "Points",
        "1",
        "2",
        "3",
    )


@pytest.mark.parametrize(("resolution", "content", "points"), [("git", "", 3), ("merged", "4", 4)])
def test_a_choice_ends_a_propertys_conflict(
    stage: Stage, resolution: Literal["git", "merged"], content: str, points: int
) -> None:
    page, path = stage.linked("Plan", BODY, Points=1)
    stage.person.set_value(page, "Points", 2)
    stage.edit(path, "Points: 1", "Points: 3")
    stage.sync()
    stage.choose(only(stage), resolution, content)
    assert stage.value(page, "Points") == points
    assert f"Points: {points}\n" in stage.text(path)
    assert only(stage).state == "resolved"


def test_a_chosen_text_that_does_not_fit_its_property_leaves_the_conflict_open(
    stage: Stage,
) -> None:
    page, path = stage.linked("Plan", BODY, Points=1)
    stage.person.set_value(page, "Points", 2)
    stage.edit(path, "Points: 1", "Points: 3")
    stage.sync()
    stage.choose(only(stage), "merged", "four")
    assert only(stage).state == "open"
    assert "invalid_value" in stage.problems()
    assert stage.value(page, "Points") == 2


def test_body_and_property_may_clash_at_once_and_get_a_record_each(stage: Stage) -> None:
    page, path = stage.linked("Plan", BODY, Points=1)
    stage.person.set_value(page, "Points", 2)
    stage.person.edit_text(page, "First", "Notion")
    stage.git.commit(
        "main",
        {path: stage.text(path).replace("Points: 1", "Points: 3").replace("First", "Git").encode()},
    )
    stage.sync()
    assert sorted(each.field for each in stage.conflicts()) == ["Points", "body"]
    assert stage.links()[path].conflicts == ("Points", "body")
    assert stage.state().open_conflicts == 2


@pytest.mark.parametrize("side", ["notion", "git"])
def test_a_conflict_ends_with_the_end_of_its_page(stage: Stage, side: str) -> None:
    page, path = clash(stage)
    stage.settle()
    if side == "notion":
        stage.person.trash(page)
    else:
        stage.write(path, None)
    stage.sync()
    assert stage.in_trash(page)
    assert stage.files() == []
    conflict = only(stage)
    assert conflict.state == "resolved"
    assert (conflict.notion.splitlines()[0], conflict.git.splitlines()[0]) == (
        "Notion words.",
        "Git words.",
    )
    assert stage.state().open_conflicts == 0


@pytest.mark.parametrize("side", ["notion", "git"])
def test_a_choice_counts_where_notion_numbers_an_open_clash_anew(
    stage: Stage, side: Resolution
) -> None:
    page, path = stage.linked("Plan", "- [ ] a\n- [x] b")
    stage.person.set_body(page, "1. c\n2. d\n\n3. e\n4. f")
    front = stage.text(path).split("---\n")[1]
    stage.write(path, f"---\n{front}---\n\n1. g\n2. h\n\n1. i\n2. j\n")
    stage.settle()
    stage.choose(only(stage), side)
    stage.settle()
    assert only(stage).state == "resolved"
    assert equivalent(stage.text(path).split("---\n")[2], stage.body(page))
    assert ("c" in stage.body(page), "g" in stage.body(page)) == (side == "notion", side == "git")
