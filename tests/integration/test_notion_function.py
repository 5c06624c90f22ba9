"""The function `notion` and those behind Pub/Sub whole: emulators, Notion's stand-in, real git."""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from dev.seed import User
from dev.seed.messaging import seed_pubsub
from shared.adapters.firestore import FirestoreStore
from shared.settings import Settings
from shared.wiring import build_operations, build_sync_workspace
from tests.integration.deployed import ROOT, bearer, client_of, people
from tests.support.emulators import PROJECT
from tests.support.waiting import until

TOKEN, WEBHOOK_SECRET, PASSWORD = "ntn_test", "secret_test", "pw"


@contextmanager
def served(module: str, *options: str) -> Iterator[dict[str, Any]]:
    """Run a server of dev/ until the block ends; what it printed when it was ready."""
    command = [sys.executable, "-m", f"dev.{module}", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield dict(json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def listening(app: Any) -> Iterator[int]:
    """Serve an application; its port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Vendors:
    """Addresses of the stand-ins, and what people do there."""

    def __init__(self, notion: dict[str, Any], git: dict[str, Any], scheduler: int) -> None:
        self.notion = notion
        self.notion_url = f"http://127.0.0.1:{notion['port']}"
        self.git_url = f"http://127.0.0.1:{git['port']}/demo.git"
        self.scheduler = f"127.0.0.1:{scheduler}"

    def create_task(self, data_source_id: str, title: str) -> None:
        order = {
            "action": "create",
            "parent": {"type": "data_source_id", "data_source_id": data_source_id},
            "title": title,
            "markdown": "Written by a person.",
        }
        control = f"http://127.0.0.1:{self.notion['control_port']}/edits"
        requests.post(control, json=order, timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory, pubsub_emulator: str) -> Iterator[Vendors]:
    root = str(tmp_path_factory.mktemp("git"))
    with ExitStack() as stack:
        notion = stack.enter_context(served("notion_standin", "--token", TOKEN))
        options = ("--root", root, "--username", "nexus", "--password", PASSWORD)
        git = stack.enter_context(served("git_server", *options))
        scheduler = stack.enter_context(served("scheduler_standin", "--pubsub", pubsub_emulator))
        yield Vendors(notion, git, scheduler["port"])


@pytest.fixture
def client(
    monkeypatch: pytest.MonkeyPatch,
    emulators: dict[str, str],
    vendors: Vendors,
    tmp_path: Path,
    pubsub_emulator: str,
    firestore_emulator: str,
    auth_emulator: str,
) -> Iterator[FlaskClient]:
    """A client of `notion`; Pub/Sub pushes to the other functions."""
    del firestore_emulator, auth_emulator  # asked for, so that they are emptied
    environ = {
        **emulators,
        "NEXUS_PROJECT_ID": PROJECT,
        "NOTION_TOKEN": TOKEN,
        "NOTION_BASE_URL": vendors.notion_url,
        "NEXUS_GIT_URL": vendors.git_url,
        "NEXUS_GIT_USERNAME": "nexus",
        "NEXUS_GIT_TOKEN": PASSWORD,
        "NEXUS_GIT_HOSTS": "127.0.0.1",
        "NEXUS_GIT_ALLOW_PRIVATE": "1",
        "NEXUS_SECRETS_DIR": str(tmp_path / "secrets"),
        "NEXUS_SCHEDULER_HOST": vendors.scheduler,
        "NEXUS_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "NEXUS_PUBLIC_URL": "http://localhost:8000",
        "FUNCTION_TARGET": "notion",  # functions-framework sets these for good
        "FUNCTION_SIGNATURE_TYPE": "http",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_env(environ)
    with (
        listening(build_operations(settings)) as operations,
        listening(build_sync_workspace(settings)) as workspaces,
    ):
        ports = {"run_operation": operations, "sync_workspace": workspaces, "sync_tick": 1}
        seed_pubsub(pubsub_emulator, PROJECT, ports)
        yield client_of("notion", "notion")


def test_a_workspace_is_set_up_synced_woken_and_erased(
    client: FlaskClient, vendors: Vendors, auth_emulator: str, firestore_emulator: str
) -> None:
    users = people(auth_emulator)
    headers, mallory = bearer(users["user"]), bearer(users["other_user"])

    def ask(method: str, path: str, status: int = 200, **options: Any) -> Any:
        response = client.open(path, method=method, headers=headers, **options)
        assert response.status_code == status, response.data
        return response.json

    made = ask("POST", "/notion/setup/demo", json={})
    assert made["state"] in ("idle", "running")
    again = ask("POST", "/setup/demo")
    assert again["notion"]["data_sources"]["tasks"]["created"] is False
    assert client.post("/notion/setup/mallory", headers=mallory, json={}).status_code == 403
    assert client.post("/notion/sync/demo", headers=mallory, json={}).status_code == 403

    tasks = made["notion"]["data_sources"]["tasks"]["id"]
    vendors.create_task(tasks, "From a person")
    assert ask("POST", "/notion/sync/demo", json={})["run"]["outcome"] == "ok"
    [shown] = ask("GET", "/notion/sync-status/demo")["workspaces"]
    assert (shown["links"], shown["problems"]) == (1, [])
    assert shown["budget"]["used"] > 0

    before = shown["last_run"]["id"]
    body = json.dumps({"ref": "refs/heads/main", "head_commit": {"message": "x"}}).encode()
    push = made["push_webhook"]
    signature = hmac.new(push["secret"].encode(), body, hashlib.sha256).hexdigest()
    signed = {"X-Hub-Signature-256": f"sha256={signature}", "X-GitHub-Event": "push"}
    path = push["url"].removeprefix("http://localhost:8000")
    assert client.post(path, data=body).status_code == 401
    assert client.post(path, data=body, headers=signed).status_code == 202
    until(lambda: last_run(firestore_emulator, made["id"]) != before, 20, "the push woke it")

    before = last_run(firestore_emulator, made["id"])
    event = {
        "type": "page.created",
        "authors": [{"id": "p", "type": "person"}],
        "entity": {"id": "page", "type": "page"},
        "data": {"parent": {"id": "d", "type": "database", "data_source_id": tasks}},
    }
    body = json.dumps(event).encode()
    digest = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    signed = {"X-Notion-Signature": f"sha256={digest}"}
    assert client.post("/notion/webhook", data=body).status_code == 401
    assert client.post("/webhook", data=body, headers=signed).status_code == 200
    until(lambda: last_run(firestore_emulator, made["id"]) != before, 20, "the event woke it")

    probes = [FirestoreStore(PROJECT, firestore_emulator).get(f"probes/{n}") for n in PROBED]
    assert [probe and probe.data["status"] for probe in probes] == ["healthy"] * len(PROBED)

    erased = ask("DELETE", "/notion/setup/demo")
    assert (erased["id"], ask("GET", "/notion/sync-status/demo")["workspaces"]) == (made["id"], [])


PROBED = ("notion", "git", "pubsub")


def last_run(firestore_host: str, wid: str) -> str | None:
    document = FirestoreStore(PROJECT, firestore_host).get(f"sync_state/{wid}")
    run = document.data["last_run"] if document else None
    return run and str(run["id"])


def test_problems_reach_the_outside_through_functions_framework(
    client: FlaskClient, auth_emulator: str
) -> None:
    user: User = people(auth_emulator)["user"]
    wrong = {"repository": {"url": "https://evil.example/x.git"}, "parent_page_id": "0" * 32}
    response = client.post("/notion/setup/demo", json=wrong, headers=bearer(user))
    problem = response.json or {}
    assert (response.status_code, problem["type"]) == (422, "/problems/validation")
    assert {fault["field"] for fault in problem["errors"]} == {"repository.url", "parent_page_id"}
    assert client.post("/notion/setup/demo").status_code == 401
    assert client.get("/notion/operations/none", headers=bearer(user)).status_code == 404
