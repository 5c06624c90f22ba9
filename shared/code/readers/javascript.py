"""JavaScript, TypeScript and TSX.

Public is what a file exports, as ES module or by CommonJS; without any export, its top level.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.code.model import Import
from shared.code.readers.draft import DEEPEST, Draft, Reading
from shared.code.readers.javascript_commonjs import Assigned, assigned, is_iife, required
from shared.code.readers.javascript_members import (
    class_members,
    constant,
    enum_members,
    function,
    headed,
    interface_members,
    join_overloads,
)
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN: Final = frozenset(("import_statement", "expression_statement", "hash_bang_line", "string"))
_FUNCTIONS: Final = frozenset(
    ("function_declaration", "generator_function_declaration", "function_signature")
)
_CLASSES: Final = frozenset(("class_declaration", "abstract_class_declaration"))
_VARIABLES: Final = frozenset(("lexical_declaration", "variable_declaration"))


def read(source: Source, path: str) -> Reading:
    """Read one file; `.d.ts` files declare everything public that a module of them holds."""
    reading = _Reader(source)
    comment = source.file_comment(_PLAIN, frozenset())
    scope = _Scope(ambient=path.endswith((".d.ts", ".d.mts", ".d.cts")))
    reading.block(source.root, scope, 0)
    reading.settle(scope, top=True)
    exports = {name for name in scope.exported.values() if name}
    exports.update(draft.name for draft in scope.drafts if draft.public)
    exports.update(reading.passed_on)
    declares = scope.exports_something or bool(reading.passed_on)
    return Reading(
        drafts=scope.drafts,
        imports=reading.imports,
        exports=exports if declares else None,
        comment=comment,
    )


@dataclass(slots=True)
class _Scope:
    """A block whose names may be exported: the file, or a namespace.

    `exported`: local name → the name outside, "" for the default export.
    """

    ambient: bool = False
    drafts: list[Draft] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    exports_something: bool = False


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self.imports: list[Import] = []
        self.passed_on: set[str] = set()

    def block(self, node: "Node", scope: _Scope, depth: int) -> None:
        """Read the statements of a block into its scope."""
        if depth > DEEPEST:
            return
        for child, lead in self._source.children(node):
            self._statement(child, lead, scope, depth)

    def settle(self, scope: _Scope, top: bool = False) -> None:
        """Decide what of a scope is public, now that all its exports are known."""
        everything = not scope.exports_something and (top or scope.ambient)
        for draft in scope.drafts:
            exported = draft.name in scope.exported or "export" in draft.labels
            draft.public = exported or everything or (scope.ambient and not top)
            if draft.owner:
                draft.public = everything or draft.owner in scope.exported
            draft.labels = [label for label in draft.labels if label != "export"]
        scope.drafts[:] = join_overloads(scope.drafts)
        _adopt(scope.drafts)

    def _statement(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        kind = node.type
        if kind == "import_statement":
            self.imports += _imports(self._source, node)
        elif kind == "export_statement":
            self._export(node, lead, scope, depth)
        elif kind == "expression_statement":
            self._expression(node, lead, scope, depth)
        elif kind in ("ambient_declaration", "ERROR"):
            for inner in node.named_children:
                if inner.type == "statement_block":  # declare global { … }
                    self.block(inner, scope, depth + 1)
                else:
                    self._declaration(inner, lead, scope, depth, holder=node)
        else:
            self._declaration(node, lead, scope, depth)

    def _export(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        scope.exports_something = True
        source = self._source
        origin = node.child_by_field_name("source")
        declared = node.child_by_field_name("declaration")
        value = node.child_by_field_name("value")
        before = len(scope.drafts)
        if declared is not None and declared.type == "ambient_declaration":
            declared = next(iter(declared.named_children), None)
        if declared is not None:
            self._declaration(declared, lead, scope, depth, holder=node)
        elif value is not None:
            self._default(node, value, lead, scope)
        if origin is not None:
            names = tuple(_exported_names(source, node, inside=True))
            self.imports.append(
                Import(module=_module(source, origin), names=names, line=_line(node))
            )
            self.passed_on.update(_exported_names(source, node, inside=False))
        elif declared is None and value is None:
            for inside, outside in _exported_pairs(source, node):
                scope.exported[inside] = outside
            if any(child.type == "=" for child in node.children):  # export = Book
                scope.exported[source.text(node.named_children[-1])] = ""
        for draft in scope.drafts[before:]:
            draft.labels.append("export")
            if any(child.type == "default" for child in node.children):
                draft.labels.append("default")

    def _default(self, node: "Node", value: "Node", lead: Lead, scope: _Scope) -> None:
        """`export default` of an expression: a name, or a function or class without a name."""
        if value.type == "identifier":
            scope.exported[self._source.text(value)] = ""
            return
        scope.drafts.append(self._assigned("default", value, node, lead))

    def _declaration(
        self, node: "Node", lead: Lead, scope: _Scope, depth: int, holder: "Node | None" = None
    ) -> None:
        source, kind = self._source, node.type
        if kind in _FUNCTIONS:
            scope.drafts.append(function(source, node, lead, holder))
        elif kind in _CLASSES:
            scope.drafts.append(self._class(node, lead, holder))
        elif kind == "interface_declaration":
            draft = headed(source, node, lead, "interface", holder)
            draft.children = interface_members(source, node.child_by_field_name("body"))
            scope.drafts.append(draft)
        elif kind == "enum_declaration":
            draft = headed(source, node, lead, "enum", holder)
            draft.children = enum_members(source, node.child_by_field_name("body"))
            scope.drafts.append(draft)
        elif kind in ("type_alias_declaration", "import_alias"):
            if kind == "type_alias_declaration" or holder is not None:
                scope.drafts.append(headed(source, node, lead, "type", holder))
        elif kind in ("internal_module", "module"):
            self._namespace(node, lead, scope, depth, holder)
        elif kind in _VARIABLES:
            self._variables(node, lead, scope, holder)

    def _class(self, node: "Node", lead: Lead, holder: "Node | None") -> Draft:
        draft = headed(self._source, node, lead, "class", holder)
        draft.children = class_members(self._source, node.child_by_field_name("body"))
        return draft

    def _namespace(
        self, node: "Node", lead: Lead, scope: _Scope, depth: int, holder: "Node | None"
    ) -> None:
        draft = headed(self._source, node, lead, "namespace", holder)
        draft.name = draft.name.strip("'\"")
        ambient = scope.ambient or (holder is not None and holder.type == "ambient_declaration")
        inner = _Scope(ambient=ambient)
        body = node.child_by_field_name("body")
        if body is not None:
            self.block(body, inner, depth + 1)
        self.settle(inner)
        draft.children = inner.drafts
        scope.drafts.append(draft)

    def _variables(self, node: "Node", lead: Lead, scope: _Scope, holder: "Node | None") -> None:
        for one in node.named_children:
            if one.type != "variable_declarator":
                continue
            taken = required(self._source, one)
            if taken is not None:
                self.imports.append(taken)
                continue
            scope.drafts += constant(self._source, node, one, lead, holder)

    def _expression(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        inner = node.named_children[0] if node.named_children else None
        if inner is None:
            return
        if inner.type == "internal_module":
            self._namespace(inner, lead, scope, depth, node)
            return
        body = is_iife(inner)
        if body is not None and depth < 3:
            self.block(body, scope, depth + 1)
            return
        taken = required(self._source, inner)
        if taken is not None:
            self.imports.append(taken)
        found = assigned(self._source, inner)
        if found is not None:
            self._assignment(node, found, lead, scope)

    def _assignment(self, node: "Node", found: Assigned, lead: Lead, scope: _Scope) -> None:
        """`exports.a = …`, `module.exports = …`, `Book.prototype.add = …`, `Book.make = …`."""
        if found.exported:
            scope.exports_something = True
            for inside, outside in found.names:
                scope.exported[inside] = outside
        for name, value, place in found.values:
            draft = self._assigned(name, value, place or node, lead if place is None else Lead())
            draft.owner = found.owner
            if found.owner and draft.kind == "function":
                draft.kind = "method"
            if found.owner and not found.prototype:
                draft.labels.append("static")
            if found.exported:
                draft.labels.append("export")
            scope.drafts.append(draft)

    def _assigned(self, name: str, value: "Node", node: "Node", lead: Lead) -> Draft:
        if value.type in ("class", "class_declaration"):
            draft = headed(self._source, value, lead, "class", node)
            draft.children = class_members(self._source, value.child_by_field_name("body"))
            draft.name = name
            return draft
        drafts = constant(self._source, node, value, lead, None, name=name)
        return drafts[0]


def _adopt(drafts: list[Draft]) -> None:
    """Methods that are assigned to a type of the same file become its children."""
    types = {draft.name: draft for draft in drafts if not draft.owner}
    for draft in [draft for draft in drafts if draft.owner in types]:
        draft.public = types[draft.owner].public
        types[draft.owner].children.append(draft)
        draft.owner = ""
        drafts.remove(draft)


def _imports(source: Source, node: "Node") -> Iterator[Import]:
    origin = node.child_by_field_name("source")
    names: list[str] = []
    for child in node.named_children:
        if child.type == "import_require_clause":
            origin = child.child_by_field_name("source")
        elif child.type == "import_clause":
            for part in child.named_children:
                if part.type == "identifier":
                    names.append("default")
                elif part.type == "named_imports":
                    names += [
                        source.text(one.child_by_field_name("name"))
                        for one in part.named_children
                        if one.type == "import_specifier"
                    ]
    if origin is not None:
        yield Import(module=_module(source, origin), names=tuple(names), line=_line(node))


def _exported_pairs(source: Source, node: "Node") -> Iterator[tuple[str, str]]:
    for clause in node.named_children:
        if clause.type == "export_clause":
            for one in clause.named_children:
                name = source.text(one.child_by_field_name("name"))
                alias = source.text(one.child_by_field_name("alias"))
                if name:
                    yield name, "" if alias == "default" else alias or name
        elif clause.type == "namespace_export":
            yield "*", source.text(clause.named_children[-1])


def _exported_names(source: Source, node: "Node", inside: bool) -> Iterator[str]:
    for name, alias in _exported_pairs(source, node):
        if name != "*" or not inside:
            yield name if inside else alias or "default"


def _module(source: Source, node: "Node") -> str:
    return source.text(node).strip("'\"`")


def _line(node: "Node") -> int:
    return node.start_point[0] + 1
