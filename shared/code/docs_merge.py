"""Brings a page as it is now together with what the code says now; what people wrote stays.

The base is what was last written here. A section that a person took out stays out; one that a
person changed keeps their words, and where the code says something new about it meanwhile, that is
told in a list. Nothing is ever marked as in conflict on the page.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.code.docs_page import MISSING, UPDATES
from shared.text.markdown import canonical, equivalent
from shared.text.merge import merge

_HEADING = re.compile(r"^(#{1,6}) (.+)$")
_FENCE = re.compile(r"^(`{3,}|~{3,})")
_LISTS = (UPDATES, MISSING)


@dataclass(frozen=True, slots=True)
class Merged:
    """A page's new text. `kept`: sections of a person that stand against newer ones, in order."""

    text: str
    kept: tuple[str, ...] = ()


def merged(base: str, now: str, new: str) -> Merged:
    """Take the change base→new over to `now`."""
    if now == base or equivalent(now, base):
        return Merged(new if not equivalent(now, new) else now)
    text = merge(base, now, new).text("a")
    return Merged(text, tuple(_kept(split(base), split(now), split(new))))


def standing(keys: Iterable[str], now: str, new: str) -> tuple[str, ...]:
    """The sections that still differ from what would be written, of those that were kept once."""
    present, fresh = split(now), split(new)
    return tuple(
        key
        for key in keys
        if key in present and not (key in fresh and equivalent(present[key], fresh[key]))
    )


def adopted(now: str, new: str) -> str:
    """A base for a page whose last writing is not known any more.

    What stands on the page counts as a person's where it differs, so nothing of it is lost.
    """
    present = split(now)
    return canonical("\n".join(text for key, text in split(new).items() if key in present))


def untouched(base: str, now: str) -> bool:
    """Whether nobody wrote on a page since we did."""
    return equivalent(base, now)


def split(text: str) -> Mapping[str, str]:
    """The text under each heading, with it, up to the next one; "" is what stands before the first.

    The key is the heading's text without its marks: a symbol's name. Of headings with the same
    text the later ones are numbered.
    """
    found: dict[str, list[str]] = {"": []}
    key, closing = "", ""
    for line in text.split("\n"):
        if closing:
            closing = "" if line.startswith(closing) and not line.strip(closing[0]) else closing
        elif fence := _FENCE.match(line):
            closing = fence[1]
        elif heading := _HEADING.match(line):
            key = _numbered(heading[2].strip("` "), found)
            found[key] = []
        found[key].append(line)
    return {key: canonical("\n".join(lines)) for key, lines in found.items()}


def _kept(base: Mapping[str, str], now: Mapping[str, str], new: Mapping[str, str]) -> Iterable[str]:
    for key, text in now.items():
        if key in _LISTS:
            continue
        before, after = base.get(key), new.get(key)
        if before is None or after == before:
            continue
        if after is None:
            if not equivalent(text, before):
                yield key
        elif not merge(before, text, after).clean:
            yield key


def _numbered(name: str, taken: Mapping[str, Sequence[str]]) -> str:
    key, count = name, 1
    while key in taken:
        count += 1
        key = f"{name} ({count})"
    return key
