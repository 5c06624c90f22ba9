"""Databases and data sources: creating them, changing their columns."""

from typing import Any

from dev.notion_standin.errors import NotionError, failed, invalid
from dev.notion_standin.ids import new_id, new_property_id
from dev.notion_standin.model import Database, DataSource, Json, Page, Parent, Property
from dev.notion_standin.schema import (
    add_option,
    default_schema,
    find_property,
    make_property,
    read_config,
    relation_target,
    rollup_function,
    title_property,
    type_of,
)
from dev.notion_standin.workspace import Workspace

Touched = list[Json]
_OPTIONS = ("select", "multi_select", "status")


def create_database(
    workspace: Workspace, parent: Parent, fields: Json, properties: Any, actor: str
) -> Database:
    """Make a database with one data source; `fields` are checked attributes of the database."""
    now = workspace.clock.now()
    database = Database(
        id=new_id(),
        parent=parent,
        created=now,
        edited=now,
        created_by=actor,
        edited_by=actor,
        **{"title": [], "description": [], **fields},
    )
    workspace.nodes[database.id] = database
    try:
        create_data_source(workspace, database, database.title, properties, actor)
    except NotionError:
        del workspace.nodes[database.id]
        raise
    above = workspace.nodes.get(parent.id)
    if above is not None:
        above.children.append(database.id)
        workspace.touch(above, actor)
    workspace.tell("database.created", database.id, actor)
    return database


def create_data_source(
    workspace: Workspace, database: Database, title: list[Json], properties: Any, actor: str
) -> DataSource:
    """Add a data source to a database; without properties it has the title "Name" only."""
    now = workspace.clock.now()
    source = DataSource(
        id=new_id(),
        database_id=database.id,
        title=title,
        description=[],
        created=now,
        edited=now,
        created_by=actor,
        edited_by=actor,
        schema={},
    )
    workspace.data_sources[source.id] = source
    try:
        _first_schema(workspace, source, properties)
    except NotionError:
        del workspace.data_sources[source.id]
        raise
    database.data_source_ids.append(source.id)
    workspace.tell("data_source.created", source.id, actor)
    return source


def _first_schema(workspace: Workspace, source: DataSource, properties: Any) -> None:
    if properties is not None and not isinstance(properties, dict):
        raise failed("body.properties", "an object", properties)
    given = properties or {}
    kinds = [type_of(one, f"body.properties.{name}") for name, one in given.items()]
    if kinds.count("title") > 1:
        raise invalid("There should be only one title property.")
    if "title" not in kinds:
        source.schema.update(default_schema())
    for name, one in given.items():
        add_property(workspace, source, name, one)


def update_schema(workspace: Workspace, source: DataSource, given: Any, actor: str) -> None:
    """Add, rename, retype and remove columns as a request says; raises NotionError."""
    if not isinstance(given, dict):
        raise failed("body.properties", "an object", given)
    touched: Touched = []
    for key, change in given.items():
        found = find_property(source, key)
        if found is None and change is None:
            raise invalid(f"Could not find property with name or id: {key}")
        if found is None:
            made = add_property(workspace, source, _name_of(change, key), change)
            touched.append({"id": made.id, "name": made.name, "action": "created"})
        elif change is None:
            _remove(source, found)
            touched.append({"id": found.id, "name": None, "action": "deleted"})
        else:
            _change(workspace, source, found, change)
            touched.append({"id": found.id, "name": found.name, "action": "updated"})
    if touched:
        source.edited, source.edited_by = workspace.clock.now(), actor
        workspace.tell("data_source.schema_updated", source.id, actor, schema=touched)


def add_property(workspace: Workspace, source: DataSource, name: str, given: Any) -> Property:
    """Add a column; a two-way relation adds its other side too."""
    place = f"body.properties.{name}"
    if (
        type_of(given, place) == "title"
        and source.schema
        and any(one.type == "title" for one in source.schema.values())
    ):
        raise invalid("There should be only one title property.")
    made = make_property(name, given, place, set(source.schema))
    if made.type == "relation":
        _complete_relation(workspace, source, made, _object(given, "relation", place), place)
    if made.type == "rollup":
        made.config = _complete_rollup(workspace, source, _object(given, "rollup", place), place)
    source.schema[made.id] = made
    return made


