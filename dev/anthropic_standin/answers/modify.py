"""Which changes a command asks for, and their making in Python."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dev.anthropic_standin.answers import python_edits as edits
from dev.anthropic_standin.answers import python_guards as guards
from dev.anthropic_standin.answers import python_parameters as more
from dev.anthropic_standin.answers import python_removals as less
from dev.anthropic_standin.answers import python_shapes as shapes
from dev.anthropic_standin.answers.naming import NUMBER_WORDS, spoken_numbers, to_snake
from dev.anthropic_standin.answers.python_source import find_definition, parse, tidy

Change = Callable[[str, str, str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Code after the changes, the new main name, and a clause for each change made."""

    code: str
    name: str
    notes: tuple[str, ...]


_DEFAULT = re.compile(
    r"\bdefault\b.*? (?:to|is|as|be) (\w+)$|\bdefaults?(?: value)?(?: of| to| as| is)? (\w+)"
)
_PARAMETER = re.compile(
    r"\b(?:parameter|argument|input|attribute|property|field)s?(?: (?:called|named|for))? "
    r"(?:the |a |an )?(\w+(?: \w+)?)(?=$| with| that| which| and| to| set| default)"
)
_METHOD = re.compile(
    r"\b(?:methods?|functions?)(?: (?:called|named|to|for))? (\w+(?: \w+){0,2}?)"
    r"(?=$| to (?:it|the|this)| that| which| method| in )"
)
_RENAMES = (
    re.compile(
        r"\brename (?:the )?(?:parameter|argument|variable|attribute) (\w+(?: \w+)?) "
        r"(?:to|as|into) (\w+(?: \w+){0,3})$"
    ),
    re.compile(r"\b(?:rename|renamed)\b.*? (?:to|as|into) (\w+(?: \w+){0,3})$"),
    re.compile(r"\bchange (?:the |its )?(?:\w+ )?name\b.*? (?:to|into) (\w+(?: \w+){0,3})$"),
    re.compile(
        r"\b(?:call|name|rename) (?:it|this|that|the function|the class) "
        r"(?:instead )?(\w+(?: \w+){0,3})$"
    ),
)
_RESULTS = (
    (r"\bround\w*\b", "round({}, DIGITS)"),
    (r"\b(?:as|return\w*|to|into|give\w*) (?:a |an )?(?:string|text)\b", "str({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?list\b", "list({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?tuple\b", "tuple({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?set\b", "set({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:dictionary|dict)\b", '{{"result": {}}}'),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:integer|int|whole number)\b", "int({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:float|decimal)\b", "float({})"),
    (r"\b(?:as|return\w*|to|into) (?:a |an )?(?:boolean|bool|true or false)\b", "bool({})"),
    (r"\bupper ?case\b|\bcapital letters\b", "str({}).upper()"),
    (r"\blower ?case\b", "str({}).lower()"),
    (r"\babsolute value\b(?!.*negative)", "abs({})"),
    (r"\b(?:double|twice)\b", "{} * 2"),
    (r"\btriple\b", "{} * 3"),
    (r"\b(?:half|halve)\b", "{} / 2"),
    (r"\bsquared?\b", "{} ** 2"),
    (r"\bmultipl\w+ (?:the result|it|that|this|everything)? ?by \w+", "{} * NUMBER"),
    (r"\bdivid\w+ (?:the result|it|that|this)? ?by [a-y]\w+", "{} / NUMBER"),
    (r"\badd \w+ to (?:the result|it)$", "{} + NUMBER"),
    (r"\bsubtract \w+ from (?:the result|it)$", "{} - NUMBER"),
)


def modify_python(code: str, name: str, line: str) -> Changed:
    """Make every change that a normalised command names; no notes if it names none known."""
    code, notes = tidy(code), []
    if parse(code) is None:
        return Changed(code=code, name=name, notes=())
    for pattern, change, note in _CHANGES:
        if re.search(pattern, line):
            changed = change(code, name, line)
            if changed and changed != code and parse(changed) is not None:
                code = changed
                notes.append(note)
    renamed = _renamed(code, name, line)
    if renamed:
        code, name, note = renamed
        notes.append(note)
    return Changed(code=code, name=name, notes=tuple(notes))


