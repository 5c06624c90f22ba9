"""Views of databases, as records: they change no query (https://developers.notion.com)."""

from dev.notion_standin.call import Call, Route
from dev.notion_standin.clock import to_millisecond
from dev.notion_standin.errors import failed, one_of
from dev.notion_standin.ids import new_id, read_id
from dev.notion_standin.model import Json
from dev.notion_standin.query import cut
from dev.notion_standin.show import APP

_TYPES = frozenset("table board list calendar timeline gallery form chart map dashboard".split())
_CHANGEABLE = ("name", "filter", "sorts", "quick_filters", "configuration")


def _create(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    source = workspace.data_source(read_id(body.get("data_source_id"), "body.data_source_id"))
    if not one_of(body.get("type"), _TYPES):
        raise failed("body.type", "a view type that Notion knows", body.get("type", ...))
    if not isinstance(body.get("name"), str):
        raise failed("body.name", "defined")
    now, by = to_millisecond(workspace.clock.now()), {"object": "user", "id": call.actor}
    found, database = new_id(), source.database_id
    view: Json = {
        "object": "view",
        "id": found,
        "parent": {"type": "database_id", "database_id": database},
        "data_source_id": source.id,
        "name": body["name"],
        "type": body["type"],
        "created_time": now,
        "created_by": by,
        "last_edited_time": now,
        "last_edited_by": by,
        "url": f"{APP}{database.replace('-', '')}?v={found.replace('-', '')}",
        "filter": body.get("filter"),
        "sorts": body.get("sorts"),
        "quick_filters": body.get("quick_filters"),
        "configuration": body.get("configuration") or {"type": body["type"]},
    }
    workspace.views[found] = view
    _tell(call, "created", view, view_type=view["type"])
    return view


def _tell(call: Call, word: str, view: Json, **more: object) -> None:
    data = {"parent": {"id": view["parent"]["database_id"], "type": "database"}, **more}
    call.workspace.tell(f"view.{word}", view["id"], call.actor, view=[data])


def _find(call: Call) -> Json:
    found = call.id("view_id")
    if found not in call.workspace.views:
        raise call.workspace.not_found("view", found)
    return call.workspace.views[found]


def _get(call: Call) -> Json:
    return _find(call)


def _update(call: Call) -> Json:
    view = _find(call)
    view |= {name: call.body[name] for name in _CHANGEABLE if name in call.body}
    view["last_edited_time"] = to_millisecond(call.workspace.clock.now())
    changed = [name for name in _CHANGEABLE if name in call.body and name != "quick_filters"]
    _tell(call, "updated", view, updated_fields=changed)
    return view


def _delete(call: Call) -> Json:
    view = _find(call)
    del call.workspace.views[view["id"]]
    _tell(call, "deleted", view)
    return {name: view[name] for name in ("object", "id", "parent", "type")}


def _list(call: Call) -> Json:
    wanted = {
        name: read_id(value, f"query.{name}")
        for name in ("database_id", "data_source_id")
        if (value := call.one(name)) is not None
    }
    if not wanted:
        raise failed("query.database_id", "defined")
    views = [
        view
        for view in call.workspace.views.values()
        if wanted.get("database_id") in (None, view["parent"]["database_id"])
        and wanted.get("data_source_id") in (None, view["data_source_id"])
    ]
    known = {view["id"]: {"object": "view", "id": view["id"]} for view in views}
    ids, following = cut(list(known), call.cursor(), call.size())
    return call.listing([known[one] for one in ids], following, "view")


ROUTES = [
    Route(method="POST", pattern="/v1/views", handler=_create, needs="insert_content"),
    Route(method="GET", pattern="/v1/views", handler=_list, needs="read_content"),
    Route(method="GET", pattern="/v1/views/{view_id}", handler=_get, needs="read_content"),
    Route(method="PATCH", pattern="/v1/views/{view_id}", handler=_update, needs="update_content"),
    Route(method="DELETE", pattern="/v1/views/{view_id}", handler=_delete, needs="update_content"),
]
