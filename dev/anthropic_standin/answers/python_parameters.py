"""Changes of the parameters of Python functions and classes."""

import ast

from dev.anthropic_standin.answers.python_header import replace_header, with_import
from dev.anthropic_standin.answers.python_source import (
    Function,
    find_definition,
    functions_in,
    own_nodes,
    parameters,
)
from dev.anthropic_standin.answers.python_text import replace_all, splice


def add_parameter(code: str, name: str, parameter: str, default: str) -> str | None:
    """Give a function one more parameter with a default; a limit is also used on the result."""
    node = find_definition(code, name)
    if isinstance(node, ast.ClassDef):
        return add_attribute(code, name, parameter, default)
    if node is None or parameter in parameters(node) or node.args.vararg:
        return None
    changed = code
    returns = [part for part in own_nodes(node) if isinstance(part, ast.Return) and part.value]
    lists = ast.List | ast.ListComp | ast.Subscript
    if parameter == "limit" and all(isinstance(part.value, lists) for part in returns):
        changed = replace_all(
            changed, [(p.value, f"{ast.unparse(p.value)}[:limit]") for p in returns if p.value]
        )
    node.args.args.append(ast.arg(arg=parameter))
    node.args.defaults.append(ast.parse(default, mode="eval").body)
    return replace_header(changed, node)


def add_attribute(code: str, name: str, attribute: str, default: str) -> str | None:
    """Give a class one more attribute that its constructor takes, with a default."""
    node = find_definition(code, name)
    if not isinstance(node, ast.ClassDef):
        return None
    start = next(
        (p for p in node.body if isinstance(p, ast.FunctionDef) and p.name == "__init__"), None
    )
    if start is None or attribute in parameters(start):
        return None
    end = (start.body[-1].end_lineno or start.body[-1].lineno) + 1
    indent = " " * start.body[0].col_offset
    changed = splice(code, end, end, [f"{indent}self.{attribute} = {attribute}"])
    start.args.args.append(ast.arg(arg=attribute))
    start.args.defaults.append(ast.parse(default, mode="eval").body)
    return replace_header(changed, start)


def set_default(code: str, name: str, parameter: str, default: str) -> str | None:
    """Give a parameter and all after it a default value."""
    for node in functions_in(code, name):
        names = [argument.arg for argument in node.args.args]
        if parameter not in names:
            continue
        node.args.defaults = _with_default(node.args, names.index(parameter), default)
        return replace_header(code, node)
    return None


def take_more(code: str, name: str, count: int | None) -> str | None:
    """Let a function that joins all its parameters by + or * take more: `count`, None for any."""
    node = find_definition(code, name)
    if not isinstance(node, Function):
        return None
    names = parameters(node)
    for part in own_nodes(node):
        chain = _chain(part) if isinstance(part, ast.BinOp) else None
        if chain and chain[1] == names:
            return _with_more(code, node, part, chain[0], count)
    return None


def _with_more(
    code: str, node: Function, chain: ast.AST, sign: str, count: int | None
) -> str | None:
    if not isinstance(chain, ast.BinOp):
        return None
    if count is None:
        function = "sum" if sign == "+" else "math.prod"
        changed = replace_all(code, [(chain, f"{function}(numbers)")])
        node.args = ast.arguments(
            posonlyargs=[],
            args=[],
            vararg=ast.arg(arg="numbers"),
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        changed = replace_header(changed, node)
        return with_import(changed, "import math") if function == "math.prod" else changed
    names = parameters(node)
    fresh = [letter for letter in "abcdefgh" if letter not in names][: count - len(names)]
    if len(names) + len(fresh) != count or not fresh:
        return None
    changed = replace_all(code, [(chain, f" {sign} ".join([*names, *fresh]))])
    node.args.args += [ast.arg(arg=letter) for letter in fresh]
    return replace_header(changed, node)


def _with_default(arguments: ast.arguments, index: int, default: str) -> list[ast.expr]:
    """The defaults after one was set: all later parameters without one get the same."""
    count = len(arguments.args)
    known: list[ast.expr | None] = [None] * (count - len(arguments.defaults))
    known += arguments.defaults
    value = ast.parse(default, mode="eval").body
    known[index] = value
    return [part or value for part in known[next(i for i, p in enumerate(known) if p) :]]


def _chain(node: ast.BinOp) -> tuple[str, list[str]] | None:
    """The sign and names of `a + b + c`, None for anything else."""
    sign = {ast.Add: "+", ast.Mult: "*"}.get(type(node.op))
    if sign is None or not isinstance(node.right, ast.Name):
        return None
    if isinstance(node.left, ast.Name):
        return sign, [node.left.id, node.right.id]
    inner = _chain(node.left) if isinstance(node.left, ast.BinOp) else None
    return (sign, [*inner[1], node.right.id]) if inner and inner[0] == sign else None
