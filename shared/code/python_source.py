"""The text of a Python file behind its syntax tree: segments, heads and spans of definitions."""

import ast
import re
from typing import Final

from shared.code.model import Span

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# A head up to this length is put on one line.
ONE_LINE: Final = 100
_TOKEN = re.compile(
    r"(?P<text>'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")"
    r"|(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<colon>:)",
    re.DOTALL,
)
_AFTER_OPENING = re.compile(r"([(\[{]) ")
_BEFORE_CLOSING = re.compile(r",? ([)\]}])")


class Source:
    """A file's text; nodes of its tree are looked up by their places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = text.split("\n")

    @property
    def lines(self) -> int:
        """How many lines the file has; a final newline begins none."""
        return len(self._lines) - (not self._lines[-1])

    def segment(self, node: ast.expr | ast.stmt | None) -> str:
        """The text of a node as it stands, "" for no node."""
        if node is None or node.end_lineno is None or node.end_col_offset is None:
            return ""
        return self._between(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)

    def head(self, node: Definition) -> str:
        """A definition without decorators, body and final colon; on one line where that is short
        and loses no comment."""
        body = node.body[0]
        decorators = getattr(body, "decorator_list", [])
        line = min([body.lineno, *(part.lineno for part in decorators)])
        column = body.col_offset if line == body.lineno else 0
        text = self._between(node.lineno, node.col_offset, line, column)
        end, commented = _end_of_head(text)
        head = text[:end].rstrip()
        joined = " ".join(part.strip() for part in head.split("\n"))
        joined = _BEFORE_CLOSING.sub(r"\1", _AFTER_OPENING.sub(r"\1", joined))
        if "\n" not in head or commented or len(joined) > ONE_LINE or '"""' in head:
            return _dedented(head, node.col_offset)
        return joined

    def assignment(self, node: ast.Assign | ast.AnnAssign, name: str) -> str:
        """An assignment as it stands where it is short, else with its value left out."""
        whole = self.segment(node)
        if "\n" not in whole and len(whole) <= ONE_LINE:
            return whole
        kind = f": {self.segment(node.annotation)}" if isinstance(node, ast.AnnAssign) else ""
        return f"{name}{kind} = …"

    def _between(self, line: int, column: int, last_line: int, last_column: int) -> str:
        """Text between two places; columns count the bytes of UTF-8, as the parser does."""
        lines = self._lines[line - 1 : last_line]
        lines[-1] = _until(lines[-1], last_column)
        lines[0] = lines[0][len(_until(lines[0], column)) :]
        return "\n".join(lines)


def span(node: Definition | ast.stmt) -> Span:
    """Where a definition stands, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(part.lineno for part in decorators)])
    return Span(first, node.end_lineno or node.lineno)


def _until(line: str, column: int) -> str:
    if line.isascii():
        return line[:column]
    return line.encode()[:column].decode(errors="ignore")


def _end_of_head(text: str) -> tuple[int, bool]:
    """Where the colon of a head stands, and whether a comment stands before it."""
    depth, commented = 0, False
    for token in _TOKEN.finditer(text):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif token["comment"]:
            commented = True
        elif token["colon"] and depth == 0:
            return token.start(), commented
    return len(text), commented


def _dedented(head: str, column: int) -> str:
    first, *rest = head.split("\n")
    return "\n".join(
        [first, *(line[min(column, len(line) - len(line.lstrip())) :] for line in rest)]
    )
