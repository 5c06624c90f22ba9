"""Rust: public by `pub`; what `impl` blocks hold belongs to their type.

https://doc.rust-lang.org/reference/items.html
"""

from typing import TYPE_CHECKING, Final

from shared.code.model import Import, Kind, Parameter
from shared.code.readers.draft import DEEPEST, Draft, Reading, begin, one_of, short
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN: Final = frozenset(("use_declaration", "extern_crate_declaration", "inner_attribute_item"))
_KINDS: Final[dict[str, Kind]] = {
    "function_item": "function",
    "function_signature_item": "function",
    "struct_item": "struct",
    "union_item": "struct",
    "enum_item": "enum",
    "trait_item": "trait",
    "type_item": "type",
    "associated_type": "type",
    "const_item": "constant",
    "static_item": "variable",
    "mod_item": "namespace",
    "macro_definition": "macro",
}
_LABELS: Final = frozenset("async unsafe const extern default".split())


def read(source: Source, _path: str) -> Reading:
    """Read one file; methods of a type that stands elsewhere keep it as `owner`."""
    reading = Reading(comment=source.file_comment(_PLAIN, frozenset()))
    reader = _Reader(source, reading)
    reading.drafts = reader.items(source.root, 0, "")
    if reader.passed_on:
        own = {draft.name for draft in reading.drafts if draft.public}
        reading.exports = own | reader.passed_on
    return reading


class _Reader:
    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._reading = reading
        self.passed_on: set[str] = set()

    def items(self, body: "Node", depth: int, inside: str) -> list[Draft]:
        """The items of a block. `inside`: the node type around it, "" for the file."""
        found: list[Draft] = []
        blocks: list[Node] = []
        for node, lead in self._source.children(body) if depth < DEEPEST else ():
            if node.type == "use_declaration":
                self._use(node, depth)
            elif node.type == "extern_crate_declaration":
                name = self._source.text(node.child_by_field_name("name"))
                self._reading.imports.append(Import(module=name, line=node.start_point[0] + 1))
            elif node.type == "impl_item":
                blocks.append(node)
            elif node.type == "foreign_mod_item":
                inner = node.child_by_field_name("body")
                found += self.items(inner, depth + 1, "") if inner is not None else []
            elif node.type in _KINDS:
                found.append(self._item(node, lead, depth, inside))
            elif node.type in ("ERROR", "expression_statement"):
                found += self.items(node, depth + 1, inside)
        self._implement(blocks, found, depth)
        return found

    def _item(self, node: "Node", lead: Lead, depth: int, inside: str) -> Draft:
        source = self._source
        kind = _KINDS[node.type]
        if inside and kind == "function":
            kind = "method"
        named = node.child_by_field_name("name") or node
        body = node.child_by_field_name("body")
        shown = None if body is not None and body.type == "ordered_field_declaration_list" else body
        draft = begin(source, node, lead, name=source.name(named), kind=kind, body=shown)
        marks = [source.text(one) for one in lead.nodes if one.type == "attribute_item"]
        draft.public = _is_public(source, node) or inside in ("trait_item", "impl Trait")
        if kind == "macro":
            draft.public = any("macro_export" in mark for mark in marks)
            draft.signature = f"macro_rules! {draft.name}"
        if any(mark.startswith("#[deprecated") for mark in marks):
            draft.labels.append("deprecated")
        modifiers = one_of(node, "function_modifiers")
        words = source.text(modifiers).split() if modifiers is not None else []
        draft.labels += [word for word in words if word in _LABELS]
        if kind in ("function", "method"):
            draft.parameters = _parameters(source, node)
            draft.returns = source.flat(node.child_by_field_name("return_type"))
        elif kind in ("constant", "variable"):
            draft.signature = short(source, node, node, node.child_by_field_name("value"))
            draft.returns = source.flat(node.child_by_field_name("type"))
        elif kind == "trait":
            bounds = source.flat(node.child_by_field_name("bounds")).removeprefix(":")
            draft.bases = [part.strip() for part in bounds.split("+") if part.strip()]
        if body is not None:
            draft.children = self._children(node, body, depth)
        return draft

    def _children(self, node: "Node", body: "Node", depth: int) -> list[Draft]:
        if node.type == "trait_item":
            return self.items(body, depth + 1, "trait_item")
        if node.type == "mod_item":
            return self.items(body, depth + 1, "")
        if node.type == "enum_item":
            return _variants(self._source, body)
        return _fields(self._source, body) if body.type == "field_declaration_list" else []

    def _implement(self, blocks: list["Node"], found: list[Draft], depth: int) -> None:
        """What `impl` blocks hold, given to the types they are for."""
        types = {draft.name: draft for draft in found if draft.kind in ("struct", "enum", "type")}
        types.update({draft.name: draft for draft in found if draft.kind == "trait"})
        for block in blocks:
            body, given = block.child_by_field_name("body"), block.child_by_field_name("type")
            trait = block.child_by_field_name("trait")
            name = _bare(self._source.flat(given))
            owner = types.get(name)
            if owner is not None and trait is not None:
                owner.bases.append(self._source.flat(trait))
            inside = "impl" if trait is None else "impl Trait"
            for draft in self.items(body, depth + 1, inside) if body is not None else ():
                if owner is not None:
                    owner.children.append(draft)
                else:
                    draft.owner = name
                    found.append(draft)

    def _use(self, node: "Node", depth: int) -> None:
        argument = node.child_by_field_name("argument")
        public = _is_public(self._source, node) and depth == 0
        line = node.start_point[0] + 1
        for module, name in _paths(self._source, argument, ""):
            names = () if name == "*" else (name.split(" as ")[0],)
            self._reading.imports.append(Import(module=module or name, names=names, line=line))
            if public and name != "*":
                self.passed_on.add(name.split(" as ")[-1])


