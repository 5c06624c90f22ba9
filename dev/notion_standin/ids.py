"""Ids as Notion writes and accepts them."""

import re
import secrets
import uuid
from urllib.parse import quote, unquote

from dev.notion_standin.errors import failed

_ID = re.compile(r"^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$", re.I)
_IN_ADDRESS = re.compile(r"([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[?#]|$)")
# Notion's property ids are four characters of a wide alphabet, shown URL-encoded.
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:;=?@[]^_`{|}~<>\\"


def new_id() -> str:
    """Make a new id, dashed."""
    return str(uuid.uuid4())


def read_id(text: object, place: str) -> str:
    """Give an id in its dashed form; `place` ("path.page_id") names it in the 400 it raises."""
    if not isinstance(text, str) or not _ID.match(text):
        raise failed(place, "a valid uuid", text)
    return str(uuid.UUID(text))


def id_in_address(address: str | None) -> str | None:
    """Find the dashed id at the end of a page's address or `collection://` reference."""
    found = _IN_ADDRESS.search(address or "")
    return str(uuid.UUID(found.group(1))) if found else None


def new_property_id(taken: set[str]) -> str:
    """Make a property id that is not taken, URL-encoded."""
    while True:
        made = quote("".join(secrets.choice(_ALPHABET) for _ in range(4)), safe="")
        if made not in taken:
            return made


def same_property(left: str, right: str) -> bool:
    """Tell whether two property ids are one, encoded or not."""
    return unquote(left) == unquote(right)
