"""Which elements of two sequences are the same ones, and where the others go."""

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

# Above this many comparisons a gap between two certain matches is not looked into any further.
_COMPARISONS_MAX: Final = 250_000
COMPARED_MAX: Final = 2_500
"""Pairs of elements above which nobody looks how alike each is."""
ALIKE: Final = 0.5


class Worded(Protocol):
    """An element that can be compared by its words."""

    @property
    def words(self) -> frozenset[str]: ...


W = TypeVar("W", bound=Worded)


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The pairs of equal elements, rising in both: a longest common subsequence, nearly.

    Equal ends and elements that occur once on each side are matched first, in O(n log n); only
    small gaps between them are compared element by element.
    """
    return sorted(_aligned(old, new, 0, len(old), 0, len(new)))


def gaps(
    pairs: Sequence[tuple[int, int]], old_size: int, new_size: int
) -> Iterator[tuple[int, int, int, int]]:
    """The ranges between pairs that rise in both: start and end in old, start and end in new."""
    i = j = 0
    for at, other in [*pairs, (old_size, new_size)]:
        if at > i or other > j:
            yield (i, at, j, other)
        i, j = at + 1, other + 1


def rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """A longest part of pairs, sorted by their first, in which the second rises too."""
    tops: list[int] = []
    chain: list[int] = []
    before: list[int] = []
    for at, (_, second) in enumerate(pairs):
        place = bisect_left(tops, second)
        if place == len(tops):
            tops.append(second)
            chain.append(at)
        else:
            tops[place], chain[place] = second, at
        before.append(chain[place - 1] if place else -1)
    found = []
    at = chain[-1] if chain else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def similarity(one: Worded, other: Worded) -> float:
    """How many words two elements share: 0 none, 1 all."""
    total = len(one.words) + len(other.words)
    return 2 * len(one.words & other.words) / total if total else 0.0


def pair_up(old: Sequence[W], new: Sequence[W], least: float) -> list[tuple[int, int]]:
    """The rising pairs of elements that are alike, by at least `least`, and most alike in all."""
    if not old or not new or len(old) * len(new) > COMPARED_MAX:
        return []
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    scores = [[similarity(one, other) for other in new] for one in old]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            both = best[i + 1][j + 1] + scores[i][j] if scores[i][j] >= least else 0.0
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        if scores[i][j] >= least and best[i][j] == best[i + 1][j + 1] + scores[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _aligned(
    old: Sequence[Hashable], new: Sequence[Hashable], i: int, i_end: int, j: int, j_end: int
) -> Iterator[tuple[int, int]]:
    while i < i_end and j < j_end and old[i] == new[j]:
        yield (i, j)
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and old[i_end - 1] == new[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
        yield (i_end, j_end)
    if i == i_end or j == j_end:
        return
    certain = rising(_unique(old, new, i, i_end, j, j_end))
    if certain:
        yield from certain
        for a, a_end, b, b_end in gaps([(x - i, y - j) for x, y in certain], i_end - i, j_end - j):
            yield from _aligned(old, new, i + a, i + a_end, j + b, j + b_end)
    elif (i_end - i) * (j_end - j) <= _COMPARISONS_MAX:
        matcher = difflib.SequenceMatcher(None, old[i:i_end], new[j:j_end], autojunk=False)
        for a, b, size in matcher.get_matching_blocks():
            yield from ((i + a + n, j + b + n) for n in range(size))


def _unique(
    old: Sequence[Hashable], new: Sequence[Hashable], i: int, i_end: int, j: int, j_end: int
) -> list[tuple[int, int]]:
    """The elements that occur exactly once in each range."""
    counts, others = Counter(old[i:i_end]), Counter(new[j:j_end])
    places = {new[at]: at for at in range(j, j_end) if others[new[at]] == 1}
    return [
        (at, places[old[at]])
        for at in range(i, i_end)
        if counts[old[at]] == 1 and old[at] in places
    ]
