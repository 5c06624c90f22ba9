"""Keys and temporary tokens: who may open a session.

Source: https://www.assemblyai.com/docs/streaming/authenticate-with-a-temporary-token
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from dev.assemblyai_standin.rejection import EXPIRED, UNAUTHORISED, Rejection

LONGEST_SESSION_S = 10_800
_BAD_KEY = "bad"
_MARK = "standin-token-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One temporary token: good once, until ``expires_at`` (seconds since 1970)."""

    expires_at: float
    session_s: int


class Door:
    """Checks credentials. Any key is good except those that begin with ``bad``."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def key_is_good(self, key: str | None) -> bool:
        """Tell whether an Authorization header's value is a key that we take."""
        return bool(key) and not str(key).startswith(_BAD_KEY)

    def issue(self, *, expires_in_s: int, session_s: int, now: float) -> str:
        """Return a new token, good for one session of at most ``session_s`` seconds."""
        token = _MARK + secrets.token_urlsafe(24)
        self._tokens[token] = Token(expires_at=now + expires_in_s, session_s=session_s)
        return token

    def session_seconds(self, credential: str, now: float) -> int:
        """Return how long the session of this credential may last.

        Args:
            credential: a key, or a token, which is used up by this.

        Raises:
            Rejection: 1008 for a token that was used or never issued, 3008 for an expired one.
        """
        if not credential.startswith(_MARK):
            return LONGEST_SESSION_S
        token = self._tokens.pop(credential, None)
        if token is None:
            raise Rejection(UNAUTHORISED, "Not authorized: the token is unknown or was used")
        if now > token.expires_at:
            raise Rejection(EXPIRED, "The token has expired")
        return token.session_s
