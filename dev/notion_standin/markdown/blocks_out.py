"""Block trees to Notion-flavored Markdown (v2)."""

import html
import re
from collections.abc import Callable

from dev.notion_standin.markdown.inline import write_inline
from dev.notion_standin.markdown.inline_in import V2
from dev.notion_standin.markdown.inline_out import guard_start
from dev.notion_standin.markdown.tags import color_out, page_address, write_attributes
from dev.notion_standin.model import Json, Tree
from dev.notion_standin.rich_text import plain

_LISTS = {"bulleted_list_item": "b", "to_do": "b", "numbered_list_item": "n"}
UNKNOWN = frozenset(
    "breadcrumb template link_preview link_to_page unsupported meeting_notes unknown".split()
)
MEDIA = frozenset(("video", "audio", "file", "pdf"))
UrlOf = Callable[[Json], str]


class Writer:
    """Writes one body; `url_of` gives the address of a file, `home` the page's id.

    `unknown` collects the ids of blocks that Markdown cannot carry.
    """

    def __init__(self, home: str, url_of: UrlOf) -> None:
        self._home, self._url_of = home, url_of
        self.unknown: list[str] = []

    def write(self, trees: list[Tree]) -> str:
        """Write blocks, a blank line between them; items of one list follow line by line."""
        written, number, last = "", 0, ""
        for tree in trees:
            run = _LISTS.get(tree.type, "") if _simple_item(tree) else ""
            number = number + 1 if tree.type == "numbered_list_item" else 0
            text = self.block(tree, number)
            if written:
                written += "\n" if run and run == last else "\n\n"
            written, last = written + text, run
        return written

    def block(self, tree: Tree, number: int = 1) -> str:
        """Write one block with its children; `number` is its place in a numbered list."""
        if tree.type in UNKNOWN:
            return self._unknown(tree)
        if tree.type in _LISTS and _simple_item(tree):
            return self._item(tree, number)
        writer = _WRITERS.get(tree.type, Writer._text)
        return writer(self, tree)

    def _unknown(self, tree: Tree) -> str:
        if tree.type == "unknown":
            url = tree.content.get("url", "")
            alt = tree.content.get("alt", "")
        else:
            url = f"{page_address(self._home)}#{(tree.id or '').replace('-', '')}"
            alt = tree.type
        if tree.id is not None:
            self.unknown.append(tree.id)
        return f"<unknown{write_attributes({'url': url, 'alt': alt})}/>"

    def _item(self, tree: Tree, number: int) -> str:
        mark = {"bulleted_list_item": "-", "numbered_list_item": f"{number}."}.get(
            tree.type, "- [ ]"
        )
        if tree.type == "to_do" and tree.content.get("checked"):
            mark = "- [x]"
        text = f"{mark} {guard_start(_one_line(tree))}".rstrip(" ")
        if not tree.children:
            return text
        # A tab is four columns: from a hundred on, the text stands further in than that.
        tab = "\t" if number < 100 else "\t\t"
        gap = "\n" if _follows_at_once(tree.children[0]) else "\n\n"
        return text + gap + _indented(self.write(tree.children), tab)

    def _text(self, tree: Tree) -> str:
        kind, color = tree.type, tree.content.get("color")
        text = write_inline(tree.content.get("rich_text", []), V2)
        if kind == "paragraph":
            plain_form = not tree.children and color in (None, "default")
            return text if plain_form and text else self._tag("p", {}, tree)
        if kind == "quote" and not tree.children and color in (None, "default") and text:
            return "> " + text.replace("\n", "\n> ")
        tags = {"quote": "quote", "toggle": "toggle", "bulleted_list_item": "li",
                "numbered_list_item": "li"}  # fmt: skip
        if kind in ("bulleted_list_item", "numbered_list_item"):
            outer = "ul" if kind.startswith("b") else "ol"
            return f"<{outer}>\n{self._tag('li', {}, tree)}\n</{outer}>"
        return self._tag(tags.get(kind, "p"), {}, tree)

    def _tag(self, tag: str, given: dict[str, str | None], tree: Tree) -> str:
        attributes = write_attributes({**given, "color": color_out(tree.content.get("color"))})
        text = write_inline(tree.content.get("rich_text", []), V2)
        if not text and not tree.children and tag == "p":
            return f"<p{attributes} />"
        if not text:
            text = "" if tag in _RAW else "<p />"
        if not tree.children:
            return f"<{tag}{attributes}>\n{text}\n</{tag}>"
        return f"<{tag}{attributes}>\n{text}\n\n{self.write(tree.children)}\n</{tag}>"

    def _heading(self, tree: Tree) -> str:
        level = tree.type[-1]
        if tree.content.get("is_toggleable"):
            return self._tag("toggle", {"heading": f"h{level}"}, tree)
        if tree.children or color_out(tree.content.get("color")):
            return self._tag(f"h{level}", {}, tree)
        text = re.sub(r"#(?=#*$)", r"\\#", _one_line(tree))
        return f"{'#' * int(level)} {text}".rstrip(" ")

    def _to_do(self, tree: Tree) -> str:
        return self._tag(
            "todo", {"checked": "true" if tree.content.get("checked") else "false"}, tree
        )

    def _callout(self, tree: Tree) -> str:
        icon = tree.content.get("icon") or {}
        return self._tag("callout", {"icon": icon.get("emoji")}, tree)

    def _code(self, tree: Tree) -> str:
        code = plain(tree.content["rich_text"])
        longest = max((len(run) for run in re.findall("`+", code)), default=0)
        fence = "`" * max(3, longest + 1)
        language = tree.content.get("language", "plain text")
        info = "" if language == "plain text" else language
        return f"{fence}{info}\n{code}\n{fence}" if code else f"{fence}{info}\n{fence}"

    def _equation(self, tree: Tree) -> str:
        expression = re.sub(r"\n\s*\n", "\n", tree.content["expression"]).strip("\n")
        return f"$$\n{expression}\n$$"

    def _media(self, tree: Tree) -> str:
        url, caption = self._url_of(tree.content), _caption(tree)
        if tree.type == "image":
            return f"![{caption}]({_image_address(url)})"
        return f"<{tree.type}{write_attributes({'source': url})}>{caption}</{tree.type}>"

    def _link(self, tree: Tree) -> str:
        tag = tree.type
        return f"<{tag}{write_attributes({'source': tree.content['url']})}>{_caption(tree)}</{tag}>"

    def _page(self, tree: Tree) -> str:
        address = write_attributes({"url": page_address(tree.id or "")})
        return f"<page{address}>{_label(tree.content['title'])}</page>"

    def _database(self, tree: Tree) -> str:
        given = {
            "url": page_address(tree.id or ""),
            "data-source-url": f"collection://{tree.content.get('data_source_id', '')}",
            "inline": "true" if tree.content.get("inline") else "false",
        }
        return f"<database{write_attributes(given)}>{_label(tree.content['title'])}</database>"

    def _columns(self, tree: Tree) -> str:
        return "\n".join(["<columns>", *(self._column(one) for one in tree.children), "</columns>"])

    def _column(self, tree: Tree) -> str:
        ratio = tree.content.get("width_ratio")
        given = {"ratio": None if ratio is None else f"{ratio * 100:g}"}
        return f"<column{write_attributes(given)}>\n{self.write(tree.children)}\n</column>"

    def _synced(self, tree: Tree) -> str:
        source = tree.content.get("synced_from")
        tag = "synced-block-reference" if source else "synced-block"
        found = source["block_id"] if source else tree.id
        url = f"{page_address(self._home)}#{found.replace('-', '')}" if found else None
        body = self.write(tree.children)
        return f"<{tag}{write_attributes({'url': url})}>\n{body}\n</{tag}>"

    def _contents(self, tree: Tree) -> str:
        color = write_attributes({"color": color_out(tree.content.get("color"))})
        return f"<table-of-contents{color} />"

    def _table(self, tree: Tree) -> str:
        rows = [[_cell(cell) for cell in row.content["cells"]] for row in tree.children]
        if tree.content.get("has_column_header") and not tree.content.get("has_row_header"):
            piped = ["| " + " | ".join(c.replace("|", r"\|") for c in row) + " |" for row in rows]
            rule = "| " + " | ".join("---" for _ in range(tree.content["table_width"])) + " |"
            return "\n".join([piped[0], rule, *piped[1:]]) if piped else ""
        given = {
            "header-row": "true" if tree.content.get("has_column_header") else "false",
            "header-column": "true" if tree.content.get("has_row_header") else "false",
        }
        lines = [f"<table{write_attributes(given)}>"]
        for row in rows:
            lines += ["<tr>", *(f"<td>{cell}</td>" for cell in row), "</tr>"]
        return "\n".join([*lines, "</table>"])

    def _divider(self, _tree: Tree) -> str:
        return "---"


