"""Spellings of a text without what its grammar cannot know, each character replaced by a space.

A grammar sees C and C++ before the preprocessor: `class EXPORT Book {` or `API int open(void);` is
no C++ to it. Lengths and lines stay, so that every place found is the place in the file.
"""

import re
from collections.abc import Iterator

_MACRO = r"[A-Z][A-Z0-9_]{2,}"
_CALL = r"(?:[ \t]*\([^()\n]*\))?"
_CLASS_EXPORT = re.compile(
    rf"\b(?:class|struct|union|enum(?:[ \t]+class)?)[ \t]+((?:{_MACRO}{_CALL}[ \t]+)+)"
    r"(?=[A-Za-z_]\w*(?:[ \t]*<[^<>\n]*>)?\s*(?:final\s*)?[:{;])"
)
_BEFORE_CLASS = re.compile(
    rf"^[ \t]*({_MACRO}{_CALL}[ \t]+)(?=(?:class|struct|enum|union)\b)", re.M
)
# At the start of a line in front of a declaration, or between its type and its name.
_IN_FRONT = re.compile(
    rf"^[ \t]*((?:{_MACRO}{_CALL}|Q_[A-Z_]+{_CALL})[ \t]+)(?=[A-Za-z_][\w:<>*& \t]*[\w>*&][ \t*&]*\()",
    re.M,
)
_BEFORE_NAME = re.compile(
    rf"^[ \t]*[A-Za-z_][\w:<>*& \t]*?[ \t*&]({_MACRO}[ \t]+)(?=\*?\w+[ \t]*\()", re.M
)
_BEHIND = re.compile(rf"\)([ \t]*(?:const)?[ \t]*)((?:{_MACRO}{_CALL}[ \t]*)+)(?=[;{{]|$)", re.M)
_ALONE = re.compile(rf"^[ \t]*({_MACRO}{_CALL}|Q_OBJECT)[ \t]*;?[ \t]*$", re.M)
_TYPE_CALL = re.compile(
    rf"^[ \t]*({_MACRO.replace('A-Z]', 'A-Za-z]', 1)}\()[\w *]+(\))[ \t]+\w+\(", re.M
)
_PROTOTYPE = re.compile(
    r"(?<=\w)([ \t]+(?:OF|_?P|PROTO|ARGS|__P|PARAMS)[ \t]*\()(\([^;{}]*?\))(\))[ \t]*;"
)
_ELSE = re.compile(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b.*?(?<!\\)$", re.M | re.S)
_FUN_INTERFACE = re.compile(r"\b(fun)[ \t]+interface\b")


def without_macros(language: str, text: str) -> Iterator[str]:
    """Spellings to try in turn when a text does not parse as it stands; none for most languages."""
    if language in ("c", "cpp"):
        lighter = _lighter(text)
        yield lighter
        yield _one_branch(lighter)
    elif language == "kotlin":
        yield _blank(_FUN_INTERFACE, text, 1)


def _lighter(text: str) -> str:
    for pattern, *groups in (
        (_CLASS_EXPORT, 1),
        (_BEFORE_CLASS, 1),
        (_PROTOTYPE, 1, 3),
        (_TYPE_CALL, 1, 2),
        (_IN_FRONT, 1),
        (_BEFORE_NAME, 1),
        (_BEHIND, 2),
        (_ALONE, 1),
    ):
        text = _blank(pattern, text, *groups)
    return text


def _blank(pattern: re.Pattern[str], text: str, *groups: int) -> str:
    """The text with the groups of each match replaced by spaces; bytes stay as many."""
    pieces: list[str] = []
    at = 0
    for found in pattern.finditer(text):
        for group in groups:
            start, end = found.span(group)
            if start < at:
                continue
            pieces += [text[at:start], _spaces(text[start:end])]
            at = end
    return "".join([*pieces, text[at:]])


def _spaces(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _one_branch(text: str) -> str:
    """The text with the first branch of every condition only: branches may cut a block in two."""
    lines = text.split("\n")
    stack: list[bool] = []  # of each open condition: whether the lines count
    at = 0
    while at < len(lines):
        found = _ELSE.match(lines[at])
        if found is None:
            if not all(stack):
                lines[at] = _spaces(lines[at])
            at += 1
            continue
        word = found[1]
        if word.startswith("if"):
            stack.append(not re.match(r"\s*#\s*if\s+0\b|\s*#\s*ifdef\s+__cplusplus\b", lines[at]))
        elif word == "endif" and stack:
            stack.pop()
        elif stack:
            stack[-1] = False
        while lines[at].endswith("\\") and at + 1 < len(lines):
            lines[at] = _spaces(lines[at])
            at += 1
        lines[at] = _spaces(lines[at])
        at += 1
    return "\n".join(lines)
