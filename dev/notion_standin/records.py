"""Pages as records: creating, changing their properties, moving them, their relations."""

from typing import Any

from dev.notion_standin.bodies import insert_trees, settle_file, tell_rows
from dev.notion_standin.errors import failed, invalid
from dev.notion_standin.ids import new_id, read_id
from dev.notion_standin.model import Block, Database, DataSource, Json, Page, Parent, Property, Tree
from dev.notion_standin.rich_text import plain, read_rich_text
from dev.notion_standin.schema import find_property
from dev.notion_standin.values import read_value
from dev.notion_standin.workspace import Workspace


def read_parent(workspace: Workspace, given: Any, place: str = "body.parent") -> Parent:
    """Check a page's parent; a database stands for its only data source; raises NotionError."""
    if given is None:
        raise failed(place, "defined")
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    if given.get("workspace") is True or given.get("type") == "workspace":
        return Parent(kind="workspace", id=workspace.id)
    if "data_source_id" in given:
        found = workspace.data_source(read_id(given["data_source_id"], f"{place}.data_source_id"))
        return Parent(kind="data_source_id", id=found.id)
    if "database_id" in given:
        return _only_source(workspace, read_id(given["database_id"], f"{place}.database_id"))
    if "block_id" in given:
        node = workspace.node(read_id(given["block_id"], f"{place}.block_id"))
        kind = "block_id" if isinstance(node, Block) else "page_id"
        return Parent(kind="page_id" if kind == "page_id" else "block_id", id=node.id)
    if "page_id" in given:
        page = workspace.page(read_id(given["page_id"], f"{place}.page_id"))
        return Parent(kind="page_id", id=page.id)
    raise failed(f"{place}.page_id", "defined")


def _only_source(workspace: Workspace, database_id: str) -> Parent:
    sources = workspace.database(database_id).data_source_ids
    if len(sources) != 1:
        raise invalid(
            "Databases with multiple data sources are not supported in this API version. "
            "Use a data_source_id parent instead."
        )
    return Parent(kind="data_source_id", id=sources[0])


def create_page(
    workspace: Workspace,
    parent: Parent,
    properties: Any,
    trees: list[Tree],
    actor: str,
    *,
    icon: Json | None = None,
    cover: Json | None = None,
    index: int | None = None,
) -> Page:
    """Make a page with its body; raises NotionError before anything is changed."""
    source = workspace.data_sources.get(parent.id)
    values = read_properties(workspace, source, properties)
    above = workspace.nodes.get(source.database_id if source else parent.id)
    if above is not None:
        workspace.check_editable(above)
    now = workspace.clock.now()
    page = Page(
        id=new_id(),
        parent=parent,
        created=now,
        edited=now,
        created_by=actor,
        edited_by=actor,
        icon=icon and settle_file(workspace, icon),
        cover=cover and settle_file(workspace, cover),
    )
    workspace.nodes[page.id] = page
    if source is not None:
        _enter(source, page)
        _set_defaults(source, page)
    elif above is not None:
        place = len(above.children) if index is None else index
        above.children.insert(place, page.id)
    set_values(workspace, page, values, actor, quiet=True)
    workspace.tell("page.created", page.id, actor)
    tell_rows(workspace, page, actor)
    if trees:
        insert_trees(workspace, page, trees, 0, actor)
    return page


def _enter(source: DataSource, page: Page) -> None:
    source.rows[page.id] = None
    source.numbers += 1
    page.values["#number"] = source.numbers


def _set_defaults(source: DataSource, page: Page) -> None:
    for found in source.schema.values():
        if found.type == "status" and found.config["options"]:
            page.values.setdefault(found.id, found.config["options"][0]["id"])


