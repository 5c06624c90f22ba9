"""One spelling for the text inside a block: emphasis, escapes, line breaks, signed addresses.

Each rewriting is a guess that the parser then confirms: a text is only changed if it still reads
as the same runs of letters with the same marks. Marks are a set, as in Notion's rich text, so the
order in which bold and italic are nested does not matter.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Place = Literal["paragraph", "item", "heading", "cell"]
_Edit = tuple[int, int, str]
_Run = tuple[str, str, frozenset[str]]

# Nothing is changed inside these: code, equations, tags and autolinks, addresses.
_SPAN = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<math>\$(?=[^\s$])[^$\n]*(?<=[^\s$])\$(?!\d))"
    r"|(?P<tag><[A-Za-z/!?][^<>]*>)"
    r"|(?P<target>\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\))"
    r"|(?P<address>https?://[^\s<>]*)"
    r"|(?P<under>_+)"
    r"|(?P<newline>[ \t]*\n[ \t]*)",
    re.DOTALL,
)
_WORTH_A_LOOK = re.compile(r"\\|_|[ \t]\n|\n[ \t]")
_CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:", re.MULTILINE)

# A pre-signed address lives for minutes and changes with each reading.
_URL = re.compile(r"https?://[^\s<>\"')\]]+")
_SIGNATURE = re.compile(r"[?&]X-Amz-(?:Signature|Credential|Security-Token)=")
_HOSTED_SIGNATURE = re.compile(r"[?&](?:signature|expirationTimestamp)=")
_HOSTED = re.compile(
    r"https?://(?:[\w-]+\.)*(?:notion\.so|notion\.com|notion-static\.com|notionusercontent\.com)/"
)
_EDITS_MAX: Final = 40
_ROUNDS_MAX: Final = 4
_MARKS: Final = {"em": "italic", "strong": "bold", "s": "strike"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """How inline text is respelled in one document: whether it defines `[references]:`."""

    references: bool

    def tidy(self, text: str, place: Place = "paragraph") -> str:
        """The one spelling of a block's text; `place` is what it is parsed as."""
        text = without_signatures(text)
        if _DEFINITION.search(text):
            return text
        for _ in range(_ROUNDS_MAX):
            if not _WORTH_A_LOOK.search(text):
                break
            tidied = self._once(text, place)
            if tidied == text:
                break
            text = tidied
        return text

    def _once(self, text: str, place: Place) -> str:
        spans = list(_SPAN.finditer(text))
        edits = [*self._breaks(spans), *self._escapes(text, spans, place), *_emphasis(text, spans)]
        if not edits:
            return text
        meaning = _meaning(text, place)
        if meaning is None:
            return text
        together = _applied(text, edits)
        if _meaning(together, place) == meaning:
            return together
        kept: list[_Edit] = []
        for group in _groups(text, edits) if len(edits) <= _EDITS_MAX else ():
            if _meaning(_applied(text, [*kept, *group]), place) == meaning:
                kept.extend(group)
        return _applied(text, kept)

    def _breaks(self, spans: Sequence[re.Match[str]]) -> Iterator[_Edit]:
        for span in spans:
            if span.lastgroup == "newline" and span[0] != "\n":
                hard = span[0].split("\n")[0].endswith("  ")
                yield (span.start(), span.end(), "\\\n" if hard else "\n")

    def _escapes(self, text: str, spans: Sequence[re.Match[str]], place: Place) -> Iterator[_Edit]:
        for span in spans:
            if span.lastgroup == "escape" and not self._needed(text, span.start(), place):
                yield (span.start(), span.start() + 1, "")

    def _needed(self, text: str, at: int, place: Place) -> bool:
        """Whether an escape matters to Notion's dialect in a way that our parser does not see."""
        letter, before, after = text[at + 1], text[:at], text[at + 2 :]
        if letter in "$~":
            return text.count(letter) > 1
        if letter == "|":
            return place == "cell"
        if letter == "[":
            box = place == "item" and not before and after[:1] in (" ", "x", "X")
            return self.references or box or after[:1] in ("^", "\\")  # [^…] is a citation
        if letter == "]":
            return self.references or (place == "item" and len(before) <= 3)
        if letter == "^":
            return before.endswith("[")
        if letter == "\\":
            return after[:1] in ("", "\n", "|")
        return letter == "@" or before.endswith(("http", "https", "www"))


def without_signatures(text: str) -> str:
    """The text of a block with the queries of pre-signed addresses cut off, except in code."""
    if not may_be_signed(text):
        return text
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_URL.sub(_unsigned, text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, _URL.sub(_unsigned, text[at:])])


def may_be_signed(text: str) -> bool:
    """Whether it is worth looking for pre-signed addresses in a text."""
    return any(mark in text for mark in ("ignature=", "X-Amz-", "expirationTimestamp="))


