"""Outlines of source text in tests, and lines of them that are easy to compare."""

from collections.abc import Iterator
from textwrap import dedent

from shared.code.grammar import read_with_grammar
from shared.code.languages import language_of
from shared.code.model import Module, Symbol


def outline(path: str, text: str) -> Module:
    """The outline of a text, whose indentation is that of the test."""
    language = language_of(path)
    assert language is not None
    return read_with_grammar(path, language, dedent(text).lstrip("\n"))


def every(module: Module) -> Iterator[Symbol]:
    """All symbols of a file, depth first."""
    waiting = list(module.symbols)
    while waiting:
        symbol = waiting.pop(0)
        yield symbol
        waiting = [*symbol.children, *waiting]


def public(module: Module) -> list[str]:
    """The qualified names of what is public, with the kind where it is no function or method."""
    return [f"{one.kind} {one.qualname}" for one in every(module) if one.public]


def found(module: Module, qualname: str) -> Symbol:
    """The only symbol of a name."""
    matches = [one for one in every(module) if one.qualname == qualname]
    assert len(matches) == 1, [one.qualname for one in every(module)]
    return matches[0]


def spans(module: Module) -> dict[str, tuple[int, int]]:
    """First and last line of each symbol; of equal names the last."""
    return {one.qualname: (one.span.first, one.span.last) for one in every(module)}
