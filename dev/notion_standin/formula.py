"""Formulas: the common part of Notion's language, over a page's own properties.

Known are literals, `prop("Name")`, arithmetic, comparisons, `and`/`or`/`not`, `? :` and the
functions below. What cannot be read or computed has an empty result, as a broken formula has.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from dev.notion_standin.model import Json, Page, Property
from dev.notion_standin.rich_text import plain
from dev.notion_standin.schema import find_property
from dev.notion_standin.workspace import Workspace

ValueOf = Callable[[Workspace, Page, Property], Any]
_TOKEN = re.compile(
    r'\s*(?:(\d+\.?\d*)|"((?:[^"\\]|\\.)*)"|(==|!=|>=|<=|[-+*/%^<>?:(),.!])|([A-Za-z_]\w*))'
)
_BINDING = {"or": 1, "and": 2, "==": 3, "!=": 3, ">": 4, "<": 4, ">=": 4, "<=": 4,
            "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "^": 7}  # fmt: skip


class Unreadable(Exception):
    """The formula is not one that the stand-in can compute."""


def formula_value(workspace: Workspace, page: Page, found: Property, value_of: ValueOf) -> Json:
    """Compute a formula; an empty string result where it cannot be."""

    def prop(name: str) -> Any:
        source = workspace.data_sources[page.parent.id]
        column = find_property(source, name)
        if column is None or column.id == found.id or column.type == "formula":
            raise Unreadable(name)
        return _bare(value_of(workspace, page, column), column.type)

    try:
        result = _Reader(found.config.get("expression", ""), prop).whole()
    except (Unreadable, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return {"type": "string", "string": None}
    if isinstance(result, bool):
        return {"type": "boolean", "boolean": result}
    if isinstance(result, int | float):
        return {"type": "number", "number": result}
    if isinstance(result, dict):
        return {"type": "date", "date": result}
    return {"type": "string", "string": _text(result)}


def _bare(value: Any, kind: str) -> Any:
    """Turn a property's value into what formulas reckon with."""
    if kind in ("title", "rich_text"):
        return plain(value)
    if kind in ("select", "status"):
        return value["name"] if value else ""
    if kind == "multi_select":
        return [option["name"] for option in value]
    if kind == "unique_id":
        return "-".join(str(part) for part in (value["prefix"], value["number"]) if part)
    return "" if value is None and kind != "number" else value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


class _Reader:
    """A Pratt parser that computes while it reads."""

    def __init__(self, text: str, prop: Callable[[str], Any]) -> None:
        self._tokens, self._prop, place = list[tuple[str, str]](), prop, 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if not found:
                raise Unreadable(text)
            kinds = ("number", "string", "mark", "word")
            number = next(n for n, group in enumerate(found.groups()) if group is not None)
            self._tokens.append((kinds[number], found.group(number + 1)))
            place = found.end()
        self._at = 0

    def whole(self) -> Any:
        """Compute the whole formula."""
        value = self._expression(0)
        if self._at < len(self._tokens):
            raise Unreadable(self._tokens[self._at][1])
        return value

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> tuple[str, str]:
        if self._at >= len(self._tokens) or (wanted and self._peek() != wanted):
            raise Unreadable(wanted or "end")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expression(self, least: int) -> Any:
        left = self._postfix(self._primary())
        while (mark := self._peek()) in _BINDING and _BINDING[mark] > least:
            self._take()
            right = self._expression(_BINDING[mark] - (mark == "^"))
            left = _operate(mark, left, right)
        if self._peek() == "?" and least == 0:
            self._take()
            yes = self._expression(0)
            self._take(":")
            no = self._expression(0)
            left = yes if left else no
        return left

    def _postfix(self, value: Any) -> Any:
        while self._peek() == ".":
            self._take()
            value = self._call(self._take()[1], [value])
        return value

    def _primary(self) -> Any:
        kind, text = self._take()
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "string":
            return re.sub(r"\\(.)", r"\1", text)
        if text == "(":
            value = self._expression(0)
            self._take(")")
            return value
        if text == "-":
            return -self._expression(6)
        if text in ("not", "!"):
            return not self._expression(2)
        if text in ("true", "false"):
            return text == "true"
        return self._call(text, []) if kind == "word" else self._refuse(text)

    def _refuse(self, text: str) -> Any:
        raise Unreadable(text)

    def _call(self, name: str, given: list[Any]) -> Any:
        arguments = list(given)
        self._take("(")
        while self._peek() != ")":
            arguments.append(self._expression(0))
            if self._peek() != ")":
                self._take(",")
        self._take(")")
        if name == "prop":
            return self._prop(str(arguments[0]))
        if name not in _FUNCTIONS:
            raise Unreadable(name)
        return _FUNCTIONS[name](*arguments)


def _operate(mark: str, left: Any, right: Any) -> Any:
    if mark == "+" and (isinstance(left, str) or isinstance(right, str)):
        return _text(left) + _text(right)
    return _OPERATORS[mark](left, right)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "or": lambda a, b: bool(a or b),
    "and": lambda a, b: bool(a and b),
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": math.fmod,
    "^": math.pow,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "if": lambda condition, yes, no: yes if condition else no,
    "empty": lambda value: value in (None, "", [], 0, False),
    "length": len,
    "concat": lambda *parts: "".join(_text(part) for part in parts),
    "format": _text,
    "toNumber": float,
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "contains": lambda text, part: part in text,
    "replaceAll": lambda text, old, new: text.replace(old, new),
    "substring": lambda text, start, end=None: text[int(start) : None if end is None else int(end)],
    "join": lambda parts, mark: mark.join(_text(part) for part in parts),
    "round": lambda value, places=0: round(value, int(places)),
    "floor": math.floor,
    "ceil": math.ceil,
    "abs": abs,
    "sqrt": math.sqrt,
    "min": min,
    "max": max,
    "sum": lambda *values: sum(values),
    "mod": math.fmod,
}
