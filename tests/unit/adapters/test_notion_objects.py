"""Notion's objects as they are documented and as they may become."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.adapters.notion_objects import Listing, read, read_body, read_data_source, read_row
from shared.adapters.notion_people import read_bot, read_user
from shared.adapters.notion_refs import read_child, read_found
from shared.adapters.notion_requests import column_config
from shared.errors import UpstreamUnavailable
from shared.ports.notion import Body, Bot, Property, User

PAGE = "1b2c3d4e-0000-4000-8000-00000000000a"
SOURCE = "2b2c3d4e-0000-4000-8000-00000000000a"
DATABASE = "3b2c3d4e-0000-4000-8000-00000000000a"
ADA = "9a9b9c9d-0000-4000-8000-00000000000b"


def title(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "plain_text": text, "annotations": {}, "href": None}]


def page(**changed: Any) -> dict[str, Any]:
    return {
        "object": "page",
        "id": PAGE,
        "created_time": "2026-11-22T12:00:00.000Z",
        "last_edited_time": "2026-11-22T12:03:00.000Z",
        "created_by": {"object": "user", "id": ADA},
        "last_edited_by": {"object": "user", "id": ADA},
        "cover": None,
        "icon": None,
        "parent": {"type": "data_source_id", "data_source_id": SOURCE, "database_id": DATABASE},
        "in_trash": False,
        "is_archived": False,
        "is_locked": False,
        "properties": {
            "Name": {"id": "title", "type": "title", "title": title("One")},
            "Count": {"id": "XGe%40", "type": "number", "number": 3},
            "Needs": {
                "id": "aB%3Ac",
                "type": "relation",
                "relation": [{"id": PAGE}],
                "has_more": True,
            },
            "Sum": {"id": "zzzz", "type": "formula", "formula": {"type": "number", "number": 1}},
            "New": {"id": "yyyy", "type": "hologram", "hologram": {"depth": 3}},
            "Odd": {"id": "xxxx"},
        },
        "url": f"https://app.notion.com/p/One-{PAGE.replace('-', '')}",
        "public_url": None,
        "request_id": "r",
        **changed,
    }


def test_a_row_is_read_with_what_is_known_of_its_properties() -> None:
    row = read_row(page())
    assert (row.id, row.parent, row.title, row.edited_by) == (PAGE, SOURCE, "One", ADA)
    assert row.edited_at == datetime(2026, 11, 22, 12, 3, tzinfo=UTC)
    assert dict(row.values) == {"title": "One", "XGe%40": 3, "aB%3Ac": (PAGE,)}
    assert row.truncated == {"aB%3Ac"}
    assert not row.in_trash
    assert not row.archived


def test_a_slim_row_has_its_title_and_no_values() -> None:
    row = read_row(page(), slim=True)
    assert (row.title, dict(row.values), row.truncated) == ("One", {}, frozenset())


def test_trashed_archived_and_moved_pages_are_told() -> None:
    assert read_row(page(in_trash=True)).in_trash
    assert read_row(page(is_archived=True)).archived
    assert read_row(page(parent={"type": "page_id", "page_id": ADA})).parent is None
    assert read_row(page(parent={"type": "workspace", "workspace": True})).parent is None


@pytest.mark.parametrize(
    "broken",
    [
        {},
        [],
        "text",
        {"object": "page", "id": PAGE},
        page(last_edited_time="yesterday"),
        page(properties={"Count": {"id": "a", "type": "number", "number": "three"}}),
        page(properties={"Name": {"id": "title", "type": "title", "title": "text"}}),
    ],
)
def test_an_answer_of_another_shape_is_unavailability(broken: Any) -> None:
    with pytest.raises(UpstreamUnavailable):
        read_row(broken)


def test_a_data_source_is_read_with_options_targets_and_the_other_side() -> None:
    source = read_data_source(
        {
            "object": "data_source",
            "id": SOURCE,
            "title": title("Tasks"),
            "parent": {"type": "database_id", "database_id": DATABASE},
            "url": "https://app.notion.com/p/x",
            "in_trash": False,
            "properties": {
                "Name": {"id": "title", "name": "Name", "type": "title", "title": {}},
                "State": {
                    "id": "a%3D",
                    "name": "State",
                    "type": "status",
                    "status": {"options": [{"id": "1", "name": "Open"}], "groups": []},
                },
                "Needs": {
                    "id": "b",
                    "name": "Needs",
                    "type": "relation",
                    "relation": {
                        "data_source_id": SOURCE,
                        "type": "dual_property",
                        "dual_property": {
                            "synced_property_id": "c",
                            "synced_property_name": "Needed by",
                        },
                    },
                },
                "New": {"id": "d", "name": "New", "type": "hologram", "hologram": None},
            },
        }
    )
    assert (source.database_id, source.title) == (DATABASE, "Tasks")
    assert source.properties == (
        Property(id="title", name="Name", kind="title"),
        Property(id="a%3D", name="State", kind="status", options=("Open",)),
        Property(id="b", name="Needs", kind="relation", target=SOURCE, synced="c"),
        Property(id="d", name="New", kind="hologram"),
    )


@pytest.mark.parametrize(
    ("column", "config"),
    [
        (Property(id="", name="P", kind="rich_text"), {"rich_text": {}}),
        (Property(id="", name="P", kind="unique_id"), {"unique_id": {}}),
        (
            Property(id="", name="P", kind="unique_id", options=("TASK",)),
            {"unique_id": {"prefix": "TASK"}},
        ),
        (
            Property(id="", name="P", kind="select", options=("a",)),
            {"select": {"options": [{"name": "a"}]}},
        ),
        (
            Property(id="", name="P", kind="relation", target=SOURCE),
            {
                "relation": {
                    "data_source_id": SOURCE,
                    "type": "single_property",
                    "single_property": {},
                }
            },
        ),
        (
            Property(id="", name="P", kind="relation", target=SOURCE, synced=""),
            {"relation": {"data_source_id": SOURCE, "type": "dual_property", "dual_property": {}}},
        ),
    ],
)
def test_columns_are_made_as_documented(column: Property, config: dict[str, Any]) -> None:
    assert column_config(column) == config


def test_a_body_is_read_with_what_it_lacks() -> None:
    told = {
        "object": "page_markdown",
        "id": PAGE,
        "markdown": "# One",
        "truncated": True,
        "unknown_block_ids": [ADA],
        "warnings": ["new"],
    }
    assert read_body(told) == Body(markdown="# One", truncated=True, unknown=(ADA,))


def test_users_and_the_connection_are_read() -> None:
    bot = {
        "object": "user",
        "id": ADA,
        "name": "Nexus",
        "type": "bot",
        "bot": {"owner": {"type": "workspace"}, "workspace_id": "w", "workspace_name": "Acme"},
    }
    person = {"object": "user", "id": ADA, "type": "person", "person": {"email": "a@e.com"}}
    assert read_bot(bot) == Bot(id=ADA, name="Nexus", workspace_id="w", workspace_name="Acme")
    assert read_user(bot) == User(id=ADA, name="Nexus", bot=True)
    assert read_user({**person, "name": "Ada"}) == User(id=ADA, name="Ada", email="a@e.com")
    assert read_user({"object": "user", "id": ADA}) == User(id=ADA, name="")


def test_only_pages_and_databases_count_as_children() -> None:
    block = {"object": "block", "id": PAGE, "in_trash": False}
    found = read_child({**block, "type": "child_database", "child_database": {"title": "T"}}, ADA)
    assert found is not None
    assert (found.id, found.title, found.kind, found.parent) == (PAGE, "T", "database", ADA)
    assert read_child({**block, "type": "paragraph", "paragraph": {}}, ADA) is None
    assert read_child({**block, "type": "child_page", "in_trash": True}, ADA) is None


def test_what_search_finds_is_read_and_partial_objects_are_left_out() -> None:
    found = read_found(page())
    assert found is not None
    assert (found.kind, found.title, found.parent) == ("page", "One", SOURCE)
    assert read_found({"object": "page", "id": PAGE}) is None
    assert read_found({"object": "novelty", "id": PAGE}) is None


def test_a_list_is_complete_unless_notion_says_otherwise() -> None:
    bare: dict[str, Any] = {"object": "list", "results": [], "next_cursor": None, "has_more": False}
    cut = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    assert read(Listing, bare).complete
    assert read(Listing, {**bare, "request_status": {"type": "complete"}}).complete
    assert not read(Listing, {**bare, "request_status": cut}).complete
