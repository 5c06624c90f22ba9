"""The canonical spelling of Markdown."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from shared.text.markdown import body_hash, canonical, equivalent, lossy_marks, strip_signed
from tests.unit.text.pages import cases, edits, respelled

ROOT = Path(__file__).parents[3]
REAL = [path for part in (".", "docs", "docs/decisions") for path in (ROOT / part).glob("*.md")]
SPELLINGS = cases("spellings.yaml")
LINES = (
    "- a|* b|+ c|  - d|    - e|1. x|3) y|2. z|||||# h|h ##|===|---|***|- - -|> q|>|> > r|```|```ts"
    '|~~~|    code|<div>|</div>|<callout icon="x">|</callout>|<!-- c|-->|text  |text\\|_em_ __st__'
    r"|\# n|\- n|1\. n|\_x\_|a_b_c|*_x_*|**_x_**|`_c_`|``` x|$x_1$|- [ ] t|- [X] t|-|1.|<p />"
    r"|\[ \] x|\$5|--|+"
).split("|")
TABLE = ("| a | b |", "|---|:-:|", "| c \\| d |")


def html(text: str) -> str:
    """What a text shows, but for what canonical spelling changes on purpose.

    Loose and tight lists, and lists that only their bullets tell apart, are one to Notion; so are
    the orders in which bold and italic are nested, and languages of fences.
    """
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    shown = re.sub(r' class="language-[^"]*"|</?p>', "", shown).replace("[X]", "[x]")
    shown = shown.replace("<em><strong>", "<strong><em>").replace(
        "</strong></em>", "</em></strong>"
    )
    before = ""
    while before != shown:
        before = shown
        shown = re.sub(r'</(ul|ol)>\s*<\1( start="\d+")?>', "", shown)
    return " ".join(re.sub(r"\s*(<[^<>]*>)\s*", r" \1 ", shown).split())


@pytest.mark.parametrize("case", SPELLINGS, ids=lambda case: case["name"])
def test_all_spellings_have_one_canonical_spelling(case: dict[str, Any]) -> None:
    for text in [*case["spellings"], case["canonical"]]:
        assert canonical(text) == case["canonical"]
        assert equivalent(text, case["spellings"][0])
        assert body_hash(text) == body_hash(case["canonical"])


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_page_shows_the_same_in_canonical_spelling(path: Path) -> None:
    text = path.read_text(encoding="utf8")
    assert canonical(canonical(text)) == canonical(text)
    assert html(canonical(text)) == html(text)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("", "", "  ", "   ", "> ", "- ", "    ")),
            st.sampled_from([*LINES, *TABLE]),
        ),
        max_size=8,
    )
)
def test_odd_lines_are_spelled_once_and_show_the_same(lines: Sequence[tuple[str, str]]) -> None:
    text = "\n".join(indent + line for indent, line in lines)
    once = canonical(text)
    assert canonical(once) == once
    assert html(once) == html(text)


@settings(max_examples=300)
@given(st.text(alphabet="ab \n\t-*_`#>|[]()<>!\\$~=+1.&;\r\u00a0\u2028é", max_size=30))
def test_any_text_has_a_canonical_spelling(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert once == "" or (once.endswith("\n") and not once.endswith("\n\n"))
    assert strip_signed(text) == text
    assert lossy_marks(text) == ()


@settings(max_examples=60)
@given(edits())
def test_different_pages_are_not_equivalent(page: tuple[str, str, str]) -> None:
    base, a, _ = page
    same = sorted(re.findall(r"\w+", base)) == sorted(re.findall(r"\w+", a))
    assert same or not equivalent(base, a)
    assert equivalent(base, a) == (body_hash(base) == body_hash(a))


@settings(max_examples=60)
@given(respelled())
def test_code_keeps_every_character(page: tuple[str, str, str]) -> None:
    def code(text: str) -> list[str]:
        fence = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
        return [*fence.findall(text), *re.findall(r"(?<!`)`[^`\n]+`", fence.sub("", text))]

    assert code(canonical(page[0])) == code(page[0])


def test_what_cannot_be_written_back_is_named_unless_it_is_code() -> None:
    text = (
        'Text <mention-page url="x"/> and `<button>`\n\n<unknown url="u" alt="bookmark"/>\n\n'
        '<page url="x">T</page>\n\n<synced_block url="x">\n\na\n\n</synced_block>\n\n[TOC]\n\n'
        "```\n<database>\n```\n\n\\<breadcrumb>\n\n- <table_of_contents/>\n"
    )
    assert lossy_marks(text) == ("page", "synced-block", "table-of-contents", "unknown")
    assert lossy_marks("a <b> and [TOC] in a line") == ()


@pytest.mark.parametrize(
    "signed",
    [
        "https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png?X-Amz-Date=1&X-Amz-Signature=2",
        "https://file.notion.so/f/a/b.png?table=block&expirationTimestamp=1&signature=x",
    ],
)
def test_signed_addresses_lose_their_query_and_nothing_else_changes(signed: str) -> None:
    plain = signed.split("?")[0]
    kept = f"`{signed}`\n\n```\n{signed}\n```\n\n* a  \r\n"
    assert strip_signed(f"![x]({signed})\n\n{kept}") == f"![x]({plain})\n\n{kept}"
    assert equivalent(f'<image src="{signed}">', f'<image src="{plain}">')


def test_other_addresses_keep_their_query() -> None:
    text = "[a](https://example.com/?signature=1&q=2) https://notion.so.example.com/?signature=1\n"
    assert strip_signed(text) == canonical(text) == text


def test_a_page_nested_deeper_than_the_parser_goes_is_kept() -> None:
    text = "> " * 300 + "deep"
    assert canonical(text) == f"{text}\n"


@pytest.mark.parametrize("last", ["- one", "3. three", "> quoted"])
def test_a_closing_tag_behind_an_item_stays_a_line_of_its_own(last: str) -> None:
    text = f"<callout>\n\nA\n\n{last}\n</callout>\n"
    assert canonical(text).endswith("\n\n</callout>\n")
    assert canonical(canonical(text)) == canonical(text)
