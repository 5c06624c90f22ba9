"""A definition while its file is read: parts may still be found elsewhere in the file."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from shared.code.comments import Comment
from shared.code.model import Import, Kind, Parameter, Span, Symbol
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

# Definitions nested deeper than this are not read: no program that people write needs it.
DEEPEST: Final = 40
_LONG_DEFINITION: Final = 300


@dataclass(slots=True, kw_only=True)
class Draft:
    """A symbol under construction; `owner` is the type it belongs to if that is elsewhere."""

    name: str
    kind: Kind
    signature: str
    span: Span
    public: bool = True
    parameters: list[Parameter] = field(default_factory=list)
    returns: str = ""
    bases: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    comment: Comment = field(default_factory=Comment)
    children: list["Draft"] = field(default_factory=list)
    owner: str = ""

    def symbol(self, prefix: str = "") -> Symbol:
        """The finished symbol, its children in source order."""
        base = ".".join(part for part in (prefix, self.owner) if part)
        qualname = f"{base}.{self.name}" if base else self.name
        said = self.comment
        return Symbol(
            name=self.name,
            qualname=qualname,
            kind=self.kind,
            signature=self.signature,
            span=self.span,
            public=self.public,
            parameters=tuple(_described(one, said) for one in self.parameters),
            returns=self.returns or said.returned,
            bases=tuple(dict.fromkeys(self.bases)),
            labels=tuple(dict.fromkeys([*self.labels, *said.labels])),
            doc=said.doc,
            children=symbols(self.children, qualname),
        )


@dataclass(slots=True, kw_only=True)
class Reading:
    """What the reader of a language found; `exports` is None where the file declares none."""

    drafts: list[Draft] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    exports: set[str] | None = None
    comment: Comment = field(default_factory=Comment)


def symbols(drafts: Iterable[Draft], prefix: str = "") -> tuple[Symbol, ...]:
    """Finished symbols in source order."""
    ordered = sorted(drafts, key=lambda draft: draft.span.first)
    return tuple(draft.symbol(prefix) for draft in ordered)


def begin(
    source: Source,
    node: "Node",
    lead: Lead,
    *,
    name: str,
    kind: Kind,
    start: "Node | None" = None,
    body: "Node | None" = None,
    holder: "Node | None" = None,
    trailing: bool = False,
) -> Draft:
    """A draft of a definition.

    `holder`: the node around it that counts to it, as `export …`. The signature runs from `start`
    (the first child that is no attribute) to `body`; a definition without body stands whole, and
    a long value is left out.
    """
    around = holder or node
    begins = start or around
    ends = body.start_byte if body is not None else around.end_byte
    text = source.head(begins.start_byte, ends)
    text = text.rstrip("; ") if body is None else _cut(text)
    return Draft(
        name=name,
        kind=kind,
        signature=text,
        span=source.span(around, lead),
        comment=source.comment(around, lead, trailing),
    )


def short(source: Source, start: "Node", end: "Node", value: "Node | None") -> str:
    """The signature of something with a value, which is left out where it is long."""
    text = source.head(start.start_byte, end.end_byte).rstrip("; ,")
    if value is None or ("\n" not in text and len(text) <= _LONG_DEFINITION // 3):
        return text
    return _cut(source.head(start.start_byte, value.start_byte))


def first_after(node: "Node", skipped: Iterable[str]) -> "Node":
    """The first child of a node that is none of the types skipped; the node if there is none."""
    types = frozenset(skipped)
    for child in node.children:
        if child.type not in types and "comment" not in child.type:
            return child
    return node


def of_type(node: "Node", *types: str) -> list["Node"]:
    """The named children of a node that have one of the types."""
    return [child for child in node.named_children if child.type in types]


def one_of(node: "Node", *types: str) -> "Node | None":
    """The first named child of a node that has one of the types."""
    return next(iter(of_type(node, *types)), None)


def _cut(text: str) -> str:
    """A head without the mark that opens its body."""
    text = text.rstrip()
    for mark in ("=>", "{", "=", ":"):
        if text.endswith(mark) and not text.endswith(("operator=", "operator==", "::")):
            return text.removesuffix(mark).rstrip()
    return text


def _described(parameter: Parameter, said: Comment) -> Parameter:
    name = parameter.name.lstrip("&*$.")
    text = said.texts.get(parameter.name) or said.texts.get(name, "")
    kind = parameter.type or said.types.get(parameter.name) or said.types.get(name, "")
    return replace(parameter, text=text, type=kind)
