"""Builds the recogniser's dictionary and language model once, and keeps them in a folder.

General English is the model in the pocketsphinx wheel: it gives the share of words that were
never seen in the patterns, and pairs of words that everybody says.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pocketsphinx

from dev.assemblyai_standin import language_model, vocabulary

SENTENCES = 120_000
SEED = 1
GENERAL_WORDS = 3_000
GENERAL_PAIR_WORDS = 600
PAIR_PROBABILITY = 0.003
GENERAL_SHARE = 0.3

_SOURCES = ("phrases.txt", "pronunciations.txt", "vocabulary.py", "language_model.py", __file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """Where the binary language model and the dictionary lie."""

    language_model: Path
    dictionary: Path


class GeneralEnglish:
    """Probabilities of the wheel's own language model."""

    def __init__(self) -> None:
        self._logs = pocketsphinx.LogMath()
        path = pocketsphinx.get_model_path("en-us/en-us.lm.bin")
        self._model = pocketsphinx.NGramModel(pocketsphinx.Config(), self._logs, path)

    def probability(self, word: str, history: tuple[str, ...] = ()) -> float:
        """Return P(word | history), history oldest first; about 0 for an unknown word."""
        return float(self._logs.exp(self._model.prob([word, *reversed(history)])))

    def pairs(self, words: Sequence[str], at_least: float) -> frozenset[tuple[str, str]]:
        """Return (first, second) where P(second | first) is more than ``at_least``."""
        threshold, prob = self._logs.log(at_least), self._model.prob
        known = [word for word in words if prob([word]) > self._logs.log(1e-12)]
        return frozenset(
            (first, second)
            for first in known
            for second in known
            if prob([second, first]) > threshold
        )


def pronunciations() -> dict[str, list[str]]:
    """Return every word that can be said: the wheel's dictionary and our own additions."""
    path = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
    return vocabulary.load_pronunciations(path)


def prepare(cache: Path) -> ModelFiles:
    """Return the model's files, built first (a few seconds) if their sources have changed.

    Args:
        cache: a folder of ours; made if it is missing. Safe to share between processes.

    Raises:
        GrammarError: the patterns are faulty.
        OSError: the folder cannot be written.
    """
    folder = cache / _fingerprint()
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            finished = Path(scratch, "model")
            finished.mkdir()
            _build(_files_in(finished))
            # A folder that is there is whole. Another process may have been faster.
            with contextlib.suppress(OSError):
                finished.rename(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"the language model could not be put into {cache}")
    return _files_in(folder)


def _files_in(folder: Path) -> ModelFiles:
    return ModelFiles(language_model=folder / "model.lm.bin", dictionary=folder / "model.dict")


def _fingerprint() -> str:
    digest = hashlib.sha256(importlib.metadata.version("pocketsphinx").encode())
    for name in _SOURCES:
        digest.update((vocabulary.HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def _build(files: ModelFiles) -> None:
    said = pronunciations()
    grammar, english = vocabulary.load_grammar(), GeneralEnglish()
    if unsaid := sorted(grammar.words() - said.keys()):
        raise vocabulary.GrammarError(f"no pronunciation for: {', '.join(unsaid)}")
    common = sorted(
        (word for word in said if word.replace("'", "").isalpha()),
        key=english.probability,
        reverse=True,
    )[:GENERAL_WORDS]
    pair_words = sorted(grammar.words() | set(common[:GENERAL_PAIR_WORDS]))
    mixture = language_model.Mixture(
        general=english.probability,
        vocabulary=frozenset(common),
        bigrams=english.pairs(pair_words, PAIR_PROBABILITY),
        share=GENERAL_SHARE,
    )
    sentences = language_model.draw_sentences(grammar.sentence, SENTENCES, SEED)
    model = language_model.train(sentences, mixture)
    _write_binary(model, files.language_model)
    _write_dictionary(grammar.words() | set(common), said, files.dictionary)


def _write_binary(model: language_model.Model, path: Path) -> None:
    """Write the model in pocketsphinx's binary form, which loads in a millisecond."""
    arpa = path.with_suffix(".arpa")
    language_model.write_arpa(model, arpa)
    loaded = pocketsphinx.NGramModel(pocketsphinx.Config(), pocketsphinx.LogMath(), str(arpa))
    loaded.write(str(path), pocketsphinx.NGramModel.str_to_type("bin"))
    arpa.unlink()


def _write_dictionary(words: set[str], said: Mapping[str, Sequence[str]], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for word in sorted(words):
            for number, phones in enumerate(said[word]):
                mark = f"({number + 1})" if number else ""
                file.write(f"{word}{mark} {phones}\n")
