"""Functions over a list, put together from steps: keep some, change each, arrange, sum up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dev.anthropic_standin.answers.draft import Draft, write_function
from dev.anthropic_standin.answers.naming import in_style, spoken_numbers, to_snake

_ABOUT_LISTS = re.compile(
    r"\b(list|array|lists|arrays|numbers|words|strings|names|items|values|elements|integers|"
    r"records|objects|users|dictionaries)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One step: what triggers it, its words for name and prose, its code in both languages.

    In the code `x` stands for one item, `xs` for the list so far, `N` for a spoken number.
    """

    pattern: str
    label: str
    python: str
    javascript: str


def _step(pattern: str, label: str, python: str, javascript: str | None = None) -> _Step:
    return _Step(pattern=pattern, label=label, python=python, javascript=javascript or python)


_KEEP = (
    _step(r"\beven\b", "even", "x % 2 == 0", "x % 2 === 0"),
    _step(r"\bodd\b", "odd", "x % 2 != 0", "x % 2 !== 0"),
    _step(r"\bpositive\b", "positive", "x > 0"),
    _step(r"\bnegative\b(?! numbers? (are|is))", "negative", "x < 0"),
    _step(r"\b(greater|larger|bigger|higher|more) than \w+", "large", "x > N"),
    _step(r"\b(less|smaller|lower|fewer) than \w+", "small", "x < N"),
    _step(r"\blonger than \w+", "long", "len(x) > N", "x.length > N"),
    _step(r"\bshorter than \w+", "short", "len(x) < N", "x.length < N"),
    _step(
        r"\b(without|removes?|filters? out|drops?|skips?) (the |all )?(empty|none|null|blank)",
        "filled",
        "x not in (None, '')",
        'x !== null && x !== undefined && x !== ""',
    ),
)
_CHANGE = (
    _step(r"\b(squares?|squared)\b", "squared", "x**2", "x ** 2"),
    _step(r"\b(cubes?|cubed)\b", "cubed", "x**3", "x ** 3"),
    _step(r"\b(doubles?|doubled)\b", "doubled", "x * 2"),
    _step(r"\b(triples?|tripled)\b", "tripled", "x * 3"),
    _step(r"\b(upper ?case|capitals?)\b", "upper case", "x.upper()", "x.toUpperCase()"),
    _step(r"\b(lower ?case)\b", "lower case", "x.lower()", "x.toLowerCase()"),
    _step(
        r"\b(lengths? of (each|all|every|the)|their lengths)\b", "measured", "len(x)", "x.length"
    ),
    _step(r"\babsolute\b", "absolute", "abs(x)", "Math.abs(x)"),
)
_ARRANGE = (
    _step(
        r"\b(unique|distinct|duplicates?|deduplicat\w+)\b",
        "unique",
        "list(dict.fromkeys(xs))",
        "[...new Set(xs)]",
    ),
    _step(
        r"\bsort\w*\b.*\b(descending|reverse|backwards|largest first|high to low)\b",
        "sorted descending",
        "sorted(xs, reverse=True)",
        "[...xs].sort(COMPARE_DOWN)",
    ),
    _step(
        r"\b(sort|order)\w*\b.*\bby (their )?length\b",
        "sorted by length",
        "sorted(xs, key=len)",
        "[...xs].sort((a, b) => a.length - b.length)",
    ),
    _step(
        r"\bsort\w*\b.*\bby (?!their length|length)\w+",
        "sorted by key",
        "sorted(xs, key=lambda item: item[KEY])",
        "[...xs].sort((a, b) => (a[KEY] < b[KEY] ? -1 : Number(a[KEY] > b[KEY])))",
    ),
    _step(
        r"\b(sort\w*|alphabetical\w*|ascending|in order)\b",
        "sorted",
        "sorted(xs)",
        "[...xs].sort(COMPARE_UP)",
    ),
    _step(r"\brevers\w+\b", "reversed", "list(reversed(xs))", "[...xs].reverse()"),
)
_REDUCE = (
    _step(
        r"\b(averages?|mean)\b",
        "average",
        "sum(xs) / len(xs) if xs else 0",
        "xs.length > 0 ? xs.reduce((sum, x) => sum + x, 0) / xs.length : 0",
    ),
    _step(
        r"\b(products?|multipl\w+)\b",
        "product",
        "math.prod(xs)",
        "xs.reduce((product, x) => product * x, 1)",
    ),
    _step(
        r"\b(sums?|add(s|ing)?( up)?|totals?)\b",
        "sum",
        "sum(xs)",
        "xs.reduce((sum, x) => sum + x, 0)",
    ),
    _step(
        r"\blongest\b",
        "longest",
        "max(xs, key=len, default=None)",
        "xs.reduce((best, x) => (best === null || x.length > best.length ? x : best), null)",
    ),
    _step(
        r"\bshortest\b",
        "shortest",
        "min(xs, key=len, default=None)",
        "xs.reduce((best, x) => (best === null || x.length < best.length ? x : best), null)",
    ),
    _step(
        r"\b(largest|biggest|highest|greatest|maximum|max)\b(?! first)",
        "largest",
        "max(xs, default=None)",
        "xs.length > 0 ? Math.max(...xs) : null",
    ),
    _step(
        r"\b(smallest|lowest|minimum|min)\b(?! first)",
        "smallest",
        "min(xs, default=None)",
        "xs.length > 0 ? Math.min(...xs) : null",
    ),
    _step(r"\b(counts?|how many|number of)\b", "count", "len(xs)", "xs.length"),
    _step(
        r"\b(joins?|concatenates?)\b", "joined", "', '.join(str(x) for x in xs)", 'xs.join(", ")'
    ),
    _step(
        r"\b(first|head) (item|element|number|value|word)",
        "first",
        "xs[0] if xs else None",
        "xs[0] ?? null",
    ),
    _step(
        r"\blast (item|element|number|value|word)",
        "last",
        "xs[-1] if xs else None",
        "xs.at(-1) ?? null",
    ),
)
_VERBS = {
    "sorted": "sort",
    "sorted descending": "sort descending",
    "unique": "unique",
    "sorted by length": "sort by length",
    "sorted by key": "sort by",
    "reversed": "reverse",
}
_UP = {"numbers": "(a, b) => a - b", "other": ""}
_DOWN = {"numbers": "(a, b) => b - a", "other": "(a, b) => (a < b ? 1 : Number(a > b) * -1)"}


