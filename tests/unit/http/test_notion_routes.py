"""The function `notion` over fakes with the real engine: shapes, tenancy, long work, conflicts."""

import ast
import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dev.fakes.repository import FakeRepository
from shared.errors import UpstreamUnavailable
from shared.http.notion import NOTION_ROUTES
from shared.http.webhooks import MAX_PUSH_BYTES
from shared.ports.identity import Caller
from shared.ports.state import Put, Query
from shared.services.operations import Operation
from shared.services.setup_order import FOLDER_RULE
from shared.sync.state import state_document, state_path
from shared.sync.workspace import Workspace
from tests.support.mortal import Died, Mortal
from tests.support.notion_house import ADA, GIT_URL, MALLORY, PUBLIC, NotionHouse

ROOT = Caller(uid="root", admin=True)
PAGE = b"---\ntitle: Plan\n---\n\nOne line.\n"


@pytest.fixture
def house() -> NotionHouse:
    return NotionHouse()


@pytest.fixture
def client(house: NotionHouse) -> FlaskClient:
    return house.client()


class Ada:
    """What a user does over HTTP."""

    def __init__(self, house: NotionHouse, client: FlaskClient) -> None:
        self.house = house
        self.client = client
        self.headers = house.headers(ADA)

    def ask(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        headers = {**self.headers, **options.pop("headers", {})}
        response = self.client.open(path, method=method, headers=headers, **options)
        assert response.status_code == status, response.data
        return response.json

    def set_up(self, **body: Any) -> Any:
        return self.ask("POST", "/notion/setup/ada", json=body)

    def sync(self, status: int = 200, **body: Any) -> Any:
        return self.ask("POST", "/notion/sync/ada", status, json=body)

    @property
    def workspace(self) -> Workspace:
        [only] = self.house.workspaces.of("ada")
        return only


@pytest.fixture
def ada(house: NotionHouse, client: FlaskClient) -> Ada:
    return Ada(house, client)


def test_setup_answers_as_the_contract_says(ada: Ada, house: NotionHouse) -> None:
    body = ada.set_up()
    secret = body["push_webhook"].pop("secret")
    workspace = ada.workspace
    sources = {each.name: each for each in (*workspace.collections, workspace.tracker) if each}
    assert secret.startswith("whsec_")
    assert body == {
        "workspace_id": house.notion.bot.workspace_id,
        "id": workspace.wid,
        "state": "idle",
        "notion": {
            "workspace_name": "Fake",
            "data_sources": {
                name: {"id": each.data_source_id, "url": each.url, "created": True}
                for name, each in sources.items()
            },
        },
        "repository": {
            "url": GIT_URL,
            "branch": "main",
            "head": house.repository.refs().heads["main"],
        },
        "push_webhook": {"url": f"{PUBLIC}/notion/push/{workspace.wid}"},
        "collections": [
            {"name": "tasks", "folder": "notion/tasks", "direction": "both"},
            {"name": "docs", "folder": "notion/docs", "direction": "both"},
        ],
        "next_sync_at": "2026-11-22T12:00:00.000Z",
    }
    again = ada.ask("POST", "/setup/ada")  # no body, and without the function's name
    assert {each["created"] for each in again["notion"]["data_sources"].values()} == {False}
    assert "secret" not in again["push_webhook"]


def test_all_that_is_set_is_taken_and_tokens_are_never_shown(ada: Ada, house: NotionHouse) -> None:
    house.repositories["https://x.example/y.git"] = FakeRepository("trunk")
    body = ada.set_up(
        repository={"url": "https://x.example/y.git", "username": "u", "token": "t0ps3cret"},
        notion_token="ntn_of_the_deployment",
        parent_page_id=house.notion.root,
        collections=[{"name": "docs", "folder": "handbook", "direction": "to_git"}],
        conflict_policy="notion",
        branch_on_status=True,
        docs_on_push=True,
    )
    assert body["collections"][1] == {"name": "docs", "folder": "handbook", "direction": "to_git"}
    assert (body["repository"]["branch"], body["repository"]["head"]) == ("trunk", None)
    workspace = ada.workspace
    assert (workspace.policy, workspace.branch_on_status, workspace.docs_on_push) == (
        "notion",
        True,
        True,
    )
    stored = repr([house.store.query(Query(collection=c)) for c in ("workspaces", "claims")])
    assert "t0ps3cret" not in stored + json.dumps(body)
    assert "ntn_of" not in stored + json.dumps(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"unknown": 1}, "unknown"),
        ({"repository": "x"}, "repository"),
        ({"notion_token": ""}, "notion_token"),
        ({"branch_on_status": "yes"}, "branch_on_status"),
        ({"conflict_policy": "both"}, "conflict_policy"),
        ({"collections": [{"folder": "x"}]}, "collections.0.name"),
        ({"collections": [{"name": "docs", "folder": "/x/../y"}]}, "collections.0.folder"),
        ({"collections": [{"name": "x"}, {"name": "y"}, {"name": "x"}]}, "collections"),
        ({"parent_page_id": "nothing"}, "parent_page_id"),
    ],
)
def test_a_wrong_field_of_a_setup_is_422_and_named(ada: Ada, body: Any, field: str) -> None:
    problem = ada.ask("POST", "/notion/setup/ada", 422, json=body)
    assert [fault["field"] for fault in problem["errors"]] == [field]


