"""Writes new code for a sentence: a recipe, a formula, a calculation, a list job, or a class."""

import re

from dev.anthropic_standin.answers.arithmetic import draft_arithmetic
from dev.anthropic_standin.answers.classes import draft_class
from dev.anthropic_standin.answers.draft import Draft, write_function
from dev.anthropic_standin.answers.fallback import draft_anything
from dev.anthropic_standin.answers.formulas import Formula, find_formula
from dev.anthropic_standin.answers.javascript import rename as rename_javascript
from dev.anthropic_standin.answers.naming import in_style, spoken_name
from dev.anthropic_standin.answers.pipeline import draft_pipeline
from dev.anthropic_standin.answers.python_edits import rename as rename_python
from dev.anthropic_standin.answers.recipes import find_class, find_function
from dev.anthropic_standin.answers.shelf import recipe

_SUMMARY = re.compile(r'"""(.+?)"""|/\*\* (.+?) \*/', re.DOTALL)
_CLASS = re.compile(r"\bclass\b")
_MANY_NUMBERS = re.compile(r"\b(list|array|lists|arrays|all|any number|every|even|odd|up)\b")
_FILE_NAME = re.compile(
    r"\bin (?:a |the )?(?:new )?file\b[\w ]*?\w+\.(?:py|js)\b|\b\w+\.(?:py|js)\b"
)


def create(line: str, language: str) -> Draft:
    """Write new code for a normalised sentence in "python" or "javascript".

    Always gives code that works; `exact` is False if it is only a general function. JavaScript
    ends with its exports.
    """
    # File names must not pick a recipe: "in file server.py" does not ask for a server.
    about = _FILE_NAME.sub("", line)
    called = spoken_name(about)
    draft = _draft(_without_name(about, called), line, language)
    draft = _renamed(draft, called, language)
    if language == "javascript":
        code = f"{draft.code}\nmodule.exports = {{ {draft.name} }};\n"
        return Draft(
            name=draft.name,
            code=code,
            summary=draft.summary,
            is_class=draft.is_class,
            exact=draft.exact,
        )
    return draft


def _draft(about: str, line: str, language: str) -> Draft:
    if _CLASS.search(about):
        ready = find_class(about)
        return _from_recipe(ready, language) if ready else draft_class(line, language)
    name = find_function(about)
    if name:
        return _from_recipe(name, language)
    formula = find_formula(about)
    if formula:
        return _from_formula(formula, language)
    attempts = [draft_arithmetic, draft_pipeline]
    if _MANY_NUMBERS.search(about):
        attempts.reverse()
    for attempt in attempts:
        draft = attempt(about, language)
        if draft:
            return draft
    thing = find_class(about)
    return _from_recipe(thing, language) if thing else draft_anything(line, language)


def _without_name(line: str, called: str | None) -> str:
    """Drop "called X": a name alone says too little, and "called sort items" says too much."""
    return re.sub(rf"\b(called|named) {re.escape(called)}\b", "", line) if called else line


def _from_recipe(name: str, language: str) -> Draft:
    code = recipe(name, language)
    is_class = name[0].isupper()
    found = _SUMMARY.search(code)
    summary = (found[1] or found[2]) if found else ""
    return Draft(
        name=in_style(name, language, is_class=is_class),
        code=code,
        summary=summary,
        is_class=is_class,
    )


def _from_formula(formula: Formula, language: str) -> Draft:
    names = [in_style(word, language) for word in formula.parameters]
    if language == "javascript":
        expression = formula.javascript or formula.python
        for spoken, name in zip(formula.parameters, names, strict=True):
            expression = re.sub(rf"\b{spoken}\b", name, expression)
        lines = [f"return {expression};"]
    else:
        lines = [f"return {formula.python}"]
    return write_function(language, in_style(formula.name, language), names, lines, formula.summary)


def _renamed(draft: Draft, called: str | None, language: str) -> Draft:
    if not called:
        return draft
    name = in_style(called, language, is_class=draft.is_class)
    rename = rename_javascript if language == "javascript" else rename_python
    return Draft(
        name=name,
        code=rename(draft.code, draft.name, name),
        summary=draft.summary,
        is_class=draft.is_class,
        exact=draft.exact,
    )
