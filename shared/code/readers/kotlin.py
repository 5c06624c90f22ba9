"""Kotlin: public is the default; `private`, `protected` and `internal` hide.

https://kotlinlang.org/docs/reference/grammar.html
"""

import re
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

_PLAIN: Final = frozenset(("package_header", "import", "import_list", "file_annotation"))
_BODIES: Final = ("class_body", "enum_class_body")
_ANNOTATION = re.compile(r"\b(annotation\s+class\s+(\w+))\s*$")
_LABELS: Final = frozenset(
    """
    abstract open final sealed data inner suspend inline override lateinit const operator infix
    tailrec external annotation value expect actual vararg enum
    """.split()
)
_TYPE_NODES: Final = (
    "user_type",
    "nullable_type",
    "function_type",
    "parenthesized_type",
    "non_nullable_type",
)


def read(source: Source, _path: str) -> Reading:
    """Read one file; its package is not part of the qualified names."""
    reading = Reading(comment=source.file_comment(_PLAIN, frozenset(("package_header",))))
    for node, _ in source.children(source.root):
        if node.type == "import":
            named = one_of(node, "qualified_identifier", "identifier")
            text, line = source.text(named), node.start_point[0] + 1
            module, _, name = text.rpartition(".")
            if any(child.type == "*" for child in node.children):
                reading.imports.append(Import(module=text, line=line))
            else:
                names = (name,) if module else ()
                reading.imports.append(Import(module=module or name, names=names, line=line))
    reading.drafts = _members(source, source.root, False, 0)
    return reading


def _members(source: Source, body: "Node", inside: bool, depth: int) -> list[Draft]:
    found: list[Draft] = []
    for node, lead in source.children(body) if depth < DEEPEST else ():
        kind = node.type
        if kind in ("class_declaration", "object_declaration", "companion_object"):
            found.append(_type(source, node, lead, depth))
        elif kind == "function_declaration":
            found.append(_function(source, node, lead, inside))
        elif kind == "secondary_constructor":
            draft = _begin(source, node, lead, "constructor", "method", one_of(node, "block"))
            draft.parameters = _parameters(source, one_of(node, "function_value_parameters"))
            draft.labels.append("constructor")
            found.append(draft)
        elif kind == "property_declaration":
            found += _properties(source, node, lead, inside)
        elif kind == "type_alias":
            named = node.child_by_field_name("type") or one_of(node, "identifier") or node
            found.append(_begin(source, node, lead, source.name(named), "type", None))
        elif kind == "enum_entry":
            named = one_of(node, "identifier") or node
            ends = one_of(node, "class_body")
            found.append(_begin(source, node, lead, source.name(named), "constant", ends))
        elif kind in ("annotated_expression", "infix_expression"):
            # What the grammar takes `@Target(…) annotation class Fast` for.
            named_class = _ANNOTATION.search(source.text(node))
            if named_class is not None:
                draft = _begin(source, node, lead, named_class[2], "class", None)
                draft.signature, draft.labels = named_class[1], ["annotation"]
                found.append(draft)
        elif kind == "ERROR":
            found += _members(source, node, inside, depth + 1)
    return found


def _type(source: Source, node: "Node", lead: Lead, depth: int) -> Draft:
    named = node.child_by_field_name("name") or one_of(node, "identifier")
    words = [child.type for child in node.children]
    body = one_of(node, *_BODIES)
    kind: Kind = "interface" if "interface" in words else "class"
    modifiers = source.text(one_of(node, "modifiers")).split()
    if "enum" in modifiers or "enum" in words:
        kind = "enum"
    name = source.name(named) if named is not None else "Companion"
    draft = _begin(source, node, lead, name, kind, body)
    if node.type != "class_declaration":
        draft.labels.append("companion" if node.type == "companion_object" else "object")
    specifiers = one_of(node, "delegation_specifiers")
    for one in specifiers.named_children if specifiers is not None else ():
        draft.bases.append(source.flat(one).split(" by ")[0].split("(")[0])
    primary = one_of(node, "primary_constructor")
    listed = one_of(primary, "class_parameters") if primary is not None else None
    draft.parameters = _parameters(source, listed)
    draft.children = _own_properties(source, listed)
    if body is not None:
        draft.children += _members(source, body, True, depth + 1)
    return draft


