"""The state port: documents by path, with atomic guarded writes.

Vocabulary: a *document* is a map at a path of alternating collection and id
(`users/demo/state/context`). Its *version* is an opaque token that changes at every write.
A *commit* is a list of writes that happen all together or not at all.

Values are what Firestore stores: None, bool, int, float, str, bytes, timezone-aware datetime,
lists (not nested in lists) and maps with str keys. A document is at most 1 MiB.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as it was read."""

    path: str
    data: Data
    version: str

    @property
    def id(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Write a whole document.

    `if_version`: "absent" demands that it does not exist, a version that it still has this one,
    None that nothing is known (last writer wins).
    """

    path: str
    data: Data
    if_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Change some fields of a document.

    `fields`: dotted field paths -> new values. `add`: dotted field paths -> numbers to add on the
    server, which never conflict (a missing field counts as 0). `if_version`: as in `Put`, but the
    document must exist for a version; with None a missing document is made.
    """

    path: str
    fields: Data | None = None
    add: Mapping[str, int] | None = None
    if_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Delete a document; a missing one is no error unless `if_version` names a version."""

    path: str
    if_version: str | None = None


Write = Put | Patch | Remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A page of a collection's documents.

    `where`: (field, operator, value). `order_by`: a field or `__name__`. `after`: the `order_by`
    value of the last document of the page before (for `__name__`: its id). `limit`: 1-500.
    """

    collection: str
    where: tuple[tuple[str, Literal["==", "<", "<=", ">", ">=", "in"], Any], ...] = ()
    order_by: str = "__name__"
    descending: bool = False
    after: Any = None
    limit: int = 100


class StateStore(Protocol):
    """Where all state lives (Firestore). Calls block; every call has a deadline of its own.

    Raises:
        StaleWrite: a guard of a commit did not hold; nothing was written. A commit whose answer
            was lost may have happened although a repetition says stale: read again and compare
            a token of your own before you decide that you lost.
        UpstreamUnavailable: the store did not answer in time; a commit may or may not have
            happened.
        TooLarge: a document is larger than the store takes.
    """

    def get(self, path: str) -> Document | None:
        """Read one document; None if there is none."""

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        """Read several documents at one moment, in the order asked."""

    def query(self, query: Query) -> list[Document]:
        """Read one page of a collection."""

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Do all writes (1-500) or none; the new versions in order ("" for a `Remove`)."""
