"""What is known of a source file without running it: its symbols, imports and documentation.

Lines count from 1 and are inclusive.
"""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "class",
    "interface",
    "struct",
    "enum",
    "trait",
    "type",
    "namespace",
    "function",
    "method",
    "property",
    "constant",
    "variable",
    "macro",
]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a definition stands: from its first decorator or attribute to its last line."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter as it is declared. `type`, `default`: source text, "" where there is none.

    `text`: what the documentation says of it.
    """

    name: str
    type: str = ""
    default: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Something that the documentation names, for example an exception: its name and text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """Documentation that stands in the source, as Markdown.

    `summary`: its first sentence or line. `details`: the rest, without the sections that have a
    field of their own. `returns`: what comes back. `examples`: source text each.
    """

    summary: str = ""
    details: str = ""
    returns: str = ""
    raises: tuple[Named, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the source says nothing."""
        return self == Doc()


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A definition.

    `qualname`: with what it stands in, by dots (`Book.add`). `signature`: its head as it stands in
    the source, without the body; one line where it is short. `returns`: the declared type.
    `public`: by the language's own rule. `labels`: `async`, `static`, `abstract`, `deprecated` …
    `bases`: what it extends or implements. `children`: definitions in it, in source order.
    """

    name: str
    qualname: str
    kind: Kind
    signature: str
    span: Span
    public: bool = True
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    bases: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    doc: Doc = field(default_factory=Doc)
    children: tuple["Symbol", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a file takes from another: the module as it is written, and the names taken.

    `module`: for example `shared.text`, `..util`, `./store`, `crate::book`, `stdio.h`. `names`:
    empty where the whole module is imported.
    """

    module: str
    names: tuple[str, ...] = ()
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A source file.

    `path`: posix, in the repository. `language`: as `language_of` names it. `symbols`: the top
    level, in source order. `exports`: names that the file itself declares public; None where it
    declares none. `references`: identifiers that it uses. `lines`: how many it has. `problem`:
    what could not be read, "" where all could.
    """

    path: str
    language: str
    doc: Doc = field(default_factory=Doc)
    symbols: tuple[Symbol, ...] = ()
    imports: tuple[Import, ...] = ()
    exports: frozenset[str] | None = None
    references: frozenset[str] = frozenset()
    lines: int = 0
    problem: str = ""
