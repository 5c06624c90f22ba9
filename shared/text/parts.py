"""What a merged text is made of: parts on which both sides agree, and parts on which not."""

from dataclasses import dataclass
from typing import Literal

Version = Literal["a", "b", "base"]


@dataclass(frozen=True, slots=True)
class Same:
    """Text that is settled."""

    text: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Whole lines that both sides changed, each in its own way; "" where a version has none."""

    base: str
    a: str
    b: str


Part = Same | Clash


def text_of(part: Part, side: Version) -> str:
    """The text of a part as one version has it."""
    if isinstance(part, Same):
        return part.text
    return {"a": part.a, "b": part.b, "base": part.base}[side]
