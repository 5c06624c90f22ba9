"""Finds and mends simple faults of Python code, each by one rule over the syntax tree."""

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from dev.anthropic_standin.answers.faults_in_loops import endless_loop, off_by_one, short_factorial
from dev.anthropic_standin.answers.faults_in_names import missing_import, missing_self, misspelt
from dev.anthropic_standin.answers.faults_in_results import (
    branch_without_return,
    early_return,
    in_place_result,
    missing_return,
)
from dev.anthropic_standin.answers.python_guards import add_guard, type_guard, zero_guard
from dev.anthropic_standin.answers.python_header import insert_at_body, replace_header
from dev.anthropic_standin.answers.python_source import (
    Function,
    definitions,
    own_nodes,
    parse,
)
from dev.anthropic_standin.answers.python_text import replace_all, segment

_MAX_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Code after the repairs and a sentence for each fault that was found."""

    code: str
    faults: tuple[str, ...]


Repair = Callable[[str, Function], tuple[str, str] | None]


def debug_python(code: str, name: str) -> Mended:
    """Mend the faults that the rules know; without one, add a check of the input to `name`.

    `faults` is empty if nothing was found, also where code that cannot be parsed resisted.
    """
    faults: list[str] = []
    if parse(code) is None:
        code, fault = _mend_syntax(code)
        faults += [fault] if fault else []
    for _ in range(_MAX_ROUNDS):
        found = _one_repair(code)
        if found is None:
            break
        code = found[0]
        faults.append(found[1])
    if not faults and parse(code) is not None:
        code = add_guard(code, name, type_guard, "") or code
    return Mended(code=code, faults=tuple(faults))


def _one_repair(code: str) -> tuple[str, str] | None:
    tree = parse(code)
    if tree is None:
        return None
    missing = missing_import(code, tree)
    if missing:
        return missing
    for function in _functions(tree):
        for repair in _REPAIRS:
            found = repair(code, function)
            if found and found[0] != code and parse(found[0]) is not None:
                return found
    return None


def _functions(tree: ast.Module) -> list[Function]:
    found: list[Function] = []
    for node in definitions(tree):
        parts = node.body if isinstance(node, ast.ClassDef) else [node]
        found += [part for part in parts if isinstance(part, Function)]
    return found


def _mutable_default(code: str, node: Function) -> tuple[str, str] | None:
    for index, default in enumerate(node.args.defaults):
        if not isinstance(default, ast.List | ast.Dict | ast.Set):
            continue
        argument = node.args.args[len(node.args.args) - len(node.args.defaults) + index]
        value = ast.unparse(default)
        changed = insert_at_body(
            code, node, [f"if {argument.arg} is None:", f"    {argument.arg} = {value}"]
        )
        node.args.defaults[index] = ast.Constant(value=None)
        if argument.annotation is not None:
            argument.annotation = ast.Name(id=f"{ast.unparse(argument.annotation)} | None")
        return (
            replace_header(changed, node),
            f"the default `{value}` of `{argument.arg}` was shared between calls",
        )
    return None


def _bare_except(code: str, node: Function) -> tuple[str, str] | None:
    for part in own_nodes(node):
        if isinstance(part, ast.ExceptHandler) and part.type is None:
            lines = code.splitlines()
            at = part.lineno - 1
            lines[at] = re.sub(r"except\s*:", "except Exception:", lines[at], count=1)
            return (
                "\n".join(lines) + "\n",
                "the bare `except:` also swallowed interrupts and exits",
            )
    return None


def _is_literal(code: str, node: Function) -> tuple[str, str] | None:
    for part in own_nodes(node):
        if not isinstance(part, ast.Compare) or len(part.ops) != 1:
            continue
        right, left = part.comparators[0], segment(code, part.left)
        none = isinstance(right, ast.Constant) and right.value is None
        literal = (
            isinstance(right, ast.Constant)
            and isinstance(right.value, str | int)
            and not isinstance(right.value, bool)
        )
        if isinstance(part.ops[0], ast.Is | ast.IsNot) and literal:
            sign = "==" if isinstance(part.ops[0], ast.Is) else "!="
            return (
                replace_all(code, [(part, f"{left} {sign} {segment(code, right)}")]),
                "`is` compared identity where equality was meant",
            )
        if isinstance(part.ops[0], ast.Eq | ast.NotEq) and none:
            sign = "is" if isinstance(part.ops[0], ast.Eq) else "is not"
            return (
                replace_all(code, [(part, f"{left} {sign} None")]),
                "None was compared with `==`",
            )
    return None


def _unguarded_division(code: str, node: Function) -> tuple[str, str] | None:
    lines = zero_guard(node, "")
    handled = any(isinstance(part, ast.Try) for part in own_nodes(node))
    conditional = any(isinstance(part, ast.IfExp | ast.If) for part in own_nodes(node))
    if not lines or handled or conditional or node.col_offset:
        return None
    changed = insert_at_body(code, node, lines)
    return changed, f"`{node.name}` could divide by zero"


def _mend_syntax(code: str) -> tuple[str, str | None]:
    """Try the usual slips of a line that does not parse: a missing colon, bracket or quote."""
    try:
        ast.parse(code)
    except SyntaxError as error:
        lines = code.splitlines()
        at = (error.lineno or 1) - 1
        if at >= len(lines):
            return code, None
        for line, said in (
            (f"{lines[at].rstrip()}:", "a colon was missing"),
            (f"{lines[at].rstrip()})", "a closing bracket was missing"),
            (f'{lines[at].rstrip()}"', "a closing quote was missing"),
        ):
            tried = "\n".join([*lines[:at], line, *lines[at + 1 :]]) + "\n"
            if parse(tried) is not None:
                return tried, f"{said} in line {at + 1}"
    return code, None


_REPAIRS: tuple[Repair, ...] = (
    missing_self,
    misspelt,
    in_place_result,
    early_return,
    missing_return,
    branch_without_return,
    _mutable_default,
    _bare_except,
    off_by_one,
    short_factorial,
    _is_literal,
    endless_loop,
    _unguarded_division,
)
