"""Which process answers which path; firebase.json says the same for production."""

import re

VOICE_WS = "voice_ws"
VOICE = "voice"
NOTION = "notion"
HEALTH = "health"
HOSTING = "hosting"
PUBLIC = (VOICE_WS, VOICE, NOTION, HEALTH, HOSTING)
"""What may be reached through the front; the handlers of Pub/Sub are not among them."""

_TALK = re.compile(r"/voice/[^/]+/?")


def service_for(path: str, *, websocket: bool) -> str:
    """The name of the process for a path without its query.

    Args:
        path: as it came, still percent-encoded.
        websocket: whether the request asks for an upgrade to a WebSocket.
    """
    if websocket and _TALK.fullmatch(path):
        return VOICE_WS
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return {"voice": VOICE, "notion": NOTION, "app": HOSTING}.get(first, HEALTH)
