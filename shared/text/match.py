"""Which piece of a changed text is which piece of the old one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from shared.text.pieces import Piece, Section, sections
from shared.text.sequence import (
    ALIKE,
    COMPARED_MAX,
    Worded,
    align,
    gaps,
    pair_up,
    rising,
    similarity,
)

# A heading that shares so much with the one before it is the same one with other words.
_RENAMED: Final = 1 / 3

# The place of a piece in the old text, and in the new one.
Pairs = dict[int, int]


def match_in_order(old: Sequence[Piece], new: Sequence[Piece]) -> Pairs:
    """Match pieces that cannot move, as lines of code or of a paragraph."""
    pairs = certain(old, new)
    _add_alike(old, new, pairs)
    _add_replaced(old, new, pairs)
    return pairs


def match_pieces(old: Sequence[Piece], new: Sequence[Piece]) -> Pairs:
    """Match pieces that may have moved, as items of a list."""
    pairs = certain(old, new)
    _add_moved(old, new, pairs)
    _add_alike(old, new, pairs)
    _add_moved_alike(old, new, pairs)
    _add_replaced(old, new, pairs)
    return pairs


def match_container(old: Sequence[Piece], new: Sequence[Piece]) -> Pairs:
    """Match the blocks of two containers, whose first and last lines stay where they are."""
    inner = match_pieces(old[1:-1], new[1:-1])
    ends = {0: 0, len(old) - 1: len(new) - 1}
    return ends | {here + 1: there + 1 for here, there in inner.items()}


def match_blocks(old: Sequence[Piece], new: Sequence[Piece]) -> Pairs:
    """Match the blocks of two texts: within the same sections first, then wherever they went."""
    pairs: Pairs = {}
    twins = [(range(*one), range(*other)) for one, other in _twins(old, new)]
    for one, other in twins:
        inner = certain([old[at] for at in one], [new[at] for at in other])
        pairs.update((one[here], other[there]) for here, there in inner.items())
        if old[one[0]].kind == new[other[0]].kind == "heading":
            pairs[one[0]] = other[0]
    _add_certain(old, new, pairs)
    _add_moved(old, new, pairs)
    for one, other in twins:
        _add_alike(old, new, pairs, one, other)
    _add_alike(old, new, pairs)
    _add_moved_alike(old, new, pairs)
    for one, other in twins:
        _add_replaced(old, new, pairs, one, other)
    return pairs


def certain(old: Sequence[Piece], new: Sequence[Piece]) -> Pairs:
    """Match pieces that are the same Markdown, in order."""
    return dict(align(*_keys(old, new)))


def match_sections(old: Sequence[Section], new: Sequence[Section]) -> Pairs:
    """Match sections by their path of headings, then by their heading, then by their words, then by
    those of their headings."""
    places = {(section.path, section.number): at for at, section in enumerate(new)}
    names = [(section.path, section.number) for section in old]
    pairs = {at: places[name] for at, name in enumerate(names) if name in places}
    taken = set(pairs.values())
    titles: dict[tuple[str, ...], list[int]] = {}
    for at, section in enumerate(new):
        if at not in taken:
            titles.setdefault(section.path[-1:], []).append(at)
    for at, section in enumerate(old):
        found = titles.get(section.path[-1:], [])
        if at not in pairs and len(found) == 1:
            pairs[at] = found.pop()
    _add_alike_sections(old, new, pairs, ALIKE)
    # What is left over between these: a heading that was renamed, with little or nothing under it.
    _add_alike_sections([*map(_heading, old)], [*map(_heading, new)], pairs, _RENAMED)
    return pairs


def _heading(section: Section) -> Piece:
    return section.pieces[0] if section.path else Piece("blank", "")


def _add_alike_sections(
    old: Sequence[Worded], new: Sequence[Worded], pairs: Pairs, least: float
) -> None:
    """Match what has no partner yet and shares words, between the pairs that there are."""
    left, right = _left(range(len(old)), range(len(new)), pairs)
    for i, i_end, j, j_end in gaps(rising(sorted(pairs.items())), len(old), len(new)):
        one, other = [at for at in left if i <= at < i_end], [at for at in right if j <= at < j_end]
        alike = pair_up([old[at] for at in one], [new[at] for at in other], least)
        pairs.update((one[x], other[y]) for x, y in alike)


def _twins(
    old: Sequence[Piece], new: Sequence[Piece]
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The ranges of pieces of the sections that are the same ones."""
    one, other = sections(old), sections(new)
    for here, there in match_sections(one, other).items():
        yield (one[here].start, one[here].end), (other[there].start, other[there].end)


