"""The session's key terms: identifiers taken apart into spoken words that recognition favours.

Each term becomes one entry of the dictionary, said as its words are said one after the other, and
a single "word" of the language model that is likelier than a word of its own would be. So a term
is heard whole or not at all, and its words alone are no likelier than before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

MAX_TERMS = 100
MAX_CHARACTERS = 50
JOINT = "_"

Bias = tuple[tuple[str, str], ...]
"""What one session favours: entry (words, each followed by JOINT) and its phones (ARPAbet)."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+")
_SHORTEST_PART = 3


def spoken_words(term: str) -> tuple[str, ...]:
    """Return the words of an identifier or name: ``userId`` and ``user_id`` give user, id."""
    return tuple(part.lower() for part in _PART.findall(term))


def make_bias(terms: Iterable[str], pronunciations: Mapping[str, Sequence[str]]) -> Bias:
    """Return the bias for a list of key terms.

    Args:
        terms: as the client sent them; those over 50 characters are ignored, as the vendor does,
            and those with a word that nobody knows how to say.
        pronunciations: word -> its ways to say it.
    """
    entries: dict[str, str] = {}
    for term in terms:
        words = spoken_words(term) if len(term) <= MAX_CHARACTERS else ()
        said = [pronounce(word, pronunciations) for word in words]
        if words and all(said):
            entry = "".join(word + JOINT for word in words)
            entries[entry] = " ".join(phones for phones in said if phones)
    return tuple(sorted(entries.items()))


def pronounce(word: str, pronunciations: Mapping[str, Sequence[str]]) -> str | None:
    """Return the phones of a word, or of the two words it is made of; None if neither is known."""
    if word in pronunciations:
        return pronunciations[word][0]
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        head, tail = pronunciations.get(word[:cut]), pronunciations.get(word[cut:])
        if head and tail:
            return f"{head[0]} {tail[0]}"
    return None
