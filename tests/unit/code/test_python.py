"""Outlines of Python files: symbols, places, heads, documentation; any text at all."""

import ast
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.code.model import Doc, Module, Named, Parameter, Span, Symbol
from shared.code.outline import walk
from shared.code.python import read_python
from shared.code.python_docs import read_docstring
from shared.code.rst import markdown

SHARED = Path(__file__).parents[3] / "shared"


def read(source: str) -> Module:
    return read_python("package/module.py", source)


def symbol(source: str, qualname: str) -> Symbol:
    return next(each for each in walk(read(source)) if each.qualname == qualname)


GOOGLE = '''
@cache
def parse_amount(
    text: str,
    *rest: int,
    unit: str = "cents",
) -> int:
    """Read an amount. It may be e.g. "12.50".

    More of it.

    Args:
        text: the amount
            as it was typed.
        *rest (int): more.
        unit: what it counts.

    Returns:
        The amount in cents.

    Raises:
        ValueError: the text is no amount.

    Examples:
        >>> parse_amount("1")
        100
    """
    return 0
'''


def test_a_function_is_read_with_its_documentation() -> None:
    found = symbol(GOOGLE, "parse_amount")
    assert found.kind == "function"
    assert found.span == Span(2, 28)
    assert found.signature == (
        'def parse_amount(text: str, *rest: int, unit: str = "cents") -> int'
    )
    assert found.parameters == (
        Parameter(name="text", type="str", text="the amount\nas it was typed."),
        Parameter(name="*rest", type="int", text="more."),
        Parameter(name="unit", type="str", default='"cents"', text="what it counts."),
    )
    assert found.returns == "int"
    assert found.doc == Doc(
        summary="Read an amount.",
        details='It may be e.g. "12.50".\n\nMore of it.',
        returns="The amount in cents.",
        raises=(Named("ValueError", "the text is no amount."),),
        examples=('>>> parse_amount("1")\n100',),
    )


NUMPY = """Scale it.

Parameters
----------
x : int, optional
    The first.
y, z : float
    Both.

Returns
-------
int
    The product.

See Also
--------
other : something else

Examples
--------
>>> scale(1)
2
"""
SPHINX = """Send a request.

See :meth:`~http.Client.get` and ``options``.

:param url: where it goes,
    as text.
:type url: str
:return: :class:`Response <http.Response>`
:rtype: http.Response
:raises ValueError: no address

Usage::

  >>> send("http://x")
  200
"""


def test_numpy_and_sphinx_docstrings_say_the_same_things() -> None:
    numpy = read_docstring(NUMPY)
    assert numpy.parameters["x"].text == "The first."
    assert {numpy.parameters[name].type for name in "yz"} == {"float"}
    assert numpy.doc.returns == "int: The product."
    assert numpy.doc.examples == (">>> scale(1)\n2",)
    assert "something else" in numpy.doc.details
    sphinx = read_docstring(SPHINX)
    assert (sphinx.parameters["url"].type, sphinx.parameters["url"].text) == (
        "str",
        "where it goes,\nas text.",
    )
    assert sphinx.doc.details == "See `get` and `options`."
    assert sphinx.doc.returns == "http.Response: `Response`"
    assert sphinx.doc.raises == (Named("ValueError", "no address"),)
    assert sphinx.doc.examples == ('>>> send("http://x")\n200',)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".. code-block:: python\n   :linenos:\n\n   a = 1", "```python\na = 1\n```"),
        ("As so::\n\n    a\n\n      b\nAfter", "As so:\n\n```\na\n\n  b\n```\n\nAfter"),
        (".. versionadded:: 2.1\n   It came.", "**New in 2.1:** It came."),
        (".. note:: Look.", "**Note:** Look."),
        ("`docs <https://x.y>`_", "[docs](https://x.y)"),
        ("```\n:func:`kept`\n```", "```\n:func:`kept`\n```"),
        (">>> f()\n1\n\ntext", "```pycon\n>>> f()\n1\n```\n\ntext"),
        (".. _target: x\n\ntext", "text"),
        ("a ``b`` and `c`", "a `b` and `c`"),
    ],
)
def test_restructured_text_becomes_markdown(text: str, expected: str) -> None:
    assert markdown(text) == expected


