"""The reply parser: any chunking, no protocol text shown, no wrong or partial result."""

import tracemalloc
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.voice.records import Intent
from shared.voice.reply import (
    MAX_REPLY_BYTES,
    CodeText,
    Edit,
    Header,
    MalformedReply,
    ProseText,
    Reply,
    ReplyEvent,
    ReplyParser,
)

HEAD = "intent: modify\nlanguage: python\nfilename: a.py\n\n"
CODE = "```python\nx = 1\n```\n"
EDIT = "<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>> REPLACE\n"


@dataclass(frozen=True)
class Shown:
    """What a client would have seen."""

    headers: list[Header]
    code: str
    prose: str


def parse(*pieces: str) -> tuple[Shown, Reply]:
    """Feed pieces, then finish."""
    parser = ReplyParser()
    events: list[ReplyEvent] = []
    for piece in pieces:
        events += parser.feed(piece)
    last, reply = parser.finish()
    events += last
    return show(events), reply


def show(events: list[ReplyEvent]) -> Shown:
    """Join the events by kind."""
    return Shown(
        headers=[e for e in events if isinstance(e, Header)],
        code="".join(e.text for e in events if isinstance(e, CodeText)),
        prose="".join(e.text for e in events if isinstance(e, ProseText)),
    )


def fault(text: str) -> str:
    """The fault of a reply, which must be the same fed at once and by single characters."""
    with pytest.raises(MalformedReply) as whole:
        parse(text)
    with pytest.raises(MalformedReply) as single:
        parse(*text)
    assert whole.value.detail == single.value.detail
    return whole.value.detail


def cut(text: str, places: list[int]) -> list[str]:
    """The text in pieces."""
    bounds = sorted({0, len(text), *(p % (len(text) + 1) for p in places)})
    return [text[a:b] for a, b in pairwise(bounds)]


# Lines that look like protocol and are not, among plain ones; none closes a fence.
_TRICKY = [
    "",
    " ",
    "\t",
    "def add(a, b):",
    "    return a + b",
    "=====",
    "=======",
    ">>>>>",
    ">>>>>>> REPLACE",
    ">>>>>>> theirs",
    "<<<<<<< HEAD",
    "<<<<<<< SEARCHING",
    "<<<<",
    "    <<<<<<< SEARCH",
    "<div>",
    "<SECTION>",
    "    ```",
    "\t```",
    "`x`",
    "``",
    "```js",
    "```a` b",
    "~~",
    "intent: create",
    "filename: b.py",
    "a\rb",
    "größe = '日本語 🎤'",
    "\u2028\x0b\x0c",
    " // ~~~",
]
_LINES = st.lists(
    st.one_of(st.sampled_from(_TRICKY), st.text("ab`<=~> \t\r", max_size=12)), max_size=12
)
_PROSE = st.lists(
    st.one_of(
        st.sampled_from(["It adds.", "`add` adds.", "<b>", "", "  - a", "``", "~ 5", "e\r"]),
        st.text("ab` <é\t", max_size=10),
    ),
    max_size=5,
)


def _fences(line: str, fence: str) -> bool:
    start = line.lstrip(" ")
    rest = start.lstrip(fence[0])
    long = len(start) - len(rest) >= len(fence) and len(line) - len(start) <= 3
    return long and (fence[0] == "~" or "`" not in rest)


def _protocol(line: str) -> bool:
    start = line.lstrip(" ")
    return start.startswith(("```", "~~~")) or line.startswith("<<<<<")