def _complete_relation(
    workspace: Workspace, source: DataSource, made: Property, given: Json, place: str
) -> None:
    target = workspace.data_source(relation_target(given, place))
    base = {"database_id": target.database_id, "data_source_id": target.id}
    if "dual_property" not in given and given.get("type") != "dual_property":
        made.config = {**base, "type": "single_property", "single_property": {}}
        return
    dual = given.get("dual_property") or {}
    wanted = dual.get("synced_property_name") if isinstance(dual, dict) else None
    name = (
        wanted
        if isinstance(wanted, str) and wanted
        else f"Related to {_title(source)} ({made.name})"
    )
    taken = set(target.schema) | set(source.schema) | {made.id}
    other = Property(id=new_property_id(taken), name=name, type="relation", config={
        "database_id": source.database_id,
        "data_source_id": source.id,
        "type": "dual_property",
        "dual_property": {"synced_property_name": made.name, "synced_property_id": made.id},
    })  # fmt: skip
    target.schema[other.id] = other
    made.config = {
        **base,
        "type": "dual_property",
        "dual_property": {"synced_property_name": name, "synced_property_id": other.id},
    }


def _title(source: DataSource) -> str:
    return "".join(str(item["plain_text"]) for item in source.title) or "Untitled"


def _object(given: Json, kind: str, place: str) -> Json:
    """Give the object of a definition's type."""
    if not isinstance(given.get(kind), dict):
        raise failed(f"{place}.{kind}", "an object", given.get(kind, ...))
    return dict(given[kind])


def _complete_rollup(workspace: Workspace, source: DataSource, given: Json, place: str) -> Json:
    relation = find_property(
        source, given.get("relation_property_id") or given.get("relation_property_name", "")
    )
    if relation is None or relation.type != "relation":
        raise invalid("Rollup property must reference a relation property that exists.")
    target = workspace.data_source(relation.config["data_source_id"])
    column = find_property(
        target, given.get("rollup_property_id") or given.get("rollup_property_name", "")
    )
    if column is None:
        raise invalid("Rollup property must reference a property of the related data source.")
    return {
        "rollup_property_name": column.name,
        "relation_property_name": relation.name,
        "rollup_property_id": column.id,
        "relation_property_id": relation.id,
        "function": rollup_function(given, place),
    }


def _remove(source: DataSource, found: Property) -> None:
    if found.type == "title":
        raise invalid("Cannot delete title property.")
    del source.schema[found.id]


def _change(workspace: Workspace, source: DataSource, found: Property, given: Any) -> None:
    place = f"body.properties.{found.name}"
    name = _name_of(given, found.name)
    if name != found.name and any(one.name == name for one in source.schema.values()):
        raise invalid(f"Cannot rename property: a property named {name} exists already.")
    said = {key for key in given if key not in ("name", "description", "id")}
    if said:
        _retype(workspace, source, found, given, place)
    found.name = name
    found.description = given.get("description", found.description)


def _name_of(given: Any, usual: str) -> str:
    """Give the name that a definition wants for its column."""
    if not isinstance(given, dict):
        raise failed(f"body.properties.{usual}", "an object or `null`", given)
    name = given.get("name", usual)
    if not isinstance(name, str) or not name:
        raise failed(f"body.properties.{usual}.name", "a string", name)
    return name


def _retype(
    workspace: Workspace, source: DataSource, found: Property, given: Json, place: str
) -> None:
    kind = type_of(given, place)
    same = kind == found.type
    if not same and "title" in (kind, found.type):
        raise invalid("Cannot change the type of a title property.")
    before = found.config if same or {kind, found.type} <= set(_OPTIONS) else None
    if kind == "relation":
        _complete_relation(
            workspace, source, found, {**found.config, **_object(given, kind, place)}, place
        )
    elif kind == "rollup":
        found.config = _complete_rollup(
            workspace, source, {**found.config, **_object(given, kind, place)}, place
        )
    else:
        found.config = read_config(kind, given.get(kind) or {}, f"{place}.{kind}", before)
    if not same:
        _convert_rows(workspace, source, found, kind)
    found.type = kind


def _convert_rows(workspace: Workspace, source: DataSource, found: Property, kind: str) -> None:
    """Carry text and options over to the new type where Notion can; other values are dropped."""
    for row in source.rows:
        page = workspace.nodes[row]
        if isinstance(page, Page) and found.id in page.values:
            value = page.values.pop(found.id)
            kept = _converted(found, kind, value)
            if kept is not None:
                page.values[found.id] = kept


def _converted(found: Property, kind: str, value: Any) -> Any:
    old = found.type
    if {old, kind} <= {"select", "status"}:
        return value
    if (old, kind) == ("select", "multi_select"):
        return [value] if value else []
    if (old, kind) == ("multi_select", "select"):
        return value[0] if value else None
    if (old, kind) == ("rich_text", "select") and value:
        name = "".join(item["plain_text"] for item in value).replace(",", " ")
        known = {option["name"]: option["id"] for option in found.config["options"]}
        return known.get(name) or add_option(found.config, name)["id"]
    return None


def title_name(source: DataSource) -> str:
    """Give the name of the title column."""
    return title_property(source).name
