"""Editing Python text by its syntax tree, so that comments and layout stay as they are."""

import ast
import re
import textwrap
from collections.abc import Sequence

_CLOSES = re.compile(r":\s*(#.*)?$")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def parse(code: str) -> ast.Module | None:
    """Parse code, None if it is not valid Python."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        return None


def tidy(code: str) -> str:
    """Bring code into the form that the edits expect: each body on lines of its own."""
    tree = parse(code)
    if tree is None:
        return code
    packed = any(
        isinstance(node, Definition) and node.body[0].lineno == node.lineno
        for node in ast.walk(tree)
    )
    return f"{ast.unparse(tree) if packed else code.rstrip()}\n"


def definitions(tree: ast.Module) -> list[Definition]:
    """List the functions and classes at the top of a module."""
    return [node for node in tree.body if isinstance(node, Definition)]


def find_definition(code: str, name: str) -> Definition | None:
    """Find a top-level function or class by its name."""
    tree = parse(code)
    return next((node for node in definitions(tree) if node.name == name), None) if tree else None


def functions_in(code: str, name: str) -> list[Function]:
    """List what an edit of `name` works on: the function, or the plain methods of the class."""
    node = find_definition(code, name)
    if isinstance(node, ast.ClassDef):
        return [
            part
            for part in node.body
            if isinstance(part, Function) and not part.name.startswith("__")
        ]
    return [node] if node else []


def parameters(node: Function) -> list[str]:
    """List a function's plain parameter names, without self and cls."""
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def docstring_end(node: Definition) -> int:
    """How many statements of the body the docstring takes: 0 or 1."""
    return 1 if ast.get_docstring(node) is not None else 0


def own_nodes(node: Function) -> list[ast.AST]:
    """List the nodes of a function without those of functions inside it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, Definition | ast.Lambda):
            continue
        found.append(part)
        waiting.extend(ast.iter_child_nodes(part))
    return found


def splice(code: str, start: int, end: int, lines: Sequence[str]) -> str:
    """Put lines in the place of the lines `start` to `end` - 1 (counted from 1)."""
    old = code.splitlines()
    return "\n".join([*old[: start - 1], *lines, *old[end - 1 :]]) + "\n"


def first_line(statement: ast.stmt) -> int:
    """The line where a statement begins, decorators included."""
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(int(part.lineno) for part in decorators)])


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


def _offset(lines: Sequence[str], line: int, column_bytes: int) -> int:
    """Turn the tree's position (columns count UTF-8 bytes) into an index of the text."""
    before = sum(len(text) for text in lines[: line - 1])
    return before + len(lines[line - 1].encode()[:column_bytes].decode())
