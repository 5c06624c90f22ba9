"""Larger changes of Python code: methods, caching, printing, removal, another shape."""

import ast
import re

from dev.anthropic_standin.answers.naming import to_pascal
from dev.anthropic_standin.answers.python_source import (
    Function,
    docstring_end,
    find_definition,
    functions_in,
    own_nodes,
    parameters,
    replace_all,
    replace_header,
    segment,
    splice,
    with_import,
)
from dev.anthropic_standin.answers.python_types import parameter_types

_HASHABLE = ("int", "float", "str", "bool", "Any")


def add_method(code: str, name: str, method: str, line: str) -> str | None:
    """Give a class a method; what it does follows from its name and the sentence."""
    node = find_definition(code, name)
    if not isinstance(node, ast.ClassDef):
        return None
    if any(isinstance(part, Function) and part.name == method for part in node.body):
        return None
    end = (node.body[-1].end_lineno or node.body[-1].lineno) + 1
    indent = " " * node.body[0].col_offset
    lines = _method_lines(attributes(node), method, line)
    return splice(code, end, end, ["", *(f"{indent}{text}" if text else "" for text in lines)])


def attributes(node: ast.ClassDef) -> list[str]:
    """List the attributes that a class sets in its constructor, in order."""
    start = next(
        (p for p in node.body if isinstance(p, ast.FunctionDef) and p.name == "__init__"), None
    )
    names = [
        target.attr
        for part in (ast.walk(start) if start else ())
        if isinstance(part, ast.Assign)
        for target in part.targets
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"
    ]
    return list(dict.fromkeys(names))


def add_cache(code: str, name: str) -> str | None:
    """Remember results with functools.cache; None where arguments cannot be keys."""
    node = find_definition(code, name)
    if not isinstance(node, ast.FunctionDef) or not parameters(node) or node.decorator_list:
        return None
    if any(
        kind.removesuffix(" | None") not in _HASHABLE for kind in parameter_types(node).values()
    ):
        return None
    changed = splice(code, node.lineno, node.lineno, ["@functools.cache"])
    return with_import(changed, "import functools")


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


def into_class(code: str, name: str) -> str | None:
    """Put a function into a class as a static method."""
    node = find_definition(code, name)
    if not isinstance(node, Function) or node.decorator_list:
        return None
    body = segment(code, node).splitlines()
    lines = [
        f"class {to_pascal(name)}:",
        f'    """Holds {name} as a static method."""',
        "",
        "    @staticmethod",
        *(f"    {text}" if text else "" for text in body),
    ]
    if re.search(rf"\b{name}\(", "\n".join(body[1:])):
        return None
    return splice(code, node.lineno, (node.end_lineno or node.lineno) + 1, lines)


def add_main(code: str, name: str) -> str | None:
    """Add a guarded example call at the end of the file."""
    node = find_definition(code, name)
    if "__main__" in code or not isinstance(node, ast.FunctionDef):
        return None
    samples = {
        "int": "5",
        "float": "2.5",
        "str": '"example"',
        "list": '["a", "b"]',
        "list[float]": "[1, 2, 3]",
        "list[str]": '["one", "two"]',
        "dict": "{}",
    }
    kinds = parameter_types(node)
    values = ", ".join(samples.get(kind.removesuffix(" | None"), "None") for kind in kinds.values())
    return f'{code.rstrip()}\n\n\nif __name__ == "__main__":\n    print({name}({values}))\n'


def reverse_order(code: str, name: str) -> str | None:
    """Sort the other way round: adds or removes `reverse=True` of sorted and sort."""
    changes: list[tuple[ast.expr | ast.stmt, str]] = []
    for node in functions_in(code, name):
        for part in own_nodes(node):
            called = ast.unparse(part.func) if isinstance(part, ast.Call) else ""
            if isinstance(part, ast.Call) and (called == "sorted" or called.endswith(".sort")):
                kept = [word for word in part.keywords if word.arg != "reverse"]
                if len(kept) == len(part.keywords):
                    kept.append(ast.keyword(arg="reverse", value=ast.Constant(value=True)))
                part.keywords = kept
                changes.append((part, ast.unparse(part)))
    return replace_all(code, changes) if changes else None


def _method_lines(owned: list[str], method: str, line: str) -> list[str]:
    words = method.split("_")
    subject = "_".join(words[1:])
    first = owned[0] if owned else None
    if words[0] in ("set", "update", "change") and subject in owned:
        return [
            f"def {method}(self, {subject}):",
            f'    """Store another {subject}."""',
            f"    self.{subject} = {subject}",
        ]
    if words[0] == "get" and subject in owned:
        return [
            f"def {method}(self):",
            f'    """Return the {subject}."""',
            f"    return self.{subject}",
        ]
    if method in ("size", "length", "count", "is_empty") and first:
        value = f"len(self.{first})" if method != "is_empty" else f"not self.{first}"
        return [
            f"def {method}(self):",
            f'    """Tell about the number of {first}."""',
            f"    return {value}",
        ]
    if method in ("clear", "empty") and first:
        return [
            f"def {method}(self):",
            f'    """Take everything out of {first}."""',
            f"    self.{first} = type(self.{first})()",
        ]
    if re.search(r"\bdict", line) or method in ("to_dict", "as_dict"):
        pairs = ", ".join(f'"{name}": self.{name}' for name in owned)
        return [
            f"def {method}(self):",
            '    """Return all attributes as a dictionary."""',
            f"    return {{{pairs}}}",
        ]
    shown = ", ".join(f"{name}={{self.{name}!r}}" for name in owned)
    said = method.replace("_", " ")
    quoted = f'f"{said}: {shown}"' if owned else f'"{said}"'
    return [
        f"def {method}(self):",
        f'    """Return a line about: {said}."""',
        f"    return {quoted}",
    ]
