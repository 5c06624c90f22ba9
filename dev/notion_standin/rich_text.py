"""Rich text: what a request may say and how Notion tells it back.

Limits: https://developers.notion.com/reference/request-limits
"""

from collections.abc import Callable
from typing import Any

from dev.notion_standin.errors import failed, one_of
from dev.notion_standin.ids import read_id
from dev.notion_standin.model import Json

_TEXT_MAX, _LINK_MAX, _EQUATION_MAX, _ITEMS_MAX = 2000, 2000, 1000, 100
_FLAGS = ("bold", "italic", "strikethrough", "underline", "code")
COLORS = frozenset(
    f"{color}{suffix}"
    for color in ("gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
    for suffix in ("", "_background")
) | {"default", "default_background"}
NameOf = Callable[[str, str], str]


def annotations(**given: Any) -> Json:
    """Complete a set of annotations with the defaults."""
    return {**dict.fromkeys(_FLAGS, False), "color": "default", **given}


def text_item(content: str, link: str | None = None, **given: Any) -> Json:
    """Build one text item; `given` are annotations that differ from the default."""
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": link} if link else None},
        "annotations": annotations(**given),
        "plain_text": content,
        "href": link,
    }


def plain(items: list[Json]) -> str:
    """Join the plain text of rich text."""
    return "".join(str(item["plain_text"]) for item in items)


def read_rich_text(items: Any, place: str, name_of: NameOf) -> list[Json]:
    """Check and complete rich text of a request; raises NotionError.

    `name_of` gives the plain text of a mention by its kind ("user", "page", "database") and id.
    """
    if not isinstance(items, list):
        raise failed(place, "an array", items)
    if len(items) > _ITEMS_MAX:
        raise failed(f"{place}.length", f"≤ `{_ITEMS_MAX}`", len(items))
    return [_read_item(item, f"{place}[{n}]", name_of) for n, item in enumerate(items)]


def _read_item(item: Any, place: str, name_of: NameOf) -> Json:
    if not isinstance(item, dict):
        raise failed(place, "an object", item)
    kind = item.get("type") or next((k for k in ("text", "mention", "equation") if k in item), "")
    if kind not in ("text", "mention", "equation") or not isinstance(item.get(kind), dict):
        raise failed(f"{place}.{kind or 'text'}", "defined")
    notes = _read_annotations(item.get("annotations"), f"{place}.annotations")
    if kind == "text":
        return {**_read_text(item["text"], f"{place}.text"), "annotations": notes}
    if kind == "equation":
        return {**_read_equation(item["equation"], f"{place}.equation"), "annotations": notes}
    return {**_read_mention(item["mention"], f"{place}.mention", name_of), "annotations": notes}


def _read_annotations(given: Any, place: str) -> Json:
    if given is None:
        return annotations()
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    for name, value in given.items():
        if name == "color":
            if not one_of(value, COLORS):
                raise failed(f"{place}.color", 'a color such as `"default"` or `"gray"`', value)
        elif name not in _FLAGS:
            raise failed(f"{place}.{name}", "not present", value)
        elif not isinstance(value, bool):
            raise failed(f"{place}.{name}", "a boolean", value)
    return annotations(**given)


def check_length(text: Any, place: str, most: int) -> str:
    """Give `text` if it is a string of at most `most` characters; raises NotionError."""
    if not isinstance(text, str):
        raise failed(place, "a string", text)
    if len(text) > most:
        raise failed(f"{place}.length", f"≤ `{most}`", len(text))
    return text


def _read_text(text: Json, place: str) -> Json:
    content = check_length(text.get("content"), f"{place}.content", _TEXT_MAX)
    link = text.get("link")
    if link is not None and not isinstance(link, dict):
        raise failed(f"{place}.link", "an object or `null`", link)
    url = check_length(link.get("url"), f"{place}.link.url", _LINK_MAX) if link else None
    return text_item(content, url)


def _read_equation(equation: Json, place: str) -> Json:
    expression = check_length(equation.get("expression"), f"{place}.expression", _EQUATION_MAX)
    return equation_item(expression)


def equation_item(expression: str) -> Json:
    """Build an inline equation."""
    return {
        "type": "equation",
        "equation": {"expression": expression},
        "annotations": annotations(),
        "plain_text": expression,
        "href": None,
    }


def _read_mention(mention: Json, place: str, name_of: NameOf) -> Json:
    for kind in ("user", "page", "database", "data_source"):
        target = mention.get(kind)
        if isinstance(target, dict):
            found = read_id(target.get("id"), f"{place}.{kind}.id")
            return mention_item(kind, found, name_of(kind, found))
    if isinstance(mention.get("date"), dict):
        return date_item(mention["date"])
    raise failed(f"{place}.page", "defined")


def mention_item(kind: str, target: str, name: str) -> Json:
    """Build a mention of a user, page, database or data source."""
    href = None if kind == "user" else f"https://app.notion.com/p/{target.replace('-', '')}"
    value: Json = {"id": target} if kind != "user" else {"object": "user", "id": target}
    return {
        "type": "mention",
        "mention": {"type": kind, kind: value},
        "annotations": annotations(),
        "plain_text": f"@{name}" if kind == "user" else name,
        "href": href,
    }


def date_item(date: Json) -> Json:
    """Build a mention of a date (`start`, `end`, `time_zone`)."""
    whole = {"start": date.get("start"), "end": date.get("end"), "time_zone": date.get("time_zone")}
    shown = f"{whole['start']} → {whole['end']}" if whole["end"] else str(whole["start"])
    return {
        "type": "mention",
        "mention": {"type": "date", "date": whole},
        "annotations": annotations(),
        "plain_text": shown,
        "href": None,
    }