def test_all_that_is_wrong_with_the_form_of_a_setup_is_told_at_once(ada: Ada) -> None:
    collections = [
        {"name": "x", "folder": "../etc", "direction": "both"},
        {"name": "No Name", "direction": "sideways"},
    ]
    body = {"collections": collections, "conflict_policy": "coin", "branch_on_status": "yes?"}
    problem = ada.ask("POST", "/notion/setup/ada", 422, json=body)
    told = {fault["field"]: fault["message"] for fault in problem["errors"]}
    assert set(told) == {
        "collections.0.folder",
        "collections.1.name",
        "collections.1.direction",
        "conflict_policy",
        "branch_on_status",
    }
    assert told["collections.0.folder"] == FOLDER_RULE


def test_a_sync_brings_both_sides_together_and_the_status_tells(
    ada: Ada, house: NotionHouse
) -> None:
    ada.set_up()
    tasks = ada.workspace.collection("tasks").data_source_id
    house.notion.as_person().create_row(tasks, {"Name": "From Notion"}, "Hello.")
    house.repository.commit("main", {"notion/docs/plan.md": PAGE})
    house.clock.advance(60)
    body = ada.sync()
    assert set(body) == {"workspace_id", "id", "run"}
    assert body["run"]["outcome"] == "ok"
    assert body["run"]["changes"]["to_notion"] == 1
    assert body["run"]["changes"]["to_git"] >= 1
    assert b"Hello." in house.repository.contents("main")["notion/tasks/from-notion.md"]
    status = ada.ask("GET", "/notion/sync-status/ada")
    assert (status["user_id"], len(status["workspaces"])) == ("ada", 1)
    [shown] = status["workspaces"]
    assert set(shown) == {
        "workspace_id",
        "id",
        "state",
        "last_run",
        "next_sync_at",
        "lag_s",
        "links",
        "open_conflicts",
        "hold",
        "budget",
        "problems",
    }
    assert (shown["state"], shown["links"], shown["hold"], shown["problems"]) == (
        "idle",
        2,
        None,
        [],
    )
    assert shown["last_run"]["outcome"] == "ok"
    assert set(shown["last_run"]) == {"id", "started_at", "finished_at", "outcome", "changes"}
    assert set(shown["last_run"]["changes"]) == {
        "to_notion",
        "to_git",
        "deleted",
        "merged",
        "conflicts",
    }
    assert shown["budget"]["limit"] == 180
    assert shown["budget"]["used"] > 0