CLASSES = '''
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Final, NamedTuple, TypeAlias, TypeVar, overload

T = TypeVar("T")
Row: TypeAlias = "dict[str, int]"
LIMIT = 0x10
limit: Final = 3
table = {
    "a": 1,
}
"""What it is."""


@dataclass(frozen=True)
class Entry:
    """One expense.

    Attributes:
        day: when it was paid.
    """

    day: str
    cents: int = 0  # 12
    """How much."""
    count: ClassVar[int] = 0

    class Meta:
        order = 1


class Colour(Enum):
    red = 1
    _ignored = 2


class Book(ABC, Generic[T], metaclass=ABCMeta):
    def __init__(self, path: str, *, lazy=False) -> None:
        """Open it.

        Args:
            path: where it is.
        """
        self.path = path
        """Its place."""
        self._rows: list[Row] = []
        self.plain = 1

    @property
    @abstractmethod
    def total(self) -> int:
        """The sum."""

    @total.setter
    def total(self, value): ...

    @classmethod
    async def load(cls, a, /, b, *, c: int = 1, **rest): ...

    @staticmethod
    def check(value): ...

    @overload
    def get(self, key: int) -> int: ...
    @overload
    def get(self, key: str) -> str: ...
    def get(self, key): ...

    @deprecated("use get")
    def fetch(self): ...

    @Base.size.setter
    def size(self, value): ...
'''


def test_kinds_and_labels_are_those_of_the_language() -> None:
    found = {each.qualname: each for each in walk(read(CLASSES))}
    assert {name: each.kind for name, each in found.items()} == {
        "T": "type",
        "Row": "type",
        "LIMIT": "constant",
        "limit": "constant",
        "table": "variable",
        "Entry": "class",
        "Entry.day": "property",
        "Entry.cents": "property",
        "Entry.count": "variable",
        "Entry.Meta": "class",
        "Entry.Meta.order": "variable",
        "Colour": "enum",
        "Colour.red": "constant",
        "Colour._ignored": "constant",
        "Book": "class",
        "Book.__init__": "method",
        "Book.path": "property",
        "Book._rows": "property",
        "Book.total": "property",
        "Book.load": "method",
        "Book.check": "method",
        "Book.get": "method",
        "Book.fetch": "method",
        "Book.size": "method",
    }
    assert {name: each.labels for name, each in found.items() if each.labels} == {
        "Entry": ("dataclass",),
        "Book": ("abstract",),
        "Book.total": ("abstract", "property"),
        "Book.load": ("async", "classmethod"),
        "Book.check": ("staticmethod",),
        "Book.fetch": ("deprecated",),
    }


def test_what_a_class_is_made_with_are_its_parameters() -> None:
    assert symbol(CLASSES, "Entry").parameters == (
        Parameter(name="day", type="str", text="when it was paid."),
        Parameter(name="cents", type="int", default="0", text="How much."),
    )
    book = symbol(CLASSES, "Book")
    assert book.parameters == (
        Parameter(name="path", type="str", text="where it is."),
        Parameter(name="lazy", default="False"),
    )
    assert book.bases == ("ABC", "Generic[T]")
    assert book.signature == "class Book(ABC, Generic[T], metaclass=ABCMeta)"
    load = symbol(CLASSES, "Book.load").parameters
    assert [each.name for each in load] == ["a", "b", "c", "**rest"]


