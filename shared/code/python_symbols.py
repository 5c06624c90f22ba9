"""The definitions of a Python file, read from its syntax tree."""

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from shared.code.model import Doc, Kind, Parameter, Symbol
from shared.code.python_docs import Described, Docstring, read_docstring
from shared.code.python_scope import Found, decorators, definitions, last_name, targets
from shared.code.python_source import Source, span

_CONSTANT = re.compile(r"_*[A-Z][A-Z0-9_]*")
_ENUMS: Final = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"})
_ABSTRACT: Final = frozenset({"ABC", "ABCMeta", "Protocol"})
_WITH_FIELDS: Final = frozenset({"dataclass", "attrs", "define", "frozen", "mutable"})
_TYPE_MAKERS: Final = frozenset(
    {"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "namedtuple", "NamedTuple", "TypedDict"}
)
_PROPERTIES: Final = frozenset({"property", "cached_property", "abstractproperty"})
_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "property": ("property",),
    "cached_property": ("property",),
    "abstractproperty": ("property", "abstract"),
    "abstractmethod": ("abstract",),
    "classmethod": ("classmethod",),
    "staticmethod": ("staticmethod",),
    "deprecated": ("deprecated",),
}
_NOT_OFFERED: Final = frozenset({"__all__", "__slots__", "__match_args__"})


def read_symbols(
    source: Source, tree: ast.Module, exports: frozenset[str] | None
) -> tuple[Symbol, ...]:
    """The definitions of the top level in source order, each with those in it.

    Public is what `exports` names; where it is None, and inside of classes, what has no leading
    underscore.
    """
    texts = read_docstring(ast.get_docstring(tree) or "").attributes
    reader = _Reader(source, exports)
    return tuple(reader.symbol(found, "", frozenset(), texts) for found in _offered(tree.body))


class _Reader:
    def __init__(self, source: Source, exports: frozenset[str] | None) -> None:
        self._source = source
        self._exports = exports

    def symbol(
        self, found: Found, owner: str, traits: frozenset[str], texts: Mapping[str, Described]
    ) -> Symbol:
        """A definition in `owner`, a class with these traits that documents these names."""
        if isinstance(found.node, ast.ClassDef):
            return self._class(found, found.node, owner)
        if isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._function(found, found.node, owner)
        return self._variable(found.name, found.node, found.after, owner, traits, texts)

    def _public(self, name: str, owner: str) -> bool:
        if owner or self._exports is None:
            return not name.startswith("_")
        return name in self._exports

    def _function(
        self, found: Found, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str
    ) -> Symbol:
        names = frozenset(decorators(node))
        docs = read_docstring(_docstring(node))
        kind: Kind = "method" if owner else "function"
        bound = bool(owner) and "staticmethod" not in names
        parameters, doc = _documented(self._parameters(node.args, bound=bound), docs)
        return Symbol(
            name=node.name,
            qualname=_within(owner, node.name),
            kind="property" if _PROPERTIES & names else kind,
            signature="\n".join(self._source.head(head) for head in found.overloads or (node,)),
            span=span(node),
            public=self._public(node.name, owner),
            parameters=parameters,
            returns=self._source.segment(node.returns),
            labels=_labels(node, names, docs),
            doc=doc,
        )

    def _class(self, found: Found, node: ast.ClassDef, owner: str) -> Symbol:
        qualname = _within(owner, node.name)
        names = frozenset(decorators(node))
        docs = read_docstring(_docstring(node))
        traits = _traits(node, names)
        members = _offered(node.body)
        known = {member.name for member in members}
        for other in found.instead:
            members += [member for member in _offered(other.body) if member.name not in known]
            known |= {member.name for member in members}
        children = [self.symbol(member, qualname, traits, docs.attributes) for member in members]
        makers = {f.name: f.node for f in members if isinstance(f.node, ast.FunctionDef)}
        maker = makers.get("__init__", makers.get("__new__"))
        if maker:
            children += self._instance_attributes(maker, qualname, children, docs.attributes)
            docs = _with_constructor(docs, read_docstring(_docstring(maker)))
        parameters, doc = _documented(self._made_with(maker, members, children, traits), docs)
        return Symbol(
            name=node.name,
            qualname=qualname,
            kind="enum" if "enum" in traits else "class",
            signature=self._source.head(node),
            span=span(node),
            public=self._public(node.name, owner),
            parameters=parameters,
            bases=tuple(self._source.segment(base) for base in node.bases),
            labels=_labels(node, names | traits, docs),
            doc=doc,
            children=tuple(sorted(children, key=lambda child: child.span.first)),
        )

    def _made_with(
        self,
        maker: ast.FunctionDef | None,
        members: Iterable[Found],
        children: Iterable[Symbol],
        traits: frozenset[str],
    ) -> tuple[Parameter, ...]:
        """What an object is made with: the parameters of `__init__`, else a data class' fields."""
        if maker:
            return self._parameters(maker.args, bound=True)
        if "dataclass" not in traits:
            return ()
        fields = {child.name: child for child in children if child.kind == "property"}
        return tuple(
            Parameter(
                name=found.name,
                type=fields[found.name].returns,
                default=self._source.segment(found.node.value),
                text=fields[found.name].doc.summary,
            )
            for found in members
            if found.name in fields and isinstance(found.node, ast.AnnAssign)
        )

    def _parameters(self, arguments: ast.arguments, *, bound: bool) -> tuple[Parameter, ...]:
        """The declared parameters; stars are part of a name. `bound`: the first is the object."""
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * len(positional)
        defaults[len(positional) - len(arguments.defaults) :] = arguments.defaults
        rows = [("", arg, value) for arg, value in zip(positional, defaults, strict=True)]
        rows = rows[1:] if bound else rows
        if arguments.vararg:
            rows.append(("*", arguments.vararg, None))
        keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        rows += [("", arg, value) for arg, value in keyword_only]
        if arguments.kwarg:
            rows.append(("**", arguments.kwarg, None))
        text = self._source.segment
        return tuple(
            Parameter(name=stars + arg.arg, type=text(arg.annotation), default=text(value))
            for stars, arg, value in rows
        )

    def _variable(
        self,
        name: str,
        node: ast.Assign | ast.AnnAssign,
        after: ast.stmt | None,
        owner: str,
        traits: frozenset[str],
        texts: Mapping[str, Described],
    ) -> Symbol:
        docs = read_docstring(_text_of(after))
        if name in texts and docs.doc.empty:
            docs = read_docstring(texts[name].text)
        return Symbol(
            name=name,
            qualname=_within(owner, name),
            kind=_variable_kind(name, node, owner, traits),
            signature=self._source.assignment(node, name),
            span=span(node),
            public=self._public(name, owner),
            returns=self._source.segment(getattr(node, "annotation", None)),
            labels=("deprecated",) if docs.deprecated else (),
            doc=docs.doc,
        )

    def _instance_attributes(
        self,
        maker: ast.FunctionDef,
        owner: str,
        others: Iterable[Symbol],
        texts: Mapping[str, Described],
    ) -> list[Symbol]:
        """What `__init__` gives the object, as far as it has a type or a text of its own."""
        found: dict[str, Symbol] = {}
        known = {symbol.name for symbol in others}
        for node, after in zip_longest(maker.body, maker.body[1:]):
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            for target in targets(node):
                of_self = isinstance(target, ast.Attribute) and last_name(target.value) == "self"
                name = last_name(target) if of_self else ""
                if not name or name in known or name in found:
                    continue
                symbol = self._variable(name, node, after, owner, frozenset(), texts)
                if symbol.returns or not symbol.doc.empty:
                    found[name] = replace(symbol, kind="property")
        return list(found.values())


