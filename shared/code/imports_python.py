"""Resolves the imports of Python within a repository."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from shared.code.imports_paths import Paths, ancestors
from shared.code.model import Import

_SOURCE_FOLDERS: Final = frozenset({"src", "lib", "python", "source"})
_PROJECT_FILES: Final = ("pyproject.toml", "setup.py", "setup.cfg")
_ENDINGS: Final = (".py", ".pyi")


class PythonImports:
    """Finds modules as Python would with every source folder of the repository on its path.

    A source folder is the top, one named `src` or `lib`, one with a project file, one that holds a
    package, or a folder above the importing file; never a package itself. The nearest one wins.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._known: dict[tuple[str, str, tuple[str, ...]], frozenset[str]] = {}
        self._modules: dict[str, str | None] = {}
        self._nearest: dict[tuple[str, str], list[str]] = {}

    def resolve(self, path: str, found: Import) -> frozenset[str]:
        """The files that an import takes; none for what is not in the repository."""
        key = (posixpath.dirname(path), found.module, found.names)
        if key not in self._known:
            self._known[key] = frozenset(self._resolve(*key))
        return self._known[key]

    def _resolve(self, folder: str, module: str, names: tuple[str, ...]) -> Iterator[str]:
        dots = len(module) - len(module.lstrip("."))
        parts = [part for part in module[dots:].split(".") if part]
        if dots:
            above = ancestors(folder)
            bases = above[dots - 1 : dots]
        else:
            bases = self._bases(folder, parts[0]) if parts else []
        for base in bases:
            if files := list(self._in_base(base, parts, names)):
                yield from files
                return

    def _in_base(self, base: str, parts: list[str], names: tuple[str, ...]) -> Iterator[str]:
        """The submodules that are named, else the module; for `import a.b.c` the deepest there."""
        whole = "/".join([base, *parts]).lstrip("/")
        inside = {name: self._module(f"{whole}/{name}".lstrip("/")) for name in names}
        yield from (found for found in inside.values() if found)
        if names and all(inside.values()):
            return
        for end in range(len(parts), -1 if not parts else 0, -1):
            found = self._module("/".join([base, *parts[:end]]).lstrip("/"))
            if found:
                yield found
                return
            if names:  # a name is taken of the very module
                return

    def _module(self, stem: str) -> str | None:
        """The file of a package, else of a module, in a folder or at the top."""
        if stem not in self._modules:
            packages = (posixpath.join(stem, f"__init__{ending}") for ending in _ENDINGS)
            files = (f"{stem}{ending}" for ending in _ENDINGS if stem)
            self._modules[stem] = self._paths.first((*packages, *files))
        return self._modules[stem]

    def _bases(self, folder: str, top: str) -> list[str]:
        """The source folders that hold a top name, the nearest first."""
        if (folder, top) not in self._nearest:
            holding = self._holding.get(top, {})
            above = ancestors(folder)
            near = [base for base in above if base in holding and not self._is_package(base)]
            rest = [base for base in holding if base not in above and self._is_root(base, top)]
            rest.sort(key=lambda base: (-_common(base, folder), base.count("/"), base))
            self._nearest[folder, top] = near + rest
        return self._nearest[folder, top]

    @cached_property
    def _holding(self) -> Mapping[str, dict[str, None]]:
        """Top name -> the folders that hold a module or package of this name."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for path in self._paths.of("python"):
            folder, name = posixpath.split(path)
            found[posixpath.splitext(name)[0]][folder] = None
            while folder:  # a folder with modules somewhere below may be a package without file
                folder, name = posixpath.split(folder)
                if folder in found[name]:
                    break
                found[name][folder] = None
        return found

    def _is_package(self, folder: str) -> bool:
        return posixpath.join(folder, "__init__.py") in self._paths.all

    def _is_root(self, folder: str, top: str) -> bool:
        if self._is_package(folder):
            return False
        known = not folder or posixpath.basename(folder) in _SOURCE_FOLDERS
        return (
            known
            or any(posixpath.join(folder, name) in self._paths.all for name in _PROJECT_FILES)
            or self._is_package(posixpath.join(folder, top))
        )


def _common(a: str, b: str) -> int:
    return len(posixpath.commonpath((a, b))) if a and b else 0