def spoken_result(line: str) -> str | None:
    """Find the template that a command names for the result; `{}` stands for the old value."""
    for pattern, template in _RESULTS:
        if re.search(pattern, line):
            numbers = [word for word in spoken_numbers(line) if word != 0]
            if "NUMBER" in template and not numbers:
                return None
            digits = str(numbers[-1]) if numbers else "2"
            return template.replace("DIGITS", digits).replace("NUMBER", digits)
    return None


def spoken_rename(line: str) -> tuple[str | None, str] | None:
    """Find the old name (None for the main one) and the new name of a renaming command."""
    for pattern in _RENAMES:
        found = pattern.search(line)
        if found:
            return (found[1], found[2]) if pattern.groups == 2 else (None, found[1])
    return None


def spoken_parameter(line: str) -> tuple[str, str] | None:
    """Find the name and the default (as Python source) of a parameter to add."""
    found = _PARAMETER.search(line)
    name = to_snake(found[1]) if found else None
    return (name, spoken_default(line) or "None") if name else None


def spoken_default(line: str) -> str | None:
    """Find the default value of a command, as Python source."""
    found = _DEFAULT.search(line)
    word = (found[1] or found[2]) if found else None
    if word is None or word in ("value", "for", "it"):
        numbers = spoken_numbers(line)
        return str(numbers[-1]) if found and numbers else None
    known = {"none": "None", "true": "True", "false": "False", "empty": '""'}
    if word in known:
        return known[word]
    if word in NUMBER_WORDS:
        return str(NUMBER_WORDS[word])
    return word if word.isdigit() else f'"{word}"'


def spoken_method(line: str) -> str | None:
    """Find the name of a method to add."""
    found = _METHOD.search(line)
    return to_snake(found[1]) if found else None


def _renamed(code: str, name: str, line: str) -> tuple[str, str, str] | None:
    wanted = spoken_rename(line)
    if wanted is None:
        return None
    old = to_snake(wanted[0]) if wanted[0] else name
    is_class = old == name and old[:1].isupper()
    new = to_snake(wanted[1])
    if is_class:
        new = "".join(part.capitalize() for part in new.split("_"))
    changed = edits.rename(code, old, new)
    if changed == code or parse(changed) is None:
        return None
    return changed, new if old == name else name, f"renamed `{old}` to `{new}`"


def _results(code: str, name: str, line: str) -> str | None:
    template = spoken_result(line)
    return edits.wrap_results(code, name, template) if template else None


def _parameter(code: str, name: str, line: str) -> str | None:
    wanted = spoken_parameter(line)
    return more.add_parameter(code, name, *wanted) if wanted else None


def _method(code: str, name: str, line: str) -> str | None:
    wanted = spoken_method(line)
    return shapes.add_method(code, name, wanted, line) if wanted else None


def _default(code: str, name: str, line: str) -> str | None:
    node = find_definition(code, name)
    value = spoken_default(line)
    if node is None or value is None:
        return None
    spoken = line.split()
    names = [part.arg for part in getattr(getattr(node, "args", None), "args", [])]
    named = [part for part in names if part in spoken or part.replace("_", " ") in line]
    chosen = named or names[-1:]
    return more.set_default(code, name, chosen[0], value) if chosen else None


def _more(code: str, name: str, line: str) -> str | None:
    if re.search(r"\b(any number|many|several|variable number|more)\b", line):
        return more.take_more(code, name, None)
    numbers = [int(number) for number in spoken_numbers(line) if 3 <= number <= 8]
    return more.take_more(code, name, numbers[-1]) if numbers else None


def _guarded(guard: guards.Guard) -> Change:
    return lambda code, name, line: guards.add_guard(code, name, guard, line)


def _simple(change: Callable[[str, str], str | None]) -> Change:
    return lambda code, name, _line: change(code, name)


