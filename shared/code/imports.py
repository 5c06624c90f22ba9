"""Which files of a repository import which, and who uses a name."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from shared.code import imports_others as others
from shared.code.imports_go import GoImports
from shared.code.imports_names import DefinedNames
from shared.code.imports_paths import Paths, family
from shared.code.imports_python import PythonImports
from shared.code.model import Import, Module

_Resolve = Callable[[str, Import], Iterable[str]]

_MOST_STEPS: Final = 6
_ALL: Final = "*"


def import_graph(
    modules: Mapping[str, Module] | Iterable[Module], paths: Collection[str]
) -> Mapping[str, frozenset[str]]:
    """Path -> the paths that it imports, for each of the modules.

    Resolved among `paths`, all files of the repository, by the customs of each language and
    without reading any file; what cannot be told is left out, and so is the file itself. A name
    that another file only passes on (`from package import Name`, `export … from`) leads to the
    file that defines it, too, as far as both files are among the modules.
    """
    each = modules.values() if isinstance(modules, Mapping) else modules
    known = {module.path: module for module in sorted(each, key=lambda module: module.path)}
    resolve = _Resolver(known, Paths(paths))
    passed_on = _PassedOn(known, resolve)
    return {
        path: frozenset(_targets(module, resolve, passed_on)) - {path}
        for path, module in known.items()
    }


def used_by(
    graph: Mapping[str, Iterable[str]], modules: Mapping[str, Module], path: str, name: str
) -> tuple[str, ...]:
    """The files that import `path` and use `name`, sorted; taking the name is a use."""
    return tuple(
        sorted(
            user
            for user, imported in graph.items()
            if path in imported and user in modules and _uses(modules[user], name)
        )
    )


def _uses(module: Module, name: str) -> bool:
    return name in module.references or any(name in found.names for found in module.imports)


def _targets(module: Module, resolve: "_Resolver", passed_on: "_PassedOn") -> Iterator[str]:
    for found in module.imports:
        for target in resolve(module, found):
            yield target
            for name in found.names:
                yield from passed_on.of(target, name)
    yield from resolve.without_import(module)


class _Resolver:
    """The files of an import, by the language of the file that it stands in."""

    def __init__(self, modules: Mapping[str, Module], paths: Paths) -> None:
        spaces = others.NamespaceImports(paths, modules)
        python, self._rust = PythonImports(paths), others.RustImports(paths)
        self._by_language: Mapping[str, _Resolve] = {
            "python": python.resolve,
            "go": GoImports(paths, modules).resolve,
            "rust": self._rust.resolve,
            "java": spaces.java,
            "csharp": spaces.csharp,
            "javascript": others.JavascriptImports(paths).resolve,
            "c": partial(others.c, paths),
            "ruby": partial(others.ruby, paths),
            "php": partial(others.php, paths),
        }

    def __call__(self, module: Module, found: Import) -> Iterable[str]:
        resolve = self._by_language.get(family(module.language))
        return resolve(module.path, found) if resolve and found.module else ()

    def without_import(self, module: Module) -> Iterable[str]:
        """Files that a file takes in by declaring them."""
        return self._rust.submodules(module) if module.language == "rust" else ()


class _PassedOn:
    """Follows names through the files that import them only to offer them."""

    def __init__(self, modules: Mapping[str, Module], resolve: _Resolver) -> None:
        self._modules = modules
        self._resolve = resolve
        self._offers: dict[str, dict[str, tuple[str, ...]]] = {}
        self._names = DefinedNames(modules)

    def of(self, path: str, name: str) -> Iterator[str]:
        """The files behind a name that a file offers and does not define."""
        waiting, seen = [path], {path}
        for _ in range(_MOST_STEPS):
            behind = [
                target
                for each in waiting
                for target in self._behind(each, name)
                if target not in seen
            ]
            yield from behind
            seen.update(behind)
            waiting = behind

    def _behind(self, path: str, name: str) -> Iterable[str]:
        if path not in self._offers:
            self._offers[path] = self._read(path)
        offers = self._offers[path]
        if name in offers:
            return offers[name]
        return [target for target in offers.get(_ALL, ()) if name in self._names.of(target)]

    def _read(self, path: str) -> dict[str, tuple[str, ...]]:
        module = self._modules.get(path)
        found: dict[str, tuple[str, ...]] = {}
        for each in module.imports if module else ():
            names = each.names or self._all_of(module)
            targets = tuple(self._resolve(module, each)) if module and names else ()
            for name in names if targets else ():
                found[name] = (*found.get(name, ()), *targets)
        return {**found, **dict.fromkeys(self._names.of(path), ())}

    @staticmethod
    def _all_of(module: Module | None) -> tuple[str, ...]:
        """JavaScript's `export * from` names nothing, as do imports for their effects alone."""
        return (_ALL,) if module and family(module.language) == "javascript" else ()