def test_values_and_overloads_are_shown_as_they_stand() -> None:
    assert symbol(CLASSES, "LIMIT").signature == "LIMIT = 0x10"
    assert symbol(CLASSES, "table").signature == "table = …"
    assert symbol(CLASSES, "table").doc.summary == "What it is."
    assert symbol(CLASSES, "Book.path").doc.summary == "Its place."
    assert symbol(CLASSES, "Book.get").signature.split("\n") == [
        "def get(self, key: int) -> int",
        "def get(self, key: str) -> str",
    ]
    lines = CLASSES.split("\n")
    assert lines[symbol(CLASSES, "Book.get").span.first - 1].strip() == "def get(self, key): ..."
    assert lines[symbol(CLASSES, "Book.total").span.first - 1].strip() == "@property"


def test_a_head_with_comments_or_of_great_length_keeps_its_lines() -> None:
    source = 'if x:\n    def f(\n        a="):",  # not ): yet\n        ü: int = 1,\n    ): pass\n'
    assert symbol(source, "f").signature == (
        'def f(\n    a="):",  # not ): yet\n    ü: int = 1,\n)'
    )
    assert symbol(source, "f").parameters[1] == Parameter(name="ü", type="int", default="1")
    long = f"def g({', '.join(f'name_{at}' for at in range(20))}): ..."
    assert symbol(long, "g").signature == long.removesuffix(": ...")


def test_of_several_definitions_the_usual_one_is_taken() -> None:
    source = (
        "try:\n    from fast import f\n    def g(): 'usual'\n"
        "except ImportError:\n    def f(): 'slow'\n    def g(): 'instead'\n"
        "if TYPE_CHECKING:\n    def h(): 'types'\nelse:\n    def h(): 'real'\n"
        "def k(): 'function'\nk = wrap(k)\n"
        "def m(): 'first'\ndef m(): 'last'\n"
    )
    said = {each.name: each.doc.summary for each in walk(read(source))}
    assert said == {"f": "slow", "g": "usual", "h": "real", "k": "function", "m": "last"}


def test_a_class_has_the_members_of_its_other_branches() -> None:
    source = (
        "if new:\n    class A:\n        def a(self): 'new'\n"
        "else:\n    class A:\n        def a(self): 'old'\n        def b(self): 'only old'\n"
        "class B:\n    def gone(self): ...\nclass B:\n    pass\n"
    )
    said = {each.qualname: each.doc.summary for each in walk(read(source))}
    assert said == {"A": "", "A.a": "new", "A.b": "only old", "B": ""}


@pytest.mark.parametrize(
    ("source", "exports"),
    [
        ("x = 1", None),
        ("__all__ = ['a', 'b']", {"a", "b"}),
        ("__all__: list[str] = ('a',)", {"a"}),
        ("__all__ = ['a'] + other.__all__\n__all__ += ('b',)", {"a", "b"}),
        ("__all__ = []\n__all__.append('a')\n__all__.extend(['b', 'c'])", {"a", "b", "c"}),
        ("__all__ = ['a', 'b']\nif x:\n    __all__.remove('a')", {"b"}),
        ("__all__ = [n for n in dir()]", None),
    ],
)
def test_exports_are_what_all_names(source: str, exports: set[str] | None) -> None:
    assert read(source).exports == exports


def test_public_is_what_all_names_else_what_has_no_underscore() -> None:
    body = "def a(): ...\ndef _b(): ...\nclass C:\n    def d(self): ...\n    def _e(self): ...\n"
    public = {each.qualname for each in walk(read(body)) if each.public}
    assert public == {"a", "C", "C.d"}
    listed = {each.qualname for each in walk(read(f"__all__ = ['_b']\n{body}")) if each.public}
    assert listed == {"_b", "C.d"}


def test_imports_are_found_wherever_they_stand() -> None:
    source = (
        "import a.b as c, d\nfrom . import e\n"
        "if TYPE_CHECKING:\n    from ..f.g import h as i\n"
        "def j():\n    from k import *\n    return c.call(l)\n"
    )
    module = read(source)
    found = [(each.module, each.names, each.line) for each in module.imports]
    assert found == [
        ("a.b", (), 1),
        ("d", (), 1),
        (".", ("e",), 2),
        ("..f.g", ("h",), 4),
        ("k", ("*",), 6),
    ]
    assert module.references == {"TYPE_CHECKING", "c", "call", "l"}


