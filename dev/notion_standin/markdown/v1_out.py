"""Block trees to enhanced Markdown (v1)."""

import html
import re
from collections.abc import Callable

from dev.notion_standin.markdown.blocks_out import UNKNOWN, UrlOf
from dev.notion_standin.markdown.inline import write_inline
from dev.notion_standin.markdown.inline_in import V1
from dev.notion_standin.markdown.tags import color_out, page_address, write_attributes
from dev.notion_standin.model import Json, Tree
from dev.notion_standin.rich_text import plain

_UNKNOWN = UNKNOWN | {"bookmark", "embed"}


class WriterV1:
    """Writes one body in v1; see `blocks_out.Writer` for the arguments."""

    def __init__(self, home: str, url_of: UrlOf) -> None:
        self._home, self._url_of = home, url_of
        self.unknown: list[str] = []

    def write(self, trees: list[Tree]) -> str:
        """Write blocks, one a line."""
        lines, number = [], 0
        for tree in trees:
            number = number + 1 if tree.type == "numbered_list_item" else 0
            lines.append(self._block(tree, number))
        return "\n".join(lines)

    def _block(self, tree: Tree, number: int) -> str:
        if tree.type in _UNKNOWN:
            return self._unknown(tree)
        if tree.type in _WRITERS:
            return _WRITERS[tree.type](self, tree)
        return self._text(tree, number)

    def _text(self, tree: Tree, number: int) -> str:
        text = write_inline(tree.content.get("rich_text", []), V1)
        if tree.type == "paragraph" and not text and not tree.children:
            return "<empty-block/>"
        level = int(tree.type[-1]) if tree.type.startswith("heading_") else 0
        marks = {
            "bulleted_list_item": "- ",
            "numbered_list_item": f"{number}. ",
            "to_do": "- [x] " if tree.content.get("checked") else "- [ ] ",
            "quote": "> ",
        }
        mark = "#" * level + " " if level else marks.get(tree.type, "")
        guarded = text if mark else re.sub(r"^(#{1,6} |[-+] |\d+[.)] |---$)", r"\\\1", text)
        toggle = "true" if tree.content.get("is_toggleable") else None
        color = color_out(tree.content.get("color"))
        given = write_attributes({"toggle": toggle, "color": color}).strip()
        line = (mark + guarded + (f" {{{given}}}" if given else "")).rstrip(" ")
        return line + self._children(tree)

    def _children(self, tree: Tree) -> str:
        return "\n" + _indented(self.write(tree.children)) if tree.children else ""

    def _unknown(self, tree: Tree) -> str:
        url = tree.content.get("url", "")
        alt = tree.content.get("alt", "")
        if tree.type != "unknown":
            url = f"{page_address(self._home)}#{(tree.id or '').replace('-', '')}"
            alt = tree.type
        if tree.id is not None:
            self.unknown.append(tree.id)
        return f"<unknown{write_attributes({'url': url, 'alt': alt})}/>"

    def _callout(self, tree: Tree) -> str:
        icon = (tree.content.get("icon") or {}).get("emoji")
        given = write_attributes({"icon": icon, "color": color_out(tree.content.get("color"))})
        text = write_inline(tree.content["rich_text"], V1)
        body = "\n".join(part for part in (text, self.write(tree.children)) if part)
        return f"<callout{given}>\n{_indented(body)}\n</callout>"

    def _toggle(self, tree: Tree) -> str:
        given = write_attributes({"color": color_out(tree.content.get("color"))})
        title = write_inline(tree.content["rich_text"], V1)
        body = f"{_indented(self.write(tree.children))}\n" if tree.children else ""
        return f"<details{given}>\n<summary>{title}</summary>\n{body}</details>"

    def _code(self, tree: Tree) -> str:
        code = plain(tree.content["rich_text"])
        fence = "`" * max(3, max((len(r) for r in re.findall("`+", code)), default=0) + 1)
        return f"{fence}{tree.content.get('language', 'plain text')}\n{code}\n{fence}"

    def _equation(self, tree: Tree) -> str:
        return f"$$\n{tree.content['expression']}\n$$"

    def _divider(self, _tree: Tree) -> str:
        return "---"

    def _media(self, tree: Tree) -> str:
        url = self._url_of(tree.content)
        caption = write_inline(tree.content.get("caption", []), V1)
        if tree.type == "image":
            return f"![{caption}]({url})"
        return f"<{tree.type}{write_attributes({'src': url})}>{caption}</{tree.type}>"

    def _page(self, tree: Tree) -> str:
        address = write_attributes({"url": page_address(tree.id or "")})
        return f"<page{address}>{html.escape(tree.content['title'], quote=False)}</page>"

    def _database(self, tree: Tree) -> str:
        inline = "true" if tree.content.get("inline") else "false"
        given = write_attributes({"url": page_address(tree.id or ""), "inline": inline})
        return f"<database{given}>{html.escape(tree.content['title'], quote=False)}</database>"

    def _columns(self, tree: Tree) -> str:
        body = "\n".join(
            f"<column>\n{_indented(self.write(one.children))}\n</column>" for one in tree.children
        )
        return f"<columns>\n{_indented(body)}\n</columns>"

    def _synced(self, tree: Tree) -> str:
        source = tree.content.get("synced_from")
        tag = "synced_block_reference" if source else "synced_block"
        found = source["block_id"] if source else tree.id or ""
        url = write_attributes({"url": f"{page_address(self._home)}#{found.replace('-', '')}"})
        return f"<{tag}{url}>\n{_indented(self.write(tree.children))}\n</{tag}>"

    def _contents(self, tree: Tree) -> str:
        color = write_attributes({"color": color_out(tree.content.get("color"))})
        return f"<table_of_contents{color}/>"

    def _table(self, tree: Tree) -> str:
        given = {
            "header-row": "true" if tree.content.get("has_column_header") else "false",
            "header-column": "true" if tree.content.get("has_row_header") else "false",
        }
        lines = [f"<table{write_attributes(dict(given))}>"]
        for row in tree.children:
            cells: list[list[Json]] = row.content["cells"]
            lines += ["<tr>", *(f"<td>{write_inline(c, V1)}</td>" for c in cells), "</tr>"]
        return "\n".join([*lines, "</table>"])


_WRITERS: dict[str, Callable[[WriterV1, Tree], str]] = {
    **dict.fromkeys(("image", "video", "audio", "file", "pdf"), WriterV1._media),
    "callout": WriterV1._callout,
    "toggle": WriterV1._toggle,
    "code": WriterV1._code,
    "equation": WriterV1._equation,
    "divider": WriterV1._divider,
    "child_page": WriterV1._page,
    "child_database": WriterV1._database,
    "column_list": WriterV1._columns,
    "synced_block": WriterV1._synced,
    "table_of_contents": WriterV1._contents,
    "table": WriterV1._table,
}


def _indented(text: str) -> str:
    return "\n".join("\t" + line if line else line for line in text.split("\n"))
