"""Finds names by how they are said, without looking at each: by words, letters and sound."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import nlargest
from typing import Final

import jellyfish

from shared.code.spoken import alike, confused_with, sound, stem

Form = tuple[str, ...]

# A form of more words than the heard ones may be meant, but the less likely the more it has.
_COVERED: Final = 0.7
_OTHER_CUT: Final = 0.95
_MOST_FORMS: Final = 60


class NameIndex:
    """The spoken forms of all names of a repository. A form is a tuple of lower-case words.

    `exactly`: other ways to say a form that are matched to the letter alone.
    """

    def __init__(self, forms: Iterable[Form], exactly: Iterable[tuple[Form, Form]] = ()) -> None:
        self._forms: list[Form] = list(dict.fromkeys(forms))
        self._letters: dict[str, list[Form]] = defaultdict(list)
        self._sounds: dict[str, list[Form]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        self._near: dict[str, list[str]] = defaultdict(list)
        for at, form in enumerate(self._forms):
            self._letters["".join(form)].append(form)
            self._sounds["".join(map(sound, form))].append(form)
            for word in dict.fromkeys(form):
                self._by_word[word].append(at)
        for said, form in exactly:
            self._letters["".join(said)].append(form)
        for word in self._by_word:
            self._stems[stem(word)].append(word)
            for code in _codes(word):
                self._near[code].append(word)

    def exact(self, words: Sequence[str]) -> list[Form]:
        """The forms with the same letters, wherever the words are cut: `time stamp` is
        `timestamp`, and letters that are said one by one are an acronym."""
        return self._letters.get("".join(words), [])

    def search(self) -> "Search":
        """A search that remembers what it looked up, for the words of one sentence."""
        return Search(self)

    def words_like(self, heard: str) -> dict[str, float]:
        """The words of names that a heard word may mean -> how well."""
        options = {heard, *confused_with(heard), *self._stems.get(stem(heard), ())}
        for code in _codes(heard):
            options.update(self._near.get(code, ()))
        scored = ((word, alike(heard, word)) for word in options if word in self._by_word)
        return {word: score for word, score in scored if score > 0}

    def with_words(self, words: Iterable[str]) -> set[int]:
        """The numbers of the forms that hold one of the words."""
        found: set[int] = set()
        for word in words:
            found.update(self._by_word[word])
        return found

    def form(self, number: int) -> Form:
        """A form by its number."""
        return self._forms[number]

    def same_sound(self, words: Sequence[str]) -> list[Form]:
        """The forms that sound the same as a whole, wherever the words are cut."""
        return self._sounds.get("".join(map(sound, words)), [])


class Search:
    """Looks words up once, however many phrases of a sentence they stand in."""

    def __init__(self, index: NameIndex) -> None:
        self._index = index
        self._like: dict[str, dict[str, float]] = {}
        self._holding: dict[str, set[int]] = {}

    def exact(self, words: Sequence[str]) -> list[Form]:
        """The forms with the same letters."""
        return self._index.exact(words)

    def similar(self, words: Sequence[str], *, whole: bool) -> list[tuple[Form, float]]:
        """The forms that the words may mean, with a score of 0 to 1, at most sixty.

        Each heard word must stand for one of the form, in the same order; with `whole`, the form
        has no others. The score is made of the mean and the worst of the words.
        """
        likes = [self._words_like(word) for word in words]
        found: dict[Form, float] = {}
        for form in self._index.same_sound(words):
            near = jellyfish.jaro_winkler_similarity("".join(words), "".join(form))
            found[form] = _OTHER_CUT * (0.6 + 0.4 * near)
        if all(likes):
            for number in set.intersection(*map(self._forms_with, words)):
                form = self._index.form(number)
                if not whole or len(form) == len(words):
                    score = _aligned(likes, form)
                    found[form] = max(score, found.get(form, 0.0))
        best = nlargest(_MOST_FORMS, found.items(), key=lambda item: (item[1], item[0]))
        return [(form, score) for form, score in best if score > 0]

    def _words_like(self, word: str) -> dict[str, float]:
        if word not in self._like:
            self._like[word] = self._index.words_like(word)
        return self._like[word]

    def _forms_with(self, word: str) -> set[int]:
        if word not in self._holding:
            self._holding[word] = self._index.with_words(self._words_like(word))
        return self._holding[word]


def _codes(word: str) -> list[str]:
    """The phonetic code of a word, and the code with one letter left out: two words have one in
    common if their sounds differ by one letter."""
    code = sound(word)
    cuts = {code[:at] + code[at + 1 :] for at in range(len(code))} if len(code) < 12 else set()
    return sorted({code, *cuts} - {""})


def _aligned(likes: Sequence[dict[str, float]], form: Form) -> float:
    """How well the heard words stand for those of a form, in order."""
    weights: list[float] = []
    at, spare = 0, len(form) - len(likes)
    for like in likes:
        reach = range(at, at + spare + 1)
        best = max(reach, key=lambda i: (like.get(form[i], 0.0), -i), default=-1)
        weight = like.get(form[best], 0.0) if best >= 0 else 0.0
        if weight == 0:
            return 0.0
        weights.append(weight)
        spare -= best - at
        at = best + 1
    score = (sum(weights) / len(weights) + min(weights)) / 2
    return float(score * (len(weights) / len(form)) ** _COVERED)
