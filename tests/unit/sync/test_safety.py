"""Plans that look like accidents are held: the numbers, the confirmation, what a hold costs."""

from dataclasses import replace

import pytest

from dev.fakes.repository import PERSON
from shared.ports.repository import Person
from shared.sync.commit import US
from shared.sync.link import Link
from shared.sync.model import Action, FileWrite, Kind, PageWrite
from shared.sync.own_commits import own_paths
from shared.sync.plan import Plan
from shared.sync.safety import Totals, check
from shared.sync.state import Release
from tests.unit.sync.stage import Stage


def action(kind: Kind, number: int, **more: object) -> Action:
    link = Link(id=f"l{number}", collection="docs", path=f"notion/docs/{number}.md")
    made = Action(kind=kind, reason="", collection="docs", link=link, before=link)
    return replace(made, **more)  # type: ignore[arg-type]


def plan(kind: Kind, count: int, **more: object) -> Plan:
    return Plan(actions=tuple(action(kind, number, **more) for number in range(count)))


def totals(links: int, rows: int | None = 50, files: int | None = 50, **more: bool) -> Totals:
    return Totals(links=links, rows=rows, files=files, **more)


@pytest.mark.parametrize(
    ("count", "links", "held"),
    [
        pytest.param(10, 10, False, id="10 are never many"),
        pytest.param(11, 55, False, id="11 of 55 are 20 %"),
        pytest.param(11, 54, True, id="11 of 54 are more"),
        pytest.param(21, 100, True, id="21 of 100 are more"),
        pytest.param(20, 100, False, id="20 of 100 are 20 %"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.DELETE_FILE, Kind.TRASH_PAGE])
def test_more_than_10_and_20_percent_deleted_is_held(
    kind: Kind, count: int, links: int, held: bool
) -> None:
    assert (check(plan(kind, count), {"docs": totals(links)}, None) is not None) is held


@pytest.mark.parametrize(
    ("count", "links", "held"),
    [
        pytest.param(9, 9, False, id="fewer than 10 links are never many"),
        pytest.param(3, 10, False, id="3 of 10 are 30 %"),
        pytest.param(4, 10, True, id="4 of 10 are more"),
        pytest.param(31, 100, True, id="31 of 100 are more"),
    ],
)
@pytest.mark.parametrize("side", ["git", "notion"])
def test_more_than_30_percent_rewritten_of_at_least_10_is_held(
    side: str, count: int, links: int, held: bool
) -> None:
    write = (
        {"file": FileWrite(path="x"), "editor": "somebody"}
        if side == "git"
        else {"page": PageWrite(body="x")}
    )
    refusal = check(plan(Kind.UPDATE, count, **write), {"docs": totals(links)}, None)
    assert (refusal is not None) is held
    if refusal:
        assert side in refusal.reason


@pytest.mark.parametrize(
    ("links", "rows", "files", "held"),
    [(4, 0, 4, False), (5, 0, 5, True), (5, 5, 0, True), (5, None, 5, False), (5, 1, 1, False)],
)
def test_a_side_that_is_empty_with_5_links_or_more_is_held(
    links: int, rows: int | None, files: int, held: bool
) -> None:
    found = check(plan(Kind.DELETE_FILE, 1), {"docs": totals(links, rows, files)}, None)
    assert (found is not None) is held


@pytest.mark.parametrize(
    ("links", "trashed", "created", "held"),
    [(5, 4, 0, True), (5, 3, 0, False), (5, 4, 1, False), (4, 4, 0, False)],
)
def test_what_both_sides_took_away_together_is_held_if_nothing_would_be_left(
    links: int, trashed: int, created: int, held: bool
) -> None:
    kinds = [Kind.DELETE_FILE, *[Kind.TRASH_PAGE] * trashed, *[Kind.CREATE_PAGE] * created]
    actions = tuple(action(kind, number) for number, kind in enumerate(kinds))
    found = check(Plan(actions=actions), {"docs": totals(links, 4, 1 + created)}, None)
    assert (found is not None) is held


@pytest.mark.parametrize(
    ("count", "contact", "held"), [(25, True, False), (26, True, True), (26, False, False)]
)
@pytest.mark.parametrize("kind", [Kind.CREATE_FILE, Kind.CREATE_PAGE])
def test_more_than_25_creations_at_first_contact_are_held(
    kind: Kind, count: int, contact: bool, held: bool
) -> None:
    found = check(plan(kind, count), {"docs": totals(0, contact=contact)}, None)
    assert (found is not None) is held


def test_what_a_plan_does_not_look_at_yet_counts_as_more_of_the_same() -> None:
    total = replace(totals(54), left=10)
    assert check(plan(Kind.TRASH_PAGE, 1), {"docs": total}, None) is not None


def test_each_collection_is_judged_by_its_own_numbers() -> None:
    numbers = {"docs": totals(54), "tasks": totals(10_000)}
    refusal = check(plan(Kind.TRASH_PAGE, 11), numbers, None)
    assert refusal is not None
    assert refusal.reason.startswith("docs: 11 of 54")


@pytest.mark.parametrize(("left", "held"), [(11, False), (12, False), (10, True)])
def test_a_release_lets_through_what_it_covers(left: int, held: bool) -> None:
    release = Release(plan_id="p", left={"trash_page": left})
    found = check(plan(Kind.TRASH_PAGE, 11), {"docs": totals(20)}, release)
    assert (found is not None) is held


def test_a_release_for_something_else_lets_nothing_through() -> None:
    release = Release(plan_id="p", left={"delete_file": 100})
    assert check(plan(Kind.TRASH_PAGE, 11), {"docs": totals(20)}, release) is not None


@pytest.fixture
def emptied() -> Stage:
    """Six pages with their files, which git has removed all at once."""
    stage = Stage()
    for number in range(6):
        stage.row(f"Page {number}", "Text.")
    stage.settle()
    stage.git.commit("main", dict.fromkeys(stage.files(), None))
    return stage


def test_an_emptied_folder_is_held_and_nothing_is_written(emptied: Stage) -> None:
    with emptied.counted() as made:
        report = emptied.sync()
    assert report.hold is not None
    assert report.run is not None
    assert report.run.outcome == "held"
    assert report.hold.counts == {"trash_page": 6}
    assert len(emptied.pages()) == 6
    assert made["update_row"] == made["git.push"] == 0


def test_a_hold_costs_nothing_while_nothing_changes(emptied: Stage) -> None:
    emptied.sync()
    held = emptied.state().hold
    with emptied.counted() as made:
        emptied.sync(wait_s=1)
    assert made["body"] == made["row"] == made["git.read"] == 0
    assert emptied.state().hold == held


def test_a_hold_of_the_same_plan_keeps_its_beginning(emptied: Stage) -> None:
    emptied.sync()
    held = emptied.state().hold
    assert held is not None
    emptied.git.commit("main", {"README.md": b"other"})
    emptied.sync()
    now = emptied.state().hold
    assert now is not None
    assert (now.plan_id, now.since) == (held.plan_id, held.since)


def test_a_confirmed_plan_is_carried_out_and_its_release_used_up(emptied: Stage) -> None:
    emptied.sync()
    emptied.confirm()
    emptied.sync()
    assert emptied.pages() == {}
    state = emptied.state()
    assert (state.hold, state.release) == (None, None)


def test_a_confirmation_does_not_cover_what_is_added_to_the_plan() -> None:
    stage = Stage()
    stage.sync()
    for number in range(12):
        stage.row(f"Page {number:02}", "Text.")
    stage.settle()
    stage.git.commit("main", dict.fromkeys(stage.files()[:11], None))
    stage.sync()
    stage.confirm()
    stage.git.commit("main", dict.fromkeys(stage.files(), None))
    stage.sync()
    held = stage.state().hold
    assert held is not None
    assert held.counts == {"trash_page": 12}
    assert len(stage.pages()) == 12


def test_files_that_come_back_end_the_hold(emptied: Stage) -> None:
    emptied.sync()
    texts = emptied.git.commits("main", None, 2)[1].sha
    emptied.git.force("main", texts)
    emptied.settle()
    assert emptied.state().hold is None
    assert len(emptied.pages()) == 6


def test_an_emptied_data_source_is_held() -> None:
    stage = Stage()
    pages = [stage.row(f"Page {number}", "Text.") for number in range(6)]
    stage.settle()
    for page in pages:
        stage.person.trash(page)
    stage.settle()
    assert len(stage.files()) == 6
    held = stage.state().hold
    assert held is not None
    assert "Notion shows no page of 6" in held.reason


def _twelve_pages() -> Stage:
    stage = Stage()
    for number in range(12):
        stage.write(f"notion/docs/p{number}.md", f"---\ntitle: P{number}\n---\n\nBefore.\n")
    stage.settle()
    return stage


def _all_reworded(stage: Stage, message: str, author: Person = US) -> None:
    texts = {path: stage.text(path).replace("Before.", "After.") for path in stage.files()}
    changed = {path: text.encode() for path, text in texts.items()}
    stage.git.commit("main", changed, message=message, author=author)


def test_documentation_that_the_product_itself_wrote_is_no_accident() -> None:
    stage = _twelve_pages()
    _all_reworded(stage, "Document 12 files\n\nNexus-Docs: abc\n")
    assert stage.sync().hold is None
    assert "After." in stage.body(stage.links()["notion/docs/p3.md"].page_id or "")


def test_a_person_who_rewrites_as_much_still_has_to_confirm() -> None:
    stage = _twelve_pages()
    _all_reworded(stage, "Reword all\n\nNexus-Docs: abc\n", PERSON)
    assert stage.sync().hold is not None


def test_what_a_person_changed_beside_the_product_counts_as_theirs() -> None:
    stage = _twelve_pages()
    for number in range(12):
        stage.edit(f"notion/docs/p{number}.md", "Before.", "Before. And more.")
    _all_reworded(stage, "Document\n\nNexus-Docs: abc\n")
    assert stage.sync().hold is not None


def test_a_history_that_does_not_lead_back_makes_nothing_the_products_own() -> None:
    stage = _twelve_pages()
    _all_reworded(stage, "Document\n\nNexus-Docs: abc\n")
    commits = stage.git.commits("main", None, 1)
    assert own_paths(commits, commits[0].parents[0]) == frozenset(commits[0].paths)
    assert own_paths(commits, "0" * 40) == frozenset()
    assert own_paths([], commits[0].sha) == frozenset()
