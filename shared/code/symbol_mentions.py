"""Finds the files and symbols that a spoken command names, among its ordinary words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.languages import is_test
from shared.code.spoken import Token, joined_numbers, name_words, transcript_tokens
from shared.code.spoken_words import (
    ARTICLES,
    CALLED,
    COMMON,
    DESCRIBING,
    INDEFINITE,
    KINDS,
    PLACES,
    PREDICATES,
    PURPOSE,
    STOP,
    VERB_BEFORE,
)
from shared.code.symbol_find import inside
from shared.code.symbol_names import FILE, Candidate, Names, NameSearch
from shared.code.symbol_objects import is_clause_end, is_object

# Definitions whose scores differ by less are too close to call: the command asks back. A known
# confusion of recognisers costs 0.04, another form of a word 0.15 and more.
CLOSE: Final = 0.06
# Below this, words that only sound like a name are no mention of it.
LEAST: Final = 0.78
_MOST_TOKENS: Final = 12
_MOST_SIMILAR: Final = 6
_MOST_WORDS: Final = 400
_MOST_CHOICES: Final = 6
_LEAST_CHARS: Final = 3
_TEST = re.compile(r"\btests?\b", re.IGNORECASE)
_UNDERSCORE = re.compile(r"_|\bunderscore\b|\bprivate\b", re.IGNORECASE)
_CLASSES: Final = KINDS["class"]
# What a single word may name without its kind beside it: "cents" is a word, `Book` a class.
_ALONE: Final = KINDS["class"] | {"function", "method"}
# Between a name and the file that it is in; "to" and "on" lead elsewhere.
_IN: Final = frozenset("in inside within of from".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words of a command that name a definition. `start`, `end`: where they stand in it."""

    words: str
    start: int
    end: int
    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """Words that name one of several definitions, the likeliest first; at most six."""

    words: str
    start: int
    end: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What a command names, in the order of its words."""

    settled: tuple[Mention, ...] = ()
    ambiguous: tuple[Ambiguity, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the files that are named, then of those that hold a named symbol."""
        named = [each.candidate for each in self.settled]
        ordered = sorted(named, key=lambda each: each.symbol is not None)
        return tuple(dict.fromkeys(each.path for each in ordered))

    @property
    def symbols(self) -> tuple[Candidate, ...]:
        """The definitions that are named."""
        named = (each.candidate for each in self.settled)
        return tuple(dict.fromkeys(each for each in named if each.symbol is not None))


@dataclass(frozen=True, slots=True)
class _Found:
    """Tokens `first` up to `end` name one of the candidates."""

    first: int
    end: int
    candidates: tuple[Candidate, ...]


def read_mentions(names: Names, transcript: str) -> Mentions:
    """What a command names.

    A name of several words is taken wherever it does not read as a verb phrase: behind a verb's
    "to" ("a function to add numbers"), and at the start of a sentence, unless something is said of
    it there. A single word is taken if it is no everyday word, or has a kind beside it ("the total
    method"), or is what the command acts on ("add logging to total", "rename total"). A file is
    named with its ending, with "file" or "module" beside it, or behind "in".
    Files and classes that are named decide between symbols of the same name.
    """
    tokens = transcript_tokens(transcript)[:_MOST_WORDS]
    return _settled(transcript, tokens, _Scan(tokens, names.search()).run())


