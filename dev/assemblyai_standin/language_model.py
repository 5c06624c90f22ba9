"""A trigram language model of spoken programming, mixed with general English, as an ARPA file.

Counts come from sentences drawn from the phrase grammar. Smoothing is Witten-Bell in its
interpolated form (Chen and Goodman 1998, section 2.6), where the mass for the unseen goes partly
to the shorter history and partly to a general English model:

    P(w|h) = (c(hw) + T(h) * Q(w|h)) / (c(h) + T(h))
    Q(w|h) = (1 - share) * P(w|h') + share * G(w|h)

c are counts, T(h) the number of different words seen after h, h' the history without its oldest
word, G general English. Back-off weights are computed so that every history sums to one.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

START = "<s>"
END = "</s>"
ORDER = 3
NO_PROBABILITY = -99.0

Ngram = tuple[str, ...]
General = Callable[[str, Ngram], float]
"""P(word | history) of general English; the history is oldest first and may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A back-off model: probabilities and back-off weights by n-gram, not as logarithms."""

    probabilities: Mapping[Ngram, float]
    backoffs: Mapping[Ngram, float]

    def probability(self, word: str, history: Ngram = ()) -> float:
        """Return P(word | history); the history is oldest first. Zero for an unknown word."""
        ngram = (*history, word)
        if ngram in self.probabilities:
            return self.probabilities[ngram]
        if not history:
            return 0.0
        return self.backoffs.get(history, 1.0) * self.probability(word, history[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How much of general English goes in.

    ``vocabulary``: words beyond those counted that may be recognised. ``bigrams``: pairs that
    general English knows well, kept though never counted. ``share``: 0..1, the part of the
    unseen mass that general English decides.
    """

    general: General
    vocabulary: frozenset[str]
    bigrams: frozenset[tuple[str, str]]
    share: float


def draw_sentences(
    sentence: Callable[[random.Random], Sequence[str]], count: int, seed: int
) -> Iterator[Sequence[str]]:
    """Yield ``count`` sentences, the same ones for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        yield sentence(rng)


def train(sentences: Iterable[Sequence[str]], mixture: Mixture) -> Model:
    """Estimate the model from sentences (words without the marks of begin and end)."""
    counts = _count(sentences)
    words = ({ngram[0] for ngram in counts[0]} | mixture.vocabulary | {END}) - {START}
    model = Model(probabilities=_unigrams(counts[0], words, mixture), backoffs={})
    for order in range(2, ORDER + 1):
        model = _extend(model, counts[order - 1], order, mixture)
    return model


def _count(sentences: Iterable[Sequence[str]]) -> list[Counter[Ngram]]:
    counts: list[Counter[Ngram]] = [Counter() for _ in range(ORDER)]
    for sentence in sentences:
        marked = (START, *sentence, END)
        for order in range(1, ORDER + 1):
            counts[order - 1].update(marked[i : i + order] for i in range(len(marked) - order + 1))
    return counts


def _unigrams(counts: Counter[Ngram], words: set[str], mixture: Mixture) -> dict[Ngram, float]:
    total = sum(count for ngram, count in counts.items() if ngram != (START,))
    kinds = len(counts)
    general = {word: mixture.general(word, ()) for word in words}
    scale = sum(general.values())
    return {
        (word,): (counts[(word,)] + kinds * general[word] / scale) / (total + kinds)
        for word in words
    }


def _extend(model: Model, counts: Counter[Ngram], order: int, mixture: Mixture) -> Model:
    """Add the n-grams of one more order to the model."""
    after: dict[Ngram, dict[str, int]] = defaultdict(dict)
    for ngram, count in counts.items():
        after[ngram[:-1]][ngram[-1]] = count
    kept: dict[Ngram, list[str]] = {history: list(found) for history, found in after.items()}
    if order == 2:
        for first, second in sorted(mixture.bigrams):
            if second not in after.get((first,), ()):
                kept.setdefault((first,), []).append(second)
    probabilities, backoffs = dict(model.probabilities), dict(model.backoffs)
    for history, words in kept.items():
        found = _after_history(model, history, words, after.get(history, {}), mixture)
        probabilities.update(((*history, word), value) for word, value in found.items())
        lower = sum(model.probability(word, history[1:]) for word in words)
        backoffs[history] = max(1.0 - sum(found.values()), 1e-9) / max(1.0 - lower, 1e-9)
    return Model(probabilities=probabilities, backoffs=backoffs)


def _after_history(
    model: Model, history: Ngram, words: list[str], counts: Mapping[str, int], mixture: Mixture
) -> dict[str, float]:
    kinds = max(len(counts), 1)
    total = sum(counts.values()) + kinds
    probabilities = {}
    for word in words:
        unseen = (1 - mixture.share) * model.probability(word, history[1:])
        if len(history) == 1:
            unseen += mixture.share * mixture.general(word, history)
        probabilities[word] = (counts.get(word, 0) + kinds * unseen) / total
    return probabilities


def write_arpa(model: Model, path: Path) -> None:
    """Write the model in the ARPA format (base-10 logarithms), n-grams in alphabetical order."""
    orders: dict[int, list[Ngram]] = {order: [] for order in range(1, ORDER + 1)}
    for ngram in model.probabilities:
        orders[len(ngram)].append(ngram)
    orders[1].append((START,))
    with path.open("w", encoding="utf-8") as file:
        file.write("\\data\\\n")
        file.writelines(f"ngram {order}={len(ngrams)}\n" for order, ngrams in orders.items())
        for order, ngrams in orders.items():
            file.write(f"\n\\{order}-grams:\n")
            file.writelines(_arpa_line(model, ngram) for ngram in sorted(ngrams))
        file.write("\n\\end\\\n")


def _arpa_line(model: Model, ngram: Ngram) -> str:
    probability = model.probabilities.get(ngram, 0.0)
    logarithm = math.log10(probability) if probability > 0 else NO_PROBABILITY
    line = f"{logarithm:.4f}\t{' '.join(ngram)}"
    if len(ngram) < ORDER and ngram in model.backoffs:
        line += f"\t{math.log10(model.backoffs[ngram]):.4f}"
    return line + "\n"
