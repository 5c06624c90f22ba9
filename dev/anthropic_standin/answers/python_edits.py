"""Changes of existing Python functions: names, async, errors, hints, words, results."""

import ast
import io
import re
import tokenize

from dev.anthropic_standin.answers.python_header import (
    body_top,
    insert_at_body,
    replace_header,
    with_import,
)
from dev.anthropic_standin.answers.python_source import (
    Function,
    definitions,
    docstring_end,
    find_definition,
    functions_in,
    own_nodes,
    parameters,
)
from dev.anthropic_standin.answers.python_text import (
    first_line,
    indent_lines,
    replace_all,
    segment,
    splice,
)
from dev.anthropic_standin.answers.python_types import parameter_types, result_type


def rename(code: str, old: str, new: str) -> str:
    """Replace a name everywhere but in strings, comments and other objects' attributes.

    The strings of `__all__` are names too.
    """
    code = _exported(code, old, new)
    lines = code.splitlines(keepends=True)
    found, before = [], ("", "")
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.NAME and token.string == old:
            foreign = before[1] == "." and before[0] not in ("self", "cls")
            if not foreign:
                found.append(token.start)
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            before = (before[1], token.string)
    for row, column in reversed(found):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + new + line[column + len(old) :]
    return "".join(lines)


def _exported(code: str, old: str, new: str) -> str:
    """Replace a name among the strings of `__all__`."""
    lines = code.splitlines(keepends=True)
    try:
        statements = ast.parse(code).body
    except SyntaxError:
        return code
    names = [
        node
        for statement in statements
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
        and "__all__" in ast.dump(statement)
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and node.value == old
    ]
    for node in sorted(names, key=lambda each: (each.lineno, each.col_offset), reverse=True):
        line = lines[node.lineno - 1].encode()
        start, end = node.col_offset, node.end_col_offset or len(line)
        fresh = line[start:end].replace(old.encode(), new.encode())
        lines[node.lineno - 1] = (line[:start] + fresh + line[end:]).decode()
    return "".join(lines)


def make_async(code: str, name: str) -> str:
    """Make a function (or a class's methods) asynchronous, and await what then blocks or calls it.

    Callers at the top of the module become asynchronous too.
    """
    changed: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        changed.add(current)
        for node in reversed(functions_in(code, current)):
            if isinstance(node, ast.FunctionDef):
                code = _async_function(code, node, changed)
        tree = ast.parse(code)
        waiting += [
            node.name
            for node in definitions(tree)
            if isinstance(node, ast.FunctionDef) and _calls(node, current)
        ]
    if "asyncio." in code:
        code = with_import(code, "import asyncio")
    return _drop_unused_import(code, "time")


def add_error_handling(code: str, name: str) -> str | None:
    """Wrap the bodies in try/except with the errors that their operations can raise.

    None if every function has a handler already.
    """
    changed = code
    for node in reversed(functions_in(code, name)):
        if any(isinstance(part, ast.Try) for part in own_nodes(node)):
            continue
        body = node.body[docstring_end(node) :]
        if not body:
            continue
        start, end = body_top(code, node), body[-1].end_lineno or body[-1].lineno
        indent = " " * body[0].col_offset
        lines = [f"{indent}try:", *indent_lines(changed, start, end)]
        lines += [f"{indent}{line}" for line in _handlers(node)]
        changed = splice(changed, start, end + 1, lines)
    return changed if changed != code else None


def add_type_hints(code: str, name: str) -> str | None:
    """Annotate parameters and results that have no annotation; None if nothing is missing."""
    changed = code
    node = find_definition(code, name)
    functions = functions_in(code, name)
    if isinstance(node, ast.ClassDef):
        functions = [part for part in node.body if isinstance(part, ast.FunctionDef)]
    for function in reversed(functions):
        kinds, result = parameter_types(function), result_type(function)
        plain = [*function.args.posonlyargs, *function.args.args]
        for argument in plain:
            if argument.arg in kinds and argument.annotation is None:
                argument.annotation = ast.Name(id=kinds[argument.arg])
        if function.returns is None:
            function.returns = ast.Name(id="None" if function.name == "__init__" else result)
        changed = replace_header(changed, function)
    if "Any" in changed and "Any" not in code:
        changed = with_import(changed, "from typing import Any")
    if "Callable[" in changed and "Callable[" not in code:
        changed = with_import(changed, "from collections.abc import Callable")
    return changed if changed != code else None


def add_docstring(code: str, name: str) -> str | None:
    """Write docstrings that name parameters and result, keeping an existing summary line."""
    changed = code
    for node in reversed(functions_in(code, name)):
        text = ast.get_docstring(node)
        summary = (text or f"{_words(node.name).capitalize()}.").splitlines()[0]
        lines = _docstring_lines(node, summary)
        indent = " " * node.body[0].col_offset
        new = [f"{indent}{line}" if line else "" for line in lines]
        if text is None:
            at = first_line(node.body[0])
            changed = splice(changed, at, at, new)
        else:
            end = node.body[0].end_lineno or node.body[0].lineno
            changed = splice(changed, node.body[0].lineno, end + 1, new)
    return changed if changed != code else None


def add_logging(code: str, name: str) -> str | None:
    """Log each call with its arguments at the start of the body."""
    if "logger." in code:
        return None
    changed = code
    for node in reversed(functions_in(code, name)):
        names = parameters(node)
        shown = ", ".join(f"{part}=%r" for part in names)
        values = "".join(f", {part}" for part in names)
        text = f"{node.name} called with {shown}" if names else f"{node.name} called"
        changed = insert_at_body(changed, node, [f'logger.info("{text}"{values})'])
    if changed == code:
        return None
    return _with_logger(with_import(changed, "import logging"))


