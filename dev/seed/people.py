"""The people of a fresh local stack, in the Auth emulator."""

import json
from dataclasses import dataclass

from dev.seed.calls import EMULATOR_OWNER, call


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
        SeedError: the emulator refused or did not answer.
    """
    return {key: _sign_up(auth_host, project, *who) for key, who in PEOPLE.items()}


def _sign_up(host: str, project: str, uid: str, claims: dict[str, bool]) -> User:
    api = f"http://{host}/identitytoolkit.googleapis.com/v1"
    email = f"{uid}@example.com"
    account = {"localId": uid, "email": email, "emailVerified": True, "displayName": uid}
    call("POST", f"{api}/projects/{project}/accounts", account, token=EMULATOR_OWNER)
    attributes = {"localId": uid, "customAttributes": json.dumps(claims)}
    update = f"{api}/projects/{project}/accounts:update"
    call("POST", update, attributes, token=EMULATOR_OWNER)
    # The emulator takes a custom token as plain JSON; nobody has to sign it.
    token = {"token": json.dumps({"uid": uid}), "returnSecureToken": True}
    reply = call("POST", f"{api}/accounts:signInWithCustomToken?key=local", token)
    return User(uid=uid, id_token=str(reply["idToken"]))
