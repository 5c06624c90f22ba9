"""One section of a page of documentation: what is said of a public symbol, or of its overloads."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.docs_prose import cell, code_span, fence, line, plain, prose
from shared.code.model import Doc, Parameter, Symbol

GENERATED: Final = "*(generated)*"
_ROW_CHARS: Final = 120
_USERS_SHOWN: Final = 10
_LEVEL_MAX: Final = 4

Address = tuple[str, str]
"""What a link says, and where it leads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A public name of a file. `symbols`: its definition; several for overloads, in order.

    `depth`: 0 at the file's top level.
    """

    key: str
    depth: int
    symbols: tuple[Symbol, ...]

    @property
    def documented(self) -> bool:
        """Whether the source says anything about any of the definitions."""
        return any(not symbol.doc.empty for symbol in self.symbols)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is said of a symbol beside what its own lines say.

    `sources`: the permalink of each definition, none without a repository. `users`: files that
    use it, and their pages. `summary`: a sentence that the model wrote, "" where there is none.
    """

    sources: tuple[str, ...] = ()
    users: tuple[Address, ...] = ()
    summary: str = ""


def sections(public: Iterable[Symbol]) -> list[Section]:
    """The sections of a file from its public symbols; overloads are one.

    In source order, but members stand behind what they belong to, wherever they are defined.
    """
    found: dict[str, list[Symbol]] = {}
    for symbol in public:
        found.setdefault(symbol.qualname, []).append(symbol)
    inner: dict[str, list[str]] = {}
    for key in found:
        inner.setdefault(_outer(key, found), []).append(key)
    return list(_ordered("", 0, inner, found))


def _ordered(
    outer: str, depth: int, inner: Mapping[str, list[str]], found: Mapping[str, list[Symbol]]
) -> Iterator[Section]:
    for key in inner.get(outer, ()):
        yield Section(key=key, depth=depth, symbols=tuple(found[key]))
        yield from _ordered(key, depth + 1, inner, found)


def written(section: Section, around: Around, language: str, *, short: bool = False) -> str:
    """The section as Markdown. `short`: without prose and examples, for pages that grow too long.

    Raises nothing, whatever the source says.
    """
    level = "#" * min(2 + section.depth, _LEVEL_MAX)
    blocks = [f"{level} {code_span(section.key)}", _kind(section)]
    for symbol in section.symbols:
        blocks.append(fence(language, symbol.signature))
        blocks += [] if short else _said(symbol, language)
    if not section.documented and around.summary:
        blocks.insert(2, f"{plain(around.summary)} {GENERATED}")
    blocks.append(_sources(around.sources))
    blocks.append(_users(around.users))
    return "\n\n".join(block for block in blocks if block)


def row(section: Section, summary: str) -> Iterable[str]:
    """The section's rows in the table of symbols, one for each definition."""
    for symbol in section.symbols:
        said = cell(line(symbol.doc.summary))
        if not section.documented and summary:
            said = f"{cell(plain(summary))} {GENERATED}"
        signature = " ".join(symbol.signature.split())
        if len(signature) > _ROW_CHARS:
            signature = f"{signature[: _ROW_CHARS - 1]}…"
        yield f"| {cell(code_span(section.key))} | {cell(code_span(signature))} | {said} |"


def doc_blocks(doc: Doc) -> list[str]:
    """What documentation says before its parameters and examples."""
    return [part for part in (prose(doc.summary), prose(doc.details)) if part]


def _outer(key: str, found: Container[str]) -> str:
    """The nearest section that a name stands in, "" for none."""
    while "." in key:
        key = key.rpartition(".")[0]
        if key in found:
            return key
    return ""


def _kind(section: Section) -> str:
    symbol = section.symbols[0]
    words = plain(" ".join((*symbol.labels, symbol.kind)))
    bases = ", ".join(code_span(base) for base in symbol.bases)
    return f"*{words}*" + (f" of {bases}" if bases else "")


def _said(symbol: Symbol, language: str) -> list[str]:
    doc = symbol.doc
    return [
        *doc_blocks(doc),
        _parameters(symbol.parameters),
        _returns(symbol),
        _raises(doc),
        *_examples(doc, language),
    ]


def _parameters(parameters: Sequence[Parameter]) -> str:
    """A table with the columns that hold something; "" where only names are known."""
    columns: Mapping[str, list[str]] = {
        "Type": [code_span(each.type) for each in parameters],
        "Default": [code_span(each.default) for each in parameters],
        "Meaning": [line(each.text) for each in parameters],
    }
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    if not filled:
        return ""
    head = ["Parameter", *filled]
    names = [code_span(each.name) for each in parameters]
    rows = zip(names, *filled.values(), strict=True)
    return table(head, ([cell(each) for each in cells] for cells in rows))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _returns(symbol: Symbol) -> str:
    said, kind = line(symbol.doc.returns), code_span(symbol.returns)
    if not said:
        return ""
    return f"**Returns** {kind}: {said}" if kind else f"**Returns** {said}"


def _raises(doc: Doc) -> str:
    items = [
        f"- {code_span(each.name)}" + (f": {line(each.text)}" if each.text else "")
        for each in doc.raises
    ]
    return "\n\n".join(["**Raises**", "\n".join(items)]) if items else ""


def _examples(doc: Doc, language: str) -> list[str]:
    return [
        part
        for example in doc.examples
        if example.strip()
        for part in ("**Example**", fence(language, example))
    ]


def _sources(addresses: Sequence[str]) -> str:
    if len(addresses) == 1:
        return f"[Source]({addresses[0]})"
    return ", ".join(f"[Source {at}]({each})" for at, each in enumerate(addresses, 1))


def _users(users: Sequence[Address]) -> str:
    if not users:
        return ""
    shown = [f"[{plain(name)}]({address})" for name, address in users[:_USERS_SHOWN]]
    more = len(users) - len(shown)
    return f"Used by {', '.join(shown)}" + (f" and {more} more" if more else "")
