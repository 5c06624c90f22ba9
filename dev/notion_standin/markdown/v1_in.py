"""Enhanced Markdown (v1) to block trees: a block a line, children one tab deeper."""

import re

from dev.notion_standin.files import HOSTED_PREFIX
from dev.notion_standin.ids import id_in_address
from dev.notion_standin.languages import language_of
from dev.notion_standin.markdown.inline_in import V1, read_segments
from dev.notion_standin.markdown.segments import Segment, Style, clean, to_rich_text
from dev.notion_standin.markdown.tags import TAG, color_in, read_attributes
from dev.notion_standin.model import Json, Tree
from dev.notion_standin.rich_text import COLORS, NameOf, plain

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"(?:[-*+]|(\d+)[.)])\s+(?:\[([ xX])\](?:\s+|$))?(.*)")
_FENCE = re.compile(r"(`{3,})(.*)")
_ATTRIBUTES = re.compile(r'\s*(?<!\\)\{((?:\s*\w+="[^"]*")+)\s*\}$')
_IMAGE = re.compile(r"!\[((?:\\.|[^\]])*)\]\(<?([^)\s>]*)>?\)")
_ONE_LINE = re.compile(rf"<(page|database|audio|video|file|pdf)({TAG})>(.*)</\1>")
_CLOSED = re.compile(rf"<(empty-block|table_of_contents|unknown|page|database)({TAG})/?>")
_OPEN = re.compile(
    rf"<(callout|details|columns|column|synced_block|synced_block_reference|table)({TAG})>"
)
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.S)
_CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.S)
_RULE = re.compile(r"\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?\s*)?")


def read_blocks_v1(text: str, name_of: NameOf) -> tuple[list[Tree], list[str]]:
    """Read v1 Markdown; gives the trees, and no warnings, which v1 does not know."""
    return _Reader(clean(text).split("\n"), name_of).blocks(0), []