def test_a_large_first_contact_is_held_until_this_plan_is_confirmed(
    ada: Ada, house: NotionHouse
) -> None:
    ada.set_up()
    files: dict[str, bytes | None] = {
        f"notion/docs/page-{n}.md": f"---\ntitle: Page {n}\n---\n".encode() for n in range(26)
    }
    house.repository.commit("main", files)
    problem = ada.sync(409)
    assert problem["type"] == "/problems/held"
    [shown] = ada.ask("GET", "/notion/sync-status/ada")["workspaces"]
    assert shown["state"] == "held"
    plan = shown["hold"]["plan_id"]
    assert plan in problem["detail"]
    assert ada.sync(409, confirm="another")["type"] == "/problems/stale"
    docs = ada.workspace.collection("docs").data_source_id
    assert house.notion.tables.sources[docs].rows == {}
    assert ada.sync(confirm=plan)["run"]["outcome"] == "ok"
    assert len(house.notion.tables.sources[docs].rows) == 26


def conflicting(ada: Ada) -> dict[str, Any]:
    """Let both sides change one line, and sync; the conflict as it is listed."""
    house = ada.house
    ada.set_up()
    house.repository.commit("main", {"notion/docs/plan.md": PAGE})
    ada.sync()
    docs = ada.workspace.collection("docs").data_source_id
    [page] = house.notion.tables.sources[docs].rows.values()
    house.clock.advance(120)
    house.notion.as_person().set_body(page.id, "One line in Notion.")
    text = house.repository.contents("main")["notion/docs/plan.md"]
    edited = text.replace(b"One line.", b"One line in git.")
    house.repository.commit("main", {"notion/docs/plan.md": edited})
    house.clock.advance(120)
    ada.sync()
    [conflict] = ada.ask("GET", "/notion/conflicts/ada")["conflicts"]
    return dict(conflict)


def test_a_conflict_is_listed_decided_and_carried_out(ada: Ada, house: NotionHouse) -> None:
    conflict = conflicting(ada)
    assert set(conflict) == {
        "id",
        "path",
        "page_url",
        "field",
        "created_at",
        "state",
        "base",
        "notion",
        "git",
        "etag",
    }
    assert (conflict["field"], conflict["state"], conflict["path"]) == (
        "body",
        "open",
        "notion/docs/plan.md",
    )
    path = f"/notion/conflicts/ada/{conflict['id']}"
    merged = {"resolution": "merged", "content": "Both.\n", "etag": conflict["etag"]}
    assert ada.ask("POST", path, 409, json={**merged, "etag": "old"})["type"] == "/problems/stale"
    done = ada.ask("POST", path, json=merged)
    assert (done["id"], done["state"]) == (conflict["id"], "resolved")
    assert b"Both." in house.repository.contents("main")["notion/docs/plan.md"]
    assert ada.ask("GET", "/notion/conflicts/ada?state=open") == {"conflicts": []}
    assert ada.ask("POST", path, json=merged)["state"] == "resolved"  # the same again
    other = {"resolution": "git", "etag": done["etag"]}
    assert ada.ask("POST", path, 409, json=other)["type"] == "/problems/stale"


