"""Requests of the seed: each one is answered as hoped for, or the seed ends with a plain line."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import requests

EMULATOR_OWNER: Final = "owner"  # the emulators' administrator
_ANSWER_S: Final = 30.0  # long work is waited for up to 20 s
_PAUSE_S: Final = 1.0
_SHOWN_CHARS: Final = 500


class SeedError(Exception):
    """A request of the seed was refused, not answered, or came to nothing; one line."""


def call(
    method: str, url: str, body: Mapping[str, Any] | None = None, *, token: str = ""
) -> dict[str, Any]:
    """The JSON object that a request is answered with, empty where the answer is.

    A 503 is repeated: on a busy machine a service may give up on another that has just begun.

    Args:
        body: sent as JSON.
        token: sent as bearer token.

    Raises:
        SeedError: it was refused or not answered.
    """
    known = {"Authorization": f"Bearer {token}"} if token else {}
    deadline = time.monotonic() + _ANSWER_S
    reply = _ask(method, url, body, known)
    while reply.status_code == HTTPStatus.SERVICE_UNAVAILABLE and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
        reply = _ask(method, url, body, known)
    if not reply.ok:
        said = " ".join(reply.text[:_SHOWN_CHARS].split())
        raise SeedError(f"{method} {url} was answered with {reply.status_code}: {said}")
    return dict(reply.json()) if reply.content else {}


def _ask(
    method: str, url: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> requests.Response:
    try:
        return requests.request(method, url, json=body, headers=headers, timeout=_ANSWER_S)
    except requests.RequestException as exc:
        raise SeedError(f"{method} {url} was not answered: {exc}") from exc
