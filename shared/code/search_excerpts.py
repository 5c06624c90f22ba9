"""The parts of a file that a question is about, with their lines."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.code.model import Module, Symbol
from shared.code.search_words import words

_HEAD_LINES: Final = 12
_AROUND: Final = 8
_LONGEST_SYMBOL: Final = 60
_JOINED_LINES: Final = 3
_LINE_CHARS: Final = 240
_NUMBER_CHARS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Lines `first` to `last` of a file of `total` lines (from 1, inclusive)."""

    path: str
    first: int
    last: int
    total: int
    lines: tuple[str, ...]

    @property
    def size(self) -> int:
        """About how many characters it takes with its line numbers."""
        return sum(len(line) + _NUMBER_CHARS for line in self.lines)


def cut(
    path: str, text: str, module: Module | None, question: Mapping[str, float], room: int
) -> list[Excerpt]:
    """A file whole if it fits into `room` characters, else what fits best, in source order.

    `module`: its outline, whose definitions are kept whole; None where there is none.
    """
    lines = [line[:_LINE_CHARS] for line in text.rstrip("\n").split("\n")]
    if _size(lines, 1, len(lines)) <= room:
        return [_excerpt(path, lines, 1, len(lines))]
    chosen = {(1, min(_HEAD_LINES, len(lines)))}
    left = room - _size(lines, 1, _HEAD_LINES)
    for first, last in _by_merit(_parts(module, len(lines)), lines, question):
        size = _size(lines, first, last)
        if size <= left:
            chosen.add((first, last))
            left -= size
    return [_excerpt(path, lines, first, last) for first, last in _joined(chosen)]


def _parts(module: Module | None, count: int) -> list[tuple[int, int]]:
    """The definitions of a file, or its lines in windows where there are none."""
    spans = list(_spans(module.symbols)) if module else []
    spans = [(first, min(last, count)) for first, last in spans if first <= count]
    if spans:
        return spans
    step = 2 * _AROUND
    return [(first, min(first + step - 1, count)) for first in range(1, count + 1, step)]


def _spans(symbols: Iterable[Symbol]) -> Iterator[tuple[int, int]]:
    for symbol in symbols:
        first, last = symbol.span.first, symbol.span.last
        if last - first < _LONGEST_SYMBOL or not symbol.children:
            yield first, min(last, first + 2 * _LONGEST_SYMBOL)
        else:
            yield first, min(child.span.first for child in symbol.children) - 1
            yield from _spans(symbol.children)


def _by_merit(
    parts: list[tuple[int, int]], lines: list[str], question: Mapping[str, float]
) -> list[tuple[int, int]]:
    def merit(part: tuple[int, int]) -> float:
        found = words("\n".join(lines[part[0] - 1 : part[1]]))
        return sum(weight for word, weight in question.items() if word in found)

    ranked = sorted(((merit(part), part) for part in parts), key=lambda each: (-each[0], each[1]))
    return [part for value, part in ranked if value > 0 and part[0] <= part[1]]


def _joined(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts in order; those that meet, or almost do, as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(parts):
        if found and first <= found[-1][1] + _JOINED_LINES:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _size(lines: list[str], first: int, last: int) -> int:
    return sum(len(line) + _NUMBER_CHARS for line in lines[first - 1 : last])


def _excerpt(path: str, lines: list[str], first: int, last: int) -> Excerpt:
    return Excerpt(
        path=path, first=first, last=last, total=len(lines), lines=tuple(lines[first - 1 : last])
    )
