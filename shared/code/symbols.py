"""The symbol table of a repository: what its names are, and which of them speech means."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Final

from shared.code.languages import is_test
from shared.code.model import Module
from shared.code.outline import walk
from shared.code.spoken_words import COMMON
from shared.code.symbol_find import find
from shared.code.symbol_mentions import Ambiguity, Mention, Mentions, read_mentions
from shared.code.symbol_names import FILE, Candidate, Definition, Names

__all__ = ["Ambiguity", "Candidate", "Definition", "Mention", "Mentions", "SymbolTable"]

MAX_NAME_CHARS: Final = 50
_LEAST_NAME_CHARS: Final = 3
_FORMAT: Final = 1


class SymbolTable:
    """The names of a repository's definitions and files. It never changes, and two tables of the
    same files are equal in all that they answer."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self.definitions = tuple(definitions)

    @classmethod
    def of(cls, modules: Iterable[Module]) -> "SymbolTable":
        """The table of some files' outlines."""
        ordered = sorted(modules, key=lambda module: module.path)
        uses = Counter(name for module in ordered for name in module.references)
        return cls(definition for module in ordered for definition in _defined(module, uses))

    @classmethod
    def from_map(cls, value: Mapping[str, Any]) -> "SymbolTable":
        """The table that `to_map` was asked of; an empty one where that was of another format."""
        if value.get("format") != _FORMAT:
            return cls(())
        return cls(
            Definition(path=path, symbol=symbol, name=_name(path, symbol), kind=kind, uses=uses)
            for path, rows in value["files"].items()
            for symbol, kind, uses in ((None, FILE, 0), *rows)
        )

    def to_map(self) -> dict[str, Any]:
        """The table as JSON can hold it: path -> rows of qualified name, kind and uses."""
        files: dict[str, list[list[Any]]] = {}
        for each in self.definitions:
            rows = files.setdefault(each.path, [])
            if each.symbol is not None:
                rows.append([each.symbol, each.kind, each.uses])
        return {"format": _FORMAT, "files": files}

    def names(self) -> tuple[str, ...]:
        """Names for speech recognition and the repair of casing, of 3 to 50 characters.

        Most used first; a file counts as much as its names do on the average. Everyday words come
        last, as they are recognised anyway, and so do the names of tests.
        """
        weights: dict[str, tuple[bool, float]] = {}
        of_file: dict[str, list[int]] = {}
        for each in self.definitions:
            of_file.setdefault(each.path, []).append(each.uses)
        for each in self.definitions:
            file = of_file[each.path]
            uses = sum(file) / len(file) if each.symbol is None else each.uses
            last = is_test(each.path) or each.name.lower() in COMMON
            weights[each.name] = min((last, -uses), weights.get(each.name, (True, 0.0)))
        return tuple(sorted(filter(_is_sayable, weights), key=lambda name: (weights[name], name)))

    def find(self, spoken: str) -> tuple[Candidate, ...]:
        """What a spoken name may mean, best first, at most ten.

        Understands any spelling, "dot py", a kind ("the book class"), a place ("add method of
        book", "total in report dot py"), other forms of a word and words that sound alike.
        """
        return find(self._names, spoken)

    def mentions(self, transcript: str) -> Mentions:
        """What a whole command names; its ordinary words are not taken for names."""
        return read_mentions(self._names, transcript)

    @cached_property
    def _names(self) -> Names:
        return Names(self.definitions)


def _defined(module: Module, uses: Mapping[str, int]) -> Iterator[Definition]:
    yield Definition(path=module.path, symbol=None, name=_name(module.path, None), kind=FILE)
    for symbol in {symbol.qualname: symbol for symbol in walk(module)}.values():
        yield Definition(
            path=module.path,
            symbol=symbol.qualname,
            name=symbol.name,
            kind=symbol.kind,
            uses=uses.get(symbol.name, 0),
        )


def _name(path: str, symbol: str | None) -> str:
    return symbol.rpartition(".")[2] if symbol else PurePosixPath(path).name


def _is_sayable(name: str) -> bool:
    magic = name.startswith("__") and "." not in name
    return not magic and _LEAST_NAME_CHARS <= len(name) <= MAX_NAME_CHARS
