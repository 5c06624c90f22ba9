"""What the recogniser may hear: spoken patterns of programming, and how their words are said.

The patterns are a small random grammar (``phrases.txt``); the language model is counted over
sentences drawn from it, so the recogniser learns how programmers speak, not which sentences the
tests say. Pronunciations come from the dictionary in the pocketsphinx wheel, and from
``pronunciations.txt`` for words of the trade.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MAX_DEPTH = 40
OPTIONAL_SHARE = 0.5

_TOKEN = re.compile(r"<\w+>|[\[\]]|[^\s\[\]<>]+")
_WEIGHT = re.compile(r"^(\d+)\*")


class GrammarError(ValueError):
    """The file of patterns names a rule that does not exist, or runs in a circle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One name of the grammar: its alternatives as tokens, and how likely each is."""

    alternatives: tuple[tuple[str, ...], ...]
    weights: tuple[int, ...]


class Grammar:
    """A random phrase grammar.

    Args:
        rules: every rule by name.

    Raises:
        GrammarError: a rule refers to a name that is not defined.
    """

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = dict(rules)
        used = {token[1:-1] for token in self._tokens() if token.startswith("<")}
        if missing := sorted(used - self._rules.keys()):
            raise GrammarError(f"undefined rules: {', '.join(missing)}")

    def _tokens(self) -> Iterator[str]:
        for rule in self._rules.values():
            for alternative in rule.alternatives:
                yield from alternative

    def words(self) -> set[str]:
        """Return every word that some sentence may contain."""
        return {token for token in self._tokens() if token[0] not in "<[]"}

    def patterns(self) -> set[str]:
        """Return every alternative as it is written, tokens joined by one space."""
        return {" ".join(a) for rule in self._rules.values() for a in rule.alternatives}

    def sentence(self, rng: random.Random, name: str = "command") -> list[str]:
        """Draw the words of one sentence from the rule ``name``.

        Raises:
            GrammarError: the rules run in a circle.
        """
        words: list[str] = []
        self._expand(name, rng, words, 0)
        return words

    def _expand(self, name: str, rng: random.Random, words: list[str], depth: int) -> None:
        if depth > MAX_DEPTH:
            raise GrammarError(f"the rule {name} runs in a circle")
        rule = self._rules[name]
        skipping = False
        for token in rng.choices(rule.alternatives, rule.weights)[0]:
            if token == "[":
                skipping = rng.random() >= OPTIONAL_SHARE
            elif token == "]":
                skipping = False
            elif not skipping:
                if token.startswith("<"):
                    self._expand(token[1:-1], rng, words, depth + 1)
                else:
                    words.append(token)


def parse_grammar(lines: Iterable[str]) -> Grammar:
    """Read a grammar: ``name = a | b``, continued by lines that begin with a space.

    Raises:
        GrammarError: a rule refers to a name that is not defined.
    """
    texts: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(" "):
            texts[name] += line
        else:
            name, _, text = line.partition(" = ")
            texts[name] = text
    return Grammar({name: _parse_rule(text) for name, text in texts.items()})


def _parse_rule(text: str) -> Rule:
    alternatives: list[tuple[str, ...]] = []
    weights: list[int] = []
    for part in (piece.strip() for piece in text.split("|")):
        if not part:
            continue
        weight = _WEIGHT.match(part)
        weights.append(int(weight[1]) if weight else 1)
        alternatives.append(tuple(_TOKEN.findall(part[weight.end() :] if weight else part)))
    return Rule(alternatives=tuple(alternatives), weights=tuple(weights))


def load_grammar() -> Grammar:
    """Read the patterns that ship with the stand-in."""
    return parse_grammar((HERE / "phrases.txt").read_text(encoding="utf-8").splitlines())


def load_pronunciations(wheel_dictionary: Path) -> dict[str, list[str]]:
    """Return word -> its pronunciations (ARPAbet phones joined by spaces).

    Args:
        wheel_dictionary: the CMU dictionary file of the pocketsphinx wheel.

    Returns:
        The wheel's words; a word of ``pronunciations.txt`` adds its own before the wheel's.
    """
    own = _read_dictionary(HERE / "pronunciations.txt")
    wheel = _read_dictionary(wheel_dictionary)
    for word, spoken in own.items():
        wheel[word] = spoken + [phones for phones in wheel.get(word, []) if phones not in spoken]
    return wheel


def _read_dictionary(path: Path) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, _, phones = line.partition(" ")
            words.setdefault(re.sub(r"\(\d+\)$", "", word), []).append(phones.strip())
    return words
