"""Blocks in requests: what each type may hold (https://developers.notion.com/reference/block)."""

from collections.abc import Callable
from typing import Any

from dev.notion_standin.errors import failed, invalid, one_of
from dev.notion_standin.files import read_file, read_icon
from dev.notion_standin.ids import read_id
from dev.notion_standin.languages import LANGUAGES
from dev.notion_standin.model import Json, Tree
from dev.notion_standin.rich_text import COLORS, NameOf, check_length, read_rich_text

_ARRAY_MAX, _NESTING_MAX, _BLOCKS_MAX, _URL_MAX, _EQUATION_MAX = 100, 2, 1000, 2000, 1000
_TEXT = frozenset(
    """paragraph heading_1 heading_2 heading_3 heading_4 bulleted_list_item numbered_list_item to_do
    toggle quote callout template""".split()
)
_HEADINGS = frozenset(f"heading_{level}" for level in range(1, 5))
MEDIA = frozenset(("image", "video", "audio", "file", "pdf"))
_NO_CHILDREN = MEDIA | frozenset(
    """code equation divider breadcrumb table_of_contents bookmark embed table_row
    link_to_page""".split()
)
_EMPTY = frozenset(("divider", "breadcrumb", "column_list"))
_NEEDS_CHILDREN = frozenset(("table", "column_list", "column"))
# What the API tells of but does not create.
UNSUPPORTED = frozenset(("link_preview", "unsupported", "meeting_notes"))
_TYPES = _TEXT | _NO_CHILDREN | _EMPTY | frozenset(("table", "column", "synced_block"))


def read_children(given: Any, place: str, name_of: NameOf) -> list[Tree]:
    """Check the blocks of a request; raises NotionError where Notion would.

    At most 100 blocks in an array, two levels below the first, 1,000 in all.
    """
    trees = _read_blocks(given, place, name_of, depth=0)
    if count_blocks(trees) > _BLOCKS_MAX:
        raise invalid(
            f"{place.split('.')[0]} failed validation: the number of blocks should be ≤ "
            f"`{_BLOCKS_MAX}`, instead was `{count_blocks(trees)}`."
        )
    return trees


def count_blocks(trees: list[Tree]) -> int:
    """Count blocks with all their descendants."""
    return sum(1 + count_blocks(tree.children) for tree in trees)


def _read_blocks(given: Any, place: str, name_of: NameOf, depth: int) -> list[Tree]:
    if not isinstance(given, list):
        raise failed(place, "an array", given)
    if len(given) > _ARRAY_MAX:
        raise failed(f"{place}.length", f"≤ `{_ARRAY_MAX}`", len(given))
    return [_read_block(one, f"{place}[{n}]", name_of, depth) for n, one in enumerate(given)]


def _read_block(given: Any, place: str, name_of: NameOf, depth: int) -> Tree:
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    kind = given.get("type") or next((name for name in given if name in _TYPES), None)
    if not one_of(kind, _TYPES) or not isinstance(given.get(kind), dict):
        raise failed(f"{place}.{kind or 'type'}", "defined")
    content = given[kind]
    children = content.get("children", given.get("children"))
    trees: list[Tree] = []
    if children:
        if kind in _NO_CHILDREN:
            raise failed(f"{place}.{kind}.children", "not present", "[...]")
        # Rows and columns do not count: a table or a column list could not be made without them.
        deeper = depth if kind in _NEEDS_CHILDREN else depth + 1
        if deeper > _NESTING_MAX:
            raise failed(f"{place}.{kind}.children", "not present", "[...]")
        trees = _read_blocks(children, f"{place}.{kind}.children", name_of, deeper)
    elif kind in _NEEDS_CHILDREN and (children is None or kind != "column"):
        raise failed(f"{place}.{kind}.children", "defined")
    tree = Tree(type=kind, content=read_content(kind, content, f"{place}.{kind}", name_of))
    tree.children = trees
    _check_parts(tree, place)
    return tree


def _check_parts(tree: Tree, place: str) -> None:
    part = {"table": "table_row", "column_list": "column"}.get(tree.type)
    if part and any(child.type != part for child in tree.children):
        raise invalid(f"{place}.{tree.type}.children: every child should be a `{part}`.")
    if tree.type == "table":
        width = tree.content["table_width"]
        if any(len(row.content["cells"]) != width for row in tree.children):
            raise invalid(
                "Number of cells in table row must match the table width of the parent table"
            )


def read_content(
    kind: str, given: Json, place: str, name_of: NameOf, before: Json | None = None
) -> Json:
    """Check one block's own object; `before` is what it holds when it is updated in part."""
    whole = {**(before or {}), **{name: v for name, v in given.items() if name != "children"}}
    if kind in _TEXT:
        return _read_text_block(kind, whole, place, name_of)
    if kind in MEDIA:
        return read_file(whole, place, name_of)
    reader = _READERS.get(kind)
    return reader(whole, place, name_of) if reader else {}


