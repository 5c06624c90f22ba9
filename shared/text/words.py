"""Three-way merge inside one line or paragraph, word by word."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from shared.text.sequence import align, gaps

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_CELL = re.compile(r"(?<!\\)\|")
_TOKENS_MAX: Final = 4_000
# A side that keeps fewer of the old words has written something new, not changed some words.
_KEPT_MIN: Final = 1 / 3
_PAIRED: Final = ("`", "**", "~~", "$", '"')
_BRACKETS: Final = (("[", "]"), ("(", ")"), ("<", ">"), ("{", "}"))

_Edit = tuple[int, int, tuple[str, ...]]


def merge_words(base: str, a: str, b: str) -> str | None:
    """Both changes of a text in one, if they touch different words; None otherwise.

    Two changes that meet, a text that was rewritten, and marks that would lose their partner
    (`**`, backticks, brackets) are no merge.
    """
    old, new_a, new_b = (_TOKEN.findall(text) for text in (base, a, b))
    if max(map(len, (old, new_a, new_b))) > _TOKENS_MAX:
        return None
    if _marks(old) != _marks(new_a) and _marks(old) != _marks(new_b):
        return None  # two spans of code, links or emphasis could come to lie across each other
    edits_a, edits_b = _edits(old, new_a), _edits(old, new_b)
    if edits_a is None or edits_b is None:
        return None
    edits = sorted({*edits_a, *edits_b})
    for one, other in pairwise(edits):
        if other[0] <= one[1]:
            return None
    merged, at = [], 0
    for start, end, words in edits:
        merged += [*old[at:start], *words]
        at = end
    text = "".join([*merged, *old[at:]])
    return text if _whole(text, a, b) else None


def merge_row(base: str, a: str, b: str) -> str | None:
    """Both changes of a table's row in one, cell by cell where all three have the same cells."""
    rows = [_CELL.split(row) for row in (base, a, b)]
    if len({len(row) for row in rows}) > 1:
        merged = merge_words(base, a, b)
        sizes = {len(row) for row in rows[1:]}
        return merged if merged is not None and len(_CELL.split(merged)) in sizes else None
    cells = [_merge_cell(*cell) for cell in zip(*rows, strict=True)]
    return None if None in cells else "|".join(cell for cell in cells if cell is not None)


def _merge_cell(base: str, a: str, b: str) -> str | None:
    was, one, other = base.strip(), a.strip(), b.strip()
    if one == other or other == was:
        return a
    return b if one == was else merge_words(base, a, b)


def _edits(old: Sequence[str], new: Sequence[str]) -> list[_Edit] | None:
    """The replaced ranges of old; those with no whole word between them are one."""
    pairs = align(old, new)
    words = sum(_is_word(token) for token in old)
    kept = sum(_is_word(old[at]) for at, _ in pairs)
    if kept < words * _KEPT_MIN:
        return None
    ranges: list[tuple[int, int, int, int]] = []
    for gap in gaps(pairs, len(old), len(new)):
        i, i_end, j, j_end = _slid(old, new, *gap)
        if ranges and not any(map(_is_word, old[ranges[-1][1] : i])):
            ranges[-1] = (ranges[-1][0], i_end, ranges[-1][2], j_end)
        else:
            ranges.append((i, i_end, j, j_end))
    return [(i, i_end, tuple(new[j:j_end])) for i, i_end, j, j_end in ranges]


def _slid(
    old: Sequence[str], new: Sequence[str], i: int, i_end: int, j: int, j_end: int
) -> tuple[int, int, int, int]:
    """What was only added, or only taken away, as far in front as it can stand: the same change is
    then found at the same place whatever else a side changed."""
    tokens, end = (new, j_end) if i == i_end else (old, i_end)
    if i == i_end or j == j_end:
        while i > 0 and j > 0 and old[i - 1] == new[j - 1] == tokens[end - 1]:
            i, i_end, j, j_end = i - 1, i_end - 1, j - 1, j_end - 1
            end -= 1
    return i, i_end, j, j_end


def _marks(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if token in "`*_[]<>$~\\"]


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"


def _whole(text: str, a: str, b: str) -> bool:
    """Whether every mark that has its partner in both sides still has it."""
    sides = (a, b)
    for mark in _PAIRED:
        if text.count(mark) % 2 and not any(side.count(mark) % 2 for side in sides):
            return False
    for opening, closing in _BRACKETS:
        surplus = text.count(opening) - text.count(closing)
        if surplus not in {side.count(opening) - side.count(closing) for side in sides}:
            return False
    return True
