"""A parsed file: its text by node, its comments, and what stands before a definition."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.code.comments import Comment, is_directive, is_licence, read_comment
from shared.code.model import Span

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

SIGNATURE_LINE: Final = 100
_IDENTIFIERS: Final = frozenset(
    """
    identifier type_identifier field_identifier property_identifier simple_identifier constant name
    shorthand_property_identifier shorthand_field_identifier namespace_identifier
    private_property_identifier statement_identifier package_identifier
    """.split()
)
_COMMENTS: Final = frozenset(
    ("comment", "line_comment", "block_comment", "multiline_comment", "doc_comment")
)
_MARKS: Final = frozenset(
    ("attribute_item", "decorator", "annotation", "attribute_list", "attribute_specifier")
)
_OVERVIEW = re.compile(r"[@\\](file|fileoverview|overview|module|packageDocumentation)\b")
_TRAILING_DOC = re.compile(r"/(?://|/!|\*\*|\*!)<")


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands before a definition among its siblings: attributes and comments, in order."""

    nodes: tuple["Node", ...] = ()


class Source:
    """The text and the tree of one file.

    `doc_starts`: how a comment begins that documents, as `///`; empty: every comment does.
    """

    def __init__(
        self, language: str, data: bytes, tree: "Tree", doc_starts: tuple[str, ...]
    ) -> None:
        self.language = language
        self.root = tree.root_node
        self._data = data
        self._doc_starts = doc_starts
        self._names: set[int] = set()
        self._file_comments: set[int] = set()
        self._identifiers: list[tuple[int, str]] = []
        self._spoiled: list[int] = []
        self._comments: list[tuple[int, int]] = []
        self._trailing: dict[int, Node] = {}
        self._starts_of_trailing: set[int] = set()
        self._survey(tree)

    def text(self, node: "Node | None") -> str:
        """The source of a node, "" for none."""
        return "" if node is None else self.slice(node.start_byte, node.end_byte)

    def slice(self, start: int, end: int) -> str:
        """The source between two bytes."""
        return self._data[start:end].decode("utf8", "replace")

    def flat(self, node: "Node | None") -> str:
        """The source of a node on one line, without comments."""
        if node is None:
            return ""
        return " ".join(self._without_comments(node.start_byte, node.end_byte).split())

    def name(self, node: "Node") -> str:
        """The name that a node declares; it is not counted as a use."""
        self._names.add(node.start_byte)
        return self.text(node)

    def head(self, start: int, end: int) -> str:
        """A signature: the source between two bytes, on one line where that is short."""
        column = start - (self._data.rfind(b"\n", 0, start) + 1)
        text = self._without_comments(start, end).strip()
        line = re.sub(r"([(\[]) | (?=[)\],;])", r"\1", " ".join(text.split()))
        if len(line) <= SIGNATURE_LINE:
            return re.sub(r",([)\]])", r"\1", line)
        lines = text.split("\n")
        shared = min((_indent(one) for one in lines[1:] if one.strip()), default=0)
        cut = min(column, shared)
        return "\n".join([lines[0].rstrip(), *(one[cut:].rstrip() for one in lines[1:])])

    def children(self, parent: "Node") -> Iterator[tuple["Node", Lead]]:
        """The named children of a node, each with what stands before it."""
        before: list[Node] = []
        for child in parent.children:
            if child.type in _COMMENTS:
                if child.start_byte not in self._starts_of_trailing:
                    before.append(child)
            elif child.type in _MARKS and parent.type != "ERROR":
                before.append(child)
            elif child.is_named:
                yield child, Lead(tuple(before))
                before = []

    def span(self, node: "Node", lead: Lead) -> Span:
        """From the first attribute before a definition to its last line."""
        first = node.start_point[0]
        for mark in reversed(lead.nodes):
            if mark.type in _MARKS:
                first = min(first, mark.start_point[0])
        return Span(first + 1, last_row(node) + 1)

    def comment(self, node: "Node", lead: Lead, trailing: bool = False) -> Comment:
        """What the comments at a definition say. `trailing`: also one behind it on its line."""
        found = self._documenting(node, lead)
        if not found and trailing and (behind := self._trailing.get(last_row(node))):
            found = [behind]
        elif not found and (behind := self._trailing.get(last_row(node))) is not None:
            found = [behind] if _TRAILING_DOC.match(self.text(behind)) else []
        return self._read(found)

    def file_comment(self, plain: frozenset[str], attached: frozenset[str]) -> Comment:
        """What the file says of itself before its first definition.

        `plain`: types of nodes that are no definitions, as imports; `attached`: those whose
        comment is the file's, as a package clause.
        """
        for group, after in self._groups(plain):
            texts = [self.text(one) for one in group]
            if all(is_directive(text) or is_licence(text) for text in texts):
                continue
            named = any(_OVERVIEW.search(text) for text in texts)
            free = after is None or after.start_point[0] - last_row(group[-1]) > 1
            follows = after is not None and (
                after.type in attached
                or (after.type in plain and texts[0].startswith(("/**", "/*!")))
            )
            inner = texts[-1].startswith(("//!", "/*!")) and self.language == "rust"
            documents = not self._doc_starts or texts[0].startswith(self._doc_starts)
            if inner or named or (documents and (follows or (free and after is not None))):
                self._file_comments.update(one.start_byte for one in group)
                return self._read(group)
        return Comment()

    def references(self) -> frozenset[str]:
        """The identifiers that the file uses, without the places where it declares them."""
        return frozenset(text for at, text in self._identifiers if at not in self._names)

    def faults(self) -> list[int]:
        """The lines, from 1, where the text could not be parsed."""
        return self._spoiled

    def _survey(self, tree: "Tree") -> None:
        """One walk over all nodes, without recursion: identifiers, comments and faults."""
        cursor = tree.walk()
        going = True
        while going:
            node = cursor.node
            kind = node.type if node is not None else ""
            inside = True
            if kind in _COMMENTS and node is not None:
                self._take_comment(node)
                inside = False
            elif kind in _IDENTIFIERS and node is not None:
                self._identifiers.append((node.start_byte, self.text(node)))
            elif node is not None and (kind == "ERROR" or node.is_missing):
                self._spoiled.append(node.start_point[0] + 1)
            going = (inside and cursor.goto_first_child()) or cursor.goto_next_sibling()
            while not going and cursor.goto_parent():
                going = cursor.goto_next_sibling()

    def _take_comment(self, node: "Node") -> None:
        self._comments.append((node.start_byte, node.end_byte))
        line = self._data.rfind(b"\n", 0, node.start_byte) + 1
        if self._data[line : node.start_byte].strip(b" \t\r"):
            self._trailing.setdefault(node.start_point[0], node)
            self._starts_of_trailing.add(node.start_byte)

    def _without_comments(self, start: int, end: int) -> str:
        first = bisect_left(self._comments, (start, 0))
        last = bisect_right(self._comments, (end, 0))
        kept, at = [], start
        for comment_start, comment_end in self._comments[first:last]:
            kept.append(self.slice(at, comment_start))
            at = comment_end
        return "".join([*kept, self.slice(at, end)]) if at < end else "".join(kept)

    def _documenting(self, node: "Node", lead: Lead) -> list["Node"]:
        found: list[Node] = []
        expected = node.start_point[0]
        for one in reversed(lead.nodes):
            if one.type not in _COMMENTS:
                expected = one.start_point[0]
                continue
            text = self.text(one)
            block = text.startswith("/**")
            near = expected - last_row(one) <= 1
            if one.start_byte in self._file_comments or not (near or (block and not found)):
                break
            if block and found:
                break
            if not self._doc_starts or text.startswith(self._doc_starts):
                found.append(one)
            expected = one.start_point[0]
            if text.startswith("/*") and found:
                break
        return found[::-1]

    def _groups(self, plain: frozenset[str]) -> Iterator[tuple[list["Node"], "Node | None"]]:
        """Comments that stand together before the first definition, each with what follows."""
        group: list[Node] = []
        for child in self._opening():
            if child.type in _COMMENTS:
                if group and (
                    child.start_point[0] - last_row(group[-1]) > 1
                    or self.text(child).startswith("/*")
                    or is_licence(self.text(group[-1])) != is_licence(self.text(child))
                ):
                    yield group, child
                    group = []
                group.append(child)
                continue
            if group:
                yield group, child
            group = []
            if child.type not in plain:
                return
        if group:
            yield group, None

    def _opening(self) -> Iterator["Node"]:
        """The named children of the root; those of an include guard stand for it."""
        for child in self.root.children:
            if child.type == "preproc_ifdef":
                yield from (one for one in child.children[2:] if one.is_named)
            elif child.is_named:
                yield child

    def _read(self, comments: Iterable["Node"]) -> Comment:
        texts = [self.text(one) for one in comments]
        return read_comment([text for text in texts if not is_licence(text)], self.language)


def last_row(node: "Node") -> int:
    """The row, from 0, of a node's last character; some comments hold their line break."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
