"""Who syncs what: one owner per data source, and per folder of a branch of a repository.

A claim is a document that only its owner could create. Folders must not lie in each other either,
so whoever claims one also writes the branch's gate: two who claim at once see each other.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from shared.errors import Conflict, StaleWrite
from shared.ports.clock import Clock
from shared.ports.state import Document, Put, Query, Remove, StateStore, Write

_COLLECTION: Final = "claims"
_PAGE: Final = 100
_MAX_TRIES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A workspace. `owner`: the user whose it is."""

    wid: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a workspace wants for itself.

    `sources`: name of a collection → its data source. `url`, `branch`: of the repository, empty
    without one. `folders`: on that branch.
    """

    sources: dict[str, str]
    url: str = ""
    branch: str = ""
    folders: tuple[str, ...] = ()


class Claims:
    """Gives and takes claims."""

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def claimant(self, data_source_id: str) -> tuple[str, str] | None:
        """Whose a data source is: the workspace's id and the collection's name there."""
        found = self._store.get(_source_path(data_source_id))
        return (found.data["wid"], found.data["collection"]) if found else None

    def is_foreign(self, holder: Holder, data_source_id: str) -> bool:
        """Whether a data source is another workspace's."""
        claimant = self.claimant(data_source_id)
        return claimant is not None and claimant[0] != holder.wid

    def overlapping(self, holder: Holder, url: str, branch: str, folder: str) -> bool:
        """Whether a folder is, lies in or holds one of another workspace."""
        place = _place(url, branch)
        return any(
            each.data["wid"] != holder.wid and overlap(each.data["folder"], folder)
            for each in self._all("place", place)
        )

    def take(self, holder: Holder, wish: Wish) -> None:
        """Claim all of it; what is ours already stays ours.

        Raises:
            Conflict: something is another's; nothing was claimed. The detail tells what, and
                whether it is the same user's, but not whose.
        """
        for _ in range(_MAX_TRIES):
            writes = self._missing(holder, wish)
            if not writes:
                return
            try:
                self._store.commit(writes)
            except StaleWrite:  # somebody else claims now, or our own write was repeated
                continue
            return
        raise Conflict("Others are being set up for the same things; try again.")

    def check(self, holder: Holder, wish: Wish) -> None:
        """Raise what `take` would, without claiming."""
        self._missing(holder, wish)

    def release(self, holder: Holder, keep: Wish | None = None) -> None:
        """Give back everything but what is in `keep`."""
        kept = set() if keep is None else set(_paths(keep))
        while True:
            found = self._page("wid", holder.wid, None)
            dropped: list[Write] = [
                Remove(path=each.path) for each in found if each.path not in kept
            ]
            if not dropped:
                return
            self._store.commit(dropped)

    def _missing(self, holder: Holder, wish: Wish) -> list[Write]:
        """The writes that claim what is not ours yet; raises Conflict."""
        taken: list[str] = []
        base = {"wid": holder.wid, "owner": holder.owner, "at": self._clock.now()}
        writes: list[Write] = []
        names = list(wish.sources)
        found = self._store.get_many([_source_path(wish.sources[name]) for name in names])
        for name, document in zip(names, found, strict=True):
            if document is None:
                data = {**base, "kind": "data_source", "collection": name}
                writes.append(
                    Put(path=_source_path(wish.sources[name]), data=data, if_version="absent")
                )
            elif document.data["wid"] != holder.wid:
                taken.append(f"The database of {name} is synced by {_kind(holder, document)}.")
        writes += self._folder_writes(holder, wish, base, taken)
        if taken:
            raise Conflict(
                f"{' '.join(taken)} Choose another page, folder or branch, or delete the setup "
                "that holds it."
            )
        return writes

    def _folder_writes(
        self, holder: Holder, wish: Wish, base: dict[str, Any], taken: list[str]
    ) -> list[Write]:
        if not wish.folders:
            return []
        place = _place(wish.url, wish.branch)
        gate = self._store.get(_gate_path(place))
        held = self._all("place", place)
        for folder in wish.folders:
            for each in held:
                if each.data["wid"] != holder.wid and overlap(each.data["folder"], folder):
                    whose = _kind(holder, each)
                    taken.append(f"The folder {folder} of this branch is synced by {whose}.")
        ours = {each.path for each in held if each.data["wid"] == holder.wid}
        new = [f for f in wish.folders if _folder_path(place, f) not in ours]
        if not new:
            return []
        count = gate.data["count"] + 1 if gate else 1
        gate_version = gate.version if gate else "absent"
        passed = Put(path=_gate_path(place), data={"count": count}, if_version=gate_version)
        claim = {**base, "kind": "folder", "place": place}
        return [
            passed,
            *(
                Put(path=_folder_path(place, f), data={**claim, "folder": f}, if_version="absent")
                for f in new
            ),
        ]

    def _all(self, field: str, value: str) -> list[Document]:
        found: list[Document] = []
        after = None
        while True:
            page = self._page(field, value, after)
            found += page
            if len(page) < _PAGE:
                return found
            after = page[-1].id

    def _page(self, field: str, value: str, after: str | None) -> list[Document]:
        query = Query(
            collection=_COLLECTION, where=((field, "==", value),), after=after, limit=_PAGE
        )
        return self._store.query(query)


def overlap(one: str, other: str) -> bool:
    """Whether two folders are one or lie in each other, also where case does not count."""
    a, b = f"{one.casefold()}/", f"{other.casefold()}/"
    return a.startswith(b) or b.startswith(a)


def claim_path(*key: str) -> str:
    """Where a claim lies."""
    return f"{_COLLECTION}/{hashlib.sha256(chr(0).join(key).encode()).hexdigest()[:40]}"


def _paths(wish: Wish) -> Sequence[str]:
    place = _place(wish.url, wish.branch)
    folders = [_folder_path(place, folder) for folder in wish.folders]
    return [*(_source_path(source) for source in wish.sources.values()), *folders]


def _source_path(data_source_id: str) -> str:
    return claim_path("data_source", data_source_id.replace("-", "").lower())


def _folder_path(place: str, folder: str) -> str:
    return claim_path("folder", place, folder)


def _gate_path(place: str) -> str:
    return claim_path("gate", place)


def _place(url: str, branch: str) -> str:
    """A branch of a repository, however its address is written."""
    parts = urlsplit(url)
    host = f"{parts.hostname or ''}:{parts.port or ''}"
    path = parts.path.rstrip("/").removesuffix(".git").lower()
    return hashlib.sha256(f"{host}{path}\0{branch}".encode()).hexdigest()[:40]


def _kind(holder: Holder, document: Document) -> str:
    same = document.data["owner"] == holder.owner
    return "another workspace of yours" if same else "another user"