@st.composite
def replies(draw: st.DrawFn) -> tuple[str, str, str]:
    """A valid reply of fenced code: its text, its code, its explanation."""
    fence = draw(st.sampled_from(["```", "````", "~~~", "~~~~~"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    code = [line for line in draw(_LINES) if not _fences(line, fence)]
    code = [line.rstrip("\r") for line in code] + ["end"]
    before = [p for p in draw(_PROSE) if not _protocol(p)]
    after = [p for p in draw(_PROSE) if not _protocol(p)]
    between = draw(st.sampled_from([[], [""], ["", ""]]))
    before, after = ([p.rstrip("\r") for p in part] for part in (before, after))
    before = ["Here."] if before and not before[0].strip() else before
    head = ["intent: create", "language: Python", "filename: a_b.py", ""]
    lines = [*head, *before, *between, f"{fence}python", *code, fence, *after]
    last = draw(st.sampled_from([newline, ""]))
    prose = "\n".join([*before, *(between if before else []), *after])
    return newline.join(lines) + last, "\n".join([*code, ""]), prose.strip()


@given(reply=replies(), places=st.lists(st.integers(0, 5000), max_size=30))
def test_any_chunking_of_a_valid_reply_gives_its_code_and_explanation(
    reply: tuple[str, str, str], places: list[int]
) -> None:
    text, code, prose = reply
    for pieces in ([text], list(text), cut(text, places)):
        shown, got = parse(*pieces)
        assert got.code == shown.code == code
        assert got.explanation == shown.prose.strip() == prose
        assert got.edits == ()
        header = Header(intent=Intent.CREATE, language="python", filename="a_b.py")
        assert shown.headers == [header]
        assert got.header == header


@given(text=st.text(st.sampled_from("intent: explai\nab`<=~> \t\r#"), max_size=80))
def test_chunking_does_not_change_what_garbage_comes_to(text: str) -> None:
    text = "intent: explain\n\n" + text
    whole, reply = parse(text)
    single, again = parse(*text)
    assert (whole, reply) == (single, again)
    assert reply.explanation == whole.prose.strip()


_TOKENS = st.sampled_from(
    [
        *(
            "intent: create",
            "intent: modify\n",
            "intent: nonsense",
            "language: python",
            "\n",
            "\r\n",
        ),
        *("filename: a.py\n", "```", "````", "~~~", "```python\n", "<<<<<<< SEARCH\n", "a.py\n"),
        *(
            "=======\n",
            ">>>>>>> REPLACE\n",
            "x = 1\n",
            "prose",
            " ",
            "\t",
            "`",
            "<",
            "=====",
            ">>>>>",
        ),
    ]
)


@given(tokens=st.lists(st.one_of(_TOKENS, st.text(max_size=5)), max_size=40))
@example(tokens=["\ud800"])
def test_garbage_is_either_a_whole_reply_or_malformed(tokens: list[str]) -> None:
    text = "".join(tokens)
    results = []
    for pieces in (tokens, [text], list(text)):
        try:
            shown, reply = parse(*pieces)
        except MalformedReply as exc:
            results.append(str(exc))
            continue
        assert shown.code == (reply.code or "")
        assert not (reply.code and reply.edits)
        if reply.header.intent in (Intent.CREATE, Intent.MODIFY, Intent.TEST):
            assert (reply.code or "").strip() or reply.edits
        results.append(str(reply))
    assert len(set(results)) == 1


@given(tokens=st.lists(_TOKENS, max_size=30))
def test_a_reply_with_code_never_shows_fences_or_markers(tokens: list[str]) -> None:
    parser = ReplyParser()
    shown = show(parser.feed(HEAD + "".join(tokens)))
    for line in shown.prose.split("\n"):
        assert not line.startswith(("~~~", "<<<<<<<"))
        assert not line.startswith("```") or "`" in line.lstrip("`")
    assert "<<<<<<< SEARCH" not in shown.code.split("\n")


def test_every_truncation_of_a_reply_is_whole_or_malformed() -> None:
    text = HEAD + CODE + "\nSets `x`.\nDone.\n"
    for end in range(len(text)):
        try:
            _, reply = parse(text[:end])
        except MalformedReply:
            assert end < text.index("```\n\nSets") + 3
        else:
            assert reply.code == "x = 1\n"


def test_every_truncation_of_edits_holds_only_whole_edits() -> None:
    text = HEAD + EDIT + "b.py\n" + EDIT + "Done.\n"
    edits = (Edit(path="a.py", search="old\n", replace="new\n"),)
    both = (*edits, Edit(path="b.py", search="old\n", replace="new\n"))
    for end in range(len(text)):
        try:
            _, reply = parse(text[:end])
        except MalformedReply:
            continue
        assert reply.edits in (edits, both)


def test_code_is_shown_while_its_line_is_written() -> None:
    parser = ReplyParser()
    parser.feed(HEAD + "```python\n")
    assert parser.feed("def ad") == [CodeText("def ad")]
    assert parser.feed("d(a") == [CodeText("d(a")]
    assert parser.feed("):\n    ret") == [CodeText("):\n"), CodeText("    ret")]
    assert parser.feed("\n<") == [CodeText("\n")]
    assert parser.feed("d") == [CodeText("<d")]


def test_prose_is_shown_while_its_line_is_written() -> None:
    parser = ReplyParser()
    parser.feed("intent: explain\n\n")
    assert parser.feed("It ad") == [ProseText("It ad")]
    assert parser.feed("ds.\n```\n") == [ProseText("ds.\n"), ProseText("```\n")]


def test_the_header_is_told_before_its_code_is_written() -> None:
    parser = ReplyParser()
    assert parser.feed("intent: create\nlanguage: python\nfilename: a.py\n") == []
    header = Header(intent=Intent.CREATE, language="python", filename="a.py")
    assert parser.feed("\n") == [header]


@pytest.mark.parametrize(
    ("lines", "language", "filename"),
    [
        ("language: python\nfilename: add.py", "python", "add.py"),
        ("Language: Python\nFILENAME: add.py", "python", "add.py"),
        ("**language:** python\n**filename:** `add.py`", "python", "add.py"),
        ("- language: python\n- filename: add.py", "python", "add.py"),
        ("# language: python\n> filename: 'add.py'", "python", "add.py"),
        ("language: none\nfilename: a.py", None, "a.py"),
        ("language:\nfilename: a.py", None, "a.py"),
        ("filename: __init__.py", None, "__init__.py"),
        ("filename: **__main__.py**", None, "__main__.py"),
        ("filename: pkg/_private_", None, "pkg/_private_"),
        ("filename: ./src/a.py", None, "src/a.py"),
        ("filename: a.py\nfilename: b.py", None, "a.py"),
        ("filename: my file.py", None, "my file.py"),
        ("language: c++", "c++", None),
    ],
)
def test_header_lines_are_read_as_models_write_them(
    lines: str, language: str | None, filename: str | None
) -> None:
    _, reply = parse(f"intent: create\n{lines}\n\n```\nx\n```")
    assert (reply.header.language, reply.header.filename) == (language, filename)


def test_the_fence_tells_the_language_where_the_header_does_not() -> None:
    _, reply = parse("intent: create\n\n```Python\nx = 1\n```")
    assert reply.header.language == "python"


def test_code_of_which_nothing_tells_the_language_is_malformed() -> None:
    with pytest.raises(MalformedReply, match="`language:`"):
        parse("intent: create\nlanguage: none\nfilename: N/A\n\n```\nx\n```")


@pytest.mark.parametrize("blank", ["\n", "\n\n", "\r\n"])
def test_empty_lines_between_header_lines_are_no_end(blank: str) -> None:
    shown, reply = parse(f"intent: create\n{blank}language: python\n{blank}filename: a.py\n{CODE}")
    assert reply.header.filename == "a.py"
    assert shown.prose == ""


def test_a_sentence_after_the_header_that_looks_like_one_is_prose() -> None:
    _, reply = parse("intent: debug\n\nLanguage: the fault is in the parser.\n")
    assert reply.header.language is None
    assert reply.explanation == "Language: the fault is in the parser."


@pytest.mark.parametrize("intent", [i for i in Intent if i not in ("create", "modify", "test")])
def test_intents_without_code_need_nothing_but_the_intent(intent: Intent) -> None:
    for text in (f"intent: {intent}", f"intent: {intent}\n", f"intent: {intent}\n\n"):
        _, reply = parse(text)
        assert reply == Reply(
            header=Header(intent=intent, language=None, filename=None),
            code=None,
            edits=(),
            explanation="",
        )


def test_an_explanation_may_hold_fences_and_markers() -> None:
    prose = "Like so:\n```python\nx\n```\n<<<<<<< SEARCH\nend"
    shown, reply = parse("intent: explain\n\n" + prose)
    assert reply.explanation == shown.prose == prose
    assert reply.code is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must begin with `intent:`"),
        ("\n\n", "must begin with `intent:`"),
        ("Sure! Here it is.\n\nintent: create\n", "must begin with `intent:`"),
        ("language: python\n\n```\nx\n```", "must begin with `intent:`"),
        ("intent: compose\n\n```\nx\n```", "must begin with `intent:`"),
        ("intent: create", "needs a fenced code block"),
        ("intent: create\n\nHere is some prose.", "needs a fenced code block"),
        (HEAD + "x = 1\n", "needs a fenced code block"),
        (HEAD + "```python\nx = 1\n", "The code block is not closed."),
        (HEAD + "```python\nx = 1\n``", "The code block is not closed."),
        (HEAD + "````\nx\n```\n", "The code block is not closed."),
        (HEAD + "~~~\nx\n```\n", "The code block is not closed."),
        (HEAD + "```\n```\n", "The code block is empty."),
        (HEAD + "```\n \n\n```\n", "The code block is empty."),
        ("intent: debug\n\n```\n```\n", "The code block is empty."),
        (HEAD + CODE + CODE, "exactly one fenced block"),
        (HEAD + CODE + "\nRun it:\n\n```sh\npython a.py\n```\n", "exactly one fenced block"),
        (HEAD + "```md\n```py\nx\n```\n```\n", "exactly one fenced block"),
        (HEAD + "```\n```python\nx\n```\n", "exactly one fenced block"),
        (HEAD + "```sh\nx\n```python\n", "exactly one fenced block"),
        (HEAD + CODE + EDIT, "exactly one fenced block"),
        (HEAD + EDIT + CODE, "exactly one fenced block"),
        (HEAD + "```\na.py\n" + EDIT + "```\n", "exactly one fenced block"),
        (HEAD + "```\nx = 1\n" + EDIT + "```\n", "exactly one fenced block"),
        (HEAD + "<<<<<<< SEARCH\nold\n", "block is not closed"),
        (HEAD + "<<<<<<< SEARCH\nold\n=======\nnew\n", "block is not closed"),
        (HEAD + "```\n" + EDIT, "The code block is not closed."),
        (HEAD + "<<<<<<< SEARCH\nold\n>>>>>>> REPLACE\n", "one `<<<<<<< SEARCH`"),
        (HEAD + "<<<<<<< SEARCH\nold\n=======\nnew\n" + EDIT, "one `<<<<<<< SEARCH`"),
        (HEAD + "<<<<<<< SEARCH\n" + EDIT, "one `<<<<<<< SEARCH`"),
        (HEAD + "<<<<<<< SEARCH\nT\n=======\no\n=======\nn\n>>>>>>> REPLACE\n", "one `<<<<<<< S"),
        (HEAD + "```\n" + EDIT + "and\nthen\n" + EDIT + "```\n", "one `<<<<<<< SEARCH`"),
        ("intent: modify\n\n" + EDIT, "needs its file's path"),
        ("intent: create\nfilename: " + "a" * 301 + "\n\n```\nx\n```", "longer than 300"),
    ],
)
def test_what_breaks_the_protocol_is_named(text: str, words: str) -> None:
    assert words in fault(text)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (HEAD + EDIT, ["a.py"]),
        (HEAD + "b.py\n" + EDIT, ["b.py"]),
        (HEAD + "`b.py`:\n\n" + EDIT, ["b.py"]),
        (HEAD + "**b.py**\n" + EDIT, ["b.py"]),
        (HEAD + "### pkg/b.py\n" + EDIT, ["pkg/b.py"]),
        (HEAD + "filename: b.py\n" + EDIT, ["b.py"]),
        (HEAD + "Makefile\n" + EDIT, ["Makefile"]),
        (HEAD + "Change:\n" + EDIT, ["a.py"]),
        (HEAD + "Here is the change:\n" + EDIT, ["a.py"]),
        (HEAD + EDIT + EDIT, ["a.py", "a.py"]),
        (HEAD + EDIT + "\nb.py\n" + EDIT + EDIT, ["a.py", "b.py", "b.py"]),
        (HEAD + "```python\n" + EDIT + "```\n", ["a.py"]),
        (HEAD + "b.py\n```python\n" + EDIT + "\n" + EDIT + "```\n", ["b.py", "b.py"]),
        (HEAD + "```\n" + EDIT + "b.py\n" + EDIT + "```\n", ["a.py", "b.py"]),
        (HEAD + "```\n" + EDIT + "```\n\nb.py\n```\n" + EDIT + "```\n", ["a.py", "b.py"]),
        (HEAD + "```\n" + EDIT + "```\n" + EDIT, ["a.py", "a.py"]),
    ],
)
def test_edits_name_their_files_and_show_what_they_put_there(text: str, paths: list[str]) -> None:
    for pieces in ([text], list(text), [text + "Done."], list(text.replace("\n", "\r\n"))):
        shown, reply = parse(*pieces)
        assert [e.path for e in reply.edits] == paths
        assert {(e.search, e.replace) for e in reply.edits} == {("old\n", "new\n")}
        assert reply.code is None
        assert shown.code == "".join(e.replace for e in reply.edits)
        assert "<<<" not in shown.prose
        assert "old" not in shown.prose