def test_a_decision_about_what_has_moved_is_stale(ada: Ada, house: NotionHouse) -> None:
    conflict = conflicting(ada)
    docs = ada.workspace.collection("docs").data_source_id
    [page] = house.notion.tables.sources[docs].rows.values()
    house.notion.as_person().set_body(page.id, "One line, rewritten.")
    house.clock.advance(120)
    path = f"/notion/conflicts/ada/{conflict['id']}"
    decided = {"resolution": "git", "etag": conflict["etag"]}
    assert ada.ask("POST", path, 409, json=decided)["type"] == "/problems/stale"
    [now] = ada.ask("GET", "/notion/conflicts/ada?state=open")["conflicts"]
    assert now["notion"] != conflict["notion"]
    assert page.markdown.strip() == "One line, rewritten."
    path = f"/notion/conflicts/ada/{now['id']}"
    assert ada.ask("POST", path, json={**decided, "etag": now["etag"]})["state"] == "resolved"
    assert page.markdown.strip() == "One line in git."


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"resolution": "git"},
        {"resolution": "ours", "etag": "x"},
        {"resolution": "merged", "etag": "x"},
        {"resolution": "git", "content": "x", "etag": "x"},
    ],
)
def test_a_decision_that_does_not_say_enough_is_422(ada: Ada, body: Any) -> None:
    ada.ask("POST", "/notion/conflicts/ada/x", 422, json=body)


def test_long_work_is_told_of_at_once_if_that_is_preferred(ada: Ada, house: NotionHouse) -> None:
    ada.set_up()
    headers = {**ada.headers, "Prefer": "respond-async"}
    response = ada.client.post("/notion/sync/ada", headers=headers, json={})
    assert response.status_code == 202
    operation = (response.json or {})["operation"]
    place = f"/notion/operations/{operation['id']}"
    assert response.headers["Location"] == place
    assert (operation["kind"], operation["state"]) == ("sync", "queued")
    assert set(operation) == {
        "id",
        "kind",
        "state",
        "progress",
        "result",
        "problem",
        "created_at",
        "finished_at",
    }
    again = ada.client.post("/notion/sync/ada", headers=headers, json={})
    assert (again.json or {})["operation"]["id"] == operation["id"]
    house.work()
    done = ada.ask("GET", place)
    assert (done["state"], done["result"]["run"]["outcome"]) == ("done", "ok")
    assert done["result"]["run"]["started_at"].endswith("Z")


def test_long_work_is_waited_for_twenty_seconds(house: NotionHouse) -> None:
    slow = Ada(house, house.client(sleep=house.clock.advance))
    slow.set_up()
    began = house.clock.monotonic()
    operation = slow.sync(202)["operation"]
    assert house.clock.monotonic() - began == pytest.approx(20)
    cancelled = slow.ask("DELETE", f"/notion/operations/{operation['id']}")
    assert (cancelled["state"], cancelled["problem"]) == ("cancelled", None)


def test_work_that_failed_is_answered_as_its_request(ada: Ada, house: NotionHouse) -> None:
    ada.set_up()
    [workspace] = house.workspaces.of("ada")
    house.deployment = type(house.deployment)()  # the deployment's own token is gone
    problem = ada.sync(409)
    assert problem["type"] == "/problems/not-configured"
    listed = house.store.query(Query(collection="operations", where=(("kind", "==", "sync"),)))
    operation = Operation.from_document(listed[0].data)
    shown = ada.ask("GET", f"/notion/operations/{operation.id}")
    assert shown["problem"]["type"] == "/problems/not-configured"
    assert workspace.wid


def test_a_workspace_is_erased_with_its_keys_and_claims_and_nothing_else(
    ada: Ada, house: NotionHouse
) -> None:
    conflicting(ada)
    workspace = ada.workspace
    before = (house.repository.contents("main"), len(house.notion.tables.pages))
    body = ada.ask("DELETE", "/notion/setup/ada")
    assert (body["workspace_id"], body["id"]) == (workspace.notion_id, workspace.wid)
    assert body["erased"] >= 3
    assert (house.repository.contents("main"), len(house.notion.tables.pages)) == before
    assert house.secrets.values == {}
    for collection in ("workspaces", "sync_state"):
        assert house.store.query(Query(collection=collection)) == []
    for part in ("links", "bases", "conflicts", "runs"):
        collection = f"workspaces/{workspace.wid}/{part}"
        assert house.store.query(Query(collection=collection)) == []
    claims = house.store.query(Query(collection="claims"))
    assert [claim for claim in claims if "wid" in claim.data] == []
    assert ada.ask("GET", "/notion/sync-status/ada") == {"user_id": "ada", "workspaces": []}
    again = ada.ask("DELETE", "/notion/setup/ada")
    assert again == {"workspace_id": None, "id": None, "erased": 0}
    ada.ask("DELETE", f"/notion/setup/ada?workspace_id={workspace.notion_id}")
    assert ada.set_up()["push_webhook"]["secret"]


