"""Resolves the imports of languages whose imports are paths, or names that follow the folders."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shared.code.imports_names import DefinedNames
from shared.code.imports_paths import Paths, ancestors, beside, nearest
from shared.code.model import Import, Module

_JS_ENDINGS: Final = ".ts .tsx .d.ts .js .jsx .mjs .cjs .mts .cts .vue .svelte .json".split()
_WRITTEN_AS_JS: Final[Mapping[str, tuple[str, ...]]] = {
    ".js": (".ts", ".tsx", ".jsx"),
    ".jsx": (".tsx",),
    ".mjs": (".mts",),
    ".cjs": (".cts",),
}
# https://en.cppreference.com/w/c/header: a file of the same name is found only beside or by path.
_C_STANDARD: Final = frozenset(
    """
    assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h
    setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbit.h stdbool.h stdckdint.h stddef.h
    stdint.h stdio.h stdlib.h stdnoreturn.h string.h tgmath.h threads.h time.h uchar.h wchar.h
    wctype.h
    """.split()
)
_RUBY_ROOTS: Final = frozenset({"", "lib", "app", "src"})
_RUST_ROOTS: Final = frozenset({"lib.rs", "main.rs", "mod.rs"})
_MOST_PSR_PARTS: Final = 2


class JavascriptImports:
    """Relative modules, with their ending, without it, or as a folder with an index."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._by_stem: dict[str, str] = {}
        order = {ending: place for place, ending in enumerate(_JS_ENDINGS)}
        for path in sorted(paths.all, key=lambda path: order.get(_js_ending(path), 0)):
            if ending := _js_ending(path):
                self._by_stem.setdefault(path.removesuffix(ending), path)

    def resolve(self, path: str, found: Import) -> Iterator[str]:
        """The file of an import; packages by name are left out."""
        if not found.module.startswith("."):
            return
        folder = posixpath.dirname(path)
        stem = posixpath.normpath(posixpath.join(folder, found.module.partition("?")[0]))
        base, ending = posixpath.splitext(stem)
        written = (base + other for other in _WRITTEN_AS_JS.get(ending, ()))
        target = stem if stem in self._paths.all else self._paths.first(written)
        index = posixpath.normpath(posixpath.join(stem, "index"))
        target = target or self._by_stem.get(stem) or self._by_stem.get(index)
        if target:
            yield target


def _js_ending(path: str) -> str:
    if path.endswith(".d.ts"):
        return ".d.ts"
    ending = posixpath.splitext(path)[1]
    return ending if ending in _JS_ENDINGS else ""


def c(paths: Paths, path: str, found: Import) -> Iterator[str]:
    """Includes beside the file, then below any folder; the nearest if there are several."""
    own = beside(path, found.module)
    if own in paths.all:
        yield own
        return
    reference = posixpath.normpath(found.module)
    if reference in _C_STANDARD or reference.startswith(".."):
        return
    stem = posixpath.join(posixpath.dirname(reference), posixpath.basename(reference).split(".")[0])
    fitting = [each for each in paths.ending("c", stem) if f"/{each}".endswith(f"/{reference}")]
    if target := nearest(path, fitting):
        yield target


def ruby(paths: Paths, path: str, found: Import) -> Iterator[str]:
    """Files beside, or below a folder that Ruby loads from."""
    reference = found.module.removesuffix(".rb")
    own = beside(path, f"{reference}.rb")
    if own in paths.all:
        yield own
        return
    fitting = (
        each
        for each in paths.ending("ruby", reference)
        if posixpath.basename(each.removesuffix(f"{reference}.rb").rstrip("/")) in _RUBY_ROOTS
    )
    if target := nearest(path, fitting):
        yield target


def php(paths: Paths, path: str, found: Import) -> Iterator[str]:
    """Files by path, and classes by the folders of their namespace without its first parts, as
    https://www.php-fig.org/psr/psr-4/ has it."""
    if "/" in found.module or found.module.endswith(".php"):
        own = beside(path, found.module.lstrip("/"))
        stem = found.module.strip("./").removesuffix(".php")
        if target := own if own in paths.all else nearest(path, paths.ending("php", stem)):
            yield target
        return
    for name in found.names or ("",):
        parts = [part for part in [*found.module.split("\\"), name] if part]
        for dropped in range(min(_MOST_PSR_PARTS, len(parts) - 1) + 1):
            fitting = paths.ending("php", "/".join(parts[dropped:]))
            if fitting and (len(parts) - dropped > 1 or (len(parts) == 2 and len(fitting) == 1)):
                yield nearest(path, fitting) or fitting[0]
                break


