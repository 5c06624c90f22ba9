"""What a commit message says of tasks: which it names, and which it finishes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.tracker.grammar import MAX_IDS, read_mentions, task_of_branch, without_merged_names

VERBS = ("close", "fix", "resolve", "complete", "implement")


def forms(verb: str) -> list[str]:
    """A verb in every tense."""
    stem = verb.removesuffix("e")
    third = f"{verb}es" if verb == "fix" else f"{verb}s"
    return [verb, third, f"{stem}ed", f"{stem}ing"]


@pytest.mark.parametrize("word", [form for verb in VERBS for form in forms(verb)])
def test_every_tense_of_a_magic_word_finishes(word: str) -> None:
    for spelled in (word, word.upper(), word.capitalize()):
        said = read_mentions(f"{spelled} TASK-12", "TASK")
        assert said.finished == said.linked == ("TASK-12",)


@pytest.mark.parametrize(
    ("message", "linked", "finished"),
    [
        ("Fixes TASK-1, TASK-2 and TASK-3", "123", "123"),
        ("Fixes TASK-1 & TASK-2; see TASK-3", "123", "12"),
        ("fix: TASK-1", "1", "1"),
        ("fix(TASK-1): read amounts", "1", "1"),
        ("Fix the crash on start (TASK-1)", "1", "1"),
        ("Closes: TASK-1\nResolves: TASK-2", "12", "12"),
        ("Fixes TASK-1 and refs TASK-2", "12", "1"),
        ("Refs TASK-2, fixes TASK-1", "21", "1"),
        ("TASK-1: fix the crash", "1", ""),
        ("Fix the crash. TASK-1 is next.", "1", ""),
        ("Fixes\nTASK-1", "1", ""),
        ("ref TASK-1", "1", ""),
        ("Fix a part of TASK-1", "1", ""),
        ("Fix, towards TASK-1", "1", ""),
        ("A fix that relates to TASK-1", "1", ""),
        ("Add a prefix for TASK-1", "1", ""),
        ("A suffix, a fixture, a hot-fix and a bug-fix for TASK-1", "1", ""),
        ("Gets close to TASK-1", "1", ""),
        ("This does not fix TASK-1", "1", ""),
        ("Does not really fix TASK-1", "1", ""),
        ("This doesn't fix TASK-1", "1", ""),
        ("This doesn\u2019t fix TASK-1", "1", ""),
        ("Don't close TASK-1 yet", "1", ""),
        ("No longer fixes TASK-1", "1", ""),
        ("Without fixing TASK-1", "1", ""),
        ("Partially fixes TASK-1", "1", ""),
        ("Try to fix TASK-1", "1", ""),
        ("Fixes TASK-1 but not TASK-2", "12", "1"),
        ("Not only fixes TASK-1, also TASK-2", "12", "12"),
        ("Does not close TASK-1. Fixes TASK-2", "12", "2"),
        ('Revert "Fixes TASK-1"', "1", ""),
        ("Fixes TASK-1 by reverting the last change", "1", "1"),
        ("Refs TASK-1\n\nFixes TASK-1", "1", "1"),
        ("Fixes TASK-1, fixes TASK-1", "1", "1"),
        ("fixes `x` of TASK-1", "1", "1"),
    ],
)
def test_a_magic_word_reaches_to_the_ids_on_its_line(
    message: str, linked: str, finished: str
) -> None:
    said = read_mentions(message, "TASK")
    assert "".join(each.removeprefix("TASK-") for each in said.linked) == linked
    assert "".join(each.removeprefix("TASK-") for each in said.finished) == finished


@pytest.mark.parametrize(
    "message",
    [
        "See (TASK-12).",
        "[TASK-12] Read amounts",
        "TASK-12",
        "Read amounts #TASK-12",
        "Read amounts\n\n- one\n- TASK-12, two",
        "It ends with TASK-12.",
        "**TASK-12**",
        "Squash of task/TASK-12-read-amounts",
        "Read amounts\n\nTask: TASK-12",
    ],
)
def test_an_id_links_wherever_it_stands_in_prose(message: str) -> None:
    assert read_mentions(message, "TASK").linked == ("TASK-12",)


@pytest.mark.parametrize(
    "message",
    [
        "XTASK-12 TASK-12x TASK-012 TASK-0 TASK12 TASK- 12 task-12",
        "SUBTASK-12 MY_TASK-12 \u00e9TASK-12",
        "TASK-12-beta TASK-12.5 TASK-12.md docs/TASK-12 feature/TASK-12-x a@TASK-12 TASK-12@x",
        "`Fixes TASK-12` and ``TASK-12 ` x``",
        "> Fixes TASK-12",
        "  > TASK-12",
        "Text\n```\nFixes TASK-12\n```\nmore",
        "Text\n~~~~ python\nTASK-12\n~~~\nTASK-12\n~~~~\n",
        "Text\n```\nnever closed TASK-12",
        "Text\n\n    TASK-12 as code\n\n    TASK-12\n",
        "https://tracker.example/TASK-12 www.example.com/TASK-12 see(https://x.example/?q=TASK-12)",
        "OTHER-12",
        "",
    ],
)
def test_what_is_no_id_or_no_prose_links_nothing(message: str) -> None:
    assert read_mentions(message, "TASK").linked == ()


def test_a_prefix_is_taken_as_it_is() -> None:
    assert read_mentions("Fixes A.B-1 and AxB-2", "A.B").finished == ("A.B-1",)


def test_only_so_many_ids_are_read() -> None:
    message = "Fixes " + ", ".join(f"TASK-{number}" for number in range(1, 200))
    said = read_mentions(message, "TASK")
    assert said.linked == said.finished
    assert len(said.linked) == MAX_IDS


@given(st.text(alphabet="TASK-12 \n`>~fix.es/#(not)\t", max_size=200))
def test_any_message_is_read(message: str) -> None:
    said = read_mentions(message, "TASK")
    assert set(said.finished) <= set(said.linked)
    assert all(each in message for each in said.linked)


@pytest.mark.parametrize(
    ("branch", "task"),
    [
        ("task/TASK-12-read-amounts", "TASK-12"),
        ("task/TASK-12", "TASK-12"),
        ("task/TASK-12x", None),
        ("task/read-TASK-12", None),
        ("voice/TASK-12-x", None),
        ("main", None),
    ],
)
def test_a_tasks_branch_tells_its_task(branch: str, task: str | None) -> None:
    assert task_of_branch(branch, "TASK") == task


@pytest.mark.parametrize(
    ("message", "finished"),
    [
        ("Merge branch 'task/TASK-7-read-amounts'", ()),
        ("Merge branch 'fix' into task/TASK-7-read-amounts", ()),
        ("Merge branch 'fixes TASK-7' of https://git.example/a/b", ()),
        ("Merge remote-tracking branch 'origin/fix' into TASK-7", ()),
        ("Merge pull request #3 from ada/fixes/TASK-7", ()),
        ("Merge Ada's part, fixes TASK-7, don't wait", ("TASK-7",)),
        ("Merge what came from Ada, fixes TASK-7", ("TASK-7",)),
        ("Merge pull request #3 from ada/amounts\n\nFixes TASK-7", ("TASK-7",)),
        ("Merge branch 'x' into 'main'\n\nFixes TASK-7\n\nSee merge request a/b!3", ("TASK-7",)),
        ("Merge branch 'task/TASK-7-x': fixes TASK-7", ("TASK-7",)),
        ("Fixes TASK-7 of what came from ada", ("TASK-7",)),
        ("Merge branch 'x'\n\nTakes 'it' from fixes TASK-7", ("TASK-7",)),
    ],
)
def test_what_a_merge_names_in_its_first_line_finishes_nothing(
    message: str, finished: tuple[str, ...]
) -> None:
    assert read_mentions(without_merged_names(message), "TASK").finished == finished