@pytest.mark.parametrize(
    "source",
    [
        "print 'old'\ndef f(): pass\n",
        "x = a ?? b\ndef f(): pass\n",
        "def f(): pass\nx = \0",
        "def f(): pass\nx = " + "(" * 10_000,
        "def f(): pass\nx = a" + ".b" * 20_000,
        "def f(): pass\nx = " + "-" * 20_000 + "1",
        "def f(): pass\n" + "if x: pass\n" + "elif x: pass\n" * 5_000,
    ],
    ids=["python 2", "not yet python", "nul", "parentheses", "attributes", "signs", "branches"],
)
def test_what_this_python_cannot_parse_is_read_by_its_grammar(source: str) -> None:
    module = read(source)
    assert module.language == "python"
    assert module.problem.startswith("Read by its grammar alone, as ")


def test_the_grammar_still_finds_what_stands_in_a_broken_file() -> None:
    module = read("def f(a):\n    '''Say it.'''\n\nprint 'old'\n\nclass G:\n    pass\n")
    assert [each.name for each in module.symbols] == ["f", "G"]
    assert "line 4" in module.problem


def test_bytes_that_editors_leave_behind_change_nothing() -> None:
    plain = "def f():\n    '''Say.\n\n    More.'''\n\nX = 1\n"
    expected = read(plain)
    assert read("\ufeff" + plain) == expected
    assert read(plain.replace("\n", "\r\n")) == expected
    assert expected.lines == 6
    assert read("").symbols == ()
    assert read("").lines == 0
    assert read("x = '\ud800'\ndef f():\n    '\\ud800\\0Say.'\n").symbols[1].doc.summary == "Say."


_PIECES = st.sampled_from(
    [
        *"()[]{}:=,.@#'\"\\\n\t\r\0\ud800é",
        *("    ", "def f", "class A", "async ", "'''", '"""', "lambda", "*", "__all__"),
        *("import a", "from . import b", "if x:\n", "try:\n", "except:\n", "Args:\n"),
        *("    a: b\n", ":param x: y\n", "Returns\n-------\n", ">>> 1\n", ".. note::\n"),
    ]
)


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    module = read(text)
    assert module.path == "package/module.py"
    for each in walk(module):
        assert 1 <= each.span.first <= each.span.last <= module.lines


@given(st.lists(_PIECES | st.text(max_size=5), max_size=25).map("".join))
def test_no_docstring_makes_its_reader_fail_or_log(text: str) -> None:
    doc = read_docstring(text).doc
    assert "\n" not in doc.summary
    "".join((doc.summary, doc.details, doc.returns)).encode()


def test_griffe_says_nothing_of_the_code_it_reads(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        read_docstring("Do.\n\nArgs:\n  nonsense\n x: 1\n\nReturns:\nx\n\nRaises:\n    what\n")
        read_docstring("Do.\n\n:param: x\n:type y\n:rtype: \n:raises: \n")
        read_docstring("Do.\n\nParameters\n----------\n  : int\n\nRaises\n------\n\n")
    assert caplog.records == []


def test_every_definition_of_real_code_is_there_at_its_place() -> None:
    for path in sorted(SHARED.rglob("*.py"))[::7]:
        text = path.read_text(encoding="utf8")
        lines = text.split("\n")
        module = read_python(path.name, text)
        assert module.problem == ""
        found = {each.qualname: each for each in walk(module)}
        for qualname, node in _defined(ast.parse(text).body, ""):
            first = lines[found[qualname].span.first - 1].strip()
            assert first.startswith("@") or f" {node.name}" in first, (path, qualname)
            assert found[qualname].span.last == node.end_lineno


def _defined(
    body: list[ast.stmt], owner: str
) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    found: list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]] = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append((f"{owner}{node.name}", node))
        elif isinstance(node, ast.ClassDef):
            found.append((f"{owner}{node.name}", node))
            found += _defined(node.body, f"{owner}{node.name}.")
    return found
