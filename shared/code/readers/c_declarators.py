"""Declarators of C and C++: the name that is deep inside stars, brackets and parentheses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.code.model import Parameter
from shared.code.readers.source import Source

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES: Final = frozenset(
    """
    identifier field_identifier type_identifier qualified_identifier destructor_name operator_name
    operator_cast template_function primitive_type
    """.split()
)
_STARS: Final = {"pointer_declarator": "*", "reference_declarator": "&"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A declarator taken apart.

    `name`: the node of the name; `call`: the function declarator, None for a variable (a pointer
    to a function is one); `stars`: what the return type has behind it; `value`: its initial value.
    """

    name: "Node | None" = None
    call: "Node | None" = None
    stars: str = ""
    value: "Node | None" = None


def read_declarator(node: "Node") -> Declared:
    """Take a declarator apart, from the outside in."""
    call: Node | None = None
    value: Node | None = None
    stars = ""
    at: Node | None = node
    for _ in range(64):
        if at is None:
            return Declared()
        if at.type in _NAMES:
            if at.type == "operator_cast" or (
                at.type == "qualified_identifier" and _cast(at) is not None
            ):
                call = _cast(at) or at
            return Declared(name=at, call=call, stars=stars, value=value)
        if at.type == "init_declarator":
            value = at.child_by_field_name("value")
        elif at.type in _STARS:
            inner = _inner(at)
            if call is not None and (inner is None or inner.type != "function_declarator"):
                call = None  # a pointer to a function is a variable
            mark = "&&" if any(child.type == "&&" for child in at.children) else _STARS[at.type]
            stars += mark if call is None else ""
        elif at.type == "function_declarator":
            call = at
        at = _inner(at)
    return Declared()


def parameters(source: Source, node: "Node | None") -> list[Parameter]:
    """The parameters of a function, or those of a macro."""
    found = []
    for one in node.named_children if node is not None else ():
        if "comment" in one.type:
            continue
        if one.type in ("identifier", "variadic_parameter") or not one.type.endswith("declaration"):
            found.append(Parameter(name=source.flat(one)))
            continue
        declarator = one.child_by_field_name("declarator")
        named = read_declarator(declarator).name if declarator is not None else None
        default = one.child_by_field_name("default_value")
        until = default.start_byte if default is not None else one.end_byte
        text = source.head(one.start_byte, until).removesuffix("=").strip()
        text = " ".join(text.split())
        name = source.text(named)
        kind = text
        if named is not None:
            before = source.head(one.start_byte, named.start_byte)
            kind = f"{before}{source.head(named.end_byte, until).removesuffix('=')}"
            kind = " ".join(kind.split())
        if text == "void" and not name:
            continue
        found.append(Parameter(name=name or "_", type=kind, default=source.flat(default)))
    return found


def _inner(node: "Node") -> "Node | None":
    declarator = node.child_by_field_name("declarator")
    if declarator is not None:
        return declarator
    for child in node.named_children:
        if child.type in _NAMES or child.type.endswith("declarator"):
            return child
    return None


def _cast(node: "Node") -> "Node | None":
    """The call part of a conversion operator."""
    while node.type == "qualified_identifier":
        inner = node.child_by_field_name("name")
        if inner is None:
            return None
        node = inner
    return node.child_by_field_name("declarator") if node.type == "operator_cast" else None
