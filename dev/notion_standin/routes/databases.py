"""Databases (https://developers.notion.com/reference/database)."""

from dev.notion_standin.bodies import settle_file, trash
from dev.notion_standin.call import Call, Route
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.files import read_cover, read_icon
from dev.notion_standin.model import Database, Json
from dev.notion_standin.records import read_parent
from dev.notion_standin.rich_text import read_rich_text
from dev.notion_standin.show import NEW_VERSION
from dev.notion_standin.tables import create_database


def _create(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    parent = read_parent(workspace, body.get("parent"))
    if parent.kind == "data_source_id":
        raise failed("body.parent.page_id", "defined")
    initial = body.get("initial_data_source")
    if initial is not None and not isinstance(initial, dict):
        raise failed("body.initial_data_source", "an object", initial)
    if "properties" in body:
        raise failed("body.properties", "not present; use `initial_data_source.properties`", {})
    properties = (initial or {}).get("properties")
    made = create_database(workspace, parent, fields_of(call), properties, call.actor)
    return call.show.database(made)


def fields_of(call: Call) -> Json:
    """Check the attributes of a database or data source that a body names."""
    workspace, body = call.workspace, call.body
    fields: Json = {}
    for name in ("title", "description"):
        if name in body:
            fields[name] = read_rich_text(body[name], f"body.{name}", workspace.name_of)
    if "icon" in body:
        icon = read_icon(body["icon"], "body.icon")
        fields["icon"] = icon and settle_file(workspace, icon)
    if "cover" in body:
        cover = read_cover(body["cover"], "body.cover")
        fields["cover"] = cover and settle_file(workspace, cover)
    for name in ("is_inline", "is_locked"):
        if name in body:
            if not isinstance(body[name], bool):
                raise failed(f"body.{name}", "a boolean", body[name])
            fields[name] = body[name]
    return fields


def _get(call: Call) -> Json:
    return call.show.database(_find(call))


def _find(call: Call) -> Database:
    """Find a database; a page's or data source's id is told apart, as Notion does."""
    found = call.id("database_id")
    if found in call.workspace.data_sources:
        raise call.workspace.not_found("database", found)
    if found in call.workspace.nodes and not isinstance(call.workspace.nodes[found], Database):
        raise invalid(
            f"Provided ID {found} is a page, not a database. Use the retrieve page API instead."
        )
    return call.workspace.database(found)


def _update(call: Call) -> Json:
    workspace = call.workspace
    found = _find(call)
    if call.version == NEW_VERSION:
        call.refuse("archived")
    into = call.body.get("in_trash", call.body.get("archived"))
    if into is not False:
        workspace.check_editable(found)
    for name, value in fields_of(call).items():
        setattr(found, name, value)
    if "parent" in call.body:
        above = workspace.nodes[found.parent.id]
        above.children.remove(found.id)
        found.parent = read_parent(workspace, call.body["parent"])
        workspace.nodes[found.parent.id].children.append(found.id)
        workspace.tell("database.moved", found.id, call.actor)
    workspace.touch(found, call.actor)
    if into is not None:
        trash(workspace, found, call.actor, into=bool(into))
    return call.show.database(found)


ROUTES = [
    Route(method="POST", pattern="/v1/databases", handler=_create, needs="insert_content"),
    Route(method="GET", pattern="/v1/databases/{database_id}", handler=_get, needs="read_content"),
    Route(
        method="PATCH",
        pattern="/v1/databases/{database_id}",
        handler=_update,
        needs="update_content",
    ),
]
