"""Puts lines and nodes of Python text in the place of others."""

import ast
import textwrap
from collections.abc import Sequence


def splice(code: str, start: int, end: int, lines: Sequence[str]) -> str:
    """Put lines in the place of the lines `start` to `end` - 1 (counted from 1)."""
    old = code.splitlines()
    return "\n".join([*old[: start - 1], *lines, *old[end - 1 :]]) + "\n"


def first_line(statement: ast.stmt) -> int:
    """The line where a statement begins, decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(int(part.lineno) for part in decorators)])


def replace_node(code: str, node: ast.expr | ast.stmt, text: str) -> str:
    """Put text in the place of one expression or statement."""
    lines = code.splitlines(keepends=True)
    start = _offset(lines, node.lineno, node.col_offset)
    end = _offset(lines, node.end_lineno or node.lineno, node.end_col_offset or 0)
    return code[:start] + text + code[end:]


def replace_all(code: str, changes: Sequence[tuple[ast.expr | ast.stmt, str]]) -> str:
    """Replace several nodes that do not overlap."""
    ordered = sorted(changes, key=lambda change: (change[0].lineno, change[0].col_offset))
    for node, text in reversed(ordered):
        code = replace_node(code, node, text)
    return code


def segment(code: str, node: ast.expr | ast.stmt) -> str:
    """Give the source text of a node."""
    return ast.get_source_segment(code, node) or ast.unparse(node)


def indent_lines(code: str, start: int, end: int) -> list[str]:
    """Indent the lines `start` to `end` by four, except inside strings of several lines."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno:
            inside.update(range(node.lineno + 1, node.end_lineno + 1))
    lines = code.splitlines()
    return [
        lines[number - 1] if number in inside else textwrap.indent(lines[number - 1], "    ")
        for number in range(start, end + 1)
    ]


def _offset(lines: Sequence[str], line: int, column_bytes: int) -> int:
    """Turn the tree's position (columns count UTF-8 bytes) into an index of the text."""
    before = sum(len(text) for text in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:column_bytes].decode())
