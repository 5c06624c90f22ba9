"""The engine's documents: how links, bases, conflicts and runs are read and written together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.ports.state import Document, Patch, Put, Query, Remove, StateStore, Write
from shared.sync.conflict import Conflict, conflict_document, conflict_path, read_conflict
from shared.sync.link import (
    Base,
    Link,
    base_path,
    link_document,
    link_path,
    read_link,
)
from shared.sync.packing import pack, unpack

_IN: Final = 30  # values that one `in` may have
_ALL_FROM: Final = 150  # from so many keys on it is cheaper to read all links
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A link with the version of its document, which guards the next write."""

    link: Link
    version: str


class SyncStore:
    """The links of one workspace. Every method may raise what `StateStore` raises."""

    def __init__(self, store: StateStore, wid: str) -> None:
        self.state = store
        self.root = f"workspaces/{wid}"
        self._wid = wid
        self._links = f"workspaces/{wid}/links"

    def all_links(self) -> dict[str, Stored]:
        """Every link, tombstones among them, by id."""
        found: dict[str, Stored] = {}
        after = None
        while True:
            page = self.state.query(Query(collection=self._links, after=after, limit=_PAGE))
            found.update(_stored(page))
            if len(page) < _PAGE:
                return found
            after = page[-1].id

    def links_of(
        self, *, ids: Iterable[str] = (), pages: Iterable[str] = (), paths: Iterable[str] = ()
    ) -> dict[str, Stored]:
        """The links with these ids, page ids or paths; by id. Unknown ones are left out."""
        wanted, by_page, by_path = sorted(set(ids)), sorted(set(pages)), sorted(set(paths))
        if len(by_page) + len(by_path) > _ALL_FROM:
            return self.all_links()
        found = self._by_ids(wanted)
        found.update(self._where("page_id", by_page))
        found.update(self._where("path", by_path))
        return found

    def version_of(self, link_id: str) -> str:
        """The present version of a link's document; "absent" where there is none."""
        document = self.state.get(link_path(self._wid, link_id))
        return document.version if document else "absent"

    def some_links(self, after: str, count: int) -> tuple[tuple[str, ...], str]:
        """The next ids in order, and where to go on; it begins anew at the end."""
        query = Query(collection=self._links, after=after or None, limit=count)
        found = tuple(document.id for document in self.state.query(query))
        return found, found[-1] if len(found) == count else ""

    def _by_ids(self, ids: list[str]) -> dict[str, Stored]:
        if not ids:
            return {}
        documents = self.state.get_many([link_path(self._wid, each) for each in ids])
        return _stored(document for document in documents if document is not None)

    def _where(self, field: str, values: list[str]) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        for start in range(0, len(values), _IN):
            part = values[start : start + _IN]
            query = Query(collection=self._links, where=((field, "in", part),), limit=_PAGE)
            found.update(_stored(self.state.query(query)))
        return found

    def bases(self, ids: Iterable[str]) -> dict[str, Base]:
        """The bases of links, by link id."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        documents = self.state.get_many([base_path(self._wid, each) for each in wanted])
        return {document.id: _read_base(document) for document in documents if document}

    def conflicts(self, links: Iterable[Link]) -> dict[str, dict[str, Conflict]]:
        """The open conflicts of those links that have some: by link id, then by field."""
        found: dict[str, dict[str, Conflict]] = {}
        for link in links:
            if link.conflicts:
                found[link.id] = {each.field: each for each in self._open_conflicts(link.id)}
        return found

    def _open_conflicts(self, link_id: str) -> Iterator[Conflict]:
        collection = f"workspaces/{self._wid}/conflicts"
        query = Query(collection=collection, where=(("link_id", "==", link_id),), limit=100)
        for document in self.state.query(query):
            conflict = read_conflict(document.data)
            if conflict.state == "open":
                yield conflict

    def count_open_conflicts(self) -> int:
        """How many conflicts are open, counted up to 500."""
        collection = f"workspaces/{self._wid}/conflicts"
        query = Query(collection=collection, where=(("state", "==", "open"),), limit=_PAGE)
        return len(self.state.query(query))

    def put_link(self, link: Link, version: str) -> Write:
        """The write of a link that was read at `version` ("absent" for a new one)."""
        return Put(path=link_path(self._wid, link.id), data=link_document(link), if_version=version)

    def put_base(self, link_id: str, base: Base, expires_at: Any = None) -> Write:
        """The write of a base; its TTL is its link's."""
        data = {"file": pack(base.file), "body": pack(base.body), "expires_at": expires_at}
        return Put(path=base_path(self._wid, link_id), data=data)

    def put_conflict(self, conflict: Conflict) -> Write:
        """The write of a conflict's record."""
        return Put(path=conflict_path(self._wid, conflict.id), data=conflict_document(conflict))

    def comment_state(self, identity: str, comment: str) -> Write:
        """The write that tells how far a conflict's comment is; a choice made meanwhile stays."""
        return Patch(path=conflict_path(self._wid, identity), fields={"comment": comment})

    def put_run(self, identity: str, data: Mapping[str, Any]) -> Write:
        """The write of a run's record."""
        return Put(path=f"workspaces/{self._wid}/runs/{identity}", data=data)

    def remove(self, link_id: str) -> list[Write]:
        """The writes that remove a link with its base."""
        paths = (link_path(self._wid, link_id), base_path(self._wid, link_id))
        return [Remove(path=path) for path in paths]


def _stored(documents: Iterable[Document]) -> dict[str, Stored]:
    return {
        document.id: Stored(link=read_link(document.data), version=document.version)
        for document in documents
    }


def _read_base(document: Document) -> Base:
    return Base(file=unpack(document.data["file"]), body=unpack(document.data["body"]))
