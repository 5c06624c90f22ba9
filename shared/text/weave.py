"""Three-way merge of sequences whose elements may be changed, moved, added and dropped.

Every base element is looked up on both sides, so that neighbours can change independently. The
order is the base's; what a side added or moved follows the element that it follows on that side.
Nothing here depends on which side is called a: swapped sides give the mirrored result.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.text.match import Pairs, certain
from shared.text.pieces import Piece
from shared.text.sequence import ALIKE, gaps, pair_up, rising


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """One element of the result, as the base and both sides have it; None where they do not."""

    base: Piece | None = None
    a: Piece | None = None
    b: Piece | None = None


# An element of the result: of the base by its place, or added by a side by its place there.
_Id = tuple[str, int]
_Runs = Sequence[dict[_Id, list[_Id]]]
_START: _Id = ("base", -1)


def weave(
    base: Sequence[Piece], a: Sequence[Piece], b: Sequence[Piece], pairs_a: Pairs, pairs_b: Pairs
) -> list[Strand]:
    """The elements of the merged sequence in their order.

    `pairs_a` and `pairs_b` tell which element of a side is which of the base. Elements that both
    sides added at one place become one strand if they are alike, else two.
    """
    return _Loom(base, _Side("a", a, pairs_a), _Side("b", b, pairs_b)).woven()


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    pieces: Sequence[Piece]
    pairs: Pairs
    order: list[_Id] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        base_of = {there: here for here, there in self.pairs.items()}
        self.order.extend(
            ("base", base_of[at]) if at in base_of else (self.name, at)
            for at in range(len(self.pieces))
        )
        stayed = {here for here, _ in rising(sorted(self.pairs.items()))}
        self.moved.update(set(self.pairs) - stayed)

    def runs(self, floating: set[int]) -> dict[_Id, list[_Id]]:
        """What the side added or moved, by the element that it follows."""
        runs: dict[_Id, list[_Id]] = {}
        anchor = _START
        for this in self.order:
            if this[0] != "base" or this[1] in self.moved & floating:
                runs.setdefault(anchor, []).append(this)
            else:
                anchor = this
        return runs

    def of(self, at: int) -> Piece | None:
        there = self.pairs.get(at)
        return None if there is None else self.pieces[there]


@dataclass(slots=True)
class _Loom:
    base: Sequence[Piece]
    a: _Side
    b: _Side
    placed: set[_Id] = field(default_factory=set)

    def woven(self) -> list[Strand]:
        """Place everything; moves that wait for each other in a circle are undone, one by one."""
        floating = self.a.moved | self.b.moved
        while True:
            core = [at for at in range(len(self.base)) if at not in floating]
            runs = [self.a.runs(floating), self.b.runs(floating)]
            self.placed.clear()
            strands = [strand for at in (-1, *core) for strand in self._from(("base", at), runs)]
            lost = [at for at in sorted(floating) if ("base", at) not in self.placed]
            if not lost:
                return strands
            floating = floating - {lost[0]}

    def _from(self, this: _Id, runs: _Runs) -> Iterator[Strand]:
        """An element and all that only stands where it does because it follows it."""
        if this in self.placed:
            return
        self.placed.add(this)
        if this != _START:
            yield self._strand(this)
        yield from self._joined(runs[0].get(this, []), runs[1].get(this, []), runs)

    def _joined(self, run_a: list[_Id], run_b: list[_Id], runs: _Runs) -> Iterator[Strand]:
        """Two runs behind one element: alike elements become one, the rest in order of text."""
        run_a, run_b = ([this for this in run if this not in self.placed] for run in (run_a, run_b))
        i = j = 0
        for at, other in [*self._alike(run_a, run_b), (len(run_a), len(run_b))]:
            parts = [part for part in (run_a[i:at], run_b[j:other]) if part]
            for part in sorted(parts, key=lambda part: [self._piece(this).text for this in part]):
                for this in part:
                    yield from self._from(this, runs)
            if at < len(run_a) and other < len(run_b):
                yield from self._pair(run_a[at], run_b[other], runs)
            i, j = at + 1, other + 1

    def _pair(self, one: _Id, other: _Id, runs: _Runs) -> Iterator[Strand]:
        if one == other:
            yield from self._from(one, runs)
        else:
            self.placed |= {one, other}
            yield Strand(a=self._piece(one), b=self._piece(other))

    def _alike(self, run_a: list[_Id], run_b: list[_Id]) -> list[tuple[int, int]]:
        """The pairs of two runs that are one element, rising; the same for swapped sides."""
        if not run_a or not run_b:
            return []
        one, other = ([self._piece(this) for this in run] for run in (run_a, run_b))
        if [piece.text for piece in one] > [piece.text for piece in other]:
            return [(y, x) for x, y in self._alike(run_b, run_a)]
        pairs = rising(sorted(certain(one, other).items()))
        found = set(pairs)
        for i, i_end, j, j_end in gaps(pairs, len(one), len(other)):
            alike = pair_up(one[i:i_end], other[j:j_end], ALIKE)
            found.update(
                (i + x, j + y)
                for x, y in alike
                if not (_is_named(one[i + x]) or _is_named(other[j + y]))
            )
        return [
            (x, y)
            for x, y in sorted(found)
            if run_a[x] == run_b[y] or "base" not in (run_a[x][0], run_b[y][0])
            if _under_one(one, x, other, y, found)
        ]

    def _strand(self, this: _Id) -> Strand:
        name, at = this
        if name == "base":
            return Strand(base=self.base[at], a=self.a.of(at), b=self.b.of(at))
        return Strand(a=self._piece(this)) if name == "a" else Strand(b=self._piece(this))

    def _piece(self, this: _Id) -> Piece:
        name, at = this
        return {"a": self.a.pieces, "b": self.b.pieces}.get(name, self.base)[at]


def _is_named(piece: Piece) -> bool:
    return piece.kind in ("heading", "added")


def _under_one(
    run: Sequence[Piece], x: int, other: Sequence[Piece], y: int, pairs: set[tuple[int, int]]
) -> bool:
    """Whether two pieces stand under the same heading, if under any that was added with them."""
    above = next((at for at in reversed(range(x)) if _is_named(run[at])), None)
    beside = next((at for at in reversed(range(y)) if _is_named(other[at])), None)
    return (above is None and beside is None) or (above, beside) in pairs
