"""What tests order from the Notion stand-in: failures, time, people, sharing, webhooks."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.contract.standins import StandIn, running

VERSION = "2026-03-11"


@dataclass(slots=True)
class Notion:
    """Both addresses of one stand-in, asynchronously."""

    standin: StandIn
    info: dict[str, str]
    http: httpx.AsyncClient

    async def call(
        self, method: str, path: str, timeout_s: float = 5.0, **body: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.info['token']}", "Notion-Version": VERSION}
        return await self.http.request(
            method,
            f"http://{self.standin.address}/v1/{path}",
            headers=headers,
            timeout=timeout_s,
            json=body or None,
        )

    async def order(self, path: str, order: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(f"http://{self.standin.control}{path}", json=order)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def page(self, title: str, **parent: str) -> str:
        above = parent or {"page_id": self.info["parent_page_id"]}
        properties = {"title": {"title": [{"text": {"content": title}}]}}
        made = await self.call("POST", "pages", parent=above, properties=properties)
        assert made.status_code == 200, made.text
        return str(made.json()["id"])

    async def edit(self, action: str, **fields: Any) -> dict[str, Any]:
        return await self.order("/control/edits", {"action": action, **fields})

    async def fault(self, **order: Any) -> None:
        await self.order("/faults", order)

    async def source(self, properties: dict[str, Any] | None = None) -> str:
        made = await self.call(
            "POST",
            "databases",
            parent={"page_id": self.info["parent_page_id"]},
            initial_data_source={"properties": properties or {"title": {"title": {}}}},
        )
        return str(made.json()["data_sources"][0]["id"])

    async def query(self, source: str, **body: Any) -> dict[str, Any]:
        return dict((await self.call("POST", f"data_sources/{source}/query", **body)).json())


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with running("notion_standin") as found:
        yield found


@pytest.fixture
async def notion(standin: StandIn) -> AsyncIterator[Notion]:
    await standin.order("/reset")
    await standin.order("/settings", rate_limit=0)
    async with httpx.AsyncClient() as client:
        yield Notion(standin, await standin.told("/info"), client)


async def test_rate_limit_holds_until_the_next_window(notion: Notion) -> None:
    await notion.standin.order("/clock", at="2026-11-22T10:00:20Z")
    await notion.standin.order("/settings", rate_limit=2)

    statuses = [(await notion.call("GET", "users/me")).status_code for _ in range(2)]
    limited = await notion.call("GET", "users/me")

    assert statuses == [200, 200]
    assert (limited.status_code, limited.json()["code"]) == (429, "rate_limited")
    assert limited.headers["Retry-After"] == "40"
    assert limited.json()["additional_data"] == {
        "rate_limit_reason": "public_api_request_rate_limit",
        "retry_after": "40",
    }
    await notion.standin.order("/clock", move_s=40)
    assert (await notion.call("GET", "users/me")).status_code == 200


async def test_times_are_rounded_down_to_the_minute(notion: Notion) -> None:
    await notion.standin.order("/clock", at="2026-11-22T10:00:59.900Z")
    page = await notion.page("x")
    await notion.standin.order("/clock", move_s=0.05)
    same = (await notion.call("PATCH", f"pages/{page}", icon={"emoji": "🎯"})).json()
    await notion.standin.order("/clock", move_s=0.1)
    later = (await notion.call("PATCH", f"pages/{page}", icon=None, is_locked=True)).json()

    assert same["last_edited_time"] == "2026-11-22T10:00:00.000Z"
    assert later["last_edited_time"] == "2026-11-22T10:01:00.000Z"


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "conflict_error"), (502, "bad_gateway"), (504, "gateway_timeout"),
     (529, "service_overload")],
)  # fmt: skip
async def test_ordered_failure_comes_once_and_changes_nothing(
    notion: Notion, status: int, code: str
) -> None:
    await notion.fault(status=status, method="POST", path="/pages$")

    failed = await notion.call("POST", "pages", parent={"page_id": notion.info["parent_page_id"]})

    assert (failed.status_code, failed.json()["code"]) == (status, code)
    children = await notion.call("GET", f"blocks/{notion.info['parent_page_id']}/children")
    assert children.json()["results"] == []
    await notion.page("works again")


async def test_write_of_a_503_may_have_been_saved_and_names_what_it_made(notion: Notion) -> None:
    page = await notion.page("x")
    await notion.fault(status=503, apply=True, times=2)

    made = await notion.call("POST", "pages", parent={"page_id": page})
    paragraph: dict[str, Any] = {"paragraph": {"rich_text": []}}
    added = await notion.call("PATCH", f"blocks/{page}/children", children=[paragraph])

    told = made.json()["additional_data"]
    assert told["retry_guidance"]
    read = await notion.call("GET", f"pages/{told['committed_resource_id']}")
    assert read.json()["parent"]["page_id"] == page
    child = added.json()["additional_data"]["committed_child_ids"][0]
    assert (await notion.call("GET", f"blocks/{child}")).json()["type"] == "paragraph"


@pytest.mark.parametrize("kind", ["timeout", "close"])
async def test_request_that_is_never_answered_was_carried_out(notion: Notion, kind: str) -> None:
    page = await notion.page("x")
    await notion.fault(kind=kind, method="PATCH")

    with pytest.raises(httpx.TransportError):
        await notion.call("PATCH", f"pages/{page}", timeout_s=0.3, in_trash=True)

    assert (await notion.call("GET", f"pages/{page}")).json()["in_trash"] is True


async def test_only_the_first_of_several_updates_is_done_when_so_ordered(notion: Notion) -> None:
    page = await notion.page("x")
    await notion.edit("markdown", id=page, markdown="a\n\nb")
    await notion.fault(kind="partial", path="markdown")
    updates = [{"old_str": "a", "new_str": "1"}, {"old_str": "b", "new_str": "2"}]

    answer = await notion.call(
        "PATCH",
        f"pages/{page}/markdown",
        type="update_content",
        update_content={"content_updates": updates},
        markdown_version="v2",
    )

    assert answer.json()["markdown"] == "1\n\nb"


async def test_requests_are_recorded_without_the_token(notion: Notion) -> None:
    await notion.standin.order("/reset")
    await notion.call("POST", "search", query="x")

    recorded = (await notion.standin.told("/control/requests"))["requests"]
    assert [(r["method"], r["path"], r["body"], r["status"]) for r in recorded] == [
        ("POST", "/v1/search", {"query": "x"}, 200)
    ]
    assert notion.info["token"] not in json.dumps(recorded)


async def test_person_edits_show_the_person_as_the_last_editor(notion: Notion) -> None:
    page = await notion.page("x")
    await notion.edit("markdown", id=page, markdown="by hand", user="Grace")

    read = (await notion.call("GET", f"pages/{page}")).json()
    assert read["created_by"]["id"] == notion.info["bot_id"]
    editor = (await notion.call("GET", f"users/{read['last_edited_by']['id']}")).json()
    assert (editor["type"], editor["name"]) == ("person", "Grace")


async def test_unshared_page_is_not_found_and_vanishes(notion: Notion) -> None:
    source = await notion.source()
    page = (await notion.edit("create", parent={"data_source_id": source}, title="secret"))["id"]
    await notion.edit("unshare", id=page)

    read = await notion.call("GET", f"pages/{page}")
    assert (read.status_code, read.json()["code"]) == (404, "object_not_found")
    assert (await notion.query(source))["results"] == []
    await notion.edit("share", id=page)
    assert len((await notion.query(source))["results"]) == 1


async def test_unshared_database_hides_its_rows(notion: Notion) -> None:
    source = await notion.source()
    page = (await notion.edit("create", parent={"data_source_id": source}, title="x"))["id"]
    found = (await notion.call("GET", f"data_sources/{source}")).json()
    await notion.edit("unshare", id=found["parent"]["database_id"])

    assert (await notion.call("GET", f"pages/{page}")).status_code == 404
    assert (await notion.call("POST", f"data_sources/{source}/query")).status_code == 404


async def test_archived_row_is_another_thing_than_a_trashed_one(notion: Notion) -> None:
    source = await notion.source()
    page = (await notion.edit("create", parent={"data_source_id": source}, title="x"))["id"]
    await notion.edit("archive", id=page)

    read = (await notion.call("GET", f"pages/{page}")).json()
    assert (read["is_archived"], read["in_trash"]) == (True, False)
    assert (await notion.query(source))["results"] == []
    assert len((await notion.query(source, is_archived=True))["results"]) == 1


@pytest.mark.parametrize(
    ("capability", "method", "path"),
    [("read_content", "GET", "pages/{root}"), ("update_content", "PATCH", "pages/{root}"),
     ("insert_content", "POST", "pages"), ("read_comments", "GET", "comments?block_id={root}"),
     ("insert_comments", "POST", "comments")],
)  # fmt: skip
async def test_missing_capability_is_restricted(
    notion: Notion, capability: str, method: str, path: str
) -> None:
    await notion.standin.order("/settings", capabilities={capability: False})

    answer = await notion.call(method, path.format(root=notion.info["parent_page_id"]))

    assert (answer.status_code, answer.json()["code"]) == (403, "restricted_resource")


async def test_query_beyond_its_cap_says_that_it_is_incomplete(notion: Notion) -> None:
    source = await notion.source()
    await notion.standin.order("/seed", data_source_id=source, count=12)
    await notion.standin.order("/settings", query_limit=10)

    first = await notion.query(source, page_size=6)
    last = await notion.query(source, page_size=6, start_cursor=first["next_cursor"])

    assert "request_status" not in first
    assert (len(last["results"]), last["has_more"]) == (4, False)
    assert last["request_status"] == {
        "type": "incomplete",
        "incomplete_reason": "query_result_limit_reached",
    }


async def test_order_that_cannot_be_read_is_answered_with_what_is_wrong(notion: Notion) -> None:
    answer = await notion.http.post(f"http://{notion.standin.control}/faults", json={"path": "("})

    assert answer.status_code == 422
    assert "regular expression" in answer.text


@dataclass(slots=True)
class Receiver:
    """A server that takes deliveries, answering `statuses` one after the other, then 200."""

    statuses: list[int] = field(default_factory=list)
    raw: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.raw]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what came fulfils the condition."""
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    async def take(self, request: web.Request) -> web.Response:
        self.raw.append((await request.read(), request.headers["X-Notion-Signature"]))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[tuple[Receiver, str]]:
    receiver, app = Receiver(list(statuses)), web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def test_subscription_begins_with_a_signed_verification_token(notion: Notion) -> None:
    async with receiving() as (receiver, url):
        await notion.standin.order("/webhook", url=url, window_s=0)

    body, signature = receiver.raw[0]
    token = json.loads(body)["verification_token"]
    assert token.startswith("secret_")
    assert signature == "sha256=" + hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
    assert (await notion.standin.told("/info"))["webhook_secret"] == token


