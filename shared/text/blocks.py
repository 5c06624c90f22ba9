"""One spelling for the blocks of a Markdown text, from the tokens of markdown-it-py.

The parser says which line belongs to what; each kind of block is then written in one way. Code,
equations and HTML are written as they stand.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from shared.text.inline import Place, Spelling, is_paragraph, without_signatures

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

NESTING_MAX: Final = 90

# Names that mean one language; Notion answers with the right-hand one.
_LANGUAGES: Final[Mapping[str, str]] = {
    "cpp": "c++",
    "cs": "c#",
    "csharp": "c#",
    "dockerfile": "docker",
    "golang": "go",
    "js": "javascript",
    "kt": "kotlin",
    "md": "markdown",
    "plain": "",
    "plaintext": "",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "shell",
    "text": "",
    "ts": "typescript",
    "txt": "",
    "yml": "yaml",
}
_ALIGNMENT: Final[Mapping[str, str]] = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}
# Lines that a paragraph only has because of how far they stand in or out: put in their place
# they would start another block, so that their first mark needs a backslash.
_SUSPICIOUS = re.compile(r"\n[ \t]*[=|:+*#<>~`0-9_-]")
_STARTS = re.compile(
    r"(?<=\n)(\d{0,9})(?=(?<=\d)[.)](?:[ \t]|$)|(?<!\d)(?:[-+*](?:[ \t]|$)|#{1,6}(?:[ \t]|$)|>"
    r"|(?:=+|-+|\*{3,}|_{3,}|[|:-][|:\t -]*)[ \t]*$|```|~~~))",
    re.MULTILINE,
)
# What items without text, one in the other, would look like on one line.
_RULE = re.compile(r"-(?:[ \t]*-){2,}")
_RAW_HTML = re.compile(r"\s*<(?:script|pre|style|textarea)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A written block; of a list, `items` holds the lines of each item instead."""

    kind: str
    lines: tuple[str, ...] = ()
    items: list[tuple[str, ...]] = field(default_factory=list)
    first: int = 1

    def written(self) -> list[str]:
        if not self.items:
            return list(self.lines)
        marks = (
            f"{self.first + at}." if self.kind == "ordered" else "-"
            for at in range(len(self.items))
        )
        return [
            line
            for mark, item in zip(marks, self.items, strict=False)
            for line in _hung(mark, item)
        ]


def block_tokens(text: str) -> "list[Token]":
    """The block tokens of a text; the content of inline tokens is not parsed any further."""
    return _parser().parse(text)


def written_blocks(tokens: "Sequence[Token]", spelling: Spelling) -> str:
    """Write block tokens in their one spelling, without a final newline."""
    return "\n".join(_joined(_Writer(spelling).blocks(iter(tokens))))


@dataclass(frozen=True, slots=True)
class _Writer:
    spelling: Spelling

    def blocks(self, tokens: "Iterator[Token]", *, in_item: bool = False) -> list[_Block]:
        """The blocks up to the end of the container that the tokens are in."""
        found: list[_Block] = []
        for token in tokens:
            if token.nesting < 0:
                break
            block = self._block(token, tokens, first_of_item=in_item and not found, after=found)
            if block.lines == ("",):
                continue  # a paragraph of nothing but odd spaces, which the parser has stripped
            previous = found[-1] if found else None
            if previous and previous.items and block.items and previous.kind == block.kind:
                previous.items.extend(block.items)
            else:
                found.append(block)
        return found

    def _block(
        self, token: "Token", tokens: "Iterator[Token]", *, first_of_item: bool, after: list[_Block]
    ) -> _Block:
        if token.type == "paragraph_open":
            content = next(tokens).content
            next(tokens)
            return _Block(kind="paragraph", lines=self._paragraph(content, first_of_item))
        if token.type == "heading_open":
            content = next(tokens).content
            next(tokens)
            return _Block(kind="heading", lines=self._heading(content, int(token.tag[1:])))
        if token.type == "hr":
            return _Block(kind="hr", lines=("***" if first_of_item else "---",))
        if token.type == "blockquote_open":
            inside = _joined(self.blocks(tokens))
            return _Block(
                kind="quote",
                lines=tuple(f"> {line}".rstrip() if not line else f"> {line}" for line in inside)
                or (">",),
            )
        if token.type in ("bullet_list_open", "ordered_list_open"):
            return self._list(token, tokens)
        if token.type == "table_open":
            return _Block(kind="table", lines=tuple(self._table(tokens)))
        return _Block(kind=token.type, lines=_verbatim(token, after))

    def _paragraph(self, content: str, in_item: bool) -> tuple[str, ...]:
        text = self.spelling.tidy(_in_place(content), "item" if in_item else "paragraph")
        if in_item and re.match(r"\[X\]\s", text):
            text = f"[x]{text[3:]}"
        if in_item and re.match(r"--[- \t]*(?:\n|$)", text):
            text = f"\\{text}"  # behind the item's own mark it would be a rule
        return tuple(text.split("\n"))

    def _heading(self, content: str, level: int) -> tuple[str, ...]:
        content = re.sub(r"(^|[ \t])(#+)$", r"\1\\\2", content)  # else they would close it
        place: Place = "paragraph" if "\n" in content else "heading"
        text = self.spelling.tidy(content if place == "heading" else _in_place(content), place)
        if "\n" in text:
            return (*text.split("\n"), "===" if level == 1 else "---")
        return (f"{'#' * level} {text}".rstrip(),)

    def _list(self, token: "Token", tokens: "Iterator[Token]") -> _Block:
        items = []
        for item in tokens:
            if item.nesting < 0:
                break
            items.append(tuple(_joined(self.blocks(tokens, in_item=True), tight=True)))
        if token.type == "bullet_list_open":
            return _Block(kind="bullet", items=items)
        return _Block(kind="ordered", items=items, first=int(token.attrs.get("start", 1)))

    def _table(self, tokens: "Iterator[Token]") -> Iterator[str]:
        cells: list[str] = []
        marks: list[str] = []
        for token in tokens:
            if token.type == "table_close":
                return
            if token.type == "inline":
                cells.append(self.spelling.tidy(token.content.replace("|", "\\|"), "cell"))
            elif token.type == "th_open":
                style = str(token.attrs.get("style", ""))
                marks.append(_ALIGNMENT[style.removeprefix("text-align:")])
            elif token.type == "tr_close":
                yield _row(cells)
                cells.clear()
            elif token.type == "thead_close":
                yield _row(marks)