_RAW = frozenset(("p", "h1", "h2", "h3", "h4"))
_WRITERS: dict[str, Callable[[Writer, Tree], str]] = {
    **{f"heading_{level}": Writer._heading for level in range(1, 5)},
    **dict.fromkeys(("image", *MEDIA), Writer._media),
    **dict.fromkeys(("bookmark", "embed"), Writer._link),
    "to_do": Writer._to_do,
    "callout": Writer._callout,
    "code": Writer._code,
    "equation": Writer._equation,
    "child_page": Writer._page,
    "child_database": Writer._database,
    "column_list": Writer._columns,
    "column": Writer._column,
    "synced_block": Writer._synced,
    "table_of_contents": Writer._contents,
    "table": Writer._table,
    "divider": Writer._divider,
}


def _simple_item(tree: Tree) -> bool:
    """Tell whether a block is a list item that its Markdown mark can carry."""
    if tree.type not in _LISTS or color_out(tree.content.get("color")):
        return False
    return not tree.children or bool(_one_line(tree))


def _follows_at_once(tree: Tree) -> bool:
    """Tell whether a first child may stand on the next line: an empty item may not."""
    return _simple_item(tree) and (tree.type == "to_do" or bool(_one_line(tree)))


def _one_line(tree: Tree) -> str:
    return write_inline(tree.content["rich_text"], V2, one_line=True)


def _cell(cell: list[Json]) -> str:
    return write_inline(cell, V2, one_line=True)


def _caption(tree: Tree) -> str:
    return write_inline(tree.content.get("caption", []), V2, one_line=True)


def _label(title: str) -> str:
    return html.escape(title.replace("\n", " "), quote=False)


def _image_address(url: str) -> str:
    if re.fullmatch(r"[^\s()<>\\]+", url):
        return url
    return "<" + re.sub(r"[\\<>]", r"\\\g<0>", url.replace("\n", "")) + ">"


def _indented(text: str, tab: str) -> str:
    return "\n".join(tab + line if line else line for line in text.split("\n"))
