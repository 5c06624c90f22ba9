"""Faults of names in Python code: missing imports, missing self, slips of spelling."""

import ast
import builtins

import jellyfish

from dev.anthropic_standin.answers.python_header import replace_header, with_import
from dev.anthropic_standin.answers.python_source import (
    Function,
)
from dev.anthropic_standin.answers.python_text import replace_all

_MODULES = frozenset(
    [
        "math",
        "json",
        "re",
        "os",
        "sys",
        "time",
        "random",
        "csv",
        "datetime",
        "asyncio",
        "functools",
        "itertools",
        "collections",
        "logging",
        "string",
    ]
)


_ALIKE = 0.88


def missing_import(code: str, tree: ast.Module) -> tuple[str, str] | None:
    """Import a module of the standard library that is used without an import."""
    known = {
        part.id
        for part in ast.walk(tree)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    for part in ast.walk(tree):
        if isinstance(part, ast.Import | ast.ImportFrom):
            known |= {(alias.asname or alias.name).split(".")[0] for alias in part.names}
        elif isinstance(part, ast.arg):
            known.add(part.arg)
    for part in ast.walk(tree):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            module = part.value.id
            if module in _MODULES - known:
                return (
                    with_import(code, f"import {module}"),
                    f"`{module}` was used without being imported",
                )
    return None


def missing_self(code: str, node: Function) -> tuple[str, str] | None:
    """Give a method that uses `self` that parameter."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    first = node.args.args[0].arg if node.args.args else None
    if "self" not in names or first in ("self", "cls") or node.col_offset == 0:
        return None
    node.args.args.insert(0, ast.arg(arg="self"))
    return replace_header(code, node), f"the method `{node.name}` lacked its `self` parameter"


def misspelt(code: str, node: Function) -> tuple[str, str] | None:
    """Replace an unknown name by a known one that is spelt nearly the same."""
    tree = ast.parse(code)
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
    bound = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    bound |= {
        part.id
        for part in ast.walk(tree)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    bound |= {
        part.name
        for part in ast.walk(tree)
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    bound |= {
        part.name for part in ast.walk(tree) if isinstance(part, ast.ExceptHandler) and part.name
    }
    for part in ast.walk(tree):
        if isinstance(part, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).split(".")[0] for alias in part.names}
    for part in names:
        if part.id in bound or hasattr(builtins, part.id):
            continue
        near = max(
            bound, key=lambda word: jellyfish.jaro_winkler_similarity(word, part.id), default=""
        )
        if near and jellyfish.jaro_winkler_similarity(near, part.id) >= _ALIKE:
            return (
                replace_all(code, [(part, near)]),
                f"`{part.id}` was not defined; it is a slip for `{near}`",
            )
    return None
