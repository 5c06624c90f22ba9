"""The import graph of a repository as a Mermaid diagram that always parses.

Node ids are made of hex digits behind an `n`, so none is a reserved word
(https://mermaid.js.org/syntax/flowchart.html: a node `end` breaks a chart), and they stay what
they are when files come and go. Labels are quoted.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

MAX_NODES: Final = 40
_MAX_LABEL_CHARS: Final = 80
_ID_DIGITS: Final = 8
Graph = Mapping[str, frozenset[str]]
"""Path -> the paths that it imports."""


def import_diagram(graph: Mapping[str, Iterable[str]]) -> str:
    """The source of a flow chart, "" where nothing imports anything.

    Files without imports on either side are left out. With more than 40 nodes files are folded to
    their folders, and folders to those around them.
    """
    edges = {(path, other) for path, others in graph.items() for other in others if path != other}
    depth = max((path.count("/") for edge in edges for path in edge), default=0)
    while len(_nodes(edges)) > MAX_NODES and depth >= 0:
        edges = {(_folded(a, depth), _folded(b, depth)) for a, b in edges}
        edges = {(a, b) for a, b in edges if a != b}
        depth -= 1
    if not edges or len(_nodes(edges)) > MAX_NODES:
        return ""
    lines = [f'  {_id(path)}["{_label(path)}"]' for path in _nodes(edges)]
    lines += [f"  {_id(a)} --> {_id(b)}" for a, b in sorted(edges)]
    return "\n".join(["graph LR", *lines])


def _nodes(edges: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({path for edge in edges for path in edge})


def _folded(path: str, depth: int) -> str:
    """The folder of a path with at most so many slashes in it; "./" for the root itself."""
    parts = path.rstrip("/").split("/")
    if path.endswith("/") and len(parts) <= depth:
        return path
    kept = parts[: min(depth, len(parts) - (not path.endswith("/")))]
    return "/".join(kept) + "/" if kept else "./"


def _id(path: str) -> str:
    return "n" + hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def _label(path: str) -> str:
    """A path within quotes, where Mermaid takes `#…;` for a character and reads Markdown."""
    text = path if len(path) <= _MAX_LABEL_CHARS else f"…{path[-_MAX_LABEL_CHARS + 1 :]}"
    plain = (letter if letter.isprintable() else " " for letter in text)
    return "".join(f"#{ord(each)};" if each in '"#`<>&;\\' else each for each in plain)
