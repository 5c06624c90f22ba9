"""What people do in Notion's app, while the connection is not looking."""

from collections.abc import Callable

from dev.notion_standin.block_shapes import UNSUPPORTED, read_children
from dev.notion_standin.bodies import insert_trees, trash
from dev.notion_standin.errors import NotionError, invalid
from dev.notion_standin.ids import new_id, read_id
from dev.notion_standin.markdown.documents import read_markdown
from dev.notion_standin.markdown.writing import PageEdit, settle_contained
from dev.notion_standin.model import DataSource, Json, Node, Page, Parent, Tree, User
from dev.notion_standin.orders import EditOrder
from dev.notion_standin.records import (
    create_page,
    move_page,
    read_parent,
    read_properties,
    set_values,
)
from dev.notion_standin.rich_text import text_item
from dev.notion_standin.routes.comments import add_comment
from dev.notion_standin.tables import create_database, update_schema
from dev.notion_standin.workspace import Workspace

Action = Callable[[Workspace, EditOrder, str], Json]


class People:
    """Carries out the edits of people; unlike the connection they see everything."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def carry_out(self, order: EditOrder) -> Json:
        """Do what an order says; gives the ids it touched; raises NotionError."""
        workspace = self._workspace
        actor = self.user(order.user).id
        # A person is not bound by what is shared with the connection.
        workspace.unbound = True
        try:
            return _ACTIONS[order.action](workspace, order, actor)
        finally:
            workspace.unbound = False

    def user(self, wanted: str | None) -> User:
        """Find a person by id or name, or make one of that name; the seed's if None."""
        workspace = self._workspace
        if wanted is None:
            return workspace.person
        for user in workspace.users.values():
            if wanted in (user.id, user.name):
                return user
        made = User(
            id=new_id(),
            name=wanted,
            type="person",
            email=f"{wanted.lower().replace(' ', '.')}@example.com",
        )
        workspace.users[made.id] = made
        return made


def _node(workspace: Workspace, order: EditOrder) -> Node:
    found = read_id(order.id, "body.id")
    if found not in workspace.nodes:
        raise workspace.not_found("page", found)
    return workspace.nodes[found]


def _page(workspace: Workspace, order: EditOrder) -> Page:
    return workspace.page(read_id(order.id, "body.id"))


def _markdown(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    page = _page(workspace, order)
    edit = PageEdit(workspace, page, order.markdown_version, actor, allow=True)
    if order.blocks is not None:
        insert_trees(workspace, page, _any_blocks(workspace, order), len(page.children), actor)
    elif order.old_str is not None:
        if order.old_str not in edit.text:
            raise invalid("body.old_str was not found in the page content.")
        edit.become(edit.text.replace(order.old_str, order.new_str or "", 1))
    else:
        edit.become(order.markdown or "")
    return {"id": page.id}


def _any_blocks(workspace: Workspace, order: EditOrder) -> list[Tree]:
    """Read blocks, also of the types that the API tells of but does not create."""
    trees: list[Tree] = []
    for block in order.blocks or []:
        kind = block.get("type", "")
        if kind in UNSUPPORTED:
            trees.append(Tree(type=kind, content=block.get(kind) or {}))
        else:
            trees += read_children([block], "body.blocks", workspace.name_of)
    return trees


def _properties(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    page = _page(workspace, order)
    source = workspace.data_sources.get(page.parent.id)
    values = read_properties(workspace, source, order.properties or {})
    if order.title is not None:
        values["title"] = [text_item(order.title)]
    set_values(workspace, page, values, actor)
    return {"id": page.id}


def _schema(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    source = workspace.data_source(read_id(order.id, "body.id"))
    update_schema(workspace, source, order.properties or {}, actor)
    return {"id": source.id}


def _create(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    parent = read_parent(workspace, order.parent or {"page_id": workspace.root_id})
    source = workspace.data_sources.get(parent.id)
    properties = dict(order.properties or {})
    if order.title is not None:
        properties[_title_name(source)] = {"title": [{"text": {"content": order.title}}]}
    page = create_page(workspace, parent, properties, [], actor)
    trees, _ = read_markdown(workspace, order.markdown or "", order.markdown_version)
    settle_contained(workspace, page, trees, actor)
    insert_trees(workspace, page, trees, 0, actor)
    return {"id": page.id}


def _title_name(source: DataSource | None) -> str:
    if source is None:
        return "title"
    return next(found.name for found in source.schema.values() if found.type == "title")


def _create_database(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    parent = read_parent(workspace, order.parent or {"page_id": workspace.root_id})
    fields: Json = {"title": [text_item(order.title or "Untitled")]}
    made = create_database(workspace, parent, fields, order.properties, actor)
    return {"id": made.id, "data_source_id": made.data_source_ids[0]}


def _trash(into: bool) -> Action:
    def act(workspace: Workspace, order: EditOrder, actor: str) -> Json:
        node = _node(workspace, order)
        trash(workspace, node, actor, into=into)
        return {"id": node.id}

    return act


def _archive(into: bool) -> Action:
    def act(workspace: Workspace, order: EditOrder, actor: str) -> Json:
        page = _page(workspace, order)
        page.is_archived = into
        workspace.touch(page, actor)
        return {"id": page.id}

    return act


def _lock(into: bool) -> Action:
    def act(workspace: Workspace, order: EditOrder, actor: str) -> Json:
        page = _page(workspace, order)
        page.is_locked = into
        workspace.touch(page, actor)
        workspace.tell("page.locked" if into else "page.unlocked", page.id, actor)
        return {"id": page.id}

    return act


def _move(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    page = _page(workspace, order)
    move_page(workspace, page, read_parent(workspace, order.parent), actor)
    return {"id": page.id}


def _share(into: bool) -> Action:
    def act(workspace: Workspace, order: EditOrder, _actor: str) -> Json:
        found = read_id(order.id, "body.id")
        if found not in workspace.nodes and found not in workspace.data_sources:
            raise workspace.not_found("page", found)
        (workspace.hidden.discard if into else workspace.hidden.add)(found)
        workspace.revision += 1
        return {"id": found}

    return act


def _comment(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    node = _node(workspace, order)
    kind = "page_id" if isinstance(node, Page) else "block_id"
    parent = Parent(kind="page_id" if kind == "page_id" else "block_id", id=node.id)
    text = [text_item(order.text or "")]
    return {"id": add_comment(workspace, parent, text, actor, None).id}


def _delete_forever(workspace: Workspace, order: EditOrder, actor: str) -> Json:
    """Empty the trash of one page: from then on it is not found, as one never made."""
    node = _node(workspace, order)
    if not node.in_trash:
        trash(workspace, node, actor)
    del workspace.nodes[node.id]
    source = workspace.data_sources.get(node.parent.id)
    if source is not None:
        source.rows.pop(node.id, None)
    above = workspace.nodes.get(node.parent.id)
    if above is not None and node.id in above.children:
        above.children.remove(node.id)
    workspace.revision += 1
    return {"id": node.id}


_ACTIONS: dict[str, Action] = {
    "markdown": _markdown,
    "properties": _properties,
    "schema": _schema,
    "create": _create,
    "create_database": _create_database,
    "trash": _trash(True),
    "restore": _trash(False),
    "archive": _archive(True),
    "unarchive": _archive(False),
    "lock": _lock(True),
    "unlock": _lock(False),
    "move": _move,
    "share": _share(True),
    "unshare": _share(False),
    "comment": _comment,
    "delete_forever": _delete_forever,
}


def refusal(error: NotionError) -> Json:
    """Build the control address's answer to an edit that cannot be made."""
    return {"code": error.code, "message": error.message}
