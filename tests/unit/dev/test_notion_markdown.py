"""Notion's Markdown: what is written becomes blocks, and what is told back is a fixpoint."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dev.notion_standin.markdown.blocks_in import read_blocks
from dev.notion_standin.markdown.blocks_out import Writer
from dev.notion_standin.markdown.documents import placed
from dev.notion_standin.markdown.inline_in import V2, read_segments
from dev.notion_standin.markdown.inline_out import write_segments
from dev.notion_standin.markdown.segments import Segment, Style, join
from dev.notion_standin.markdown.v1_in import read_blocks_v1
from dev.notion_standin.markdown.v1_out import WriterV1
from dev.notion_standin.model import Json, Tree

_HOME = "0" * 32


def _name(_kind: str, _id: str) -> str:
    return "Name"


def _url(content: Json) -> str:
    return str(content[content["type"]]["url"])


def _write(trees: list[Tree]) -> str:
    return Writer(_HOME, _url).write(trees)


def _through(text: str) -> str:
    return _write(placed(read_blocks(text, _name)[0]))


_TEXT = st.text(
    st.sampled_from(list("ab1 *_~`[]()<>\\#-+.!|$&;:=\"'\t\n{}^xé\u00a0/@")), max_size=24
)
_STYLES = st.builds(
    Style,
    bold=st.booleans(),
    italic=st.booleans(),
    strikethrough=st.booleans(),
    underline=st.booleans(),
    color=st.sampled_from(["default", "red", "blue_background"]),
    link=st.sampled_from([None, None, "https://x.y/z?a=1&b=2", "/a b(c)", "x\\y"]),
)
_RUNS = st.lists(st.builds(Segment, text=_TEXT, style=_STYLES), max_size=4).map(join)


@given(_RUNS)
@settings(max_examples=150, deadline=None)
def test_styled_text_written_and_read_again_is_the_same_text(runs: tuple[Segment, ...]) -> None:
    for one_line in (False, True):
        read, images = read_segments(write_segments(runs, one_line=one_line), V2, _name)
        assert [(r.text, r.style) for r in read] == [(r.text, r.style) for r in runs]
        assert not images


_SNIPPETS = """
# one|## two *x*|para|soft|- item|* star|\t- nested|  - two in|1. n|7) m|> quote|> more|>|---|===
```py|```|~~~|$$|x+y|a|<callout icon="x">|</callout>|<toggle>|</toggle>|<quote color="red">|</quote>
<p color="red">|</p>|<p />|- [ ] t|- [x] d|    code|\tdeep|**b**|![c](https://i/j.png)|<ul>|</ul>
<li>|</li>|<columns>|<column>|</column>|</columns>|[a]: /u|[a]|x\\|<div>|&amp;|<br />|a `b|* * *
####### no|<todo checked="true" color="red">t</todo>|+ plus|- |1.|-|<table>|</table>|#
<tr><td>x</td></tr>||"""
_TABLES = ["| a | b |", "| --- | --- |", "| 1 | x\\|y |", "|-|", "a | b", "--|--"]
_LINES = st.sampled_from([*_SNIPPETS.replace("\n", "|").split("|"), *_TABLES])


@given(st.lists(_LINES, max_size=9).map("\n".join))
@settings(max_examples=250, deadline=None)
@example("- a\n\n\tb\n- c")
@example("<callout>\n\n</callout>")
def test_a_second_write_of_what_was_answered_changes_nothing(text: str) -> None:
    once = _through(text)

    assert _through(once) == once


def _through_v1(text: str) -> str:
    return WriterV1(_HOME, _url).write(placed(read_blocks_v1(text, _name)[0]))


_LINES_V1 = st.one_of(
    _LINES,
    st.sampled_from(
        ["\tinner", "\t\tdeep", "<details>", "<summary>s</summary>", "</details>", "<empty-block/>",
         'text {color="red"}', '# h {toggle="true"}', "<tr>", "<td>a</td>", "</tr>"]
    ),
)  # fmt: skip


@given(st.lists(_LINES_V1, max_size=7).map("\n".join))
@settings(max_examples=150, deadline=None)
def test_older_dialect_is_a_fixpoint_after_one_write(text: str) -> None:
    once = _through_v1(text)

    assert _through_v1(once) == once


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_at_all_is_a_fixpoint_after_one_write(text: str) -> None:
    once = _through(text)

    assert _through(once) == once
