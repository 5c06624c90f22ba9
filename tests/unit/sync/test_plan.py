"""The plan as a value: its order, its id, its counts, and what it says of itself."""

from collections import Counter
from dataclasses import replace

import pytest

from shared.sync.model import Kind, PageWrite
from shared.sync.plan import Plan, with_link_ids
from shared.sync.referrers import referrers_of
from shared.sync.store import SyncStore
from tests.unit.sync.stage import WID, Stage


@pytest.fixture
def stage() -> Stage:
    """One page to make, one file to make, one file to change and one to remove."""
    stage = Stage()
    changed, _ = stage.linked("Changed", "One.")
    gone, _ = stage.linked("Gone", "One.", stage.tasks)
    stage.person.edit_text(changed, "One.", "Two.")
    stage.person.trash(gone)
    stage.row("New", "Text.")
    stage.write("notion/docs/file.md", "Text.\n")
    return stage


def test_a_plan_is_sorted_and_says_what_where_and_why(stage: Stage) -> None:
    lines = [line.split(" [")[0] for line in stage.plan().lines()]
    pages = {**stage.pages(), "Gone": stage.links()["notion/tasks/gone.md"].page_id}
    assert lines == [
        f"update docs notion/docs/changed.md {pages['Changed']}: changed",
        "create_page docs notion/docs/file.md -: new in git",
        f"create_file docs notion/docs/new.md {pages['New']}: new in Notion",
        f"delete_file tasks notion/tasks/gone.md {pages['Gone']}: deleted in Notion",
    ]


def test_a_plan_counts_what_writes_something(stage: Stage) -> None:
    kinds = ("create_file", "create_page", "delete_file", "update")
    assert stage.plan().counts() == dict.fromkeys(kinds, 1)


def test_a_plan_changes_nothing_and_is_the_same_the_next_time(stage: Stage) -> None:
    with stage.counted() as made:
        first, second = stage.plan(), stage.plan()
    assert first.id == second.id
    assert first == second
    writes = ("create_row", "update_row", "git.push", "store.commit")
    assert [made[each] for each in writes] == [0] * 4


def test_a_plan_has_another_id_for_another_text(stage: Stage) -> None:
    before = stage.plan().id
    stage.person.edit_text(stage.pages()["Changed"], "Two", "Three")
    assert stage.plan().id != before


def test_a_plan_is_empty_once_it_is_carried_out(stage: Stage) -> None:
    assert stage.plan().changes
    stage.settle()
    plan = stage.plan()
    assert (plan.actions, plan.changes, plan.counts(), list(plan.lines())) == ((), False, {}, [])


def test_an_order_of_values_is_no_other_plan(stage: Stage) -> None:
    (create,) = (each for each in stage.plan().actions if each.kind is Kind.CREATE_PAGE)
    one = replace(create, page=PageWrite(values={"a": ("x", "y"), "b": 1}))
    other = replace(create, page=PageWrite(values={"b": 1, "a": ("y", "x")}))
    assert Plan(actions=(one,)).id == Plan(actions=(other,)).id


def test_new_links_get_their_ids_and_old_ones_keep_theirs(stage: Stage) -> None:
    plan = stage.plan()
    old = {each.link.id for each in plan.actions if each.before}
    ids = Counter(each.link.id for each in with_link_ids(plan, iter("abcdef")).actions)
    assert old < ids.keys()
    assert ids.keys() - old == {"a", "b"}
    assert set(ids.values()) == {1}


def test_a_plan_without_new_paths_asks_for_no_referrers(stage: Stage) -> None:
    plan, seen = stage.plan(), stage.look().seen
    with stage.counted() as made:
        assert referrers_of(plan, seen, SyncStore(stage.store, WID)) == []
    assert made == Counter()
