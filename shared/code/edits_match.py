"""Finds the one place of a text that a SEARCH part means, or says why there is none.

Whole lines are compared: as they are, else without the blanks at their ends. A place counts only
if it is the only one. Nothing is guessed beyond that: likeness is used to explain, never to edit.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

_LISTED: Final = 5
_MOST: Final = 100
_SHOWN_LINES: Final = 30
_COMPARED_LINES: Final = 40
_ALIKE: Final = 0.4
_WORD = re.compile(r"\w+|[^\w\s]")


class Mismatch(Exception):
    """There is no such place, or more than one; the message tells the model what to mend."""


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` (excluded) of the text, whole lines, and what goes there."""

    start: int
    end: int
    replacement: str


def find_place(text: str, search: str, replace: str) -> Place:
    """Find the only place of `search` in a text; each of the three is lines with their ends.

    Where only the blanks around lines differ, `replace` gets the indentation of the text.

    Raises:
        Mismatch: it stands nowhere or more than once, or has nothing to find it by.
    """
    if not search.strip():
        raise Mismatch("its SEARCH part has no text: take in at least one line that is not blank")
    exact = list(islice(_starts(text, search), _MOST))
    if len(exact) == 1:
        return Place(exact[0], exact[0] + len(search), replace)
    if exact:
        raise Mismatch(_several("its SEARCH part", [_line_at(text, at) for at in exact]))
    return _loose_place(text, search, replace)


def _starts(text: str, part: str) -> Iterator[int]:
    """Where whole lines begin a copy of `part`; copies may share lines."""
    text, part = f"\n{text}", f"\n{part}"
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _loose_place(text: str, search: str, replace: str) -> Place:
    lines, wanted = text.split("\n")[:-1], search.split("\n")[:-1]
    bare = "".join(f"{line.strip()}\n" for line in lines)
    bare_search = "".join(f"{line.strip()}\n" for line in wanted)
    found = [_line_at(bare, at) for at in islice(_starts(bare, bare_search), _MOST)]
    if len(found) > 1:
        what = "without its indentation, which stands nowhere as given, its SEARCH part"
        raise Mismatch(_several(what, found))
    if not found:
        raise Mismatch(_nowhere(text, lines, wanted, replace))
    first, last = found[0] - 1, found[0] - 1 + len(wanted)
    start = sum(len(line) + 1 for line in lines[:first])
    end = start + sum(len(line) + 1 for line in lines[first:last])
    return Place(start, end, _indented(replace, wanted, lines[first:last]))


def _indented(replace: str, wanted: list[str], there: list[str]) -> str:
    """The new lines with the indentation that the text has where the SEARCH part has another."""
    pairs = {
        (_indent(one), _indent(other))
        for one, other in zip(wanted, there, strict=True)
        if one.strip()
    }
    given, own = min(pairs, key=lambda pair: len(pair[0]))
    new = [line for line in replace.split("\n")[:-1] if line.strip()]
    known = dict(pairs)
    if own.endswith(given) and all(b == own.removesuffix(given) + a for a, b in pairs):
        known = {_indent(line): own.removesuffix(given) + _indent(line) for line in new}
    elif given.endswith(own) and all(a == given.removesuffix(own) + b for a, b in pairs):
        more = given.removesuffix(own)
        starts = (each for each in map(_indent, new) if each.startswith(more))
        known = {each: each.removeprefix(more) for each in starts}
    if len(dict(pairs)) < len(pairs) or any(_indent(line) not in known for line in new):
        raise Mismatch(
            "its indentation differs from the file's in a way that cannot be carried over to the "
            "REPLACE part: copy the lines exactly as they stand in the file"
        )
    return "".join(f"{_reindented(line, known)}\n" for line in replace.split("\n")[:-1])


def _reindented(line: str, known: Mapping[str, str]) -> str:
    return known[_indent(line)] + line.lstrip() if line.strip() else line


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _line_at(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _several(what: str, at_lines: list[int]) -> str:
    listed = ", ".join(str(line) for line in at_lines[:_LISTED])
    count = f"{_MOST} times or more" if len(at_lines) == _MOST else f"{len(at_lines)} times"
    more = " …" if len(at_lines) > _LISTED else ""
    return f"{what} stands {count} (lines {listed}{more}): take in more lines around it"


def _nowhere(text: str, lines: list[str], wanted: list[str], replace: str) -> str:
    if replace.strip() and next(_starts(text, replace), None) is not None:
        return (
            "its SEARCH part does not stand in the file, but its REPLACE part does: the change "
            "may be there already, or an earlier block made it"
        )
    near = _nearest(lines, wanted)
    if near is None:
        return "its SEARCH part does not stand in the file: copy lines of the file as shown"
    shown = "\n".join(lines[near : near + min(len(wanted), _SHOWN_LINES)])
    return (
        "its SEARCH part does not stand in the file. Did you mean these lines "
        f"(from line {near + 1})?\n{shown}\n"
    )


def _nearest(lines: list[str], wanted: list[str]) -> int | None:
    """Where the lines begin that share most words with those wanted; None if none are alike."""
    asked = [frozenset(_WORD.findall(line)) for line in wanted[:_COMPARED_LINES]]
    words = [frozenset(_WORD.findall(line)) for line in lines]
    best, at = 0.0, None
    for start in range(max(len(words) - len(asked) + 1, 1)):
        pairs = zip(asked, words[start : start + len(asked)], strict=False)
        score = sum(2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0 for a, b in pairs) / len(
            asked
        )
        if score > best:
            best, at = score, start
    return at if best >= _ALIKE else None
