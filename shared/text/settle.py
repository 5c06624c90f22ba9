"""How one element of a merge is settled: section, block, item, row, line, word."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from shared.text.fold import fold
from shared.text.match import Pairs, match_blocks, match_container, match_in_order, match_pieces
from shared.text.parts import Clash, Part, Same, text_of
from shared.text.pieces import CLOSED, Piece, blocks, inside, parts_of
from shared.text.weave import Strand, weave
from shared.text.words import merge_row, merge_words

_COUNTER = re.compile(r"([ \t]*)(\d+)([.)])(?=[ \t])")
_COMPOSITE: Final = frozenset({"list", "table", "container"})
_Match = Callable[[Sequence[Piece], Sequence[Piece]], Pairs]
_VERBATIM: Final = frozenset({"fence", "math", "html"})


@dataclass(frozen=True, slots=True)
class Entry:
    """An element of the result: its parts, and the piece or pieces that they end with."""

    parts: tuple[Part, ...]
    last: tuple[Piece, ...]

    @property
    def clashes(self) -> bool:
        return any(isinstance(part, Clash) for part in self.parts)


def woven(base: Sequence[Piece], a: Sequence[Piece], b: Sequence[Piece]) -> list[Entry]:
    """Merge texts that are cut into blocks; joined, the entries are the merged text."""
    folded = fold(base, a, b, match_blocks(base, a), match_blocks(base, b))
    return [entry for strand in weave(*folded) for entry in _block(strand)]


def joined(entries: Sequence[Entry]) -> list[Part]:
    """The parts of all entries, with a blank line where two would otherwise run together."""
    parts: list[Part] = []
    for entry, following in pairwise([*entries, None]):
        if entry is None:
            continue
        only = entry.parts[0] if len(entry.parts) == 1 else None
        if following is None or _stands_apart(entry, following):
            parts += entry.parts
        elif isinstance(only, Clash):
            parts.append(Clash(*(_with_blank(text) for text in (only.base, only.a, only.b))))
        else:
            parts += [*entry.parts, Same("\n")]
    return parts


def _stands_apart(entry: Entry, following: Entry) -> bool:
    texts = {"".join(text_of(part, side) for part in entry.parts) for side in ("a", "b", "base")}
    kinds = {piece.kind for piece in entry.last}
    if kinds == {"blank"} or all(text.endswith("\n\n") or not text for text in texts):
        return True
    followed = {piece.then for piece in entry.last} - {None}
    if not followed or len(texts) > 1:
        return False
    begins = following.parts[0]
    return kinds <= CLOSED or (isinstance(begins, Same) and begins.text in followed)


def _with_blank(text: str) -> str:
    return f"{text}\n" if text and not text.endswith("\n\n") else text


def _block(strand: Strand) -> list[Entry]:
    base, a, b = strand.base, strand.a, strand.b
    parts: Sequence[Part] | None = None
    agreed = _agreed(strand, alike=_same_text)
    if agreed is None and base and a and b and len({base.kind, a.kind, b.kind}) == 1:
        # What one side only spelled differently is still merged inside, so that each item, row
        # and block keeps its own spelling.
        inner = base.kind in _COMPOSITE
        agreed = None if inner else _agreed(strand, alike=_same_meaning)
        parts = _refined(base, a, b) if agreed is None else None
    if agreed is None and a and b and a.kind == b.kind == "added":
        return _section(a, b)
    if agreed is None and (parts is None or _clashing(parts)):
        agreed = _agreed(strand, alike=_same_meaning)
    if agreed is not None:
        return [
            Entry(
                (Same(piece.body), Same(_tail(strand))),
                tuple(side for side in (a, b) if side and side.body == piece.body) or (piece,),
            )
            for piece in agreed
        ]
    if parts is not None and a and b:
        return [Entry((*parts, Same(_tail(strand))), (a, b))]
    return [_whole(strand)]


def _refined(base: Piece, a: Piece, b: Piece) -> Sequence[Part] | None:
    """Merge inside a block that both changed; None if it must stand whole, as a clash."""
    kind = base.kind
    if kind == "container":
        strands = _woven(inside(base), inside(a), inside(b), match_container)
        return joined([entry for strand in strands for entry in _block(strand)])
    if kind in _COMPOSITE:
        parts = _lines(base, a, b, match_pieces)
        return _renumbered(parts, a, b) if kind == "list" else parts
    if kind in _VERBATIM:
        parts = _lines(base, a, b, match_in_order)
        return None if _clashing(parts) else parts
    merged = merge_words(base.body, a.body, b.body)
    if merged is not None:
        return [Same(merged)]
    many = kind in ("paragraph", "quote") and base.body.count("\n") > 1
    return _lines(base, a, b, match_in_order) if many else None


def _woven(
    base: Sequence[Piece], a: Sequence[Piece], b: Sequence[Piece], match: _Match
) -> list[Strand]:
    return weave(base, a, b, match(base, a), match(base, b))


def _lines(base: Piece, a: Piece, b: Piece, match: _Match) -> list[Part]:
    """Merge a block by its items, rows or lines."""
    strands = _woven(parts_of(base), parts_of(a), parts_of(b), match)
    if match is match_in_order:
        return [part for group in _side_by_side(strands) for part in group]
    return [_line(strand) for strand in strands]


def _side_by_side(strands: Sequence[Strand]) -> Iterator[list[Part]]:
    """Lines in order; where both sides added some at one place, nobody knows in which order."""
    for added, group in groupby(strands, key=lambda strand: strand.base is None):
        run = list(group)
        a = "".join(strand.a.text for strand in run if strand.a)
        b = "".join(strand.b.text for strand in run if strand.b)
        if added and a and b:
            yield [Same(a) if a == b else Clash("", a, b)]
        else:
            yield [_line(strand) for strand in run]


def _line(strand: Strand) -> Part:
    agreed = _agreed(strand, alike=_same_meaning)
    if agreed is not None:
        return Same("".join(piece.body + _tail(strand) for piece in agreed))
    base, a, b = strand.base, strand.a, strand.b
    if base and a and b:
        merged = _merged_line(base, a, b)
        if merged is not None:
            return Same(merged + _tail(strand))
    return Clash(*(piece.text if piece else "" for piece in (base, a, b)))


def _merged_line(base: Piece, a: Piece, b: Piece) -> str | None:
    if base.kind == "code" or "```" in base.body + a.body + b.body:
        return None
    words = merge_row if base.kind == "row" else merge_words
    return words(base.body, a.body, b.body)


def _renumbered(parts: Sequence[Part], a: Piece, b: Piece) -> Sequence[Part]:
    """Count a merged list on, if both sides' lists were counted."""
    counted = all(_counted(piece.body) == piece.body for piece in (a, b))
    if _clashing(parts) or not counted:
        return parts
    return [Same(_counted("".join(text_of(part, "a") for part in parts)))]