def _offered(body: list[ast.stmt]) -> list[Found]:
    return [found for found in definitions(body) if found.name not in _NOT_OFFERED]


def _within(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    return _text_of(node.body[0])


def _text_of(node: ast.stmt | None) -> str:
    """The text of a statement that is nothing but a text."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value.value if isinstance(node.value.value, str) else ""
    return ""


def _traits(node: ast.ClassDef, names: frozenset[str]) -> frozenset[str]:
    """What the bases and decorators of a class make of it, as far as one can see."""
    bases = {last_name(base) for base in node.bases}
    bases |= {last_name(keyword.value) for keyword in node.keywords if keyword.arg == "metaclass"}
    has_fields = bool(_WITH_FIELDS & names) or "NamedTuple" in bases
    found = {"enum": _ENUMS & bases, "abstract": _ABSTRACT & bases, "dataclass": has_fields}
    return frozenset(trait for trait, given in found.items() if given)


def _labels(node: ast.stmt, names: frozenset[str], docs: Docstring) -> tuple[str, ...]:
    found = {label for name in names for label in _LABELS.get(name, ())}
    found |= {"abstract", "dataclass"} & names
    found |= {"async"} if isinstance(node, ast.AsyncFunctionDef) else set()
    found |= {"deprecated"} if docs.deprecated else set()
    return tuple(sorted(found))


def _variable_kind(
    name: str, node: ast.Assign | ast.AnnAssign, owner: str, traits: frozenset[str]
) -> Kind:
    annotation = getattr(node, "annotation", None)
    declared = last_name(annotation) if annotation else ""
    maker = last_name(node.value.func) if isinstance(node.value, ast.Call) else ""
    if not owner and (declared == "TypeAlias" or maker in _TYPE_MAKERS):
        return "type"
    if _CONSTANT.fullmatch(name) or declared == "Final" or "enum" in traits:
        return "constant"
    return "property" if owner and annotation and declared != "ClassVar" else "variable"


def _with_constructor(docs: Docstring, own: Docstring) -> Docstring:
    """The docstring of a class with what its `__init__` says besides."""
    doc = docs.doc
    if doc.empty:
        doc = replace(own.doc, returns="")
    else:
        raises = tuple(dict.fromkeys((*doc.raises, *own.doc.raises)))
        doc = replace(doc, raises=raises, examples=(*doc.examples, *own.doc.examples))
    return replace(docs, doc=doc, parameters={**own.parameters, **docs.parameters})


def _documented(
    parameters: tuple[Parameter, ...], docs: Docstring
) -> tuple[tuple[Parameter, ...], Doc]:
    """Parameters with their texts, and the text with what is said of names that are not declared,
    for example the keys of `**options`."""
    told = tuple(_told(p, docs.parameters.get(p.name.lstrip("*"))) for p in parameters)
    declared = {parameter.name.lstrip("*") for parameter in parameters}
    rest = [
        f"- `{name}`: {' '.join(described.text.split())}"
        for name, described in docs.parameters.items()
        if name not in declared and described.text
    ]
    details = "\n\n".join(filter(None, (docs.doc.details, "\n".join(rest))))
    return told, replace(docs.doc, details=details)


def _told(parameter: Parameter, described: Described | None) -> Parameter:
    if described is None:
        return parameter
    return replace(
        parameter,
        type=parameter.type or described.type,
        text=described.text or parameter.text,
    )