def without_code(text: str) -> str:
    """The text of a block without its code spans and escaped characters."""
    return re.sub(r"\\[!-/:-@\[-`{-~]", " ", _CODE.sub(" ", text))


def defines_references(text: str) -> bool:
    """Whether any line looks like `[label]: address`."""
    return _DEFINITION.search(text) is not None


def is_paragraph(text: str) -> bool:
    """Whether a text, standing alone, is one paragraph."""
    return [token.type for token in _parser().parse(text)] == [
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


def _unsigned(url: re.Match[str]) -> str:
    address, _, query = url[0].partition("?")
    hosted = _HOSTED.match(address) and _HOSTED_SIGNATURE.search(f"?{query}")
    return address if hosted or _SIGNATURE.search(f"?{query}") else url[0]


def _emphasis(text: str, spans: Sequence[re.Match[str]]) -> Iterator[_Edit]:
    """`_` and `__` to `*` and `**`, for runs that pair up with one of their own length."""
    open_runs: list[re.Match[str]] = []
    for span in spans:
        if span.lastgroup != "under":
            continue
        opens, closes = _flanks(text, span)
        partner = next((run for run in reversed(open_runs) if run[0] == span[0]), None)
        if closes and partner is not None:
            del open_runs[open_runs.index(partner) :]
            yield (partner.start(), partner.end(), "*" * len(partner[0]))
            yield (span.start(), span.end(), "*" * len(span[0]))
        elif opens:
            open_runs.append(span)


def _flanks(text: str, run: re.Match[str]) -> tuple[bool, bool]:
    """Whether a run of `_` can open and can close emphasis.

    https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis
    """
    before = text[run.start() - 1] if run.start() else " "
    after = text[run.end()] if run.end() < len(text) else " "
    left = not after.isspace() and (not _is_mark(after) or before.isspace() or _is_mark(before))
    right = not before.isspace() and (not _is_mark(before) or after.isspace() or _is_mark(after))
    return left and (not right or _is_mark(before)), right and (not left or _is_mark(after))


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "PS"


def _groups(text: str, edits: Sequence[_Edit]) -> Iterator[Sequence[_Edit]]:
    """The edits that only make sense together.

    These are the two ends of emphasis, and all escapes of one letter: of `\\*a\\*`, a parser can
    do without either backslash, but not without both.
    """
    pairs = [edit for edit in edits if edit[2].startswith("*")]
    yield from zip(pairs[::2], pairs[1::2], strict=True)
    escapes: dict[str, list[_Edit]] = {}
    for edit in edits:
        if edit[2] == "":
            escapes.setdefault(text[edit[1]].replace("]", "["), []).append(edit)
        elif not edit[2].startswith("*"):
            yield (edit,)
    yield from escapes.values()


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    parts, at = [], 0
    for start, end, replacement in sorted(edits):
        parts += [text[at:start], replacement]
        at = end
    return "".join([*parts, text[at:]])


def _meaning(text: str, place: Place) -> tuple[_Run, ...] | None:
    """The runs of a block's text; None if it would no longer be one block of its kind."""
    if place == "cell":
        tokens = _parser().parseInline(text)
    elif place == "heading":
        tokens = _parser().parse(f"# {text}")
    else:
        tokens = _parser().parse(text)
    if place != "cell" and (len(tokens) != 3 or tokens[1].type != "inline"):
        return None
    inline = tokens[0] if place == "cell" else tokens[1]
    kind = inline.type if place == "cell" else tokens[0].type
    return ((kind, "", frozenset()), *_runs(inline.children or ()))


def _runs(tokens: "Sequence[Token]") -> Iterator[_Run]:
    marks: list[str] = []
    held, held_marks = "", frozenset[str]()
    for token in tokens:
        if token.type == "text":
            if frozenset(marks) != held_marks:
                yield from [("text", held, held_marks)] if held else ()
                held, held_marks = "", frozenset(marks)
            held += token.content
        elif token.nesting:
            name = _MARKS.get(token.tag) or f"{token.tag} {sorted(token.attrs.items())}"
            marks.append(name) if token.nesting > 0 else marks.pop()
        else:
            yield from [("text", held, held_marks)] if held else ()
            held, held_marks = "", frozenset(marks)
            attributes = sorted((k, str(v)) for k, v in token.attrs.items())
            yield (token.type, f"{token.content} {attributes}", frozenset(marks))
    if held:
        yield ("text", held, held_marks)


@cache
def _parser() -> "MarkdownIt":
    """A parser of blocks and text that leaves `[label]: address` lines where they are."""
    from markdown_it import MarkdownIt  # takes 20 ms to load, and few requests read Markdown

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return parser.disable("reference")