def draft_pipeline(line: str, language: str) -> Draft | None:
    """Write a function for a sentence about a list, None if no step is named."""
    if not _ABOUT_LISTS.search(line):
        return None
    keep, change = _found(_KEEP, line), _found(_CHANGE, line)
    arrange, reduce = _found(_ARRANGE, line), _found(_REDUCE, line)[:1]
    # "sorts in descending order" also meets the plain rule for sorting.
    arrange = [step for step in arrange if step.label == "unique"] + [
        step for step in arrange if step.label != "unique"
    ][:1]
    steps = [*keep, *change, *arrange, *reduce]
    if not steps:
        return None
    noun = _noun(line, steps)
    writer = _javascript if language == "javascript" else _python
    lines = [_filled(text, line, noun) for text in writer(noun, keep, change, [*arrange, *reduce])]
    name = in_style(_name(noun, keep, change, arrange, reduce, line), language)
    draft = write_function(
        language, name, (noun,), lines, _summary(noun, keep, change, arrange, reduce)
    )
    if any("math." in text for text in lines):
        return Draft(name=draft.name, code=f"import math\n\n\n{draft.code}", summary=draft.summary)
    return draft


def _found(table: Sequence[_Step], line: str) -> list[_Step]:
    return [step for step in table if re.search(step.pattern, line)]


def _noun(line: str, steps: Sequence[_Step]) -> str:
    for word in ("words", "names", "users", "records", "numbers", "items"):
        if re.search(rf"\b{word}\b", line):
            return word
    if re.search(r"\b(strings|texts)\b", line):
        return "words"
    labels = {step.label for step in steps}
    wordy = {"longest", "shortest", "long", "short", "upper case", "lower case", "sorted by length"}
    if labels & wordy or "alphabetical" in line:
        return "words"
    return "items" if labels & {"sorted by key", "joined", "filled"} else "numbers"


