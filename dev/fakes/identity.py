"""The identity port with tokens that a test hands out."""

from shared.errors import NexusError, Unauthenticated
from shared.ports.identity import Caller


class FakeIdentity:
    """An `Identity` that knows the tokens it issued. `error`: raised by every call while set."""

    def __init__(self) -> None:
        self.error: NexusError | None = None
        self._callers: dict[str, Caller] = {}

    def issue(self, caller: Caller) -> str:
        """A token for `caller`."""
        token = f"token-{len(self._callers) + 1}"
        self._callers[token] = caller
        return token

    def verify(self, token: str) -> Caller:
        """Tell who holds a token; see the port."""
        self.probe()
        if token not in self._callers:
            raise Unauthenticated("The token does not verify.")
        return self._callers[token]

    def probe(self) -> None:
        """Raise `error` if one is set."""
        if self.error is not None:
            raise self.error