def _keys(old: Sequence[Piece], new: Sequence[Piece]) -> tuple[list[str], list[str]]:
    """Keys to compare pieces by: where both sides have the very lines, these cost nothing."""
    shared = {piece.body for piece in old} & {piece.body for piece in new}
    one, other = (
        [piece.body if piece.body in shared else piece.key for piece in pieces]
        for pieces in (old, new)
    )
    return one, other


def _left(one: Iterable[int], other: Iterable[int], pairs: Pairs) -> tuple[list[int], list[int]]:
    """The places on both sides that have no partner yet."""
    taken = set(pairs.values())
    return [at for at in one if at not in pairs], [at for at in other if at not in taken]


def _add_certain(old: Sequence[Piece], new: Sequence[Piece], pairs: Pairs) -> None:
    left, right = _left(range(len(old)), range(len(new)), pairs)
    found = certain([old[at] for at in left], [new[at] for at in right])
    pairs.update((left[x], right[y]) for x, y in found.items())


def _add_moved(old: Sequence[Piece], new: Sequence[Piece], pairs: Pairs) -> None:
    """Match what is left over on both sides exactly once."""
    left, right = _left(range(len(old)), range(len(new)), pairs)
    keys, others = _keys([old[at] for at in left], [new[at] for at in right])
    once, once_there = Counter(keys), Counter(others)
    places = dict(zip(others, right, strict=True))
    pairs.update(
        (at, places[key])
        for at, key in zip(left, keys, strict=True)
        if once[key] == once_there[key] == 1 and key.strip()
    )


def _add_alike(
    old: Sequence[Piece],
    new: Sequence[Piece],
    pairs: Pairs,
    one: range | None = None,
    other: range | None = None,
) -> None:
    """Match pieces that share words, between the pairs that there are, in a range of both."""
    for left, right in _open(old, new, pairs, one, other):
        alike = pair_up([old[at] for at in left], [new[at] for at in right], ALIKE)
        pairs.update(
            (left[x], right[y]) for x, y in alike if _exchangeable(old[left[x]], new[right[y]])
        )


def _add_moved_alike(old: Sequence[Piece], new: Sequence[Piece], pairs: Pairs) -> None:
    """Match pieces that share words wherever they are, the most alike first: moved and edited."""
    left, right = _left(range(len(old)), range(len(new)), pairs)
    if len(left) * len(right) > COMPARED_MAX:
        return
    scores = {
        (here, there): similarity(old[here], new[there])
        for here in left
        for there in right
        if old[here].kind == new[there].kind
    }
    taken: set[int] = set()
    for (here, there), score in sorted(scores.items(), key=lambda each: (-each[1], each[0])):
        if score >= ALIKE and here not in pairs and there not in taken:
            pairs[here] = there
            taken.add(there)


def _add_replaced(
    old: Sequence[Piece],
    new: Sequence[Piece],
    pairs: Pairs,
    one: range | None = None,
    other: range | None = None,
) -> None:
    """Match what stands in the place of something else, in a range of both."""
    for left, right in _open(old, new, pairs, one, other):
        for here, there in zip(left, right, strict=False):
            if _exchangeable(old[here], new[there]):
                pairs[here] = there


def _open(
    old: Sequence[Piece],
    new: Sequence[Piece],
    pairs: Pairs,
    one: range | None,
    other: range | None,
) -> list[tuple[list[int], list[int]]]:
    """What has no partner yet, by the gaps between the pairs in a range of both sides."""
    here = range(len(old)) if one is None else one
    there = range(len(new)) if other is None else other
    inside = [(x, y) for x, y in pairs.items() if x in here and y in there]
    shifted = [(x - here.start, y - there.start) for x, y in rising(sorted(inside))]
    taken = set(pairs.values())
    found = []
    for i, i_end, j, j_end in gaps(shifted, len(here), len(there)):
        left = [at for at in here[i:i_end] if at not in pairs]
        right = [at for at in there[j:j_end] if at not in taken]
        if left and right:
            found.append((left, right))
    return found


def _exchangeable(one: Piece, other: Piece) -> bool:
    return one.kind == other.kind or not {one.kind, other.kind} & {"heading", "blank"}
