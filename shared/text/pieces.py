"""A Markdown text cut into pieces that a merge may move, keep or drop as a whole.

The cut is made on raw lines, so that pieces put together again are the text, byte for byte. It
only has to find places where a text can be cut safely: never inside a fence, an equation, a
comment or a `<tag>` with its `</tag>`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

from shared.text.markdown import canonical

_BREAK = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_TOP_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_FENCE = re.compile(r"[ \t]*(?:(?P<ticks>`{3,})[^`]*|(?P<tildes>~{3,}).*)$")
_DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_OPEN_TAG = re.compile(r"[ \t]*<([a-z][a-z-]*)(?:\s[^<>]*[^<>/])?>\s*$")
_CLOSE_TAG = re.compile(r"[ \t]*</([a-z][a-z-]*)>\s*$")
_COUNTER = re.compile(r"^([ \t]*)\d+([.)])(?=[ \t])")
_WORD = re.compile(r"\w+")

# Blocks that end with their last line, whatever follows.
CLOSED: Final = frozenset({"heading", "fence", "math", "break"})


@dataclass(frozen=True)
class Piece:
    """A block, list item or line: its own lines as `body`, the blank lines behind it as `tail`.

    Both are whole lines, each with its newline. `then` is the body of the piece that follows in
    the same text, None behind the last.
    """

    kind: str
    body: str
    tail: str = ""
    then: str | None = None

    @property
    def text(self) -> str:
        """The piece as it stands in its text."""
        return self.body + self.tail

    @cached_property
    def key(self) -> str:
        """What is the same for all spellings of the piece."""
        if self.kind in ("row", "code", "line", "blank"):
            return _line_key(self.kind, self.body)
        if self.kind == "added":
            return canonical(self.body.split("\n", 1)[0])
        if self.kind == "item":
            indent = self.body[: len(self.body) - len(self.body.lstrip(" \t"))]
            unindented = re.sub(rf"(?m)^{indent}", "", self.body)
            return indent.expandtabs(4) + canonical(_COUNTER.sub(r"\g<1>1\2", unindented))
        return canonical(self.body)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the piece, to tell how alike two pieces are."""
        return frozenset(_WORD.findall(self.body.lower()))


