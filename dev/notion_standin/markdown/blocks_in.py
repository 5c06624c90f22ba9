"""Notion-flavored Markdown (v2) to block trees."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dev.notion_standin.files import HOSTED_PREFIX
from dev.notion_standin.ids import id_in_address
from dev.notion_standin.languages import language_of
from dev.notion_standin.markdown.container_rule import add_block_rules
from dev.notion_standin.markdown.inline_in import V2, keep_addresses, read_segments
from dev.notion_standin.markdown.segments import Segment, Style, clean, to_rich_text
from dev.notion_standin.markdown.tags import color_in
from dev.notion_standin.model import Json, Tree
from dev.notion_standin.rich_text import COLORS, NameOf, plain

_TASK = re.compile(r"\[([ xX])\](?:\s|$)")
_ROW = re.compile(r"<tr([^>]*)>(.*?)</tr>", re.S)
_CELL = re.compile(r"<(td|th)[^>]*>(.*?)</\1>", re.S)


@cache
def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block"])
    keep_addresses(made)
    made.core.ruler.disable(["inline", "text_join"])
    add_block_rules(made)
    return made


def read_blocks(text: str, name_of: NameOf) -> tuple[list[Tree], list[str]]:
    """Read v2 Markdown; gives the trees and what was changed or ignored on the way."""
    env: dict[str, object] = {}
    tokens = _parser().parse(clean(text), env)
    reader = _Reader(tokens, name_of, env.get("references", {}))  # type: ignore[arg-type]
    return reader.until(None), reader.warnings


class _Reader:
    """Walks the flat tokens once, building trees."""

    def __init__(self, tokens: list[Token], name_of: NameOf, references: dict[str, object]) -> None:
        self.warnings: list[str] = []
        self._tokens, self._at = tokens, 0
        self._name_of, self._references = name_of, references

    def until(self, closing: str | None) -> list[Tree]:
        """Read blocks up to a closing token, which is passed over."""
        found: list[Tree] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == closing:
                break
            found.extend(self._block(token))
        return found

    def _block(self, token: Token) -> list[Tree]:
        kind = token.type
        if kind == "paragraph_open":
            return self._paragraph(self._inline("paragraph_close"))
        if kind == "heading_open":
            text = self._inline("heading_close")
            level = min(int(token.tag[1]), 4)
            return [Tree(type=f"heading_{level}", content=self._text(text, is_toggleable=False))]
        if kind in ("bullet_list_open", "ordered_list_open"):
            return self._list(kind)
        if kind == "blockquote_open":
            return [_titled("quote", self.until("blockquote_close"), {})]
        if kind in ("fence", "code_block"):
            return [_code(token)]
        if kind == "hr":
            return [Tree(type="divider")]
        if kind == "math_block":
            return [Tree(type="equation", content={"expression": token.content})]
        if kind == "table_open":
            return [self._table()]
        return self._tag(token) if kind == "notion_open" else []

    def _inline(self, closing: str) -> str:
        text = ""
        while self._tokens[self._at].type != closing:
            text = self._tokens[self._at].content
            self._at += 1
        self._at += 1
        return text

    def _rich(self, text: str) -> list[Json]:
        found, images = read_segments(text, V2, self._name_of, self._references)
        if images:
            self.warnings.append("An image inside text was removed; it must be its own block.")
        return to_rich_text(found)

    def _text(self, text: str, color: str | None = None, **more: object) -> Json:
        return {"rich_text": self._rich(text), **more, "color": _color(color)}

    def _paragraph(self, text: str) -> list[Tree]:
        found, images = read_segments(text, V2, self._name_of, self._references)
        trees = [self.media("image", url, caption) for caption, url in images]
        if images and (found or len(images) > 1):
            self.warnings.append("Images inside text became blocks of their own.")
        rich = to_rich_text(found)
        if plain(rich).strip() or not images:
            content: Json = {"rich_text": rich, "color": "default"}
            trees.insert(0, Tree(type="paragraph", content=content))
        return trees

    def media(self, kind: str, url: str, caption: str) -> Tree:
        """Build a media block; a signed address of Notion's own storage is a hosted file."""
        text = self._rich(caption)
        if url.startswith(HOSTED_PREFIX):
            return Tree(type=kind, content={"caption": text, "type": "file",
                                            "file": {"url": url.split("?")[0]}})  # fmt: skip
        content = {"caption": text, "type": "external", "external": {"url": url}}
        return Tree(type=kind, content=content)

    def _list(self, kind: str) -> list[Tree]:
        closing, items = kind.replace("open", "close"), []
        while self._tokens[self._at].type != closing:
            self._at += 1
            items.append(self._item(kind))
        self._at += 1
        return items

    def _item(self, kind: str) -> Tree:
        task = None
        if kind == "bullet_list_open" and self._tokens[self._at].type == "paragraph_open":
            inline = self._tokens[self._at + 1]
            if task := _TASK.match(inline.content):
                inline.content = inline.content[task.end() :].lstrip()
        blocks = self.until("list_item_close")
        if task:
            return _titled("to_do", blocks, {"checked": task.group(1) != " "})
        bullet = kind == "bullet_list_open"
        return _titled("bulleted_list_item" if bullet else "numbered_list_item", blocks, {})

    def _table(self) -> Tree:
        rows: list[Tree] = []
        cells: list[list[Json]] = []
        while (token := self._tokens[self._at]).type != "table_close":
            self._at += 1
            if token.type == "tr_open":
                cells = []
            elif token.type == "inline":
                cells.append(self._rich(token.content))
            elif token.type == "tr_close":
                rows.append(Tree(type="table_row", content={"cells": cells}))
        self._at += 1
        return _table(rows, has_column_header=True, has_row_header=False)

    def _tag(self, token: Token) -> list[Tree]:
        tag, given = token.tag, token.meta["attributes"]
        title = "" if token.meta["closed"] else token.content
        children = self.until("notion_close")
        if tag in ("p", "h1", "h2", "h3", "h4"):
            # A blank title line stands for an empty title.
            rich = self._text(title, given.get("color"))
            kind = "paragraph" if tag == "p" else f"heading_{tag[1]}"
            more = {} if tag == "p" else {"is_toggleable": False}
            return [Tree(type=kind, content={**rich, **more}, children=children)]
        if tag in ("ul", "ol"):
            return [_listed(child, tag) for child in children]
        if tag in _CONTAINERS:
            return [_container(tag, given, children)]
        return self._leaf(tag, given, title)

    def _leaf(self, tag: str, given: dict[str, str], text: str) -> list[Tree]:
        color = _color(given.get("color"))
        if tag == "equation":
            return [Tree(type="equation", content={"expression": text.strip()})]
        if tag == "table-of-contents":
            return [Tree(type="table_of_contents", content={"color": color})]
        if tag == "table":
            return [self._styled_table(given, text)]
        if tag in ("bookmark", "embed"):
            content = {"caption": self._rich(text.strip()), "url": given.get("source", "")}
            return [Tree(type=tag, content=content)]
        if tag in ("page", "database"):
            kind = "child_page" if tag == "page" else "child_database"
            found = id_in_address(given.get("url"))
            return [Tree(type=kind, content={"title": self._title(text)}, id=found)]
        if tag == "unknown":
            found = id_in_address(given.get("url", "").replace("#", "/"))
            return [Tree(type="unknown", content=dict(given), id=found)]
        return [self.media(tag, given.get("source", ""), text.strip())]

    def _title(self, text: str) -> str:
        return plain(self._rich(text.strip()))

    def _styled_table(self, given: dict[str, str], text: str) -> Tree:
        rows = [
            Tree(type="table_row", content={
                "cells": [self._rich(cell.strip()) for _, cell in _CELL.findall(body)]
            })
            for _, body in _ROW.findall(text)
        ]  # fmt: skip
        return _table(
            rows,
            has_column_header=given.get("header-row") == "true",
            has_row_header=given.get("header-column") == "true",
        )


