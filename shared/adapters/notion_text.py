"""Rich text and the inline Markdown that stands for it in a property's text.

Bold, italic, strikethrough, code and links are carried; what Markdown has no sign for (colours,
underline, the object behind a mention) is read as its plain text. Plain characters are only
escaped where they would otherwise be read as signs, so that most texts are what they look like.

Rich text: https://developers.notion.com/reference/rich-text
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, Field

from shared.errors import InvalidRequest

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_PIECES: Final = 100
MAX_PIECE: Final = 2000
_MAX_LINK: Final = 2000
_SIGNS: Final = re.compile(r"([\\`*_~\[\]])")
_ABSOLUTE: Final = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_INTERNAL: Final = "https://www.notion.so"


class Annotations(BaseModel):
    """The styles of a piece of rich text that are carried."""

    bold: bool = False
    italic: bool = False
    strikethrough: bool = False
    code: bool = False


class RichText(BaseModel):
    """A piece of rich text as Notion tells it; a mention or equation has its plain text, too."""

    type: str = "text"
    plain_text: str = ""
    href: str | None = None
    annotations: Annotations = Field(default_factory=Annotations)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    text: str
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    link: str = ""

    def like(self, other: "_Span") -> bool:
        """Whether both look the same."""
        return replace(self, text="") == replace(other, text="")


def plain_text(pieces: Iterable[RichText]) -> str:
    """The text without its styles."""
    return "".join(piece.plain_text for piece in pieces)


def markdown_of(pieces: Sequence[RichText]) -> str:
    """The text with its styles as inline Markdown; `rich_text_of` gives the same styles back."""
    spans = _tidy([_span(piece) for piece in pieces])
    bare = _tidy([_Span(text=span.text) for span in spans])
    for wanted in (spans, bare):
        for escaped in (False, True):
            text = "".join(_render(span, escaped) for span in wanted)
            if _parse(text) == wanted:
                return text
    return text


def plain_pieces(text: str) -> list[dict[str, Any]]:
    """Plain text as rich text for a request.

    Raises:
        InvalidRequest: it is longer than Notion takes.
    """
    return _pieces([_Span(text=text)] if text else [])


def rich_text_of(text: str) -> list[dict[str, Any]]:
    """Inline Markdown as rich text for a request.

    Raises:
        InvalidRequest: it is longer than Notion takes.
    """
    return _pieces(_parse(text))


def _pieces(spans: Sequence[_Span]) -> list[dict[str, Any]]:
    pieces = [_piece(span, part) for span in spans for part in _parts(span.text)]
    if len(pieces) > MAX_PIECES:
        raise InvalidRequest(
            f"A text has at most {MAX_PIECES} pieces of {MAX_PIECE} characters in Notion."
        )
    return pieces


def _parts(text: str) -> list[str]:
    # The limit counts UTF-16 units, of which a character beyond the BMP takes two.
    size = MAX_PIECE if text.isascii() or max(text) <= "\uffff" else MAX_PIECE // 2
    return [text[start : start + size] for start in range(0, len(text), size)]


def _piece(span: _Span, text: str) -> dict[str, Any]:
    if len(span.link) > _MAX_LINK:
        raise InvalidRequest(f"A link has at most {_MAX_LINK} characters in Notion.")
    styles = {
        "bold": span.bold,
        "italic": span.italic,
        "strikethrough": span.struck,
        "code": span.code,
    }
    piece: dict[str, Any] = {"type": "text", "text": {"content": text}}
    if span.link:
        piece["text"]["link"] = {"url": span.link}
    if any(styles.values()):
        piece["annotations"] = {name: True for name, is_on in styles.items() if is_on}
    return piece


def _span(piece: RichText) -> _Span:
    link = piece.href or ""
    styles = piece.annotations
    return _Span(
        text=piece.plain_text,
        bold=styles.bold,
        italic=styles.italic,
        struck=styles.strikethrough,
        code=styles.code,
        link=_INTERNAL + link if link.startswith("/") else link,
    )


def _tidy(spans: Iterable[_Span]) -> list[_Span]:
    """Join equal neighbours, and take styles off the white space at the edges of words."""
    tidy: list[_Span] = []
    for span in spans:
        for part in _without_edges(span):
            if tidy and tidy[-1].like(part):
                tidy[-1] = replace(part, text=tidy[-1].text + part.text)
            elif part.text:
                tidy.append(part)
    return tidy


def _without_edges(span: _Span) -> list[_Span]:
    if span.code or not (span.bold or span.italic or span.struck):
        return [span]
    inner = span.text.strip()
    if not inner:
        return [_Span(text=span.text, link=span.link)]
    start = span.text.index(inner)
    edges = replace(span, bold=False, italic=False, struck=False)
    return [
        replace(edges, text=span.text[:start]),
        replace(span, text=inner),
        replace(edges, text=span.text[start + len(inner) :]),
    ]


def _render(span: _Span, escaped: bool) -> str:
    text = span.text
    if span.code:
        runs = [len(run) for run in re.findall("`+", text)]
        fence = "`" * (max(runs, default=0) + 1)
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        text = f"{fence}{pad}{text}{pad}{fence}"
    elif escaped:
        text = _SIGNS.sub(r"\\\1", text)
    signs = "**" * span.bold + "*" * span.italic + "~~" * span.struck
    text = f"{signs}{text}{signs[::-1]}"
    return f"[{text}]({_target(span.link)})" if span.link else text


def _target(link: str) -> str:
    return f"<{link}>" if re.search(r"[\s()]", link) else link


def _parse(text: str) -> list[_Span]:
    children = _parser().parseInline(text)[0].children if text else None
    return _tidy(_Reader().read(children or []))


class _Reader:
    """Turns the parser's tokens into spans."""

    def __init__(self) -> None:
        self._look = _Span(text="")
        self._literal: list[str] = []  # what ends the links that Notion would refuse

    def read(self, tokens: "Sequence[Token]") -> list[_Span]:
        """The spans of the tokens of one text."""
        return [span for token in tokens for span in self._read(token)]

    def _read(self, token: "Token") -> list[_Span]:
        kind, _, edge = token.type.rpartition("_")
        if token.type == "code_inline":
            return [replace(self._look, text=token.content, code=True)]
        if kind == "link":
            return self._link(token, opens=edge == "open")
        if kind in ("strong", "em", "s"):
            self._set_style(kind, edge == "open")
            return []
        # A backslash before a line's end is a break of its own in Markdown, here it is text.
        text = "\\\n" if token.type == "hardbreak" else token.content
        return [replace(self._look, text=text)]

    def _set_style(self, kind: str, is_on: bool) -> None:
        look = self._look
        self._look = replace(
            look,
            bold=is_on if kind == "strong" else look.bold,
            italic=is_on if kind == "em" else look.italic,
            struck=is_on if kind == "s" else look.struck,
        )

    def _link(self, token: "Token", opens: bool) -> list[_Span]:
        if not opens:
            end = self._literal.pop()
            self._look = replace(self._look, link="")
            return [replace(self._look, text=end)] if end else []
        href, title = str(token.attrs.get("href", "")), token.attrs.get("title")
        if _ABSOLUTE.match(href) and not title:
            self._literal.append("")
            self._look = replace(self._look, link=href)
            return []
        named = f' "{title}"' if title else ""
        self._literal.append(f"]({_target(href)}{named})")
        return [replace(self._look, text="[")]


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("strikethrough")
    parser.disable(["newline", "entity", "autolink", "html_inline", "image"])
    # What a link may be is Notion's to say, and it is kept to the letter.
    parser.validateLink = _is_any_link  # type: ignore[method-assign]
    parser.normalizeLink = str  # type: ignore[method-assign, assignment]
    return parser


def _is_any_link(url: str) -> bool:  # noqa: ARG001 - the parser's signature
    return True
