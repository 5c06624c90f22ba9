"""Takes secrets out of what is known of a source file, before anything of it is written down."""

from dataclasses import replace
from typing import Final

from shared.code.model import Doc, Module, Named, Parameter, Symbol
from shared.text.secrets_scan import blanked

_SET: Final = " = "


def without_secrets(module: Module) -> Module:
    """The outline with blanks in place of secrets; the same object where it holds none."""
    doc, symbols = _doc(module.doc), _symbols(module.symbols)
    if doc is module.doc and symbols is module.symbols:
        return module
    return replace(module, doc=doc, symbols=symbols)


def _symbols(symbols: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
    fresh = tuple(_symbol(each) for each in symbols)
    return symbols if all(a is b for a, b in zip(fresh, symbols, strict=True)) else fresh


def _symbol(symbol: Symbol) -> Symbol:
    doc, children = _doc(symbol.doc), _symbols(symbol.children)
    parameters = tuple(_parameter(each) for each in symbol.parameters)
    heads = (symbol.signature, symbol.returns, *symbol.bases)
    signature, returns, *bases = (blanked(each) for each in heads)
    fresh = replace(
        symbol,
        signature=signature,
        returns=returns,
        bases=tuple(bases),
        parameters=parameters,
        doc=doc,
        children=children,
    )
    return symbol if fresh == symbol else fresh


def _parameter(parameter: Parameter) -> Parameter:
    set_ = f"{parameter.name.rstrip(':')}{_SET}"  # Ruby's keywords have it in their names
    return replace(
        parameter,
        type=blanked(parameter.type),
        default=blanked(set_ + parameter.default).removeprefix(set_),
        text=blanked(parameter.text),
    )


def _doc(doc: Doc) -> Doc:
    if doc.empty:
        return doc
    fresh = Doc(
        summary=blanked(doc.summary),
        details=blanked(doc.details),
        returns=blanked(doc.returns),
        raises=tuple(Named(each.name, blanked(each.text)) for each in doc.raises),
        examples=tuple(blanked(each) for each in doc.examples),
    )
    return doc if fresh == doc else fresh
