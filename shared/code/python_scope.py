"""What a body of Python defines, one definition for each name."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from shared.code.python_source import Definition

_COMPOUND = (ast.If, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.For, ast.While, ast.Match)
_ACCESSORS = frozenset({"setter", "deleter"})


@dataclass(frozen=True, slots=True)
class Found:
    """A definition of a name.

    `rank`: 0 on the usual way through the file, 1 in a branch that is taken instead (`else`,
    `except`) or that only type checkers see. `after`: the next statement, which may be the
    documentation of a variable. `overloads`: other heads of the same function. `instead`: classes
    of the same name in other branches.
    """

    name: str
    node: Definition | ast.Assign | ast.AnnAssign
    rank: int
    after: ast.stmt | None = None
    overloads: tuple[Definition, ...] = ()
    instead: tuple[ast.ClassDef, ...] = ()


def definitions(body: Sequence[ast.stmt]) -> list[Found]:
    """The definitions of a scope, those in its branches included, in source order.

    Of several with one name: a function or class before a variable, the usual way before
    another, the last one, as it is what runs.
    """
    names: dict[str, list[Found]] = {}
    for found in _all(body, 0):
        names.setdefault(found.name, []).append(found)
    return sorted(map(_chosen, names.values()), key=lambda found: found.node.lineno)


def decorators(node: ast.stmt) -> Iterator[str]:
    """The last names of a definition's decorators: `lru_cache` for `@functools.lru_cache(9)`."""
    for decorator in getattr(node, "decorator_list", ()):
        yield last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)


def last_name(node: ast.expr) -> str:
    """The last part of a dotted name, "" for anything else; subscripts and calls are left out."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def targets(node: ast.stmt) -> list[ast.expr]:
    """What an assignment gives a value or a type to; tuples are taken apart."""
    if isinstance(node, ast.AnnAssign):
        return [node.target]
    found: list[ast.expr] = []
    waiting = list(reversed(node.targets)) if isinstance(node, ast.Assign) else []
    while waiting:
        target = waiting.pop()
        if isinstance(target, ast.Tuple | ast.List):
            waiting.extend(reversed(target.elts))
        else:
            found.append(target.value if isinstance(target, ast.Starred) else target)
    return found


def branches(node: ast.stmt) -> Iterator[tuple[Sequence[ast.stmt], bool]]:
    """The bodies in a statement that belong to the same scope, and whether each stands for
    another one that is the usual way."""
    if not isinstance(node, _COMPOUND):
        return
    if isinstance(node, ast.Match):
        yield from ((case.body, False) for case in node.cases)
        return
    for_checkers = isinstance(node, ast.If) and last_name(node.test) == "TYPE_CHECKING"
    yield node.body, for_checkers
    for handler in getattr(node, "handlers", ()):
        yield handler.body, True
    alternative = isinstance(node, ast.If) and not for_checkers
    yield getattr(node, "orelse", ()), alternative
    yield getattr(node, "finalbody", ()), False


def _all(body: Sequence[ast.stmt], rank: int) -> Iterator[Found]:
    for node, after in zip_longest(body, body[1:]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Found(node.name, node, rank)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in targets(node):
                if isinstance(target, ast.Name):
                    yield Found(target.id, node, rank, after)
        for branch, instead in branches(node):
            yield from _all(branch, max(rank, int(instead)))


def _chosen(group: list[Found]) -> Found:
    heads = tuple(
        found.node
        for found in group
        if isinstance(found.node, ast.FunctionDef | ast.AsyncFunctionDef)
        and "overload" in decorators(found.node)
    )
    whole = [found for found in group if found.node not in heads]
    getters = [found for found in whole if not _ACCESSORS & set(decorators(found.node))]
    best = max(
        enumerate(getters or whole or group),
        key=lambda item: (isinstance(item[1].node, Definition), -item[1].rank, item[0]),
    )[1]
    instead = tuple(
        found.node
        for found in whole
        if found.rank != best.rank and isinstance(found.node, ast.ClassDef)
    )
    return Found(best.name, best.node, best.rank, best.after, heads, instead)
