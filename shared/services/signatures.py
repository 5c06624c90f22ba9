"""Webhooks: who sent one, by its signature over the bytes as they came, and what it holds."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from shared.errors import UnreadableBody

_TOLERANCE_S: Final = 300.0
_WHSEC: Final = "whsec_"


def is_notions(headers: Mapping[str, str], body: bytes, token: str) -> bool:
    """Whether Notion sent it: https://developers.notion.com/reference/webhooks."""
    return _same(headers.get("x-notion-signature", ""), f"sha256={_hmac(token, body)}")


def is_git_hosts(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Whether a git host sent it that knows the secret.

    `headers`: names in lower case. GitHub, Gitea, Forgejo and Bitbucket sign the body, GitLab shows
    the secret itself or signs as https://www.standardwebhooks.com tells.
    """
    digest = _hmac(secret, body)
    expected: dict[str, Callable[[str], bool]] = {
        "x-hub-signature-256": lambda given: _same(given, f"sha256={digest}"),
        "x-hub-signature": lambda given: _same(given, f"sha256={digest}"),
        "x-gitea-signature": lambda given: _same(given, digest),
        "x-forgejo-signature": lambda given: _same(given, digest),
        "x-gitlab-token": lambda given: _same(given, secret),
        "webhook-signature": lambda given: _is_standard(given, headers, body, secret, now),
    }
    return any(holds(headers[name]) for name, holds in expected.items() if name in headers)


def read_object(body: str | bytes) -> Mapping[str, Any]:
    """The JSON object that a signed body is; raises UnreadableBody if it is none."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise UnreadableBody("The body is not JSON.") from exc
    if not isinstance(content, dict):
        raise UnreadableBody("The body is not a JSON object.")
    return content


def _is_standard(
    given: str, headers: Mapping[str, str], body: bytes, secret: str, now: datetime
) -> bool:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    identity, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    try:
        key = base64.b64decode(secret.removeprefix(_WHSEC), validate=True)
        age_s = now.timestamp() - float(sent_at)
    except (ValueError, binascii.Error):
        return False
    if not abs(age_s) <= _TOLERANCE_S:  # also where it is not a number
        return False
    signed = f"{identity}.{sent_at}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(_same(part, f"v1,{digest}") for part in given.split())


def _hmac(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())
