"""Comments and discussions (https://developers.notion.com/reference/comment-object)."""

from typing import Any

from dev.notion_standin.call import Call, Route
from dev.notion_standin.errors import failed
from dev.notion_standin.ids import new_id, read_id
from dev.notion_standin.markdown.inline import read_inline
from dev.notion_standin.model import Block, Comment, Json, Parent
from dev.notion_standin.query import cut
from dev.notion_standin.rich_text import read_rich_text
from dev.notion_standin.workspace import Workspace


def add_comment(
    workspace: Workspace, parent: Parent, rich_text: list[Json], actor: str, discussion: str | None
) -> Comment:
    """Comment on a page or block, in a discussion or a new one."""
    now = workspace.clock.now()
    page = workspace.page_of(parent.id)
    comment = Comment(
        id=new_id(),
        parent=parent,
        page_id=page.id if page else parent.id,
        discussion_id=discussion or new_id(),
        created=now,
        edited=now,
        created_by=actor,
        rich_text=rich_text,
    )
    workspace.comments[comment.id] = comment
    _tell(workspace, "comment.created", comment, actor)
    return comment


def _tell(workspace: Workspace, change: str, comment: Comment, actor: str) -> None:
    kind = "block" if comment.parent.kind == "block_id" else "page"
    data = {"page_id": comment.page_id, "parent": {"id": comment.parent.id, "type": kind}}
    workspace.tell(change, comment.id, actor, comment=[data])


def _create(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    text = _text(call)
    if body.get("discussion_id") is not None:
        discussion = read_id(body["discussion_id"], "body.discussion_id")
        first = next(
            (c for c in workspace.comments.values() if c.discussion_id == discussion), None
        )
        if first is None or not workspace.visible(first.page_id):
            raise workspace.not_found("discussion", discussion)
        return call.show.comment(add_comment(workspace, first.parent, text, call.actor, discussion))
    return call.show.comment(add_comment(workspace, _parent(call), text, call.actor, None))


def _text(call: Call) -> list[Json]:
    markdown = call.body.get("markdown")
    if isinstance(markdown, str):
        return read_inline(markdown, call.body.get("markdown_version", "v1"), call.workspace)
    if "rich_text" not in call.body:
        raise failed("body.rich_text", "defined")
    return read_rich_text(call.body["rich_text"], "body.rich_text", call.workspace.name_of)


def _parent(call: Call) -> Parent:
    given: Any = call.body.get("parent")
    if not isinstance(given, dict):
        raise failed("body.parent", "defined")
    if "page_id" in given:
        page = call.workspace.page(read_id(given["page_id"], "body.parent.page_id"))
        call.workspace.check_editable(page)
        return Parent(kind="page_id", id=page.id)
    node = call.workspace.node(read_id(given.get("block_id"), "body.parent.block_id"))
    call.workspace.check_editable(node)
    return Parent(kind="block_id" if isinstance(node, Block) else "page_id", id=node.id)


def _list(call: Call) -> Json:
    node = call.workspace.node(read_id(call.one("block_id"), "query.block_id"))
    known = {c.id: c for c in call.workspace.comments.values() if c.parent.id == node.id}
    ids, following = cut(list(known), call.cursor(), call.size())
    return call.listing([call.show.comment(known[one]) for one in ids], following, "comment")


def _find(call: Call) -> Comment:
    found = call.id("comment_id")
    comment = call.workspace.comments.get(found)
    if comment is None or not call.workspace.visible(comment.page_id):
        raise call.workspace.not_found("comment", found)
    return comment


def _get(call: Call) -> Json:
    return call.show.comment(_find(call))


def _update(call: Call) -> Json:
    comment = _find(call)
    comment.rich_text = _text(call)
    comment.edited = call.workspace.clock.now()
    _tell(call.workspace, "comment.updated", comment, call.actor)
    return call.show.comment(comment)


def _delete(call: Call) -> Json:
    comment = _find(call)
    shown = call.show.comment(comment)
    _tell(call.workspace, "comment.deleted", comment, call.actor)
    del call.workspace.comments[comment.id]
    return shown


ROUTES = [
    Route(method="POST", pattern="/v1/comments", handler=_create, needs="insert_comments"),
    Route(method="GET", pattern="/v1/comments", handler=_list, needs="read_comments"),
    Route(method="GET", pattern="/v1/comments/{comment_id}", handler=_get, needs="read_comments"),
    Route(
        method="PATCH",
        pattern="/v1/comments/{comment_id}",
        handler=_update,
        needs="insert_comments",
    ),
    Route(
        method="DELETE",
        pattern="/v1/comments/{comment_id}",
        handler=_delete,
        needs="insert_comments",
    ),
]
