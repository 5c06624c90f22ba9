"""Rows, filters, walks and documents of the tracker, each by itself."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ports.notion import DataSource, Property
from shared.ports.repository import CommitInfo, Person
from shared.tracker.cursor import Followed, followed_document, heads_digest, read_followed
from shared.tracker.filters import left_out, trailers
from shared.tracker.history import walk
from shared.tracker.ledger import Entry, Mark, entry_document, read_entry
from shared.tracker.rows import bind_columns, row_body, row_values, title_of
from shared.tracker.status import done_option, is_done, status_column

ROOT = Path(__file__).parents[3]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMMIT = CommitInfo(
    sha="a" * 40,
    parents=("b" * 40,),
    message="Read amounts\n\nAs *cents*.\n",
    author=Person(name="Ada", email="ada@example.com"),
    at=NOON,
    paths=("src/money.py",),
)


def test_the_body_holds_message_and_files_as_they_are() -> None:
    message = "Fences\n\n```\ncode <b> *x*\n```\n"
    body = row_body(replace(COMMIT, message=message, paths=("a\nb.py", "c`d.py")))
    assert body.startswith("````\nFences\n\n```\ncode <b> *x*\n```\n````\n\n## Files\n\n```\n")
    assert body.endswith("\na b.py\nc`d.py\n```")


def test_what_is_too_long_is_cut() -> None:
    paths = tuple(f"{number:04}.py" for number in range(1000))
    long = replace(COMMIT, message="x" * 100_000, paths=paths)
    assert len(title_of(long)) == 250
    assert row_body(long).endswith("0199.py\n… and 800 more\n```")
    values = row_values(long, "b" * 5000, "https://x.example/" + "y" * 5000, ())
    assert values["Files"] == 1000
    assert values["URL"] is None
    assert len(str(values["Branch"])) == 1000


def test_a_commit_without_files_has_none_in_its_body() -> None:
    assert row_body(replace(COMMIT, paths=())) == "```\nRead amounts\n\nAs *cents*.\n```"


@given(st.text(max_size=300))
def test_any_message_has_a_title_and_a_body(message: str) -> None:
    commit = replace(COMMIT, message=message)
    assert 0 < len(title_of(commit)) <= 250
    assert "\n" not in title_of(commit)
    assert "src/money.py" in row_body(commit)


def test_columns_stay_bound_under_other_names() -> None:
    columns = [
        Property(id="t", name="Titel", kind="title"),
        Property(id="s", name="SHA", kind="url"),
    ]
    source = DataSource(id="d", database_id="", title="", url="", properties=tuple(columns))
    assert bind_columns(source, {}) == {"Name": "t"}
    text = Property(id="x", name="Commit", kind="rich_text")
    bound = bind_columns(replace(source, properties=(*columns, text)), {"SHA": "x", "URL": "gone"})
    assert bound == {"Name": "t", "SHA": "x"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"parents": ("b" * 40, "c" * 40)}, "merge"),
        ({"parents": ()}, None),
        ({"author": Person(name="dependabot[bot]", email="x")}, "bot"),
        ({"author": Person(name="Bo T", email="49699333+dependabot[bot]@users.noreply.x")}, "bot"),
        ({"author": Person(name="Robot", email="bot@example.com")}, None),
        ({"message": "Sync\n\nNexus-Sync: r1\n"}, "ours"),
        ({"message": "Docs\r\n\r\nNexus-Docs: 1\r\n"}, "ours"),
        ({"message": "Plan\n\nText\n\nNotion-Task: x\nPlan-Id: 1"}, "ours"),
        ({"message": "Plan\n\nNexus-Task: 1"}, "ours"),
        ({"message": "Add a button\n\nNexus-Interaction: 01J"}, None),
        ({"message": "Nexus-Sync: what it is"}, None),
        ({"message": "About\n\nNexus-Sync: r1\n\nis how our commits end."}, None),
    ],
)
def test_merges_bots_and_our_own_are_left_out(changes: dict[str, object], reason: str) -> None:
    assert left_out(replace(COMMIT, **changes)) == reason  # type: ignore[arg-type]


def test_trailers_are_the_last_paragraph() -> None:
    assert trailers("A\n\nKey-One: x\n\nKey-Two: y\nnot one\nKey-Three:z\n") == {"key-two"}


def line(*shas: str) -> dict[str, CommitInfo]:
    """Commits on top of each other, the newest first."""
    below = (*shas[1:], "")
    return {
        sha: replace(COMMIT, sha=sha, parents=(parent,) if parent else ())
        for sha, parent in zip(shas, below, strict=True)
    }


def test_a_walk_gives_parents_before_children_and_tells_what_it_met() -> None:
    commits = line("d", "c", "b", "a")
    found = walk("d", commits, {"b"}.__contains__)
    assert [each.sha for each in found.new] == ["c", "d"]
    assert found.met == frozenset({"b"})
    assert found.whole


def test_a_walk_that_runs_out_of_commits_says_so() -> None:
    commits = line("d", "c", "b", "a")
    del commits["a"]
    assert not walk("d", commits, lambda _: False).whole
    assert walk("d", line("d", "c"), lambda _: False).whole


def test_a_walk_over_a_merge_visits_all_once() -> None:
    commits = line("d", "c", "b", "a")
    commits["e"] = replace(COMMIT, sha="e", parents=("b",))
    commits["m"] = replace(COMMIT, sha="m", parents=("d", "e"))
    order = [each.sha for each in walk("m", commits, {"a"}.__contains__).new]
    assert sorted(order) == ["b", "c", "d", "e", "m"]
    for sha in order:
        assert all(order.index(p) < order.index(sha) for p in commits[sha].parents if p != "a")


def test_a_walk_over_a_long_line_needs_no_stack() -> None:
    shas = [f"{number}" for number in range(5000)]
    assert len(walk("0", line(*shas), lambda _: False).new) == 5000


@pytest.mark.parametrize(
    ("options", "done"),
    [
        (("To do", "In progress", "Done"), "Done"),
        (("Offen", "Erledigt"), "Erledigt"),
        (("Closed", "\u2705 Done!"), "\u2705 Done!"),
        (("Open", "CLOSED"), "CLOSED"),
        (("Not done", "Doing"), None),
        ((), None),
    ],
)
def test_the_option_for_done_is_known_by_its_name(options: tuple[str, ...], done: str) -> None:
    assert done_option(options) == done
    assert [each for each in options if is_done(each)][-1:] == ([done] if done else [])


def test_a_status_is_one_by_kind_or_by_name() -> None:
    named = Property(id="1", name="Status", kind="select")
    kind = Property(id="2", name="Zustand", kind="status")
    text = Property(id="3", name="Status", kind="rich_text")

    def found(*columns: Property) -> Property | None:
        return status_column(
            DataSource(id="d", database_id="", title="", url="", properties=columns)
        )

    assert (found(named), found(named, kind), found(text)) == (named, kind, None)


ENTRY = Entry(
    sha="a" * 40,
    tracker="t",
    branch="main",
    at=NOON,
    parents=("b" * 40,),
    branches=("main",),
    mark=Mark(nonce="n", at=NOON),
    closing={"p": "To do"},
    closed=("q",),
)
FOLLOWED = Followed(
    repository="r",
    branch="main",
    tracker="t",
    began_at=NOON,
    tips={"main": ("a",)},
    lost={"x": ("b",)},
)


def test_documents_are_read_as_they_were_written() -> None:
    assert read_entry(entry_document(ENTRY)) == ENTRY
    assert read_followed(followed_document(FOLLOWED)) == FOLLOWED


def test_no_field_of_the_tracker_costs_an_index() -> None:
    file = json.loads((ROOT / "firestore.indexes.json").read_text(encoding="utf8"))
    exempt = {
        (each["collectionGroup"], each["fieldPath"])
        for each in file["fieldOverrides"]
        if each["indexes"] == []
    }
    assert {("commits", name) for name in entry_document(ENTRY)} <= exempt
    written = {*followed_document(FOLLOWED), "before", "first"}
    assert {("state", name) for name in written} <= exempt


def test_the_digest_changes_whenever_a_branch_moves_comes_or_goes() -> None:
    heads = {"main": "a", "task/b": "c"}
    others = [{"main": "b", "task/b": "c"}, {"main": "a"}, {**heads, "x": "y"}, {}]
    assert heads_digest(heads) == heads_digest(dict(reversed(heads.items())))
    assert len({heads_digest(each) for each in (heads, *others)}) == 5