class _Scan:
    """Goes through a sentence once; the longest name at a word wins."""

    def __init__(self, tokens: Sequence[Token], search: NameSearch) -> None:
        self._tokens = tokens
        self._search = search
        self._last_end = -1

    def run(self) -> list[_Found]:
        found: list[_Found] = []
        at = 0
        while at < len(self._tokens):
            here = self._at(at)
            if here:
                found.append(here)
                self._last_end = here.end
            at = here.end if here else at + 1
        return found

    def _at(self, first: int) -> _Found | None:
        ends = range(self._reach(first), first, -1)
        for end in ends:
            exact = self._search.exact(self._words(first, end))
            if exact and (chosen := self._accepted(first, end, exact)):
                return _Found(first, end, self._with_sounds(first, end, chosen))
        for end in ends:
            words = self._words(first, end)
            if not 2 <= len(words) <= _MOST_SIMILAR or {words[0], words[-1]} & STOP:
                continue
            if COMMON.issuperset(words):
                continue
            similar = [
                each
                for each in self._search.similar(words, whole=True)
                if each.score >= LEAST and {*words} & {*name_words(each.name)}
            ]
            if similar and (chosen := self._accepted(first, end, similar)):
                return _Found(first, end, tuple(chosen))
        return None

    def _reach(self, first: int) -> int:
        """How far a name may go from here: not over punctuation."""
        end = first + 1
        while end < min(len(self._tokens), first + _MOST_TOKENS):
            if self._tokens[end - 1].tail or self._tokens[end].lead:
                break
            end += 1
        return end

    def _words(self, first: int, end: int) -> tuple[str, ...]:
        return joined_numbers(part for token in self._tokens[first:end] for part in token.parts)

    def _with_sounds(self, first: int, end: int, chosen: list[Candidate]) -> tuple[Candidate, ...]:
        """The chosen ones with those of other names that cannot be told from them by ear."""
        words = self._words(first, end)
        typed = any(token.typed for token in self._tokens[first:end])
        if typed or not 2 <= len(words) <= _MOST_SIMILAR:
            return tuple(chosen)
        known = {(each.path, each.symbol) for each in chosen}
        kinds = {each.kind for each in chosen}
        also = [
            each
            for each in self._search.similar(words, whole=True)
            if each.score > 1 - CLOSE and each.kind in kinds
        ]
        return (*chosen, *(each for each in also if (each.path, each.symbol) not in known))

    def _accepted(self, first: int, end: int, found: list[Candidate]) -> list[Candidate]:
        """Those of the found definitions that the words can mean where they stand."""
        span = self._tokens[first:end]
        if any(token.typed for token in span):
            return _as_typed(span, found)
        with_ending = [
            each for each in found if each.kind == FILE and self._says_ending(first, end)
        ]
        if with_ending:
            return with_ending
        return self._said(first, end, found) or self._placed(first, end, found)

    def _said(self, first: int, end: int, found: list[Candidate]) -> list[Candidate]:
        """What words can mean that were spoken, by what stands beside them."""
        kinds = self._kinds_beside(first, end)
        words = self._words(first, end)
        if words[-1] in STOP or not (kinds or words[0] not in STOP):
            return []
        if kinds and self._is_definite(first, words):
            fitting = [each for each in found if each.kind in kinds]
            return fitting or self._alone(first, end, found, words)
        return self._alone(first, end, found, words)

    def _placed(self, first: int, end: int, found: list[Candidate]) -> list[Candidate]:
        """Files by whatever word, right behind a name or "the one": "total in more"."""
        at = first - 1
        while at >= 0 and self._tokens[at].text.lower() in ARTICLES:
            at -= 1
        if at < 1 or self._tokens[at].text.lower() not in _IN:
            return []
        named = self._last_end == at or self._tokens[at - 1].text.lower() == "one"
        if not named or not is_clause_end(self._tokens, end):
            return []
        return [each for each in found if each.symbol is None]

    def _is_definite(self, first: int, words: Sequence[str]) -> bool:
        """Whether "… function" can mean one that is there: not "a new function"."""
        before = self._tokens[first - 1].text.lower() if first else ""
        if words[0] in STOP and before not in ARTICLES | CALLED:
            return False
        return len(words) > 1 or not (before in INDEFINITE or words[0] in DESCRIBING)

    def _alone(
        self, first: int, end: int, found: list[Candidate], words: Sequence[str]
    ) -> list[Candidate]:
        """What words without a kind beside them can mean."""
        if end - first == 1 and is_object(self._tokens, first, end):
            objects = [each for each in found if each.symbol is not None and each.kind in _ALONE]
            if objects := [each for each in objects if not is_test(each.path)]:
                return objects
        if self._is_verb(first, end) or words[0] in STOP:
            return []
        symbols = [each for each in found if each.symbol is not None]
        if len(words) == 1 or end - first == 1:
            if words[0] in COMMON or len("".join(words)) < _LEAST_CHARS:
                return []
            symbols = [each for each in symbols if each.kind in _ALONE and not is_test(each.path)]
        before = self._before(first)
        files = [each for each in found if each.symbol is None]
        return symbols or (files if before and before.text.lower() in PLACES else [])

    def _before(self, first: int) -> Token | None:
        """The word before, articles left out; None at the start of a sentence."""
        at = first - 1
        while at >= 0 and self._tokens[at].text.lower() in ARTICLES and not self._tokens[at].tail:
            at -= 1
        if at < 0 or self._tokens[at].tail.endswith((".", "!", "?")):
            return None
        return self._tokens[at]

    def _after(self, end: int) -> str:
        if end >= len(self._tokens) or self._tokens[end - 1].tail:
            return ""
        return self._tokens[end].text.lower()

    def _kinds_beside(self, first: int, end: int) -> frozenset[str]:
        if self._after(end) in KINDS:
            return KINDS[self._after(end)]
        at = first - 1
        if at > 0 and self._tokens[at].text.lower() in CALLED:
            at -= 1
        word = self._tokens[at].text.lower() if at >= 0 and not self._tokens[at].tail else ""
        return KINDS.get(word, frozenset())

    def _says_ending(self, first: int, end: int) -> bool:
        return "dot" in self._words(first, end)[1:]

    def _is_verb(self, first: int, end: int) -> bool:
        """Whether a phrase reads as what is to be done, not as a name."""
        before = self._tokens[first - 1] if first else None
        if before is None or before.tail.endswith((".", "!", "?")):
            return self._after(end) not in PREDICATES
        word = before.text.lower()
        if word == "and":
            return self._last_end != first - 1
        if word == "to":
            purpose = self._tokens[first - 2].text.lower() if first > 1 else "to"
            return purpose in PURPOSE or purpose in STOP
        return word in VERB_BEFORE


