"""The secrets port: values that must not lie in the database (Secret Manager).

Vocabulary: a *name* is chosen by us and matches `[a-z0-9-]{1,100}`. A *reference* is an opaque
text that a write answers with, and that may be stored anywhere. A *value* is text of 1 to 65,536
bytes of UTF-8 (https://cloud.google.com/secret-manager/quotas#content_limits).
"""

from typing import Protocol


class Secrets(Protocol):
    """Keeps secrets. Calls block. No value appears in a log, an error or a repr.

    Raises:
        InvalidRequest: the name or the value is not as above.
        UpstreamRejected: the keeper refuses the call, for example for a missing role.
        UpstreamUnavailable: no answer in time; a write may or may not have happened.
    """

    def put(self, name: str, value: str) -> str:
        """Store a new value under a name and answer with its reference.

        The values before are destroyed; where that fails they stay until the next `put`.
        """

    def get(self, reference: str) -> str:
        """Read the value that a reference stands for.

        A reference to a value that was replaced reads the newest one, so a crash between `put`
        and storing its reference loses nothing.

        Raises:
            NotFound: there is no such secret.
        """

    def create(self, name: str, value: str) -> str:
        """Store the first value under a name: of any number of callers one wins.

        Raises:
            Conflict: the name has a value already, or had one.
        """

    def delete(self, name: str) -> None:
        """Delete a name and its values; a missing one is no error."""
