"""Blocks and their children (https://developers.notion.com/reference/block)."""

from typing import Any

from dev.notion_standin.block_shapes import read_children, read_content
from dev.notion_standin.bodies import insert_trees, shown_children, trash, update_block
from dev.notion_standin.call import Call, Route
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.ids import read_id
from dev.notion_standin.model import Block, Database, Json, Node, Page
from dev.notion_standin.query import cut, cut_from
from dev.notion_standin.records import set_values
from dev.notion_standin.rich_text import text_item
from dev.notion_standin.show import NEW_VERSION

_LEAVES = frozenset(
    """code equation divider breadcrumb table_of_contents bookmark embed table_row image video audio
    file pdf link_preview link_to_page unsupported""".split()
)


def _get(call: Call) -> Json:
    return call.show.block(call.workspace.node(call.id("block_id")))


def _update(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    node = workspace.node(call.id("block_id"))
    if call.version == NEW_VERSION:
        call.refuse("archived")
    into = body.get("in_trash", body.get("archived"))
    if into is not None and not isinstance(into, bool):
        raise failed("body.in_trash", "a boolean", into)
    if into is not False:
        workspace.check_editable(node)
    _update_content(call, node)
    if into is not None:
        trash(workspace, node, call.actor, into=into)
    return call.show.block(node)


def _update_content(call: Call, node: Node) -> None:
    given = {k: v for k, v in call.body.items() if k not in ("in_trash", "archived", "object")}
    kind = given.pop("type", None) or next(iter(given), None)
    if kind is None:
        return
    if not isinstance(node, Block):
        _rename(call, node, given)
        return
    if kind != node.type or not isinstance(given.get(kind), dict):
        raise invalid(
            f"Block type cannot be changed. Expected `{node.type}`, instead was `{kind}`."
        )
    place, name_of = f"body.{kind}", call.workspace.name_of
    content = read_content(kind, given[kind], place, name_of, before=node.content)
    update_block(call.workspace, node, content, call.actor)


def _rename(call: Call, node: Node, given: Json) -> None:
    if isinstance(node, Page) and isinstance(given.get("child_page"), dict):
        title = [text_item(str(given["child_page"].get("title", "")))]
        set_values(call.workspace, node, {"title": title}, call.actor)


def _delete(call: Call) -> Json:
    node = call.workspace.node(call.id("block_id"))
    call.workspace.check_editable(node)
    if node.id == call.workspace.root_id:
        raise invalid("Archiving workspace level pages via API not supported.")
    trash(call.workspace, node, call.actor)
    return call.show.block(node)


def _children(call: Call) -> Json:
    node = call.workspace.node(call.id("block_id"))
    known = {child.id: child for child in shown_children(call.workspace, node)}
    ids, following = cut(list(known), call.cursor(), call.size())
    return call.listing([call.show.block(known[one]) for one in ids], following, "block")


def _append(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    node = workspace.node(call.id("block_id"))
    workspace.check_editable(node)
    if isinstance(node, Database) or (isinstance(node, Block) and node.type in _LEAVES):
        raise invalid("Block does not support children.")
    if "children" not in body:
        raise failed("body.children", "defined")
    trees = read_children(body["children"], "body.children", workspace.name_of)
    index, after = _index(call, node)
    made = insert_trees(workspace, node, trees, index, call.actor)
    call.committed = made
    if after is None:
        return call.listing([call.show.block(workspace.nodes[one]) for one in made], None, "block")
    # Behind a block, Notion tells the new blocks and all that now follow them.
    shown = [child.id for child in shown_children(workspace, node)]
    start = shown.index(made[0]) if made else len(shown)
    ids, following = cut_from(shown, start, 100)
    return call.listing([call.show.block(workspace.nodes[one]) for one in ids], following, "block")


def _index(call: Call, node: Node) -> tuple[int, str | None]:
    """Give where new children go, and the block they go behind, if one was named."""
    position: Any = call.body.get("position")
    if call.version == NEW_VERSION:
        call.refuse("after")
    after = call.body.get("after")
    if isinstance(position, dict):
        kind = position.get("type")
        if kind == "start":
            return 0, None
        if kind == "after_block":
            block = position.get("after_block")
            after = block.get("id") if isinstance(block, dict) else block
            if after is None:
                raise failed("body.position.after_block.id", "defined")
        elif kind != "end":
            raise failed("body.position.type", '`"after_block"`, `"start"` or `"end"`', kind)
    if after is None:
        return len(node.children), None
    found = read_id(after, "body.after")
    if found not in node.children:
        raise invalid(f"Block with ID {found} is not a child of the parent block {node.id}.")
    return node.children.index(found) + 1, found


ROUTES = [
    Route(method="GET", pattern="/v1/blocks/{block_id}", handler=_get, needs="read_content"),
    Route(method="PATCH", pattern="/v1/blocks/{block_id}", handler=_update, needs="update_content"),
    Route(
        method="DELETE", pattern="/v1/blocks/{block_id}", handler=_delete, needs="update_content"
    ),
    Route(
        method="GET",
        pattern="/v1/blocks/{block_id}/children",
        handler=_children,
        needs="read_content",
    ),
    Route(
        method="PATCH",
        pattern="/v1/blocks/{block_id}/children",
        handler=_append,
        needs="insert_content",
    ),
]
