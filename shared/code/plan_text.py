"""A plan as Markdown: the file on the task's branch.

What the model wrote is shown as plain prose: links, images, HTML and headings in it are spelled
out, so that a text which was smuggled into a task can neither fetch nor hide anything.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.code.permalink import blob_url, commit_url
from shared.code.plan import Evidence, Plan, Step

TEMPLATE_VERSION: Final = 1
"""Part of every plan's key: a change of the prompt or of this form makes plans anew."""
_MAX_CRITERIA: Final = 4_000
_SHORT: Final = 1_500
_SPAN = re.compile(r"(`[^`\n]+`)")
_URL = re.compile(r"\w+://[^\s`<>]+")
_MARKUP = re.compile(r"[\\\[\]<>`*]|(?<![^\W_])_|_(?![^\W_])")
_AT_START = re.compile(r"^(\d*)([-#+>~|=.)])")
_SIZES: Final = {"S": "small", "M": "medium", "L": "large"}
_CRITERIA = re.compile(r"accept|criteri|definition of done|done when|akzeptanz|abnahme", re.I)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$")
_ITEM = re.compile(r"^[ \t]*([-*+]|\d{1,9}[.)])[ \t]+\S")
_FENCE = re.compile(r"^[ \t]*(```|~~~)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPlace:
    """What a plan is for. `commit`: what was read; `base`: the branch that the work goes into.

    `criteria`: Markdown of the task's page, verbatim.
    """

    task_id: str
    title: str
    page_url: str
    repository_url: str
    commit: str
    base: str
    at: datetime
    criteria: str


def render_plan(plan: Plan, place: PlanPlace) -> str:
    """The whole file, ending in one newline."""
    read = f"[{place.commit[:10]}]({commit_url(place.repository_url, place.commit)})"
    parts = [
        f"# {place.task_id}: {neutral(place.title)}",
        f"Plan for [the task]({place.page_url}), written by a language model from the task's text "
        f"and the code at {read}, for `{place.base}`, {place.at:%Y-%m-%d %H:%M} UTC. Its paths and "
        "symbols were checked against that commit; nothing was run.",
        *_section("Problem", prose(plan.problem)),
        *_section("Acceptance criteria", _quoted(place.criteria)),
        *_section("Evidence", _items(_shown(each, place) for each in plan.evidence)),
        *_section("Approach", prose(plan.approach)),
        *_section("Rejected", _items(_pair(each.what, each.why) for each in plan.rejected)),
        *_section("Steps", "\n".join(_step(step) for step in plan.steps)),
        *_section(
            "Tests", _items(f"`{each.command}`: {neutral(each.text)}" for each in plan.tests)
        ),
        *_section("Risks and rollback", _items(_pair(each.what, each.why) for each in plan.risks)),
        *_section("Not part of it", _items(neutral(each) for each in plan.non_goals)),
        *_section("Open questions", _items(neutral(each) for each in plan.questions)),
        *_section("Confidence", f"{plan.confidence.capitalize()}: {neutral(plan.reason)}"),
        *_section("Checklist", "\n".join(checklist(plan))),
    ]
    return "\n\n".join(parts) + "\n"


def checklist(plan: Plan) -> list[str]:
    """The steps and the tests as lines to tick."""
    steps = [f"- [ ] {_what(step)}: {neutral(_first_sentence(step.change))}" for step in plan.steps]
    return [*steps, *(f"- [ ] Run `{each.command}`" for each in plan.tests)]


def criteria_of(body: str) -> str:
    """What a task's page asks for, verbatim.

    Its section of that name; without one all of a short page, and the lists of a long one.
    """
    lines = body.strip().split("\n")
    listed = _lists(lines) if len(body) > _SHORT else []
    chosen = _named_section(lines) or listed or lines
    text = "\n".join(chosen).strip("\n")
    return text if len(text) <= _MAX_CRITERIA else text[:_MAX_CRITERIA].rpartition("\n")[0]


def neutral(text: str) -> str:
    """One line of prose in which only code spans are markup."""
    parts = _SPAN.split(" ".join(text.split()))
    plain = "".join(part if _SPAN.fullmatch(part) else _escaped(part) for part in parts)
    return _AT_START.sub(r"\1\\\2", plain)


def prose(text: str) -> str:
    """Paragraphs and lists of prose, each line neutral."""
    found = []
    for block in re.split(r"\n[ \t]*\n", text.strip()):
        lines = block.strip().split("\n")
        if all(line.lstrip().startswith("- ") for line in lines):
            found.append(_items(neutral(line.lstrip()[2:]) for line in lines))
        else:
            found.append(neutral(block))
    return "\n\n".join(found)


def _escaped(text: str) -> str:
    """Addresses become code, so that nothing links or fetches them; markup becomes text."""
    found, at = [], 0
    for url in _URL.finditer(text):
        found += [_MARKUP.sub(r"\\\g<0>", text[at : url.start()]), f"`{url[0]}`"]
        at = url.end()
    return "".join([*found, _MARKUP.sub(r"\\\g<0>", text[at:])])


def _section(title: str, text: str) -> Iterator[str]:
    if text.strip():
        yield from (f"## {title}", text)


def _items(entries: Iterable[str]) -> str:
    return "\n".join(f"- {entry}" for entry in entries)


def _pair(what: str, why: str) -> str:
    return f"{neutral(what)}: {neutral(why)}"


def _shown(evidence: Evidence, place: PlanPlace) -> str:
    first, last = evidence.first, evidence.last
    url = blob_url(place.repository_url, place.commit, evidence.path, first, last)
    lines = f"{first}" if first == last else f"{first}-{last}"
    return f"[`{evidence.path}:{lines}`]({url}): {neutral(evidence.text)}"


def _step(step: Step) -> str:
    after = f", after {', '.join(map(str, step.after))}" if step.after else ""
    return f"{step.number}. {_what(step)} ({_SIZES[step.size]}{after}): {neutral(step.change)}"


def _what(step: Step) -> str:
    shown = f"`{step.path}`" + (" (new)" if step.new else "")
    if step.symbol:
        named = step.symbol.replace("`", "")
        shown += f" `{named}`" + (" (new)" if step.symbol_new else "")
    return shown


def _first_sentence(text: str) -> str:
    flat = " ".join(text.split())
    return re.split(r"(?<=[.;!?])\s", flat, maxsplit=1)[0].rstrip(".;")


def _quoted(markdown: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in markdown.split("\n")) if markdown else ""


def _named_section(lines: list[str]) -> list[str]:
    """The lines below the heading that speaks of acceptance, up to the next of its level."""
    level, found = 0, []
    for line in lines:
        heading = _HEADING.match(line)
        if heading and level and len(heading[1]) <= level:
            break
        if level:
            found.append(line)
        elif heading and _CRITERIA.search(heading[2]):
            level = len(heading[1])
    return found if any(line.strip() for line in found) else []


def _lists(lines: list[str]) -> list[str]:
    """Lists with what is indented below their items."""
    found: list[str] = []
    inside = fenced = False
    for line in lines:
        if _FENCE.match(line):
            fenced = not fenced
        if not fenced and _ITEM.match(line):
            inside = True
        elif not line[:1].isspace():
            inside = inside and not line.strip()
        if inside and line.strip():
            found.append(line)
    return found
