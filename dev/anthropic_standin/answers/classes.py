"""Classes with spoken attributes and methods."""

import re
from collections.abc import Sequence

from dev.anthropic_standin.answers.draft import Draft
from dev.anthropic_standin.answers.naming import (
    in_style,
    spoken_attributes,
    spoken_methods,
    spoken_name,
    to_pascal,
)

_NAMED = re.compile(r"\bclass (?:for|of|representing|that represents) (?:a |an |the )?(\w+)")
_BEFORE = re.compile(r"\b(?:a|an|new|the) ((?:\w+ )?\w+) class\b")
_AFTER = re.compile(r"\bclass (\w+)")
_EMPTY_NAMES = frozenset(
    [
        "called",
        "named",
        "with",
        "that",
        "for",
        "which",
        "in",
        "new",
        "python",
        "javascript",
        "a",
        "an",
        "simple",
        "small",
        "basic",
        "and",
    ]
)
_ENDING = re.compile(r"(?:s|es)$")


def draft_class(line: str, language: str) -> Draft:
    """Write a class for a sentence that asks for one; without attributes it gets a name."""
    name = to_pascal(_class_name(line))
    attributes = [in_style(word, language) for word in spoken_attributes(line)]
    methods = [
        in_style(_ENDING.sub("", word) if word.endswith("s") else word, language)
        for word in spoken_methods(line)
    ]
    methods = [method for method in methods if method not in attributes]
    attributes = attributes or ["name"]
    writer = _javascript if language == "javascript" else _python
    summary = f"A {_words(name)} with {_listed(attributes)}."
    return Draft(
        name=name, code=writer(name, attributes, methods, summary), summary=summary, is_class=True
    )


def _class_name(line: str) -> str:
    called = spoken_name(line)
    if called:
        return called
    for pattern in (_NAMED, _BEFORE, _AFTER):
        found = pattern.search(line)
        words = [word for word in found[1].split() if word not in _EMPTY_NAMES] if found else []
        if words:
            return " ".join(words)
    return "record"


def _python(name: str, attributes: Sequence[str], methods: Sequence[str], summary: str) -> str:
    lines = [f"class {name}:", f'    """{summary}"""', ""]
    lines.append(f"    def __init__(self, {', '.join(attributes)}):")
    lines += [f"        self.{attribute} = {attribute}" for attribute in attributes]
    shown = ", ".join(f"{attribute}={{self.{attribute}!r}}" for attribute in attributes)
    lines += ["", "    def __repr__(self):", f'        return f"{name}({shown})"']
    for method in methods:
        text = f'f"{{self.{attributes[0]}}}: {_spaced(method)}"'
        lines += ["", f"    def {method}(self):"]
        lines += [f'        """Return a line that says: {_spaced(method)}."""']
        lines += [f"        return {text}"]
    return "\n".join(lines) + "\n"


def _javascript(name: str, attributes: Sequence[str], methods: Sequence[str], summary: str) -> str:
    lines = [f"/** {summary} */", f"class {name} {{"]
    lines.append(f"  constructor({', '.join(attributes)}) {{")
    lines += [f"    this.{attribute} = {attribute};" for attribute in attributes]
    shown = ", ".join(f"{attribute}=${{this.{attribute}}}" for attribute in attributes)
    lines += ["  }", "", "  /** Return the object as text. */", "  toString() {"]
    lines += [f"    return `{name}({shown})`;", "  }"]
    for method in methods:
        lines += ["", f"  /** Return a line that says: {_spaced(method)}. */", f"  {method}() {{"]
        lines += [f"    return `${{this.{attributes[0]}}}: {_spaced(method)}`;", "  }"]
    return "\n".join([*lines, "}"]) + "\n"


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()


def _listed(names: Sequence[str]) -> str:
    *others, last = [_spaced(name) for name in names]
    return f"{', '.join(others)} and {last}" if others else last
