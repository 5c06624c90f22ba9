"""Swift: public by `public` and `open`; extensions give to the type that they extend.

https://docs.swift.org/swift-book/documentation/the-swift-programming-language/accesscontrol
"""

from dataclasses import dataclass
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

_PLAIN: Final = frozenset(("import_declaration",))
_KINDS: Final[dict[str, Kind]] = {
    "class": "class",
    "struct": "struct",
    "enum": "enum",
    "actor": "class",
    "extension": "type",
    "protocol": "interface",
}
_FUNCTIONS: Final = frozenset(
    """
    function_declaration init_declaration subscript_declaration protocol_function_declaration
    deinit_declaration
    """.split()
)
_PROPERTIES: Final = frozenset(("property_declaration", "protocol_property_declaration"))
_TYPES: Final = frozenset(("typealias_declaration", "associatedtype_declaration"))
_LABELS: Final = frozenset(
    """
    static class final open override mutating nonmutating lazy weak async throws convenience
    required indirect dynamic nonisolated
    """.split()
)


def read(source: Source, _path: str) -> Reading:
    """Read one file; what extends a type of another file keeps it as `owner`."""
    reading = Reading(comment=source.file_comment(_PLAIN, frozenset()))
    for node, _ in source.children(source.root):
        if node.type == "import_declaration":
            named = source.text(one_of(node, "identifier"))
            reading.imports.append(Import(module=named, line=node.start_point[0] + 1))
    reader = _Reader(source)
    reading.drafts = reader.members(source.root, _Around(), 0)
    reader.extend(reading.drafts)
    return reading


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around a member: whether it is a type, and the access it gives by default."""

    member: bool = False
    access: str = "internal"


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._extensions: list[Draft] = []

    def members(self, body: "Node", around: _Around, depth: int) -> list[Draft]:
        """The definitions in a block; extensions are kept apart until all types are known."""
        found: list[Draft] = []
        for node, lead in self._source.children(body) if depth < DEEPEST else ():
            if node.type in ("class_declaration", "protocol_declaration"):
                draft = self._type(node, lead, around, depth)
                if "extension" in draft.labels:
                    self._extensions.append(draft)
                else:
                    found.append(draft)
            elif node.type in _FUNCTIONS:
                found.append(self._function(node, lead, around))
            elif node.type in _PROPERTIES:
                found += self._properties(node, lead, around)
            elif node.type in _TYPES:
                named = node.child_by_field_name("name") or node
                found.append(
                    self._begin(node, lead, self._source.name(named), "type", None, around)
                )
            elif node.type == "enum_entry":
                found += self._cases(node, lead)
            elif node.type == "ERROR":
                found += self.members(node, around, depth + 1)
        return found

    def extend(self, drafts: list[Draft]) -> None:
        """Give the members of extensions to their types; those of other files stand alone."""
        types: dict[str, Draft] = {}
        waiting = [("", draft) for draft in drafts]
        while waiting:
            prefix, draft = waiting.pop(0)
            if draft.kind in ("class", "struct", "enum", "interface"):
                types[prefix + draft.name] = draft
                waiting += [(f"{prefix}{draft.name}.", child) for child in draft.children]
        for extension in self._extensions:
            name = extension.name
            owner = types.get(name)
            if owner is not None:
                owner.children += extension.children
                owner.bases += extension.bases
                continue
            for child in extension.children:
                child.owner = name
                drafts.append(child)

    def _type(self, node: "Node", lead: Lead, around: _Around, depth: int) -> Draft:
        source = self._source
        words = [child.type for child in node.children if child.type in _KINDS]
        word = words[0] if words else "class"
        named = node.child_by_field_name("name") or node
        body = node.child_by_field_name("body")
        name = source.flat(named).split("<")[0]
        if word != "extension":
            source.name(named)
        draft = self._begin(node, lead, name, _KINDS[word], body, around)
        draft.bases = [source.flat(one) for one in of_type(node, "inheritance_specifier")]
        draft.labels += [word] if word in ("extension", "actor") else []
        own = self._access(node)
        inner = own if own and (word == "extension" or word == "protocol") else "internal"
        if word == "protocol":
            inner = "public" if draft.public else inner
        if body is not None:
            draft.children = self.members(body, _Around(True, inner), depth + 1)
        if word in ("enum", "protocol"):
            for child in draft.children:
                if word == "protocol" or child.kind == "constant":
                    child.public = True
        return draft

    def _function(self, node: "Node", lead: Lead, around: _Around) -> Draft:
        source = self._source
        named = node.child_by_field_name("name")
        word = next(
            (one.type for one in node.children if one.type in ("init", "subscript", "deinit")), ""
        )
        name = word or (source.name(named) if named is not None else "")
        kind: Kind = "method" if around.member else "function"
        body = node.child_by_field_name("body") or one_of(node, "computed_property")
        draft = self._begin(node, lead, name, kind, body, around)
        draft.parameters = _parameters(source, node)
        draft.returns = _returned(source, node)
        draft.labels += [one.type for one in node.children if one.type in ("async", "throws")]
        draft.labels += ["constructor"] if word == "init" else []
        return draft

    def _properties(self, node: "Node", lead: Lead, around: _Around) -> list[Draft]:
        source = self._source
        found = []
        for pattern in node.children_by_field_name("name"):
            for named in _bound(pattern):
                kind: Kind = "property" if around.member else "variable"
                if (
                    not around.member
                    and source.text(one_of(node, "value_binding_pattern")) == "let"
                ):
                    kind = "constant"
                computed = node.child_by_field_name("computed_value") or one_of(
                    node, "willset_didset_block"
                )
                value = node.child_by_field_name("value")
                draft = self._begin(node, lead, source.name(named), kind, computed, around)
                if computed is None:
                    draft.signature = short(source, _start(node), node, value)
                draft.returns = source.flat(one_of(node, "type_annotation")).lstrip(": ")
                found.append(draft)
        return found

    def _cases(self, node: "Node", lead: Lead) -> list[Draft]:
        found = []
        for named in node.children_by_field_name("name"):
            if named.type != "simple_identifier":
                continue
            name = self._source.name(named)
            draft = begin(
                self._source,
                node,
                lead,
                name=name,
                kind="constant",
                start=_start(node),
                trailing=True,
            )
            found.append(draft)
        return found

    def _begin(
        self,
        node: "Node",
        lead: Lead,
        name: str,
        kind: Kind,
        body: "Node | None",
        around: _Around,
    ) -> Draft:
        draft = begin(
            self._source,
            node,
            lead,
            name=name,
            kind=kind,
            start=_start(node),
            body=body,
            trailing=True,
        )
        access = self._access(node) or around.access
        draft.public = access in ("public", "open", "package")
        modifiers = one_of(node, "modifiers")
        words = self._source.flat(modifiers).split() if modifiers is not None else []
        words += [child.type for child in node.children if child.type == "class"]
        kept = [word for word in words if word in _LABELS and word != kind]
        draft.labels += ["static" if word == "class" else word for word in kept]
        if any("deprecated" in word for word in words):
            draft.labels.append("deprecated")
        return draft

    def _access(self, node: "Node") -> str:
        """The access that a definition says for reading, "" where it says none."""
        modifiers = one_of(node, "modifiers")
        for one in of_type(modifiers, "visibility_modifier") if modifiers is not None else ():
            text = self._source.text(one)
            if "(" not in text:
                return text
        return ""


def _start(node: "Node") -> "Node":
    """Where the signature begins: behind the attributes in front."""
    first = first_after(node, [])
    if first.type == "modifiers":
        inner = first_after(first, ["attribute"])
        return inner if inner is not first else first_after(node, ["modifiers"])
    return first


def _bound(pattern: "Node") -> list["Node"]:
    """The names that a pattern binds."""
    found, waiting = [], [pattern]
    while waiting:
        one = waiting.pop(0)
        if one.type == "simple_identifier":
            found.append(one)
        else:
            waiting += [
                child for child in one.named_children if child.type != "value_binding_pattern"
            ]
    return found


def _returned(source: Source, node: "Node") -> str:
    arrow = False
    for child in node.children:
        if child.type == "->":
            arrow = True
        elif arrow and child.is_named:
            return source.flat(child)
    return ""


def _parameters(source: Source, node: "Node") -> list[Parameter]:
    found: list[Parameter] = []
    value = False
    for child in node.children:
        if child.type == "parameter":
            name, _, kind = source.flat(child).partition(":")
            found.append(
                Parameter(name=name.split()[-1] if name.split() else "_", type=kind.strip())
            )
        elif child.type == "=":
            value = True
        elif value and found and child.is_named:
            last = found[-1]
            found[-1] = Parameter(name=last.name, type=last.type, default=source.flat(child))
            value = False
    return found
