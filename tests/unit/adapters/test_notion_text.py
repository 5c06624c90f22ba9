"""Rich text and inline Markdown, both ways."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.notion_text import (
    Annotations,
    RichText,
    markdown_of,
    plain_pieces,
    plain_text,
    rich_text_of,
)
from shared.errors import InvalidRequest

STYLES = ("bold", "italic", "strikethrough", "code")


def told(pieces: list[dict[str, Any]]) -> list[RichText]:
    """What Notion tells for the rich text of a request."""
    return [
        RichText(
            plain_text=piece["text"]["content"],
            href=(piece["text"].get("link") or {}).get("url"),
            annotations=Annotations(**piece.get("annotations", {})),
        )
        for piece in pieces
    ]


def styled(text: str, *styles: str, href: str | None = None) -> RichText:
    return RichText(
        plain_text=text, href=href, annotations=Annotations(**dict.fromkeys(styles, True))
    )


@pytest.mark.parametrize(
    ("pieces", "markdown"),
    [
        ([styled("plain")], "plain"),
        ([styled("a "), styled("b", "bold"), styled(" c")], "a **b** c"),
        ([styled("a "), styled("b ", "bold"), styled("c")], "a **b** c"),
        ([styled("x", "bold", "italic")], "***x***"),
        ([styled("gone", "strikethrough")], "~~gone~~"),
        ([styled("run "), styled("a*b", "code")], "run `a*b`"),
        ([styled("a`b", "code")], "``a`b``"),
        ([styled("here", href="https://example.com/a_b")], "[here](https://example.com/a_b)"),
        ([styled("x", href="https://example.com/a (b)")], "[x](<https://example.com/a (b)>)"),
        ([styled("x", href="/0123abcd")], "[x](https://www.notion.so/0123abcd)"),
        ([styled("snake_case_name and 2 * 3 * 4")], "snake_case_name and 2 * 3 * 4"),
        ([styled("a *starred* word")], r"a \*starred\* word"),
        ([styled("AT&amp;T <b> https://example.com")], "AT&amp;T <b> https://example.com"),
        ([styled("two\nlines  \nand more")], "two\nlines  \nand more"),
        ([styled("a\\\nb")], "a\\\nb"),
        ([], ""),
    ],
)
def test_styles_are_written_as_markdown_and_read_back(
    pieces: list[RichText], markdown: str
) -> None:
    assert markdown_of(pieces) == markdown
    assert markdown_of(told(rich_text_of(markdown))) == markdown


def test_a_style_that_markdown_cannot_express_leaves_the_text() -> None:
    pieces = [styled("a"), styled("(b)", "bold"), styled("c")]
    assert markdown_of(pieces) == "a(b)c"


def test_links_that_notion_refuses_stay_as_they_are_written() -> None:
    text = 'see [the plan](../plan.md) and [x](https://e.com "t") and ![y](https://e.com/i.png)'
    pieces = rich_text_of(text)
    assert [piece["text"].get("link") for piece in pieces] == [None, {"url": "https://e.com/i.png"}]
    assert markdown_of(told(pieces)) == text


@given(
    st.lists(
        st.builds(
            lambda text, styles, link: styled(text, *styles, href=link),
            st.text(alphabet="ab c*_~`[]()\\!<&\n", min_size=1, max_size=6),
            st.sets(st.sampled_from(STYLES), max_size=2),
            st.sampled_from([None, None, "https://e.com/(x)"]),
        ),
        max_size=4,
    )
)
def test_text_is_never_lost_and_its_markdown_is_stable(pieces: list[RichText]) -> None:
    markdown = markdown_of(pieces)
    again = told(rich_text_of(markdown))
    assert plain_text(again) == plain_text(pieces)
    assert markdown_of(again) == markdown


@given(st.text(max_size=40))
def test_what_git_wrote_comes_back_to_a_fixed_point(markdown: str) -> None:
    once = markdown_of(told(rich_text_of(markdown)))
    assert markdown_of(told(rich_text_of(once))) == once


@pytest.mark.parametrize(("letter", "size"), [("x", 2000), ("ü", 2000), ("🙂", 1000)])
def test_long_texts_are_cut_into_pieces_that_notion_takes(letter: str, size: int) -> None:
    pieces = plain_pieces(letter * (size + 1))
    assert [len(piece["text"]["content"]) for piece in pieces] == [size, 1]


def test_texts_beyond_all_pieces_are_refused_with_the_limit() -> None:
    assert len(plain_pieces("x" * 200_000)) == 100
    with pytest.raises(InvalidRequest, match="100 pieces of 2000"):
        plain_pieces("x" * 200_001)
    with pytest.raises(InvalidRequest, match="2000 characters"):
        rich_text_of(f"[x](https://example.com/{'a' * 2000})")
