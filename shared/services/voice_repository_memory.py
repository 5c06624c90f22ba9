"""What a voice process remembers of repositories, so that a command fetches only what is new.

Everything is kept under the id of a commit or a blob, so it never grows old, only unused.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, Generic, TypeVar

from shared.code.model import Module
from shared.code.outline import read_module
from shared.code.symbols import SymbolTable
from shared.errors import TooLarge
from shared.ports.repository import Blob, CommitInfo, Repository

_CONTENT_BYTES: Final = 24 * 2**20
_OUTLINED_BYTES: Final = 12 * 2**20
_TREE_FILES: Final = 400_000
_KNOWN_FILES: Final = 8_000
_HISTORIES: Final = 64
_PER_FETCH: Final = 100
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What is known of a commit's code. `imports`: path -> paths of this tree that it imports."""

    modules: Mapping[str, Module]
    table: SymbolTable
    imports: Mapping[str, Iterable[str]]


class _Kept(Generic[K, V]):
    """Values up to a total weight; the least used goes first. Safe among threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        with self._lock:
            self._weight += weight - self._values.pop(key, (None, 0))[1]
            self._values[key] = (value, weight)
            while self._weight > self._limit:
                _, (_, dropped) = self._values.popitem(last=False)
                self._weight -= dropped


class RepositoryMemory:
    """The memory that all voice sessions of a process share."""

    def __init__(self) -> None:
        self.trees: _Kept[tuple[str, str], Mapping[str, Blob]] = _Kept(_TREE_FILES)
        self.contents: _Kept[tuple[str, str], bytes] = _Kept(_CONTENT_BYTES)
        self.modules: _Kept[tuple[str, str, str], Module] = _Kept(_OUTLINED_BYTES)
        self.knowledge: _Kept[tuple[str, str], Knowledge] = _Kept(_KNOWN_FILES)
        self.histories: _Kept[tuple[str, str, int], Sequence[CommitInfo]] = _Kept(_HISTORIES)


class RememberedRepository:
    """A repository that is read through the memory. `key`: what it is remembered under."""

    def __init__(self, repository: Repository, memory: RepositoryMemory, key: str) -> None:
        self.port = repository
        self._memory = memory
        self._key = key

    def tree(self, commit: str) -> Mapping[str, Blob]:
        """The files of a commit."""
        known = self._memory.trees.get((self._key, commit))
        if known is None:
            known = self.port.snapshot(commit).files
            self.keep_tree(commit, known)
        return known

    def keep_tree(self, commit: str, files: Mapping[str, Blob]) -> None:
        """Remember the files of a commit that was just made."""
        self._memory.trees.put((self._key, commit), files, len(files) + 1)

    def history(self, branch: str, tip: str, limit: int) -> Sequence[CommitInfo]:
        """The newest commits of a branch that was at `tip` a moment ago, newest first."""
        known = self._memory.histories.get((self._key, tip, limit))
        if known is None:
            known = self.port.commits(branch, None, limit)
            if known:
                self.keep_history(known[0].sha, limit, known)
        return known

    def keep_history(self, tip: str, limit: int, history: Sequence[CommitInfo]) -> None:
        """Remember the newest commits of a branch that was just moved to `tip`."""
        self._memory.histories.put((self._key, tip, limit), history)

    def read(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """Contents by blob id; those too large to be read, alone, are left out."""
        wanted = dict.fromkeys(blobs)
        found = {each: self._memory.contents.get((self._key, each)) for each in wanted}
        missing = [each for each, content in found.items() if content is None]
        read = {each: content for each, content in found.items() if content is not None}
        for start in range(0, len(missing), _PER_FETCH):
            read.update(self._fetch(missing[start : start + _PER_FETCH]))
        return read

    def keep(self, content: bytes) -> None:
        """Remember a content that was just written."""
        self._memory.contents.put((self._key, Blob.of(content).id), content, len(content) + 100)

    def module(self, path: str, blob: str, text: str) -> Module | None:
        """The outline of a file; None if its language is not read."""
        known = self._memory.modules.get((self._key, path, blob))
        if known is None:
            known = read_module(path, text)
        if known is not None:
            self._memory.modules.put((self._key, path, blob), known, len(text) + 500)
        return known

    def known_module(self, path: str, blob: str) -> Module | None:
        """The outline of a file if it was made before."""
        return self._memory.modules.get((self._key, path, blob))

    def knowledge(self, commit: str, make: Callable[[], Knowledge]) -> Knowledge:
        """What is known of a commit's code; `make` reads it."""
        known = self._memory.knowledge.get((self._key, commit))
        if known is None:
            known = make()
            self._memory.knowledge.put((self._key, commit), known, len(known.modules) + 1)
        return known

    def _fetch(self, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        try:
            found = self.port.read(blobs)
        except TooLarge:
            half = len(blobs) // 2
            if half:
                yield from self._fetch(blobs[:half])
                yield from self._fetch(blobs[half:])
            return
        for each, content in found.items():
            self._memory.contents.put((self._key, each), content, len(content) + 100)
            yield each, content
