"""PHP: public is the default of members; functions, classes and constants of a file are public.

https://www.php.net/manual/en/langref.php
"""

from typing import TYPE_CHECKING, Final

from shared.code.model import Import, Kind, Parameter
from shared.code.readers.draft import (
    DEEPEST,
    Draft,
    Reading,
    begin,
    first_after,
    of_type,
    one_of,
    short,
)
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN: Final = frozenset(
    """
    php_tag declare_statement namespace_definition namespace_use_declaration text_interpolation text
    """.split()
)
_TYPES: Final[dict[str, Kind]] = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "trait_declaration": "trait",
    "enum_declaration": "enum",
}
_INCLUDES: Final = frozenset(
    "include_expression include_once_expression require_expression require_once_expression".split()
)
_TRANSPARENT: Final = frozenset("if_statement compound_statement else_clause ERROR".split())
_MODIFIERS: Final[dict[str, str]] = {
    "static_modifier": "static",
    "abstract_modifier": "abstract",
    "final_modifier": "final",
    "readonly_modifier": "readonly",
}


def read(source: Source, _path: str) -> Reading:
    """Read one file. A file's only namespace is not shown; of several each is a symbol."""
    reading = Reading(comment=source.file_comment(_PLAIN, frozenset(("namespace_definition",))))
    reader = _Reader(source, reading)
    reading.drafts = reader.block(source.root, 0)
    spaces = [draft for draft in reading.drafts if draft.kind == "namespace"]
    if len(spaces) == 1:
        reading.drafts = [one for one in reading.drafts if one is not spaces[0]]
        reading.drafts += spaces[0].children
    return reading


