"""Changes that add a check or a step at the start of Python functions, or change parameters."""

import ast
import re
from collections.abc import Callable

from dev.anthropic_standin.answers.python_source import (
    Function,
    find_definition,
    functions_in,
    insert_at_body,
    own_nodes,
    parameters,
    replace_all,
    replace_header,
    splice,
    with_import,
)
from dev.anthropic_standin.answers.python_types import NUMERIC, denominators, parameter_types

Guard = Callable[[Function, str], list[str]]
_SIZED = ("list", "str", "dict", "list[float]", "list[str]", "set", "tuple")
_CHECKS = {
    "int": "(int, float)",
    "float": "(int, float)",
    "str": "str",
    "list": "(list, tuple)",
    "list[float]": "(list, tuple)",
    "list[str]": "(list, tuple)",
    "dict": "dict",
}


def add_guard(code: str, name: str, guard: Guard, line: str) -> str | None:
    """Insert what `guard` writes for each function; None if it writes nothing anywhere."""
    changed = code
    for node in reversed(functions_in(code, name)):
        lines = guard(node, line)
        fresh = "\n".join(line for line in lines if line.endswith(":"))
        if lines and not (fresh and fresh in code):
            changed = insert_at_body(changed, node, lines)
    return changed if changed != code else None


def negative_guard(node: Function, line: str) -> list[str]:
    """Refuse negative numbers, or do with them what the sentence says (zero, none, absolute)."""
    lines = []
    for name, kind in parameter_types(node).items():
        if kind in NUMERIC:
            if "absolute" in line:
                lines.append(f"{name} = abs({name})")
            else:
                lines += _refuse(f"{name} < 0", f"{name} must not be negative", line)
        elif kind == "list[float]":
            if re.search(r"\b(absolute)\b", line):
                lines.append(f"{name} = [abs(number) for number in {name}]")
            elif re.search(r"\b(skip|ignor|leave out|filter|drop|remove)", line):
                lines.append(f"{name} = [number for number in {name} if number >= 0]")
            else:
                lines += _refuse(
                    f"any(number < 0 for number in {name})",
                    f"{name} must not hold negative numbers",
                    line,
                )
    return lines


def empty_guard(node: Function, line: str) -> list[str]:
    """Refuse empty lists and texts, or return what the sentence says."""
    lines = []
    for name, kind in parameter_types(node).items():
        if kind in _SIZED:
            lines += _refuse(f"not {name}", f"{name} must not be empty", line)
    return lines


def zero_guard(node: Function, line: str) -> list[str]:
    """Refuse a divisor of zero, or return what the sentence says."""
    lines = []
    for divisor in denominators(node):
        name = divisor.removeprefix("len:")
        if name in parameters(node):
            test = f"not {name}" if divisor != name else f"{name} == 0"
            message = f"{name} must not be {'empty' if divisor != name else 'zero'}"
            lines += _refuse(test, message, line)
    return lines


def none_guard(node: Function, line: str) -> list[str]:
    """Refuse None for every parameter, or return what the sentence says."""
    lines = []
    for name in parameters(node):
        lines += _refuse(f"{name} is None", f"{name} must not be None", line)
    return lines


def type_guard(node: Function, _line: str) -> list[str]:
    """Refuse values of another type than the name and use of a parameter suggest."""
    lines = []
    for name, kind in parameter_types(node).items():
        if kind in _CHECKS:
            said = {"str": "a text", "dict": "a dictionary"}.get(kind, "a list")
            said = "a number" if kind in NUMERIC else said
            lines += [
                f"if not isinstance({name}, {_CHECKS[kind]}):",
                f'    raise TypeError("{name} must be {said}")',
            ]
        else:
            lines += [f"if {name} is None:", f'    raise TypeError("{name} is missing")']
    return lines


def text_step(node: Function, line: str) -> list[str]:
    """Prepare texts as the sentence says: ignore case, or trim white space."""
    step = ".lower()" if re.search(r"\bcase\b", line) else ".strip()"
    lines = []
    for name, kind in parameter_types(node).items():
        if kind == "str":
            lines.append(f"{name} = {name}{step}")
        elif kind == "list[str]":
            lines.append(f"{name} = [part{step} for part in {name}]")
    return lines


def number_step(node: Function, _line: str) -> list[str]:
    """Accept numbers written as text."""
    return [
        f"{name} = float({name}) if isinstance({name}, str) else {name}"
        for name, kind in parameter_types(node).items()
        if kind in NUMERIC
    ]


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


def _refuse(test: str, message: str, line: str) -> list[str]:
    """Two lines: raise, or return the value that the sentence names for that case."""
    instead = re.search(
        r"\breturn(?:s|ing)? (?:an? )?(none|zero|0|false|true|nan|"
        r"empty (?:list|string|text|dictionary))\b",
        line,
    )
    values = {
        "none": "None",
        "zero": "0",
        "0": "0",
        "false": "False",
        "true": "True",
        "nan": 'float("nan")',
        "empty list": "[]",
        "empty string": '""',
        "empty text": '""',
        "empty dictionary": "{}",
    }
    if instead:
        return [f"if {test}:", f"    return {values[instead[1]]}"]
    return [f"if {test}:", f'    raise ValueError("{message}")']
