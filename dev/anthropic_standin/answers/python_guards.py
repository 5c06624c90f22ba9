"""Changes that add a check or a step at the start of Python functions, or change parameters."""

import re
from collections.abc import Callable

from dev.anthropic_standin.answers.python_header import insert_at_body
from dev.anthropic_standin.answers.python_source import (
    Function,
    functions_in,
    parameters,
)
from dev.anthropic_standin.answers.python_types import NUMERIC, denominators, parameter_types

Guard = Callable[[Function, str], list[str]]


_SIZED = ("list", "str", "dict", "list[float]", "list[str]", "set", "tuple")


_CHECKS = {
    "int": "(int, float)",
    "float": "(int, float)",
    "str": "str",
    "list": "(list, tuple)",
    "list[float]": "(list, tuple)",
    "list[str]": "(list, tuple)",
    "dict": "dict",
}


def add_guard(code: str, name: str, guard: Guard, line: str) -> str | None:
    """Insert what `guard` writes for each function; None if it writes nothing anywhere."""
    changed = code
    for node in reversed(functions_in(code, name)):
        lines = guard(node, line)
        fresh = "\n".join(line for line in lines if line.endswith(":"))
        if lines and not (fresh and fresh in code):
            changed = insert_at_body(changed, node, lines)
    return changed if changed != code else None


def negative_guard(node: Function, line: str) -> list[str]:
    """Refuse negative numbers, or do with them what the sentence says (zero, none, absolute)."""
    lines = []
    for name, kind in parameter_types(node).items():
        if kind in NUMERIC:
            if "absolute" in line:
                lines.append(f"{name} = abs({name})")
            else:
                lines += _refuse(f"{name} < 0", f"{name} must not be negative", line)
        elif kind == "list[float]":
            if re.search(r"\b(absolute)\b", line):
                lines.append(f"{name} = [abs(number) for number in {name}]")
            elif re.search(r"\b(skip|ignor|leave out|filter|drop|remove)", line):
                lines.append(f"{name} = [number for number in {name} if number >= 0]")
            else:
                lines += _refuse(
                    f"any(number < 0 for number in {name})",
                    f"{name} must not hold negative numbers",
                    line,
                )
    return lines


def empty_guard(node: Function, line: str) -> list[str]:
    """Refuse empty lists and texts, or return what the sentence says."""
    lines = []
    for name, kind in parameter_types(node).items():
        if kind in _SIZED:
            lines += _refuse(f"not {name}", f"{name} must not be empty", line)
    return lines


def zero_guard(node: Function, line: str) -> list[str]:
    """Refuse a divisor of zero, or return what the sentence says."""
    lines = []
    for divisor in denominators(node):
        name = divisor.removeprefix("len:")
        if name in parameters(node):
            test = f"not {name}" if divisor != name else f"{name} == 0"
            message = f"{name} must not be {'empty' if divisor != name else 'zero'}"
            lines += _refuse(test, message, line)
    return lines


def none_guard(node: Function, line: str) -> list[str]:
    """Refuse None for every parameter, or return what the sentence says."""
    lines = []
    for name in parameters(node):
        lines += _refuse(f"{name} is None", f"{name} must not be None", line)
    return lines


def type_guard(node: Function, _line: str) -> list[str]:
    """Refuse values of another type than the name and use of a parameter suggest."""
    lines = []
    for name, kind in parameter_types(node).items():
        if kind in _CHECKS:
            said = {"str": "a text", "dict": "a dictionary"}.get(kind, "a list")
            said = "a number" if kind in NUMERIC else said
            lines += [
                f"if not isinstance({name}, {_CHECKS[kind]}):",
                f'    raise TypeError("{name} must be {said}")',
            ]
        else:
            lines += [f"if {name} is None:", f'    raise TypeError("{name} is missing")']
    return lines


def text_step(node: Function, line: str) -> list[str]:
    """Prepare texts as the sentence says: ignore case, or trim white space."""
    step = ".lower()" if re.search(r"\bcase\b", line) else ".strip()"
    lines = []
    for name, kind in parameter_types(node).items():
        if kind == "str":
            lines.append(f"{name} = {name}{step}")
        elif kind == "list[str]":
            lines.append(f"{name} = [part{step} for part in {name}]")
    return lines


def number_step(node: Function, _line: str) -> list[str]:
    """Accept numbers written as text."""
    return [
        f"{name} = float({name}) if isinstance({name}, str) else {name}"
        for name, kind in parameter_types(node).items()
        if kind in NUMERIC
    ]


def _refuse(test: str, message: str, line: str) -> list[str]:
    """Two lines: raise, or return the value that the sentence names for that case."""
    instead = re.search(
        r"\breturn(?:s|ing)? (?:an? )?(none|zero|0|false|true|nan|"
        r"empty (?:list|string|text|dictionary))\b",
        line,
    )
    values = {
        "none": "None",
        "zero": "0",
        "0": "0",
        "false": "False",
        "true": "True",
        "nan": 'float("nan")',
        "empty list": "[]",
        "empty string": '""',
        "empty text": '""',
        "empty dictionary": "{}",
    }
    if instead:
        return [f"if {test}:", f"    return {values[instead[1]]}"]
    return [f"if {test}:", f'    raise ValueError("{message}")']
