"""Larger changes of Python code: methods, caching, printing, removal, another shape."""

import ast
import re

from dev.anthropic_standin.answers.naming import to_pascal
from dev.anthropic_standin.answers.python_header import with_import
from dev.anthropic_standin.answers.python_source import (
    Function,
    find_definition,
    functions_in,
    own_nodes,
    parameters,
)
from dev.anthropic_standin.answers.python_text import replace_all, segment, splice
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