def _paths(source: Source, node: "Node | None", prefix: str) -> list[tuple[str, str]]:
    """The (module, name) pairs that a `use` brings, without recursion."""
    found: list[tuple[str, str]] = []
    waiting = [(node, prefix)]
    while waiting:
        one, base = waiting.pop(0)
        if one is None:
            continue
        if one.type == "scoped_use_list":
            path = source.flat(one.child_by_field_name("path"))
            waiting.append((one.child_by_field_name("list"), _under(base, path)))
        elif one.type == "use_list":
            waiting += [(child, base) for child in one.named_children]
        elif one.type == "use_wildcard":
            path = source.flat(one).removesuffix("*").removesuffix("::")
            found.append((_under(base, path), "*"))
        elif one.type == "use_as_clause":
            path = _under(base, source.flat(one.child_by_field_name("path")))
            alias = source.flat(one.child_by_field_name("alias"))
            module, _, name = path.rpartition("::")
            found.append((module, f"{name} as {alias}"))
        else:
            module, _, name = _under(base, source.flat(one)).rpartition("::")
            if name == "self":
                module, _, name = module.rpartition("::")
            found.append((module, name))
    return found


def _under(base: str, path: str) -> str:
    return f"{base}::{path}" if base and path else base or path


def _bare(text: str) -> str:
    """A type's own name: without path, references and arguments."""
    text = text.split("<")[0].removeprefix("dyn ").strip("&* ")
    return text.rpartition("::")[2].split(" ")[-1]


def _is_public(source: Source, node: "Node") -> bool:
    """`pub` alone: `pub(crate)` and the like are seen inside only."""
    mark = one_of(node, "visibility_modifier")
    return mark is not None and source.text(mark) == "pub"


def _parameters(source: Source, node: "Node") -> list[Parameter]:
    listed = node.child_by_field_name("parameters")
    found = []
    for one in listed.named_children if listed is not None else ():
        if one.type == "parameter":
            name = source.flat(one.child_by_field_name("pattern")).removeprefix("mut ")
            kind = source.flat(one.child_by_field_name("type"))
            found.append(Parameter(name=name, type=kind))
        elif one.type == "variadic_parameter":
            found.append(Parameter(name="..."))
    return found


def _fields(source: Source, body: "Node") -> list[Draft]:
    found = []
    for node, lead in source.children(body):
        named = node.child_by_field_name("name")
        if node.type != "field_declaration" or named is None:
            continue
        draft = begin(source, node, lead, name=source.name(named), kind="property")
        draft.public = _is_public(source, node)
        draft.returns = source.flat(node.child_by_field_name("type"))
        found.append(draft)
    return found


def _variants(source: Source, body: "Node") -> list[Draft]:
    found = []
    for node, lead in source.children(body):
        named = node.child_by_field_name("name")
        if node.type == "enum_variant" and named is not None:
            draft = begin(source, node, lead, name=source.name(named), kind="constant")
            found.append(draft)
    return found