def _read_text_block(kind: str, given: Json, place: str, name_of: NameOf) -> Json:
    if "rich_text" not in given and kind != "paragraph":
        raise failed(f"{place}.rich_text", "defined")
    read: Json = {
        "rich_text": read_rich_text(given.get("rich_text", []), f"{place}.rich_text", name_of)
    }
    if kind == "to_do":
        read["checked"] = _flag(given, "checked", place)
    if kind in _HEADINGS:
        read["is_toggleable"] = _flag(given, "is_toggleable", place)
    if kind == "callout" or given.get("icon"):
        read["icon"] = read_icon(given.get("icon"), f"{place}.icon") or (
            {"type": "emoji", "emoji": "💡"} if kind == "callout" else None
        )
    return read if kind == "template" else {**read, "color": _color(given, place)}


def _flag(given: Json, name: str, place: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise failed(f"{place}.{name}", "a boolean", value)
    return value


def _color(given: Json, place: str) -> str:
    color = given.get("color") or "default"
    if not one_of(color, COLORS):
        raise failed(f"{place}.color", 'a color such as `"default"` or `"gray"`', color)
    return str(color)


def _read_code(given: Json, place: str, name_of: NameOf) -> Json:
    language = given.get("language", "plain text")
    if not one_of(language, LANGUAGES):
        raise failed(f"{place}.language", "a language that Notion knows", language)
    if "rich_text" not in given:
        raise failed(f"{place}.rich_text", "defined")
    return {
        "caption": read_rich_text(given.get("caption", []), f"{place}.caption", name_of),
        "rich_text": read_rich_text(given["rich_text"], f"{place}.rich_text", name_of),
        "language": language,
    }


def _read_link(given: Json, place: str, name_of: NameOf) -> Json:
    return {
        "caption": read_rich_text(given.get("caption", []), f"{place}.caption", name_of),
        "url": check_length(given.get("url"), f"{place}.url", _URL_MAX),
    }


def _read_equation(given: Json, place: str, _name_of: NameOf) -> Json:
    expression = given.get("expression")
    return {"expression": check_length(expression, f"{place}.expression", _EQUATION_MAX)}


def _read_contents(given: Json, place: str, _name_of: NameOf) -> Json:
    return {"color": _color(given, place)}


def _read_table(given: Json, place: str, _name_of: NameOf) -> Json:
    width = given.get("table_width")
    if not isinstance(width, int) or width < 1:
        raise failed(f"{place}.table_width", "a number ≥ `1`", width)
    flags = {n: _flag(given, n, place) for n in ("has_column_header", "has_row_header")}
    return {"table_width": width, **flags}


def _read_row(given: Json, place: str, name_of: NameOf) -> Json:
    cells = given.get("cells")
    if not isinstance(cells, list):
        raise failed(f"{place}.cells", "an array", cells)
    if len(cells) > _ARRAY_MAX:
        raise failed(f"{place}.cells.length", f"≤ `{_ARRAY_MAX}`", len(cells))
    read = [read_rich_text(cell, f"{place}.cells[{n}]", name_of) for n, cell in enumerate(cells)]
    return {"cells": read}


def _read_column(given: Json, place: str, _name_of: NameOf) -> Json:
    ratio = given.get("width_ratio")
    if ratio is not None and not (isinstance(ratio, int | float) and 0 < ratio <= 1):
        raise failed(f"{place}.width_ratio", "a number between `0` and `1`", ratio)
    return {} if ratio is None else {"width_ratio": ratio}


def _read_synced(given: Json, place: str, _name_of: NameOf) -> Json:
    source = given.get("synced_from")
    if source is None:
        return {"synced_from": None}
    if not isinstance(source, dict):
        raise failed(f"{place}.synced_from", "an object or `null`", source)
    found = read_id(source.get("block_id"), f"{place}.synced_from.block_id")
    return {"synced_from": {"type": "block_id", "block_id": found}}


def _read_link_to_page(given: Json, place: str, _name_of: NameOf) -> Json:
    for kind in ("page_id", "database_id", "comment_id"):
        if kind in given:
            return {"type": kind, kind: read_id(given[kind], f"{place}.{kind}")}
    raise failed(f"{place}.page_id", "defined")


_READERS: dict[str, Callable[[Json, str, NameOf], Json]] = {
    "code": _read_code,
    "equation": _read_equation,
    "bookmark": _read_link,
    "embed": _read_link,
    "table_of_contents": _read_contents,
    "table": _read_table,
    "table_row": _read_row,
    "column": _read_column,
    "synced_block": _read_synced,
    "link_to_page": _read_link_to_page,
}