def _as_typed(span: Sequence[Token], found: list[Candidate]) -> list[Candidate]:
    """Of several definitions those that are spelled as it was typed, if there are any."""
    typed = {token.text for token in span if token.typed}
    same = [
        each
        for each in found
        if each.name in typed or each.symbol in typed or any(each.path.endswith(t) for t in typed)
    ]
    return same or found


def _settled(transcript: str, tokens: Sequence[Token], found: Sequence[_Found]) -> Mentions:
    """Decide between candidates by what else is named; what is left is ambiguous."""

    def chosen(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        return _likelier(_closest(candidates), transcript)

    groups = [(each, chosen(each.candidates)) for each in found]
    places = [place for _, group in groups for place in group if _is_place(place)]
    groups = [(each, chosen(_restricted(each.candidates, places, group))) for each, group in groups]
    inner = [each for _, group in groups for each in group if each.symbol]
    settled: list[Mention] = []
    ambiguous: list[Ambiguity] = []
    for each, group in groups:
        start, end = tokens[each.first].start, tokens[each.end - 1].end
        words = transcript[start:end]
        if group[0].symbol is None and len(group) > 1:
            group = tuple(it for it in group if any(inside(one, it) for one in inner)) or group
        if len(group) == 1:
            settled.append(Mention(words=words, start=start, end=end, candidate=group[0]))
        else:
            choices = group[:_MOST_CHOICES]
            ambiguous.append(Ambiguity(words=words, start=start, end=end, candidates=choices))
    return Mentions(settled=tuple(settled), ambiguous=tuple(ambiguous))


def _likelier(candidates: tuple[Candidate, ...], transcript: str) -> tuple[Candidate, ...]:
    """Without those that one would mark: a test's own names, and private ones beside a public."""
    if not _TEST.search(transcript):
        candidates = tuple(each for each in candidates if not is_test(each.path)) or candidates
    public = tuple(each for each in candidates if not each.name.startswith("_"))
    return candidates if _UNDERSCORE.search(transcript) else public or candidates


def _is_place(candidate: Candidate) -> bool:
    return candidate.symbol is None or candidate.kind in _CLASSES


def _restricted(
    candidates: tuple[Candidate, ...], places: Sequence[Candidate], likely: tuple[Candidate, ...]
) -> tuple[Candidate, ...]:
    """The candidates in a named class, else those in a named file, else the likely ones."""
    for in_class in (True, False):
        chosen = [place for place in places if (place.symbol is not None) == in_class]
        kept = tuple(each for each in candidates if any(inside(each, place) for place in chosen))
        if kept:
            return kept
    return likely


def _closest(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The best candidate and those too close to it to tell them apart."""
    best = max(each.score for each in candidates)
    close = [each for each in candidates if each.score > best - CLOSE]
    return tuple(sorted(close, key=lambda each: -each.score))