async def test_edits_of_one_page_are_gathered_into_one_signed_event(notion: Notion) -> None:
    async with receiving() as (receiver, url):
        page = await notion.page("x")
        await notion.standin.order(
            "/webhook", url=url, verified=True, verification_token="secret_x", window_s=30
        )
        await notion.edit("markdown", id=page, markdown="one")
        await notion.call(
            "PATCH", f"blocks/{page}/children", children=[{"paragraph": {"rich_text": []}}]
        )
        await notion.standin.order("/webhook/flush")
        await receiver.until(lambda: len(receiver.raw) == 1)

    event = receiver.events[0]
    body, signature = receiver.raw[0]
    assert signature == "sha256=" + hmac.new(b"secret_x", body, hashlib.sha256).hexdigest()
    assert event["type"] == "page.content_updated"
    assert event["entity"] == {"id": page, "type": "page"}
    assert [author["type"] for author in event["authors"]] == ["person", "bot"]
    assert len(event["data"]["updated_blocks"]) == 2
    assert event["data"]["parent"] == {"id": notion.info["parent_page_id"], "type": "page"}
    assert event["integration_id"] == notion.info["bot_id"]


async def test_delivery_is_tried_again_until_it_is_taken(notion: Notion) -> None:
    async with receiving(500, 503) as (receiver, url):
        page = await notion.page("x")
        await notion.standin.order("/webhook", url=url, verified=True, window_s=0, retry_s=0.01)
        await notion.call("PATCH", f"pages/{page}", is_locked=True)
        await receiver.until(lambda: len(receiver.raw) == 3)

    assert [event["attempt_number"] for event in receiver.events] == [1, 2, 3]
    assert len({event["id"] for event in receiver.events}) == 1


