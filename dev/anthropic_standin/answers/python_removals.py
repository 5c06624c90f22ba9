"""Takes parts of Python functions out, and swaps printing for returning."""

import ast

from dev.anthropic_standin.answers.python_header import replace_header
from dev.anthropic_standin.answers.python_source import (
    docstring_end,
    functions_in,
    own_nodes,
)
from dev.anthropic_standin.answers.python_text import replace_all, segment, splice


def print_results(code: str, name: str) -> str | None:
    """Print instead of returning."""
    changes = [
        (part, f"print({segment(code, part.value)})")
        for node in functions_in(code, name)
        for part in own_nodes(node)
        if isinstance(part, ast.Return) and part.value is not None
    ]
    # A return in the middle also ends the function, so only a last return may become a print.
    lasts = {node.body[-1].lineno for node in functions_in(code, name)}
    if not changes or any(part.lineno not in lasts for part, _ in changes):
        return None
    return replace_all(code, [(part, text) for part, text in changes])


def also_print(code: str, name: str) -> str | None:
    """Print each result before it is returned."""
    changed = code
    for node in reversed(functions_in(code, name)):
        returns = [p for p in own_nodes(node) if isinstance(p, ast.Return) and p.value is not None]
        for part in sorted(returns, key=lambda p: p.lineno, reverse=True):
            indent = " " * part.col_offset
            value = segment(changed, part.value) if part.value else "None"
            end = (part.end_lineno or part.lineno) + 1
            lines = [
                f"{indent}outcome = {value}",
                f"{indent}print(outcome)",
                f"{indent}return outcome",
            ]
            changed = splice(changed, part.lineno, end, lines)
    return changed if changed != code else None


def return_prints(code: str, name: str) -> str | None:
    """Return what is printed instead, where the print is the last statement."""
    changes = []
    for node in functions_in(code, name):
        last = node.body[-1]
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
            call = last.value
            if ast.unparse(call.func) == "print" and len(call.args) == 1:
                changes.append((last, f"return {segment(code, call.args[0])}"))
    return replace_all(code, list(changes)) if changes else None


def remove_docstrings(code: str, name: str) -> str | None:
    """Take the docstrings of a function or of a class's methods out."""
    changed = code
    for node in reversed(functions_in(code, name)):
        if docstring_end(node) and len(node.body) > 1:
            first = node.body[0]
            changed = splice(changed, first.lineno, (first.end_lineno or first.lineno) + 1, [])
    return changed if changed != code else None


def remove_prints(code: str, name: str) -> str | None:
    """Take print statements out, where another statement stays in their block."""
    changed = code
    for node in reversed(functions_in(code, name)):
        prints = [
            part
            for part in own_nodes(node)
            if isinstance(part, ast.Expr)
            and isinstance(part.value, ast.Call)
            and ast.unparse(part.value.func) == "print"
        ]
        for part in sorted(prints, key=lambda p: p.lineno, reverse=True):
            end = (part.end_lineno or part.lineno) + 1
            without = splice(changed, part.lineno, end, [])
            try:
                ast.parse(without)
            except SyntaxError:
                continue
            changed = without
    return changed if changed != code else None


def remove_hints(code: str, name: str) -> str | None:
    """Take the annotations of a function out."""
    changed = code
    for node in reversed(functions_in(code, name)):
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            argument.annotation = None
        node.returns = None
        changed = replace_header(changed, node)
    return changed if changed != code else None
