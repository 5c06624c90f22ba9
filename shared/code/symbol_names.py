"""The definitions of a repository by the ways in which their names are said."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from shared.code.languages import is_test
from shared.code.name_index import Form, NameIndex, Search
from shared.code.spoken import name_words

FILE: Final = "file"
# Files that stand for the folder they are in.
_FOLDER_FILES: Final = frozenset({"__init__", "__main__", "index", "mod", "main"})
_SPOKEN_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "py": ("python", "pie", "pi"),
    "js": ("javascript",),
    "ts": ("typescript",),
    "rs": ("rust",),
    "rb": ("ruby",),
    "go": ("golang",),
    "kt": ("kotlin",),
    "cs": ("csharp",),
    "cpp": ("cplusplus",),
    "md": ("markdown",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A name and where it is defined.

    `symbol`: its qualified name in the file (`Book.add`), None for the file itself. `kind`: of the
    symbol, or `file`. `uses`: how many files use the name.
    """

    path: str
    symbol: str | None
    name: str
    kind: str
    uses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What a spoken name may mean; fields as in a definition. `score`: 0 to 1, 1 is exact."""

    path: str
    symbol: str | None
    name: str
    kind: str
    score: float


class NameSearch:
    """Looks names up for the words of one sentence."""

    def __init__(self, names: "Names", search: Search) -> None:
        self._names = names
        self._search = search

    def exact(self, words: Sequence[str]) -> list[Candidate]:
        """Definitions whose names have the same letters; `book dot add` and paths too."""
        found = self._names.candidates((form, 1.0) for form in self._search.exact(words))
        return found or (self._by_path(words) if "slash" in words else [])

    def similar(self, words: Sequence[str], *, whole: bool) -> list[Candidate]:
        """Definitions whose names the words may mean; with `whole` no word of a name is left."""
        return self._names.candidates(self._search.similar(words, whole=whole))

    def _by_path(self, words: Sequence[str]) -> list[Candidate]:
        """Files by the end of their paths, folder by folder."""
        cut = len(words) - words[::-1].index("slash")
        said = _folders(words[: cut - 1])
        files = [each for each in self.exact(words[cut:]) if each.kind == FILE]
        return [
            each
            for each in files
            if _folders(name_words(posixpath.dirname(each.path)))[-len(said) :] == said
        ]


class Names:
    """Definitions by their spoken forms; made once, then only read."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self._by_form: dict[Form, list[Definition]] = defaultdict(list)
        aliases: list[tuple[Form, Form]] = []
        for each in definitions:
            for form in _forms(each):
                self._by_form[form].append(each)
                aliases += _aliases(form) if each.symbol is None else ()
        self._index = NameIndex(self._by_form, aliases)

    def search(self) -> NameSearch:
        """A search for the words of one sentence."""
        return NameSearch(self, self._index.search())

    def candidates(self, found: Iterable[tuple[Form, float]]) -> list[Candidate]:
        """The definitions behind forms, each once with its best score; the best first.

        Of equals, tests come last, the most used and those nearer to the top first.
        """
        best: dict[tuple[str, str | None], tuple[Definition, float]] = {}
        for form, score in found:
            for each in self._by_form[form]:
                key = (each.path, each.symbol)
                if key not in best or best[key][1] < score:
                    best[key] = (each, score)
        ordered = sorted(best.values(), key=lambda row: (-row[1], *_place(row[0])))
        return [
            Candidate(
                path=each.path, symbol=each.symbol, name=each.name, kind=each.kind, score=score
            )
            for each, score in ordered
        ]


def _place(definition: Definition) -> tuple[bool, int, int, str, str]:
    path = definition.path
    return is_test(path), -definition.uses, path.count("/"), path, definition.symbol or ""


def _folders(words: Sequence[str]) -> list[str]:
    """The letters of each folder of a path that is given in words."""
    letters = "".join("/" if word == "slash" else word for word in words)
    return letters.strip("/").split("/")


def _forms(definition: Definition) -> Iterator[Form]:
    if definition.symbol is None:
        yield from dict.fromkeys(_file_forms(PurePosixPath(definition.path)))
        return
    own = name_words(definition.name)
    if not own:
        return
    yield own
    owner = definition.symbol.split(".")[-2:-1]
    if owner and (words := name_words(owner[0])):
        yield (*words, "dot", *own)


def _file_forms(path: PurePosixPath) -> Iterator[Form]:
    """A file by its name, its name without ending, and as the folder that it stands for."""
    stem = path.name.partition(".")[0] or path.name
    yield from filter(None, (name_words(path.name), name_words(stem)))
    if stem in _FOLDER_FILES and (folder := name_words(path.parent.name)):
        yield folder


def _aliases(form: Form) -> Iterator[tuple[Form, Form]]:
    for ending in _SPOKEN_ENDINGS.get(form[-1], ()):
        if "dot" in form:
            yield (*form[:-1], ending), form
