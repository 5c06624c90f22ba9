"""C and C++: public is what is not `static`, and in classes what the access allows.

Prototypes and definitions of one file become one symbol; `A::b` defined outside its class belongs
to it. Both branches of a condition of the preprocessor are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.code.model import Import, Kind
from shared.code.readers.c_declarators import Declared, parameters, read_declarator
from shared.code.readers.draft import DEEPEST, Draft, Reading, begin, one_of, short
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_PLAIN: Final = frozenset(
    ("preproc_include", "preproc_def", "preproc_call", "using_declaration", "preproc_ifdef")
)
_TRANSPARENT: Final = frozenset(
    """
    preproc_if preproc_ifdef preproc_else preproc_elif preproc_elifdef ERROR declaration_list
    linkage_specification
    """.split()
)
_TYPES: Final[dict[str, Kind]] = {
    "struct_specifier": "struct",
    "union_specifier": "struct",
    "class_specifier": "class",
    "enum_specifier": "enum",
}
_LABELS: Final = frozenset(
    "static extern inline virtual constexpr explicit consteval constinit friend".split()
)


def read(source: Source, _path: str) -> Reading:
    """Read one file. A function whose class stands in another file keeps it as `owner`."""
    reading = Reading(comment=source.file_comment(_PLAIN, frozenset()))
    reader = _Reader(source, reading)
    reading.drafts = reader.block(source.root, _Scope(), 0)
    return reading


@dataclass(slots=True)
class _Scope:
    """Around a definition: the class's name ("" outside of classes) and its access."""

    of: str = ""
    public: bool = True
    found: list[Draft] = field(default_factory=list)