def _in_place(content: str) -> str:
    """A paragraph's text that stays one if its lines start where the first one does."""
    if _STARTS.match(f"\n{content}", 1) and not is_paragraph(content):
        # The parser has stripped an odd space before it.
        content = _STARTS.sub(r"\1\\", f"\n{content}", count=1)[1:]
    if not _SUSPICIOUS.search(content):
        return content
    # A tag has no backslash that keeps its meaning: it must stand out as far as code would.
    lines = re.sub(r"\n[ \t]+(<?)", lambda found: "\n    <" if found[1] else "\n", content)
    if is_paragraph(lines):
        return content
    escaped = _STARTS.sub(r"\1\\", lines)
    return escaped if is_paragraph(escaped) else content


def _verbatim(token: "Token", after: Sequence[_Block]) -> tuple[str, ...]:
    content = token.content.removesuffix("\n")
    lines = content.split("\n")
    if token.type == "fence" or (token.type == "code_block" and after and after[-1].items):
        return _fenced(token, content)
    if token.type == "code_block":
        return tuple(f"    {line}" if line else "" for line in lines)
    if token.type == "html_block" and not _RAW_HTML.match(content):
        return tuple(line.rstrip() for line in without_signatures(content).strip(" \n").split("\n"))
    return tuple(lines)


def _fenced(token: "Token", content: str) -> tuple[str, ...]:
    info = token.info.strip()
    language, space, rest = info.partition(" ")
    info = f"{_LANGUAGES.get(language.lower(), language)}{space}{rest}".strip()
    if token.info.strip().lower() == "plain text":
        info = ""
    letter = "~" if "`" in info else "`"
    runs = re.findall(rf"^ *({letter}{{3,}})", content, re.MULTILINE)
    fence = letter * max(3, 1 + max(map(len, runs), default=0))
    body = content.split("\n") if token.content else []
    return (f"{fence}{info}", *body, fence)


def _row(cells: Sequence[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def _joined(blocks: Sequence[_Block], *, tight: bool = False) -> list[str]:
    """The lines of blocks with a blank line between; in a list item, a list follows at once."""
    lines: list[str] = []
    for at, block in enumerate(blocks):
        close = tight and at and blocks[at - 1].kind == "paragraph" and _interrupts(block)
        if at and not close:
            lines.append("")
        lines += block.written()
    return lines


def _interrupts(block: _Block) -> bool:
    """Whether a list can follow a paragraph without a blank line."""
    begins = bool(block.items) and block.items[0] and block.items[0][0]
    return bool(begins) and (block.kind == "bullet" or block.first == 1)


def _hung(mark: str, item: Sequence[str]) -> Iterator[str]:
    """An item's lines behind its mark, the others below the first one's text."""
    first, *others = item or ("",)
    if _RULE.fullmatch(mark + first):
        first, others = "", list(item)
    yield f"{mark} {first}" if first else mark
    indent = " " * (len(mark) + 1)
    yield from (f"{indent}{line}" if line else "" for line in others)


def _math(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """A block rule for `$$ … $$`, whose inside is no Markdown."""
    at = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start) or not state.src.startswith("$$", at) or state.env.get("open"):
        return False
    last = _math_end(state, start, end, at)
    if last is None:
        state.env["open"] = True  # no end below this line, so none for the lines below it either
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content = state.getLines(start, last + 1, state.sCount[start], True)
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _math_end(state: "StateBlock", start: int, end: int, at: int) -> int | None:
    for line in range(start, end):
        if line > start and state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return None
        begin = at + 2 if line == start else state.bMarks[line] + state.tShift[line]
        if state.src[begin : state.eMarks[line]].rstrip().endswith("$$"):
            return line
    return None


@cache
def _parser() -> "MarkdownIt":
    """A parser of blocks alone: 1 ms for a page where text and all takes 2."""
    from markdown_it import MarkdownIt  # takes 20 ms to load, and few requests read Markdown

    parser = MarkdownIt("commonmark", {"maxNesting": NESTING_MAX}).enable("table")
    parser.disable(["reference", "inline"])
    interrupts: RuleOptionsType = {"alt": ["paragraph", "blockquote", "list"]}
    parser.block.ruler.before("fence", "math_block", _math, interrupts)
    return parser
