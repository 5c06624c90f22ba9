"""Which changes a command asks for, made in JavaScript."""

import re
from collections.abc import Callable

from dev.anthropic_standin.answers import javascript_edits as edits
from dev.anthropic_standin.answers import javascript_parameters as more
from dev.anthropic_standin.answers.javascript import is_valid, rename
from dev.anthropic_standin.answers.modify import (
    Change,
    Changed,
    spoken_default,
    spoken_method,
    spoken_parameter,
    spoken_rename,
)
from dev.anthropic_standin.answers.naming import (
    spoken_numbers,
    to_camel,
    to_pascal,
)

_RESULTS = (
    (r"\bround\w*\b", "Math.round({} * SCALE) / SCALE"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:string|text)\b", "String({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:list|array)\b", "[].concat({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?object\b", "{{ result: {} }}"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:integer|int|whole number)\b", "Math.trunc({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:boolean|bool|true or false)\b", "Boolean({})"),
    (r"\bjson\b", "JSON.stringify({})"),
    (r"\bupper ?case\b", "String({}).toUpperCase()"),
    (r"\blower ?case\b", "String({}).toLowerCase()"),
    (r"\babsolute value\b(?!.*negative)", "Math.abs({})"),
    (r"\b(?:double|twice)\b", "{} * 2"),
    (r"\btriple\b", "{} * 3"),
    (r"\b(?:half|halve)\b", "{} / 2"),
    (r"\bsquared?\b", "{} ** 2"),
    (r"\bmultipl\w+ (?:the result|it|that|this)? ?by \w+", "{} * NUMBER"),
    (r"\badd \w+ to (?:the result|it)$", "{} + NUMBER"),
)


def modify_javascript(code: str, name: str, line: str) -> Changed:
    """Make every change that a normalised command names; no notes if it names none known."""
    notes = []
    for pattern, change, note in _CHANGES:
        if is_valid(code) and re.search(pattern, line):
            changed = change(code, name, line)
            if changed and changed != code and is_valid(changed):
                code = changed
                notes.append(note)
    wanted = spoken_rename(line)
    if wanted:
        old = to_camel(wanted[0]) if wanted[0] else name
        new = to_pascal(wanted[1]) if old[:1].isupper() else to_camel(wanted[1])
        changed = rename(code, old, new)
        if changed != code and is_valid(changed):
            code, name = changed, new if old == name else name
            notes.append(f"renamed `{old}` to `{new}`")
    return Changed(code=code, name=name, notes=tuple(notes))


def _results(code: str, name: str, line: str) -> str | None:
    for pattern, template in _RESULTS:
        if re.search(pattern, line):
            numbers = [number for number in spoken_numbers(line) if number != 0]
            if "NUMBER" in template and not numbers:
                return None
            scale = str(10 ** int(numbers[-1])) if numbers and numbers[-1] < 10 else "100"
            number = str(numbers[-1]) if numbers else "2"
            text = template.replace("SCALE", scale).replace("NUMBER", number)
            return edits.wrap_results(code, name, text.replace("{{", "{").replace("}}", "}"))
    return None


def _parameter(code: str, name: str, line: str) -> str | None:
    wanted = spoken_parameter(line)
    if not wanted:
        return None
    return more.add_parameter(code, name, to_camel(wanted[0]), _value(wanted[1]))


def _method(code: str, name: str, line: str) -> str | None:
    wanted = spoken_method(line)
    return more.add_method(code, name, to_camel(wanted), line) if wanted else None


def _default(code: str, name: str, line: str) -> str | None:
    value = spoken_default(line)
    return more.set_last_default(code, name, _value(value)) if value else None


def _value(python: str) -> str:
    return {"None": "null", "True": "true", "False": "false"}.get(python, python)


def _guarded(kind: str) -> Change:
    return lambda code, name, line: edits.add_guards(code, name, kind, line)


def _simple(change: Callable[[str, str], str | None]) -> Change:
    return lambda code, name, _line: change(code, name)


def _step(code: str, name: str, line: str) -> str | None:
    step = ".toLowerCase()" if re.search(r"\bcase\b", line) else ".trim()"
    return edits.add_step(code, name, step)


_NO = r"\b(?:remove|delete|drop|without|strip|get rid of|take out)\b.*"
_CHANGES: tuple[tuple[str, Change, str], ...] = (
    (
        _NO + r"\b(docstring|documentation|comment|hints|types)",
        _simple(edits.remove_comments),
        "took the comments out",
    ),
    (_NO + r"\b(print|log)", _simple(edits.remove_logging), "took the console output out"),
    (
        r"\badd (a |an |another |one more |the )*(\w+ )?method\b|\bmethod (called|named|to|that)\b",
        _method,
        "added the method",
    ),
    (
        r"\b(add|another|additional|extra|new|give it)\b.*\b(parameter|argument|attribute|property|"
        r"field)\b",
        _parameter,
        "added the parameter with a default",
    ),
    (
        r"(?<!add )\bdefault\w*\b(?!.*\b(parameter|argument) called\b)",
        _default,
        "set the default value",
    ),
    (
        r"\b(return|round|result|output|double|triple|twice|halve|multipl|upper|lower|square)",
        _results,
        "changed what is returned",
    ),
    (r"\bnegative\b", _guarded("negative"), "handled negative numbers"),
    (r"\b(zero|division)\b(?<!return zero)", _guarded("zero"), "handled division by zero"),
    (r"\b(empty|no items|no elements)\b", _guarded("empty"), "handled empty input"),
    (
        r"\b(none|null|undefined|missing)\b(?<!return none)(?<!return null)",
        _guarded("none"),
        "handled missing values",
    ),
    (
        r"\b(validat\w*|check\w* (the |its )?(input|types?|arguments?|parameters?)|wrong types?|"
        r"type check\w*|sanitize|invalid)\b",
        _guarded("type"),
        "check the input first",
    ),
    (
        r"\b(ignor\w* (the )?case|case insensitive)\b|\b(trim|strip)\b|"
        r"\bignor\w* (white ?)?spaces?\b",
        _step,
        "prepare the text first",
    ),
    (
        r"\b(error handling|exception handling|handle (the |any |all )?(errors?|exceptions?)|"
        r"try|catch|exceptions?|more robust|safer?)\b",
        _simple(edits.add_error_handling),
        "added error handling",
    ),
    (r"\b(log|logs|logging|logger)\b", _simple(edits.add_logging), "added logging"),
    (r"\basync\b|\bawait\b|\bpromise\b", _simple(edits.make_async), "made it asynchronous"),
    (r"\barrow\b", _simple(edits.to_arrow), "made it an arrow function"),
    (
        r"^(?!.*\b(remove|delete|without)\b).*\b(docstring|document|documentation|documented|"
        r"comments?|js ?doc|type hints|types|typed|annotat\w+|hints)\b",
        _simple(edits.add_documentation),
        "documented parameters and result with JSDoc",
    ),
)
