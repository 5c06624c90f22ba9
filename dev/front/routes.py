"""Which process answers which path; firebase.json says the same for production."""

import re

VOICE_WS = "voice_ws"
VOICE = "voice"
NOTION = "notion"
HEALTH = "health"
HOSTING = "hosting"
AUTH = "auth"
PUBLIC = (VOICE_WS, VOICE, NOTION, HEALTH, HOSTING, AUTH)
"""What may be reached through the front; the handlers of Pub/Sub are not among them."""

SIGN_IN_CONFIG = "/__/firebase/init.json"
"""Where Firebase Hosting tells a page its project; the front answers for the Auth emulator."""

# What the web client signs in with, and no more: the emulator gives everything to everybody.
# https://firebase.google.com/docs/reference/rest/auth
_SIGN_IN = frozenset(
    {
        "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword",
        "/identitytoolkit.googleapis.com/v1/accounts:sendOobCode",
        "/securetoken.googleapis.com/v1/token",
    }
)
_TALK = re.compile(r"/voice/[^/]+/?")


def service_for(path: str, *, websocket: bool) -> str:
    """The name of the process for a path without its query.

    Args:
        path: as it came, still percent-encoded.
        websocket: whether the request asks for an upgrade to a WebSocket.
    """
    if websocket and _TALK.fullmatch(path):
        return VOICE_WS
    if path in _SIGN_IN:
        return AUTH
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return {"voice": VOICE, "notion": NOTION, "app": HOSTING}.get(first, HEALTH)
