"""Resolves a spoken name that may come with its kind and its place."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from shared.code.spoken import joined_numbers, name_words, transcript_tokens
from shared.code.spoken_words import ARTICLES, CALLED, KINDS, PLACES
from shared.code.symbol_names import FILE, Candidate, Names, NameSearch

MAX_CANDIDATES: Final = 10
# Below this a name has nothing to do with what was said.
_LEAST: Final = 0.4
_MOST_WORDS: Final = 14
_PLACE_LEAST: Final = 0.7
_OTHER_KIND: Final = 0.7
_CLASSES: Final = KINDS["class"]


def find(names: Names, spoken: str) -> tuple[Candidate, ...]:
    """What a spoken name may mean, best first, at most ten."""
    words = [part for token in transcript_tokens(spoken) for part in token.parts][:_MOST_WORDS]
    search = names.search()
    best: dict[tuple[str, str | None], Candidate] = {}
    as_written = search.exact(name_words(spoken))
    for candidate in chain(as_written, _readings(search, words)):
        key = (candidate.path, candidate.symbol)
        if candidate.score >= _LEAST and (key not in best or best[key].score < candidate.score):
            best[key] = candidate
    ordered = sorted(best.values(), key=lambda each: -each.score)
    return tuple(ordered[:MAX_CANDIDATES])


def inside(candidate: Candidate, place: Candidate) -> bool:
    """Whether a definition stands in a file or class."""
    if candidate.path != place.path or candidate.symbol is None:
        return False
    return place.symbol is None or candidate.symbol.startswith(f"{place.symbol}.")


def with_score(candidate: Candidate, score: float) -> Candidate:
    """The candidate with another score."""
    return Candidate(
        path=candidate.path,
        symbol=candidate.symbol,
        name=candidate.name,
        kind=candidate.kind,
        score=score,
    )


def _readings(search: NameSearch, words: Sequence[str]) -> Iterator[Candidate]:
    """What the words mean as a whole, and as a name in a place, or in several ("in … of …")."""
    yield from _named(search, words)
    cuts = [at for at in range(1, len(words) - 1) if words[at] in PLACES]
    ends = [*cuts[1:], len(words)] if cuts else []
    places = [list(_places(search, words[a + 1 : b])) for a, b in zip(cuts, ends, strict=True)]
    for at, cut in enumerate(cuts):
        groups = [group for group in places[at:] if group]
        for candidate in _named(search, words[:cut]) if groups else ():
            if all(any(inside(candidate, place) for place in group) for group in groups):
                yield candidate


def _places(search: NameSearch, words: Sequence[str]) -> Iterator[Candidate]:
    return (each for each in _named(search, words) if _is_place(each))


def _is_place(candidate: Candidate) -> bool:
    return candidate.score >= _PLACE_LEAST and candidate.kind in {FILE, *_CLASSES}


def _named(search: NameSearch, words: Sequence[str]) -> Iterator[Candidate]:
    """What words without a place mean; a kind at either end says what is meant."""
    bare = _without_articles(words)
    yield from _looked_up(search, bare)
    if len(bare) > 1 and bare[-1] in KINDS:
        yield from _of_kind(_looked_up(search, bare[:-1]), KINDS[bare[-1]])
    if len(bare) > 1 and bare[0] in KINDS:
        rest = bare[2:] if bare[1] in CALLED else bare[1:]
        yield from _of_kind(_looked_up(search, rest), KINDS[bare[0]])


def _of_kind(found: Iterator[Candidate], kinds: frozenset[str]) -> Iterator[Candidate]:
    for each in found:
        yield each if each.kind in kinds else with_score(each, each.score * _OTHER_KIND)


def _looked_up(search: NameSearch, words: Sequence[str]) -> Iterator[Candidate]:
    said = joined_numbers(words)
    if said:
        yield from search.exact(said)
        yield from search.similar(said, whole=False)


def _without_articles(words: Sequence[str]) -> Sequence[str]:
    start = next((at for at, word in enumerate(words) if word not in ARTICLES), len(words))
    return words[start:] or words
