"""The Notion stand-in as notion-client sees it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from notion_client import Client
from notion_client.errors import APIResponseError

from tests.contract.standins import StandIn, running

SCHEMA: dict[str, Any] = {
    "Name": {"title": {}},
    "Status": {"status": {}},
    "Kind": {"select": {"options": [{"name": "bug", "color": "red"}]}},
    "Tags": {"multi_select": {}},
    "Points": {"number": {"format": "number"}},
    "Due": {"date": {}},
    "Done": {"checkbox": {}},
    "Note": {"rich_text": {}},
    "Link": {"url": {}},
    "Who": {"people": {}},
    "Nr": {"unique_id": {"prefix": "T"}},
    "Twice": {"formula": {"expression": 'prop("Points") * 2'}},
    "Changed": {"last_edited_time": {}},
}


def text(content: str) -> list[dict[str, Any]]:
    return [{"text": {"content": content}}]


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with running("notion_standin") as found:
        httpx.post(f"http://{found.control}/settings", json={"rate_limit": 0})
        yield found


@pytest.fixture(scope="module")
def info(standin: StandIn) -> dict[str, str]:
    return dict(httpx.get(f"http://{standin.control}/info").json())


@pytest.fixture(scope="module", params=["2025-09-03", "2026-03-11"])
def notion(standin: StandIn, info: dict[str, str], request: pytest.FixtureRequest) -> Any:
    return Client(
        auth=info["token"],
        base_url=f"http://{standin.address}",
        notion_version=request.param,
        retry=False,
    )


@pytest.fixture
def source(notion: Any, info: dict[str, str]) -> str:
    database = notion.databases.create(
        parent={"type": "page_id", "page_id": info["parent_page_id"]},
        title=text("Tasks"),
        initial_data_source={"properties": SCHEMA},
    )
    return str(database["data_sources"][0]["id"])


def row(notion: Any, source: str, name: str, **properties: Any) -> Any:
    return notion.pages.create(
        parent={"data_source_id": source},
        properties={"Name": {"title": text(name)}, **properties},
    )


def names(answer: Any) -> list[str]:
    return [p["properties"]["Name"]["title"][0]["plain_text"] for p in answer["results"]]


def test_me_is_the_bot_of_the_workspace(notion: Any, info: dict[str, str]) -> None:
    me = notion.users.me()

    assert (me["type"], me["id"]) == ("bot", info["bot_id"])
    assert me["bot"]["workspace_id"] == info["workspace_id"]
    assert {u["type"] for u in notion.users.list()["results"]} == {"person", "bot"}


def test_database_tells_milliseconds_and_its_data_source_minutes(notion: Any, source: str) -> None:
    found = notion.data_sources.retrieve(source)
    database = notion.databases.retrieve(found["parent"]["database_id"])

    assert found["created_time"].endswith(":00.000Z")
    assert database["created_time"].endswith("+00:00")
    assert found["properties"]["Name"]["id"] == "title"
    assert found["database_parent"]["type"] == "page_id"


def test_row_tells_every_property_in_its_shape(notion: Any, source: str, info: Any) -> None:
    made = row(
        notion,
        source,
        "first",
        Kind={"select": {"name": "new kind"}},
        Tags={"multi_select": [{"name": "a"}, {"name": "b"}]},
        Points={"number": 3},
        Due={"date": {"start": "2026-10-01T12:00:00Z"}},
        Done={"checkbox": True},
        Who={"people": [{"id": info["user_id"]}]},
    )

    properties = made["properties"]
    assert made["parent"] == {
        "type": "data_source_id",
        "data_source_id": source,
        "database_id": notion.data_sources.retrieve(source)["parent"]["database_id"],
    }
    assert properties["Kind"]["select"]["name"] == "new kind"
    assert properties["Status"]["status"]["name"] == "Not started"
    assert properties["Due"]["date"]["start"] == "2026-10-01T12:00:00.000+00:00"
    assert properties["Nr"]["unique_id"] == {"prefix": "T", "number": 1}
    assert properties["Twice"]["formula"] == {"type": "number", "number": 6}
    assert properties["Note"] == {**properties["Note"], "type": "rich_text", "rich_text": []}
    assert made["url"].startswith("https://app.notion.com/p/first-")
    options = notion.data_sources.retrieve(source)["properties"]["Kind"]["select"]["options"]
    assert [option["name"] for option in options] == ["bug", "new kind"]


def test_archived_is_told_by_the_older_version_only(notion: Any, source: str) -> None:
    page = row(notion, source, "x")

    assert page["in_trash"] is False
    assert ("archived" in page) == (notion.options.notion_version == "2025-09-03")


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"property": "Points", "number": {"greater_than": 1}}, ["c", "b"]),
        ({"property": "Name", "title": {"contains": "A"}}, ["a"]),
        ({"property": "Kind", "select": {"is_empty": True}}, ["c"]),
        ({"property": "Tags", "multi_select": {"contains": "x"}}, ["a"]),
        ({"property": "Due", "date": {"on_or_after": "2026-10-02"}}, ["c", "b"]),
        ({"property": "Done", "checkbox": {"equals": True}}, ["b"]),
        ({"property": "Twice", "formula": {"number": {"equals": 2}}}, ["a"]),
        ({"timestamp": "created_time", "created_time": {"past_week": {}}}, ["c", "b", "a"]),
        (
            {
                "or": [
                    {"property": "Name", "title": {"equals": "a"}},
                    {
                        "and": [
                            {"property": "Points", "number": {"equals": 3}},
                            {"property": "Status", "status": {"does_not_equal": "Done"}},
                        ]
                    },
                ]
            },
            ["c", "a"],
        ),
    ],
)
def test_query_gives_the_rows_that_fit(
    notion: Any, source: str, filter: dict[str, Any], expected: list[str]
) -> None:
    for number, name in enumerate("abc", 1):
        extra = {"Kind": {"select": {"name": "bug"}}} if name != "c" else {}
        tags = {"Tags": {"multi_select": [{"name": "x"}]}} if name == "a" else {}
        row(
            notion,
            source,
            name,
            Points={"number": number},
            Due={"date": {"start": f"2026-10-0{number}"}},
            Done={"checkbox": name == "b"},
            **extra,
            **tags,
        )

    answer = notion.data_sources.query(
        source, filter=filter, sorts=[{"property": "Points", "direction": "descending"}]
    )

    assert names(answer) == expected
    assert answer["type"] == "page_or_data_source"
    assert "request_status" not in answer


def test_pages_of_results_hold_every_row_once(notion: Any, source: str) -> None:
    for number in range(7):
        row(notion, source, str(number))

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = notion.data_sources.query(source, page_size=3, **cursor)
        seen += names(answer)
        if not answer["has_more"]:
            break
        cursor = {"start_cursor": answer["next_cursor"]}
    assert sorted(seen) == [str(number) for number in range(7)]


def test_trashed_row_vanishes_from_queries_and_can_be_read(notion: Any, source: str) -> None:
    page = row(notion, source, "gone")
    notion.pages.update(page["id"], in_trash=True)

    assert notion.data_sources.query(source)["results"] == []
    assert notion.pages.retrieve(page["id"])["in_trash"] is True
    with pytest.raises(APIResponseError, match="Can't edit"):
        notion.pages.update(page["id"], properties={"Name": {"title": text("y")}})
    notion.pages.update(page["id"], in_trash=False)
    assert names(notion.data_sources.query(source)) == ["gone"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Nope": {"number": 1}}, "Nope is not a property that exists."),
        ({"Note": {"number": 1}}, "Note is expected to be rich_text."),
        ({"Points": {"number": "1"}}, "body.properties.Points.number should be a number"),
        ({"Status": {"status": {"name": "Odd"}}}, "Invalid status option"),
        (
            {"Note": {"rich_text": text("x" * 2001)}},
            "body.properties.Note.rich_text[0].text.content.length should be ≤ `2000`, "
            "instead was `2001`.",
        ),
    ],
)
def test_wrong_values_are_refused_in_notions_words(
    notion: Any, source: str, properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(APIResponseError) as refused:
        row(notion, source, "x", **properties)

    assert refused.value.code == "validation_error"
    assert message in str(refused.value)


def test_columns_are_added_renamed_retyped_and_removed(notion: Any, source: str) -> None:
    page = row(notion, source, "x", Note={"rich_text": text("red")})
    column = notion.data_sources.retrieve(source)["properties"]["Note"]["id"]

    after = notion.data_sources.update(
        source,
        properties={
            column: {"name": "Colour", "select": {}},
            "Points": None,
            "Nexus ID": {"rich_text": {}},
        },
    )["properties"]

    assert after["Colour"]["id"] == column
    assert "Points" not in after
    assert after["Nexus ID"]["type"] == "rich_text"
    changed = notion.pages.retrieve(page["id"])["properties"]
    assert changed["Colour"]["select"]["name"] == "red"


def test_both_sides_of_a_two_way_relation_follow(notion: Any, source: str) -> None:
    notion.data_sources.update(
        source,
        properties={
            "Blocks": {
                "relation": {
                    "data_source_id": source,
                    "dual_property": {"synced_property_name": "Blocked by"},
                }
            },
            "Weight": {
                "rollup": {
                    "relation_property_name": "Blocks",
                    "rollup_property_name": "Points",
                    "function": "sum",
                }
            },
        },
    )
    low = row(notion, source, "low", Points={"number": 4})
    high = row(notion, source, "high", Blocks={"relation": [{"id": low["id"]}]})

    back = notion.pages.retrieve(low["id"])["properties"]["Blocked by"]
    assert back["relation"] == [{"id": high["id"]}]
    assert back["has_more"] is False
    assert notion.pages.retrieve(high["id"])["properties"]["Weight"]["rollup"]["number"] == 4
    notion.pages.update(high["id"], properties={"Blocks": {"relation": []}})
    assert notion.pages.retrieve(low["id"])["properties"]["Blocked by"]["relation"] == []


def test_more_than_25_relations_come_whole_from_the_property_endpoint(
    notion: Any, source: str
) -> None:
    notion.data_sources.update(
        source,
        properties={"Other": {"relation": {"data_source_id": source, "single_property": {}}}},
    )
    ids = [{"id": row(notion, source, str(n))["id"]} for n in range(27)]
    page = row(notion, source, "all", Other={"relation": ids})

    shown = page["properties"]["Other"]
    assert (len(shown["relation"]), shown["has_more"]) == (25, True)
    listed = notion.pages.properties.retrieve(page["id"], shown["id"], page_size=20)
    assert listed["has_more"]
    assert listed["property_item"]["type"] == "relation"
    rest = notion.pages.properties.retrieve(
        page["id"], shown["id"], start_cursor=listed["next_cursor"]
    )
    found = [item["relation"] for item in [*listed["results"], *rest["results"]]]
    assert found == ids


def test_blocks_are_appended_read_changed_and_trashed(notion: Any, source: str) -> None:
    page = row(notion, source, "x")
    made = notion.blocks.children.append(
        page["id"],
        children=[
            {"heading_2": {"rich_text": text("Plan")}},
            {
                "bulleted_list_item": {
                    "rich_text": text("one"),
                    "children": [{"to_do": {"rich_text": text("two"), "checked": True}}],
                }
            },
        ],
    )["results"]

    assert [block["type"] for block in made] == ["heading_2", "bulleted_list_item"]
    assert made[1]["has_children"]
    inner = notion.blocks.children.list(made[1]["id"])["results"]
    assert inner[0]["to_do"]["checked"] is True
    notion.blocks.update(made[0]["id"], heading_2={"rich_text": text("Plan B")})
    notion.blocks.delete(made[1]["id"])
    left = notion.blocks.children.list(page["id"])["results"]
    assert [block["heading_2"]["rich_text"][0]["plain_text"] for block in left] == ["Plan B"]


def test_children_put_behind_a_block_are_told_with_all_that_follow(
    notion: Any, source: str
) -> None:
    page = row(notion, source, "x")
    old = [{"paragraph": {"rich_text": text(name)}} for name in "ab"]
    first, last = notion.blocks.children.append(page["id"], children=old)["results"]
    new = {"paragraph": {"rich_text": text("new")}}
    place: dict[str, Any] = {"after": first["id"]}
    if notion.options.notion_version == "2026-03-11":
        place = {"position": {"type": "after_block", "after_block": {"id": first["id"]}}}

    answer = notion.request(
        path=f"blocks/{page['id']}/children", method="PATCH", body={"children": [new], **place}
    )

    told = [block["paragraph"]["rich_text"][0]["plain_text"] for block in answer["results"]]
    assert told == ["new", "b"]
    listed = notion.blocks.children.list(page["id"])["results"]
    assert [one["id"] for one in listed] == [first["id"], answer["results"][0]["id"], last["id"]]


def test_limits_of_children_are_kept(notion: Any, source: str) -> None:
    page = row(notion, source, "x")
    one = {"paragraph": {"rich_text": text("x")}}

    with pytest.raises(APIResponseError, match=r"body.children.length should be ≤ `100`"):
        notion.blocks.children.append(page["id"], children=[one] * 101)
    deep: dict[str, Any] = one
    for _ in range(3):
        deep = {"toggle": {"rich_text": [], "children": [deep]}}
    with pytest.raises(APIResponseError, match="children should be not present"):
        notion.blocks.children.append(page["id"], children=[deep])


def test_page_moves_to_another_parent_and_keeps_its_body(
    notion: Any, source: str, info: dict[str, str]
) -> None:
    page = notion.pages.create(
        parent={"data_source_id": source},
        properties={"Name": {"title": text("mover")}},
        children=[{"paragraph": {"rich_text": text("body")}}],
    )
    moved = notion.request(
        path=f"pages/{page['id']}/move",
        method="POST",
        body={"parent": {"page_id": info["parent_page_id"]}},
    )

    assert moved["parent"] == {"type": "page_id", "page_id": info["parent_page_id"]}
    assert moved["properties"]["title"]["title"][0]["plain_text"] == "mover"
    assert len(notion.blocks.children.list(page["id"])["results"]) == 1
    assert notion.data_sources.query(source)["results"] == []


def test_comments_belong_to_discussions(notion: Any, source: str) -> None:
    page = row(notion, source, "x")
    first = notion.comments.create(parent={"page_id": page["id"]}, rich_text=text("one"))
    second = notion.comments.create(discussion_id=first["discussion_id"], rich_text=text("two"))

    listed = notion.comments.list(block_id=page["id"])["results"]
    assert [c["id"] for c in listed] == [first["id"], second["id"]]
    assert second["discussion_id"] == first["discussion_id"]
    assert first["display_name"] == {"type": "integration", "resolved_name": "NEXUS PRO"}
    assert notion.comments.retrieve(comment_id=first["id"])["rich_text"][0]["plain_text"] == "one"


def test_search_finds_pages_and_data_sources_by_title(notion: Any, source: str) -> None:
    row(notion, source, "unlikely needle")

    pages = notion.search(query="NEEDLE", filter={"property": "object", "value": "page"})
    assert {p["object"] for p in pages["results"]} == {"page"}
    assert notion.search(query="no such title at all")["results"] == []
    sources = notion.search(query="Tasks", filter={"property": "object", "value": "data_source"})
    assert source in [found["id"] for found in sources["results"]]


def test_file_is_uploaded_and_attached_under_a_signed_address(notion: Any, source: str) -> None:
    upload = notion.file_uploads.create(
        mode="single_part", filename="a.txt", content_type="text/plain"
    )
    sent = notion.file_uploads.send(upload["id"], file=("a.txt", b"hello", "text/plain"))
    assert (sent["status"], sent["content_length"]) == ("uploaded", 5)
    page = notion.pages.create(
        parent={"data_source_id": source},
        properties={"Name": {"title": text("x")}},
        children=[{"file": {"type": "file_upload", "file_upload": {"id": upload["id"]}}}],
    )

    def address() -> str:
        block = notion.blocks.children.list(page["id"])["results"][0]
        return str(block["file"]["file"]["url"])

    first, second = address(), address()
    assert first != second
    assert first.split("?")[0] == second.split("?")[0]


def test_parts_of_a_large_file_are_counted_and_joined(notion: Any) -> None:
    upload = notion.file_uploads.create(
        mode="multi_part", filename="l.pdf", content_type="application/pdf", number_of_parts=2
    )
    assert upload["number_of_parts"] == {"total": 2, "sent": 0}
    for part in ("1", "2"):
        notion.file_uploads.send(
            upload["id"], file=("l.pdf", b"12345", "application/pdf"), part_number=part
        )

    done = notion.file_uploads.complete(upload["id"])

    assert (done["status"], done["content_length"]) == ("uploaded", 10)


@pytest.mark.parametrize(
    ("headers", "path", "status", "code", "message"),
    [
        ({"Authorization": "Bearer no"}, "users/me", 401, "unauthorized", "API token is invalid."),
        ({"Notion-Version": ""}, "users/me", 400, "validation_error", "instead was"),
        ({"Notion-Version": "2020-01-01"}, "users/me", 400, "validation_error", "2026-03-11"),
        ({}, "nowhere", 400, "invalid_request_url", "Invalid request URL."),
        (
            {},
            "pages/abc",
            400,
            "validation_error",
            'path failed validation: path.page_id should be a valid uuid, instead was `"abc"`.',
        ),
        ({}, f"pages/{'1' * 32}", 404, "object_not_found", "Could not find page with ID: 1111"),
    ],
)
def test_errors_have_notions_form(
    standin: StandIn,
    info: dict[str, str],
    headers: dict[str, str],
    path: str,
    status: int,
    code: str,
    message: str,
) -> None:
    usual = {"Authorization": f"Bearer {info['token']}", "Notion-Version": "2026-03-11"}
    answer = httpx.get(f"http://{standin.address}/v1/{path}", headers=usual | headers)

    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert (body["object"], body["code"]) == ("error", code)
    assert message in body["message"]
    assert answer.headers["x-notion-request-id"] == body["request_id"]


def test_missing_version_and_broken_json_have_codes_of_their_own(
    standin: StandIn, info: dict[str, str]
) -> None:
    bearer = {"Authorization": f"Bearer {info['token']}"}
    bare = httpx.get(f"http://{standin.address}/v1/users/me", headers=bearer)
    broken = httpx.post(
        f"http://{standin.address}/v1/search",
        headers={**bearer, "Notion-Version": "2025-09-03"},
        content="{",
    )

    assert (bare.status_code, bare.json()["code"]) == (400, "missing_version")
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")