_NO = r"\b(?:remove|delete|drop|without|strip|get rid of|take out)\b.*"
_CHANGES: tuple[tuple[str, Change, str], ...] = (
    (
        _NO + r"\b(docstring|documentation|comment)",
        _simple(less.remove_docstrings),
        "took the docstring out",
    ),
    (_NO + r"\b(type hints|types|hints)\b", _simple(less.remove_hints), "took the hints out"),
    (_NO + r"\bprint", _simple(less.remove_prints), "took the print statements out"),
    (
        r"\b(any number|variable number) of|\btakes? \w+ (numbers|values|arguments|parameters)|"
        r"\baccept\w* \w+ (numbers|values|arguments|parameters)|"
        r"\b(add|with|for|use) (three|four|five|"
        r"six|more) (numbers|values)",
        _more,
        "let it take more numbers",
    ),
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
        r"\bprint\w*\b.*\binstead of return",
        _simple(less.print_results),
        "print the result instead of returning it",
    ),
    (
        r"\breturn\w*\b.*\binstead of print|\bnot print\b",
        _simple(less.return_prints),
        "return the value instead of printing it",
    ),
    (
        r"\b(also|and) print|\bprint the result\b(?!.*instead)",
        _simple(less.also_print),
        "print the result as well",
    ),
    (
        r"\b(descending|reverse order|other way|largest first|backwards)\b",
        _simple(shapes.reverse_order),
        "reversed the order of sorting",
    ),
    (
        r"\b(return|round|result|output|double|triple|twice|halve|multipl|upper|lower|square)",
        _results,
        "changed what is returned",
    ),
    (r"\bnegative\b", _guarded(guards.negative_guard), "handled negative numbers"),
    (
        r"\b(zero|division)\b(?<!return zero)",
        _guarded(guards.zero_guard),
        "handled division by zero",
    ),
    (r"\b(empty|no items|no elements)\b", _guarded(guards.empty_guard), "handled empty input"),
    (
        r"\b(none|null|missing)\b(?<!return none)(?<!returns none)",
        _guarded(guards.none_guard),
        "handled missing values",
    ),
    (
        r"\b(validat\w*|check\w* (the |its )?(input|types?|arguments?|parameters?)|wrong types?|"
        r"type check\w*|sanitize|invalid)\b",
        _guarded(guards.type_guard),
        "check the input first",
    ),
    (
        r"\b(ignor\w* (the )?case|case insensitive|upper and lower case)\b|"
        r"\b(trim|strip)\b|\bignor\w* (white ?)?spaces?\b",
        _guarded(guards.text_step),
        "prepare the text first",
    ),
    (
        r"\b(accept|allow|support)\w*\b.*\bstrings?\b",
        _guarded(guards.number_step),
        "accept numbers written as text",
    ),
    (
        r"\b(error handling|exception handling|handle (the |any |all )?(errors?|exceptions?)|"
        r"try|catch|exceptions?|more robust|safer?)\b",
        _simple(edits.add_error_handling),
        "added error handling",
    ),
    (r"\b(log|logs|logging|logger)\b", _simple(edits.add_logging), "added logging"),
    (
        r"\b(cach\w+|cache|memoi[sz]\w*|remember\w*|faster|optimi[sz]e|speed)\b",
        _simple(shapes.add_cache),
        "remember results that were computed before",
    ),
    (
        r"\basync\b|\bawait\b|\bcoroutine\b",
        lambda code, name, _: edits.make_async(code, name),
        "made it asynchronous",
    ),
    (r"\b(into|in|to|as|make it) a class\b", _simple(shapes.into_class), "put it into a class"),
    (
        r"^(?!.*\b(remove|delete|without)\b).*\b(docstring|document|documentation|documented|"
        r"comments?|describe the parameters)\b",
        _simple(edits.add_docstring),
        "wrote the docstring",
    ),
    (
        r"^(?!.*\b(remove|delete|without)\b).*\b(type hints|typed|types|annotat\w+|hints)\b"
        r"(?<!wrong types)",
        _simple(edits.add_type_hints),
        "added type hints",
    ),
    (
        r"\b(main block|main guard|main function|as a script|example (call|usage)|entry point)\b",
        _simple(shapes.add_main),
        "added an example call under a main guard",
    ),
)
