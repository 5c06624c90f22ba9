"""The JSON of requests to Notion."""

from collections.abc import Mapping
from typing import Final

from shared.adapters.notion_values import Json, write_value
from shared.errors import InvalidRequest
from shared.ports.notion import DataSource, Property, RowQuery, Value

PAGE_SIZE: Final = 100
TITLE: Final = "title"
"""The kind of every table's title column, and its id."""


def column_config(column: Property) -> Json:
    """The JSON that makes a column."""
    kind = column.kind
    if kind in ("select", "multi_select", "status") and column.options:
        return {kind: {"options": [{"name": name} for name in column.options]}}
    if kind == "unique_id" and column.options:
        return {kind: {"prefix": column.options[0]}}
    if kind != "relation":
        return {kind: {}}
    sides = "single_property" if column.synced is None else "dual_property"
    return {kind: {"data_source_id": column.target, "type": sides, sides: {}}}


def query_body(query: RowQuery) -> Json:
    """The JSON of a query."""
    named = {"created": "created_time", "edited": "last_edited_time"}
    conditions: list[Json] = []
    for name, since in (
        ("last_edited_time", query.edited_from),
        ("created_time", query.created_from),
    ):
        if since is not None:
            conditions.append(
                {"timestamp": name, name: {"on_or_after": since.isoformat(timespec="milliseconds")}}
            )
    if query.text_equals is not None:
        key, text = query.text_equals
        kind = TITLE if key == TITLE else "rich_text"
        conditions.append({"property": key, kind: {"equals": text}})
    if query.unique_id is not None:
        key, number = query.unique_id
        conditions.append({"property": key, "unique_id": {"equals": number}})
    body: Json = {
        "sorts": [{"timestamp": named[query.order], "direction": "ascending"}],
        "page_size": min(query.page_size, PAGE_SIZE),
    }
    if conditions:
        body["filter"] = conditions[0] if len(conditions) == 1 else {"and": conditions}
    if query.cursor is not None:
        body["start_cursor"] = query.cursor
    return body


def row_properties(source: DataSource, values: Mapping[str, Value]) -> Json:
    """The JSON that sets properties of a row.

    Raises:
        InvalidRequest: a property is not one of the table, or a value does not fit.
    """
    columns = {column.id: column for column in source.properties}
    if not columns.keys() >= values.keys():
        raise InvalidRequest("A property is not one of the table.")
    return {key: write_value(columns[key], value) for key, value in values.items()}


def title_id(source: DataSource) -> str:
    """The id of the table's title column."""
    return next((each.id for each in source.properties if each.kind == TITLE), TITLE)
