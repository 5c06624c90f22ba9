"""The Plan section of a task's page: written by us, edited by people, no part of the task's text.

It begins with the heading `## Plan` over a line that links the branch, and ends with a divider. A
person who writes in it, or ticks a box, keeps that: what is written anew is merged with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.permalink import blob_url, branch_url, commit_url, compare_url
from shared.code.plan import Plan
from shared.code.plan_text import checklist, neutral, prose
from shared.text.markdown import canonical
from shared.text.merge import merge

_TITLE: Final = "## Plan"
_END: Final = "---"
_LINKS = re.compile(r"Branch \[[^\]\n]*\]\(")
_HEADING = re.compile(r"^#{1,2}[ \t]")
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)")
_EDITED: Final = (
    "Some parts of the plan file were edited by hand and stay as they are: compare it with this."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLinks:
    """Where the plan is. `commit`: of the plan file; `read`: what was read for it.

    `edited`: what people wrote in the plan file stands in the way of parts of the new plan.
    """

    repository_url: str
    branch: str
    base: str
    path: str
    commit: str
    read: str
    edited: bool = False


def render_section(plan: Plan, links: PlanLinks) -> str:
    """The section in canonical Markdown, with its heading and its divider."""
    url = links.repository_url
    parts = [
        _TITLE,
        f"Branch [{links.branch}]({branch_url(url, links.branch)}) · "
        f"[Compare with {links.base}]({compare_url(url, links.base, links.branch)}) · "
        f"[Whole plan]({blob_url(url, links.commit, links.path)}) · "
        f"read at [{links.read[:10]}]({commit_url(url, links.read)})",
        prose(plan.approach),
        f"Confidence: {plan.confidence}. {neutral(plan.reason)}",
    ]
    parts += [_EDITED] if links.edited else []
    if plan.questions:
        asked = [f"- {neutral(each)}" for each in plan.questions]
        parts += ["**To be clarified**", "\n".join(asked)]
    parts += ["**Steps**", "\n".join(checklist(plan)), _END]
    return canonical("\n\n".join(parts))


def without_section(body: str) -> str:
    """A page's body without the section: the task as people wrote it, in canonical Markdown."""
    lines = body.split("\n")
    place = _find(lines)
    if place is None:
        return canonical(body)
    first, end = place
    return canonical("\n".join([*lines[:first], "", *lines[end:]]))


def with_section(body: str, section: str, last: str) -> str:
    """A body with the section as it is now.

    `last`: the section that was written before, "" for none. What people changed in it since stays
    where both changed the same; a section that they took out stays out; a new one goes to the end.
    """
    lines = body.split("\n")
    place = _find(lines)
    if place is None:
        if last:
            return body
        above = body.rstrip("\n")
        return f"{above}\n\n{section}" if above else section
    first, end = place
    present = "\n".join(lines[first:end]).strip("\n") + "\n"
    merged = merge(last, present, section).text("a") if last else section
    return "\n".join([*lines[:first], merged.rstrip("\n"), *_after(lines[end:])])


def _after(lines: Sequence[str]) -> list[str]:
    """What follows the section, after one empty line; the end of the text where nothing does."""
    rest = "\n".join(lines).strip("\n")
    return ["", rest, ""] if rest else [""]


def _find(lines: Sequence[str]) -> tuple[int, int] | None:
    """From which line to before which the section goes; None without one."""
    prose_lines = _unfenced(lines)
    for first, line in enumerate(lines):
        if first in prose_lines and line.rstrip() == _TITLE and _links_follow(lines[first + 1 :]):
            return first, _end(lines, first, prose_lines)
    return None


def _links_follow(lines: Sequence[str]) -> bool:
    text = next((line for line in lines if line.strip()), "")
    return _LINKS.match(text) is not None


def _end(lines: Sequence[str], first: int, prose_lines: set[int]) -> int:
    for at in range(first + 1, len(lines)):
        if at in prose_lines and lines[at].rstrip() == _END:
            return at + 1
        if at in prose_lines and _HEADING.match(lines[at]):
            return at
    return len(lines)


def _unfenced(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that are not inside of fenced code."""
    found: set[int] = set()
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if not fence and mark:
            fence = mark[1]
        elif fence and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence:
            found.add(number)
    return found
