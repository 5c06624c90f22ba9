"""Changes of shown files: a function or one method of a class, new code beside old."""

import ast
import re
import textwrap
from collections.abc import Mapping

from dev.anthropic_standin.answers import python_source
from dev.anthropic_standin.answers.draft import Draft
from dev.anthropic_standin.answers.modify import Changed, modify_python
from dev.anthropic_standin.answers.modify_javascript import modify_javascript
from dev.anthropic_standin.answers.python_header import with_import
from dev.anthropic_standin.answers.python_text import first_line, splice
from dev.anthropic_standin.answers.reply import Block
from dev.anthropic_standin.answers.repository import Target
from shared.text.hunks import hunks


def changed(target: Target, line: str) -> Changed:
    """Make the changes that a normalised command names, where it means them."""
    if target.language == "javascript":
        return modify_javascript(target.text, target.name, line)
    if target.method:
        return _changed_method(target, line)
    return modify_python(target.text, target.name, line)


def blocks(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Block, ...] | None:
    """The changes of texts as SEARCH/REPLACE blocks, as small as they can be; None if there is no
    such form (a file that was blank)."""
    found: list[Block] = []
    for path, text in new.items():
        parts = hunks(old[path], text)
        if parts is None:
            return None
        found += [Block(path, _ended(part.old), _ended(part.new)) for part in parts]
    return tuple(found)


def with_draft(text: str, draft: Draft, language: str) -> str | None:
    """A file's text with new code at its end; None if it has a definition of that name."""
    if re.search(rf"\b{draft.name}\b", text):
        return None
    if language == "javascript":
        return _with_javascript(text, draft)
    lines = draft.code.splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    rest = "\n".join(line for line in lines if line not in imports).strip("\n")
    for statement in imports:
        if statement not in text.splitlines():
            text = with_import(text, statement)
    gap = "\n\n\n" if text.strip() else ""
    return f"{text.rstrip()}{gap}{rest}\n"


def _changed_method(target: Target, line: str) -> Changed:
    """Change one method as if it stood alone, and put it back."""
    nodes = python_source.functions_in(target.text, target.name)
    node = next(each for each in nodes if each.name == target.method)
    start, end = first_line(node), node.end_lineno or node.lineno
    lines = target.text.splitlines()[start - 1 : end]
    indent = " " * node.col_offset
    alone = modify_python(textwrap.dedent("\n".join(lines)) + "\n", target.method, line)
    if not alone.notes:
        return Changed(code=target.text, name=target.method, notes=())
    tree = ast.parse(alone.code)
    split = first_line(next(each for each in tree.body if isinstance(each, python_source.Function)))
    fresh = alone.code.splitlines()
    body = [f"{indent}{each}" if each.strip() else each for each in fresh[split - 1 :]]
    code = splice(target.text, start, end + 1, body)
    for statement in (each for each in fresh[: split - 1] if each.strip()):
        if statement.startswith(("import ", "from ")):
            code = with_import(code, statement)
        elif statement not in code.splitlines():
            code = _after_imports(code, statement)
    return Changed(code=code, name=alone.name, notes=alone.notes)


def _after_imports(code: str, statement: str) -> str:
    tree = ast.parse(code)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    at = (imports[-1].end_lineno or imports[-1].lineno) + 1 if imports else 1
    return splice(code, at, at, ["", statement])


def _with_javascript(text: str, draft: Draft) -> str:
    body = draft.code.rsplit("\nmodule.exports", 1)[0].strip("\n")
    exports = re.search(r"module\.exports = \{\s*(.*?),?\s*\};?", text, re.DOTALL)
    if exports is not None:
        before = f"{body}\n\nmodule.exports = {{ {exports[1]}, {draft.name} }};"
        return text.replace(exports[0], before)
    modern = re.search(r"^export ", text, re.MULTILINE)
    if modern:
        body = re.sub(r"^(?=(?:async )?function |class )", "export ", body, flags=re.MULTILINE)
    gap = "\n\n" if text.strip() else ""
    return f"{text.rstrip()}{gap}{body}\n"


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
