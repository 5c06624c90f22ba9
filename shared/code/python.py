"""Python source as an outline, without importing or running any of it.

The syntax tree gives places and the text of heads as they stand; griffe takes the docstrings
apart.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from shared.code.model import Import, Module
from shared.code.python_docs import read_docstring
from shared.code.python_scope import branches, targets
from shared.code.python_source import Source
from shared.code.python_symbols import read_symbols

_BOM: Final = "\ufeff"


def read_python(path: str, text: str) -> Module:
    """The outline of a Python file.

    Never raises, whatever the text. What this version of Python cannot parse (a syntax that is
    newer or older, a file in the middle of an edit) is read by the grammar, which goes on behind
    a fault; `problem` then says so. Texts of docstrings are Markdown.
    """
    clean = text.removeprefix(_BOM).encode("utf8", "replace").decode()
    clean = clean.replace("\r\n", "\n").replace("\r", "\n")
    try:
        tree, reason = _parsed(clean)
        if tree:
            return _outline(path, clean, tree)
    except (RecursionError, MemoryError):
        reason = "it is nested too deeply"
    return _by_grammar(path, clean, reason)


def _parsed(text: str) -> tuple[ast.Module | None, str]:
    """The tree of a text, or why there is none."""
    if "\0" in text:
        return None, "it holds characters that source code cannot"
    try:
        return ast.parse(text), ""
    except SyntaxError as exc:
        return None, f"line {exc.lineno or 1} is not Python {_version()}"


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _by_grammar(path: str, text: str, reason: str) -> Module:
    from shared.code.grammar import read_with_grammar

    return replace(
        read_with_grammar(path, "python", text), problem=f"Read by its grammar alone, as {reason}"
    )


def _outline(path: str, text: str, tree: ast.Module) -> Module:
    source = Source(text)
    exports = _exports(tree)
    return Module(
        path=path,
        language="python",
        doc=read_docstring(ast.get_docstring(tree) or "").doc,
        symbols=read_symbols(source, tree, exports),
        imports=tuple(sorted(_imports(tree), key=lambda found: found.line)),
        exports=exports,
        references=frozenset(_references(tree)),
        lines=source.lines,
    )


def _imports(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module=alias.name, line=node.lineno)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            module = "." * node.level + (node.module or "")
            yield Import(module=module, names=names, line=node.lineno)


def _references(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _exports(tree: ast.Module) -> frozenset[str] | None:
    """What `__all__` names, as far as it is written out; None where nothing of it is.

    What it takes from another module's list is of no matter here: those names are defined there.
    https://typing.python.org/en/latest/spec/distributing.html#library-interface-public-and-private-symbols
    """
    named: set[str] | None = None
    for node in _statements(tree.body):
        if (change := _change_of_all(node)) is None:
            continue
        how, value = change
        names = _texts(value)
        if names is None:
            continue
        named = names if how == "=" or named is None else named | names
        named = named - names if how == "remove" else named
    return None if named is None else frozenset(named)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope, those in its branches included."""
    for node in body:
        yield node
        for branch, _ in branches(node):
            yield from _statements(branch)


def _change_of_all(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """How a statement changes `__all__`, and by what; None for any other statement."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return ("=", node.value) if node.value and any(map(_is_all, targets(node))) else None
    if isinstance(node, ast.AugAssign) and _is_all(node.target):
        return "+=", node.value
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return None
    call = node.value
    if not (isinstance(call.func, ast.Attribute) and _is_all(call.func.value) and call.args):
        return None
    return call.func.attr, call.args[0]


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def _texts(node: ast.expr) -> set[str] | None:
    """The texts in an expression that is a list of them or a sum of lists; None where it has
    none that is written out."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_texts(side) for side in (node.left, node.right)]
        known = [side for side in sides if side is not None]
        return set().union(*known) if known else None
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else None
    if not isinstance(node, ast.List | ast.Tuple | ast.Set):
        return None
    values = [item.value for item in node.elts if isinstance(item, ast.Constant)]
    return {value for value in values if isinstance(value, str)}
