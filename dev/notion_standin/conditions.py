"""Conditions on one value: `{operator: operand}` of each kind of property."""

from collections.abc import Callable
from typing import Any

from dev.notion_standin.errors import failed

Operators = dict[str, Callable[[Any, Any], bool]]
Test = Callable[[Any], bool]


def read_condition(table: Operators, given: Any, place: str) -> Test:
    """Read `{operator: operand}`; more than one operator must all hold."""
    if not isinstance(given, dict) or not given:
        raise failed(f"{place}.{next(iter(table))}", "defined")
    for name in given:
        if name not in table:
            raise failed(f"{place}.{name}", "not present", given[name])
    for name, operand in given.items():
        _check_operand(table, name, operand, f"{place}.{name}")
    pairs = [(table[name], operand) for name, operand in given.items()]
    return lambda value: all(operate(value, operand) for operate, operand in pairs)


def _check_operand(table: Operators, name: str, operand: Any, place: str) -> None:
    if name in EMPTINESS:
        if operand is not True:
            raise failed(place, "`true`", operand)
    elif table is FLAG:
        if not isinstance(operand, bool):
            raise failed(place, "a boolean", operand)
    elif table is NUMBER:
        if isinstance(operand, bool) or not isinstance(operand, int | float):
            raise failed(place, "a number", operand)
    elif not isinstance(operand, str):
        raise failed(place, "a string", operand)


EMPTINESS: Operators = {
    "is_empty": lambda a, _: a in (None, "", []),
    "is_not_empty": lambda a, _: a not in (None, "", []),
}
_EQUALITY: Operators = {
    "equals": lambda a, b: a == b,
    "does_not_equal": lambda a, b: a != b,
}
TEXT: Operators = {
    **_EQUALITY,
    "contains": lambda a, b: str(b).lower() in a.lower(),
    "does_not_contain": lambda a, b: str(b).lower() not in a.lower(),
    "starts_with": lambda a, b: a.lower().startswith(str(b).lower()),
    "ends_with": lambda a, b: a.lower().endswith(str(b).lower()),
    **EMPTINESS,
}
NUMBER: Operators = {
    **_EQUALITY,
    "greater_than": lambda a, b: a is not None and a > b,
    "less_than": lambda a, b: a is not None and a < b,
    "greater_than_or_equal_to": lambda a, b: a is not None and a >= b,
    "less_than_or_equal_to": lambda a, b: a is not None and a <= b,
    **EMPTINESS,
}
FLAG = dict(_EQUALITY)
CHOICE = {**_EQUALITY, **EMPTINESS}
LIST: Operators = {
    "contains": lambda a, b: str(b).replace("-", "") in [str(x).replace("-", "") for x in a],
    "does_not_contain": lambda a, b: str(b).replace("-", "") not in [x.replace("-", "") for x in a],
    **EMPTINESS,
}
NAMES: Operators = {
    "contains": lambda a, b: b in a,
    "does_not_contain": lambda a, b: b not in a,
    **EMPTINESS,
}
