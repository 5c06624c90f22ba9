"""The identity port: who makes a request."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A verified person.

    `expires_at`: Unix seconds when the proof ends; None for a local identity, which has no end.
    """

    uid: str
    admin: bool = False
    member: bool = False
    expires_at: float | None = None


class Identity(Protocol):
    """Verifies ID tokens (Firebase Auth)."""

    def verify(self, token: str) -> Caller:
        """Tell who holds a token.

        Raises:
            Unauthenticated: the token is malformed, expired, revoked or of another project.
            UpstreamUnavailable: the keys to verify with cannot be had now.
        """

    def probe(self) -> None:
        """Make one cheap call; raises UpstreamUnavailable or UpstreamRejected."""