class _Reader:
    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._reading = reading

    def block(self, body: "Node", depth: int) -> list[Draft]:
        """The definitions in a block, also those under a condition."""
        found: list[Draft] = []
        for node, lead in self._source.children(body) if depth < DEEPEST else ():
            kind = node.type
            if kind == "namespace_use_declaration":
                self._use(node)
            elif kind == "namespace_definition":
                found += self._namespace(node, lead, depth)
            elif kind in _TYPES:
                found.append(self._type(node, lead))
            elif kind == "function_definition":
                found.append(self._function(node, lead, "function"))
            elif kind == "const_declaration":
                found += self._constants(node, lead)
            elif kind == "expression_statement":
                found += self._expression(node, lead)
            elif kind in _TRANSPARENT:
                found += self.block(node, depth + 1)
        return found

    def _namespace(self, node: "Node", lead: Lead, depth: int) -> list[Draft]:
        body = node.child_by_field_name("body")
        named = node.child_by_field_name("name")
        if body is None:
            return []
        if named is None:
            return self.block(body, depth + 1)
        name = self._source.text(named).replace("\\", ".")
        draft = begin(self._source, node, lead, name=name, kind="namespace", body=body)
        draft.children = self.block(body, depth + 1)
        return [draft]

    def _use(self, node: "Node") -> None:
        prefix = self._source.text(one_of(node, "namespace_name"))
        line = node.start_point[0] + 1
        group = node.child_by_field_name("body")
        for clause in of_type(group or node, "namespace_use_clause"):
            named = one_of(clause, "qualified_name", "name", "namespace_name")
            path = self._source.text(named).strip("\\")
            whole = f"{prefix}\\{path}" if group is not None and prefix else path
            module, _, name = whole.rpartition("\\")
            names = (name,) if module else ()
            self._reading.imports.append(Import(module=module or name, names=names, line=line))

    def _expression(self, node: "Node", lead: Lead) -> list[Draft]:
        """`require 'x.php'`, `define('MAX', 1)`."""
        inner = node.named_children[0] if node.named_children else node
        if inner.type in _INCLUDES:
            path = self._last_string(inner)
            if path:
                line = node.start_point[0] + 1
                self._reading.imports.append(Import(module=path, line=line))
        called = self._source.text(inner.child_by_field_name("function"))
        arguments = inner.child_by_field_name("arguments")
        if called != "define" or arguments is None or not arguments.named_children:
            return []
        name = self._source.text(arguments.named_children[0]).strip("'\"")
        if not name.replace("\\", "_").isidentifier():
            return []
        draft = begin(self._source, node, lead, name=name, kind="constant")
        draft.signature = short(self._source, node, node, arguments.named_children[-1])
        return [draft]

    def _last_string(self, node: "Node") -> str:
        waiting, found = [node], ""
        while waiting:
            one = waiting.pop(0)
            if one.type in ("string", "encapsed_string"):
                found = self._source.text(one).strip("'\"")
            waiting += one.named_children
        return found

    def _type(self, node: "Node", lead: Lead) -> Draft:
        body = node.child_by_field_name("body")
        draft = self._begin(node, lead, _TYPES[node.type], body)
        for clause in of_type(node, "base_clause", "class_interface_clause"):
            draft.bases += [self._source.flat(one) for one in clause.named_children]
        for one, own in self._source.children(body) if body is not None else ():
            draft.children += self._member(one, own)
            if one.type == "use_declaration":
                draft.bases += [self._source.flat(name) for name in of_type(one, "name")]
        return draft

    def _member(self, node: "Node", lead: Lead) -> list[Draft]:
        if node.type == "method_declaration":
            draft = self._function(node, lead, "method")
            promoted = self._promoted(node) if draft.name == "__construct" else []
            return [draft, *promoted]
        if node.type == "const_declaration":
            return self._constants(node, lead)
        if node.type == "property_declaration":
            return self._properties(node, lead)
        if node.type == "enum_case":
            return [self._begin(node, lead, "constant", None, trailing=True)]
        return []

    def _function(self, node: "Node", lead: Lead, kind: Kind) -> Draft:
        draft = self._begin(node, lead, kind, node.child_by_field_name("body"))
        draft.parameters = _parameters(self._source, node)
        draft.returns = self._source.flat(node.child_by_field_name("return_type"))
        if draft.name == "__construct":
            draft.labels.append("constructor")
        return draft

    def _constants(self, node: "Node", lead: Lead) -> list[Draft]:
        found = []
        for one in of_type(node, "const_element"):
            draft = self._begin(node, lead, "constant", None, one.named_children[0], trailing=True)
            start = first_after(node, ["attribute_list"])
            draft.signature = short(self._source, start, node, one.named_children[-1])
            found.append(draft)
        return found

    def _properties(self, node: "Node", lead: Lead) -> list[Draft]:
        found = []
        for one in of_type(node, "property_element"):
            named = one.child_by_field_name("name") or one
            draft = self._begin(node, lead, "property", None, named, trailing=True)
            value = one.child_by_field_name("default_value")
            start = first_after(node, ["attribute_list"])
            draft.signature = short(self._source, start, node, value)
            draft.returns = self._source.flat(node.child_by_field_name("type"))
            found.append(draft)
        return found

    def _promoted(self, node: "Node") -> list[Draft]:
        """Properties that a constructor declares among its parameters."""
        listed = node.child_by_field_name("parameters")
        found = []
        for one in of_type(listed, "property_promotion_parameter") if listed is not None else ():
            named = one.child_by_field_name("name") or one
            draft = self._begin(one, Lead(), "property", None, named)
            draft.returns = self._source.flat(one.child_by_field_name("type"))
            found.append(draft)
        return found

    def _begin(
        self,
        node: "Node",
        lead: Lead,
        kind: Kind,
        body: "Node | None",
        named: "Node | None" = None,
        trailing: bool = False,
    ) -> Draft:
        target = named or node.child_by_field_name("name")
        name = self._source.name(target).lstrip("$") if target is not None else ""
        start = first_after(node, ["attribute_list"])
        draft = begin(
            self._source,
            node,
            lead,
            name=name,
            kind=kind,
            start=start,
            body=body,
            trailing=trailing,
        )
        access = one_of(node, "visibility_modifier")
        draft.public = access is None or self._source.text(access) == "public"
        draft.labels += [
            label for one in node.named_children if (label := _MODIFIERS.get(one.type))
        ]
        return draft


def _parameters(source: Source, node: "Node") -> list[Parameter]:
    listed = node.child_by_field_name("parameters")
    found = []
    for one in listed.named_children if listed is not None else ():
        named = one.child_by_field_name("name")
        if named is None:
            continue
        dots = "..." if one.type == "variadic_parameter" else ""
        found.append(
            Parameter(
                name=dots + source.text(named),
                type=source.flat(one.child_by_field_name("type")),
                default=source.flat(one.child_by_field_name("default_value")),
            )
        )
    return found