def read_properties(workspace: Workspace, source: DataSource | None, given: Any) -> Json:
    """Check `properties` of a request; gives stored values by property id."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise failed("body.properties", "an object", given)
    values: Json = {}
    for key, value in given.items():
        if source is None:
            values["title"] = _page_title(workspace, key, value)
            continue
        found = find_property(source, key)
        if found is None:
            raise invalid(f"{key} is not a property that exists.")
        values[found.id] = _settled(workspace, found, read_value(workspace, found, value))
    return values


def _settled(workspace: Workspace, found: Property, value: Any) -> Any:
    return [settle_file(workspace, one) for one in value] if found.type == "files" else value


def _page_title(workspace: Workspace, key: str, value: Any) -> list[Json]:
    if key != "title":
        raise invalid(f"{key} is not a property that exists.")
    if isinstance(value, dict):
        if "title" not in value:
            raise invalid("title is expected to be title.")
        value = value["title"]
    return read_rich_text(value, "body.properties.title.title", workspace.name_of)


def set_values(
    workspace: Workspace, page: Page, values: Json, actor: str, *, quiet: bool = False
) -> None:
    """Store checked values; the other side of a two-way relation follows."""
    source = workspace.data_sources.get(page.parent.id)
    changed = [key for key, value in values.items() if page.values.get(key) != value]
    for key in changed:
        before, after = page.values.get(key), values[key]
        page.values[key] = after
        found = source.schema.get(key) if source else None
        if found is not None and found.type == "title":
            page.values["title"] = after
        if found is not None and found.type == "relation":
            _follow(workspace, page, found, before or [], after, actor)
    if values and not quiet:
        workspace.touch(page, actor)
    if changed and not quiet:
        workspace.tell("page.properties_updated", page.id, actor, properties=changed)


def _follow(
    workspace: Workspace,
    page: Page,
    found: Property,
    before: list[str],
    after: list[str],
    actor: str,
) -> None:
    """Keep the synced property of the related pages equal to this one."""
    other = found.config.get("dual_property", {}).get("synced_property_id")
    if other is None:
        return
    for one in set(before) ^ set(after):
        target = workspace.nodes.get(one)
        if not isinstance(target, Page):
            continue
        back = [two for two in target.values.get(other, []) if two != page.id]
        target.values[other] = [*back, page.id] if one in after else back
        workspace.touch(target, actor)
        workspace.tell("page.properties_updated", target.id, actor, properties=[other])


def move_page(workspace: Workspace, page: Page, parent: Parent, actor: str) -> None:
    """Hang a page under another parent; values without counterpart by name and type are lost."""
    if page.id in (parent.id, *workspace.ancestors(parent.id)):
        raise invalid("A page cannot be moved under itself.")
    old, new = (workspace.data_sources.get(p.id) for p in (page.parent, parent))
    if old is not None:
        old.rows.pop(page.id, None)
        tell_rows(workspace, page, actor)
    else:
        _leave(workspace, page)
    page.values = _carried(old, new, page.values)
    page.parent = parent
    if new is not None:
        _enter(new, page)
        _set_defaults(new, page)
        tell_rows(workspace, page, actor)
    elif parent.kind != "workspace":
        workspace.nodes[parent.id].children.append(page.id)
    workspace.touch(page, actor)
    workspace.tell("page.moved", page.id, actor)


def _leave(workspace: Workspace, page: Page) -> None:
    above = workspace.nodes.get(page.parent.id)
    if above is not None and page.id in above.children:
        above.children.remove(page.id)


def _carried(old: DataSource | None, new: DataSource | None, values: Json) -> Json:
    kept: Json = {"title": values.get("title", [])}
    for found in old.schema.values() if old and new else ():
        assert new is not None
        match = find_property(new, found.name)
        if match and match.type == found.type and found.id in values and found.type != "title":
            kept[match.id] = _translated(found, match, values[found.id])
    return kept


def _translated(found: Property, match: Property, value: Any) -> Any:
    """Find a select's options again by name in the other data source."""
    if found.type not in ("select", "status", "multi_select"):
        return value
    names = {option["id"]: option["name"] for option in found.config["options"]}
    ids = {option["name"]: option["id"] for option in match.config["options"]}
    if found.type == "multi_select":
        return [ids[names[one]] for one in value if names.get(one) in ids]
    return ids.get(names.get(value, ""))


def database_above(workspace: Workspace, source: DataSource) -> Database:
    """Give the database that a data source belongs to."""
    database = workspace.nodes[source.database_id]
    assert isinstance(database, Database)
    return database


def page_title(page: Page) -> str:
    """Give a page's plain title."""
    return plain(page.values.get("title", []))
