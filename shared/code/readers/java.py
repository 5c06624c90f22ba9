"""Java: public by modifier; members of interfaces and annotations are public by themselves.

https://docs.oracle.com/javase/specs/
"""

from typing import TYPE_CHECKING, Final

from shared.code.model import Import, Kind, Parameter
from shared.code.readers.draft import DEEPEST, Draft, Reading, begin, first_after, one_of, short
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN: Final = frozenset(("package_declaration", "import_declaration"))
_TYPES: Final[dict[str, Kind]] = {
    "class_declaration": "class",
    "record_declaration": "class",
    "interface_declaration": "interface",
    "annotation_type_declaration": "interface",
    "enum_declaration": "enum",
}
_CALLS: Final = frozenset(
    (
        "method_declaration",
        "constructor_declaration",
        "compact_constructor_declaration",
        "annotation_type_element_declaration",
    )
)
_LABELS: Final = frozenset("static abstract final default synchronized native sealed".split())
_OPEN: Final = frozenset(("interface_declaration", "annotation_type_declaration"))


def read(source: Source, _path: str) -> Reading:
    """Read one file; its package is not part of the qualified names."""
    reading = Reading(comment=source.file_comment(_PLAIN, frozenset(("package_declaration",))))
    for node, _ in source.children(source.root):
        if node.type == "import_declaration":
            reading.imports += _imports(source, node)
    reading.drafts = _members(source, source.root, False, 0)
    return reading


def _imports(source: Source, node: "Node") -> list[Import]:
    named = one_of(node, "scoped_identifier", "identifier")
    text = source.text(named)
    line = node.start_point[0] + 1
    if one_of(node, "asterisk") is not None:
        return [Import(module=text, line=line)]
    module, _, name = text.rpartition(".")
    return [Import(module=module or name, names=(name,) if module else (), line=line)]


def _members(source: Source, body: "Node", open_: bool, depth: int) -> list[Draft]:
    found: list[Draft] = []
    for node, lead in source.children(body) if depth < DEEPEST else ():
        if node.type in _TYPES:
            found.append(_type(source, node, lead, open_, depth))
        elif node.type in _CALLS:
            found.append(_method(source, node, lead, open_))
        elif node.type in ("field_declaration", "constant_declaration"):
            found += _fields(source, node, lead, open_)
        elif node.type == "enum_constant":
            named = node.child_by_field_name("name") or node
            ends = node.child_by_field_name("body")
            draft = begin(
                source,
                node,
                lead,
                name=source.name(named),
                kind="constant",
                body=ends,
                start=_start(node),
                trailing=True,
            )
            found.append(draft)
        elif node.type in ("enum_body_declarations", "ERROR"):
            found += _members(source, node, open_, depth + 1)
    return found


def _type(source: Source, node: "Node", lead: Lead, open_: bool, depth: int) -> Draft:
    body = node.child_by_field_name("body")
    draft = _begin(source, node, lead, _TYPES[node.type], open_, body)
    if body is not None:
        draft.children = _members(source, body, node.type in _OPEN, depth + 1)
    if node.type == "record_declaration":
        draft.labels.append("record")
        draft.parameters = _parameters(source, node)
    if node.type == "annotation_type_declaration":
        draft.labels.append("annotation")
    for field in ("superclass", "interfaces"):
        draft.bases += _bases(source, node.child_by_field_name(field))
    draft.bases += _bases(source, one_of(node, "extends_interfaces"))
    return draft


def _bases(source: Source, node: "Node | None") -> list[str]:
    if node is None:
        return []
    listed = one_of(node, "type_list") or node
    return [source.flat(one) for one in listed.named_children]


def _method(source: Source, node: "Node", lead: Lead, open_: bool) -> Draft:
    draft = _begin(source, node, lead, "method", open_, node.child_by_field_name("body"))
    draft.parameters = _parameters(source, node)
    dimensions = source.flat(node.child_by_field_name("dimensions"))
    draft.returns = source.flat(node.child_by_field_name("type")) + dimensions
    if "constructor" in node.type:
        draft.labels.append("constructor")
    return draft


def _fields(source: Source, node: "Node", lead: Lead, open_: bool) -> list[Draft]:
    found = []
    for one in node.children_by_field_name("declarator"):
        draft = _begin(source, node, lead, "property", open_, None, one, trailing=True)
        draft.signature = short(source, _start(node), node, one.child_by_field_name("value"))
        draft.returns = source.flat(node.child_by_field_name("type"))
        if node.type == "constant_declaration" or {"static", "final"} <= set(draft.labels):
            draft.kind = "constant"
        found.append(draft)
    return found


def _begin(
    source: Source,
    node: "Node",
    lead: Lead,
    kind: Kind,
    open_: bool,
    body: "Node | None",
    declarator: "Node | None" = None,
    trailing: bool = False,
) -> Draft:
    named = (declarator or node).child_by_field_name("name") or node
    draft = begin(
        source,
        node,
        lead,
        name=source.name(named),
        kind=kind,
        start=_start(node),
        body=body,
        trailing=trailing,
    )
    modifiers = one_of(node, "modifiers")
    words = [child.type for child in modifiers.children] if modifiers is not None else []
    draft.public = "public" in words or (open_ and "private" not in words)
    draft.labels += [word for word in words if word in _LABELS]
    if modifiers is not None and "@Deprecated" in source.text(modifiers):
        draft.labels.append("deprecated")
    return draft


def _start(node: "Node") -> "Node":
    """Where the signature begins: behind the annotations in front."""
    first = first_after(node, [])
    if first.type == "modifiers":
        inner = first_after(first, ["marker_annotation", "annotation"])
        return inner if inner is not first else first_after(node, ["modifiers"])
    return first


def _parameters(source: Source, node: "Node") -> list[Parameter]:
    listed = node.child_by_field_name("parameters")
    found = []
    for one in listed.named_children if listed is not None else ():
        if one.type == "formal_parameter":
            kind = source.flat(one.child_by_field_name("type"))
            kind += source.flat(one.child_by_field_name("dimensions"))
            found.append(Parameter(name=source.text(one.child_by_field_name("name")), type=kind))
        elif one.type == "spread_parameter":
            before, _, name = source.flat(one).rpartition("...")
            kind = before.strip().removeprefix("final ")
            found.append(Parameter(name=name.strip(), type=f"{kind}..."))
    return found
