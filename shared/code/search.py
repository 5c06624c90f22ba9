"""Finds the code that a task is about, without running anything and with few fetches.

By the words of paths first, since the tree is there already; then by the contents of the best few
hundred files; then by what those import and what imports them.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from shared.code.imports import import_graph
from shared.code.languages import is_test
from shared.code.model import Module
from shared.code.outline import read_module, walk
from shared.code.search_excerpts import Excerpt, cut
from shared.code.search_files import MAX_FILE_BYTES, project_files, readable
from shared.code.search_words import scores, words
from shared.errors import TooLarge
from shared.ports.repository import Blob
from shared.text.secrets_scan import LEFT_OUT, for_model

MAX_READ: Final = 400
_PER_FETCH: Final = 450
_MAX_READ_BYTES: Final = 8 * 2**20
_OUTLINED: Final = 24
_NEIGHBOURS: Final = 12
_SHARE: Final = 0.4
_OF_TESTS: Final = 0.7
_OF_PATH: Final = 3
_OF_DEFINITION: Final = 0.8
_LEAST: Final = 0.12
_MAX_EXCERPTS: Final = 14
_BUDGET_CHARS: Final = 44_000  # 11-13 thousand tokens: plans get no better above
_PROJECT_CHARS: Final = 2_400
_PROJECT_FILES: Final = 4
_ANYWAY: Final = 6  # files that are shown however little they fit
_CODE = re.compile(r"`+([^`\n]+)`+")
_NAME = re.compile(r"[^\W\d]\w*")
_URL = re.compile(r"https?://\S+")

Read = Callable[[Sequence[str]], Mapping[str, bytes]]
"""From blob ids to contents, in one fetch; see `Repository.read`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search came to.

    `excerpts`: the best first, at most about 12,000 tokens together. `texts`: every file that was
    read, by path, as it is: not for the model. `modules`: the outlines of the best of them.
    `fetches`, `bytes`: what it took.
    """

    excerpts: tuple[Excerpt, ...]
    texts: Mapping[str, str]
    modules: Mapping[str, Module]
    fetches: int
    bytes: int


def relevant(
    files: Mapping[str, Blob], read: Read, title: str, text: str, without: Collection[str] = ()
) -> Found:
    """Search a tree for what a task's title and text speak of.

    `without`: folders that are no code. Secret files, binaries, locks, foreign code and files
    above 256 KiB are left out; a tree without a match gives its files nearest to the top.

    Raises:
        NexusError: as `read`; TooLarge is met by reading less at once.
    """
    question = _question(title, text)
    paths = readable(files, without)
    shelf = _Shelf(files, read)
    project = project_files(files)[:_PROJECT_FILES]
    shelf.fetch([*_candidates(question, paths), *project])
    ranking = _Ranking(question)
    ranked = ranking.of(shelf.texts)
    outlines = ((path, read_module(path, shelf.texts[path])) for path in ranked[:_OUTLINED])
    modules = {path: module for path, module in outlines if module is not None}
    near = _near(ranked, modules, paths)
    for path in _defining(text, modules):
        near[path] = near.get(path, 0.0) + _OF_DEFINITION
    shelf.fetch([path for path in near if path not in shelf.texts][:_NEIGHBOURS])
    gains = {path: value for path, value in near.items() if path in shelf.texts}
    ranked = ranking.of(shelf.texts, gains)
    return Found(
        excerpts=_excerpts(question, ranked, shelf.texts, modules, project),
        texts=shelf.texts,
        modules=modules,
        fetches=shelf.fetches,
        bytes=shelf.bytes,
    )


class _Shelf:
    """The files that were read, decoded; what is no text is left out."""

    def __init__(self, files: Mapping[str, Blob], read: Read) -> None:
        self.texts: dict[str, str] = {}
        self.fetches = 0
        self.bytes = 0
        self._files = files
        self._read = read

    def fetch(self, paths: Sequence[str]) -> None:
        """Read files that are not there yet, until 8 MiB were read in all."""
        wanted = [path for path in paths if path not in self.texts]
        for start in range(0, len(wanted), _PER_FETCH):
            if self.bytes > _MAX_READ_BYTES:
                return
            self._fetch(wanted[start : start + _PER_FETCH])

    def _fetch(self, paths: Sequence[str]) -> None:
        try:
            self.fetches += 1
            contents = self._read([self._files[path].id for path in paths])
        except TooLarge:
            if len(paths) > 1:
                half = len(paths) // 2
                self._fetch(paths[:half])
                self._fetch(paths[half:])
            return
        for path in paths:
            content = contents[self._files[path].id]
            self.bytes += len(content)
            text = _decoded(content)
            if text is not None:
                self.texts[path] = text


def _decoded(content: bytes) -> str | None:
    if len(content) > MAX_FILE_BYTES or b"\0" in content:
        return None
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


def _shown(text: str) -> str:
    """What of a text may be shown: no line with a secret, and nothing of a private key."""
    shown = for_model(text)
    return LEFT_OUT if shown is None else shown


def _question(title: str, text: str) -> dict[str, float]:
    """The words that a task uses, and how much each weighs: most what is marked as code."""
    plain = _URL.sub(" ", text)
    weights: Counter[str] = Counter()
    for part, weight in ((title, 2), (plain, 1), (" ".join(_CODE.findall(plain)), 3)):
        for word in words(part):
            weights[word] = max(weights[word], 0) + weight
    return {word: min(weight, 6) ** 0.5 for word, weight in weights.items()}


def _candidates(question: Mapping[str, float], paths: Sequence[str]) -> list[str]:
    """The paths whose contents are worth a look, the best first."""
    if len(paths) <= MAX_READ:
        return list(paths)
    found = scores(question, {path: words(path) for path in paths})
    folders: dict[str, float] = {}
    for path, score in found.items():
        folder = str(PurePosixPath(path).parent)
        folders[folder] = max(folders.get(folder, 0.0), score)

    def merit(path: str) -> tuple[float, int, str]:
        beside = folders.get(str(PurePosixPath(path).parent), 0.0)
        return -(found.get(path, 0.0) + beside / 4), path.count("/"), path

    return sorted(paths, key=merit)[:MAX_READ]


class _Ranking:
    """Files by how well their path and content fit, tests a little behind what they test."""

    def __init__(self, question: Mapping[str, float]) -> None:
        self._question = question
        self._counted: dict[str, Counter[str]] = {}

    def of(self, texts: Mapping[str, str], gains: Mapping[str, float] | None = None) -> list[str]:
        """Paths, the best first. `gains`: share of the best score that some files get beside."""
        for path in texts:
            if path not in self._counted:
                self._counted[path] = words(texts[path])
                for word, times in words(path).items():
                    self._counted[path][word] += _OF_PATH * times
        found = scores(self._question, self._counted)
        best = max(found.values(), default=0.0)
        for path, gain in (gains or {}).items():
            found[path] = found.get(path, 0.0) + gain * best
        merit = {path: value * (_OF_TESTS if is_test(path) else 1) for path, value in found.items()}
        ranked = sorted(merit, key=lambda path: (-merit[path], path))
        kept = [path for path in ranked[_ANYWAY:] if merit[path] >= _LEAST * best]
        others = sorted(texts.keys() - merit.keys(), key=lambda path: (path.count("/"), path))
        return [*ranked[:_ANYWAY], *kept, *others[: max(0, _ANYWAY - len(ranked))]]


def _defining(text: str, modules: Mapping[str, Module]) -> list[str]:
    """The files that define a name which the text marks as code."""
    named = {name for span in _CODE.findall(text) for name in _NAME.findall(span)}
    return [
        path
        for path, module in modules.items()
        if any(symbol.name in named for symbol in walk(module))
    ]


def _near(
    ranked: Sequence[str], modules: Mapping[str, Module], paths: Sequence[str]
) -> dict[str, float]:
    """What the best files import and what imports them: path -> share of the best score."""
    edges = import_graph(modules.values(), paths)
    found: dict[str, float] = {}
    for place, path in enumerate(ranked[:6]):
        share = _SHARE / (place + 1)
        users = [each for each, taken in edges.items() if path in taken]
        for other in (*edges.get(path, ()), *users):
            found[other] = max(found.get(other, 0.0), share)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _excerpts(
    question: Mapping[str, float],
    ranked: Sequence[str],
    texts: Mapping[str, str],
    modules: Mapping[str, Module],
    project: Sequence[str],
) -> tuple[Excerpt, ...]:
    left = _BUDGET_CHARS
    chosen: list[Excerpt] = []
    for path in (each for each in project if each in texts):
        chosen += cut(path, _shown(texts[path]), None, {}, _PROJECT_CHARS)
    left -= sum(each.size for each in chosen)
    for path in ranked[:_MAX_EXCERPTS]:
        if path in project:
            continue
        room = min(left, max(2_500, left // 3))
        parts = cut(path, _shown(texts[path]), modules.get(path), question, room)
        left -= sum(each.size for each in parts)
        chosen += parts
        if left < 1_000:
            break
    return tuple(chosen)
