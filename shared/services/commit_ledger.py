"""Reads and writes the tracker's documents; every write is guarded by what was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.errors import StaleWrite, UpstreamUnavailable
from shared.ports.state import Put, Remove, StateStore, Write
from shared.tracker.cursor import Followed, followed_document, followed_path, read_followed
from shared.tracker.ledger import Entry, entry_document, entry_path, read_entry

ABSENT: Final = "absent"
_SHA_BYTES: Final = 20
_MANY: Final = 200  # documents that are asked for at once


class Overtaken(UpstreamUnavailable):
    """Somebody else follows the same pushes just now; to be done again, from what is there then."""

    def __init__(self) -> None:
        super().__init__("The same pushes are being followed elsewhere.", "tracker")


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry with the version of its document, which guards the next write."""

    entry: Entry
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What there was before the tracker: commits that get no row (`before`), and the few newest
    ones that get a row and move no task (`first`)."""

    before: frozenset[str] = frozenset()
    first: frozenset[str] = frozenset()


class Cursor:
    """How far a workspace's pushes are followed; `value` is None before the first time."""

    def __init__(self, store: StateStore, wid: str) -> None:
        self._store = store
        self._path = followed_path(wid)
        self._before = f"workspaces/{wid}/state/beginning"
        self.value: Followed | None = None
        self._version = ABSENT

    def load(self) -> Followed | None:
        """Read it, as somebody else may have written it."""
        document = self._store.get(self._path)
        self.value = read_followed(document.data) if document else None
        self._version = document.version if document else ABSENT
        return self.value

    def save(self, value: Followed, *also: Write) -> list[str]:
        """Write it with other documents; the versions of those. Raises Overtaken."""
        put = Put(path=self._path, data=followed_document(value), if_version=self._version)
        version, *others = commit(self._store, put, *also)
        self.value, self._version = value, version
        return others

    def begin(self, value: Followed, beginning: Beginning) -> None:
        """Write it for the first time, or anew. Raises Overtaken."""
        data = {"before": _packed(beginning.before), "first": _packed(beginning.first)}
        self.save(value, Put(path=self._before, data=data))

    def beginning(self) -> Beginning:
        """What there was in the beginning."""
        document = self._store.get(self._before)
        if document is None:
            return Beginning()
        data = document.data
        return Beginning(before=_unpacked(data["before"]), first=_unpacked(data["first"]))


class Ledger:
    """The entries of a workspace's commits."""

    def __init__(self, store: StateStore, wid: str) -> None:
        self._store = store
        self._wid = wid

    def read(self, shas: Iterable[str]) -> dict[str, Kept]:
        """The entries of commits, by id; unknown ones are left out."""
        wanted = sorted(set(shas))
        found: dict[str, Kept] = {}
        for start in range(0, len(wanted), _MANY):
            paths = [entry_path(self._wid, sha) for sha in wanted[start : start + _MANY]]
            for document in self._store.get_many(paths):
                if document is not None:
                    found[document.id] = Kept(read_entry(document.data), document.version)
        return found

    def write(self, entry: Entry, version: str) -> Put:
        """The write of an entry that was read at `version`."""
        path = entry_path(self._wid, entry.sha)
        return Put(path=path, data=entry_document(entry), if_version=version)

    def put(self, entry: Entry, version: str) -> Kept:
        """Write an entry. Raises Overtaken."""
        return Kept(entry, commit(self._store, self.write(entry, version))[0])

    def removal(self, sha: str, version: str) -> Remove:
        """The write that forgets a commit."""
        return Remove(path=entry_path(self._wid, sha), if_version=version)


def commit(store: StateStore, *writes: Write) -> list[str]:
    """Do guarded writes; raises Overtaken where a guard does not hold."""
    try:
        return store.commit(writes)
    except StaleWrite as exc:
        raise Overtaken from exc


def _packed(shas: Iterable[str]) -> bytes:
    return b"".join(bytes.fromhex(sha) for sha in sorted(shas))


def _unpacked(packed: bytes) -> frozenset[str]:
    starts = range(0, len(packed), _SHA_BYTES)
    return frozenset(packed[start : start + _SHA_BYTES].hex() for start in starts)
