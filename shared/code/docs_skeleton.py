"""What is remembered of a file so that the imports of others can be resolved without reading it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.model import Import, Kind, Module, Span, Symbol

_NOWHERE: Final = Span(1, 1)
_SPACE: Final = "/"
# Whose imports name files, so that they can be resolved without knowing what else a file uses.
_BY_PATH: Final = frozenset("python javascript typescript tsx go rust c cpp ruby php".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """The imports of a file, each as module and names, and the names that it defines.

    A name that ends in `/` is a namespace that stands in another file (`mod name;` in Rust).
    """

    language: str
    imports: Sequence[tuple[str, tuple[str, ...]]] = ()
    defines: Sequence[str] = ()

    @property
    def by_path(self) -> bool:
        """Whether its imports can be resolved from this alone."""
        return self.language in _BY_PATH

    def module(self, path: str) -> Module:
        """An outline with nothing else in it."""
        return Module(
            path=path,
            language=self.language,
            imports=tuple(Import(module=name, names=names, line=1) for name, names in self.imports),
            symbols=tuple(_symbol(name) for name in self.defines),
        )


def skeleton(module: Module) -> Skeleton:
    """What to remember of a file."""
    defines: dict[str, None] = {}
    waiting = list(module.symbols)
    while waiting:
        symbol = waiting.pop()
        space = symbol.kind == "namespace"
        defines[f"{symbol.name}{_SPACE if space and not symbol.children else ''}"] = None
        waiting.extend(symbol.children if space else ())
    imports = dict.fromkeys((each.module, each.names) for each in module.imports)
    return Skeleton(
        language=module.language, imports=tuple(imports), defines=tuple(sorted(defines))
    )


def read_skeleton(plain: Mapping[str, object]) -> Skeleton:
    """Read what was stored as JSON."""
    imports, defines = plain.get("imports", ()), plain.get("defines", ())
    assert isinstance(imports, list | tuple)
    assert isinstance(defines, list | tuple)
    return Skeleton(
        language=str(plain["language"]),
        imports=tuple((module, tuple(names)) for module, names in imports),
        defines=tuple(defines),
    )


def _symbol(name: str) -> Symbol:
    bare = name.removesuffix(_SPACE)
    kind: Kind = "namespace" if name.endswith(_SPACE) else "variable"
    return Symbol(name=bare, qualname=bare, kind=kind, signature="", span=_NOWHERE)
