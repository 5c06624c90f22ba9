"""Markdown within a line of text: to runs of styled text, for both dialects.

CommonMark with strikethrough by markdown-it-py; Notion's own tags, inline equations and
mentions by rules added here. Other HTML stays literal text.
"""

import re
from dataclasses import replace
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from dev.notion_standin.ids import id_in_address
from dev.notion_standin.markdown.segments import Segment, Style, clean, join
from dev.notion_standin.markdown.tags import TAG, color_in, read_attributes
from dev.notion_standin.rich_text import COLORS, NameOf, date_item, equation_item, mention_item

V1, V2 = "v1", "v2"
_PAIRED = {V2: ("b", "i", "s", "u", "span"), V1: ("span",)}
_MENTIONS = r"mention(?:-user|-page|-database|-data-source|-date|-agent)?|date"
_OPEN = re.compile(rf"<(b|i|s|u|span)({TAG})>")
_BREAK = re.compile(r"<br\s*/?>")
_MENTION = re.compile(rf"<({_MENTIONS})({TAG})(?:/>|>(.*?)</\1>)", re.S)
_MATH = re.compile(r"\$(?!\s)((?:\\.|[^\\$\n])+?)(?<!\s)\$(?!\d)")
_STYLES = {"b": "bold", "i": "italic", "s": "strikethrough", "u": "underline"}
_TOKENS = {"strong": "bold", "em": "italic", "s": "strikethrough"}


def read_segments(
    text: str, dialect: str, name_of: NameOf, references: dict[str, object] | None = None
) -> tuple[tuple[Segment, ...], list[tuple[str, str]]]:
    """Read text of a block; gives its runs and the images in it as (caption, address).

    `references` are the link definitions of the document.
    """
    env = {"references": references or {}, "dialect": dialect}
    tokens = _parser().parseInline(clean(text), env)[0].children or []
    images = [(t.content, str(t.attrs["src"])) for t in tokens if t.type == "image"]
    return join(_segments(tokens, name_of)), images


@cache
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("html_inline")
    keep_addresses(made)
    made.inline.ruler.before("escape", "notion_tag", _tag_rule)
    made.inline.ruler.before("escape", "notion_math", _math_rule)
    return made


def keep_addresses(parser: MarkdownIt) -> None:
    """Let a parser take every address as it stands, as Notion does."""
    vars(parser).update(validateLink=lambda _url: True, normalizeLink=str)


def _segments(tokens: list[Token], name_of: NameOf) -> list[Segment]:
    found: list[Segment] = []
    styles = [Style()]
    for token in tokens:
        style = styles[-1]
        if token.nesting == 1:
            styles.append(_opened(token, style))
        elif token.nesting == -1:
            styles.pop()
        elif token.type == "softbreak":
            found.append(Segment(text=" ", style=style))
        elif token.type == "hardbreak":
            found.append(Segment(text="\n", style=style))
        elif token.type == "code_inline":
            found.append(Segment(text=token.content, style=replace(style, code=True)))
        elif token.type == "math":
            item = equation_item(token.content)
            found.append(Segment(text=token.content, style=style, key="equation", item=item))
        elif token.type == "mention":
            found.append(_mention(token, style, name_of))
        elif token.type != "image":
            found.append(Segment(text=token.content, style=style))
    return found


def _opened(token: Token, style: Style) -> Style:
    kind = token.type.removesuffix("_open")
    if kind == "link":
        return replace(style, link=str(token.attrs["href"]))
    if kind != "notion":
        return _with(style, _TOKENS[kind]) if kind in _TOKENS else style
    if token.tag in _STYLES:
        return _with(style, _STYLES[token.tag])
    attributes = token.meta
    color = color_in(attributes["color"]) if "color" in attributes else style.color
    underline = style.underline or attributes.get("underline") == "true"
    return replace(style, color=color if color in COLORS else style.color, underline=underline)


def _with(style: Style, flag: str) -> Style:
    changed: dict[str, Any] = {flag: True}
    return replace(style, **changed)