def test_a_workspace_is_erased_after_the_run_that_goes_on(ada: Ada, house: NotionHouse) -> None:
    ada.set_up()
    workspace = ada.workspace
    until = house.clock.now() + timedelta(seconds=40)
    state = replace(house.state(workspace), lease_owner="r", lease_until=until)
    house.store.commit([Put(path=state_path(workspace.wid), data=state_document(state))])
    ada.ask("DELETE", "/notion/setup/ada", 202, headers={"Prefer": "respond-async"})
    with pytest.raises(UpstreamUnavailable):
        house.work()
    assert ada.workspace == workspace
    assert ada.ask("GET", "/notion/sync-status/ada")["workspaces"][0]["state"] == "running"
    house.clock.advance(41)
    house.redeliver()
    house.work()
    assert house.workspaces.of("ada") == []


@pytest.mark.parametrize("after", [False, True])
def test_an_erasure_that_died_anywhere_is_ended_by_the_next(after: bool) -> None:
    for number in range(1, 100):
        house = NotionHouse()
        ada = Ada(house, house.client())
        ada.set_up(notion_token="ntn_of_the_deployment")
        ada.ask("DELETE", "/notion/setup/ada", 202, headers={"Prefer": "respond-async"})
        house.wrap = mortal = Mortal(number, after=after)
        with suppress(Died):
            house.work()
        house.wrap = lambda port: port
        house.clock.advance(120)
        house.redeliver()
        ada.ask("DELETE", "/notion/setup/ada")
        assert house.store.query(Query(collection="workspaces")) == []
        assert house.secrets.values == {}
        assert ada.set_up()["push_webhook"]["secret"]
        if mortal.left > 0:
            break
    assert 10 < number < 99


def test_mallory_reaches_nothing_of_adas(ada: Ada, house: NotionHouse) -> None:
    conflict = conflicting(ada)
    ada.ask("POST", "/notion/sync/ada", 202, headers={"Prefer": "respond-async"})
    operation = house.publisher.messages[-1][1]["operation_id"]
    house.work()
    calls, claims = len(house.notion.calls), house.store.query(Query(collection="claims"))
    mallory = house.headers(MALLORY)
    wid, notion_id = ada.workspace.wid, ada.workspace.notion_id
    decided = {"resolution": "git", "etag": conflict["etag"]}
    asked = [
        ("POST", "/notion/setup/ada", {}, 403),
        ("DELETE", "/notion/setup/ada", None, 403),
        ("GET", "/notion/sync-status/ada", None, 403),
        ("POST", "/notion/sync/ada", {}, 403),
        ("GET", "/notion/conflicts/ada", None, 403),
        ("POST", f"/notion/conflicts/ada/{conflict['id']}", decided, 403),
        ("POST", f"/notion/conflicts/mallory/{conflict['id']}", decided, 404),
        ("GET", f"/notion/conflicts/mallory?workspace_id={wid}", None, 404),
        ("POST", f"/notion/sync/mallory?workspace_id={notion_id}", {}, 404),
        ("POST", f"/notion/sync/mallory?workspace_id={wid}", {}, 404),
        ("POST", f"/notion/setup/mallory?workspace_id={wid}", {}, 403),
        ("GET", f"/notion/operations/{operation}", None, 403),
        ("DELETE", f"/notion/operations/{operation}", None, 403),
        ("GET", "/notion/operations/none", None, 404),
        ("GET", "/notion/operations/__x__", None, 404),
        ("GET", "/notion/webhook/token", None, 403),
        ("POST", "/notion/webhook/arm", {}, 403),
    ]
    for method, path, body, status in asked:
        response = ada.client.open(path, method=method, headers=mallory, json=body)
        assert response.status_code == status, (method, path, response.data)
        stranger = ada.client.open(path, method=method, json=body)
        assert stranger.status_code == 401, (method, path)
    own = ada.client.delete(f"/notion/setup/mallory?workspace_id={notion_id}", headers=mallory)
    assert own.status_code == 200  # erases nothing, since the same id is another workspace of hers
    assert len(house.notion.calls) == calls
    assert house.store.query(Query(collection="claims")) == claims
    assert ada.workspace.wid == wid
    shown = ada.client.get("/notion/sync-status/mallory", headers=mallory)
    assert shown.json == {"user_id": "mallory", "workspaces": []}


