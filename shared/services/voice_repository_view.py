"""Chooses what of a repository a command is answered from.

Whole files: what the words name, what the conversation was about, what fits the words, and what
those import, while there is room. Of others the outline. Files that hold secrets are never read.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from shared.code.edits_text import NotText, SourceText
from shared.code.guarded_paths import is_secret
from shared.code.imports import import_graph
from shared.code.languages import is_test, language_of
from shared.code.model import Module, Symbol
from shared.code.outline import walk
from shared.code.search_files import readable
from shared.code.search_words import scores, words
from shared.code.symbol_names import Candidate
from shared.code.symbols import SymbolTable
from shared.ports.repository import Blob
from shared.services.voice_repository_memory import Knowledge, RememberedRepository
from shared.services.voice_repository_question import Decision, decide
from shared.text.secrets_scan import for_model
from shared.voice.repository import Outline, ViewFile

MAX_WHOLE_BYTES: Final = 100 * 1024
_MAX_FILES: Final = 400
_MAX_BYTES: Final = 4 * 2**20
_PER_FETCH: Final = 100
_BUDGET_BYTES: Final = 60 * 1024
_NAMED_BYTES: Final = 160 * 1024
_SMALL_BYTES: Final = 16 * 1024
_LITTLE_BYTES: Final = 512
_MAX_SHOWN: Final = 80
_PART: Final = 20
_OUTLINE_CHARS: Final = 20_000
_OUTLINES: Final = 40
_FITTING: Final = 3
_LEAST: Final = 0.5
_FROM_ELSEWHERE: Final = 8
_FILES: Final = (0o100644, 0o100755)
_TESTS: Final = re.compile(r"\btest(s|ed|ing)?\b", re.IGNORECASE)
_SPOKEN: Final = {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-", "slash": "/"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a command sees, and what to ask back where its words name several things.

    `meant`: which of the definitions of one name it is about; `choices`: what the question names.
    """

    files: tuple[ViewFile, ...]
    outlines: tuple[Outline, ...]
    meant: tuple[Candidate, ...]
    question: str | None
    choices: tuple[Candidate, ...]


def know(
    repository: RememberedRepository, tree: Mapping[str, Blob], first: Iterable[str]
) -> Knowledge:
    """Read the outlines of a tree's code: 400 files or 4 MB, those of `first` before others."""
    paths = [path for path in readable(tree) if language_of(path)]
    near = {path: place for place, path in enumerate(dict.fromkeys(first))}
    ordered = sorted(
        paths, key=lambda path: (near.get(path, len(near)), is_test(path), path.count("/"), path)
    )
    modules = _outlined(repository, tree, ordered[:_MAX_FILES])
    return Knowledge(
        modules=modules,
        table=SymbolTable.of(tuple(modules.values())),
        imports=import_graph(modules.values(), paths),
    )


