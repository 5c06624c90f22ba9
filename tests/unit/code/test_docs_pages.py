"""Pages of documentation from hand-made outlines, and from such with anything in their texts."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from shared.code.docs_digest import digest
from shared.code.docs_page import OVERVIEW, Page, render_page
from shared.code.docs_prose import cell, code_span, fence, line, plain, prose
from shared.code.docs_sections import Around, sections
from shared.code.model import Doc, Module, Named, Parameter, Span, Symbol
from shared.text.markdown import canonical, lossy_marks

ADD = Symbol(
    name="add",
    qualname="Book.add",
    kind="method",
    signature="def add(self, entry: Entry | None = None) -> Money:",
    span=Span(3, 5),
    parameters=(Parameter(name="entry", type="Entry | None", default="None", text="what to add"),),
    returns="Money",
    labels=("async",),
    doc=Doc(
        summary="Adds an *entry*.",
        details="Keeps `order`.",
        returns="the new balance",
        raises=(Named("ValueError", "if it is there"),),
        examples=("book.add(entry)",),
    ),
)
BOOK = Symbol(
    name="Book",
    qualname="Book",
    kind="class",
    signature="class Book(Base):",
    span=Span(1, 5),
    bases=("Base",),
    children=(ADD,),
)
MODULE = Module(
    path="src/book.py",
    language="python",
    doc=Doc(summary="A book of entries.", examples=("import book",)),
    symbols=(BOOK,),
)
LINES = ["class Book(Base):", "", "    async def add():", "        x", "        y"]
NASTY = (
    "# a heading",
    "## `Book`",
    "text | with | pipes",
    "| a | b |\n| --- | --- |\n| c | d |",
    "```\nno end",
    "~~~",
    "<details>",
    "</details>",
    "<callout>x</callout>",
    "<page url='x'>y</page>",
    "<!-- -->",
    "$$\nx",
    "[TOC]",
    "---",
    "===",
    "- a\n  - b",
    "> quoted",
    "[x]: http://a.test",
    "![p](http://a.test/p.png)",
    "[rel](../x.py)",
    "*a **b* c**",
    "`` ` ``",
    "\\",
    "\\|",
    "a\r\nb\x00c\u2028d",
    "1. one",
    "__init__ _x_",
    "&amp; &#35; {color=red}",
    "    indented",
    "line  \nbreak",
    "\ttab",
)


def text() -> st.SearchStrategy[str]:
    """Documentation as nobody should write it."""
    pieces = st.sampled_from(NASTY) | st.text(alphabet="ab \n`*_|<>$[]()#-\\~&{}^!", max_size=12)
    return st.lists(pieces, max_size=4).map("\n".join)


def docs() -> st.SearchStrategy[Doc]:
    named = st.builds(Named, text(), text())
    return st.builds(
        Doc,
        summary=text(),
        details=text(),
        returns=text(),
        raises=st.lists(named, max_size=2).map(tuple),
        examples=st.lists(text(), max_size=2).map(tuple),
    )


def symbols(name: str) -> st.SearchStrategy[Symbol]:
    parameter = st.builds(Parameter, name=text(), type=text(), default=text(), text=text())
    return st.builds(
        Symbol,
        name=st.just(name),
        qualname=st.just(name),
        kind=st.sampled_from(["class", "function", "constant"]),
        signature=text().filter(bool),
        span=st.just(Span(1, 2)),
        parameters=st.lists(parameter, max_size=2).map(tuple),
        returns=text(),
        bases=st.lists(text(), max_size=2).map(tuple),
        doc=docs(),
    )


def headings(body: str) -> list[str]:
    """What a reader sees as headings."""
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    return [
        f"{token.tag} {after.content.strip('`')}"
        for token, after in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def tables(body: str) -> list[int]:
    """How many columns each table outside lists has."""
    found: list[int] = []
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.type == "table_open":
            found.append(0)
        found[-1:] = [found[-1] + 1] if token.type == "th_open" else found[-1:]
    return found


def test_a_page_says_all_that_the_outline_knows() -> None:
    around = {
        OVERVIEW: Around(sources=("https://git.test/blob/c/src/book.py",)),
        "Book.add": Around(
            sources=("https://git.test/blob/c/src/book.py#L3-L5",),
            users=(("src/main.py", "https://git.test/pages/main.md"),),
        ),
    }
    page = Page(module=MODULE, sections=sections([BOOK, ADD]), around=around)
    assert render_page(page).text == (
        "A book of entries.\n\n"
        "[src/book.py](https://git.test/blob/c/src/book.py)\n\n"
        "## Example\n\n```python\nimport book\n```\n\n"
        "## Symbols\n\n"
        "| Symbol | Signature | Summary |\n| --- | --- | --- |\n"
        "| `Book` | `class Book(Base):` | |\n"
        "| `Book.add` | `def add(self, entry: Entry \\| None = None) -> Money:` "
        "| Adds an *entry*. |\n\n"
        "## `Book`\n\n*class* of `Base`\n\n```python\nclass Book(Base):\n```\n\n"
        "### `Book.add`\n\n*async method*\n\n"
        "```python\ndef add(self, entry: Entry | None = None) -> Money:\n```\n\n"
        "Adds an *entry*.\n\nKeeps `order`.\n\n"
        "| Parameter | Type | Default | Meaning |\n| --- | --- | --- | --- |\n"
        "| `entry` | `Entry \\| None` | `None` | what to add |\n\n"
        "**Returns** `Money`: the new balance\n\n"
        "**Raises**\n\n- `ValueError`: if it is there\n\n"
        "**Example**\n\n```python\nbook.add(entry)\n```\n\n"
        "[Source](https://git.test/blob/c/src/book.py#L3-L5)\n\n"
        "Used by [src/main.py](https://git.test/pages/main.md)\n\n"
        "## Not documented\n\n- `Book`\n"
    )


def test_a_generated_sentence_is_marked_and_its_symbol_stays_undocumented() -> None:
    around = {"Book": Around(summary="Keeps *all* entries.")}
    body = render_page(Page(module=MODULE, sections=sections([BOOK]), around=around)).text
    assert "| Keeps \\*all\\* entries. *(generated)* |\n" in body
    assert "\n\nKeeps \\*all\\* entries. *(generated)*\n\n" in body
    assert body.endswith("## Not documented\n\n- `Book`\n")


def test_overloads_are_one_section_with_all_their_signatures() -> None:
    other = Symbol(
        name="add", qualname="Book.add", kind="method", signature="def add(self)", span=Span(7, 8)
    )
    found = sections([ADD, BOOK, other])
    assert [(each.key, each.depth, len(each.symbols)) for each in found] == [
        ("Book", 0, 1),
        ("Book.add", 1, 2),
    ]
    around = {"Book.add": Around(sources=("https://a.test/1", "https://a.test/2"))}
    body = render_page(Page(module=MODULE, sections=found, around=around)).text
    assert body.count("### `Book.add`") == 1
    assert "def add(self)\n" in body
    assert "[Source 1](https://a.test/1), [Source 2](https://a.test/2)" in body


@settings(max_examples=50, deadline=None)
@given(docs(), symbols("One"), symbols("One.two"), symbols("three"), text())
def test_no_text_of_the_source_breaks_the_page(
    doc: Doc, one: Symbol, two: Symbol, three: Symbol, said: str
) -> None:
    module = Module(path="a.py", language="python", doc=doc, problem=said)
    found = sections([one, two, three])
    around = {"three": Around(summary=said, users=((said, "https://a.test/x"),))}
    body = render_page(Page(module=module, sections=found, around=around)).text
    assert canonical(body) == body
    example = ["h2 Example"] if doc.examples else []
    missing = ["h2 Not documented"] if any(not each.documented for each in found) else []
    assert headings(body) == [
        *example, "h2 Symbols", "h2 One", "h3 One.two", "h2 three", *missing
    ]  # fmt: skip
    assert tables(body)[len(tables(render_prose(doc)))] == 3
    assert lossy_marks(body) == ()


def render_prose(doc: Doc) -> str:
    return canonical("\n\n".join([prose(doc.summary), prose(doc.details)]) + "\n")


@settings(max_examples=80, deadline=None)
@given(text())
def test_untrusted_text_is_blocks_of_its_own_wherever_it_stands(said: str) -> None:
    alone = prose(said)
    assert canonical(canonical(alone)) == canonical(alone)
    around = f"before\n\n{alone}\n\nafter\n" if alone else "before\n\nafter\n"
    assert canonical(around).startswith("before\n\n")
    assert canonical(around).endswith("\n\nafter\n")
    one = line(said)
    assert "\n" not in one
    row = f"| a | b |\n| --- | --- |\n| {cell(one)} | {cell(code_span(said))} |\n"
    assert [len(each) for each in cells(row)] == [2, 2]


def cells(table: str) -> list[list[Any]]:
    found: list[list[Any]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(table):
        if token.type == "tr_open":
            found.append([])
        if token.type in ("th_open", "td_open"):
            found[-1].append(token)
    return found


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("# Title\n\ntext", "**Title**\n\ntext"),
        ("soft\nwrapped", "soft wrapped"),
        ("[a](https://a.test/x_(y)) [b](x.md)", "[a](https://a.test/x_%28y%29) b"),
        ("`__init__` and __init__", "`__init__` and \\_\\_init\\_\\_"),
        ("<b>bold</b>", "\\<b>bold\\</b>"),
        ("![logo](https://a.test/l.png)", "logo"),
        ("* a\n* b", "- a\n- b"),
        ("```pycon\n>>> 1\n```", "```python\n>>> 1\n```"),
        ("costs $5 or $6", "costs \\$5 or \\$6"),
    ],
)  # fmt: skip
def test_prose_keeps_what_a_page_may_hold(said: str, shown: str) -> None:
    assert canonical(prose(said)) == f"{shown}\n"


def test_code_is_shown_letter_by_letter() -> None:
    assert code_span("a `b`") == "`` a `b` ``"
    assert code_span("a ``b`` c") == "```a ``b`` c```"
    assert fence("go", "x\n````\ny").startswith("`````go\n")
    assert plain("*a*\n# b") == "\\*a\\* # b"


def test_a_section_that_only_moved_keeps_its_digest() -> None:
    (section,) = sections([ADD])
    before = digest(section, "", LINES, "python")
    moved = Symbol(**{**_fields(ADD), "span": Span(4, 6)})
    (after,) = sections([moved])
    assert digest(after, "", ["# new", *LINES], "python") == before
    assert digest(section, "", [*LINES[:4], "        z"], "python") != before
    (bare,) = sections([BOOK])
    assert digest(bare, "A sentence.", LINES, "python") != digest(bare, "", LINES, "python")


def _fields(symbol: Symbol) -> dict[str, Any]:
    return {name: getattr(symbol, name) for name in symbol.__slots__}


def test_a_page_that_would_be_too_long_is_shortened_and_says_so() -> None:
    long = Doc(summary="Short.", details="word " * 2_000)
    many = [
        Symbol(
            name=f"f{at}",
            qualname=f"f{at}",
            kind="function",
            signature=f"def f{at}()",
            span=Span(1, 1),
            doc=long,
        )
        for at in range(100)
    ]
    rendered = render_page(Page(module=MODULE, sections=sections(many)))
    assert rendered.cut == "descriptions and examples"
    assert len(rendered.text) < 350_000
    assert rendered.text.count("\n## `f") == 100
