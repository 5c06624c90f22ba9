"""Icons, covers and files: external, uploaded, and hosted ones whose addresses are signed anew."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from dev.notion_standin.clock import Clock, to_instant
from dev.notion_standin.errors import failed
from dev.notion_standin.ids import read_id
from dev.notion_standin.model import Json
from dev.notion_standin.rich_text import NameOf, check_length, read_rich_text

_URL_MAX = 2000
_HOST = "https://prod-files-secure.s3.us-west-2.amazonaws.com"
_VALID = timedelta(hours=1)
HOSTED_PREFIX = f"{_HOST}/"


def read_icon(given: Any, place: str) -> Json | None:
    """Check an icon: an emoji, a custom emoji, an external file or an upload; None removes it."""
    if given is None:
        return None
    if isinstance(given, dict) and isinstance(given.get("emoji"), str):
        return {"type": "emoji", "emoji": given["emoji"]}
    if isinstance(given, dict) and isinstance(given.get("icon"), dict):
        return {"type": "icon", "icon": given["icon"]}
    return read_cover(given, place)


def read_cover(given: Any, place: str) -> Json | None:
    """Check a cover: an external file or an upload; None removes it."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise failed(place, "an object or `null`", given)
    return _read_source(given, place)


def read_file(given: Json, place: str, name_of: NameOf) -> Json:
    """Check a media block's object: its file and its caption."""
    caption = read_rich_text(given.get("caption", []), f"{place}.caption", name_of)
    named = {"name": given["name"]} if "name" in given else {}
    return {"caption": caption, **_read_source(given, place), **named}


def read_named_file(given: Any, place: str) -> Json:
    """Check one file of a files property."""
    if not isinstance(given, dict):
        raise failed(place, "an object", given)
    source = _read_source(given, place)
    name = given.get("name") or _name_of_address(source)
    return {"name": check_length(name, f"{place}.name", 100), **source}


def hosted_file(workspace_id: str, file_id: str, filename: str) -> Json:
    """Build the stored form of a file in Notion's own storage; `show_file` signs it."""
    return {"type": "file", "file": {"url": f"{_HOST}/{workspace_id}/{file_id}/{quote(filename)}"}}


def show_file(stored: Json, clock: Clock) -> Json:
    """Give a file as an answer shows it: a hosted one with a fresh signature, valid an hour."""
    if stored.get("type") != "file":
        return stored
    expiry = to_instant(clock.now() + _VALID)
    signed = f"{stored['file']['url']}?{sign(clock)}"
    return {**stored, "file": {"url": signed, "expiry_time": expiry}}


def sign(clock: Clock) -> str:
    """Make the query of a signed address; no two are alike."""
    day = clock.now()
    return (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
        f"&X-Amz-Date={day:%Y%m%dT%H%M%SZ}&X-Amz-Expires=3600"
        f"&X-Amz-Signature={secrets.token_hex(32)}&X-Amz-SignedHeaders=host&x-id=GetObject"
    )


def _read_source(given: Json, place: str) -> Json:
    if isinstance(given.get("external"), dict):
        url = check_length(given["external"].get("url"), f"{place}.external.url", _URL_MAX)
        return {"type": "external", "external": {"url": url}}
    if isinstance(given.get("file_upload"), dict):
        found = read_id(given["file_upload"].get("id"), f"{place}.file_upload.id")
        return {"type": "file_upload", "file_upload": {"id": found}}
    if isinstance(given.get("file"), dict) and isinstance(given["file"].get("url"), str):
        # What an answer told may be sent back: the signature falls away.
        return {"type": "file", "file": {"url": given["file"]["url"].split("?")[0]}}
    raise failed(f"{place}.external", "defined")


def _name_of_address(source: Json) -> str:
    kind = source["type"]
    address = str(source[kind].get("url", "file"))
    return address.split("?")[0].rstrip("/").rsplit("/", 1)[-1][:100] or "file"