def _counted(text: str) -> str:
    """A list with each number one above the number before it at the same depth."""
    last: dict[str, int] = {}
    lines = text.split("\n")
    for at, line in enumerate(lines):
        found = _COUNTER.match(line)
        if found is None:
            continue
        indent = found[1]
        last = {depth: number for depth, number in last.items() if len(depth) <= len(indent)}
        last[indent] = last[indent] + 1 if indent in last else int(found[2])
        lines[at] = f"{indent}{last[indent]}{found[3]}{line[found.end() :]}"
    return "\n".join(lines)


def _agreed(strand: Strand, alike: Callable[[Piece, Piece], bool]) -> list[Piece] | None:
    """The element that stands without looking into it, as a list of one or none.

    None if both sides changed it, or one dropped what the other changed.
    """
    base, a, b = strand.base, strand.a, strand.b
    if a is None or b is None:
        present = a or b
        if base is None:
            return [present] if present else []
        return [] if present is None or alike(base, present) else None
    if base is not None:
        by_a, by_b = not alike(base, a), not alike(base, b)
        if by_a != by_b:
            return [a] if by_a else [b]
        if not by_a:
            respelled = [element for element in (a, b) if element.text != base.text]
            return [min(respelled, key=lambda element: element.text) if respelled else base]
    return [min(a, b, key=lambda element: element.text)] if alike(a, b) else None


def _same_text(one: Piece, other: Piece) -> bool:
    return one.body == other.body


def _same_meaning(one: Piece, other: Piece) -> bool:
    return one.body == other.body or one.key == other.key


def _whole(strand: Strand) -> Entry:
    """The whole element as a clash, for example one that was dropped here and changed there."""
    pieces = (strand.base, strand.a, strand.b)
    texts = (piece.text if piece else "" for piece in pieces)
    return Entry((Clash(*texts),), tuple(piece for piece in pieces[1:] if piece))


def _section(a: Piece, b: Piece) -> list[Entry]:
    """A section that both sides added, under one heading."""
    strands = weave((), blocks(a.text), blocks(b.text), {}, {})
    return [entry for strand in strands for entry in _block(strand)]


def _tail(strand: Strand) -> str:
    """The blank lines behind a piece, merged like everything else; behind the last they end."""
    was = strand.base.tail if strand.base else None
    sides = [piece for piece in (strand.a, strand.b) if piece]
    tails = {piece.tail for piece in sides if piece.then is not None}
    tails = tails or {piece.tail for piece in sides}
    return min(tails - {was} or tails)


def _clashing(parts: Sequence[Part]) -> bool:
    return any(isinstance(part, Clash) for part in parts)
