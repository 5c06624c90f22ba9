"""Sections that a merge must take as a whole.

Blocks are merged one by one, but two things only make sense for a section with its heading: that
one side dropped it while the other changed it, and that both sides added one with the same name.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from shared.text.match import Pairs, match_sections
from shared.text.pieces import Piece, Section, sections

Blocks = Sequence[Piece]
_Ranges = list[tuple[int, int]]


def fold(
    base: Blocks, a: Blocks, b: Blocks, pairs_a: Pairs, pairs_b: Pairs
) -> tuple[Blocks, Blocks, Blocks, Pairs, Pairs]:
    """Put the pieces of such sections together to one; all other pieces and pairs stay.

    A section that was dropped here and changed there becomes a piece of the kind `section`; where
    both sides added sections, each is a piece of the kind `added`, known by its heading.
    """
    of_base, of_a, of_b = sections(base), sections(a), sections(b)
    from_b = _dropped(of_base, of_b, pairs_a, pairs_b)
    from_a = _dropped(of_base, of_a, pairs_b, pairs_a)
    new_a, new_b = _added(of_a, of_b, pairs_a, pairs_b)
    if not (from_a or from_b or new_a):
        return base, a, b, pairs_a, pairs_b
    base, places = _folded(base, [old for old, _ in chain(from_a, from_b)], [])
    a, places_a = _folded(a, [new for _, new in from_a], new_a)
    b, places_b = _folded(b, [new for _, new in from_b], new_b)
    return base, a, b, _moved(pairs_a, places, places_a), _moved(pairs_b, places, places_b)


def _dropped(
    base: Sequence[Section], kept: Sequence[Section], gone: Pairs, pairs: Pairs
) -> list[tuple[Section, Section]]:
    """The sections of which one side has nothing any more and the other side something else."""
    found = []
    candidates = [
        at
        for at, section in enumerate(base)
        if section.path and not any(place in gone for place in section.places)
    ]
    twins = match_sections(base, kept) if candidates else {}
    base_of = {there: here for here, there in pairs.items()}
    for at in candidates:
        old, new = base[at], kept[twins[at]] if at in twins else None
        if new is None or _text(old) == _text(new):
            continue
        inside = {pairs[place] for place in old.places if place in pairs}
        origins = {base_of[place] for place in new.places if place in base_of}
        if inside and inside <= set(new.places) and origins <= set(old.places):
            found.append((old, new))
    return found


def _added(
    of_a: Sequence[Section], of_b: Sequence[Section], pairs_a: Pairs, pairs_b: Pairs
) -> tuple[list[Section], list[Section]]:
    """The sections that are wholly new, if both sides have some: they must not mix."""
    new_a, new_b = (
        [new for new in side if new.path and not set(new.places) & set(pairs.values())]
        for side, pairs in ((of_a, pairs_a), (of_b, pairs_b))
    )
    return (new_a, new_b) if new_a and new_b else ([], [])


def _folded(
    pieces: Blocks, changed: Iterable[Section], added: Iterable[Section]
) -> tuple[Blocks, dict[int, int]]:
    """The pieces with each of these sections as one, and the new place of each old one."""
    kinds = {section.start: (section, "section") for section in changed}
    kinds |= {section.start: (section, "added") for section in added}
    folded: list[Piece] = []
    places: dict[int, int] = {}
    at = 0
    while at < len(pieces):
        section, kind = kinds.get(at, (None, ""))
        end = section.end if section else at + 1
        places.update(dict.fromkeys(range(at, end), len(folded)))
        folded.append(_whole(pieces[at:end], kind) if section else pieces[at])
        at = end
    return folded, places


def _whole(pieces: Blocks, kind: str) -> Piece:
    last = pieces[-1]
    return Piece(kind, "".join(p.text for p in pieces[:-1]) + last.body, last.tail, last.then)


def _moved(pairs: Pairs, old: dict[int, int], new: dict[int, int]) -> Pairs:
    return {old[here]: new[there] for here, there in pairs.items()}


def _text(section: Section) -> str:
    return "".join(piece.text for piece in section.pieces).rstrip("\n")
