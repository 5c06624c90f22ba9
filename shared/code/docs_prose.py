"""Text that stands in source code, as Markdown that cannot break the page it is put on.

Documentation comments are written by anybody for any tool. So they are parsed as CommonMark, and
only what a page may hold is written again: paragraphs, lists, quotes, tables, code, emphasis and
links to the web. Headings become bold lines; HTML, equations and everything else is plain text.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_NESTING_MAX: Final = 40
_LISTS_MAX: Final = 4
_CODE: Final = ("fence", "code_block")
_WEB: Final = ("http://", "https://")
_MARKS: Final = {"em": "*", "strong": "**", "s": "~~"}
_LANGUAGES: Final = {
    "console": "shell",
    "ignore": "rust",
    "pycon": "python",
    "python3": "python",
    "tsx": "typescript",
}
# What could be taken for a mark, a tag, an equation, an entity or a reference.
_ESCAPED = re.compile(r"[\\`*~$\[\]<]|_(?![A-Za-z0-9])|(?<![A-Za-z0-9])_|&(?=#?\w+;)|\^")
_STARTS = re.compile(r"^(?:[#+\-=|:>]|\d{1,9}(?=[.)]))")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\x85]")
# Most of what is written: words that mean nothing but themselves, so that nothing is parsed.
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9 ,.;:'\"()/=%?-]*")
_TICKS = re.compile(r"`+")


def prose(text: str) -> str:
    """Untrusted Markdown as Markdown blocks of a page, without a newline at its end."""
    if _WORDS.fullmatch(text):
        return text.rstrip()
    tokens = _parser().parse(_CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    return "\n\n".join(_Blocks().written(iter(tokens), 0))


def line(text: str) -> str:
    """Untrusted Markdown as the inside of one line, for a cell of a table or an item of a list.

    Its first paragraph with its marks; what is more than a paragraph is joined behind it.
    """
    text = " ".join(_CONTROL.sub(" ", text).split())
    if not text or _WORDS.fullmatch(text):
        return text
    tokens = _parser().parse(text.lstrip("#>"))
    parts = [_inline(token.children or ()) for token in tokens if token.type == "inline"]
    parts += [code_span(token.content) for token in tokens if token.type in _CODE]
    parts += [_escaped(token.content) for token in tokens if token.type == "html_block"]
    return _start(" ".join(" ".join(parts).replace("\\\n", " ").split()))


def plain(text: str) -> str:
    """Untrusted plain text as the inside of one line: no mark in it means anything."""
    return _start(_escaped(" ".join(_CONTROL.sub(" ", text).split())))


def cell(written: str) -> str:
    """One line of Markdown as the inside of a table's cell."""
    return written.replace("|", "\\|")


def code_span(text: str) -> str:
    """Untrusted text as code within a line, "" for none."""
    text = " ".join(_CONTROL.sub(" ", text).split())
    if not text:
        return ""
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fence(language: str, text: str) -> str:
    """Untrusted text as a block of code; `language`: as Notion names it."""
    language = _LANGUAGES.get(language, language)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n")
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


class _Blocks:
    """Writes block tokens again, each block as one text."""

    def written(self, tokens: "Iterator[Token]", lists: int) -> list[str]:
        """The blocks up to the end of the container that the tokens are in."""
        found = []
        for token in tokens:
            if token.nesting < 0:
                break
            found.append(self._block(token, tokens, lists))
        return [block for block in found if block.strip()]

    def _block(self, token: "Token", tokens: "Iterator[Token]", lists: int) -> str:
        kind = token.type
        if kind == "paragraph_open":
            return _start(_within(tokens))
        if kind == "heading_open":
            return f"**{inside}**" if (inside := _within(tokens).replace("**", "")) else ""
        if kind in _CODE:
            return fence(_language(token.info), token.content)
        if kind == "html_block":
            return plain(token.content)
        if kind == "blockquote_open":
            inner = "\n\n".join(self.written(tokens, lists))
            return "\n".join(f"> {each}" if each else ">" for each in inner.split("\n"))
        if kind in ("bullet_list_open", "ordered_list_open"):
            return self._list(token, tokens, lists)
        if kind == "table_open":
            return _table(tokens)
        return ""

    def _list(self, token: "Token", tokens: "Iterator[Token]", lists: int) -> str:
        items = []
        for item in tokens:
            if item.nesting < 0:
                break
            items.append("\n\n".join(self.written(tokens, lists + 1)))
        if lists >= _LISTS_MAX:  # so deep is nothing that a page shows well
            return "\n\n".join(items)
        first = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
        return "\n".join(_hung(item, first, at) for at, item in enumerate(items))


def _hung(item: str, first: int | None, at: int) -> str:
    mark = "- " if first is None else f"{first + at}. "
    lines = item.split("\n")
    rest = [f"{' ' * len(mark)}{each}" if each else "" for each in lines[1:]]
    return "\n".join([mark + lines[0], *rest]).rstrip()


def _table(tokens: "Iterator[Token]") -> str:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(cell(_inline(token.children or ()).replace("\\\n", " ")))
    written = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([written[0], "| --- " * len(rows[0]) + "|", *written[1:]]) if rows else ""


def _within(tokens: "Iterator[Token]") -> str:
    """The inline text of a block whose opening token was read; its closing one is read, too."""
    text = _inline(next(tokens).children or ())
    next(tokens)
    return text.strip()


def _inline(tokens: "Sequence[Token]") -> str:
    written: list[str] = []
    links: list[str] = []
    for token in tokens:
        if token.type in ("text", "html_inline"):
            written.append(_escaped(token.content))
        elif token.type == "code_inline":
            written.append(code_span(token.content))
        elif token.type == "softbreak":
            written.append(" ")
        elif token.type == "hardbreak":
            written.append("\\\n")
        elif token.type == "image":
            written.append(_escaped(token.content))
        elif token.type == "link_open":
            links.append(_address(str(token.attrs.get("href", ""))))
            written.append("[" if links[-1] else "")
        elif token.type == "link_close":
            address = links.pop()
            written.append(f"]({address})" if address else "")
        elif token.tag in _MARKS:
            # Names with underscores are far more frequent in code than emphasis by them.
            under = token.markup.startswith("_")
            written.append("\\_" * len(token.markup) if under else _MARKS[token.tag])
    return "".join(written)


def _address(href: str) -> str:
    """An address that a page may link to; "" for one that only its tool understands."""
    if not href.lower().startswith(_WEB):
        return ""
    return href.replace("(", "%28").replace(")", "%29").replace("\\", "%5C")


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: f"\\{found[0]}", text.replace("\n", " "))


def _start(text: str) -> str:
    """A line whose first letters begin no list, heading, quote or rule."""
    found = _STARTS.match(text)
    if text in ("\\[TOC\\]", "[TOC]"):
        return "`[TOC]`"  # Notion would make a table of contents of it
    if found is None:
        return text
    return f"{found[0]}\\{text[found.end() :]}" if found[0].isdigit() else f"\\{text}"


def _language(info: str) -> str:
    """The language of a fence: its first word, without what tools append to it."""
    found = re.match(r"[A-Za-z][A-Za-z0-9+#-]*", info.strip())
    name = found[0].lower() if found else ""
    return _LANGUAGES.get(name, name)


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # takes 20 ms to load, and few requests read Markdown

    options = {"maxNesting": _NESTING_MAX}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