class _Reader:
    def __init__(self, lines: list[str], name_of: NameOf) -> None:
        self._lines, self._at, self._name_of = lines, 0, name_of

    def blocks(self, depth: int) -> list[Tree]:
        """Read the blocks that stand at least `depth` tabs in."""
        found: list[Tree] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
                continue
            if _depth(line) < depth:
                break
            found.extend(self._block(line.strip(), _depth(line)))
        return found

    def _block(self, line: str, depth: int) -> list[Tree]:
        self._at += 1
        if fence := _FENCE.fullmatch(line):
            return [self._code(fence, depth)]
        if line == "$$":
            return [Tree(type="equation", content={"expression": self._until("$$", depth)})]
        if line in ("---", "***", "___"):
            return [Tree(type="divider")]
        if opened := _OPEN.fullmatch(line):
            return self._opened(opened, depth)
        if line.startswith("::: callout"):
            return [self._callout(read_attributes(line), ":::", depth)]
        if (one := _ONE_LINE.fullmatch(line)) or (one := _CLOSED.fullmatch(line)):
            return self._tag(one)
        if (
            line.startswith("|")
            and self._at < len(self._lines)
            and _RULE.fullmatch(self._lines[self._at].strip())
        ):
            return [self._piped(line)]
        return self._text(line, depth)

    def _text(self, line: str, depth: int) -> list[Tree]:
        attributes = _ATTRIBUTES.search(line)
        given = read_attributes(attributes.group(1)) if attributes else {}
        line = line[: attributes.start()] if attributes else line
        color = _color(given.get("color"))
        if heading := _HEADING.fullmatch(line):
            kind = f"heading_{min(len(heading.group(1)), 4)}"
            more: Json = {"is_toggleable": given.get("toggle") == "true"}
            return [self._made(kind, heading.group(2), more, color, depth)]
        if image := _IMAGE.fullmatch(line):
            return [self._media("image", image.group(2), image.group(1))]
        if item := _ITEM.fullmatch(line):
            if item.group(2):
                more = {"checked": item.group(2) != " "}
                return [self._made("to_do", item.group(3), more, color, depth)]
            kind = "numbered_list_item" if item.group(1) else "bulleted_list_item"
            return [self._made(kind, item.group(3), {}, color, depth)]
        if line.startswith(">"):
            return [self._made("quote", line[1:].lstrip(), {}, color, depth)]
        return [self._made("paragraph", line, {}, color, depth)]

    def _made(self, kind: str, text: str, more: Json, color: str, depth: int) -> Tree:
        content = {"rich_text": self._rich(text), **more, "color": color}
        return Tree(type=kind, content=content, children=self.blocks(depth + 1))

    def _rich(self, text: str) -> list[Json]:
        return to_rich_text(read_segments(text, V1, self._name_of)[0])

    def _until(self, closing: str, depth: int) -> str:
        """Take raw lines up to a closing one, less the block's indentation."""
        kept: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if line.strip() == closing:
                break
            kept.append(line[depth:] if line[:depth].strip("\t") == "" else line)
        return "\n".join(kept)

    def _code(self, fence: re.Match[str], depth: int) -> Tree:
        text = self._until(fence.group(1), depth)
        rich = to_rich_text((Segment(text=text, style=Style()),)) if text else []
        language = language_of(fence.group(2))
        return Tree(type="code", content={"caption": [], "rich_text": rich, "language": language})

    def _inner(self, closing: str) -> list[Tree]:
        """Read blocks up to a closing tag's line, however they are indented."""
        found: list[Tree] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.strip() == closing:
                self._at += 1
                break
            if not line.strip():
                self._at += 1
                continue
            found.extend(self._block(line.strip(), _depth(line)))
        return found

    def _callout(self, given: dict[str, str], closing: str, _depth_of: int) -> Tree:
        icon: Json = {"type": "emoji", "emoji": given.get("icon", "💡")}
        blocks = self._inner(closing)
        first = blocks[0] if blocks else None
        rich: list[Json] = []
        plain_form = first is not None and first.type == "paragraph" and not first.children
        if first is not None and plain_form and first.content["color"] == "default":
            rich, blocks = first.content["rich_text"], blocks[1:]
        content = {"rich_text": rich, "icon": icon, "color": _color(given.get("color"))}
        return Tree(type="callout", content=content, children=blocks)

    def _opened(self, opened: re.Match[str], depth: int) -> list[Tree]:
        tag, given = opened.group(1), read_attributes(opened.group(2))
        closing = f"</{tag}>"
        if tag == "callout":
            return [self._callout(given, closing, depth)]
        if tag == "table":
            return [self._table(given, self._until(closing, depth))]
        if tag == "details":
            return [self._details(given, closing)]
        blocks = self._inner(closing)
        if tag == "columns":
            return [Tree(type="column_list", children=[b for b in blocks if b.type == "column"])]
        if tag == "column":
            return [Tree(type="column", children=blocks)]
        source = id_in_address(given.get("url", "").replace("#", "/"))
        referred = {"type": "block_id", "block_id": source} if "reference" in tag else None
        kept = [] if referred else blocks
        return [Tree(type="synced_block", content={"synced_from": referred}, children=kept)]

    def _details(self, given: dict[str, str], closing: str) -> Tree:
        title = ""
        if self._at < len(self._lines):
            found = re.fullmatch(r"\s*<summary>(.*)</summary>\s*", self._lines[self._at])
            if found:
                title, self._at = found.group(1), self._at + 1
        content = {"rich_text": self._rich(title), "color": _color(given.get("color"))}
        return Tree(type="toggle", content=content, children=self._inner(closing))

    def _tag(self, found: re.Match[str]) -> list[Tree]:
        tag, given = found.group(1), read_attributes(found.group(2))
        text = found.group(3) if found.re is _ONE_LINE else ""
        if tag == "empty-block":
            return [Tree(type="paragraph", content={"rich_text": [], "color": "default"})]
        if tag == "table_of_contents":
            color = _color(given.get("color"))
            return [Tree(type="table_of_contents", content={"color": color})]
        if tag in ("page", "database"):
            kind = "child_page" if tag == "page" else "child_database"
            title = plain(self._rich(text))
            return [Tree(type=kind, content={"title": title}, id=id_in_address(given.get("url")))]
        if tag == "unknown":
            block = id_in_address(given.get("url", "").replace("#", "/"))
            return [Tree(type="unknown", content=dict(given), id=block)]
        return [self._media(tag, given.get("src", ""), text)]

    def _media(self, kind: str, url: str, caption: str) -> Tree:
        base: Json = {"caption": self._rich(caption)}
        if url.startswith(HOSTED_PREFIX):
            return Tree(type=kind, content={**base, "type": "file",
                                            "file": {"url": url.split("?")[0]}})  # fmt: skip
        return Tree(type=kind, content={**base, "type": "external", "external": {"url": url}})

    def _table(self, given: dict[str, str], text: str) -> Tree:
        rows = [[self._rich(c.strip()) for c in _CELL.findall(row)] for row in _ROW.findall(text)]
        return _table_of(
            rows, given.get("header-row") == "true", given.get("header-column") == "true"
        )

    def _piped(self, header: str) -> Tree:
        self._at += 1
        lines = [header]
        while self._at < len(self._lines) and self._lines[self._at].strip().startswith("|"):
            lines.append(self._lines[self._at].strip())
            self._at += 1
        rows = [
            [self._rich(cell.strip()) for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            for line in lines
        ]
        return _table_of(rows, True, False)


def _table_of(rows: list[list[list[Json]]], header_row: bool, header_column: bool) -> Tree:
    width = max((len(row) for row in rows), default=1)
    flags = {"has_column_header": header_row, "has_row_header": header_column}
    return Tree(
        type="table",
        content={"table_width": width, **flags},
        children=[
            Tree(type="table_row", content={"cells": row + [[] for _ in range(width - len(row))]})
            for row in rows
        ],
    )


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip("\t"))


def _color(color: str | None) -> str:
    read = color_in(color)
    return read if read in COLORS else "default"
