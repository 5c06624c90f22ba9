"""Python that the reader for Python cannot parse: newer, older or broken.

Public is what `__all__` names, else what has no leading underscore.
"""

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.code.comments import Comment
from shared.code.model import Import, Parameter
from shared.code.python_docs import Docstring, read_docstring
from shared.code.readers.draft import DEEPEST, Draft, Reading, begin, one_of, short
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_TRANSPARENT: Final = frozenset(
    """
    if_statement else_clause elif_clause try_statement except_clause finally_clause with_statement
    block ERROR
    """.split()
)
_STARS: Final = {"list_splat_pattern": "*", "dictionary_splat_pattern": "**"}


def read(source: Source, _path: str) -> Reading:
    """Read one file, also what stands under `if` and `try`."""
    reading = Reading()
    reader = _Reader(source, reading)
    reading.comment = _said(read_docstring(_docstring(source, source.root)))
    scope = _Scope()
    reader.block(source.root, scope, 0)
    reading.drafts = scope.found
    if reading.exports is not None:
        for draft in reading.drafts:
            draft.public = draft.name in reading.exports
    return reading


@dataclass(slots=True)
class _Scope:
    """A file or a class while it is read."""

    member: bool = False
    found: list[Draft] = field(default_factory=list)


class _Reader:
    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._reading = reading

    def block(self, body: "Node", scope: _Scope, depth: int) -> None:
        """Read the statements of a block into its scope."""
        for node, lead in self._source.children(body) if depth < DEEPEST else ():
            kind = node.type
            holder = node
            if kind == "decorated_definition":
                node = node.child_by_field_name("definition") or node
            if node.type == "class_definition":
                self._class(node, holder, lead, scope, depth)
            elif node.type == "function_definition":
                self._function(node, holder, lead, scope)
            elif kind == "type_alias_statement":
                self._alias(node, lead, scope)
            elif kind in ("import_statement", "import_from_statement", "future_import_statement"):
                self._import(node)
            elif kind == "expression_statement" and node.named_children:
                self._assignment(node, node.named_children[0], lead, scope)
            elif kind in _TRANSPARENT:
                self.block(node, scope, depth + 1)

    def _class(self, node: "Node", holder: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        body = node.child_by_field_name("body")
        named = node.child_by_field_name("name") or node
        draft = begin(
            self._source,
            node,
            lead,
            name=self._source.name(named),
            kind="class",
            start=node,
            body=body,
            holder=holder,
        )
        bases = node.child_by_field_name("superclasses")
        for one in bases.named_children if bases is not None else ():
            if one.type != "keyword_argument":
                draft.bases.append(self._source.flat(one))
        inner = _Scope(member=True)
        if body is not None:
            self.block(body, inner, depth + 1)
        draft.children = inner.found
        self._finish(draft, body, scope)

    def _function(self, node: "Node", holder: "Node", lead: Lead, scope: _Scope) -> None:
        body = node.child_by_field_name("body")
        named = node.child_by_field_name("name") or node
        draft = begin(
            self._source,
            node,
            lead,
            name=self._source.name(named),
            kind="method" if scope.member else "function",
            start=node,
            body=body,
            holder=holder,
        )
        marks = [self._source.flat(one) for one in holder.named_children if one.type == "decorator"]
        for mark in marks:
            word = mark.lstrip("@").split("(")[0].rpartition(".")[2]
            if word in ("property", "cached_property", "setter"):
                draft.kind = "property"
            labels = {"staticmethod": "static", "classmethod": "classmethod"}
            labels["abstractmethod"] = "abstract"
            draft.labels += [labels[word]] if word in labels else []
        draft.labels += [child.type for child in node.children if child.type == "async"]
        draft.parameters = _parameters(self._source, node, scope.member)
        draft.returns = self._source.flat(node.child_by_field_name("return_type"))
        self._finish(draft, body, scope)

    def _finish(self, draft: Draft, body: "Node | None", scope: _Scope) -> None:
        said = read_docstring(_docstring(self._source, body)) if body is not None else Docstring()
        draft.comment = _said(said)
        dunder = draft.name.startswith("__") and draft.name.endswith("__")
        draft.public = not draft.name.startswith("_") or (dunder and scope.member)
        scope.found.append(draft)

    def _alias(self, node: "Node", lead: Lead, scope: _Scope) -> None:
        left = self._source.flat(node.child_by_field_name("left"))
        draft = begin(self._source, node, lead, name=left.split("[")[0], kind="type")
        self._finish(draft, None, scope)

    def _assignment(self, node: "Node", inner: "Node", lead: Lead, scope: _Scope) -> None:
        left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
        if left is None or inner.type not in ("assignment", "augmented_assignment"):
            return
        if self._source.text(left) == "__all__" and not scope.member:
            self._exports(right)
            return
        if left.type != "identifier" or inner.type != "assignment":
            return
        name = self._source.name(left)
        constant = name.isupper() and not scope.member
        kind = "constant" if constant else ("property" if scope.member else "variable")
        draft = begin(self._source, node, lead, name=name, kind="property", trailing=True)
        draft.kind = "constant" if kind == "constant" else draft.kind
        if kind == "variable":
            draft.kind = "variable"
        draft.signature = short(self._source, node, node, right)
        draft.returns = self._source.flat(inner.child_by_field_name("type"))
        draft.public = not name.startswith("_")
        scope.found.append(draft)

    def _exports(self, node: "Node | None") -> None:
        names = self._reading.exports or set()
        for one in node.named_children if node is not None else ():
            if one.type == "string":
                names.add(self._source.text(one).strip("'\""))
        self._reading.exports = names

    def _import(self, node: "Node") -> None:
        source, line = self._source, node.start_point[0] + 1
        module = node.child_by_field_name("module_name")
        names = [_imported(source, one) for one in node.children_by_field_name("name")]
        if node.type == "import_statement":
            self._reading.imports += [Import(module=name, line=line) for name in names]
            return
        taken = ["*"] if one_of(node, "wildcard_import") is not None else names
        text = "__future__" if node.type == "future_import_statement" else source.flat(module)
        self._reading.imports.append(Import(module=text, names=tuple(taken), line=line))


def _imported(source: Source, node: "Node") -> str:
    named = node.child_by_field_name("name") if node.type == "aliased_import" else node
    return source.flat(named)


def _docstring(source: Source, body: "Node") -> str:
    """The text that stands first in a block."""
    for child in body.named_children:
        if "comment" in child.type:
            continue
        inner = child.named_children[0] if child.named_children else child
        if child.type == "expression_statement" and inner.type == "string":
            return _value(source.text(inner))
        return ""
    return ""


def _value(text: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip("rRuUbB").strip("\"'")
    return value if isinstance(value, str) else ""


def _said(docstring: Docstring) -> Comment:
    return Comment(
        doc=docstring.doc,
        texts={name: one.text for name, one in docstring.parameters.items()},
        types={name: one.type for name, one in docstring.parameters.items()},
        labels=("deprecated",) if docstring.deprecated else (),
    )


def _parameters(source: Source, node: "Node", member: bool) -> list[Parameter]:
    listed = node.child_by_field_name("parameters")
    found = []
    for at, one in enumerate(listed.named_children if listed is not None else ()):
        if one.type in ("positional_separator", "keyword_separator", "comment", "ERROR"):
            continue
        named = one.child_by_field_name("name") or one
        if one.type == "typed_parameter":
            named = one.named_children[0]
        if at == 0 and member and source.text(named) in ("self", "cls"):
            continue
        star = _STARS.get(named.type, "")
        name = star + source.text(named).lstrip("*")
        kind = source.flat(one.child_by_field_name("type"))
        default = source.flat(one.child_by_field_name("value"))
        found.append(Parameter(name=name, type=kind, default=default))
    return found
