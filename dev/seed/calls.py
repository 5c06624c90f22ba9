"""Requests of the seed: each one is answered as hoped for, or the seed ends with a plain line."""

from collections.abc import Mapping
from typing import Any, Final

import requests

EMULATOR_OWNER: Final = "owner"  # the emulators' administrator
_ANSWER_S: Final = 30.0  # long work is waited for up to 20 s
_SHOWN_CHARS: Final = 500


class SeedError(Exception):
    """A request of the seed was refused, not answered, or came to nothing; one line."""


def call(
    method: str, url: str, body: Mapping[str, Any] | None = None, *, token: str = ""
) -> dict[str, Any]:
    """The JSON object that a request is answered with, empty where the answer is.

    Args:
        body: sent as JSON.
        token: sent as bearer token.

    Raises:
        SeedError: it was refused or not answered.
    """
    known = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        reply = requests.request(method, url, json=body, headers=known, timeout=_ANSWER_S)
    except requests.RequestException as exc:
        raise SeedError(f"{method} {url} was not answered: {exc}") from exc
    if not reply.ok:
        said = " ".join(reply.text[:_SHOWN_CHARS].split())
        raise SeedError(f"{method} {url} was answered with {reply.status_code}: {said}")
    return dict(reply.json()) if reply.content else {}
