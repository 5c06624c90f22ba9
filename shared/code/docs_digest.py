"""Tells whether something is said of a symbol, or of a file, that was not said before."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from shared.code.model import Module, Span

if TYPE_CHECKING:
    from shared.code.docs_sections import Section

RENDERER: Final = "2"
"""Rises when pages are written differently: then every page is written again."""
_NOWHERE: Final = Span(0, 0)


def digest(section: "Section", summary: str, lines: Sequence[str], language: str) -> str:
    """32 hex digits of what a section says and of the lines that it tells about.

    `lines`: of the whole file. A definition that only moved keeps its digest.
    """
    said = [repr(replace(each, span=_NOWHERE, children=())) for each in section.symbols]
    body = chain.from_iterable(
        lines[symbol.span.first - 1 : symbol.span.last] for symbol in section.symbols
    )
    text = "\0".join((RENDERER, str(section.depth), language, summary, *said, *body))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def overview_digest(module: Module) -> str:
    """32 hex digits of what is said of a file as a whole."""
    text = "\0".join((RENDERER, module.path, repr(module.doc), module.problem))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
