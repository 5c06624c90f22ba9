"""Reading and editing JavaScript by its syntax tree (tree-sitter), so that layout stays."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

FUNCTIONS = ("function_declaration", "generator_function_declaration", "method_definition")
_NAMES = (
    "identifier",
    "property_identifier",
    "shorthand_property_identifier",
    "shorthand_property_identifier_pattern",
)


def parse(code: str) -> Node:
    """Parse JavaScript; the tree marks what it could not read."""
    return _parser().parse(code.encode()).root_node


def is_valid(code: str) -> bool:
    """Tell whether code is JavaScript without syntax errors."""
    return not parse(code).has_error


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all nodes below it, in order."""
    yield node
    for child in node.children:
        yield from walk(child)


def own_nodes(node: Node) -> list[Node]:
    """List the nodes of a function's body without those of functions inside it."""
    body = node.child_by_field_name("body")
    found: list[Node] = []
    waiting = list(body.children) if body else []
    while waiting:
        part = waiting.pop(0)
        if part.type in (*FUNCTIONS, "arrow_function", "function_expression", "class_declaration"):
            continue
        found.append(part)
        waiting.extend(part.children)
    return found


def definitions(code: str) -> list[Node]:
    """List the named functions and classes at the top of a file, exported ones too."""
    found = []
    for node in parse(code).children:
        inner = node.child_by_field_name("declaration") if node.type == "export_statement" else node
        if inner is not None and inner.type in ("class_declaration", *FUNCTIONS):
            found.append(inner)
        elif inner is not None and inner.type == "lexical_declaration":
            found += [
                part
                for part in inner.children
                if part.type == "variable_declarator" and _function_value(part)
            ]
    return found


def name_of(node: Node) -> str:
    """Give the name of a definition, "" if it has none."""
    named = node.child_by_field_name("name")
    return text_of(named) if named else ""


def text_of(node: Node) -> str:
    """Give the source text of a node."""
    return (node.text or b"").decode()


def functions_in(code: str, name: str) -> list[Node]:
    """List what an edit of `name` works on: the function, or a class's methods."""
    for node in definitions(code):
        if name_of(node) != name:
            continue
        if node.type == "class_declaration":
            return [
                part
                for part in walk(node)
                if part.type == "method_definition" and name_of(part) != "constructor"
            ]
        value = node.child_by_field_name("value")
        return [value if value is not None else node]
    return []


def parameters(node: Node) -> list[str]:
    """List the plain parameter names of a function."""
    listed = node.child_by_field_name("parameters")
    single = node.child_by_field_name("parameter")
    if single is not None:
        return [text_of(single)]
    names = []
    for part in listed.named_children if listed else ():
        left = part.child_by_field_name("left") if part.type == "assignment_pattern" else part
        if left is not None and left.type == "identifier":
            names.append(text_of(left))
    return names


def replace(code: str, changes: Sequence[tuple[Node, str]]) -> str:
    """Replace nodes that do not overlap."""
    data = code.encode()
    for node, text in sorted(changes, key=lambda change: change[0].start_byte, reverse=True):
        data = data[: node.start_byte] + text.encode() + data[node.end_byte :]
    return data.decode()


def insert(code: str, places: Sequence[tuple[int, str]]) -> str:
    """Insert texts at byte offsets of the code."""
    data = code.encode()
    for at, text in sorted(places, reverse=True):
        data = data[:at] + text.encode() + data[at:]
    return data.decode()


def rename(code: str, old: str, new: str) -> str:
    """Replace an identifier everywhere but as another object's property or in strings."""
    changes = []
    for node in walk(parse(code)):
        if node.type not in _NAMES or text_of(node) != old:
            continue
        if node.type == "property_identifier" and node.parent is not None:
            owner = node.parent.child_by_field_name("object")
            if node.parent.type == "pair" or (owner is not None and owner.type != "this"):
                continue
        changes.append((node, new))
    return replace(code, changes)


def indentation(code: str, node: Node) -> str:
    """Give the white space before the line on which a node begins."""
    line = code.splitlines()[node.start_point[0]]
    return re.match(r"\s*", line)[0]  # type: ignore[index]


def _function_value(node: Node) -> bool:
    value = node.child_by_field_name("value")
    return value is not None and value.type in ("arrow_function", "function_expression")


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))