def test_an_admin_acts_for_others_and_looks_after_the_webhook(ada: Ada, house: NotionHouse) -> None:
    ada.set_up()
    admin = house.headers(ROOT)
    shown = ada.client.get("/notion/sync-status/ada", headers=admin)
    assert len((shown.json or {})["workspaces"]) == 1
    armed = ada.client.post("/notion/webhook/arm", headers=admin)
    assert armed.json == {"armed_until": "2026-11-22T12:15:00.000Z"}
    taken = ada.client.post("/notion/webhook", json={"verification_token": "secret_x"})
    assert (taken.status_code, taken.json) == (200, {})
    token = ada.client.get("/notion/webhook/token", headers=admin)
    assert token.json == {"token": "secret_x"}


def signed(secret: str, body: bytes) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "X-GitHub-Event": "push"}


def test_a_push_is_202_a_foreign_one_401_and_other_events_204(ada: Ada, house: NotionHouse) -> None:
    webhook = ada.set_up()["push_webhook"]
    path = webhook["url"].removeprefix(PUBLIC)
    # Larger than other bodies may be, as a push of many commits is.
    body = json.dumps({"ref": "refs/heads/main", "padding": "x" * 3_000_000}).encode()
    secret = webhook["secret"]
    answers = [
        (path, signed(secret, body), 202),
        (path, signed("wrong", body), 401),
        (path, {}, 401),
        ("/notion/push/unknown", signed(secret, body), 401),
        ("/notion/push/__x__", signed(secret, body), 401),
        (path, {**signed(secret, body), "X-GitHub-Event": "ping"}, 204),
    ]
    for place, headers, status in answers:
        response = ada.client.post(place, data=body, headers=headers)
        assert response.status_code == status, (place, response.data)
    assert len(house.woken()) == 2
    too_large = {"CONTENT_LENGTH": str(MAX_PUSH_BYTES + 1)}
    assert ada.client.post(path, environ_overrides=too_large).status_code == 413
    assert ada.client.post("/notion/webhook", data=b" " * (2**20 + 1)).status_code == 413


def test_a_scheduler_or_publisher_that_is_down_does_not_fail_a_setup(
    ada: Ada, house: NotionHouse
) -> None:
    house.publisher.error = UpstreamUnavailable("down")
    assert ada.set_up()["state"] == "idle"


def test_every_route_that_is_not_public_knows_its_caller() -> None:
    public = {route.path for route in NOTION_ROUTES if route.access.value == "public"}
    assert public == {"/notion/webhook", "/notion/push/{workspace}"}


def test_what_is_documented_is_what_is_served() -> None:
    root = Path(__file__).parents[3] / "shared"
    served, documented = (
        {
            alias.name
            for node in ast.walk(ast.parse((root / name).read_text(encoding="utf8")))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name.endswith("_ROUTES")
        }
        for name in ("wiring_notion.py", "http/notion.py")
    )
    assert served - {"STATUS_ROUTES"} == documented  # which are among SYNC_ROUTES
