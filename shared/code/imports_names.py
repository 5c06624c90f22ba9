"""The names that files define at their top level, for imports that name no file."""

from collections.abc import Mapping

from shared.code.model import Module


class DefinedNames:
    """Looks each file through once."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules
        self._known: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> frozenset[str]:
        """The names of a file's definitions, those in its namespaces included."""
        if path not in self._known:
            self._known[path] = self._read(path)
        return self._known[path]

    def _read(self, path: str) -> frozenset[str]:
        module = self._modules.get(path)
        found: set[str] = set()
        waiting = list(module.symbols) if module else []
        while waiting:
            symbol = waiting.pop()
            found.add(symbol.name)
            waiting.extend(symbol.children if symbol.kind == "namespace" else ())
        return frozenset(found)
