"""The Plan section of a page: found, left out of the task, and merged with what people did."""

import pytest

from shared.code.plan import Plan
from shared.code.plan_reply import parse_plan
from shared.code.plan_section import PlanLinks, render_section, with_section, without_section
from shared.text.markdown import canonical
from tests.unit.code.test_plan import REPLY

LINKS = PlanLinks(
    repository_url="https://github.com/a/b.git",
    branch="task/TASK-7-export",
    base="main",
    path="plans/TASK-7.md",
    commit="d" * 40,
    read="c" * 40,
)
BODY = "Text.\n\n- one\n- two\n"


@pytest.fixture
def section() -> str:
    return render_section(parse_plan(REPLY), LINKS)


def test_a_section_links_branch_comparison_and_plan_and_lists_the_steps(section: str) -> None:
    assert section == canonical(section)
    assert section.startswith(
        "## Plan\n\nBranch [task/TASK-7-export](https://github.com/a/b/tree/task/TASK-7-export) · "
        "[Compare with main](https://github.com/a/b/compare/main...task/TASK-7-export) · "
        f"[Whole plan](https://github.com/a/b/blob/{'d' * 40}/plans/TASK-7.md)"
    )
    assert "- Which character divides the columns?" in section
    assert "- [ ] `src/book.py` `Book.add`: Keep the day as a date\n" in section
    assert section.endswith("\n\n---\n")


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        "",
        "## Plan\n\nMy own plan.\n",
        "# A\n\nB\n\n## C\n\nD\n",
        "```\n## Plan\n\nBranch [x](y)\n```\n",
    ],
)
def test_what_is_put_in_is_taken_out_again(body: str, section: str) -> None:
    written = with_section(body, section, "")
    assert written.count("Whole plan") == 1
    assert without_section(written) == without_section(body) == canonical(body)
    assert with_section(written, section, section) == written
    assert with_section(written, section, "") == written


def test_text_below_the_divider_or_a_heading_is_the_tasks(section: str) -> None:
    written = with_section(BODY, section, "")
    assert without_section(written + "\nMore.\n") == canonical(BODY + "\nMore.\n")
    cut = written.replace("\n---\n", "\n## Next\n\nMore.\n")
    assert without_section(cut) == canonical(BODY + "\n## Next\n\nMore.\n")


def test_ticks_and_notes_stay_where_the_section_is_written_anew(section: str) -> None:
    written = with_section(BODY, section, "")
    edited = written.replace("- [ ] `src/book.py`", "- [x] `src/book.py`").replace(
        "**Steps**", "Ask Grace first.\n\n**Steps**"
    )
    changed: Plan = parse_plan(REPLY.replace("Write one line per entry", "Write a header"))
    new = render_section(changed, LINKS)
    result = with_section(edited + "\nBelow.\n", new, section)
    assert "- [x] `src/book.py` `Book.add`" in result
    assert "Ask Grace first." in result
    assert "Write a header" in result
    assert "Write one line" not in result
    assert result.endswith("---\n\nBelow.\n")
    assert result.count("## Plan") == 1


def test_a_section_that_was_taken_out_stays_out(section: str) -> None:
    assert with_section(BODY, section, section) == BODY


def test_a_clash_keeps_what_the_person_wrote(section: str) -> None:
    edited = with_section(BODY, section, "").replace("A new writer beside", "Our own writer near")
    new = render_section(parse_plan(REPLY.replace("A new writer beside", "No writer but")), LINKS)
    result = with_section(edited, new, section)
    assert "Our own writer near" in result
    assert "<<<<" not in result