class Chooser:
    """Chooses for one command. `wanted`: files that must be seen this time."""

    def __init__(
        self, repository: RememberedRepository, tree: Mapping[str, Blob], knowledge: Knowledge
    ) -> None:
        self._repository = repository
        self._tree = tree
        self._known = knowledge
        self._modules = dict(knowledge.modules)

    def choose(
        self,
        transcript: str,
        recent: Sequence[str],
        wanted: Sequence[str],
        answered: Candidate | None = None,
    ) -> Chosen:
        """Choose files and outlines, the most certain first.

        `answered`: the definition that was meant when the command was asked about.
        """
        mentions = self._known.table.mentions(transcript)
        paths = spoken_paths(transcript, self._tree)
        decision = decide(mentions, transcript, recent, is_placed=bool(paths))
        if answered is not None:
            decision = Decision(meant=(answered,))
        meant = (*decision.meant, *filter(self._has_namesakes, mentions.symbols))
        first = [each.path for each in meant]
        maybe = [each.path for group in mentions.ambiguous for each in group.candidates]
        named = self._there([*first, *wanted, *paths, *mentions.files, *maybe])
        ranked = self._ranked(transcript)
        about = [*named, *self._there(recent), *ranked[:_FITTING]]
        near = [*about, *self._tests_of(named, transcript), *self._imported(about)]
        files = self._whole(named, near, [*ranked, *self._modules])
        shown = {each.path for each in files}
        rest = [path for path in (*near, *ranked, *self._modules) if path not in shown]
        return Chosen(
            files=files,
            outlines=tuple(self._outlines(rest)),
            meant=tuple(dict.fromkeys(meant)),
            question=decision.question,
            choices=decision.choices,
        )

    def _has_namesakes(self, meant: Candidate) -> bool:
        """Whether other definitions have the very name: then it is said which is meant."""
        return any(
            each.name == meant.name
            and each.symbol is not None
            and (each.path, each.symbol) != (meant.path, meant.symbol)
            for each in self._known.table.definitions
        )

    def _there(self, paths: Iterable[str]) -> list[str]:
        return [
            path
            for path in dict.fromkeys(paths)
            if path in self._tree and self._tree[path].mode in _FILES and not is_secret(path)
        ]

    def _ranked(self, transcript: str) -> list[str]:
        """Files whose names and paths share words with the command, the best first."""
        question = dict.fromkeys(words(transcript), 1.0)
        others = [path for path in readable(self._tree) if path not in self._modules]
        fitting = scores(question, {path: words(path) for path in others})
        best = sorted(fitting, key=lambda path: (-fitting[path], path))[:_FROM_ELSEWHERE]
        self._modules |= _outlined(self._repository, self._tree, best)
        found = scores(question, {p: _words_of(p, m) for p, m in self._modules.items()})
        top = max(found.values(), default=0.0)
        tests = _TESTS.search(transcript) is not None
        kept = [
            path
            for path, score in found.items()
            if score >= _LEAST * top and (tests or not is_test(path))
        ]
        return sorted(kept, key=lambda path: (-found[path], path))

    def _tests_of(self, named: Sequence[str], transcript: str) -> list[str]:
        """The tests of what is named, where the words are about tests."""
        if not _TESTS.search(transcript):
            return []
        stems = {PurePosixPath(path).stem.lower() for path in named}
        return [
            path
            for path in readable(self._tree)
            if is_test(path) and any(stem in PurePosixPath(path).stem.lower() for stem in stems)
        ]

    def _imported(self, paths: Sequence[str]) -> list[str]:
        return [other for path in paths for other in self._known.imports.get(path, ())]

    def _whole(
        self, named: Sequence[str], near: Sequence[str], others: Sequence[str]
    ) -> tuple[ViewFile, ...]:
        """Those named as far as they can be shown at all, those near them into the budget, and
        others as far as they cost little."""
        rooms = ((named, _NAMED_BYTES), (near, _BUDGET_BYTES), (others, _SMALL_BYTES))
        files: dict[str, ViewFile] = {}
        size = 0
        for paths, room in rooms:
            paths = [path for path in self._there(paths) if path not in files][:_MAX_SHOWN]
            # In parts, because what is beyond the room need not be fetched.
            for at, path in enumerate(paths):
                if size >= room - _LITTLE_BYTES:
                    break
                if at % _PART == 0:
                    part = paths[at : at + _PART]
                    contents = self._repository.read(self._tree[each].id for each in part)
                text = shown_text(contents.get(self._tree[path].id))
                if text is None or size + len(text.encode()) > room:
                    continue
                size += len(text.encode())
                files[path] = ViewFile(
                    path=path, text=text, language=language_of(path), blob=self._tree[path].id
                )
        return tuple(files.values())

    def _outlines(self, paths: Iterable[str]) -> Iterator[Outline]:
        left = _OUTLINE_CHARS
        for path in [each for each in dict.fromkeys(paths) if each in self._modules][:_OUTLINES]:
            text = outline_text(self._modules[path])
            if text and len(text) <= left:
                left -= len(text)
                yield Outline(path, text)


def shown_text(content: bytes | None) -> str | None:
    """A file as a model may see it; None if it is no text, too long, or holds a private key.

    Lines with other secrets are left out, so they cannot be changed either.
    """
    if content is None or len(content) > MAX_WHOLE_BYTES:
        return None
    try:
        text = SourceText.read(content).text
    except NotText:
        return None
    return for_model(text)


def spoken_paths(transcript: str, tree: Iterable[str]) -> list[str]:
    """The files whose whole names stand in a command, as they are written or said.

    "pyproject dot toml" and "readme" name files; a name that several files have names none.
    """
    line = " ".join(transcript.lower().split())
    for word, sign in _SPOKEN.items():
        line = re.sub(rf"\s*\b{word}\b\s*", sign, line)
    tokens = set(re.findall(r"[\w./-]+", line))
    tokens |= {token.rstrip(".") for token in tokens}
    if re.search(r"\bread ?me\b", line):
        tokens.add("readme.md")
    found: dict[str, list[str]] = {}
    for path in tree:
        lowered = path.lower()
        if lowered in tokens:
            found[lowered] = [path]
        elif PurePosixPath(lowered).name in tokens:
            found.setdefault(PurePosixPath(lowered).name, []).append(path)
    return [paths[0] for paths in found.values() if len(paths) == 1]


def outline_text(module: Module) -> str:
    """The heads of a file's definitions, indented as they stand in each other."""
    return "".join(f"{line}\n" for line in _heads(module.symbols, ""))


def _heads(symbols: Iterable[Symbol], indent: str) -> Iterator[str]:
    for symbol in symbols:
        for line in (symbol.signature or symbol.name).split("\n"):
            yield f"{indent}{line}"
        yield from _heads(symbol.children, f"{indent}    ")


def _outlined(
    repository: RememberedRepository, tree: Mapping[str, Blob], paths: Sequence[str]
) -> dict[str, Module]:
    modules: dict[str, Module] = {}
    size = 0
    for start in range(0, len(paths), _PER_FETCH):
        if size > _MAX_BYTES:
            break
        batch = paths[start : start + _PER_FETCH]
        known = {path: repository.known_module(path, tree[path].id) for path in batch}
        contents = repository.read(tree[path].id for path, each in known.items() if each is None)
        size += sum(map(len, contents.values()))
        for path, module in known.items():
            text = shown_text(contents.get(tree[path].id)) if module is None else None
            if text is not None:
                module = repository.module(path, tree[path].id, text)
            if module is not None:
                modules[path] = module
    return modules


def _words_of(path: str, module: Module) -> Counter[str]:
    return words(path) + words(" ".join(symbol.name for symbol in walk(module)))
