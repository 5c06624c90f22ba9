"""The function `voice` whole: functions-framework, Firestore, Auth and Pub/Sub emulators."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from dev.seed import User
from shared.adapters.firestore import FirestoreStore
from shared.ports.state import Put
from shared.voice.records import Interaction, State, interaction_id
from tests.integration.deployed import bearer, client_of, people
from tests.support.emulators import PROJECT

NOW = datetime.now(UTC)


@pytest.fixture
def store(firestore_emulator: str) -> FirestoreStore:
    return FirestoreStore(PROJECT, firestore_emulator)


@pytest.fixture
def users(auth_emulator: str) -> dict[str, User]:
    return people(auth_emulator)


@pytest.fixture
def client(
    monkeypatch: pytest.MonkeyPatch, emulators: dict[str, str], store: FirestoreStore
) -> FlaskClient:
    del store
    for name, host in emulators.items():
        monkeypatch.setenv(name, host)
    monkeypatch.setenv("NEXUS_PROJECT_ID", PROJECT)
    monkeypatch.setenv("FUNCTION_TARGET", "voice")  # functions-framework sets these for good
    monkeypatch.setenv("FUNCTION_SIGNATURE_TYPE", "http")
    return client_of("voice", "voice")


def keep(store: FirestoreStore, uid: str, age_s: int, **values: Any) -> str:
    at = NOW - timedelta(seconds=age_s)
    made: dict[str, Any] = {
        "id": interaction_id(at, age_s),
        "session_id": "s",
        "turn": 1,
        "created_at": at,
        "deadline_at": at + timedelta(seconds=60),
        "expires_at": at + timedelta(days=90),
        "source": "voice",
        "transcript": "t",
        "raw_transcript": "T",
        "state": State.DONE,
        "intent": "create",
        "result": {"code": "x = 1", "edits": []},
    }
    interaction = Interaction(**{**made, **values})
    path = f"users/{uid}/interactions/{interaction.id}"
    store.commit([Put(path=path, data=interaction.to_document())])
    return interaction.id


def ids(client: FlaskClient, user: User, query: str = "") -> list[str]:
    response = client.get(f"/voice/history/{user.uid}{query}", headers=bearer(user))
    assert response.status_code == 200, response.data
    return [interaction["id"] for interaction in (response.json or {})["interactions"]]


def test_history_pages_filters_and_erases_on_the_real_store(
    client: FlaskClient, store: FirestoreStore, users: dict[str, User], pubsub_emulator: str
) -> None:
    demo = users["user"]
    done = [keep(store, "demo", age) for age in (100, 101, 102)]
    debug = keep(store, "demo", 103, intent="debug")
    dead = keep(store, "demo", 104, state=State.GENERATING, result=None)
    keep(store, "mallory", 1)
    assert ids(client, demo) == [*done, debug, dead]
    assert ids(client, demo, "?intent=create&state=done") == done
    assert ids(client, demo, "?intent=debug") == [debug]
    assert ids(client, demo, "?state=failed") == [dead]
    first = client.get("/voice/history/demo?limit=2", headers=bearer(demo)).json or {}
    assert ids(client, demo, f"?limit=2&cursor={first['next_cursor']}") == [done[2], debug]
    one = client.get(f"/history/demo/{done[0]}", headers=bearer(demo)).json or {}
    assert one["result"] == {"code": "x = 1", "edits": []}

    base = f"http://{pubsub_emulator}/v1/projects/{PROJECT}"
    requests.put(f"{base}/topics/operations", json={}, timeout=10).raise_for_status()
    topic = {"topic": f"projects/{PROJECT}/topics/operations"}
    requests.put(f"{base}/subscriptions/seen", json=topic, timeout=10).raise_for_status()
    assert client.delete("/voice/history/demo", headers=bearer(demo)).status_code == 204
    assert ids(client, demo) == []
    pulled = requests.post(f"{base}/subscriptions/seen:pull", json={"maxMessages": 5}, timeout=10)
    [received] = json.loads(pulled.text)["receivedMessages"]
    message = json.loads(base64.b64decode(received["message"]["data"]))
    operation = store.get(f"operations/{message['operation_id']}")
    assert operation is not None
    assert (operation.data["kind"], operation.data["uid"]) == ("erase", "demo")
    window = client.get("/voice/context/demo", headers=bearer(demo)).json
    assert window == {"user_id": "demo", "version": 1, "commands": []}


def test_tokens_of_the_auth_emulator_decide_who_sees_what(
    client: FlaskClient, users: dict[str, User]
) -> None:
    path = "/voice/history/demo"
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer a.b.c"}).status_code == 401
    assert client.get(path, headers=bearer(users["other_user"])).status_code == 403
    assert client.get(path, headers=bearer(users["admin"])).status_code == 200
    assert client.get(path, headers=bearer(users["user"])).status_code == 200


def forged(**claims: Any) -> str:
    now = int(datetime.now(UTC).timestamp())
    usual = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": "demo",
        "iat": now - 10,
        "exp": now + 600,
    }
    parts = [{"alg": "none", "typ": "JWT"}, {**usual, **claims}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join(part.rstrip("=") for part in encoded) + "."


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 200),  # the emulator takes unsigned tokens
        ({"exp": int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())}, 401),
        ({"exp": "soon"}, 401),
        ({"exp": True}, 401),
        ({"exp": None}, 401),
        ({"aud": "another"}, 401),
        ({"iss": "https://evil.example"}, 401),
        ({"sub": ""}, 401),
        ({"sub": "mallory", "admin": "true"}, 403),
        ({"sub": "mallory", "admin": 1}, 403),
        ({"sub": "mallory", "admin": True}, 200),
    ],
)
@pytest.mark.usefixtures("users")
def test_an_expired_or_foreign_token_is_refused_although_the_emulator_takes_any_age(
    client: FlaskClient, claims: dict[str, Any], status: int
) -> None:
    headers = {"Authorization": f"Bearer {forged(**claims)}"}
    assert client.get("/voice/history/demo", headers=headers).status_code == status


def test_a_topic_that_is_missing_is_502_after_the_history_was_hidden(
    client: FlaskClient, store: FirestoreStore, users: dict[str, User]
) -> None:
    keep(store, "demo", 10)
    response = client.delete("/voice/history/demo", headers=bearer(users["user"]))
    assert response.status_code == 502
    assert ids(client, users["user"]) == []


def test_errors_reach_the_outside_as_problems_through_functions_framework(
    client: FlaskClient, users: dict[str, User]
) -> None:
    for path, status in (("/voice/nope", 404), ("/voice/history/__x__", 422)):
        response = client.get(path, headers=bearer(users["user"]))
        assert response.status_code == status
        assert response.content_type == "application/problem+json"
        assert response.headers["X-Request-Id"]
    too_large = b" " * (1024 * 1024 + 1)
    response = client.get("/voice/history/demo", data=too_large, headers=bearer(users["user"]))
    assert response.status_code == 413
