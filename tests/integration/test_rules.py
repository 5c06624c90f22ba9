"""The security rules on the emulator: no client reads or writes anything."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.emulators import PROJECT

RULES = Path(__file__).parents[2] / "firestore.rules"
OWNER = "owner"
OPEN_RULES = """rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    match /{document=**} { allow read, write: if request.auth.uid == 'demo'; }
  }
}"""
PATHS = [
    "users/demo/state/context",
    "users/demo/interactions/i1",
    "users/demo/usage/2026-11-22",
    "voice_sessions/s1",
    "workspaces/w1",
    "workspaces/w1/links/l1",
    "operations/o1",
    "claims/c1",
    "probes/notion",
    "anything/else",
]


def token(uid: str, **claims: Any) -> str:
    """The unsigned ID token that the emulator takes for a signed-in client."""
    payload = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": uid,
        "user_id": uid,
        **claims,
    }
    parts = [{"alg": "none", "typ": "JWT"}, payload]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join(part.rstrip("=") for part in encoded) + "."


class Firestore:
    """The emulator's REST interface, as a client or as its administrator (`owner`)."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._documents = f"http://{host}/v1/projects/{PROJECT}/databases/(default)/documents"

    def load(self, rules: str) -> int:
        body = {"rules": {"files": [{"name": "firestore.rules", "content": rules}]}}
        url = f"http://{self._host}/emulator/v1/projects/{PROJECT}:securityRules"
        return requests.put(url, json=body, timeout=10).status_code

    def ask(self, method: str, path: str, who: str | None, **options: Any) -> int:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        url = f"{self._documents}{path}"
        return requests.request(method, url, headers=headers, timeout=10, **options).status_code


@pytest.fixture
def firestore(firestore_emulator: str) -> Firestore:
    firestore = Firestore(firestore_emulator)
    assert firestore.load(RULES.read_text(encoding="utf8")) == 200
    return firestore


CLIENTS = [
    pytest.param(None, id="nobody"),
    pytest.param(token("demo", member=True), id="the-user"),
    pytest.param(token("root", admin=True), id="an-admin"),
]


@pytest.mark.parametrize("who", CLIENTS)
@pytest.mark.parametrize("path", PATHS)
def test_no_client_reads_writes_lists_or_deletes(
    firestore: Firestore, who: str | None, path: str
) -> None:
    document = {"fields": {"n": {"integerValue": "1"}}}
    assert firestore.ask("PATCH", f"/{path}", OWNER, json=document) == 200
    collection = path.rsplit("/", 1)[0]
    assert firestore.ask("GET", f"/{path}", who) == 403
    assert firestore.ask("GET", f"/{collection}", who) == 403
    assert firestore.ask("PATCH", f"/{path}", who, json=document) == 403
    assert firestore.ask("POST", f"/{collection}", who, json=document) == 403
    assert firestore.ask("DELETE", f"/{path}", who) == 403
    assert firestore.ask("GET", f"/{path}", OWNER) == 200


@pytest.mark.parametrize("who", CLIENTS)
def test_no_client_queries_across_collections(firestore: Firestore, who: str | None) -> None:
    selected = {"from": [{"collectionId": "interactions", "allDescendants": True}]}
    body = {"structuredQuery": selected}
    assert firestore.ask("POST", ":runQuery", OWNER, json=body) == 200
    assert firestore.ask("POST", ":runQuery", who, json=body) == 403


def test_the_check_itself_sees_rules_that_let_somebody_in(firestore: Firestore) -> None:
    assert firestore.load(OPEN_RULES) == 200
    try:
        assert firestore.ask("GET", "/users/demo", token("demo")) == 404
        assert firestore.ask("GET", "/users/demo", token("mallory")) == 403
    finally:
        assert firestore.load(RULES.read_text(encoding="utf8")) == 200


def test_rules_that_do_not_parse_are_refused(firestore: Firestore) -> None:
    assert firestore.load("service cloud.firestore {") == 400
