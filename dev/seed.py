"""The people and the messaging of a fresh local stack; only ever written to emulators."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import requests

_TIMEOUT_S = 30
_OWNER = {"Authorization": "Bearer owner"}  # the emulators' administrator


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A signed-in user of the Auth emulator."""

    uid: str
    id_token: str


PEOPLE: dict[str, tuple[str, dict[str, bool]]] = {  # key in run.json → (uid, claims)
    "user": ("demo", {"member": True}),
    "other_user": ("mallory", {}),
    "admin": ("root", {"admin": True}),
}


def seed_users(auth_host: str, project: str) -> dict[str, User]:
    """Create the people in a fresh Auth emulator and sign each of them in.

    Args:
        auth_host: "host:port" of the emulator.
        project: the project id that the tokens are made for.

    Raises:
        requests.RequestException: the emulator refused or did not answer.
    """
    return {key: _sign_up(auth_host, project, *who) for key, who in PEOPLE.items()}


def _sign_up(host: str, project: str, uid: str, claims: dict[str, bool]) -> User:
    api = f"http://{host}/identitytoolkit.googleapis.com/v1"
    email = f"{uid}@example.com"
    account = {"localId": uid, "email": email, "emailVerified": True, "displayName": uid}
    _post(f"{api}/projects/{project}/accounts", account)
    attributes = {"localId": uid, "customAttributes": json.dumps(claims)}
    _post(f"{api}/projects/{project}/accounts:update", attributes)
    # The emulator takes a custom token as plain JSON; nobody has to sign it.
    token = {"token": json.dumps({"uid": uid}), "returnSecureToken": True}
    reply = _post(f"{api}/accounts:signInWithCustomToken?key=local", token)
    return User(uid=uid, id_token=str(reply["idToken"]))


def seed_pubsub(pubsub_host: str, project: str, run_operation_port: int | None) -> None:
    """Create the topic `operations` and, where something runs them, its push subscription.

    Args:
        pubsub_host: "host:port" of the emulator.
        project: the project id.
        run_operation_port: the port of the function on this machine, None without it.

    Raises:
        requests.RequestException: the emulator refused or did not answer.
    """
    base = f"http://{pubsub_host}/v1/projects/{project}"
    topic = f"projects/{project}/topics/operations"
    _put(f"{base}/topics/operations", {})
    if run_operation_port is not None:
        # The topic in the path is where functions-framework looks for it.
        endpoint = f"http://127.0.0.1:{run_operation_port}/{topic}"
        push = {"topic": topic, "pushConfig": {"pushEndpoint": endpoint}, "ackDeadlineSeconds": 600}
        _put(f"{base}/subscriptions/operations-run", push)


def _post(url: str, body: Mapping[str, object]) -> dict[str, object]:
    reply = requests.post(url, json=body, headers=_OWNER, timeout=_TIMEOUT_S)
    reply.raise_for_status()
    return dict(reply.json())


def _put(url: str, body: Mapping[str, object]) -> None:
    requests.put(url, json=body, headers=_OWNER, timeout=_TIMEOUT_S).raise_for_status()
