"""Finds and mends simple faults of Python code, each by one rule over the syntax tree."""

import ast
import builtins
import re
from collections.abc import Callable
from dataclasses import dataclass

import jellyfish

from dev.anthropic_standin.answers.python_guards import add_guard, type_guard, zero_guard
from dev.anthropic_standin.answers.python_shapes import return_prints
from dev.anthropic_standin.answers.python_source import (
    Function,
    definitions,
    insert_at_body,
    own_nodes,
    parameters,
    parse,
    replace_all,
    replace_header,
    segment,
    splice,
    with_import,
)

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
_IN_PLACE = {"sort": "sorted({})", "reverse": "list(reversed({}))"}
_ALIKE = 0.88
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
    missing = _missing_import(code, tree)
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


def _missing_import(code: str, tree: ast.Module) -> tuple[str, str] | None:
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


def _missing_self(code: str, node: Function) -> tuple[str, str] | None:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    first = node.args.args[0].arg if node.args.args else None
    if "self" not in names or first in ("self", "cls") or node.col_offset == 0:
        return None
    node.args.args.insert(0, ast.arg(arg="self"))
    return replace_header(code, node), f"the method `{node.name}` lacked its `self` parameter"


def _misspelt(code: str, node: Function) -> tuple[str, str] | None:
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


def _in_place_result(code: str, node: Function) -> tuple[str, str] | None:
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


def _early_return(code: str, node: Function) -> tuple[str, str] | None:
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


def _missing_return(code: str, node: Function) -> tuple[str, str] | None:
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


def _branch_without_return(code: str, node: Function) -> tuple[str, str] | None:
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


def _off_by_one(code: str, node: Function) -> tuple[str, str] | None:
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


def _short_factorial(code: str, node: Function) -> tuple[str, str] | None:
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


def _endless_loop(code: str, node: Function) -> tuple[str, str] | None:
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
    _missing_self,
    _misspelt,
    _in_place_result,
    _early_return,
    _missing_return,
    _branch_without_return,
    _mutable_default,
    _bare_except,
    _off_by_one,
    _short_factorial,
    _is_literal,
    _endless_loop,
    _unguarded_division,
)
