"""Three-way merge of sequences whose elements may be changed, moved, added and dropped.

Every base element is looked up on both sides, so that neighbours can change independently. The
order is the base's; what a side added or moved follows the element that it follows on that side.
Nothing here depends on which side is called a: swapped sides give the mirrored result.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from shared.text.sequence import ALIKE, align, gaps, pair_up, rising


class Element(Protocol):
    """What is woven: `key` is the same for all spellings, `words` tell how alike two are."""

    @property
    def text(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def words(self) -> frozenset[str]: ...


E = TypeVar("E", bound=Element)
Pairs = dict[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand(Generic[E]):
    """One element of the result, as the base and both sides have it; None where they do not."""

    base: E | None = None
    a: E | None = None
    b: E | None = None


# An element of the result: of the base by its place, or added by a side by its place there.
_Id = tuple[str, int]
_START: _Id = ("base", -1)


def weave(
    base: Sequence[E],
    a: Sequence[E],
    b: Sequence[E],
    match: Callable[[Sequence[E], Sequence[E]], Pairs],
) -> list[Strand[E]]:
    """The elements of the merged sequence in their order.

    `match` tells which element of a side is which of the base: base place to side place. Elements
    that both sides added at one place become one strand if they are alike, else two.
    """
    return _Loom(base, _Side("a", a, match(base, a)), _Side("b", b, match(base, b)), match).woven()


def match_pieces(old: Sequence[E], new: Sequence[E]) -> Pairs:
    """Match elements by key, then what moved, then by likeness and place between those."""
    old_keys, new_keys = keys_of(old, new)
    pairs = dict(align(old_keys, new_keys))
    pairs.update(_moved(old_keys, new_keys, pairs))
    return with_neighbours(old, new, pairs)


def match_in_order(old: Sequence[E], new: Sequence[E]) -> Pairs:
    """Match elements that cannot move, as lines of code or of a paragraph."""
    old_keys, new_keys = keys_of(old, new)
    return with_neighbours(old, new, dict(align(old_keys, new_keys)))


def with_neighbours(
    old: Sequence[E], new: Sequence[E], pairs: Pairs, *, replaced: bool = True
) -> Pairs:
    """Add pairs between the certain ones: what is alike, then if wanted what replaces what."""
    found = dict(pairs)
    taken = set(pairs.values())
    for i, i_end, j, j_end in gaps(rising(sorted(pairs.items())), len(old), len(new)):
        left = [at for at in range(i, i_end) if at not in pairs]
        right = [at for at in range(j, j_end) if at not in taken]
        alike = pair_up([old[at] for at in left], [new[at] for at in right], ALIKE)
        found.update((left[x], right[y]) for x, y in alike)
        for x, x_end, y, y_end in gaps(alike, len(left), len(right)) if replaced else ():
            found.update(zip(left[x:x_end], right[y:y_end], strict=False))
    return found


def keys_of(old: Sequence[E], new: Sequence[E]) -> tuple[list[str], list[str]]:
    """Keys to compare two sequences by: the text itself where both have it, it costs nothing."""
    shared = {element.text for element in old} & {element.text for element in new}

    def key(element: E) -> str:
        return element.text.rstrip("\n") + "\n" if element.text in shared else element.key

    return [key(element) for element in old], [key(element) for element in new]


def _moved(old: Sequence[str], new: Sequence[str], pairs: Pairs) -> Iterator[tuple[int, int]]:
    """What is left over on both sides exactly once, with something to tell it by."""
    taken = set(pairs.values())
    left = [at for at in range(len(old)) if at not in pairs]
    right = [at for at in range(len(new)) if at not in taken]
    places: dict[str, list[int]] = {}
    for at in right:
        places.setdefault(new[at], []).append(at)
    for at in left:
        there = places.get(old[at], [])
        if len(there) == 1 and old.count(old[at]) == 1 and old[at].strip():
            yield (at, there[0])


@dataclass(frozen=True, slots=True)
class _Side(Generic[E]):
    name: str
    elements: Sequence[E]
    pairs: Pairs
    order: list[_Id] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        base_of = {there: here for here, there in self.pairs.items()}
        self.order.extend(
            ("base", base_of[at]) if at in base_of else (self.name, at)
            for at in range(len(self.elements))
        )
        stayed = {here for here, _ in rising(sorted(self.pairs.items()))}
        self.moved.update(set(self.pairs) - stayed)


@dataclass(slots=True)
class _Loom(Generic[E]):
    base: Sequence[E]
    a: _Side[E]
    b: _Side[E]
    match: Callable[[Sequence[E], Sequence[E]], Pairs]
    placed: set[_Id] = field(default_factory=set)

    def woven(self) -> list[Strand[E]]:
        """Place everything; moves that wait for each other in a circle are undone, one by one."""
        floating = self.a.moved | self.b.moved
        while True:
            core = [at for at in range(len(self.base)) if at not in floating]
            runs = [self._runs(side, floating) for side in (self.a, self.b)]
            self.placed.clear()
            strands = [strand for at in (-1, *core) for strand in self._from(("base", at), runs)]
            lost = [at for at in sorted(floating) if ("base", at) not in self.placed]
            if not lost:
                return strands
            floating = floating - {lost[0]}

    def _runs(self, side: _Side[E], floating: set[int]) -> dict[_Id, list[_Id]]:
        """What a side added or moved behind each other element."""
        runs: dict[_Id, list[_Id]] = {}
        anchor = _START
        for this in side.order:
            own = this[0] != "base" or (this[1] in side.moved and this[1] in floating)
            if own:
                runs.setdefault(anchor, []).append(this)
            else:
                anchor = this
        return runs

    def _from(self, this: _Id, runs: Sequence[dict[_Id, list[_Id]]]) -> Iterator[Strand[E]]:
        """An element and all that follows it only because it follows it."""
        if this in self.placed:
            return
        self.placed.add(this)
        if this != _START:
            yield self._strand(this)
        yield from self._joined(runs[0].get(this, []), runs[1].get(this, []), runs)

    def _joined(
        self, run_a: list[_Id], run_b: list[_Id], runs: Sequence[dict[_Id, list[_Id]]]
    ) -> Iterator[Strand[E]]:
        """Two runs behind one element: alike elements become one, the rest in order of text."""
        run_a = [this for this in run_a if this not in self.placed]
        run_b = [this for this in run_b if this not in self.placed]
        both = self._alike(run_a, run_b)
        ends = [*both, (len(run_a), len(run_b))]
        i = j = 0
        for at, other in ends:
            parts = [part for part in (run_a[i:at], run_b[j:other]) if part]
            for part in sorted(parts, key=lambda part: [self._element(this).text for this in part]):
                for this in part:
                    yield from self._from(this, runs)
            if at < len(run_a) and other < len(run_b):
                yield from self._pair(run_a[at], run_b[other], runs)
            i, j = at + 1, other + 1

    def _pair(
        self, one: _Id, other: _Id, runs: Sequence[dict[_Id, list[_Id]]]
    ) -> Iterator[Strand[E]]:
        if one == other:
            yield from self._from(one, runs)
        else:
            self.placed |= {one, other}
            yield Strand(a=self._element(one), b=self._element(other))

    def _alike(self, run_a: list[_Id], run_b: list[_Id]) -> list[tuple[int, int]]:
        """The pairs of two runs that are one element, rising; the same for swapped sides."""
        if not run_a or not run_b:
            return []
        one, other = ([self._element(this) for this in run] for run in (run_a, run_b))
        if [e.text for e in one] > [e.text for e in other]:
            return [(y, x) for x, y in self._alike(run_b, run_a)]
        pairs = rising(sorted(self._certain(one, other)))
        found = list(pairs)
        for i, i_end, j, j_end in gaps(pairs, len(one), len(other)):
            alike = pair_up(one[i:i_end], other[j:j_end], ALIKE)
            found += [(i + x, j + y) for x, y in alike]
        return [
            (x, y)
            for x, y in sorted(found)
            if run_a[x] == run_b[y] or "base" not in (run_a[x][0], run_b[y][0])
        ]

    def _certain(self, one: Sequence[E], other: Sequence[E]) -> list[tuple[int, int]]:
        return align(*keys_of(one, other))

    def _strand(self, this: _Id) -> Strand[E]:
        name, at = this
        if name == "a":
            return Strand(a=self.a.elements[at])
        if name == "b":
            return Strand(b=self.b.elements[at])
        there = [self.a.pairs.get(at), self.b.pairs.get(at)]
        return Strand(
            base=self.base[at],
            a=None if there[0] is None else self.a.elements[there[0]],
            b=None if there[1] is None else self.b.elements[there[1]],
        )

    def _element(self, this: _Id) -> E:
        name, at = this
        return {"a": self.a.elements, "b": self.b.elements}.get(name, self.base)[at]
