"""The page of a source file: overview, table of symbols, their sections, what is not documented."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.code.docs_prose import code_span, fence, plain
from shared.code.docs_sections import Around, Section, doc_blocks, row, table, written
from shared.code.model import Module
from shared.text.markdown import canonical

MAX_PAGE_BYTES: Final = 350_000
"""Pages beyond 400 KiB are not synced; people need room for what they add."""
SYMBOLS: Final = "Symbols"
MISSING: Final = "Not documented"
UPDATES: Final = "Updates available"
OVERVIEW: Final = ""
"""The key of what stands before the first heading."""
_ROWS_MAX: Final = 1000
_NOTHING: Final = Around()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page is made of.

    `around`: by the key of a section; `OVERVIEW`'s source is the file's. `notes`: what a person
    wrote that stands against what the code says now: section and what is said of it.
    """

    module: Module
    sections: Sequence[Section]
    around: Mapping[str, Around] = field(default_factory=dict)
    notes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page's body, canonical. `cut`: what was left out because it would be too long, or ""."""

    text: str
    cut: str = ""


def render_page(page: Page) -> Rendered:
    """Write a page, with less on it if it would not be synced otherwise."""
    for short, cut in ((False, ""), (True, "descriptions and examples")):
        text = _written(page, _sections(page, short=short))
        if len(text.encode("utf-8", "surrogatepass")) <= MAX_PAGE_BYTES:
            return Rendered(text, cut)
    return Rendered(_written(page, []), "the sections of its symbols")


def removed_page(path: str, commit_link: str) -> str:
    """What is said on a page whose source is gone, but for what people wrote on it."""
    since = f" since {commit_link}" if commit_link else ""
    text = f"{code_span(path)} is no longer in the repository{since}. What people wrote was kept."
    return canonical(f"> {text}\n")


def _written(page: Page, sections: Sequence[str]) -> str:
    blocks = [*_overview(page), _symbols(page), *sections, *_missing(page), *_notes(page)]
    return canonical("\n\n".join(block for block in blocks if block) + "\n")


def _overview(page: Page) -> Iterable[str]:
    doc, language = page.module.doc, page.module.language
    yield from doc_blocks(doc)
    if page.module.problem:
        yield f"> {plain(page.module.problem)}"
    sources = page.around.get(OVERVIEW, _NOTHING).sources
    yield f"[{plain(page.module.path)}]({sources[0]})" if sources else ""
    if doc.examples:
        yield "## Example"
        yield from (fence(language, example) for example in doc.examples if example.strip())


def _symbols(page: Page) -> str:
    if not page.sections:
        return ""
    rows = [
        line
        for section in page.sections
        for line in row(section, page.around.get(section.key, _NOTHING).summary)
    ]
    left = len(rows) - _ROWS_MAX
    more = f"\n\nand {left} more" if left > 0 else ""
    head = table(("Symbol", "Signature", "Summary"), ())
    return f"## {SYMBOLS}\n\n" + "\n".join([head, *rows[:_ROWS_MAX]]) + more


def _sections(page: Page, *, short: bool) -> list[str]:
    return [
        written(section, page.around.get(section.key, _NOTHING), page.module.language, short=short)
        for section in page.sections
    ]


def _missing(page: Page) -> Iterable[str]:
    names = [section.key for section in page.sections if not section.documented]
    if names:
        yield f"## {MISSING}"
        yield "\n".join(f"- {code_span(name)}" for name in names[:_ROWS_MAX])


def _notes(page: Page) -> Iterable[str]:
    if page.notes:
        yield f"## {UPDATES}"
        yield "\n".join(f"- {code_span(key)}: {said}" for key, said in page.notes)
