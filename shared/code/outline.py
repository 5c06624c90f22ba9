"""The outline of a source file in any language that is read here."""

from collections.abc import Iterator

from shared.code.languages import language_of
from shared.code.model import Module, Symbol


def read_module(path: str, text: str) -> Module | None:
    """The outline of a file by the language of its name; None for languages that are not read.

    Never raises, whatever the text; `problem` says what could not be read.
    """
    language = language_of(path)
    if language is None:
        return None
    # Parsers are loaded only where a file of their language is read.
    if language == "python":
        from shared.code.python import read_python

        return read_python(path, text)
    from shared.code.grammar import read_with_grammar

    return read_with_grammar(path, language, text)


def walk(module: Module) -> Iterator[Symbol]:
    """All definitions of a file, each before those in it, in source order."""
    yield from _chain(module.symbols, public=False)


def public_symbols(module: Module) -> tuple[Symbol, ...]:
    """Of all definitions, as `walk` gives them, those that are public with all they stand in.

    Their `children` are as the source has them, private ones included.
    """
    return tuple(_chain(module.symbols, public=True))


def _chain(symbols: tuple[Symbol, ...], *, public: bool) -> Iterator[Symbol]:
    waiting = list(reversed(symbols))
    while waiting:
        symbol = waiting.pop()
        if symbol.public or not public:
            yield symbol
            waiting.extend(reversed(symbol.children))