_CONTAINERS = frozenset(
    "quote toggle callout todo li columns column synced-block synced-block-reference".split()
)


def _container(tag: str, given: dict[str, str], children: list[Tree]) -> Tree:
    color = given.get("color")
    if tag == "columns":
        return Tree(type="column_list", children=[c for c in children if c.type == "column"])
    if tag == "column":
        ratio = given.get("ratio", "")
        narrowed = (
            {"width_ratio": float(ratio) / 100} if ratio.replace(".", "", 1).isdigit() else {}
        )
        return Tree(type="column", content=narrowed, children=children)
    if tag.startswith("synced-block"):
        source = id_in_address(given.get("url", "").replace("#", "/"))
        referred = tag.endswith("reference") and source
        content = {"synced_from": {"type": "block_id", "block_id": source} if referred else None}
        return Tree(type="synced_block", content=content, children=[] if referred else children)
    if tag == "callout":
        icon = given.get("icon", "💡")
        return _titled("callout", children, {"icon": {"type": "emoji", "emoji": icon}}, color)
    if tag == "toggle" and given.get("heading", "") in ("h1", "h2", "h3", "h4"):
        kind = f"heading_{given['heading'][1]}"
        return _titled(kind, children, {"is_toggleable": True}, color)
    if tag == "todo":
        return _titled("to_do", children, {"checked": given.get("checked") == "true"}, color)
    # An item without its list is one of a bulleted list.
    return _titled("bulleted_list_item" if tag == "li" else tag, children, {}, color)


def _titled(kind: str, blocks: list[Tree], more: Json, color: str | None = None) -> Tree:
    """Make a block whose text is the plain paragraph that comes first, if one does."""
    rich: list[Json] = []
    if (
        blocks
        and blocks[0].type == "paragraph"
        and not blocks[0].children
        and (blocks[0].content["color"] == "default")
    ):
        rich = blocks[0].content["rich_text"]
        blocks = blocks[1:]
    content = {"rich_text": rich, **more, "color": _color(color)}
    return Tree(type=kind, content=content, children=blocks)


def _listed(child: Tree, tag: str) -> Tree:
    kind = "bulleted_list_item" if tag == "ul" else "numbered_list_item"
    if child.type in ("bulleted_list_item", "numbered_list_item"):
        child.type = kind
        return child
    return _titled(kind, [child], {})


def _table(rows: list[Tree], **flags: bool) -> Tree:
    width = max((len(row.content["cells"]) for row in rows), default=1)
    for row in rows:
        row.content["cells"] += [[] for _ in range(width - len(row.content["cells"]))]
    return Tree(type="table", content={"table_width": width, **flags}, children=rows)


def _code(token: Token) -> Tree:
    text = clean(token.content).removesuffix("\n")
    language = language_of(token.info) if token.type == "fence" else "plain text"
    # Code is literal: no marks are read in it.
    rich = to_rich_text((Segment(text=text, style=Style()),)) if text else []
    return Tree(type="code", content={"caption": [], "rich_text": rich, "language": language})


def _color(color: str | None) -> str:
    read = color_in(color)
    return read if read in COLORS else "default"
