"""Python by its grammar: what the parser of this version cannot read."""

from shared.code.grammar import read_with_grammar
from tests.support.outlines import found, public

NEWER = '''"""Books."""
from .a import b as c, d
import os.path
__all__ = ["Book", "add"]
type Pages[T] = list[T]

@cache
@wraps(1)
async def add[T](a: int, b=2, *args, e: str = "x", **more) -> int:
    """Adds.

    Args:
        a: the page
    """

class Book(Base, metaclass=M):
    """A book."""
    count: int = 1

    @property
    def size(self): return f"{x["a"]}"

    def _hidden(self): pass
'''


def test_syntax_of_newer_versions() -> None:
    module = read_with_grammar("a.py", "python", NEWER)
    assert public(module) == [
        "function add",
        "class Book",
        "property Book.count",
        "property Book.size",
    ]
    assert module.exports == frozenset({"Book", "add"})
    assert (module.problem, module.doc.summary) == ("", "Books.")
    add = found(module, "add")
    assert (add.span.first, add.span.last, add.doc.summary) == (7, 14, "Adds.")
    assert [(one.name, one.type, one.default, one.text) for one in add.parameters] == [
        ("a", "int", "", "the page"),
        ("b", "", "2", ""),
        ("*args", "", "", ""),
        ("e", "str", '"x"', ""),
        ("**more", "", "", ""),
    ]
    assert [(one.module, one.names) for one in module.imports] == [
        (".a", ("b", "d")),
        ("os.path", ()),
    ]


def test_python_2_is_read() -> None:
    text = 'print "x"\n\ndef old((a, b)):\n    raise E, "x"\n\nif True:\n    class New: pass\n'
    module = read_with_grammar("old.py", "python", text)
    assert public(module) == ["function old", "class New"]
