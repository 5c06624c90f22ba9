"""Functions, constants and the members of classes, interfaces and enums in JavaScript."""

from typing import TYPE_CHECKING, Final

from shared.code.model import Kind, Parameter, Span
from shared.code.readers.draft import Draft, begin, first_after, one_of, short
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_LABELS: Final = frozenset(
    "async static abstract readonly get set declare override accessor const".split()
)
_FUNCTIONS: Final = frozenset(
    ("arrow_function", "function_expression", "generator_function", "method_definition")
)
_RENAMED: Final = {"get": "getter", "set": "setter", "const": ""}


def headed(
    source: Source, node: "Node", lead: Lead, kind: Kind, holder: "Node | None" = None
) -> Draft:
    """A draft of something with a name and a body: class, interface, enum, namespace, type."""
    named = node.child_by_field_name("name")
    around = holder or node
    draft = begin(
        source,
        node,
        lead,
        name=source.name(named) if named is not None else "",
        kind=kind,
        start=first_after(around, ["decorator"]),
        body=node.child_by_field_name("body"),
        holder=holder,
    )
    if kind == "type":
        value = node.child_by_field_name("value") or node
        draft.signature = short(source, first_after(around, ["decorator"]), around, value)
    draft.labels += _labels(node)
    draft.bases = _bases(source, node)
    if any(one.type in ("default",) for one in around.children) and not draft.name:
        draft.name = "default"
    return draft


def function(source: Source, node: "Node", lead: Lead, holder: "Node | None" = None) -> Draft:
    """A function that is declared, or a signature of it."""
    draft = headed(source, node, lead, "function", holder)
    _call(source, node, draft)
    if node.type == "function_signature" and not (
        holder is not None and holder.type == "ambient_declaration"
    ):
        draft.labels.append("overload")
    return draft


def constant(
    source: Source,
    node: "Node",
    declarator: "Node",
    lead: Lead,
    holder: "Node | None",
    name: str = "",
) -> list[Draft]:
    """What a `const`, `let` or `var` declares, or, with a name, what a value is assigned to."""
    value = declarator if name else declarator.child_by_field_name("value")
    target = None if name else declarator.child_by_field_name("name")
    around = holder or node
    names = [name] if name else _targets(source, target)
    drafts = []
    for one in names:
        body = value.child_by_field_name("body") if _is_function(value) and value else None
        several = node.named_child_count > 1 and node.type.endswith("_declaration")
        start = declarator if several else first_after(around, ["decorator"])
        draft = begin(
            source, node, lead, name=one, kind="function", start=start, body=body, holder=holder
        )
        if value is not None and _is_function(value):
            _call(source, value, draft)
            draft.labels += _labels(value)
        else:
            const = any(child.type == "const" for child in node.children) or bool(name)
            draft.kind = "constant" if const else "variable"
            end = declarator if several else around
            draft.signature = short(source, start, end, value)
            draft.returns = _type(source, declarator, "type")
            if value is not None and value.type == "object":
                draft.children = _functions_of(source, value)
        drafts.append(draft)
    return drafts


def class_members(source: Source, body: "Node | None") -> list[Draft]:
    """Methods, accessors and fields; private are `#names` and what says `private`."""
    found: list[Draft] = []
    for node, lead in source.children(body) if body is not None else ():
        named = node.child_by_field_name("name") or node.child_by_field_name("property")
        if named is None or named.type == "computed_property_name":
            continue
        if node.type in ("method_definition", "method_signature", "abstract_method_signature"):
            draft = _method(source, node, lead, named)
        elif node.type in ("field_definition", "public_field_definition"):
            draft = _field(source, node, lead, named)
        else:
            continue
        access = one_of(node, "accessibility_modifier")
        hidden = access is not None and source.text(access) != "public"
        draft.public = not hidden and not draft.name.startswith("#")
        found.append(draft)
        if draft.name == "constructor":
            found += _promoted(source, node)
    return join_overloads(found)


