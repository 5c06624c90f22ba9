"""Three-way merge of Markdown bodies, without conflict markers.

By section, then by block, then by item, row or line, then by word: the first level at which both
sides' changes do not meet settles them. What meets stays apart as a `Clash`, whole lines long, so
that the text with either side's part in it is valid Markdown. A section, block or item that one
side dropped and the other changed is a clash too: nothing that a person wrote is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.text.hunks import Hunk, hunks
from shared.text.markdown import equivalent
from shared.text.parts import Clash, Part, Same, Version, text_of
from shared.text.pieces import blocks
from shared.text.settle import joined, woven

__all__ = ["Clash", "Hunk", "Merge", "Part", "Same", "hunks", "merge", "transfer"]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged text as its parts, in order."""

    parts: tuple[Part, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing clashes."""
        return not self.clashes

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The parts that both sides changed differently, in order."""
        return tuple(part for part in self.parts if isinstance(part, Clash))

    def text(self, side: Version) -> str:
        """The whole text with every clash as one version has it.

        What is settled is the same in all three, so that a later merge of the three texts finds
        only these clashes again.
        """
        text = "".join(text_of(part, side) for part in self.parts)
        # A clash that is empty at the end leaves the blank line before it.
        return text if self.clean or not text.endswith("\n\n") else text.rstrip("\n") + "\n"


def merge(base: str, a: str, b: str) -> Merge:
    """Bring the changes base→a and base→b together.

    What only one side changed is taken over, byte for byte if the other side changed nothing at
    all; the same change, and the same Markdown spelled differently, is settled once. Sections,
    blocks, items and rows may be moved; what both sides added at one place is kept twice, in
    order of text. The result does not depend on which side is called a.
    """
    if a in (b, base):
        return Merge(_whole(b if a == base else a))
    if b == base:
        return Merge(_whole(a))
    if "\r" in base + a + b:
        return merge(*(text.replace("\r\n", "\n").replace("\r", "\n") for text in (base, a, b)))
    entries = woven(*(blocks(_ended(text)) for text in (base, a, b)))
    parts = _compact(joined(entries))
    if any(isinstance(part, Clash) for part in parts):
        agreed = _agreed(base, a, b)
        if agreed is not None:
            return Merge(_whole(agreed))
    return Merge(_with_end(parts, base, a, b))


def transfer(base: str, changed: str, onto: str) -> str:
    """Apply the change base→changed to `onto`, which is another spelling of `base`.

    What did not change stays as it is spelled in `onto`; a place that did is as in `changed`. If
    `onto` and `base` are the same Markdown, so are the result and `changed`.
    """
    if changed == base:
        return onto
    if onto == base:
        return changed
    moved = merge(base, changed, onto).text("a")
    if equivalent(moved, changed) or not equivalent(base, onto):
        return moved
    return changed


def _agreed(base: str, a: str, b: str) -> str | None:
    """The text that both sides mean, if they only differ in spelling or one changed nothing."""
    if equivalent(a, b):
        return min(a, b)
    if equivalent(base, a):
        return b
    return a if equivalent(base, b) else None


def _whole(text: str) -> tuple[Part, ...]:
    return (Same(text),) if text else ()


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def _with_end(parts: tuple[Part, ...], base: str, a: str, b: str) -> tuple[Part, ...]:
    """The newlines at the end are merged by themselves: what stands last may have been moved."""
    was, by_a, by_b = (text[len(text.rstrip("\n")) :] for text in (base, a, b))
    last = parts[-1] if parts else None
    if not isinstance(last, Same):
        return parts
    changed = {end for end in (by_a, by_b) if end != was}
    return (*parts[:-1], Same(last.text.rstrip("\n") + min(changed, default=was)))


def _compact(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same parts without empty ones, neighbours that are settled being one."""
    found: list[Part] = []
    for part in parts:
        if part in (Same(""), Clash("", "", "")):
            continue
        if isinstance(part, Same) and found and isinstance(found[-1], Same):
            found[-1] = Same(found[-1].text + part.text)
        else:
            found.append(part)
    return tuple(found)
