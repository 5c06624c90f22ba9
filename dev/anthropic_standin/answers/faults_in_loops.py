"""Faults of loops in Python code: wrong ends and no end."""

import ast
import re

from dev.anthropic_standin.answers.python_source import (
    Function,
    own_nodes,
    parameters,
)
from dev.anthropic_standin.answers.python_text import replace_all, splice


def off_by_one(code: str, node: Function) -> tuple[str, str] | None:
    """Mend loops over `range(len(x))` that end one step off, and `x[len(x)]`."""
    for loop in own_nodes(node):
        if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
            continue
        body = "\n".join(ast.unparse(part) for part in loop.body)
        index, reach = loop.target.id, ast.unparse(loop.iter)
        over = re.fullmatch(r"range\((?:0, )?len\((\w+)\) \+ 1\)", reach)
        short = re.fullmatch(r"range\((?:0, )?len\((\w+)\) - 1\)", reach)
        found = over or short
        if found is None or f"{found[1]}[{index}]" not in body:
            continue
        if short and re.search(rf"\b{index} \+ 1\b", body):
            continue
        said = "one step too far" if over else "one step too early"
        return (
            replace_all(code, [(loop.iter, f"range(len({found[1]}))")]),
            f"the loop over `{found[1]}` ended {said}",
        )
    for part in own_nodes(node):
        if isinstance(part, ast.Subscript):
            end = re.fullmatch(r"(\w+)\[len\((\w+)\)\]", ast.unparse(part))
            if end and end[1] == end[2]:
                return (
                    replace_all(code, [(part, f"{end[1]}[-1]")]),
                    f"`{end[1]}[len({end[1]})]` lies behind the last item",
                )
    return None


def short_factorial(code: str, node: Function) -> tuple[str, str] | None:
    """Mend a product whose range leaves its end out."""
    for loop in own_nodes(node):
        if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name):
            reach = re.fullmatch(r"range\(([12]), (\w+)\)", ast.unparse(loop.iter))
            product = any(
                isinstance(part, ast.AugAssign) and isinstance(part.op, ast.Mult)
                for part in loop.body
            )
            if reach and product and reach[2] in parameters(node):
                return (
                    replace_all(code, [(loop.iter, f"range({reach[1]}, {reach[2]} + 1)")]),
                    f"the loop left `{reach[2]}` itself out",
                )
    return None


def endless_loop(code: str, node: Function) -> tuple[str, str] | None:
    """Move the variable of a while loop whose condition never changes."""
    for loop in own_nodes(node):
        if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Compare):
            continue
        left = loop.test.left
        names = {part.id for part in ast.walk(loop.test) if isinstance(part, ast.Name)}
        changed = {
            part.id
            for statement in loop.body
            for part in ast.walk(statement)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        calls = any(
            isinstance(part, ast.Call | ast.Return | ast.Break | ast.Raise)
            for statement in loop.body
            for part in ast.walk(statement)
        )
        if names & changed or calls or not isinstance(left, ast.Name):
            continue
        step = "+= 1" if isinstance(loop.test.ops[0], ast.Lt | ast.LtE) else "-= 1"
        end = (loop.body[-1].end_lineno or loop.body[-1].lineno) + 1
        line = f"{' ' * loop.body[0].col_offset}{left.id} {step}"
        return splice(code, end, end, [line]), f"`{left.id}` never changed, so the loop never ended"
    return None
