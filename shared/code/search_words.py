"""The words of code and of what people write about it, and how well a text fits a question.

Code and prose meet in the words of identifiers: `parse_amount`, `parseAmount` and "parsing amounts"
are the same two words.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

_NAME = re.compile(r"[^\W\d_]\w*")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_WORD = re.compile(r"[^\W\d_]+")
# Of English and of programming: they are everywhere and tell nothing.
_STOP: Final = frozenset(
    """a about after all also an and any are as at be because been before but by can could do does
    done each for from had has have how i if in into is it its let like may me more most must my no
    not now of on one only or other our out over please same shall should so some such than that the
    their them then there these they this those to too under until up use used very want was we were
    what when where which while who why will with without would you your
    bool class const def elif else except false final float func function import int interface
    module none null package pass private protected public return self static str string struct this
    true try type var void yield""".split()
)
_K1: Final = 1.2
_B: Final = 0.75


def words(text: str) -> Counter[str]:
    """How often each word stands in a text: split from identifiers, lower case, without endings."""
    found: Counter[str] = Counter()
    for name, times in Counter(_NAME.findall(text)).items():
        for word in _parts(name):
            found[word] += times
    return found


@lru_cache(maxsize=50_000)
def _parts(name: str) -> tuple[str, ...]:
    lowered = (part.lower() for part in (_PART if name.isascii() else _WORD).findall(name))
    return tuple(_stem(part) for part in lowered if len(part) > 1 and part not in _STOP)


def _stem(word: str) -> str:
    """Cut what grammar adds: `entries` and `entry`, `parsing` and `parse` are one word."""
    if not word.isascii() or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def scores(question: Mapping[str, float], texts: Mapping[str, Counter[str]]) -> dict[str, float]:
    """How well each text fits a question, by Okapi BM25; texts that share no word are left out.

    `question`: word -> how much it weighs. `texts`: the words of each. The weights are those of
    Robertson and Zaragoza, The Probabilistic Relevance Framework (2009): k1 1.2, b 0.75.
    """
    if not texts:
        return {}
    sizes = {key: text.total() for key, text in texts.items()}
    usual = max(1.0, sum(sizes.values()) / len(sizes))
    rarity = _rarity(question, texts.values())
    found: dict[str, float] = {}
    for key, text in texts.items():
        length = _K1 * (1 - _B + _B * sizes[key] / usual)
        score = sum(
            weight * rarity[word] * text[word] * (_K1 + 1) / (text[word] + length)
            for word, weight in question.items()
            if word in text
        )
        if score > 0:
            found[key] = score
    return found


def _rarity(question: Iterable[str], texts: Iterable[Counter[str]]) -> dict[str, float]:
    known = list(texts)
    holding = {word: sum(word in text for text in known) for word in question}
    return {
        word: math.log(1 + (len(known) - count + 0.5) / (count + 0.5))
        for word, count in holding.items()
    }
