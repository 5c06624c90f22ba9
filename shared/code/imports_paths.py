"""The paths of a repository, indexed for the resolution of imports."""

import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from shared.code.languages import language_of

# Languages whose files import each other.
_FAMILIES: Final[Mapping[str, str]] = {
    "typescript": "javascript",
    "tsx": "javascript",
    "kotlin": "java",
    "cpp": "c",
}


def family(language: str) -> str:
    """The name under which files of a language are indexed."""
    return _FAMILIES.get(language, language)


class Paths:
    """All paths of a tree; each index is made when a language asks for it."""

    def __init__(self, paths: Collection[str]) -> None:
        self.all = frozenset(paths)
        self._suffixes: dict[str, Mapping[str, Sequence[str]]] = {}
        self._folders: dict[str, Mapping[str, Sequence[str]]] = {}

    @cached_property
    def _by_family(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.all):
            if language := language_of(path):
                found[family(language)].append(path)
        return found

    def of(self, name: str) -> Sequence[str]:
        """The source files of a family of languages, sorted."""
        return self._by_family.get(name, ())

    def ending(self, name: str, suffix: str) -> Sequence[str]:
        """The files of a family that end in whole parts with `suffix`, the ending of the file
        left out: `store/Book` finds `src/store/Book.java`. Sorted."""
        if name not in self._suffixes:
            self._suffixes[name] = _by_suffix((_stem(path), path) for path in self.of(name))
        return self._suffixes[name].get(suffix, ())

    def in_folder(self, name: str, suffix: str) -> Sequence[str]:
        """The files of a family that stand right in a folder which ends with `suffix`."""
        if name not in self._folders:
            folders = ((posixpath.dirname(path), path) for path in self.of(name))
            self._folders[name] = _by_suffix((folder, path) for folder, path in folders if folder)
        return self._folders[name].get(suffix, ())

    def first(self, candidates: Iterable[str]) -> str | None:
        """The first of some paths that is there."""
        return next((path for path in candidates if path in self.all), None)


def beside(path: str, reference: str) -> str | None:
    """A path given from the folder of another; None if it leads out of the repository."""
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), reference))
    return None if joined.startswith("../") or joined in ("..", ".") else joined


def ancestors(folder: str) -> list[str]:
    """A folder and those it is in, the nearest first; "" is the top."""
    found = [folder]
    while found[-1]:
        found.append(posixpath.dirname(found[-1]))
    return found


def nearest(path: str, candidates: Iterable[str]) -> str | None:
    """Of several candidates the one with the most folders in common; then the shortest."""
    own = path.split("/")[:-1]

    def distance(candidate: str) -> tuple[int, int, str]:
        parts = candidate.split("/")[:-1]
        common = next(
            (at for at, (a, b) in enumerate(zip(own, parts, strict=False)) if a != b),
            min(len(own), len(parts)),
        )
        return -common, len(parts), candidate

    return min(candidates, key=distance, default=None)


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0] or name
    return f"{folder}/{stem}" if folder else stem


def _by_suffix(rows: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, path in rows:
        at = 0
        while at >= 0:
            found[key[at:]].append(path)
            at = key.find("/", at) + 1 or -1
    return found