def interface_members(source: Source, body: "Node | None") -> list[Draft]:
    """Methods and properties of an interface; signatures without a name are left out."""
    found: list[Draft] = []
    for node, lead in source.children(body) if body is not None else ():
        named = node.child_by_field_name("name")
        if named is None or named.type == "computed_property_name":
            continue
        if node.type == "method_signature":
            found.append(_method(source, node, lead, named))
        elif node.type == "property_signature":
            found.append(_field(source, node, lead, named))
    return join_overloads(found)


def enum_members(source: Source, body: "Node | None") -> list[Draft]:
    """The members of an enum, as constants."""
    found: list[Draft] = []
    for node, lead in source.children(body) if body is not None else ():
        named = node.child_by_field_name("name") or node
        if node.type not in ("enum_assignment", "property_identifier", "string"):
            continue
        name = source.name(named).strip("'\"")
        found.append(begin(source, node, lead, name=name, kind="constant", trailing=True))
    return found


def join_overloads(drafts: list[Draft]) -> list[Draft]:
    """Signatures of one function in TypeScript as one symbol; its own head is none of them."""
    joined: list[Draft] = []
    for draft in drafts:
        last = joined[-1] if joined else None
        if last is None or "overload" not in last.labels or not _same(last, draft):
            joined.append(draft)
            continue
        if "overload" in draft.labels:
            draft.signature = f"{last.signature}\n{draft.signature}"
        else:
            draft.signature = last.signature
        draft.parameters = last.parameters or draft.parameters
        draft.returns = last.returns or draft.returns
        draft.span = Span(last.span.first, draft.span.last)
        draft.comment = draft.comment if last.comment.doc.empty else last.comment
        joined[-1] = draft
    for draft in joined:
        draft.labels = [label for label in draft.labels if label != "overload"]
    return joined


def _same(first: Draft, second: Draft) -> bool:
    return (first.name, first.kind, first.owner) == (second.name, second.kind, second.owner)


def _method(source: Source, node: "Node", lead: Lead, named: "Node") -> Draft:
    draft = begin(
        source,
        node,
        lead,
        name=source.name(named).strip("'\""),
        kind="method",
        start=first_after(node, ["decorator"]),
        body=node.child_by_field_name("body"),
    )
    _call(source, node, draft)
    draft.labels += _labels(node)
    if "getter" in draft.labels or "setter" in draft.labels:
        draft.kind = "property"
    if draft.name == "constructor":
        draft.labels.append("constructor")
    if node.type == "method_signature":
        draft.labels.append("overload")
    return draft


def _field(source: Source, node: "Node", lead: Lead, named: "Node") -> Draft:
    value = node.child_by_field_name("value")
    start = first_after(node, ["decorator"])
    draft = begin(
        source,
        node,
        lead,
        name=source.name(named).strip("'\""),
        kind="property",
        start=start,
        trailing=True,
    )
    draft.labels += _labels(node)
    if value is not None and _is_function(value):
        draft.kind = "method"
        _call(source, value, draft)
        draft.signature = begin(
            source,
            node,
            lead,
            name="",
            kind="method",
            start=start,
            body=value.child_by_field_name("body"),
        ).signature
        draft.labels += _labels(value)
    else:
        draft.signature = short(source, start, node, value)
        draft.returns = _type(source, node, "type")
    return draft


def _promoted(source: Source, node: "Node") -> list[Draft]:
    """Fields that a constructor of TypeScript declares among its parameters."""
    found: list[Draft] = []
    parameters = node.child_by_field_name("parameters")
    for one in parameters.named_children if parameters is not None else ():
        access = one_of(one, "accessibility_modifier")
        fixed = any(child.type == "readonly" for child in one.children)
        named = one.child_by_field_name("pattern")
        if named is None or (access is None and not fixed):
            continue
        draft = begin(source, one, Lead(), name=source.text(named), kind="property")
        draft.public = access is None or source.text(access) == "public"
        draft.returns = _type(source, one, "type")
        draft.labels += _labels(one)
        found.append(draft)
    return found