def _mention(token: Token, style: Style, name_of: NameOf) -> Segment:
    attributes: dict[str, str] = token.meta
    if "start" in attributes:
        item = date_item(_date(attributes))
        date = item["mention"]["date"]
        key = f"date:{date['start']}:{date['end']}:{date['time_zone']}"
        return Segment(text=item["plain_text"], style=style, key=key, item=item)
    address = attributes.get("url", "").strip("{}")
    found = id_in_address(address)
    if found is None:
        return Segment(text=token.content or address, style=style)
    kind = _kind(token.tag, address, attributes)
    item = mention_item(kind, found, name_of(kind, found))
    return Segment(text=item["plain_text"], style=style, key=f"{kind}:{found}", item=item)


def _kind(tag: str, address: str, attributes: dict[str, str]) -> str:
    if tag.startswith("mention-"):
        return {"data-source": "data_source"}.get(tag[8:], tag[8:])
    if address.startswith("user://"):
        return "user"
    if address.startswith("collection://"):
        return "data_source"
    return "database" if attributes.get("type") == "database" else "page"


def _date(given: dict[str, str]) -> dict[str, str | None]:
    def moment(day: str, time: str, old: str) -> str | None:
        clock = given.get(time) or given.get(old)
        whole = given.get(day)
        return f"{whole}T{clock}:00.000" if whole and clock else whole

    return {
        "start": moment("start", "start-time", "startTime"),
        "end": moment("end", "end-time", "endTime"),
        "time_zone": given.get("time-zone") or given.get("timeZone"),
    }


def _tag_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    dialect = state.env["dialect"]
    for match, push in (
        (_BREAK.match(state.src, state.pos, state.posMax), _push_break),
        (_MENTION.match(state.src, state.pos, state.posMax), _push_mention),
    ):
        if match:
            if not silent:
                push(state, match)
            state.pos = match.end()
            return True
    opening = _OPEN.match(state.src, state.pos, state.posMax)
    if not opening or opening.group(1) not in _PAIRED[dialect]:
        return False
    closing = _closing(state.src, opening.end(), state.posMax, opening.group(1))
    if closing is None:
        return False
    if not silent:
        _push_pair(state, opening, closing)
    state.pos = closing + len(f"</{opening.group(1)}>")
    return True


def _push_break(state: StateInline, _match: re.Match[str]) -> None:
    state.push("hardbreak", "br", 0)


def _push_mention(state: StateInline, match: re.Match[str]) -> None:
    token = state.push("mention", match.group(1), 0)
    token.meta, token.content = read_attributes(match.group(2)), match.group(3) or ""


def _push_pair(state: StateInline, opening: re.Match[str], closing: int) -> None:
    end = state.posMax
    token = state.push("notion_open", opening.group(1), 1)
    token.meta = read_attributes(opening.group(2))
    state.pos, state.posMax = opening.end(), closing
    state.md.inline.tokenize(state)
    state.push("notion_close", opening.group(1), -1)
    state.posMax = end


def _closing(text: str, start: int, end: int, tag: str) -> int | None:
    """Find the closing tag that belongs to an opening one; code and escapes are passed over."""
    step = re.compile(rf"\\.|(`+)|<{tag}{TAG}>|</{tag}>", re.S)
    depth, place = 1, start
    while found := step.search(text, place, end):
        place = found.end()
        if found.group(1):
            fence = re.compile(rf"(?<!`){found.group(1)}(?!`)").search(text, place, end)
            place = fence.end() if fence else place
        elif found.group().startswith("</"):
            depth -= 1
            if depth == 0:
                return found.start()
        elif found.group().startswith("<"):
            depth += 1
    return None


def _math_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    match = _MATH.match(state.src, state.pos, state.posMax)
    if not match or isWhiteSpace(ord(match.group(1)[0])):
        return False
    if not silent:
        state.push("math", "math", 0).content = match.group(1).replace(r"\$", "$")
    state.pos = match.end()
    return True