def test_an_edit_may_hold_marker_lines_of_another_length() -> None:
    block = "<<<<<<<<< SEARCH\nT\n=======\n=========\nT\n=====\n>>>>>>>>> REPLACE\n"
    _, reply = parse(HEAD + block)
    assert reply.edits == (Edit(path="a.py", search="T\n=======\n", replace="T\n=====\n"),)


def test_an_edit_may_delete_or_add() -> None:
    block = (
        "<<<<<<< SEARCH\nold\n=======\n>>>>>>> REPLACE\n<<<<<<< SEARCH\n=======\nn\n>>>>>>> REPLACE"
    )
    _, reply = parse(HEAD + block)
    assert [(e.search, e.replace) for e in reply.edits] == [("old\n", ""), ("", "n\n")]


def test_a_docstring_with_an_indented_fence_does_not_end_the_code() -> None:
    code = 'def f():\n    """Call it.\n\n    ```\n    f()\n    ```\n    """\n'
    _, reply = parse(HEAD + f"```python\n{code}```\n")
    assert reply.code == code


def test_a_longer_fence_holds_shorter_ones() -> None:
    code = "# Use\n```sh\nmake\n```\n"
    shown, reply = parse(*(HEAD + f"````markdown\n{code}````\nDone."))
    assert reply.code == shown.code == code
    assert reply.explanation == "Done."


