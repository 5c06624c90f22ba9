"""C#: public by modifier; members of interfaces and enums by themselves.

https://learn.microsoft.com/dotnet/csharp/language-reference/language-specification
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
    ("using_directive", "extern_alias_directive", "global_attribute", "preproc_region")
)
_TYPES: Final[dict[str, Kind]] = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "struct_declaration": "struct",
    "record_declaration": "class",
    "record_struct_declaration": "struct",
    "enum_declaration": "enum",
}
_CALLS: Final[dict[str, Kind]] = {
    "method_declaration": "method",
    "constructor_declaration": "method",
    "destructor_declaration": "method",
    "operator_declaration": "method",
    "conversion_operator_declaration": "method",
    "delegate_declaration": "type",
    "property_declaration": "property",
    "indexer_declaration": "property",
    "event_declaration": "property",
}
_FIELDS: Final = frozenset(("field_declaration", "event_field_declaration"))
_NAMESPACES: Final = frozenset(("namespace_declaration", "file_scoped_namespace_declaration"))
_TRANSPARENT: Final = frozenset(
    "preproc_if preproc_else preproc_elif preproc_region declaration_list ERROR".split()
)
_LABELS: Final = frozenset(
    """
    static abstract virtual override async sealed partial readonly const extern unsafe required
    """.split()
)


def read(source: Source, _path: str) -> Reading:
    """Read one file. A file's only namespace is not shown; of several each is a symbol."""
    reading = Reading(comment=source.file_comment(_PLAIN, frozenset()))
    reader = _Reader(source, reading)
    reading.drafts = reader.members(source.root, "", 0)
    spaces = [draft for draft in reading.drafts if draft.kind == "namespace"]
    if len(spaces) == 1 and len(reading.drafts) == 1:
        reading.drafts = spaces[0].children
    return reading