class _Reader:
    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._reading = reading

    def block(self, body: "Node", scope: _Scope, depth: int) -> list[Draft]:
        """The definitions in a block; conditions and `extern "C"` stand for what they hold."""
        if depth > DEEPEST:
            return scope.found
        for node, lead, around in self._statements(body):
            self._statement(node, lead, around, scope, depth)
        return joined(scope.found)

    def _statements(self, body: "Node") -> Iterator[tuple["Node", Lead, "Node"]]:
        """Definitions with what stands before them and the node around them (a template)."""
        waiting = [(body, Lead())]
        while waiting:
            parent, _ = waiting.pop(0)
            inner: list[tuple[Node, Lead]] = []
            for node, lead in self._source.children(parent):
                if node.type in _TRANSPARENT:
                    inner.append((node, lead))
                    continue
                around = node
                while node.type == "template_declaration" and node.named_children:
                    node = node.named_children[-1]
                yield node, lead, around
            waiting = inner + waiting

    def _statement(
        self, node: "Node", lead: Lead, around: "Node", scope: _Scope, depth: int
    ) -> None:
        kind = node.type
        if kind == "preproc_include":
            path = self._source.text(node.child_by_field_name("path")).strip('<>"')
            self._reading.imports.append(Import(module=path, line=node.start_point[0] + 1))
        elif kind in ("preproc_def", "preproc_function_def"):
            self._macro(node, lead, scope)
        elif kind == "access_specifier":
            scope.public = self._source.text(node) == "public"
        elif kind == "namespace_definition":
            self._namespace(node, lead, scope, depth)
        elif kind in _TYPES:
            self._type(node, lead, around, scope, depth)
        elif kind == "type_definition":
            self._typedef(node, lead, scope, depth)
        elif kind in ("alias_declaration", "concept_definition"):
            named = node.child_by_field_name("name")
            name = self._source.name(named) if named is not None else ""
            draft = begin(self._source, node, lead, name=name, kind="type", holder=around)
            self._add(scope, draft)
        elif kind in ("declaration", "field_declaration", "function_definition"):
            self._declaration(node, lead, around, scope, depth)

    def _add(self, scope: _Scope, draft: Draft) -> None:
        draft.public = draft.public and scope.public
        if draft.name:
            scope.found.append(draft)

    def _macro(self, node: "Node", lead: Lead, scope: _Scope) -> None:
        named, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if named is None or (value is None and node.type == "preproc_def"):
            return
        calls = node.child_by_field_name("parameters")
        draft = begin(
            self._source,
            node,
            lead,
            name=self._source.name(named),
            kind="macro" if calls is not None else "constant",
            body=value if calls is not None else None,
            trailing=True,
        )
        if calls is not None:
            draft.parameters = parameters(self._source, calls)
        else:
            draft.signature = short(self._source, node, node, value)
            draft.labels.append("macro")
        self._add(scope, draft)

    def _namespace(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        named, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        inner = self.block(body, _Scope(), depth + 1) if body is not None else []
        if named is None:  # what a namespace without a name holds is seen in its file only
            for draft in inner:
                draft.public = False
                scope.found.append(draft)
            return
        name = self._source.name(named).replace("::", ".")
        draft = begin(self._source, node, lead, name=name, kind="namespace", body=body)
        draft.children = inner
        self._add(scope, draft)

    def _type(
        self, node: "Node", lead: Lead, around: "Node", scope: _Scope, depth: int, name: str = ""
    ) -> Draft | None:
        """A struct, union, class or enum with a body; without one it is only announced."""
        named, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is None or (named is None and not name):
            if body is not None and node.type == "enum_specifier":  # its members stand for it
                scope.found += self._enumerators(body)
            elif body is not None and scope.of:  # a struct without name in another: its fields
                scope.found += self._members(node, body, scope.of, depth)
            return None
        source = self._source
        own = name
        if named is not None:
            own = " ".join(source.name(named).split())  # arguments may run over lines
        kind = _TYPES[node.type]
        draft = begin(source, node, lead, name=own, kind=kind, body=body, holder=around)
        bases = one_of(node, "base_class_clause")
        if bases is not None:
            draft.bases = [
                source.flat(one) for one in bases.named_children if "specifier" not in one.type
            ]
        if kind == "enum":
            draft.children = self._enumerators(body)
        else:
            draft.children = self._members(node, body, own, depth)
        if node.type == "union_specifier":
            draft.labels.append("union")
        self._add(scope, draft)
        return draft

    def _members(self, node: "Node", body: "Node", of: str, depth: int) -> list[Draft]:
        bare = of.split("<")[0]
        return self.block(body, _Scope(of=bare, public=node.type != "class_specifier"), depth + 1)

    def _enumerators(self, body: "Node") -> list[Draft]:
        found = []
        for node, lead, _ in self._statements(body):
            named = node.child_by_field_name("name")
            if node.type == "enumerator" and named is not None:
                name = self._source.name(named)
                found.append(
                    begin(self._source, node, lead, name=name, kind="constant", trailing=True)
                )
        return found

    def _typedef(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        """`typedef struct {…} book` is the struct `book`; other names are types."""
        given = node.child_by_field_name("type")
        names = [read_declarator(one) for one in node.children_by_field_name("declarator")]
        if given is not None and given.child_by_field_name("body") is not None:
            tag = given.child_by_field_name("name")
            first = next((self._source.name(one.name) for one in names if one.name), "")
            draft = self._type(given, lead, node, scope, depth, first)
            if draft is not None and tag is not None and names and draft.name != first:
                self._alias(node, lead, scope, names[:1], given)
            names = names[1:]
        self._alias(node, lead, scope, names, given)

    def _alias(
        self, node: "Node", lead: Lead, scope: _Scope, names: list[Declared], given: "Node | None"
    ) -> None:
        for one in names:
            if one.name is None:
                continue
            name = self._source.name(one.name)
            if any(draft.name == name and draft.kind != "namespace" for draft in scope.found[-3:]):
                continue
            draft = begin(self._source, node, lead, name=name, kind="type", trailing=True)
            body = given.child_by_field_name("body") if given is not None else None
            if body is not None:
                draft.signature = f"typedef {self._source.head(node.start_byte, body.start_byte)}"
                draft.signature = draft.signature.replace("typedef typedef", "typedef") + f" {name}"
            self._add(scope, draft)

    def _declaration(
        self, node: "Node", lead: Lead, around: "Node", scope: _Scope, depth: int
    ) -> None:
        given = node.child_by_field_name("type")
        if given is not None and given.type in _TYPES and given.child_by_field_name("body"):
            self._type(given, lead, around, scope, depth)
        for part in node.children_by_field_name("declarator"):
            one = read_declarator(part)
            if one.name is None or (not given and not one.call and node.type == "declaration"):
                continue
            if self._source.text(one.name) in ("if", "while", "for", "switch", "return"):
                continue
            draft = self._declared(node, lead, around, one, scope)
            draft.labels += self._labels(node, one)
            hidden = not scope.of and "static" in draft.labels
            draft.public = not hidden
            self._add(scope, draft)

    def _declared(
        self, node: "Node", lead: Lead, around: "Node", one: Declared, scope: _Scope
    ) -> Draft:
        source = self._source
        name, owner = self._name(one)
        kind: Kind = "property" if scope.of else "variable"
        if one.call is not None:
            kind = "method" if scope.of or owner else "function"
        draft = begin(
            source,
            node,
            lead,
            name=name,
            kind=kind,
            body=self._body(node),
            holder=around,
            trailing=bool(scope.of) and one.call is None,
        )
        draft.owner = owner
        if one.call is not None:
            draft.parameters = parameters(source, one.call.child_by_field_name("parameters"))
            draft.returns = self._returned(node, one)
            if name in (scope.of, owner.rpartition(".")[2]) and name:
                draft.labels.append("constructor")
        else:
            draft.signature = short(source, around, around, one.value)
            draft.returns = source.flat(node.child_by_field_name("type"))
            if {"const", "constexpr"} & set(source.text(node).split()[:4]) and not scope.of:
                draft.kind = "constant"
        return draft

    def _name(self, one: Declared) -> tuple[str, str]:
        """The name and, for `A::b`, the type it belongs to, without template arguments."""
        source, node = self._source, one.name
        owners: list[str] = []
        while node is not None and node.type == "qualified_identifier":
            scope = source.flat(node.child_by_field_name("scope")).split("<")[0]
            owners += [scope] if scope else []
            node = node.child_by_field_name("name")
        if node is None:
            return "", ""
        if node.type == "template_function":
            node = node.child_by_field_name("name") or node
        name = source.flat(node) if "operator" in node.type else source.name(node)
        if node.type == "operator_cast":
            name = f"operator {source.flat(node.child_by_field_name('type'))}"
        return name.replace("~ ", "~"), ".".join(owners)

    def _body(self, node: "Node") -> "Node | None":
        return one_of(node, "field_initializer_list") or node.child_by_field_name("body")

    def _returned(self, node: "Node", one: Declared) -> str:
        """The type of what comes back: what stands before the declarator, and its stars."""
        given = node.child_by_field_name("type")
        behind = one_of(one.call, "trailing_return_type") if one.call is not None else None
        if behind is not None:
            return self._source.flat(behind).removeprefix("->").strip()
        if given is None:
            return ""
        const = [
            self._source.text(child)
            for child in node.named_children
            if child.type == "type_qualifier" and child.start_byte < given.start_byte
        ]
        words = [word for word in const if word in ("const", "volatile")]
        return " ".join([*words, self._source.flat(given)]) + one.stars

    def _labels(self, node: "Node", one: Declared) -> list[str]:
        words = [word for child in node.children for word in self._words(child)]
        if one.call is not None and node.type != "function_definition":
            words.append("prototype")
            value = self._source.text(node.child_by_field_name("default_value"))
            words += ["abstract"] if value == "0" and "virtual" in words else []
        behind = self._source.text(one.call).rpartition(")")[2].split() if one.call else []
        return words + [word for word in behind if word in ("override", "final")]

    def _words(self, node: "Node") -> list[str]:
        text = node.type if not node.is_named else ""
        if node.type in ("storage_class_specifier", "explicit_function_specifier", "virtual"):
            text = self._source.text(node)
        if node.type == "type_qualifier":
            text = self._source.text(node)
        return [word for word in text.split() if word in _LABELS]


def joined(drafts: list[Draft]) -> list[Draft]:
    """Definitions that complete a prototype or a member, each pair as one symbol."""
    result: list[Draft] = []
    heads: dict[tuple[str, tuple[str, ...]], Draft] = {}
    types = {draft.name: draft for draft in drafts if draft.kind in ("class", "struct")}
    for draft in drafts:
        if draft.owner in types and draft.kind in ("method", "variable", "constant"):
            _complete(types[draft.owner], draft)
            continue
        key = (f"{draft.owner}.{draft.name}", _shape(draft))
        head = heads.get(key)
        if draft.kind not in ("function", "method") or head is None:
            heads[key] = draft
            result.append(draft)
        elif "prototype" in head.labels:
            _merge(head, draft)
        elif "prototype" not in draft.labels:  # two branches of a condition: both stand there
            result.append(draft)
    return result


def _complete(owner: Draft, draft: Draft) -> None:
    """Give a member that is defined outside its class to the class."""
    draft.owner = ""
    for child in owner.children:
        same = child.name == draft.name and _shape(child) == _shape(draft)
        if same and (child.kind == "property" or "prototype" in child.labels):
            _merge(child, draft)
            return
    draft.public = False if owner.kind == "class" else draft.public
    owner.children.append(draft)


def _merge(head: Draft, body: Draft) -> None:
    """A prototype takes the place of its definition; labels of both."""
    head.span = body.span
    head.labels = [label for label in [*head.labels, *body.labels] if label != "prototype"]
    if "prototype" in body.labels:
        head.labels.append("prototype")
    if head.comment.doc.empty:
        head.comment = body.comment
    head.public = head.public and ("static" not in head.labels or head.kind != "function")


def _shape(draft: Draft) -> tuple[str, ...]:
    return tuple(one.type.replace(" ", "") for one in draft.parameters if one.type != "void")
