"""Spellings of a text without what its grammar cannot know, each character replaced by a space.

A grammar sees C and C++ before the preprocessor: `class EXPORT Book {` or `API int open(void);` is
no C++ to it. Lengths and lines stay, so that every place found is the place in the file.
"""

import re
from collections.abc import Iterator

# Possessive: a word is a macro whole or not at all.
_MACRO = r"\b[A-Z][A-Z0-9_]{2,}+"
_IN_CALL = r"\((?:[^()\n\"]|\"[^\"\n]*\"|\([^()\n]*\))*+\)"
_CALL = rf"(?:[ \t]*{_IN_CALL})?"
_CLASS_EXPORT = re.compile(
    r"\b(?:class|struct|union|enum(?:[ \t]+class)?)[ \t]+(?:\[\[[^\]\n]*\]\][ \t]*)?"
    rf"((?:{_MACRO}{_CALL}[ \t]+)+)"
    r"(?=[A-Za-z_]\w*(?:[ \t]*<[^<>\n]*>)?\s*(?:final\s*)?[:{;])"
)
_BEFORE_CLASS = re.compile(
    rf"^[ \t]*({_MACRO}{_CALL}[ \t]+)(?=(?:class|struct|enum|union)\b)", re.M
)
# At the start of a line in front of a declaration, or between its type and its name.
_IN_FRONT = re.compile(
    rf"^[ \t]*((?:{_MACRO}{_CALL}|Q_[A-Z_]+{_CALL})[ \t]+)"
    r"(?=[A-Za-z_][\w:<>*& \t]*[\w>*&][ \t*&]*\()",
    re.M,
)
_BEFORE_NAME = re.compile(
    rf"^[ \t]*[A-Za-z_][\w:<>*& \t]*?[ \t*&]({_MACRO}[ \t]+)(?=\*?\w+[ \t]*\()", re.M
)
_BEHIND = re.compile(
    rf"\)([ \t]*+(?:const\b)?[ \t]*+)({_MACRO}{_CALL}(?:[ \t]++{_MACRO}{_CALL})*+)"
    r"(?=[ \t]*(?:[;{]|$))",
    re.M,
)
_BEHIND_MEMBER = re.compile(rf"^[ \t]*[A-Z]\w*[ \t]+({_MACRO}{_IN_CALL})(?=[ \t]*(?:[,=]|$))", re.M)
_ALONE = re.compile(rf"^[ \t]*({_MACRO}{_CALL}|Q_OBJECT)[ \t]*;?[ \t]*$", re.M)
_TYPE_CALL = re.compile(r"^[ \t]*([A-Za-z][A-Z0-9_]{2,}+\()[\w *]+(\))[ \t]+\w+\(", re.M)
_PROTOTYPE = re.compile(
    r"(?<=\w)([ \t]+(?:OF|Z_ARG|_?P|PROTO|ARGS|__P|PARAMS)[ \t]*\()(\([^;{}]*?\))(\))[ \t]*;"
)
_ELSE = re.compile(
    r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|elseif|else|endif)\b.*?(?<!\\)$", re.M | re.S
)
_LONG_LINE = re.compile(r"[^\n]{2000}")
_ENDS_ON_LINE = re.compile(r"(?<=[\w)?>]) (?=\}[ \t]*$)", re.M)
_NEVER = re.compile(r"\s*#\s*if\s+0\b|\s*#\s*ifdef\s+__cplusplus\b")
_TYPE_STAR = re.compile(r"\bexport\s+(type)\s+\*")
_VARIANCE = re.compile(r"(?<=[<,])\s*((?:\b(?:in|out)\s+){1,2})(?=[A-Z_]\w*\s*(?:[,>=]|extends))")
_OWNERSHIP = re.compile(r"(?<=:)\s*\b((?:borrowing|consuming|sending)\s+)(?=[A-Z\[(])")
_FUN_INTERFACE = re.compile(r"\b(fun)[ \t]+interface\b")


def without_macros(language: str, text: str) -> Iterator[str]:
    """Spellings to try in turn when a text does not parse as it stands; none for most languages."""
    if language in ("c", "cpp") and not _LONG_LINE.search(text):
        yield _lighter(text)
    elif language == "swift":
        yield _blank(_OWNERSHIP, text, 1)
    elif language in ("typescript", "tsx"):
        yield _blank(_VARIANCE, _blank(_TYPE_STAR, text, 1), 1)
    elif language == "kotlin":
        # The grammar loses its way at a last member without body on the line of its brace.
        yield _ENDS_ON_LINE.sub(";", _blank(_FUN_INTERFACE, text, 1))


def one_branch_each(language: str, text: str) -> Iterator[str]:
    """Spellings with the first and with the last branch of each condition, where it has any."""
    conditions = language in ("c", "cpp", "csharp", "swift") and _ELSE.search(text)
    if conditions and not _LONG_LINE.search(text):
        lighter = next(without_macros(language, text), text)
        yield _one_branch(lighter, last=False)
        yield _one_branch(lighter, last=True)


def _lighter(text: str) -> str:
    for pattern, *groups in (
        (_CLASS_EXPORT, 1),
        (_BEFORE_CLASS, 1),
        (_PROTOTYPE, 1, 3),
        (_TYPE_CALL, 1, 2),
        (_IN_FRONT, 1),
        (_BEFORE_NAME, 1),
        (_BEHIND, 2),
        (_BEHIND_MEMBER, 1),
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


def _one_branch(text: str, last: bool) -> str:
    """The text with one branch of every condition, the first or the last: branches may cut a block.

    For the first, what stands under `#if 0` and `#ifdef __cplusplus` is left out.
    """
    lines = text.split("\n")
    kept = _branches(lines, last)
    stack: list[list[int]] = []  # of each open condition: its line, and the branch we are in
    at = 0
    while at < len(lines):
        found = _ELSE.match(lines[at])
        if found is None:
            if any(branch != kept.get(opened, 0) for opened, branch in stack):
                lines[at] = _spaces(lines[at])
            at += 1
            continue
        if found[1].startswith("if"):
            stack.append([at, 0])
        elif found[1] == "endif":
            del stack[-1:]
        elif stack:
            stack[-1][1] += 1
        while lines[at].endswith("\\") and at + 1 < len(lines):
            lines[at] = _spaces(lines[at])
            at += 1
        lines[at] = _spaces(lines[at])
        at += 1
    return "\n".join(lines)


def _branches(lines: list[str], last: bool) -> dict[int, int]:
    """The line of each condition → the number of the branch that is kept."""
    kept: dict[int, int] = {}
    stack: list[int] = []
    for number, line in enumerate(lines):
        found = _ELSE.match(line)
        if found is None:
            continue
        if found[1].startswith("if"):
            stack.append(number)
            kept[number] = 1 if _NEVER.match(line) and not last else 0
        elif found[1] == "endif":
            del stack[-1:]
        elif stack and last:
            kept[stack[-1]] += 1
    return kept
