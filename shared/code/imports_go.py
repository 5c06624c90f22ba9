"""Resolves the imports of Go, whose paths begin with a module path that only `go.mod` tells."""

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from shared.code.imports_names import DefinedNames
from shared.code.imports_paths import Paths, ancestors
from shared.code.model import Import, Module

# First parts of the packages that come with Go: https://pkg.go.dev/std
_STANDARD: Final = frozenset(
    """
    archive arena bufio bytes cmp compress container context crypto database debug embed encoding
    errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path
    plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing text
    time unicode unique unsafe weak C
    """.split()
)


class GoImports:
    """Knows the module path of each `go.mod` from the imports that fit the folders below it: the
    prefix that the most imports of the module's own files have in common."""

    def __init__(self, paths: Paths, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._names = DefinedNames(modules)
        self._packages: dict[str, list[str]] = defaultdict(list)
        for path in paths.of("go"):
            if not path.endswith("_test.go"):
                self._packages[posixpath.dirname(path)].append(path)
        roots = {
            posixpath.dirname(path) for path in paths.all if posixpath.basename(path) == "go.mod"
        }
        self._prefixes = dict(self._guessed(roots or {""}, modules.values()))

    def resolve(self, path: str, found: Import) -> Iterable[str]:
        """The files of the imported package that define what the importing file uses; all of them
        where that cannot be told."""
        files = self._package(found.module)
        importing = self._modules.get(path)
        uses = importing.references if importing and files else frozenset()
        return [each for each in files if self._names.of(each) & uses] or files

    def _package(self, name: str) -> Sequence[str]:
        for prefix in _prefixes(name):
            for root in self._prefixes.get(prefix, ()):
                rest = name[len(prefix) + 1 :]
                if files := self._packages.get(posixpath.join(root, rest).rstrip("/")):
                    return files
        return ()

    def _guessed(
        self, roots: set[str], modules: Iterable[Module]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Module path -> the folders of its `go.mod`."""
        imports: Mapping[str, set[str]] = defaultdict(set)
        for module in modules:
            above = ancestors(posixpath.dirname(module.path)) if module.language == "go" else ()
            root = next((folder for folder in above if folder in roots), None)
            if root is not None:
                imports[root].update(found.module for found in module.imports)
        folders: dict[str, list[str]] = defaultdict(list)
        for root, taken in sorted(imports.items()):
            votes = Counter(prefix for name in taken for prefix in self._fitting(root, name))
            if votes:
                best = max(votes, key=lambda prefix: (votes[prefix], -len(prefix), prefix))
                folders[best].append(root)
        for prefix, found_in in folders.items():
            yield prefix, tuple(found_in)

    def _fitting(self, root: str, module: str) -> Iterator[str]:
        if module.split("/")[0] in _STANDARD:
            return
        for prefix in _prefixes(module):
            if posixpath.join(root, module[len(prefix) + 1 :]).rstrip("/") in self._packages:
                yield prefix


def _prefixes(module: str) -> Iterator[str]:
    """A path and what it begins with, the longest first."""
    while module:
        yield module
        module = module.rpartition("/")[0]