def wrap_results(code: str, name: str, template: str) -> str | None:
    """Put each returned value into a template, where `{}` stands for it; None without results."""
    tree_changes: list[tuple[ast.expr | ast.stmt, str]] = []
    for node in functions_in(code, name):
        for part in own_nodes(node):
            if isinstance(part, ast.Return) and part.value is not None:
                if isinstance(part.value, ast.Constant) and part.value.value is None:
                    continue
                text = segment(code, part.value)
                simple = isinstance(part.value, ast.Name | ast.Constant | ast.Call | ast.Subscript)
                bare = simple or "({}" in template
                tree_changes.append((part.value, template.format(text if bare else f"({text})")))
    return replace_all(code, tree_changes) if tree_changes else None


def _async_function(code: str, node: ast.FunctionDef, awaited: set[str]) -> str:
    changes: list[tuple[ast.expr | ast.stmt, str]] = []
    for part in own_nodes(node):
        if isinstance(part, ast.Call):
            text = segment(code, part)
            called = ast.unparse(part.func)
            if called == "time.sleep":
                changes.append((part, f"await asyncio.sleep({text.split('(', 1)[1]}"))
            elif called == "urlopen":
                changes.append((part, f"await asyncio.to_thread(urlopen, {text.split('(', 1)[1]}"))
            elif called in awaited | {node.name, f"self.{node.name}"}:
                changes.append((part, f"(await {text})"))
    changed = replace_all(code, _outermost(changes))
    lines = changed.splitlines()
    at = node.lineno - 1
    lines[at] = lines[at].replace("def ", "async def ", 1)
    return "\n".join(lines) + "\n"


def _outermost(
    changes: list[tuple[ast.expr | ast.stmt, str]],
) -> list[tuple[ast.expr | ast.stmt, str]]:
    """Leave out changes inside others: nested self-calls stay inside their outer call."""
    spans = [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node, _ in changes
    ]
    return [
        change
        for change, span in zip(changes, spans, strict=True)
        if not any(o != span and o[0] <= span[0] and span[1] <= o[1] for o in spans)
    ]


def _calls(node: ast.FunctionDef, name: str) -> bool:
    return any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == name
        for part in own_nodes(node)
    )


def _drop_unused_import(code: str, module: str) -> str:
    if re.search(rf"\b{module}\.", code):
        return code
    return re.sub(
        rf"^import {module}\n(?:\n+(?=def |async |class ))?", "", code, flags=re.MULTILINE
    )


def _handlers(node: Function) -> list[str]:
    """The except clauses for what a body does, most general last."""
    expected, outside = _expected_errors(node), _works_outside(node)
    lines = []
    if outside:
        lines += [
            "except OSError as error:",
            f'    raise RuntimeError(f"{node.name} failed: {{error}}") from error',
        ]
    if expected:
        kinds = expected[0] if len(expected) == 1 else f"({', '.join(expected)})"
        lines += [
            f"except {kinds} as error:",
            f'    raise ValueError(f"{node.name} failed: {{error}}") from error',
        ]
    return lines


def _works_outside(node: Function) -> bool:
    names = {ast.unparse(part.func) for part in own_nodes(node) if isinstance(part, ast.Call)}
    return any(re.search(r"\b(open|urlopen|Path|read_text|iterdir|to_thread)\b", n) for n in names)


def _expected_errors(node: Function) -> list[str]:
    nodes = own_nodes(node)
    found = []
    if any(
        isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div | ast.FloorDiv | ast.Mod)
        for part in nodes
    ):
        found.append("ZeroDivisionError")
    if any(isinstance(part, ast.Subscript) for part in nodes):
        found.append("LookupError")
    calls = {ast.unparse(part.func) for part in nodes if isinstance(part, ast.Call)}
    raises = {ast.unparse(part) for part in nodes if isinstance(part, ast.Raise)}
    if calls & {"int", "float", "json.load", "json.loads", "date.fromisoformat"} and not any(
        "ValueError" in text for text in raises
    ):
        found.append("ValueError")
    found += ["TypeError"] if parameters(node) or not found else []
    return found


def _docstring_lines(node: Function, summary: str) -> list[str]:
    kinds = parameter_types(node)
    lines = [f'"""{summary}']
    if kinds:
        lines += ["", "Args:"]
        lines += [f"    {name}: {_said_type(kind)}." for name, kind in kinds.items()]
    result = result_type(node)
    if result != "None":
        lines += ["", "Returns:", f"    {_said_type(result)}."]
    return [*lines, '"""'] if len(lines) > 1 else [f'"""{summary}"""']


def _said_type(kind: str) -> str:
    said = {
        "int": "A whole number",
        "float": "A number",
        "str": "A text",
        "list": "A list",
        "dict": "A dictionary",
        "bool": "True or False",
        "tuple": "A tuple",
        "set": "A set",
        "list[float]": "A list of numbers",
        "list[str]": "A list of texts",
    }
    plain = kind.removesuffix(" | None")
    return said.get(plain, "A value") + (" or None" if plain != kind else "")


def _with_logger(code: str) -> str:
    tree = ast.parse(code)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    at = (imports[-1].end_lineno or imports[-1].lineno) + 1
    return splice(code, at, at, ["", "logger = logging.getLogger(__name__)"])


def _words(name: str) -> str:
    return name.replace("_", " ").strip()