def _own_properties(source: Source, listed: "Node | None") -> list[Draft]:
    """Properties that a primary constructor declares."""
    found = []
    for node, lead in source.children(listed) if listed is not None else ():
        mutable = [child.type for child in node.children if child.type in ("val", "var")]
        named = one_of(node, "identifier")
        if node.type != "class_parameter" or not mutable or named is None:
            continue
        draft = _begin(source, node, lead, source.name(named), "property", None)
        draft.returns = source.flat(one_of(node, *_TYPE_NODES))
        found.append(draft)
    return found


def _function(source: Source, node: "Node", lead: Lead, inside: bool) -> Draft:
    named = node.child_by_field_name("name") or one_of(node, "identifier") or node
    kind: Kind = "method" if inside else "function"
    body = one_of(node, "function_body")
    draft = _begin(source, node, lead, source.name(named), kind, body)
    listed = one_of(node, "function_value_parameters")
    draft.parameters = _parameters(source, listed)
    for one in of_type(node, *_TYPE_NODES):
        if listed is not None and one.start_byte > listed.end_byte:
            draft.returns = source.flat(one)
        else:
            draft.labels.append("extension")
    return draft


def _properties(source: Source, node: "Node", lead: Lead, inside: bool) -> list[Draft]:
    several = one_of(node, "multi_variable_declaration")
    found = []
    for one in of_type(several or node, "variable_declaration"):
        named = one_of(one, "identifier") or one
        draft = _begin(source, node, lead, source.name(named), "property", None)
        draft.returns = source.flat(one_of(one, *_TYPE_NODES))
        value = next(
            (
                child
                for child in node.named_children
                if child.start_byte > one.end_byte
                and child.type not in ("type_constraints", *_TYPE_NODES)
            ),
            None,
        )
        start = _start(node)
        if value is not None and value.type in ("getter", "setter"):
            draft.signature = source.head(start.start_byte, value.start_byte)
        else:
            draft.signature = short(source, start, node, value)
        if "const" in draft.labels:
            draft.kind = "constant"
        elif not inside:
            fixed = any(child.type == "val" for child in node.children)
            draft.kind = "constant" if fixed else "variable"
        found.append(draft)
    return found


def _begin(
    source: Source, node: "Node", lead: Lead, name: str, kind: Kind, body: "Node | None"
) -> Draft:
    draft = begin(
        source, node, lead, name=name, kind=kind, start=_start(node), body=body, trailing=True
    )
    modifiers = one_of(node, "modifiers")
    words = source.flat(modifiers).split() if modifiers is not None else []
    draft.public = not {"private", "protected", "internal"} & set(words)
    draft.labels += [word for word in words if word in _LABELS and word != kind]
    if any(word.startswith("@Deprecated") for word in words):
        draft.labels.append("deprecated")
    return draft


def _start(node: "Node") -> "Node":
    """Where the signature begins: behind the annotations in front."""
    first = first_after(node, [])
    if first.type == "modifiers":
        inner = first_after(first, ["annotation"])
        return inner if inner is not first else first_after(node, ["modifiers"])
    return first


def _parameters(source: Source, node: "Node | None") -> list[Parameter]:
    """Parameters; the default and the modifiers of one are its siblings."""
    found: list[Parameter] = []
    waiting = ""
    value = False
    for one in node.children if node is not None else ():
        if one.type in ("parameter", "class_parameter"):
            named = one_of(one, "identifier")
            kind = source.flat(one_of(one, *_TYPE_NODES))
            default = ""
            if any(child.type == "=" for child in one.children):
                default = source.flat(one.named_children[-1])
            prefix = "vararg " if "vararg" in waiting else ""
            found.append(Parameter(name=source.text(named), type=prefix + kind, default=default))
            waiting = ""
        elif one.type == "parameter_modifiers":
            waiting = source.text(one)
        elif one.type == "=":
            value = True
        elif value and one.is_named and found:
            last = found[-1]
            found[-1] = Parameter(name=last.name, type=last.type, default=source.flat(one))
            value = False
    return found
