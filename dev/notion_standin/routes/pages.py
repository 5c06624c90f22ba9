"""Pages and their properties (https://developers.notion.com/reference/page)."""

from typing import Any
from urllib.parse import quote, unquote

from dev.notion_standin.block_shapes import read_children
from dev.notion_standin.bodies import settle_file, trash
from dev.notion_standin.call import Call, Route
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.files import read_cover, read_icon
from dev.notion_standin.markdown.writing import create_from_markdown
from dev.notion_standin.model import Json, Page, Property
from dev.notion_standin.properties import show_property, value_of
from dev.notion_standin.query import cut
from dev.notion_standin.records import (
    create_page,
    move_page,
    read_parent,
    read_properties,
    set_values,
)
from dev.notion_standin.schema import find_property
from dev.notion_standin.show import NEW_VERSION

_LISTED = frozenset(("title", "rich_text", "people", "relation"))


def _create(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    if body.get("markdown") is not None:
        return call.show.page(create_from_markdown(call))
    if "markdown_version" in body:
        raise invalid("body.markdown_version can only be sent together with body.markdown.")
    parent = read_parent(workspace, body.get("parent"))
    children = body.get("children", body.get("content"))
    trees = read_children(children, "body.children", workspace.name_of) if children else []
    page = create_page(
        workspace,
        parent,
        body.get("properties"),
        trees,
        call.actor,
        icon=read_icon(body.get("icon"), "body.icon"),
        cover=read_cover(body.get("cover"), "body.cover"),
    )
    return call.show.page(page)


def _get(call: Call) -> Json:
    return call.show.page(call.workspace.page(call.id("page_id")), call.only_properties())


def _update(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    page = workspace.page(call.id("page_id"))
    _check_flags(call)
    into = body.get("in_trash", body.get("archived"))
    if into is not False:
        workspace.check_editable(page)
    source = workspace.data_sources.get(page.parent.id)
    values = read_properties(workspace, source, body.get("properties"))
    icon, cover = (
        read_icon(body.get("icon"), "body.icon"),
        read_cover(body.get("cover"), "body.cover"),
    )
    if into is not None:
        trash(workspace, page, call.actor, into=into)
    if values:
        set_values(workspace, page, values, call.actor)
    if "icon" in body:
        page.icon = icon and settle_file(workspace, icon)
        workspace.touch(page, call.actor)
    if "cover" in body:
        page.cover = cover and settle_file(workspace, cover)
        workspace.touch(page, call.actor)
    _update_state(call, page)
    return call.show.page(page)


def _check_flags(call: Call) -> None:
    if call.version == NEW_VERSION:
        call.refuse("archived")
    for name in ("in_trash", "archived", "is_archived", "is_locked", "erase_content"):
        if name in call.body and not isinstance(call.body[name], bool):
            raise failed(f"body.{name}", "a boolean", call.body[name])


def _update_state(call: Call, page: Page) -> None:
    workspace, body = call.workspace, call.body
    if "is_archived" in body and body["is_archived"] != page.is_archived:
        page.is_archived = body["is_archived"]
        workspace.touch(page, call.actor)
    if "is_locked" in body and body["is_locked"] != page.is_locked:
        page.is_locked = body["is_locked"]
        workspace.touch(page, call.actor)
        workspace.tell("page.locked" if page.is_locked else "page.unlocked", page.id, call.actor)
    if body.get("erase_content"):
        for child in list(page.children):
            trash(workspace, workspace.nodes[child], call.actor)


def _move(call: Call) -> Json:
    workspace = call.workspace
    page = workspace.page(call.id("page_id"))
    workspace.check_editable(page)
    move_page(workspace, page, read_parent(workspace, call.body.get("parent")), call.actor)
    return call.show.page(page)


def _property(call: Call) -> Json:
    workspace = call.workspace
    page = workspace.page(call.id("page_id"))
    wanted = unquote(call.path["property_id"])
    source = workspace.data_sources.get(page.parent.id)
    found = find_property(source, wanted) if source else _title_only(wanted)
    if found is None:
        raise invalid(f"Could not find property with id: {wanted}")
    if found.type == "rollup" or found.type in _LISTED:
        return _property_list(call, page, found)
    shown = show_property(workspace, page, found, whole=True)
    return {"object": "property_item", "type": found.type, "id": found.id,
            found.type: shown[found.type]}  # fmt: skip


def _title_only(wanted: str) -> Property | None:
    return (
        Property(id="title", name="title", type="title", config={}) if wanted == "title" else None
    )


def _property_list(call: Call, page: Page, found: Property) -> Json:
    value: Any = value_of(call.workspace, page, found)
    items = value
    summary: Json = {}
    kind = found.type
    if found.type == "rollup":
        items = value.get("array", [])
        summary = {**value, "array": []} if "array" in value else value
    names = [str(number) for number in range(len(items))]
    chosen, following = cut(names, call.cursor(), call.size())
    results: list[Json] = []
    for one in chosen:
        item = items[int(one)]
        inner = item["type"] if kind == "rollup" else kind
        shown = item[inner] if kind == "rollup" else item
        results.append({"object": "property_item", "type": inner, "id": found.id, inner: shown})
    base = f"https://api.notion.com/v1/pages/{page.id}/properties/{quote(found.id, safe='%')}"
    return {
        **call.listing(results, following, "property_item"),
        "property_item": {
            "id": found.id,
            "next_url": f"{base}?start_cursor={following}" if following else None,
            "type": kind,
            kind: summary,
        },
    }


ROUTES = [
    Route(method="POST", pattern="/v1/pages", handler=_create, needs="insert_content"),
    Route(method="GET", pattern="/v1/pages/{page_id}", handler=_get, needs="read_content"),
    Route(method="PATCH", pattern="/v1/pages/{page_id}", handler=_update, needs="update_content"),
    Route(method="POST", pattern="/v1/pages/{page_id}/move", handler=_move, needs="update_content"),
    Route(
        method="GET",
        pattern="/v1/pages/{page_id}/properties/{property_id}",
        handler=_property,
        needs="read_content",
    ),
]