async def test_page_that_came_and_went_in_one_window_is_no_event(notion: Notion) -> None:
    async with receiving() as (receiver, url):
        await notion.standin.order("/webhook", url=url, verified=True, window_s=30)
        page = await notion.page("brief")
        await notion.edit("trash", id=page)
        other = await notion.page("stays")
        await notion.standin.order("/webhook/flush")
        await receiver.until(lambda: any(e["entity"]["id"] == other for e in receiver.events))

    assert page not in [event["entity"]["id"] for event in receiver.events]


async def test_property_schema_and_comment_events_tell_what_changed(notion: Notion) -> None:
    source = await notion.source({"Name": {"title": {}}, "Points": {"number": {}}})
    page = (await notion.edit("create", parent={"data_source_id": source}, title="x"))["id"]
    async with receiving() as (receiver, url):
        await notion.standin.order("/webhook", url=url, verified=True, window_s=30)
        await notion.edit("properties", id=page, properties={"Points": {"number": 1}})
        await notion.edit("schema", id=source, properties={"New": {"checkbox": {}}})
        comment = (await notion.edit("comment", id=page, text="hi"))["id"]
        await notion.standin.order("/webhook/flush")
        await receiver.until(lambda: len(receiver.raw) == 3)

    events = {event["type"]: event for event in receiver.events}
    columns = (await notion.call("GET", f"data_sources/{source}")).json()["properties"]
    changed = events["page.properties_updated"]["data"]
    assert changed["updated_properties"] == [columns["Points"]["id"]]
    assert changed["parent"]["data_source_id"] == source
    assert events["data_source.schema_updated"]["data"]["updated_properties"] == [
        {"id": columns["New"]["id"], "name": "New", "action": "created"}
    ]
    assert events["comment.created"]["entity"] == {"id": comment, "type": "comment"}
    assert events["comment.created"]["data"] == {
        "page_id": page,
        "parent": {"id": page, "type": "page"},
    }


async def test_many_requests_at_once_are_all_answered(notion: Notion) -> None:
    source = await notion.source()
    pages = await asyncio.gather(
        *(notion.call("POST", "pages", parent={"data_source_id": source}) for _ in range(20))
    )

    assert {page.status_code for page in pages} == {200}
    assert len((await notion.query(source))["results"]) == 20
