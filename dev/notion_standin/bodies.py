"""Bodies: putting trees of blocks into the workspace, reading them back, trashing them."""

from typing import Any

from dev.notion_standin.errors import invalid
from dev.notion_standin.files import hosted_file
from dev.notion_standin.ids import new_id, read_id
from dev.notion_standin.model import Block, Database, Json, Node, Page, Parent, Tree
from dev.notion_standin.workspace import Workspace


def parent_for(node: Node) -> Parent:
    """Make the parent that a node's children have."""
    return Parent(kind="block_id" if isinstance(node, Block) else "page_id", id=node.id)


def insert_trees(
    workspace: Workspace, above: Node, trees: list[Tree], index: int, actor: str
) -> list[str]:
    """Make blocks of trees under a node from `index` on; gives the ids of the first level."""
    made = [_make(workspace, parent_for(above), tree, actor) for tree in trees]
    above.children[index:index] = made
    if made:
        workspace.touch(above, actor)
        tell_content(workspace, above, made, actor)
    return made


def tell_content(workspace: Workspace, node: Node, changed: list[str], actor: str) -> None:
    """Let the webhooks know that blocks of a page's body changed."""
    page = workspace.page_of(node.id)
    if page is not None:
        workspace.tell("page.content_updated", page.id, actor, blocks=changed)


def _make(workspace: Workspace, parent: Parent, tree: Tree, actor: str) -> str:
    if tree.id is not None and tree.id in workspace.nodes:
        # A page or database that the Markdown names keeps being itself, at its new place.
        node = workspace.nodes[tree.id]
        node.parent, node.in_trash = parent, False
        return tree.id
    now = workspace.clock.now()
    block = Block(
        id=new_id(),
        parent=parent,
        created=now,
        edited=now,
        created_by=actor,
        edited_by=actor,
        type=tree.type,
        content=settle_file(workspace, tree.content),
    )
    workspace.nodes[block.id] = block
    here = Parent(kind="block_id", id=block.id)
    block.children = [_make(workspace, here, child, actor) for child in tree.children]
    return block.id


def settle_file(workspace: Workspace, given: Json) -> Json:
    """Turn an attached upload into a hosted file; anything else stays; raises NotionError."""
    if given.get("type") != "file_upload":
        return given
    found = read_id(given["file_upload"].get("id"), "body.file_upload.id")
    upload = workspace.uploads.get(found)
    if upload is None:
        raise workspace.not_found("file upload", found)
    if upload.status != "uploaded":
        raise invalid(f"File upload {found} has status `{upload.status}` and cannot be attached.")
    hosted = hosted_file(workspace.id, upload.id, upload.filename or "file")
    rest = {k: v for k, v in given.items() if k not in ("type", "file_upload")}
    return {**rest, **hosted}


def read_tree(workspace: Workspace, node: Node) -> list[Tree]:
    """Give the body below a node as trees with ids; what is trashed or unshared is left out."""
    return [_tree(workspace, child) for child in shown_children(workspace, node)]


def _tree(workspace: Workspace, node: Node) -> Tree:
    if isinstance(node, Block):
        return Tree(
            type=node.type,
            content=node.content,
            children=read_tree(workspace, node),
            id=node.id,
        )
    kind = "child_page" if isinstance(node, Page) else "child_database"
    content: Json = {"title": workspace.title_of(node)}
    if isinstance(node, Database):
        content |= {
            "inline": node.is_inline,
            "data_source_id": next(iter(node.data_source_ids), ""),
        }
    return Tree(type=kind, content=content, id=node.id)


def shown_children(workspace: Workspace, node: Node) -> list[Node]:
    """Give the children of a node that the integration sees."""
    source = _synced_source(workspace, node)
    children = (workspace.nodes[child] for child in source.children)
    return [child for child in children if not child.in_trash and workspace.visible(child.id)]


def _synced_source(workspace: Workspace, node: Node) -> Node:
    """Give the original of a synced block that only refers to one; else the node itself."""
    if isinstance(node, Block) and node.type == "synced_block":
        source = node.content.get("synced_from")
        if source and source.get("block_id") in workspace.nodes:
            return workspace.nodes[source["block_id"]]
    return node


def trash(workspace: Workspace, node: Node, actor: str, *, into: bool = True) -> None:
    """Move a node to the trash, or back out of it."""
    if node.in_trash == into:
        return
    node.in_trash = into
    workspace.touch(node, actor)
    word = "deleted" if into else "undeleted"
    if isinstance(node, Block):
        tell_content(workspace, node, [node.id], actor)
        return
    kind = "page" if isinstance(node, Page) else "database"
    workspace.tell(f"{kind}.{word}", node.id, actor)
    if isinstance(node, Database):
        for found in node.data_source_ids:
            workspace.data_sources[found].in_trash = into
            workspace.tell(f"data_source.{word}", found, actor)
    else:
        tell_rows(workspace, node, actor)


def tell_rows(workspace: Workspace, page: Node, actor: str) -> None:
    """Let the webhooks know that a data source has a row more or less."""
    if page.parent.kind == "data_source_id":
        workspace.tell("data_source.content_updated", page.parent.id, actor, blocks=[page.id])


def descendants(workspace: Workspace, node: Node) -> list[Node]:
    """Give everything shown below a node, in reading order, not into child pages."""
    found: list[Node] = []
    for child in shown_children(workspace, node):
        found.append(child)
        if isinstance(child, Block):
            found.extend(descendants(workspace, child))
    return found


def update_block(workspace: Workspace, block: Block, content: Any, actor: str) -> None:
    """Give a block new content of its type."""
    block.content = settle_file(workspace, content)
    workspace.touch(block, actor)
    tell_content(workspace, block, [block.id], actor)
