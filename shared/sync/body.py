"""The body of a page and of its file: one document in two spellings.

Notion writes Markdown its own way, so what it shows is never compared with the file but with what
it showed before; a change is carried over as a change, not as a text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final, Literal

from shared.text.markdown import equivalent
from shared.text.merge import Clash, Merge, merge, transfer

_SIDES: Final[tuple[Literal["a", "b"], ...]] = ("a", "b")
_FENCED = re.compile(r"^[ \t]*(?:```|~~~)[\s\S]*?^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"<[^<>\n]*>|\{[^{}\n]*\}")
_KEPT_OF: Final = 3
"""A line that keeps less than one of so many words has been written anew."""
_MARKER = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])(?=[ \t])")
_ITEM = re.compile(r"^([ \t]*)([-*+])([ \t]+)(?=\S)(?![-*_ \t]+$)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """The four texts of a body: what each side showed when they agreed, and shows now."""

    base_git: str
    base_notion: str
    git: str
    notion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a body becomes.

    `git`, `notion`: the text for each side. `base`: the file's body to remember. Where a clash is
    left open, the page's text to remember is either the page's with the change `shift` (from, to),
    or `agreed`. `clashed`: not everything was settled by itself.
    """

    git: str
    notion: str
    base: str
    shift: tuple[str, str] | None = None
    agreed: str | None = None
    clashed: bool = False


def join(bodies: Bodies, winner: str | None, content: str = "") -> Joined:
    """Merge both sides' changes.

    `winner`: where they clash, `notion` or `git` keeps that side's text on both sides, `merged`
    takes `content` as the whole text; None leaves each side its own.
    """
    incoming = transfer(bodies.base_notion, bodies.notion, bodies.base_git)
    merged = _merge(bodies.base_git, incoming, bodies.git)
    clashed = not merged.clean
    if not clashed or winner is not None:
        text = _winning(merged, winner, content)
        if clashed and winner != "merged" and _is_left_whole(bodies, incoming, merged):
            text = bodies.git if winner == "git" else incoming
        return Joined(
            git=text,
            notion=transfer(incoming, text, bodies.notion),
            base=text,
            clashed=clashed,
        )
    return _left_open(bodies, incoming, merged)


def _left_open(bodies: Bodies, incoming: str, merged: Merge) -> Joined:
    """Settle what can be, and leave the clash to each side as it has it.

    Only if a next look at the result would find this very clash and nothing else: what does not
    come to rest would be merged again and again. Else nothing at all is changed.
    """
    ours, base = merged.text("a"), merged.text("base")
    notion = transfer(incoming, ours, bodies.notion)
    open_ = Joined(git=merged.text("b"), notion=notion, base=base, clashed=True)
    if _rests(replace(open_, agreed=transfer(ours, base, notion))):
        return replace(open_, shift=(ours, base))
    if _rests(replace(open_, agreed=base)):
        return replace(open_, agreed=base)
    return Joined(
        git=bodies.git,
        notion=bodies.notion,
        base=bodies.base_git,
        agreed=bodies.base_notion,
        clashed=True,
    )


def _is_left_whole(bodies: Bodies, incoming: str, merged: Merge) -> bool:
    """Whether people were shown both whole texts, so that one of these is what wins."""
    left = _left_open(bodies, incoming, merged)
    return (left.git, left.notion, left.base) == (bodies.git, bodies.notion, bodies.base_git)


def _rests(joined: Joined) -> bool:
    incoming = transfer(joined.agreed or "", joined.notion, joined.base)
    again = _merge(joined.base, incoming, joined.git)
    notion = transfer(incoming, again.text("a"), joined.notion)
    same = equivalent(again.text("b"), joined.git) and equivalent(notion, joined.notion)
    # Of the same base, too: a person decides about the three texts that the record shows.
    return same and equivalent(again.text("base"), joined.base) and not again.clean


def _winning(merged: Merge, winner: str | None, content: str) -> str:
    if winner == "merged":
        return content
    return merged.text("b" if winner == "git" else "a")


def _merge(base: str, notion: str, git: str) -> Merge:
    if not base.strip() and notion.strip() and git.strip() and not equivalent(notion, git):
        # Nothing was agreed on before, so nothing tells which part of either belongs together.
        return Merge(parts=(Clash(base=base, a=notion, b=git),))
    # A merge that was carried out on one side only: that side has all that the other changed.
    if _has_changes_of(base, notion, git, ordered=True):
        return merge(base, base, git)
    if _has_changes_of(base, git, notion, ordered=True):
        return merge(base, notion, base)
    merged = merge(base, notion, git)
    doubles = _doubles(merged, base, notion, git)
    if not doubles and not _revives(merged, base, notion, git):
        return merged
    # The same addition on both sides, beside moves, was taken for two.
    if _has_changes_of(base, notion, git, ordered=False):
        return merge(base, base, git)
    if _has_changes_of(base, git, notion, ordered=False):
        return merge(base, notion, base)
    return Merge(parts=(Clash(base=base, a=notion, b=git),))


