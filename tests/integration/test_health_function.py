"""The function `health` whole, and what it and `voice` load."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from shared.adapters.firestore import FirestoreStore
from shared.ports.state import Put
from tests.integration.deployed import ROOT, bearer, client_of, people
from tests.support.emulators import PROJECT


@pytest.fixture
def client(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str, auth_emulator: str
) -> FlaskClient:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_emulator)
    monkeypatch.setenv("NEXUS_PROJECT_ID", PROJECT)
    monkeypatch.setenv("FUNCTION_TARGET", "health")
    monkeypatch.setenv("FUNCTION_SIGNATURE_TYPE", "http")
    return client_of("health", "health")


def test_live_probes_and_records_make_the_report(
    client: FlaskClient, firestore_emulator: str, auth_emulator: str
) -> None:
    record = {
        "status": "unhealthy",
        "latency_ms": 7,
        "checked_at": datetime.now(UTC),
        "detail": "wrong key",
    }
    FirestoreStore(PROJECT, firestore_emulator).commit([Put(path="probes/notion", data=record)])
    response = client.get("/health")
    body = response.json or {}
    assert (response.status_code, body["status"]) == (200, "degraded")
    states = {name: check["status"] for name, check in body["checks"].items()}
    assert states.pop("firestore") == "healthy"
    assert states.pop("auth") == "healthy"
    assert states.pop("notion") == "unhealthy"
    assert set(states.values()) == {"unknown"}
    assert "detail" not in body["checks"]["notion"]
    admin = people(auth_emulator)["admin"]
    seen = client.get("/health", headers=bearer(admin)).json or {}
    assert seen["checks"]["notion"]["detail"] == "wrong key"


def test_auth_down_is_503_within_the_time_of_a_probe(
    monkeypatch: pytest.MonkeyPatch, firestore_emulator: str
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("NEXUS_PROJECT_ID", PROJECT)
    monkeypatch.setenv("FUNCTION_TARGET", "health")
    response = client_of("health", "health").get("/health")
    body = response.json or {}
    assert (response.status_code, body["status"]) == (503, "unhealthy")
    assert body["checks"]["auth"]["status"] == "unhealthy"
    assert body["checks"]["firestore"]["status"] == "healthy"


def test_firestore_down_is_503_within_the_time_of_a_probe(
    monkeypatch: pytest.MonkeyPatch, auth_emulator: str
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", auth_emulator)
    monkeypatch.setenv("NEXUS_PROJECT_ID", PROJECT)
    monkeypatch.setenv("FUNCTION_TARGET", "health")
    response = client_of("health", "health").get("/health")
    body = response.json or {}
    assert (response.status_code, body["status"]) == (503, "unhealthy")
    assert body["checks"]["firestore"]["status"] == "unhealthy"
    assert body["checks"]["auth"]["status"] == "healthy"


def loaded_after(folder: str, path: str, **hosts: str) -> set[str]:
    """The modules in a fresh process that has imported a function and answered one request."""
    code = f"""
import json, sys
from tests.integration.deployed import client_of
response = client_of({folder!r}, {folder!r}).get({path!r})
print(json.dumps([response.status_code, sorted(sys.modules)]))
"""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "NEXUS_PROJECT_ID": PROJECT,
        "NEXUS_LOG_LEVEL": "ERROR",
        "NEXUS_LOCAL_IDENTITY": "1",
        **hosts,
    }
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    status, modules = json.loads(ran.stdout.splitlines()[-1])
    assert status == 200
    return set(modules)


ALWAYS_ABSENT = {
    "anthropic",
    "assemblyai",
    "dulwich",
    "google.cloud.pubsub_v1",
    "google.cloud.scheduler_v1",
    "google.pubsub_v1",
    "notion_client",
}


@pytest.mark.parametrize(
    ("folder", "path"), [("health", "/health"), ("voice", "/voice/history/demo")]
)
def test_a_request_loads_no_sdk_that_it_does_not_need(
    folder: str, path: str, firestore_emulator: str, auth_emulator: str
) -> None:
    modules = loaded_after(
        folder,
        path,
        FIRESTORE_EMULATOR_HOST=firestore_emulator,
        FIREBASE_AUTH_EMULATOR_HOST=auth_emulator,
    )
    assert "google.cloud.firestore" in modules  # the look at the modules does see something
    assert modules & ALWAYS_ABSENT == set()


def test_the_first_page_loads_no_sdk_at_all(firestore_emulator: str, auth_emulator: str) -> None:
    modules = loaded_after(
        "health",
        "/",
        FIRESTORE_EMULATOR_HOST=firestore_emulator,
        FIREBASE_AUTH_EMULATOR_HOST=auth_emulator,
    )
    assert modules & {*ALWAYS_ABSENT, "firebase_admin", "google.cloud.firestore"} == set()