class _Reader:
    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._reading = reading

    def members(self, body: "Node", inside: str, depth: int) -> list[Draft]:
        """The definitions in a block. `inside`: the type of the node around it."""
        found: list[Draft] = []
        for node, lead in self._source.children(body) if depth < DEEPEST else ():
            if node.type == "using_directive":
                self._using(node)
            elif node.type in _NAMESPACES:
                found += self._namespace(node, lead, depth)
            elif node.type in _TYPES:
                found.append(self._type(node, lead, inside, depth))
            elif node.type in _CALLS:
                found.append(self._call(node, lead, inside))
            elif node.type in _FIELDS:
                found += self._fields(node, lead, inside)
            elif node.type == "enum_member_declaration":
                found.append(self._member(node, lead))
            elif node.type in _TRANSPARENT:
                found += self.members(node, inside, depth + 1)
        return found

    def _using(self, node: "Node") -> None:
        alias = node.child_by_field_name("name")
        named = [one for one in node.named_children if one != alias]
        if named:
            module = self._source.flat(named[-1])
            self._reading.imports.append(Import(module=module, line=node.start_point[0] + 1))

    def _namespace(self, node: "Node", lead: Lead, depth: int) -> list[Draft]:
        body = node.child_by_field_name("body")
        if body is None:  # for the whole file: its types are siblings, or stand in it
            return self.members(node, "", depth + 1)
        name = self._source.name(node.child_by_field_name("name") or node)
        draft = begin(self._source, node, lead, name=name, kind="namespace", body=body)
        draft.children = self.members(body, "", depth + 1)
        return [draft]

    def _type(self, node: "Node", lead: Lead, inside: str, depth: int) -> Draft:
        body = node.child_by_field_name("body")
        draft = self._begin(node, lead, _TYPES[node.type], inside, body)
        bases = one_of(node, "base_list")
        if bases is not None:
            draft.bases = [
                self._source.flat(one)
                for one in bases.named_children
                if one.type != "argument_list"
            ]
        if node.type.startswith("record"):
            draft.labels.append("record")
        listed = one_of(node, "parameter_list")
        draft.parameters = self._parameters(listed)
        if body is not None:
            draft.children = self.members(body, node.type, depth + 1)
        return draft

    def _call(self, node: "Node", lead: Lead, inside: str) -> Draft:
        source = self._source
        body = node.child_by_field_name("body")
        kind = _CALLS[node.type]
        accessors = node.child_by_field_name("accessors")
        value = node.child_by_field_name("value")
        if kind == "property":
            body = None if self._plain(accessors) else accessors
            body = body or (value if value is not None else None)
        draft = self._begin(node, lead, kind, inside, body)
        returned = node.child_by_field_name("returns") or node.child_by_field_name("type")
        draft.returns = source.flat(returned)
        draft.parameters = self._parameters(node.child_by_field_name("parameters"))
        if node.type == "constructor_declaration":
            draft.labels.append("constructor")
            initial = one_of(node, "constructor_initializer")
            if initial is not None:
                draft.signature = source.head(self._start(node).start_byte, initial.start_byte)
                draft.signature = draft.signature.rstrip(": \n")
        elif node.type == "destructor_declaration":
            draft.name = f"~{draft.name}"
        elif node.type == "indexer_declaration":
            draft.name = "this[]"
        elif node.type == "operator_declaration":
            draft.name = f"operator {source.text(node.child_by_field_name('operator'))}".strip()
            if draft.name == "operator":
                marks = [one.type for one in node.children if not one.is_named]
                draft.name = f"operator {marks[marks.index('operator') + 1]}"
        elif node.type == "conversion_operator_declaration":
            draft.name = f"operator {draft.returns}"
        explicit = one_of(node, "explicit_interface_specifier")
        if explicit is not None:
            draft.labels.append("explicit")
            draft.public = False
        return draft

    def _plain(self, accessors: "Node | None") -> bool:
        """Whether accessors have no bodies, as in `{ get; set; }`."""
        return (
            accessors is not None
            and "{" not in self._source.text(accessors)[1:]
            and ("=>" not in self._source.text(accessors))
        )

    def _fields(self, node: "Node", lead: Lead, inside: str) -> list[Draft]:
        listed = one_of(node, "variable_declaration")
        found = []
        for one in of_type(listed, "variable_declarator") if listed is not None else ():
            draft = self._begin(node, lead, "property", inside, None, one)
            draft.returns = self._source.flat(
                listed.child_by_field_name("type") if listed else None
            )
            value = one.named_children[-1] if one.named_child_count > 1 else None
            draft.signature = short(self._source, self._start(node), node, value)
            if "const" in draft.labels or {"static", "readonly"} <= set(draft.labels):
                draft.kind = "constant"
            if node.type == "event_field_declaration":
                draft.labels.append("event")
            found.append(draft)
        return found

    def _member(self, node: "Node", lead: Lead) -> Draft:
        named = node.child_by_field_name("name") or node
        return begin(
            self._source,
            node,
            lead,
            name=self._source.name(named),
            kind="constant",
            start=self._start(node),
            trailing=True,
        )

    def _begin(
        self,
        node: "Node",
        lead: Lead,
        kind: Kind,
        inside: str,
        body: "Node | None",
        declarator: "Node | None" = None,
    ) -> Draft:
        named = (declarator or node).child_by_field_name("name")
        if named is None and declarator is not None:
            named = declarator
        name = self._source.name(named) if named is not None else ""
        draft = begin(
            self._source, node, lead, name=name, kind=kind, start=self._start(node), body=body
        )
        words = [self._source.text(one) for one in of_type(node, "modifier")]
        hidden = {"private", "protected", "internal", "file"} & set(words)
        draft.public = "public" in words or (inside == "interface_declaration" and not hidden)
        draft.labels += [word for word in words if word in _LABELS]
        marks = " ".join(self._source.text(one) for one in of_type(node, "attribute_list"))
        if "Obsolete" in marks:
            draft.labels.append("deprecated")
        return draft

    def _start(self, node: "Node") -> "Node":
        return first_after(node, ["attribute_list"])

    def _parameters(self, node: "Node | None") -> list[Parameter]:
        """The parameters; one with `params` stands without a node of its own."""
        found: list[Parameter] = []
        kind = ""
        for at, one in enumerate(node.children if node is not None else ()):
            if node is not None and one.type == "parameter":
                found.append(self._parameter(one))
            elif node is not None and node.field_name_for_child(at) == "type":
                kind = self._source.flat(one)
            elif node is not None and node.field_name_for_child(at) == "name":
                found.append(Parameter(name=self._source.text(one), type=f"params {kind}".strip()))
        return found

    def _parameter(self, node: "Node") -> Parameter:
        named = node.child_by_field_name("name")
        given = self._source.flat(node.child_by_field_name("type"))
        words = [self._source.text(one) for one in of_type(node, "modifier")]
        default = ""
        if any(child.type == "=" for child in node.children):
            default = self._source.flat(node.named_children[-1])
        kind = " ".join([*words, given]).strip()
        return Parameter(name=self._source.text(named), type=kind, default=default)
