"""How one element of a merge is settled: section, block, item, row, line, word."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final, TypeVar

from shared.text.parts import Clash, Part, Same, text_of
from shared.text.pieces import CLOSED, Piece, Section, inside, parts_of
from shared.text.weave import (
    Element,
    Pairs,
    Strand,
    match_in_order,
    match_pieces,
    weave,
    with_neighbours,
)
from shared.text.words import merge_row, merge_words

_COUNTER = re.compile(r"([ \t]*)(\d+)([.)])(?=[ \t])")
_COMPOSITE: Final = frozenset({"list", "table", "container"})
_VERBATIM: Final = frozenset({"fence", "math", "html"})

E = TypeVar("E", bound=Element)


@dataclass(frozen=True, slots=True)
class Entry:
    """An element of the result: its parts, and the piece that they end with."""

    parts: tuple[Part, ...]
    last: Piece

    @property
    def clashes(self) -> bool:
        return any(isinstance(part, Clash) for part in self.parts)


def woven_sections(
    base: Sequence[Section], a: Sequence[Section], b: Sequence[Section]
) -> list[Entry]:
    """Merge texts that are cut into sections; joined, the entries are the merged text."""
    strands = weave(base, a, b, _match_sections)
    return [entry for strand in strands for entry in _section(strand)]


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
    if entry.last.kind == "blank" or all(text.endswith("\n\n") or not text for text in texts):
        return True
    then = entry.last.then
    if then is None or len(texts) > 1:
        return False
    begins = following.parts[0]
    return entry.last.kind in CLOSED or (isinstance(begins, Same) and begins.text == then)


def _with_blank(text: str) -> str:
    return f"{text}\n" if text and not text.endswith("\n\n") else text


def _section(strand: Strand[Section]) -> list[Entry]:
    agreed = _agreed(strand, alike=_same_text)
    if agreed is not None:
        return [Entry((Same(p.body), Same(p.tail)), p) for s in agreed for p in s.pieces]
    if strand.a is None or strand.b is None:
        return _dropped(strand, lambda section: section.pieces[-1])
    base = strand.base.pieces if strand.base else ()
    entries = _blocks(base, strand.a.pieces, strand.b.pieces)
    if any(entry.clashes for entry in entries):
        agreed = _agreed(strand, alike=_same_meaning)
        if agreed is not None:
            return [Entry((Same(p.body), Same(p.tail)), p) for s in agreed for p in s.pieces]
    return entries


def _blocks(base: Sequence[Piece], a: Sequence[Piece], b: Sequence[Piece]) -> list[Entry]:
    strands = weave(base, a, b, _match_blocks)
    return [entry for strand in strands for entry in _block(strand)]


def _block(strand: Strand[Piece]) -> list[Entry]:
    kinds = {piece.kind for piece in (strand.base, strand.a, strand.b) if piece}
    whole = not kinds <= _COMPOSITE or len(kinds) > 1 or strand.base is None
    agreed = _agreed(strand, alike=_same_meaning if whole else _same_text)
    if agreed is None and (strand.a is None or strand.b is None):
        return _dropped(strand, lambda piece: piece)
    parts: Sequence[Part] | None = None
    if agreed is None and strand.base and strand.a and strand.b and len(kinds) == 1:
        parts = _refined(strand.base, strand.a, strand.b)
    if agreed is None and not whole and (parts is None or _clashing(parts)):
        agreed = _agreed(strand, alike=_same_meaning)
    if agreed is not None:
        return [Entry((Same(piece.body), Same(_tail(strand))), piece) for piece in agreed]
    if parts is not None and strand.a:
        return [Entry((*parts, Same(_tail(strand))), strand.a)]
    return _dropped(strand, lambda piece: piece)


def _refined(base: Piece, a: Piece, b: Piece) -> Sequence[Part] | None:
    """Merge inside a block that both changed; None if it must stand whole, as a clash."""
    kind = base.kind
    if kind == "container":
        return joined(_blocks(inside(base), inside(a), inside(b)))
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


def _lines(
    base: Piece, a: Piece, b: Piece, match: Callable[[Sequence[Piece], Sequence[Piece]], Pairs]
) -> list[Part]:
    """Merge a block by its items, rows or lines."""
    strands = weave(parts_of(base), parts_of(a), parts_of(b), match)
    if match is match_in_order:
        return [part for group in _side_by_side(strands) for part in group]
    return [_line(strand) for strand in strands]


def _side_by_side(strands: Sequence[Strand[Piece]]) -> Iterator[list[Part]]:
    """Lines in order; where both sides added some at one place, nobody knows in which order."""
    for added, group in groupby(strands, key=lambda strand: strand.base is None):
        run = list(group)
        a = "".join(strand.a.text for strand in run if strand.a)
        b = "".join(strand.b.text for strand in run if strand.b)
        if added and a and b:
            yield [Same(a) if a == b else Clash("", a, b)]
        else:
            yield [_line(strand) for strand in run]


def _line(strand: Strand[Piece]) -> Part:
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


def _agreed(strand: Strand[E], alike: Callable[[E, E], bool]) -> list[E] | None:
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


def _same_text(one: Element, other: Element) -> bool:
    return one.text == other.text


def _same_meaning(one: Element, other: Element) -> bool:
    return one.text == other.text or one.key == other.key


def _dropped(strand: Strand[E], last: Callable[[E], Piece]) -> list[Entry]:
    """The whole element as a clash, for example one that was dropped here and changed there."""
    texts = (element.text if element else "" for element in (strand.base, strand.a, strand.b))
    present = strand.a or strand.b
    return [Entry((Clash(*texts),), last(present))] if present else []


def _tail(strand: Strand[Piece]) -> str:
    """The blank lines behind a piece, merged like everything else."""
    tails = [piece.tail for piece in (strand.a, strand.b) if piece]
    if strand.base is not None:
        tails = [tail for tail in tails if tail != strand.base.tail] or [strand.base.tail]
    return min(tails, default="")


def _clashing(parts: Sequence[Part]) -> bool:
    return any(isinstance(part, Clash) for part in parts)


def _match_blocks(old: Sequence[Piece], new: Sequence[Piece]) -> Pairs:
    """Like `match_pieces`; a heading, and the lines around a container, stay where they are."""
    if not old or not new:
        return {}
    head = int(old[0].kind == new[0].kind and old[0].kind in ("heading", "open"))
    foot = int(old[-1].kind == new[-1].kind == "close")
    inner = match_pieces(old[head : len(old) - foot], new[head : len(new) - foot])
    pairs = {here + head: there + head for here, there in inner.items()}
    if head:
        pairs[0] = 0
    if foot:
        pairs[len(old) - 1] = len(new) - 1
    return pairs


def _match_sections(old: Sequence[Section], new: Sequence[Section]) -> Pairs:
    """Match by path of headings, then by heading alone, then by what stands below it."""
    places = {(section.path, section.number): at for at, section in enumerate(new)}
    pairs = {
        at: places[section.path, section.number]
        for at, section in enumerate(old)
        if (section.path, section.number) in places
    }
    taken = set(pairs.values())
    titles: dict[tuple[str, ...], list[int]] = {}
    for at, section in enumerate(new):
        if at not in taken:
            titles.setdefault(section.path[-1:], []).append(at)
    for at, section in enumerate(old):
        found = titles.get(section.path[-1:], [])
        if at not in pairs and len(found) == 1:
            pairs[at] = found.pop()
    return with_neighbours(old, new, pairs, replaced=False)
