"""Go: public is what begins with a capital letter; methods belong to the type of their receiver.

https://go.dev/ref/spec
"""

from typing import TYPE_CHECKING, Final

from shared.code.model import Import, Kind, Parameter
from shared.code.readers.draft import Draft, Reading, begin, short
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN: Final = frozenset(("package_clause", "import_declaration"))
_SPECS: Final = frozenset(("const_spec", "var_spec", "type_spec", "type_alias"))


def read(source: Source, _path: str) -> Reading:
    """Read one file; a method whose type stands in another file keeps it as `owner`."""
    comment = source.file_comment(_PLAIN, frozenset(("package_clause",)))
    reading = Reading(comment=comment)
    for node, lead in source.children(source.root):
        if node.type == "import_declaration":
            reading.imports += _imports(source, node)
        elif node.type in ("function_declaration", "method_declaration"):
            reading.drafts.append(_function(source, node, lead))
        elif node.type in ("const_declaration", "var_declaration", "type_declaration"):
            reading.drafts += _declared(source, node, lead)
    types = {draft.name: draft for draft in reading.drafts if not draft.owner}
    for draft in [draft for draft in reading.drafts if draft.owner in types]:
        types[draft.owner].children.append(draft)
        draft.owner = ""
        reading.drafts.remove(draft)
    for draft in reading.drafts:
        draft.public = draft.public and (not draft.owner or _exported(draft.owner))
    return reading


def _imports(source: Source, node: "Node") -> list[Import]:
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop(0)
        if one.type == "import_spec":
            path = source.text(one.child_by_field_name("path")).strip('"`')
            found.append(Import(module=path, line=one.start_point[0] + 1))
        else:
            waiting += one.named_children
    return found


def _function(source: Source, node: "Node", lead: Lead) -> Draft:
    named = node.child_by_field_name("name") or node
    receiver = node.child_by_field_name("receiver")
    draft = begin(
        source,
        node,
        lead,
        name=source.name(named),
        kind="function" if receiver is None else "method",
        body=node.child_by_field_name("body"),
    )
    draft.public = _exported(draft.name)
    draft.parameters = _parameters(source, node.child_by_field_name("parameters"))
    draft.returns = source.flat(node.child_by_field_name("result"))
    if receiver is not None:
        draft.owner = _receiver(source, receiver)
    return draft


def _receiver(source: Source, node: "Node") -> str:
    """The type of a receiver without pointer and type parameters."""
    text = source.flat(node).strip("()").split("[")[0].replace("*", " ")
    return text.split()[-1] if text.split() else ""


def _declared(source: Source, node: "Node", lead: Lead) -> list[Draft]:
    """What a const, var or type declaration declares: one name, or a block of them."""
    found: list[Draft] = []
    blocks = [child for child in node.named_children if child.type == "var_spec_list"]
    grouped = bool(blocks) or any(child.type == "(" for child in node.children)
    for spec, own in source.children(blocks[0] if blocks else node):
        if spec.type not in _SPECS:
            continue
        around = None if grouped else node
        before = own if grouped else lead
        if spec.type in ("type_spec", "type_alias"):
            found.append(_type(source, spec, before, around))
        else:
            found += _values(source, spec, before, around)
    return found


def _values(source: Source, spec: "Node", lead: Lead, around: "Node | None") -> list[Draft]:
    kind: Kind = "constant" if spec.type == "const_spec" else "variable"
    found = []
    for named in spec.children_by_field_name("name"):
        if not named.is_named or source.text(named) == "_":
            continue
        draft = begin(
            source, spec, lead, name=source.name(named), kind=kind, holder=around, trailing=True
        )
        draft.public = _exported(draft.name)
        value = spec.child_by_field_name("value")
        draft.signature = short(source, around or spec, around or spec, value)
        draft.returns = source.flat(spec.child_by_field_name("type"))
        found.append(draft)
    return found


def _type(source: Source, spec: "Node", lead: Lead, around: "Node | None") -> Draft:
    given = spec.child_by_field_name("type")
    kinds: dict[str, Kind] = {"struct_type": "struct", "interface_type": "interface"}
    kind = kinds.get(given.type if given is not None else "", "type")
    body = None
    if given is not None and kind == "struct":
        body = next((one for one in given.children if one.type == "field_declaration_list"), None)
    elif given is not None and kind == "interface":
        body = next((one for one in given.children if one.type == "{"), None)
    named = spec.child_by_field_name("name") or spec
    draft = begin(source, spec, lead, name=source.name(named), kind=kind, body=body, holder=around)
    draft.public = _exported(draft.name)
    if body is not None and kind == "struct":
        draft.children = _fields(source, body)
        draft.bases = [source.flat(one).strip("*") for one in _embedded(body)]
    elif given is not None and kind == "interface":
        draft.children = _interface(source, given)
        draft.bases = [source.flat(one) for one in given.named_children if one.type == "type_elem"]
    return draft


def _embedded(body: "Node") -> list["Node"]:
    found = []
    for one in body.named_children:
        if one.type == "field_declaration" and one.child_by_field_name("name") is None:
            given = one.child_by_field_name("type")
            found += [given] if given is not None else []
    return found


def _fields(source: Source, body: "Node") -> list[Draft]:
    found = []
    for node, lead in source.children(body):
        for named in node.children_by_field_name("name"):
            if not named.is_named:
                continue
            draft = begin(
                source, node, lead, name=source.name(named), kind="property", trailing=True
            )
            draft.public = _exported(draft.name)
            draft.returns = source.flat(node.child_by_field_name("type"))
            found.append(draft)
    return found


def _interface(source: Source, node: "Node") -> list[Draft]:
    found = []
    for one, lead in source.children(node):
        named = one.child_by_field_name("name")
        if one.type != "method_elem" or named is None:
            continue
        draft = begin(source, one, lead, name=source.name(named), kind="method", trailing=True)
        draft.public = _exported(draft.name)
        draft.parameters = _parameters(source, one.child_by_field_name("parameters"))
        draft.returns = source.flat(one.child_by_field_name("result"))
        found.append(draft)
    return found


def _parameters(source: Source, node: "Node | None") -> list[Parameter]:
    found = []
    for one in node.named_children if node is not None else ():
        if not one.type.endswith("parameter_declaration"):
            continue
        dots = "..." if one.type.startswith("variadic") else ""
        kind = dots + source.flat(one.child_by_field_name("type"))
        names = [name for name in one.children_by_field_name("name") if name.is_named]
        found += [Parameter(name=source.text(name), type=kind) for name in names]
        if not names:
            found.append(Parameter(name="_", type=kind))
    return found


def _exported(name: str) -> bool:
    return name[:1].isupper()
