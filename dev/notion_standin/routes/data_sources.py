"""Data sources and their queries (https://developers.notion.com/reference/data-source)."""

from dev.notion_standin.call import Call, Route
from dev.notion_standin.errors import failed
from dev.notion_standin.ids import read_id
from dev.notion_standin.model import Json, Page
from dev.notion_standin.query import cut
from dev.notion_standin.routes.databases import fields_of
from dev.notion_standin.show import NEW_VERSION
from dev.notion_standin.tables import create_data_source, update_schema

_KEYS = frozenset(
    """filter sorts start_cursor page_size is_archived in_trash archived result_type""".split()
)


def _create(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    parent = body.get("parent")
    if not isinstance(parent, dict) or "database_id" not in parent:
        raise failed("body.parent.database_id", "defined")
    if not isinstance(body.get("properties"), dict):
        raise failed("body.properties", "defined")
    database = workspace.database(read_id(parent["database_id"], "body.parent.database_id"))
    workspace.check_editable(database)
    fields = fields_of(call)
    title = fields.get("title", [])
    source = create_data_source(workspace, database, title, body["properties"], call.actor)
    source.icon = fields.get("icon")
    return call.show.data_source(source)


def _get(call: Call) -> Json:
    return call.show.data_source(call.workspace.data_source(call.id("data_source_id")))


def _update(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    source = workspace.data_source(call.id("data_source_id"))
    if call.version == NEW_VERSION:
        call.refuse("archived")
    fields = fields_of(call)
    if body.get("properties") is not None:
        update_schema(workspace, source, body["properties"], call.actor)
    for name in ("title", "description", "icon"):
        if name in fields:
            setattr(source, name, fields[name])
    into = body.get("in_trash", body.get("archived"))
    if into is not None and into != source.in_trash:
        source.in_trash = bool(into)
        word = "deleted" if into else "undeleted"
        workspace.tell(f"data_source.{word}", source.id, call.actor)
    source.edited, source.edited_by = workspace.clock.now(), call.actor
    return call.show.data_source(source)


def _query(call: Call) -> Json:
    workspace, body = call.workspace, call.body
    source = workspace.data_source(call.id("data_source_id"))
    for name in body:
        if name not in _KEYS:
            raise failed(f"body.{name}", "not present", body[name])
    if call.version == NEW_VERSION:
        call.refuse("archived")
    size = call.size()
    ids, capped = call.queries.rows(source, body)
    if body.get("result_type") == "data_source":
        ids, capped = [], False
    chosen, following = cut(ids, call.cursor(), size)
    only = call.only_properties()
    show = call.show
    pages = [workspace.nodes[one] for one in chosen]
    results = [show.page(page, only) for page in pages if isinstance(page, Page)]
    answer = call.listing(results, following, "page_or_data_source")
    if capped and following is None:
        answer["request_status"] = {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }
    return answer


def _templates(call: Call) -> Json:
    call.workspace.data_source(call.id("data_source_id"))
    return {"templates": [], "has_more": False, "next_cursor": None}


ROUTES = [
    Route(method="POST", pattern="/v1/data_sources", handler=_create, needs="insert_content"),
    Route(
        method="GET",
        pattern="/v1/data_sources/{data_source_id}",
        handler=_get,
        needs="read_content",
    ),
    Route(
        method="PATCH",
        pattern="/v1/data_sources/{data_source_id}",
        handler=_update,
        needs="update_content",
    ),
    Route(
        method="POST",
        pattern="/v1/data_sources/{data_source_id}/query",
        handler=_query,
        needs="read_content",
    ),
    Route(
        method="GET",
        pattern="/v1/data_sources/{data_source_id}/templates",
        handler=_templates,
        needs="read_content",
    ),
]
