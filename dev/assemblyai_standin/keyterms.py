"""The session's key terms: identifiers taken apart into spoken words that recognition favours."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MAX_TERMS = 100
MAX_CHARACTERS = 50
BONUS = 0.02
"""What one favoured word adds to the logarithm of a hypothesis' score: about a factor of 20 in
the language model, since pocketsphinx divides scores by 1024 and weighs that model by 6.5."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z']+")
_SHORTEST_PART = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """What one session favours.

    ``phrases``: the terms as spoken words. ``additions``: words the model lacks, with their
    phones (ARPAbet, joined by spaces).
    """

    phrases: tuple[tuple[str, ...], ...] = ()
    additions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One reading of the audio; ``score`` is positive, and only ratios of it mean anything."""

    words: tuple[str, ...]
    score: float


def spoken_words(term: str) -> tuple[str, ...]:
    """Return the words of an identifier or name: ``userId`` and ``user_id`` give user, id."""
    return tuple(part.lower() for part in _PART.findall(term))


def make_bias(
    terms: Iterable[str], known: frozenset[str], pronunciations: Mapping[str, Sequence[str]]
) -> Bias:
    """Return the bias for a list of key terms.

    Args:
        terms: as the client sent them; those over 50 characters are ignored, as the vendor does.
        known: the words that the language model has.
        pronunciations: word -> its ways to say it, for words that the model lacks.

    A term with a word that nobody knows how to say is left out.
    """
    phrases: list[tuple[str, ...]] = []
    additions: dict[str, str] = {}
    for term in terms:
        words = spoken_words(term) if len(term) <= MAX_CHARACTERS else ()
        new = {word: pronounce(word, pronunciations) for word in words if word not in known}
        if words and all(new.values()):
            phrases.append(words)
            additions.update((word, phones) for word, phones in new.items() if phones)
    return Bias(phrases=tuple(dict.fromkeys(phrases)), additions=tuple(sorted(additions.items())))


def pronounce(word: str, pronunciations: Mapping[str, Sequence[str]]) -> str | None:
    """Return the phones of a word, or of the two words it is made of; None if neither is known."""
    if word in pronunciations:
        return pronunciations[word][0]
    for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        head, tail = pronunciations.get(word[:cut]), pronunciations.get(word[cut:])
        if head and tail:
            return f"{head[0]} {tail[0]}"
    return None


def choose(candidates: Sequence[Candidate], bias: Bias) -> Candidate | None:
    """Return the best candidate when each word of a favoured phrase earns a bonus."""
    return max(
        candidates,
        key=lambda candidate: (
            math.log(candidate.score) + BONUS * favoured_words(candidate.words, bias)
        ),
        default=None,
    )


def favoured_words(words: Sequence[str], bias: Bias) -> int:
    """Count the words of favoured phrases that stand whole in ``words``."""
    text = f" {' '.join(words)} "
    return sum(len(phrase) for phrase in bias.phrases if f" {' '.join(phrase)} " in text)