@dataclass(frozen=True)
class Section:
    """The pieces from `start` to `end` (excluded): a heading and what follows up to the next one.

    `path` are the texts of the headings above it and its own, empty before the first heading;
    `number` counts the sections with the same path before it.
    """

    path: tuple[str, ...]
    number: int
    start: int
    end: int
    pieces: tuple[Piece, ...]

    @property
    def places(self) -> range:
        """The places of its pieces in the whole text."""
        return range(self.start, self.end)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the section, to tell how alike two sections are."""
        return frozenset[str]().union(*(piece.words for piece in self.pieces))


def sections(pieces: Sequence[Piece]) -> list[Section]:
    """Group the blocks of a text by the headings that they stand under."""
    starts = [at for at, piece in enumerate(pieces) if piece.kind == "heading" or at == 0]
    above: list[tuple[int, str]] = []
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for start, end in pairwise([*starts, len(pieces)]):
        level = _level(pieces[start])
        above = [entry for entry in above if entry[0] < level]
        if level:
            above.append((level, pieces[start].key))
        path = tuple(title for _, title in above)
        found.append(Section(path, seen[path], start, end, tuple(pieces[start:end])))
        seen[path] += 1
    return found


def blocks(text: str) -> list[Piece]:
    """Cut a text, whose last line has its newline, into blocks with the blank lines behind them."""
    return _linked(_Blocks(text.split("\n")[:-1]).cut())


def parts_of(piece: Piece) -> list[Piece]:
    """Cut one block further: a list into items, a table into rows, anything else into lines."""
    lines = piece.body.split("\n")[:-1]
    if piece.kind == "list":
        return _linked(_items(lines))
    kind = {"table": "row", "fence": "code", "math": "code"}.get(piece.kind, "line")
    return _linked([(kind, [line]) for line in lines])


def inside(piece: Piece) -> list[Piece]:
    """Cut a container into its first line, the blocks in it, and its last line."""
    lines = piece.body.split("\n")[:-1]
    inner = _Blocks(lines[1:-1]).cut()
    blank = inner.pop(0)[1] if inner and inner[0][0] == "blank" else []
    return _linked([("open", [lines[0], *blank]), *inner, ("close", lines[-1:])])


@dataclass
class _Blocks:
    lines: Sequence[str]
    found: list[tuple[str, list[str]]] = field(default_factory=list)

    def cut(self) -> list[tuple[str, list[str]]]:
        """The kind and the lines of each block, with the blank lines behind it."""
        ends = self._ends()
        at = 0
        while at < len(self.lines):
            kind, end = self._block(at, ends)
            self.found.append((kind, list(self.lines[at:end])))
            at = end
            while at < len(self.lines) and not self.lines[at].strip():
                self.found[-1][1].append(self.lines[at])
                at += 1
        return self.found

    def _ends(self) -> dict[int, int]:
        """Where each fence, equation, comment and container that has an end ends, by its start."""
        ends: dict[int, int] = {}
        open_tags: list[tuple[str, int]] = []
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            if tag := _OPEN_TAG.match(line):
                open_tags.append((tag[1], at))
            elif tag := _CLOSE_TAG.match(line):
                names = [name for name, _ in open_tags]
                if tag[1] in names:
                    last = len(names) - 1 - names[::-1].index(tag[1])
                    ends[open_tags[last][1]] = at + 1
                    del open_tags[last:]
            elif end := self._verbatim_end(at):
                ends[at] = end
                at = end
                continue
            at += 1
        return ends

    def _verbatim_end(self, at: int) -> int | None:
        line = self.lines[at].strip()
        if fence := _FENCE.match(self.lines[at]):
            mark = fence["ticks"] or fence["tildes"]
            closing = re.compile(rf"[ \t]*{mark[0]}{{{len(mark)},}}[ \t]*$")
            ends = (n for n in range(at + 1, len(self.lines)) if closing.match(self.lines[n]))
            return next(ends, len(self.lines) - 1) + 1
        for opening, closing_mark in (("$$", "$$"), ("<!--", "-->")):
            if line.startswith(opening):
                rest = [line[len(opening) :], *self.lines[at + 1 :]]
                found = (n for n, text in enumerate(rest) if closing_mark in text)
                end = next(found, None)
                return None if end is None else at + end + 1
        return None

    def _block(self, at: int, ends: dict[int, int]) -> tuple[str, int]:
        line = self.lines[at]
        if not line.strip():
            return "blank", at + 1
        if at in ends:
            return self._kind_of_long(line), ends[at]
        if _HEADING.match(line):
            return "heading", at + 1
        if _BREAK.match(line):
            return "break", at + 1
        if _TOP_ITEM.match(line):
            return "list", self._list_end(at, ends)
        return self._text(at, ends)

    def _kind_of_long(self, line: str) -> str:
        if _FENCE.match(line):
            return "fence"
        if line.strip().startswith("$$"):
            return "math"
        return "container" if _OPEN_TAG.match(line) else "html"

    def _list_end(self, at: int, ends: dict[int, int]) -> int:
        """A list goes on over blank lines if an item of its kind or something indented follows."""
        numbered = self.lines[at].lstrip()[0].isdigit()
        blank = False
        at += 1
        while at < len(self.lines):
            line = self.lines[at]
            if not line.strip():
                blank = True
                at += 1
                continue
            inner = line[:2] in ("  ", "\t") or line[:1] == "\t"
            item = _TOP_ITEM.match(line) and not _BREAK.match(line)
            other = item and blank and line.lstrip()[0].isdigit() != numbered
            if not inner and (other or (not item and (blank or self._starts(at, ends)))):
                break
            at = ends.get(at, at + 1)
            blank = False
        while not self.lines[at - 1].strip():
            at -= 1
        return at

    def _text(self, at: int, ends: dict[int, int]) -> tuple[str, int]:
        end = at + 1
        while end < len(self.lines) and self.lines[end].strip():
            if end == at + 1 and _UNDERLINE.match(self.lines[end]):
                return "heading", end + 1
            if self._starts(end, ends):
                break
            end += 1
        first = self.lines[at].lstrip()
        table = end > at + 1 and "|" in first and _DELIMITERS.match(self.lines[at + 1])
        if table:
            return "table", end
        return {">": "quote", "<": "html"}.get(first[0], "paragraph"), end

    def _starts(self, at: int, ends: dict[int, int]) -> bool:
        """Whether another block starts at a line that directly follows text."""
        line = self.lines[at]
        return bool(
            at in ends or _HEADING.match(line) or _BREAK.match(line) or _TOP_ITEM.match(line)
        )


def _items(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The items of a list, nested ones apart, each with the lines that belong to it."""
    found: list[tuple[str, list[str]]] = []
    ends = _Blocks(lines)._ends()
    at = 0
    while at < len(lines):
        end = ends.get(at, at + 1)
        if not found or (at not in ends and _ITEM.match(lines[at])):
            found.append(("item", []))
        found[-1][1].extend(lines[at:end])
        at = end
    return found


def _linked(cut: Sequence[tuple[str, Sequence[str]]]) -> list[Piece]:
    """Pieces from their lines, each told what follows it."""
    pieces: list[Piece] = []
    then: str | None = None
    for kind, lines in reversed(cut):
        size = len(lines)
        while size > 1 and not lines[size - 1].strip():
            size -= 1
        body = "".join(f"{line}\n" for line in lines[:size])
        pieces.append(Piece(kind, body, "".join(f"{line}\n" for line in lines[size:]), then))
        then = body
    return pieces[::-1]


def _level(piece: Piece) -> int:
    if piece.kind != "heading":
        return 0
    match = _HEADING.match(piece.body.split("\n")[0])
    if match:
        return len(match[1])
    return 1 if piece.body.rstrip().endswith("=") else 2


def _line_key(kind: str, line: str) -> str:
    if kind == "code":
        return line
    if kind == "row":
        return re.sub(r"-{3,}", "---", re.sub(r"[ \t]*\|[ \t]*", "|", line.strip())).strip("|")
    return line.rstrip()