def _has_changes_of(base: str, changed: str, other: str, *, ordered: bool) -> bool:
    """Whether `other` added every line that `changed` added and dropped every one it dropped, and,
    if `ordered`, has the rest in the same order.

    A line that was dropped on one side and edited on the other is in neither, but no agreement.
    """
    lines, others = _lines(changed), _lines(other)
    was, one, two = Counter(_lines(base)), Counter(lines), Counter(others)
    if one == was or (one - was) - (two - was) or (was - one) - (was - two):
        return False
    if _is_any_edited(was - one, two - was - one):
        return False
    at = iter(others)
    return not ordered or all(line in at for line in lines if line in two)


def _is_any_edited(lines: Iterable[str], others: Iterable[str]) -> bool:
    """Whether one of the other lines is one of these with some words changed."""
    found = [set(_WORD.findall(other)) for other in others]
    return any(
        len(words & other) * _KEPT_OF >= max(len(words), 1)
        for words in (set(_WORD.findall(line)) for line in lines)
        for other in found
    )


def _doubles(merged: Merge, *texts: str) -> bool:
    """Whether a merge has a line more often than any of its sources has."""
    most: Counter[str] = Counter()
    for text in texts:
        most |= Counter(_lines(text))
    counts = (Counter(_lines(merged.text(side))) for side in _SIDES)
    return any(0 < most[line] < count for each in counts for line, count in each.items())


def _revives(merged: Merge, base: str, *sides: str) -> bool:
    """Whether a merge settled on a line that one side took away: the other moved it to where
    nothing tells any more that it is the same, as when it put a block between items of a list.
    """
    settled = set.intersection(*(_unmarked(merged.text(side)) for side in _SIDES))
    once = {line for line, count in Counter(map(_bare, _lines(base))).items() if count == 1}
    return any(once & settled - _unmarked(side) for side in sides)


def _unmarked(text: str) -> set[str]:
    return set(map(_bare, _lines(text)))


def _bare(line: str) -> str:
    """A line without its bullet or number, which may change with others."""
    return _MARKER.sub("", line).strip()


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def with_bullets_of(text: str, like: str) -> str:
    """A text with the list marker that `like` uses throughout, if it uses only one.

    Notion writes `-`; an item that it changed must not begin a second list among `*` or `+`.
    """
    used = {found[2] for found in _ITEM.finditer(_FENCED.sub("", like))}
    if len(used) != 1 or used == {"-"}:
        return text
    marker = used.pop()
    parts = _FENCED.split(text)
    fences = _FENCED.findall(text)
    marked = [_ITEM.sub(lambda item: f"{item[1]}{marker}{item[3]}", part) for part in parts]
    return "".join(part for pair in zip_longest(marked, fences, fillvalue="") for part in pair)


def accounted(before: str, wanted: str, answer: str) -> str:
    """What the page shows of our own write: the answer, but for what somebody else changed there.

    What a person changed between our reading and our writing then still counts as a change. Line
    by line: Notion spells only those of our lines anew that `before` does not have; a line that
    vanished or changed beside them, and words behind or before ours, are a person's.
    """
    wrote, answered = wanted.splitlines(keepends=True), answer.splitlines(keepends=True)
    theirs = before.splitlines(keepends=True)
    ours = {
        at
        for tag, _, _, start, end in _changes(theirs, wrote)
        if tag != "equal"
        for at in range(start, end)
    }
    parts: list[str] = []
    for tag, start, end, other_start, other_end in _changes(wrote, answered):
        sent, shown = wrote[start:end], answered[other_start:other_end]
        foreign = any(wrote[at].strip() for at in range(start, end) if at not in ours)
        respelled = not foreign and not _is_added_to("".join(sent), "".join(shown))
        parts += shown if tag == "equal" or respelled else sent
    return "".join(parts)


def _is_added_to(sent: str, shown: str) -> bool:
    """Whether what is shown is what was sent with more words before or behind it."""
    sent, shown = (_TAG.sub("", text).strip() for text in (sent, shown))
    if not sent:
        return bool(_WORD.search(shown))
    before, found, behind = shown.partition(sent)
    apart = not (before[-1:] + behind[:1]).strip()
    return bool(found and apart and _WORD.search(before + behind))


def _changes(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
