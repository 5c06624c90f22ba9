"""Functions that calculate with a few numbers: "adds two numbers and doubles the result"."""

import re
from dataclasses import dataclass

from dev.anthropic_standin.answers.draft import Draft, write_function
from dev.anthropic_standin.answers.naming import (
    NUMBER_WORDS,
    in_style,
    spoken_parameters,
)

_LETTERS = ("a", "b", "c", "d", "e", "f")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    verb: str
    noun: str
    sign: str


_OPERATIONS = (
    (
        r"\b(add(s|ing)?|sum(s|ming)?|plus|total(s)?|sum of|addition)\b",
        _Operation(verb="add", noun="sum", sign="+"),
    ),
    (
        r"\b(subtract(s|ing)?|minus|difference|subtraction)\b",
        _Operation(verb="subtract", noun="difference", sign="-"),
    ),
    (
        r"\b(multipl(y|ies|ying)|product|times|multiplication)\b",
        _Operation(verb="multiply", noun="product", sign="*"),
    ),
    (
        r"\b(divid(e|es|ing)|quotient|division)\b",
        _Operation(verb="divide", noun="quotient", sign="/"),
    ),
    (r"\b(power|exponent\w*|raises?)\b", _Operation(verb="raise", noun="power", sign="**")),
    (r"\b(modulo|modulus|remainder)\b", _Operation(verb="modulo", noun="remainder", sign="%")),
    (r"\b(average|averages|mean)\b", _Operation(verb="average", noun="average", sign="+")),
)
_COUNTED = re.compile(
    r"\b(two|three|four|five|six|[2-6]) (?:given )?(?:numbers?|integers?|values?|arguments?|"
    r"parameters?|floats?|inputs?|things)"
)
_LATER = re.compile(
    r"\b(?:and|then) (?:then )?(double|triple|square|halve|add|subtract|multipl|divid|round)\w*"
    r"(?: (?:the result|it|that|the sum|the product|this))?(?: (?:by|with|to|from))? ?(\w+)?"
)
_ABOUT_TWO = re.compile(r"\b(numbers?|integers?|values?|a and b|x and y|result|of them|both)\b")


def draft_arithmetic(line: str, language: str) -> Draft | None:
    """Write a function for a sentence that calculates with numbers, None for any other."""
    found = _first_operation(line)
    if found is None or not (_ABOUT_TWO.search(line) or spoken_parameters(line)):
        return None
    operation, start = found
    parameters = _parameters(line, operation, language)
    expression = f" {operation.sign} ".join(parameters)
    if operation.verb == "average":
        expression = f"({expression}) / {len(parameters)}"
    later = _later_step(line[start:], language)
    lines = [f"return {expression}"]
    if later is not None:
        opening = "const result" if language == "javascript" else "result"
        closing = ";" if language == "javascript" else ""
        lines = [f"{opening} = {expression}{closing}", f"return {later}"]
    if language == "javascript":
        lines[-1] += ";"
    summary = f"Return the {operation.noun} of {_spoken(parameters)}" + (
        ", changed by a second step." if later else "."
    )
    verb = {"raise": "raise power", "modulo": "remainder"}.get(operation.verb, operation.verb)
    name = in_style(f"{verb} numbers", language)
    return write_function(language, name, parameters, lines, summary)


def _first_operation(line: str) -> tuple[_Operation, int] | None:
    places = [
        (found.start(), found.end(), operation)
        for pattern, operation in _OPERATIONS
        if (found := re.search(pattern, line))
    ]
    if not places:
        return None
    averaging = [place for place in places if place[2].verb == "average"]
    _, end, operation = min(averaging or places, key=lambda place: place[0])
    return operation, end


def _parameters(line: str, operation: _Operation, language: str) -> tuple[str, ...]:
    if operation.verb == "raise":
        return ("base", "exponent")
    named = [name for name in spoken_parameters(line) if name not in ("each_other", "result")]
    if len(named) >= 2:
        return tuple(in_style(name, language) for name in named)
    counted = _COUNTED.search(line)
    count = 2
    if counted:
        count = NUMBER_WORDS.get(counted[1], 0) or int(counted[1])
    return _LETTERS[: count if operation.sign in "+*-" else 2]


def _later_step(rest: str, language: str) -> str | None:
    found = _LATER.search(rest)
    if found is None:
        return None
    simple = {
        "double": "result * 2",
        "triple": "result * 3",
        "halve": "result / 2",
        "square": "result * result",
    }
    if found[1] in simple:
        return simple[found[1]]
    if found[1] == "round":
        return "Math.round(result)" if language == "javascript" else "round(result)"
    word = found[2] or ""
    number = NUMBER_WORDS.get(word, int(word) if word.isdigit() else None)
    sign = {"add": "+", "subtract": "-", "multipl": "*", "divid": "/"}[found[1]]
    return f"result {sign} {number}" if number is not None else None


def _spoken(parameters: tuple[str, ...]) -> str:
    *others, last = parameters
    return f"{', '.join(others)} and {last}" if others else last