class NamespaceImports:
    """Java, Kotlin and C#: packages and namespaces that follow the folders."""

    def __init__(self, paths: Paths, modules: Mapping[str, Module]) -> None:
        self._paths = paths
        self._modules = modules
        self._names = DefinedNames(modules)

    def java(self, path: str, found: Import) -> Iterator[str]:
        """A class by its file, other names by the files of the package that define them."""
        package = found.module.removesuffix(".*").replace(".", "/")
        if not found.names or found.names == ("*",):
            if own := nearest(path, self._paths.ending("java", package)):
                yield own
            else:
                yield from self._used(path, self._paths.in_folder("java", package))
            return
        for name in found.names:
            fitting = self._paths.ending("java", f"{package}/{name}")
            fitting = fitting or self._paths.ending("java", package)
            if own := nearest(path, fitting):
                yield own
            else:
                inside = self._paths.in_folder("java", package)
                yield from (each for each in inside if name in self._names.of(each))

    def csharp(self, path: str, found: Import) -> Iterator[str]:
        """The files of a namespace's folder that define what the importing file uses; a type that
        is named itself by its file. A project's folder may stand for the first parts."""
        parts = found.module.split(".")
        for dropped in range(len(parts)):
            rest = parts[dropped:]
            own = nearest(path, self._paths.ending("csharp", "/".join(rest)))
            if own and len(rest) > 1:
                yield own
                return
            for suffix in ("/".join(rest), ".".join(rest)):
                if files := list(self._used(path, self._paths.in_folder("csharp", suffix))):
                    yield from files
                    return

    def _used(self, path: str, files: Iterable[str]) -> Iterator[str]:
        importing = self._modules.get(path)
        uses = importing.references if importing else frozenset()
        return (each for each in files if each != path and self._names.of(each) & uses)


class RustImports:
    """Paths of Rust from `crate`, `self`, `super`, the own module or another crate beside."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._crates: dict[str, str] = {}
        self._roots: dict[str, str] = {}
        self._of_folders: dict[str, str | None] = {}
        for path in paths.of("rust"):
            folder, name = posixpath.split(path)
            if name in ("lib.rs", "main.rs"):
                crate = posixpath.basename(folder.removesuffix("/src").removesuffix("src"))
                self._crates.setdefault(crate.replace("-", "_"), folder)

    def resolve(self, path: str, found: Import) -> Iterator[str]:
        """The files of the modules that are named; items are left out of the path."""
        first, *rest = found.module.split("::")
        folder = _rust_folder(path)
        while first == "super":
            folder = posixpath.dirname(folder)
            first, rest = (rest[0], rest[1:]) if rest else ("self", [])
        if first == "crate":
            folder = self._root(path)
        elif first != "self":
            if self._module(posixpath.join(folder, first)):
                rest = [first, *rest]
            elif first in self._crates:
                folder = self._crates[first]
            else:
                return
        for name in found.names or ("",):
            if target := self._deepest(folder, [*rest, name] if name else rest):
                yield target

    def submodules(self, module: Module) -> Iterator[str]:
        """The files of `mod name;`."""
        folder = _rust_folder(module.path)
        for symbol in module.symbols:
            if symbol.kind == "namespace" and not symbol.children:
                target = self._module(posixpath.join(folder, symbol.name))
                if target:
                    yield target

    def _deepest(self, folder: str, parts: list[str]) -> str | None:
        for end in range(len(parts), 0, -1):
            if target := self._module("/".join([folder, *parts[:end]]).lstrip("/")):
                return target
        if folder not in self._of_folders:
            own = (posixpath.join(folder, name) for name in ("lib.rs", "main.rs", "mod.rs"))
            self._of_folders[folder] = self._paths.first((*own, f"{folder}.rs"))
        return self._of_folders[folder]

    def _module(self, stem: str) -> str | None:
        return self._paths.first((f"{stem}.rs", f"{stem}/mod.rs"))

    def _root(self, path: str) -> str:
        own = posixpath.dirname(path)
        if own not in self._roots:
            holding = (
                folder
                for folder in ancestors(own)
                if self._paths.first(posixpath.join(folder, name) for name in ("lib.rs", "main.rs"))
            )
            self._roots[own] = next(holding, own)
        return self._roots[own]


def _rust_folder(path: str) -> str:
    """The folder of a module's own submodules."""
    folder, name = posixpath.split(path)
    return folder if name in _RUST_ROOTS else posixpath.join(folder, name.removesuffix(".rs"))