def _python(noun: str, keep: list[_Step], change: list[_Step], after: list[_Step]) -> list[str]:
    current, lines = noun, []
    if keep or change:
        item = noun.rstrip("s")
        value = "x"
        for step in change:
            value = _swap(step.python, "x", f"({value})" if value != "x" else value)
        condition = " and ".join(step.python for step in keep)
        tail = f" if {condition}" if condition else ""
        listed = _swap(f"[{value} for x in {noun}{tail}]", "x", item)
        lines.append(f"selected = {listed}")
        current = "selected"
    for step in after[:-1]:
        lines.append(f"selected = {_swap(step.python, 'xs', current)}")
        current = "selected"
    if after:
        lines.append(f"return {_last(after[-1].python, current)}")
    elif lines:
        lines[-1] = lines[-1].replace("selected =", "return", 1)
    return lines


def _javascript(noun: str, keep: list[_Step], change: list[_Step], after: list[_Step]) -> list[str]:
    item, chain = noun.rstrip("s"), noun
    for step in keep:
        chain += f".filter(({item}) => {_swap(step.javascript, 'x', item)})"
    for step in change:
        chain += f".map(({item}) => {_swap(step.javascript, 'x', item)})"
    if not after:
        return [f"return {chain};"]
    lines, current = [], noun
    if chain != noun:
        lines.append(f"let selected = {chain};")
        current = "selected"
    for step in after[:-1]:
        declare = "" if current == "selected" else "let "
        lines.append(f"{declare}selected = {_swap(step.javascript, 'xs', current)};")
        current = "selected"
    lines.append(f"return {_last(after[-1].javascript, current)};")
    return lines


def _last(code: str, current: str) -> str:
    item = current.rstrip("s") if current != "selected" else "item"
    return _swap(_swap(code, "xs", current), "x", item)


def _swap(code: str, old: str, new: str) -> str:
    return re.sub(rf"\b{old}\b", new, code)


def _filled(text: str, line: str, noun: str) -> str:
    numbers = spoken_numbers(line)
    key = re.search(r"\bby (?:their |the |its )?(\w+)", line)
    kind = "numbers" if noun == "numbers" else "other"
    text = re.sub(r"\bN\b", str(numbers[-1] if numbers else 0), text)
    text = text.replace("KEY", f'"{to_snake(key[1]) if key else "name"}"')
    return text.replace("COMPARE_UP", _UP[kind]).replace("COMPARE_DOWN", _DOWN[kind])


def _name(
    noun: str,
    keep: list[_Step],
    change: list[_Step],
    arrange: list[_Step],
    reduce: list[_Step],
    line: str,
) -> str:
    verb = reduce[0].label if reduce else ""
    if not reduce and arrange:
        verb = _VERBS[arrange[-1].label]
        if verb == "sort by":
            key = re.search(r"\bby (?:their |the |its )?(\w+)", line)
            return f"sort {noun} by {key[1] if key else 'name'}"
        if verb == "sort descending":
            return f"sort {noun} descending"
    adjectives = [step.label for step in (*change, *keep)]
    if not verb:
        verb = "filter" if keep and not change else ""
    return " ".join([verb, *adjectives, noun]).strip()


def _summary(
    noun: str, keep: list[_Step], change: list[_Step], arrange: list[_Step], reduce: list[_Step]
) -> str:
    subject = " ".join(["the", *(step.label for step in (*change, *keep)), noun])
    if arrange:
        subject += f", {' and '.join(step.label for step in arrange)}"
    if not reduce:
        return f"Return {subject}."
    noun_of = {
        "joined": "text joined from",
        "count": "number of",
        "first": "first of",
        "last": "last of",
    }
    return f"Return the {noun_of.get(reduce[0].label, reduce[0].label + ' of')} {subject}."
