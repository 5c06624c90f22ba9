"""Faults of results in Python code: lost, too early, or changed in place."""

import ast

from dev.anthropic_standin.answers.python_removals import return_prints
from dev.anthropic_standin.answers.python_source import (
    Function,
    own_nodes,
    parameters,
)
from dev.anthropic_standin.answers.python_text import replace_all, segment, splice

_IN_PLACE = {"sort": "sorted({})", "reverse": "list(reversed({}))"}


def in_place_result(code: str, node: Function) -> tuple[str, str] | None:
    """Replace a result of `sort()` or `reverse()`, which is None, by the new list."""
    for part in own_nodes(node):
        value = part.value if isinstance(part, ast.Return | ast.Assign) else None
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            template = _IN_PLACE.get(value.func.attr)
            if template and not value.args and not value.keywords:
                text = template.format(segment(code, value.func.value))
                return (
                    replace_all(code, [(value, text)]),
                    f"`{value.func.attr}()` changes the list and gives None; "
                    f"`{text}` gives the new list",
                )
    return None


def early_return(code: str, node: Function) -> tuple[str, str] | None:
    """Move the return of an accumulated value behind its loop."""
    for loop in own_nodes(node):
        if not isinstance(loop, ast.For | ast.While) or len(loop.body) < 2:
            continue
        last = loop.body[-1]
        if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Name):
            continue
        name = last.value.id
        grows = any(
            (isinstance(part, ast.AugAssign) and ast.unparse(part.target) == name)
            or (
                isinstance(part, ast.Call)
                and ast.unparse(part.func) in (f"{name}.append", f"{name}.add", f"{name}.extend")
            )
            for statement in loop.body[:-1]
            for part in ast.walk(statement)
        )
        if grows:
            line = f"{' ' * loop.col_offset}return {name}"
            end = (last.end_lineno or last.lineno) + 1
            return (
                splice(code, last.lineno, end, [line]),
                f"`return {name}` stood inside the loop and ended it after the first round",
            )
    return None


def missing_return(code: str, node: Function) -> tuple[str, str] | None:
    """Return what a function computes without returning it."""
    if node.name == "__init__" or any(
        isinstance(part, ast.Return | ast.Yield | ast.YieldFrom) for part in own_nodes(node)
    ):
        return None
    last = node.body[-1]
    if isinstance(last, ast.For | ast.While | ast.If | ast.With):
        return _return_of_result(code, node, last)
    if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
        return _append_return(code, node, last.targets[0].id)
    if isinstance(last, ast.AugAssign) and isinstance(last.target, ast.Name):
        return _append_return(code, node, last.target.id)
    if isinstance(last, ast.Expr) and isinstance(
        last.value, ast.BinOp | ast.Compare | ast.BoolOp | ast.Name | ast.ListComp | ast.JoinedStr
    ):
        return (
            replace_all(code, [(last, f"return {segment(code, last.value)}")]),
            f"`{node.name}` computed its result without returning it",
        )
    printed = return_prints(code, node.name)
    if printed and len(node.body) <= 4 and parameters(node):
        return printed, f"`{node.name}` printed its result, so each call gave None"
    return None


def _return_of_result(code: str, node: Function, last: ast.stmt) -> tuple[str, str] | None:
    first = [part for part in node.body if isinstance(part, ast.Assign)]
    names = [part.targets[0].id for part in first if isinstance(part.targets[0], ast.Name)]
    touched = {
        ast.unparse(part.target) for part in ast.walk(last) if isinstance(part, ast.AugAssign)
    }
    touched |= {
        target.id
        for part in ast.walk(last)
        if isinstance(part, ast.Assign)
        for target in part.targets
        if isinstance(target, ast.Name)
    }
    touched |= {
        ast.unparse(part.func.value)
        for part in ast.walk(last)
        if isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in ("append", "add", "extend", "update")
    }
    grown = [name for name in names if name in touched]
    return _append_return(code, node, grown[0]) if grown else None


def _append_return(code: str, node: Function, name: str) -> tuple[str, str]:
    last = node.body[-1]
    at = (last.end_lineno or last.lineno) + 1
    line = f"{' ' * node.body[0].col_offset}return {name}"
    return (
        splice(code, at, at, [line]),
        f"`{node.name}` had no return statement, so each call gave None",
    )


def branch_without_return(code: str, node: Function) -> tuple[str, str] | None:
    """Return the other boolean where no branch returned."""
    last = node.body[-1]
    returns = [part for part in own_nodes(node) if isinstance(part, ast.Return) and part.value]
    if not isinstance(last, ast.If | ast.For | ast.While) or not returns or _always_leaves(last):
        return None
    booleans = {
        part.value.value
        for part in returns
        if part.value
        and isinstance(part.value, ast.Constant)
        and isinstance(part.value.value, bool)
    }
    value = str(not booleans.pop()) if len(booleans) == 1 and len(returns) <= 2 else None
    if value is None:
        return None
    changed, _ = _append_return(code, node, value)
    return changed, f"`{node.name}` gave None where no branch returned; now it gives {value}"


def _always_leaves(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return | ast.Raise):
        return True
    if isinstance(statement, ast.If) and statement.orelse:
        return _always_leaves(statement.body[-1]) and _always_leaves(statement.orelse[-1])
    if isinstance(statement, ast.While):
        return isinstance(statement.test, ast.Constant) and bool(statement.test.value)
    return False
