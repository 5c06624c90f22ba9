"""CommonJS: what a file takes by `require` and gives by `exports`; and methods by assignment."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.code.model import Import
from shared.code.readers.source import Source

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS: Final = frozenset(
    ("function_expression", "arrow_function", "generator_function", "function")
)
_VALUES: Final = frozenset((*_FUNCTIONS, "class"))
_LITERALS: Final = frozenset(("string", "number", "object", "array", "template_string", "regex"))


@dataclass(slots=True)
class Assigned:
    """An assignment that declares something.

    `names`: local name → exported name ("" for the module itself); `values`: name, value and the
    node to show where it is not the statement; `owner`: the type that it extends.
    """

    exported: bool = False
    owner: str = ""
    prototype: bool = False
    names: list[tuple[str, str]] = field(default_factory=list)
    values: list[tuple[str, "Node", "Node | None"]] = field(default_factory=list)


def required(source: Source, node: "Node") -> Import | None:
    """The import that a declarator or an expression makes by `require('…')`, else None."""
    value = node.child_by_field_name("value") if node.type == "variable_declarator" else node
    if value is not None and value.type == "member_expression":  # require('a').b
        value = value.child_by_field_name("object")
    if value is None or value.type != "call_expression":
        return None
    called = source.text(value.child_by_field_name("function"))
    arguments = value.child_by_field_name("arguments")
    if called != "require" or arguments is None or not arguments.named_children:
        return None
    if arguments.named_children[0].type != "string":
        return None
    target = node.child_by_field_name("name") if node.type == "variable_declarator" else None
    names: list[str] = []
    if target is not None and target.type == "object_pattern":
        for one in target.named_children:
            key = one.child_by_field_name("key")
            names.append(source.text(key if key is not None else one))
    module = source.text(arguments.named_children[0]).strip("'\"")
    return Import(module=module, names=tuple(names), line=node.start_point[0] + 1)


def is_iife(node: "Node") -> "Node | None":
    """The body of a function that is called where it stands, as `(function () { … })()`."""
    for _ in range(6):
        if node.type in ("parenthesized_expression", "unary_expression") and node.named_children:
            node = node.named_children[-1]
        elif node.type == "call_expression":
            called = node.child_by_field_name("function")
            if called is None:
                return None
            if called.type == "member_expression":  # (function () { … }).call(this)
                called = called.child_by_field_name("object") or called
            if called.type in _FUNCTIONS:
                return called.child_by_field_name("body")
            if called.type != "parenthesized_expression":
                return None
            node = called
        elif node.type in _FUNCTIONS:
            body = node.child_by_field_name("body")
            return body if body is not None and body.type == "statement_block" else None
        else:
            return None
    return None


def assigned(source: Source, node: "Node") -> Assigned | None:
    """What an assignment at the top level declares, None where it declares nothing."""
    if node.type == "call_expression":
        return _defined(source, node)
    if node.type != "assignment_expression":
        return None
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None or left.type != "member_expression":
        return None
    while right.type == "assignment_expression":  # exports = module.exports = …
        right = right.child_by_field_name("right") or right
    target = source.text(left)
    if target == "module.exports":
        return _whole(source, right)
    parts = target.split(".")
    if not all(part.isidentifier() or part.replace("$", "_").isidentifier() for part in parts):
        return None
    if parts[:-1] in (["exports"], ["module", "exports"]):
        return _one(source, parts[-1], right)
    if len(parts) == 3 and parts[1] == "prototype" and right.type in _FUNCTIONS:
        return Assigned(owner=parts[0], prototype=True, values=[(parts[2], right, None)])
    if len(parts) == 2 and parts[1] == "prototype" and right.type == "object":
        found = Assigned(owner=parts[0], prototype=True)
        _object(source, right, found)
        return found
    if len(parts) == 2 and right.type in _VALUES and parts[0] not in ("window", "self", "this"):
        return Assigned(owner=parts[0], values=[(parts[1], right, None)])
    return None


def _whole(source: Source, value: "Node") -> Assigned:
    found = Assigned(exported=True)
    if value.type == "identifier":
        found.names.append((source.text(value), ""))
    elif value.type == "object":
        _object(source, value, found)
    elif value.type in _VALUES:
        name = value.child_by_field_name("name")
        found.values.append((source.text(name) or "default", value, None))
    return found


def _one(source: Source, name: str, value: "Node") -> Assigned:
    found = Assigned(exported=True)
    if value.type == "identifier":
        found.names.append((source.text(value), name))
    elif value.type in _VALUES or value.type in _LITERALS:
        found.values.append((name, value, None))
    elif source.text(value) not in ("void 0", "undefined"):
        found.names.append((name, name))
    return found


def _object(source: Source, value: "Node", found: Assigned) -> None:
    """The parts of an object that is exported, or that is a prototype."""
    for part in value.named_children:
        if part.type == "shorthand_property_identifier":
            found.names.append((source.text(part), source.text(part)))
        elif part.type == "method_definition":
            found.values.append((source.text(part.child_by_field_name("name")), part, part))
        elif part.type == "pair":
            name = source.text(part.child_by_field_name("key")).strip("'\"")
            given = part.child_by_field_name("value")
            if given is not None and given.type in _VALUES:
                found.values.append((name, given, part))
            elif given is not None and given.type == "identifier":
                found.names.append((source.text(given), name))
            elif name:
                found.names.append((name, name))


def _defined(source: Source, node: "Node") -> Assigned | None:
    """`Object.defineProperty(exports, 'a', …)`."""
    called = source.text(node.child_by_field_name("function"))
    arguments = node.child_by_field_name("arguments")
    if called != "Object.defineProperty" or arguments is None:
        return None
    given = arguments.named_children
    if len(given) < 2 or source.text(given[0]) not in ("exports", "module.exports"):
        return None
    name = source.text(given[1]).strip("'\"")
    return Assigned(exported=True, names=[(name, name)] if name != "__esModule" else [])