def _call(source: Source, node: "Node", draft: Draft) -> None:
    draft.parameters = _parameters(source, node)
    draft.returns = _type(source, node, "return_type")
    if any(child.type == "*" for child in node.children):
        draft.labels.append("generator")


def _parameters(source: Source, node: "Node") -> list[Parameter]:
    listed = node.child_by_field_name("parameters")
    single = node.child_by_field_name("parameter")
    if listed is None:
        return [] if single is None else [Parameter(name=source.text(single))]
    found = []
    for one in listed.named_children:
        if "comment" in one.type:
            continue
        pattern = one.child_by_field_name("pattern") or one.child_by_field_name("left") or one
        default = one.child_by_field_name("value") or one.child_by_field_name("right")
        name = source.flat(pattern)
        if one.type == "optional_parameter":
            name += "?"
        found.append(
            Parameter(name=name, type=_type(source, one, "type"), default=source.flat(default))
        )
    return found


def _type(source: Source, node: "Node", field: str) -> str:
    return source.flat(node.child_by_field_name(field)).removeprefix(":").strip()


def _labels(node: "Node") -> list[str]:
    words = [child.type for child in node.children if child.type in _LABELS]
    return [label for word in words if (label := _RENAMED.get(word, word))] + (
        ["abstract"] if node.type == "abstract_class_declaration" else []
    )


def _bases(source: Source, node: "Node") -> list[str]:
    bases = []
    for clause in node.named_children:
        if clause.type == "class_heritage":
            inner = [one for one in clause.named_children if one.type.endswith("_clause")]
            if not inner:
                bases += [source.flat(one) for one in clause.named_children]
            for part in inner:
                text = source.flat(part).removeprefix("extends ").removeprefix("implements ")
                bases += _listed(text)
        elif clause.type in ("extends_type_clause", "extends_clause"):
            bases += _listed(source.flat(clause).removeprefix("extends "))
    return bases


def _listed(text: str) -> list[str]:
    """The parts of a list in source text, where commas in brackets do not part."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "<([{") - (letter in ")]}" or (letter == ">" and text[at - 1] != "="))
        if letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [part for part in (*parts, text[start:].strip()) if part]


def _targets(source: Source, target: "Node | None") -> list[str]:
    """The names that a declaration binds; those of a pattern too."""
    if target is None:
        return []
    if target.type == "identifier":
        return [source.name(target)]
    names: list[str] = []
    waiting = [target]
    while waiting:
        node = waiting.pop(0)
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            names.append(source.name(node))
        elif node.type == "pair_pattern":
            waiting += [value] if (value := node.child_by_field_name("value")) else []
        elif node.type in ("assignment_pattern", "object_assignment_pattern"):
            waiting += [left] if (left := node.child_by_field_name("left")) else []
        else:
            waiting += node.named_children
    return names


def _functions_of(source: Source, value: "Node") -> list[Draft]:
    """The functions in an object that is a constant."""
    found = []
    for node, lead in source.children(value):
        named = node.child_by_field_name("name") or node.child_by_field_name("key")
        given = node.child_by_field_name("value")
        if named is None or named.type == "computed_property_name":
            continue
        if node.type == "method_definition":
            found.append(_method(source, node, lead, named))
        elif node.type == "pair" and _is_function(given) and given is not None:
            draft = begin(
                source,
                node,
                lead,
                name=source.name(named).strip("'\""),
                kind="method",
                body=given.child_by_field_name("body"),
            )
            _call(source, given, draft)
            draft.labels += _labels(given)
            found.append(draft)
    return found


def _is_function(node: "Node | None") -> bool:
    return node is not None and node.type in _FUNCTIONS
