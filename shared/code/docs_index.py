"""The index of all documented files: folders and files with links, coverage, import graph."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.docs_mermaid import import_diagram
from shared.code.docs_prose import fence, plain
from shared.text.markdown import canonical

INDEX_TITLE: Final = "Code index"
_MAX_BYTES: Final = 350_000
_INDENT: Final = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedFile:
    """A documented file. `address`: where its page is. `imports`: paths of files that it uses.

    `symbols`, `undocumented`: how many public names it has, and how many nobody says a word of.
    """

    path: str
    address: str
    symbols: int
    undocumented: int
    imports: frozenset[str] = frozenset()


def render_index(files: Sequence[IndexedFile], commit_link: str) -> str:
    """Write the body of the index, canonical. `commit_link`: Markdown, "" where none is known.

    Where a line for each file would make it too long to be synced, folders stand alone.
    """
    graph = {file.path: file.imports for file in files}
    diagram = import_diagram(graph)
    for with_files in (True, False):
        blocks = [
            _summary(files, commit_link),
            "## Files",
            "\n".join(_tree(sorted(files, key=lambda file: file.path), with_files)),
            "## Imports" if diagram else "",
            fence("mermaid", diagram) if diagram else "",
        ]
        text = canonical("\n\n".join(block for block in blocks if block) + "\n")
        if len(text.encode("utf-8", "surrogatepass")) <= _MAX_BYTES:
            break
    return text


def coverage(files: Iterable[IndexedFile]) -> int:
    """How many of the public names are documented in the source, in percent, rounded down."""
    files = tuple(files)
    symbols = sum(file.symbols for file in files)
    missing = sum(file.undocumented for file in files)
    return 100 * (symbols - missing) // symbols if symbols else 100


def _summary(files: Sequence[IndexedFile], commit_link: str) -> str:
    symbols = sum(file.symbols for file in files)
    counted = f"{_count(len(files), 'file')}, {_count(symbols, 'public symbol')}"
    counted += f", {coverage(files)} % documented"
    return f"{counted}, as of {commit_link}." if commit_link else f"{counted}."


def _tree(files: Sequence[IndexedFile], with_files: bool) -> Iterable[str]:
    """A list of the folders that hold files, with those files below."""
    by_folder: dict[str, list[IndexedFile]] = {}
    for file in files:
        by_folder.setdefault(file.path.rpartition("/")[0], []).append(file)
    for folder, inside in sorted(by_folder.items()):
        name = plain(f"{folder}/" if folder else "./")
        yield f"- {name} ({_count(len(inside), 'file')}, {coverage(inside)} % documented)"
        for file in inside if with_files else ():
            yield f"{_INDENT}- {_linked(file)}"


def _linked(file: IndexedFile) -> str:
    name = plain(file.path.rpartition("/")[2])
    said = _count(file.symbols, "symbol") if file.symbols else "no public symbols"
    missing = f", {file.undocumented} not documented" if file.undocumented else ""
    return f"[{name}]({file.address}): {said}{missing}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
