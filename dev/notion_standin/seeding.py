"""Filling a data source with many rows at once, quietly: no events, no requests."""

from datetime import timedelta
from typing import Any

from dev.notion_standin.bodies import insert_trees
from dev.notion_standin.ids import new_id, read_id
from dev.notion_standin.markdown.documents import read_markdown
from dev.notion_standin.model import DataSource, Page, Parent, Property
from dev.notion_standin.orders import SeedOrder
from dev.notion_standin.rich_text import text_item
from dev.notion_standin.workspace import Workspace


def seed(workspace: Workspace, order: SeedOrder) -> list[str]:
    """Make rows by a person; `{n}` in title and body is the row's number; gives their ids."""
    source = workspace.data_source(read_id(order.data_source_id, "body.data_source_id"))
    listener, workspace.listener = workspace.listener, None
    try:
        return [_row(workspace, source, order, number) for number in range(1, order.count + 1)]
    finally:
        workspace.listener = listener
        workspace.revision += 1


def _row(workspace: Workspace, source: DataSource, order: SeedOrder, number: int) -> str:
    back = timedelta(minutes=order.minutes_apart * (order.count - number))
    moment = workspace.clock.now() - back
    actor = workspace.person.id
    page = Page(
        id=new_id(),
        parent=Parent(kind="data_source_id", id=source.id),
        created=moment,
        edited=moment,
        created_by=actor,
        edited_by=actor,
    )
    source.numbers += 1
    page.values["#number"] = source.numbers
    for found in source.schema.values():
        value = _value(found, order, number)
        if value is not None:
            page.values[found.id] = value
    workspace.nodes[page.id] = page
    source.rows[page.id] = None
    if order.markdown is not None:
        trees, _ = read_markdown(workspace, order.markdown.replace("{n}", str(number)), "v2")
        insert_trees(workspace, page, trees, 0, actor)
        page.edited = moment
    return page.id


def _value(found: Property, order: SeedOrder, number: int) -> Any:
    if found.type == "title":
        return [text_item(order.title.replace("{n}", str(number)))]
    if found.type == "number":
        return number
    if found.type == "checkbox":
        return number % 2 == 0
    if found.type in ("select", "status") and found.config["options"]:
        return found.config["options"][number % len(found.config["options"])]["id"]
    return None
