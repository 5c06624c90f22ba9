"""Ruby: public is what does not stand behind `private` or `protected`.

Reopened classes and modules of one file become one symbol.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from shared.code.model import Import, Kind, Parameter
from shared.code.readers.draft import DEEPEST, Draft, Reading, begin, short
from shared.code.readers.source import Lead, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_REQUIRES: Final = frozenset(("require", "require_relative", "load", "autoload"))
_ACCESSORS: Final = frozenset(
    "attr_accessor attr_reader attr_writer attr cattr_accessor mattr_accessor".split()
)
_ACCESS: Final = frozenset("public private protected module_function".split())
_MIXINS: Final = frozenset("include extend prepend".split())
_BLOCKS: Final = frozenset(
    """
    body_statement begin then else if unless block do_block ERROR rescue ensure if_modifier
    unless_modifier rescue_modifier
    """.split()
)


def read(source: Source, _path: str) -> Reading:
    """Read one file; `initialize` counts as public, because `new` is."""
    reading = Reading(comment=source.file_comment(frozenset(("call",)), frozenset()))
    reader = _Reader(source, reading)
    scope = _Scope()
    reader.block(source.root, scope, 0)
    reading.drafts = scope.found
    return reading


@dataclass(slots=True)
class _Scope:
    """A class or module while it is read; `access` is what the last bare word said."""

    draft: Draft | None = None
    singleton: bool = False
    access: str = "public"
    found: list[Draft] = field(default_factory=list)


class _Reader:
    def __init__(self, source: Source, reading: Reading) -> None:
        self._source = source
        self._reading = reading

    def block(self, body: "Node", scope: _Scope, depth: int) -> None:
        """Read the statements of a body into its scope."""
        for node, lead in self._source.children(body) if depth < DEEPEST else ():
            kind = node.type
            if kind in ("class", "module"):
                self._type(node, lead, scope, depth)
            elif kind == "singleton_class":
                inner = _Scope(singleton=True, found=scope.found, draft=scope.draft)
                self._body(node, inner, depth)
            elif kind in ("method", "singleton_method"):
                self._method(node, lead, scope)
            elif kind == "identifier" and self._source.text(node) in _ACCESS:
                scope.access = self._source.text(node)
            elif kind == "call":
                self._call(node, lead, scope, depth)
            elif kind == "assignment":
                self._constant(node, lead, scope, depth)
            elif kind == "alias":
                self._alias(node, lead, scope, node.child_by_field_name("name"))
            elif kind in _BLOCKS:
                self.block(node, scope, depth + 1)

    def _body(self, node: "Node", scope: _Scope, depth: int) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self.block(body, scope, depth + 1)

    def _type(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        named = node.child_by_field_name("name")
        if named is None:
            return
        name = self._source.name(named).replace("::", ".").strip(".")
        self._source.name(named.named_children[-1] if named.named_children else named)
        parent = node.child_by_field_name("superclass")
        draft = begin(
            self._source,
            node,
            lead,
            name=name,
            kind="class" if node.type == "class" else "namespace",
        )
        end = parent.end_byte if parent is not None else named.end_byte
        draft.signature = self._source.head(node.start_byte, end)
        if parent is not None:
            draft.bases.append(self._source.flat(parent).removeprefix("<").strip())
        known = next(
            (one for one in scope.found if (one.name, one.kind) == (name, draft.kind)), None
        )
        inner = _Scope(draft=known or draft, found=(known or draft).children)
        self._body(node, inner, depth)
        if known is None:
            scope.found.append(draft)
        elif known.comment.doc.empty:
            known.comment = draft.comment

    def _method(self, node: "Node", lead: Lead, scope: _Scope, access: str = "") -> Draft:
        source = self._source
        named = node.child_by_field_name("name") or node
        name = source.name(named)
        listed = node.child_by_field_name("parameters")
        kind: Kind = "method" if scope.draft is not None else "function"
        draft = begin(source, node, lead, name=name, kind=kind)
        end = listed.end_byte if listed is not None else named.end_byte
        draft.signature = source.head(node.start_byte, end)
        draft.parameters = _parameters(source, listed)
        said = access or scope.access
        if node.type == "singleton_method" or scope.singleton or said == "module_function":
            draft.labels.append("static")
        hidden = said in ("private", "protected") and node.type == "method"
        draft.public = not hidden or name == "initialize"
        if name == "initialize":
            draft.labels.append("constructor")
        scope.found.append(draft)
        return draft

    def _call(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        source = self._source
        called = source.text(node.child_by_field_name("method"))
        arguments = node.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        if node.child_by_field_name("receiver") is not None:
            return
        if called in _REQUIRES and given and given[-1].type == "string":
            path = source.text(given[-1]).strip("'\"")
            mark = "./" if called == "require_relative" and not path.startswith(".") else ""
            self._reading.imports.append(Import(module=mark + path, line=node.start_point[0] + 1))
        elif called in _ACCESS:
            self._access(called, node, given, lead, scope)
        elif called in ("private_class_method", "private_constant", "public_class_method"):
            self._mark(scope, given, called == "public_class_method", called.endswith("constant"))
        elif called in _ACCESSORS:
            for one in given:
                self._accessor(node, lead, scope, called, one)
        elif called in _MIXINS and scope.draft is not None:
            scope.draft.bases += [source.flat(one) for one in given]
        elif called in ("alias_method", "define_method") and given:
            self._alias(node, lead, scope, given[0])
        elif called in ("class_methods", "included", "concern", "refine", "class_eval"):
            block = node.child_by_field_name("block")
            if block is not None:
                inner = _Scope(
                    draft=scope.draft, found=scope.found, singleton=called == "class_methods"
                )
                self._body(block, inner, depth + 1)

    def _access(
        self, called: str, node: "Node", given: list["Node"], lead: Lead, scope: _Scope
    ) -> None:
        """`private` alone, before a definition, or with names."""
        if not given:
            scope.access = called
        for one in given:
            if one.type in ("method", "singleton_method"):
                draft = self._method(one, lead, scope, called)
                draft.span = self._source.span(node, lead)
                draft.comment = self._source.comment(node, lead)
            elif one.type == "call":  # private attr_reader :a
                before = len(scope.found)
                self._call(one, lead, scope, DEEPEST)
                for draft in scope.found[before:]:
                    draft.public = called == "public"
        if called != "module_function":
            self._mark(scope, given, called == "public", False)

    def _mark(self, scope: _Scope, given: list["Node"], public: bool, constants: bool) -> None:
        names = {self._source.text(one).lstrip(":").strip("'\"") for one in given}
        for draft in scope.found:
            if draft.name in names and (draft.kind == "constant") == constants:
                draft.public = public

    def _accessor(self, node: "Node", lead: Lead, scope: _Scope, called: str, one: "Node") -> None:
        name = self._source.text(one).lstrip(":").strip("'\"")
        if one.type not in ("simple_symbol", "string"):
            return
        draft = begin(self._source, node, lead, name=name, kind="property")
        draft.signature = f"{called} :{name}"
        draft.public = scope.access not in ("private", "protected")
        if called == "attr_reader":
            draft.labels.append("readonly")
        scope.found.append(draft)

    def _alias(self, node: "Node", lead: Lead, scope: _Scope, named: "Node | None") -> None:
        if named is None:
            return
        name = self._source.text(named).lstrip(":").strip("'\"")
        draft = begin(self._source, node, lead, name=name, kind="method")
        draft.public = scope.access not in ("private", "protected")
        draft.signature = draft.signature.split("\n")[0].split(" do")[0].split(" {")[0]
        scope.found.append(draft)

    def _constant(self, node: "Node", lead: Lead, scope: _Scope, depth: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None:
            return
        targets = left.named_children if left.type == "left_assignment_list" else [left]
        for one in targets:
            if one.type not in ("constant", "scope_resolution"):
                continue
            name = self._source.name(one).replace("::", ".")
            draft = begin(self._source, node, lead, name=name, kind="constant", trailing=True)
            draft.signature = short(self._source, node, node, right)
            block = right.child_by_field_name("block") if right is not None else None
            if block is not None and right is not None and self._makes_type(right):
                draft.kind = "class"
                draft.signature = self._source.head(node.start_byte, block.start_byte)
                self._body(block, _Scope(draft=draft, found=draft.children), depth)
            scope.found.append(draft)

    def _makes_type(self, node: "Node") -> bool:
        called = self._source.text(node.child_by_field_name("method"))
        receiver = self._source.text(node.child_by_field_name("receiver"))
        return (receiver, called) in {
            ("Struct", "new"),
            ("Class", "new"),
            ("Module", "new"),
            ("Data", "define"),
        }


def _parameters(source: Source, node: "Node | None") -> list[Parameter]:
    found = []
    marks = {
        "splat_parameter": "*",
        "hash_splat_parameter": "**",
        "block_parameter": "&",
        "forward_parameter": "...",
    }
    for one in node.named_children if node is not None else ():
        if "comment" in one.type:
            continue
        named = one.child_by_field_name("name")
        name = marks.get(one.type, "") + source.text(named)
        if one.type in ("identifier", "destructured_parameter"):
            name = source.flat(one)
        if one.type == "keyword_parameter":
            name += ":"
        default = source.flat(one.child_by_field_name("value"))
        found.append(Parameter(name=name, default=default))
    return found