def test_a_reply_beyond_the_limit_is_refused_and_not_kept() -> None:
    parser = ReplyParser()
    parser.feed(HEAD + "```\n")
    tracemalloc.start()
    try:
        for _ in range(400):
            parser.feed("x" * 16384)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2 * MAX_REPLY_BYTES
    with pytest.raises(MalformedReply, match="longer than"):
        parser.finish()


def test_the_limit_counts_bytes() -> None:
    text = HEAD + "```\n" + "é" * (MAX_REPLY_BYTES // 2) + "\n```\n"
    assert "longer than" in fault_of_pieces([text])


def fault_of_pieces(pieces: list[str]) -> str:
    """The fault of a reply in given pieces."""
    with pytest.raises(MalformedReply) as caught:
        parse(*pieces)
    return caught.value.detail


@pytest.mark.parametrize("opening", ["", "x", "    ", "<", "`", "- intent", "```", "\r"])
@pytest.mark.parametrize("at", ["head", "body", "code", "edit", "after"])
def test_no_long_line_is_copied_again_for_each_piece(at: str, opening: str) -> None:
    """The work for a piece does not rise with the line before it, so parsing is linear."""
    before = {
        "head": "",
        "body": HEAD,
        "code": HEAD + "```\n",
        "edit": HEAD + "<<<<<<< SEARCH\n",
        "after": HEAD + CODE,
    }[at]
    parser = ReplyParser()
    parser.feed(before + opening)
    parser.feed("y" * (200 * 1024))
    tracemalloc.start()
    try:
        most = 0
        for _ in range(64):
            held, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            parser.feed("z")
            most = max(most, tracemalloc.get_traced_memory()[1] - held)
    finally:
        tracemalloc.stop()
    assert most < 4096


def test_two_hundred_kibibytes_in_single_characters_are_read() -> None:
    code = ("x = 1  # " + "y" * 90 + "\n") * 2048
    shown, reply = parse(*(HEAD + "```\n" + code + "```\nDone."))
    assert reply.code == shown.code == code
