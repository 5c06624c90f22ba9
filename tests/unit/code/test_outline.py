"""The outline of any file, and walks through it."""

import pytest

from shared.code.model import Module, Span, Symbol
from shared.code.outline import public_symbols, read_module, walk


def made(qualname: str, *children: Symbol, public: bool = True) -> Symbol:
    return Symbol(
        name=qualname.rpartition(".")[2],
        qualname=qualname,
        kind="class",
        signature=qualname,
        span=Span(1, 1),
        public=public,
        children=children,
    )


MODULE = Module(
    path="a.py",
    language="python",
    symbols=(
        made("A", made("A.b", made("A.b.c")), made("A._d", made("A._d.e"), public=False)),
        made("_F", made("_F.g"), public=False),
        made("H"),
    ),
)


def test_a_walk_meets_every_symbol_before_those_in_it() -> None:
    names = [each.qualname for each in walk(MODULE)]
    assert names == ["A", "A.b", "A.b.c", "A._d", "A._d.e", "_F", "_F.g", "H"]


def test_public_symbols_stand_in_nothing_private() -> None:
    names = [each.qualname for each in public_symbols(MODULE)]
    assert names == ["A", "A.b", "A.b.c", "H"]


@pytest.mark.parametrize("path", ["a.md", "LICENSE", "a.toml", "folder.py/data", ".py"])
def test_a_file_of_no_language_has_no_outline(path: str) -> None:
    assert read_module(path, "def f(): pass") is None


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.py", "def f(): pass\n", "f"),
        ("types/a.pyi", "class G: ...\n", "G"),
        ("a.ts", "export function h() {}\n", "h"),
        ("a.go", "package a\n\nfunc I() {}\n", "I"),
    ],
)
def test_a_file_is_read_by_the_language_of_its_name(path: str, text: str, name: str) -> None:
    module = read_module(path, text)
    assert module is not None
    assert (module.path, module.problem) == (path, "")
    assert [each.name for each in module.symbols] == [name]
