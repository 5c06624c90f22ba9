"""Runs of equally styled text: the form between rich text and Markdown."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dev.notion_standin.model import Json
from dev.notion_standin.rich_text import annotations, text_item

_ITEM_MAX = 2000
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a run looks; `color` in the API's spelling, `link` an address or None."""

    bold: bool = False
    italic: bool = False
    strikethrough: bool = False
    underline: bool = False
    code: bool = False
    color: str = "default"
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of text; an equation or mention is one with its rich text item kept in `item`.

    `key` is what two equal equations or mentions have in common ("" for text).
    """

    text: str
    style: Style
    key: str = ""
    item: Json | None = None

    def __hash__(self) -> int:
        return hash((self.text, self.style, self.key))


def clean(text: str) -> str:
    """Take out control characters, which Notion does not keep."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def from_rich_text(items: list[Json]) -> tuple[Segment, ...]:
    """Turn rich text into runs, equal neighbours joined, empty ones left out."""
    return join(_segment(item) for item in items)


def _segment(item: Json) -> Segment:
    noted = {k: v for k, v in item["annotations"].items() if k in Style.__slots__}
    if item["type"] == "text":
        text = clean(item["plain_text"])
        # Code between backticks has no line breaks.
        text = text.replace("\n", " ") if noted["code"] else text
        return Segment(text=text, style=Style(**noted, link=item["href"]))
    style = replace(Style(**noted), code=False)
    if item["type"] == "equation":
        return Segment(text=item["plain_text"], style=style, key="equation", item=item)
    return Segment(text=item["plain_text"], style=style, key=_mention_key(item), item=item)


def _mention_key(item: Json) -> str:
    mention = item["mention"]
    kind = mention["type"]
    if kind == "date":
        date = mention["date"]
        return f"date:{date['start']}:{date['end']}:{date['time_zone']}"
    return f"{kind}:{mention[kind].get('id')}"


def join(found: Iterable[Segment]) -> tuple[Segment, ...]:
    """Join neighbouring text of one style."""
    joined: list[Segment] = []
    for segment in found:
        if not segment.text and not segment.key:
            continue
        last = joined[-1] if joined else None
        if last and not last.key and not segment.key and last.style == segment.style:
            joined[-1] = replace(last, text=last.text + segment.text)
        else:
            joined.append(segment)
    return tuple(joined)


def to_rich_text(found: tuple[Segment, ...]) -> list[Json]:
    """Turn runs into rich text, cut into items of at most 2,000 characters."""
    items: list[Json] = []
    for segment in found:
        style = segment.style
        noted = {
            name: getattr(style, name)
            for name in ("bold", "italic", "strikethrough", "underline", "code", "color")
        }
        if segment.item is not None:
            items.append({**segment.item, "annotations": annotations(**noted)})
            continue
        for start in range(0, len(segment.text), _ITEM_MAX):
            piece = segment.text[start : start + _ITEM_MAX]
            items.append(text_item(piece, style.link, **noted))
    return items


def bare(found: tuple[Segment, ...]) -> str:
    """Give the plain text of runs."""
    return "".join(segment.text for segment in found)
