"""Edits of Python function headers, of the top of bodies, and of imports."""

import ast
import re
from collections.abc import Sequence

from dev.anthropic_standin.answers.python_source import Function, docstring_end
from dev.anthropic_standin.answers.python_text import splice

_CLOSES = re.compile(r":\s*(#.*)?$")


def insert_at_body(code: str, node: Function, lines: Sequence[str]) -> str:
    """Put unindented lines before a function's first statement, after its docstring."""
    indent = " " * node.body[0].col_offset
    new = [f"{indent}{line}" if line else "" for line in lines]
    at = body_top(code, node)
    return splice(code, at, at, new)


def body_top(code: str, node: Function) -> int:
    """The line after a function's header and docstring; comments may come before statements."""
    if docstring_end(node):
        return (node.body[0].end_lineno or node.body[0].lineno) + 1
    return header_end(code, node) + 1


def header_end(code: str, node: Function) -> int:
    """The last line of a function's header."""
    parts = [*ast.walk(node.args), *([node.returns] if node.returns else [])]
    last = max([node.lineno, *(getattr(part, "end_lineno", None) or 0 for part in parts)])
    lines = code.splitlines()
    while last < node.body[0].lineno - 1 and not _CLOSES.search(lines[last - 1]):
        last += 1
    return last


def with_import(code: str, statement: str) -> str:
    """Add an import line after the module's docstring and imports, unless it is there."""
    if statement in code.splitlines():
        return code
    tree = ast.parse(code)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if imports:
        last = imports[-1].end_lineno or imports[-1].lineno
        return splice(code, last + 1, last + 1, [statement])
    start = 1
    if tree.body and ast.get_docstring(tree) is not None:
        start = (tree.body[0].end_lineno or 1) + 1
    lead = [""] if start > 1 else []
    return splice(code, start, start, [*lead, statement, "", ""]).replace("\n\n\n\n", "\n\n\n")


def write_header(node: Function) -> str:
    """Write the `def` line of a function from its tree, with PEP 8 spacing."""
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    line = f"{kind} {node.name}({_arguments(node.args)}){returns}:"
    return " " * node.col_offset + line


def replace_header(code: str, node: Function) -> str:
    """Write a function's changed header back into the code; the body stays as it is."""
    return splice(code, node.lineno, header_end(code, node) + 1, [write_header(node)])


def _arguments(arguments: ast.arguments) -> str:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    parts = [_argument(part, given) for part, given in zip(plain, defaults, strict=True)]
    if arguments.posonlyargs:
        parts.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg:
        parts.append(f"*{_argument(arguments.vararg, None)}")
    elif arguments.kwonlyargs:
        parts.append("*")
    parts += [
        _argument(part, given)
        for part, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        parts.append(f"**{_argument(arguments.kwarg, None)}")
    return ", ".join(parts)


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    if argument.annotation is None:
        return argument.arg + (f"={_double(default)}" if default else "")
    text = f"{argument.arg}: {ast.unparse(argument.annotation)}"
    return text + (f" = {_double(default)}" if default else "")


def _double(value: ast.expr) -> str:
    text = ast.unparse(value)
    return f'"{text[1:-1]}"' if text[:1] == "'" and '"' not in text else text
