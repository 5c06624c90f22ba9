"""What the adapter sends, and when it sends it again; the network is played by a script."""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.adapters.notion import NotionClient
from shared.errors import (
    InvalidRequest,
    NotFound,
    RateLimited,
    StaleWrite,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.notion import (
    CommittedButUnread,
    DataSource,
    Property,
    Replacement,
    RowQuery,
)

PAGE = "1b2c3d4e-0000-4000-8000-00000000000a"
SOURCE = "2b2c3d4e-0000-4000-8000-00000000000a"
DATABASE = "3b2c3d4e-0000-4000-8000-00000000000a"
ADA = "9a9b9c9d-0000-4000-8000-00000000000b"
TOKEN = "ntn_secret"
ME = {"object": "user", "id": ADA, "name": "Nexus", "type": "bot", "bot": {}}
BODY = {"object": "page_markdown", "id": PAGE, "markdown": "text", "truncated": False}
ROW = {
    "object": "page",
    "id": PAGE,
    "created_time": "2026-11-22T12:00:00.000Z",
    "last_edited_time": "2026-11-22T12:00:00.000Z",
    "last_edited_by": {"object": "user", "id": ADA},
    "parent": {"type": "data_source_id", "data_source_id": SOURCE},
    "properties": {"Name": {"id": "title", "type": "title", "title": []}},
}
SOURCE_JSON = {
    "object": "data_source",
    "id": SOURCE,
    "title": [],
    "parent": {"type": "database_id", "database_id": DATABASE},
    "properties": {"Name": {"id": "title", "type": "title", "title": {}}},
}
TASKS = DataSource(
    id=SOURCE,
    database_id=DATABASE,
    title="Tasks",
    url="",
    properties=(
        Property(id="title", name="Name", kind="title"),
        Property(id="XGe%40", name="Notes", kind="rich_text"),
    ),
)
Answer = httpx.Response | Exception


class Script:
    """Gives its answers in order; keeps the requests and the seconds slept."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[httpx.Request] = []
        self.slept_s: list[float] = []
        self.limits_s: list[float] = []
        self.counted = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def count(self) -> None:
        self.counted += 1

    def sent(self, position: int = -1) -> tuple[str, str, Any]:
        """Method, address below /v1/ and body of a request."""
        request = self.requests[position]
        body = json.loads(request.content) if request.content else None
        return request.method, str(request.url).removeprefix("https://api.notion.com/v1/"), body


def told(given: Any, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=given, headers=headers)


def refused(status: int, code: str, message: str = "", **extra: Any) -> httpx.Response:
    headers = {"retry-after": str(extra.pop("wait"))} if "wait" in extra else None
    error = {"object": "error", "status": status, "code": code, "message": message}
    return told(error | ({"additional_data": extra} if extra else {}), status, headers)


def listed(*results: Any, cursor: str | None = None) -> httpx.Response:
    found = {"results": results, "next_cursor": cursor, "has_more": cursor is not None}
    return told({"object": "list", **found})


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    played = Script()
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, req: played.handle(req))
    monkeypatch.setattr(time, "sleep", played.slept_s.append)
    return played


@pytest.fixture
def notion(script: Script) -> NotionClient:
    return NotionClient(TOKEN, "", script.count, script.limits_s.append)


def test_a_request_carries_version_and_token_and_is_counted(
    script: Script, notion: NotionClient
) -> None:
    script.answers = [told(ME)]
    assert notion.me().id == ADA
    (request,) = script.requests
    assert request.headers["notion-version"] == "2026-03-11"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert script.counted == 1


def test_a_row_is_made_with_title_properties_and_body_at_once(
    script: Script, notion: NotionClient
) -> None:
    script.answers = [told(ROW), told(ROW)]
    notion.create_row(TASKS, {"XGe%40": "n"}, "# One")
    assert script.sent() == (
        "POST",
        "pages",
        {
            "parent": {"type": "data_source_id", "data_source_id": SOURCE},
            "properties": {
                "title": {"title": []},
                "XGe%40": {"rich_text": [{"type": "text", "text": {"content": "n"}}]},
            },
            "markdown": "# One",
            "markdown_version": "v2",
        },
    )
    notion.create_row(TASKS, {}, "")
    assert "markdown_version" not in script.sent()[2]


def test_properties_and_the_trash_are_changed_in_one_request(
    script: Script, notion: NotionClient
) -> None:
    script.answers = [told(ROW)]
    notion.update_row(TASKS, PAGE.replace("-", ""), {"XGe%40": None}, in_trash=True)
    body = {"properties": {"XGe%40": {"rich_text": []}}, "in_trash": True}
    assert script.sent() == ("PATCH", f"pages/{PAGE}", body)


def test_values_that_are_refused_here_cost_no_request(script: Script, notion: NotionClient) -> None:
    with pytest.raises(InvalidRequest):
        notion.update_row(TASKS, PAGE, {"zzzz": "x"})
    with pytest.raises(InvalidRequest):
        notion.edit_body(PAGE, [Replacement(old="", new="x")])
    with pytest.raises(InvalidRequest):
        notion.row("../users/me")
    assert script.requests == []


def test_bodies_are_read_and_written_in_the_second_dialect(
    script: Script, notion: NotionClient
) -> None:
    script.answers = [told(BODY), told(BODY), told(BODY)]
    assert notion.body(PAGE).markdown == "text"
    assert script.sent() == ("GET", f"pages/{PAGE}/markdown?markdown_version=v2", None)
    notion.edit_body(PAGE, [Replacement(old="a", new="b"), Replacement(old="c", new="")])
    updates = [{"old_str": "a", "new_str": "b"}, {"old_str": "c", "new_str": ""}]
    change = {"content_updates": updates, "allow_deleting_content": False}
    assert script.sent()[2] == {
        "type": "update_content",
        "update_content": change,
        "markdown_version": "v2",
    }
    notion.replace_body(PAGE, "new")
    assert script.sent()[2] == {
        "type": "replace_content",
        "replace_content": {"new_str": "new", "allow_deleting_content": False},
        "markdown_version": "v2",
    }


def test_an_edit_of_what_is_gone_is_stale(script: Script, notion: NotionClient) -> None:
    script.answers = [refused(400, "validation_error", "Could not find old_str in the page.")]
    with pytest.raises(StaleWrite):
        notion.edit_body(PAGE, [Replacement(old="a", new="b")])
    script.answers = [refused(404, "object_not_found")]
    with pytest.raises(NotFound):
        notion.edit_body(PAGE, [Replacement(old="a", new="b")])


def test_a_query_says_which_rows_in_which_order(script: Script, notion: NotionClient) -> None:
    script.answers = [listed(ROW, {"object": "data_source", "id": SOURCE}, cursor="next")]
    since = datetime(2026, 11, 22, 12, 3, tzinfo=UTC)
    rows = notion.query(
        RowQuery(
            data_source_id=SOURCE,
            edited_from=since,
            text_equals=("XGe%40", "key"),
            order="edited",
            slim=True,
            cursor="here",
            page_size=50,
        )
    )
    assert ([row.id for row in rows.rows], rows.cursor, rows.complete) == ([PAGE], "next", True)
    method, address, body = script.sent()
    assert (method, address) == (
        "POST",
        f"data_sources/{SOURCE}/query?filter_properties%5B%5D=title",
    )
    edited = {"on_or_after": "2026-11-22T12:03:00.000+00:00"}
    assert body == {
        "filter": {
            "and": [
                {"timestamp": "last_edited_time", "last_edited_time": edited},
                {"property": "XGe%40", "rich_text": {"equals": "key"}},
            ]
        },
        "sorts": [{"timestamp": "last_edited_time", "direction": "ascending"}],
        "page_size": 50,
        "start_cursor": "here",
    }


def test_a_query_that_notion_cut_is_incomplete(script: Script, notion: NotionClient) -> None:
    cut = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    found = {"results": [ROW], "next_cursor": None, "has_more": False, "request_status": cut}
    script.answers = [told({"object": "list", **found})]
    rows = notion.query(RowQuery(data_source_id=SOURCE))
    assert (rows.complete, rows.cursor) == (False, None)


def test_lists_are_read_to_their_end(script: Script, notion: NotionClient) -> None:
    items = [{"type": "relation", "relation": {"id": PAGE}} for _ in range(2)]
    script.answers = [listed(items[0], cursor="c1"), listed(items[1])]
    assert notion.references(PAGE, "XGe%40") == (PAGE, PAGE)
    assert [str(request.url.raw_path, "ascii") for request in script.requests] == [
        f"/v1/pages/{PAGE}/properties/XGe%40?page_size=100",
        f"/v1/pages/{PAGE}/properties/XGe%40?page_size=100&start_cursor=c1",
    ]


def test_a_database_is_made_with_its_columns_and_read_again(
    script: Script, notion: NotionClient
) -> None:
    made = {"object": "database", "id": DATABASE, "data_sources": [{"id": SOURCE, "name": "T"}]}
    saved = refused(503, "service_unavailable", committed_resource_id=DATABASE)
    script.answers = [told(made), told(SOURCE_JSON), saved, told(made), told(SOURCE_JSON)]
    columns = [Property(id="", name="State", kind="select", options=("Open",))]
    assert notion.create_database(PAGE, "T", columns).id == SOURCE
    body = script.sent(0)[2]
    assert body["initial_data_source"]["properties"] == {
        "Name": {"title": {}},
        "State": {"select": {"options": [{"name": "Open"}]}},
    }
    assert notion.create_database(PAGE, "T", columns).id == SOURCE  # its answer was a 503
    assert [each.method for each in script.requests] == ["POST", "GET", "POST", "GET", "GET"]


def test_columns_that_exist_are_not_added(script: Script, notion: NotionClient) -> None:
    script.answers = [told(SOURCE_JSON)]
    notion.add_properties(SOURCE, [Property(id="", name="Name", kind="rich_text")])
    script.answers = [told(SOURCE_JSON), told(SOURCE_JSON), told(SOURCE_JSON)]
    notion.add_properties(SOURCE, [Property(id="", name="Notes", kind="rich_text")])
    assert script.sent(2) == (
        "PATCH",
        f"data_sources/{SOURCE}",
        {"properties": {"Notes": {"rich_text": {}}}},
    )


def test_a_moved_row_is_read_again_where_the_answer_is_only_its_id(
    script: Script, notion: NotionClient
) -> None:
    script.answers = [told({"object": "page", "id": PAGE}), told(ROW), told(ROW)]
    assert notion.move_row(PAGE, SOURCE).id == PAGE
    assert notion.move_row(PAGE, SOURCE).id == PAGE
    assert [each.method for each in script.requests] == ["POST", "GET", "POST"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_repeated_after_a_passing_failure(
    script: Script, notion: NotionClient, status: int
) -> None:
    script.answers = [refused(status, "x"), told(ROW)]
    assert notion.row(PAGE).id == PAGE
    script.answers = [refused(status, "x"), listed(ROW)]
    assert len(notion.query(RowQuery(data_source_id=SOURCE)).rows) == 1
    assert script.counted == 4  # a repetition is a request, too


def test_a_read_is_repeated_after_a_timeout_with_the_time_that_is_left(
    script: Script, notion: NotionClient
) -> None:
    script.answers = [httpx.ReadTimeout("slow"), httpx.ConnectError("no"), told(ME)]
    notion.me()
    limits = [request.extensions["timeout"]["read"] for request in script.requests]
    assert all(limit <= 9.0 for limit in limits)


def test_a_read_that_keeps_failing_fails(script: Script, notion: NotionClient) -> None:
    script.answers = [refused(503, "service_unavailable")] * 3
    with pytest.raises(UpstreamUnavailable):
        notion.row(PAGE)


Act = Callable[[NotionClient], object]
WRITES: list[Act] = [
    lambda notion: notion.create_row(TASKS, {}, ""),
    lambda notion: notion.update_row(TASKS, PAGE, {}, in_trash=True),
    lambda notion: notion.move_row(PAGE, SOURCE),
    lambda notion: notion.edit_body(PAGE, [Replacement(old="a", new="b")]),
    lambda notion: notion.replace_body(PAGE, "x"),
    lambda notion: notion.comment(PAGE, "x"),
    lambda notion: notion.create_database(PAGE, "T", []),
]


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_may_have_happened_is_never_repeated(
    script: Script, notion: NotionClient, write: Act
) -> None:
    failures: list[Answer] = [
        refused(500, "internal_server_error"),
        refused(503, "service_unavailable"),
        refused(409, "conflict_error"),
        httpx.ConnectError("no"),
    ]
    for failed in failures:
        script.answers = [failed]
        with pytest.raises(UpstreamUnavailable):
            write(notion)
    script.answers = [httpx.ReadTimeout("slow")]
    with pytest.raises(UpstreamTimeout):
        write(notion)
    assert script.slept_s == []


def test_a_read_that_collides_is_not_repeated(script: Script, notion: NotionClient) -> None:
    script.answers = [refused(409, "conflict_error")]
    with pytest.raises(UpstreamUnavailable):
        notion.row(PAGE)


def test_a_create_that_was_saved_is_told(script: Script, notion: NotionClient) -> None:
    script.answers = [refused(503, "service_unavailable", committed_resource_id=PAGE)]
    with pytest.raises(CommittedButUnread) as saved:
        notion.create_row(TASKS, {}, "")
    assert saved.value.page_id == PAGE


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limited"), (529, "service_overload")])
def test_a_short_limit_is_waited_for_and_a_long_one_given_back(
    script: Script, notion: NotionClient, status: int, code: str
) -> None:
    script.answers = [refused(status, code, wait=2), told(ROW)]
    notion.update_row(TASKS, PAGE, {}, in_trash=True)
    assert (script.slept_s, script.limits_s) == ([2.0], [2.0])
    script.answers = [refused(status, code, wait=3)]
    with pytest.raises(RateLimited) as limited:
        notion.row(PAGE)
    assert limited.value.retry_after_s == 3.0
    assert (script.slept_s, script.limits_s) == ([2.0], [2.0, 3.0])


def test_a_blocked_connection_is_not_tried_again(script: Script, notion: NotionClient) -> None:
    reason = "public_api_request_blocked"
    script.answers = [refused(429, "rate_limited", wait=1, rate_limit_reason=reason)]
    with pytest.raises(UpstreamRejected):
        notion.row(PAGE)
    assert script.limits_s == []


def test_what_the_budget_refuses_is_not_sent_and_not_waited_for(script: Script) -> None:
    def refuse() -> None:
        raise RateLimited("used up", 0.5)

    notion = NotionClient(TOKEN, "", refuse)
    with pytest.raises(RateLimited):
        notion.row(PAGE)
    assert (script.requests, script.slept_s) == ([], [])


def test_an_answer_that_is_no_json_is_unavailability(script: Script, notion: NotionClient) -> None:
    script.answers = [httpx.Response(200, text="<html>")] * 3
    with pytest.raises(UpstreamUnavailable):
        notion.row(PAGE)


def test_nothing_that_people_wrote_is_logged(
    script: Script, notion: NotionClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script.answers = [refused(400, "validation_error", "my secret plan"), refused(500, "secret")]
    script.answers += [told(ROW)]
    with pytest.raises(UpstreamRejected):
        notion.replace_body(PAGE, "my secret plan")
    notion.row(PAGE)
    written = "".join(str(record.__dict__) for record in caplog.records)
    assert "a request to notion is repeated" in written
    assert "secret" not in written


def test_a_closed_client_opens_again(script: Script, notion: NotionClient) -> None:
    script.answers = [told(ME), told(ME)]
    notion.me()
    notion.close()
    notion.close()
    assert notion.me().id == ADA


def test_all_of_a_text_is_read_where_a_page_shows_it_cut(
    script: Script, notion: NotionClient
) -> None:
    pieces = [
        {"type": "text", "plain_text": "see ", "annotations": {}},
        {"type": "mention", "plain_text": "Plan", "href": "https://e.com/p", "annotations": {}},
    ]
    items = [{"object": "property_item", "type": "rich_text", "rich_text": one} for one in pieces]
    script.answers = [listed(*items), listed()]
    assert notion.references(PAGE, "XGe%40") == ("see [Plan](https://e.com/p)",)
    assert notion.references(PAGE, "XGe%40") == ()
