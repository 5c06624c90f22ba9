"""Renames beyond one file: the shown files that have the name from there, and no others."""

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from dev.anthropic_standin.answers import python_source
from dev.anthropic_standin.answers.javascript import rename as rename_javascript
from dev.anthropic_standin.answers.python_edits import rename as rename_python
from dev.anthropic_standin.answers.repository import language_of

_FROM_FILE = re.compile(r"""(?:\bfrom|\brequire\(|\bimport\(?)\s*['"](\.{1,2}/[^'"]+)['"]""")


def renamed_elsewhere(files: Mapping[str, str], path: str, old: str, new: str) -> dict[str, str]:
    """Other shown files with a name of the file at `path` changed that they import: path -> text.

    A file that imports the name hands it on to those that import it from there.
    """
    if language_of(path) == "javascript":
        return _javascript(files, path, old, new)
    found: dict[str, str] = {}
    sources, waiting = {path}, [path]
    while waiting:
        source = waiting.pop()
        for other, text in files.items():
            tree = python_source.parse(text) if language_of(other) == "python" else None
            if tree is None or other in sources:
                continue
            names = list(_imports_of(tree, other, source, old))
            if not names:
                continue
            if "" in names:
                found[other] = rename_python(text, old, new)
                sources.add(other)
                waiting.append(other)
            for module in filter(None, names):
                fresh = found.get(other, text)
                found[other] = re.sub(
                    rf"(?<![\w.]){re.escape(module)}\.{old}\b", f"{module}.{new}", fresh
                )
    return {other: text for other, text in found.items() if text != files[other]}


def _imports_of(tree: ast.Module, path: str, source: str, name: str) -> Iterator[str]:
    """How a module has a name of another: "" for the name itself, else the module's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_module(alias.name, source):
                    yield alias.asname or alias.name
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, path)
            for alias in node.names:
                if _is_module(module, source) and alias.name in (name, "*"):
                    yield ""
                elif _is_module(f"{module}.{alias.name}".strip("."), source):
                    yield alias.asname or alias.name


def _absolute(node: ast.ImportFrom, path: str) -> str:
    """The module of a "from" import, a relative one by the folders of the importing file."""
    if not node.level:
        return node.module or ""
    folders = PurePosixPath(path).parts[: -node.level]
    return ".".join([*folders, *([node.module] if node.module else [])])


def _is_module(dotted: str, path: str) -> bool:
    """Whether a dotted name is that of a file, from its folder of sources on."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    said = dotted.split(".")
    return bool(dotted) and len(said) <= len(parts) and parts[-len(said) :] == said


def _javascript(files: Mapping[str, str], path: str, old: str, new: str) -> dict[str, str]:
    found = {}
    for other, text in files.items():
        if other == path or language_of(other) != "javascript":
            continue
        folder = posixpath.dirname(other)
        paths = {posixpath.normpath(posixpath.join(folder, to)) for to in _FROM_FILE.findall(text)}
        if not paths & {path, str(PurePosixPath(path).with_suffix(""))}:
            continue
        fresh = rename_javascript(text, old, new)
        if fresh != text:
            found[other] = fresh
    return found
