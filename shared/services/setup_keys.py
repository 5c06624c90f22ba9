"""A workspace's keys: kept under its name, and only written where they are new."""

import base64
import hmac
import secrets as randomness
from typing import Final

from shared.errors import NotFound
from shared.ports.secrets import Secrets

_SECRET_BYTES: Final = 32


class SetupKeys:
    """Stores the keys of workspaces; the configuration holds references to them."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def kept(self, name: str, value: str | None, reference: str) -> str:
        """The reference to a key; None or "" keeps what `reference` stands for."""
        if not value:
            return reference
        known = self._value(reference)
        if known is not None and hmac.compare_digest(known.encode(), value.encode()):
            return reference
        return self._secrets.put(name, value)

    def for_pushes(self, wid: str, reference: str) -> tuple[str, str | None]:
        """The reference to the secret of push webhooks, and the secret if it is new.

        It begins with `whsec_`, as https://www.standardwebhooks.com wants it; other hosts take it
        as it is.
        """
        if self._value(reference) is not None:
            return reference, None
        secret = f"whsec_{base64.b64encode(randomness.token_bytes(_SECRET_BYTES)).decode()}"
        return self._secrets.put(f"push-{wid}", secret), secret

    def _value(self, reference: str) -> str | None:
        """What a reference stands for; None if it stands for nothing (any more)."""
        try:
            return self._secrets.get(reference) if reference else None
        except NotFound:
            return None
