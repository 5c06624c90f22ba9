"""What is kept of the documentation of code: `workspaces/{wid}/docs/…`.

- `manifest-{n}`: what is documented, in one packed text: what a run needs to know what to do.
- one document for each page, by the hash of its source's path: the text that was last written
  (the base of the next merge), and the text that is being written while it is.
- `lock`: which operation writes now; the others wait, so that pages never go back.
- `run-{operation}`: what an operation did so far, so that it tells it also after a restart.
- `upload-{digest}-{n}`: files that a request brought.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any, Final

from shared.code.docs_skeleton import Skeleton, read_skeleton
from shared.errors import NotFound, StaleWrite, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.state import Document, Put, Remove, StateStore, Write
from shared.sync.packing import pack, unpack
from shared.sync.workspace import Workspace

_LOCKED: Final = timedelta(seconds=120)
_RENEWED: Final = timedelta(seconds=60)
_KEPT: Final = timedelta(days=7)
_PART_BYTES: Final = 900 * 1024
_WRITES: Final = 20  # documents of up to some 100 KiB each in one commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A documented file.

    `page`: the path of its page's file, `page_id`, `url`: the page, "" while unknown. `blob`: the
    content that was documented. `names`: its public names at the top level; `symbols`: how many
    public names it has in all, `undocumented` without a word in the source, `bare` also without a
    generated one. `uses`: files that it imports → which of their names it uses. `skeleton`: what
    resolving imports takes. `renderer`: how it was written. `given`: it came with a request.
    `elsewhere`: it was read from another branch than the synced one. `gone`: a person deleted its
    page.
    """

    page: str
    blob: str
    renderer: str
    skeleton: Skeleton
    names: tuple[str, ...] = ()
    symbols: int = 0
    undocumented: int = 0
    bare: int = 0
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page_id: str = ""
    url: str = ""
    given: bool = False
    elsewhere: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was last written for a page.

    `body`: the generated text. `known`: section → digest and where its links lead. `kept`: sections
    where a person's text stands against a newer one. `summaries`: section → digest of its lines and
    the sentence that the model wrote.
    """

    body: str
    known: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    summaries: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Manifest:
    """All entries by path; `index`: a digest of what the index was last made of."""

    entries: dict[str, Entry] = field(default_factory=dict)
    index: str = ""
    version: str = "absent"


class DocsStore:
    """The documents of one workspace. Every method may raise what `StateStore` raises.

    After a change of repository, branch or folder (the workspace's generation) nothing is known.
    """

    def __init__(self, store: StateStore, workspace: Workspace, clock: Clock) -> None:
        self._store = store
        self._root = f"workspaces/{workspace.wid}/docs"
        self._generation = workspace.generation
        self._clock = clock

    def lock(self, owner: str) -> bool:
        """Take or keep the lock for an operation; False while another one holds it."""
        path, now = f"{self._root}/lock", self._clock.now()
        found = self._store.get(path)
        data = found.data if found else None
        if data and data["owner"] != owner and data["until"] > now:
            return False
        if data and data["owner"] == owner and data["until"] > now + _RENEWED:
            return True
        put = Put(
            path=path,
            data={"owner": owner, "until": now + _LOCKED},
            if_version=found.version if found else "absent",
        )
        try:
            self._store.commit([put])
        except StaleWrite:
            return False
        return True

    def unlock(self, owner: str) -> None:
        """Give the lock back, if it is held."""
        found = self._store.get(f"{self._root}/lock")
        if found is not None and found.data["owner"] == owner:
            try:
                self._store.commit([Remove(path=found.path, if_version=found.version)])
            except StaleWrite:
                return  # it ran out, and another operation has it

    def manifest(self) -> Manifest:
        """What is documented."""
        first = self._store.get(self._part(0))
        if first is None:
            return Manifest()
        found = Manifest(version=first.version)
        if first.data["generation"] == self._generation:
            plain = json.loads(unpack(self._joined(first, self._part)))
            found.index = plain["index"]
            found.entries = {path: _entry(each) for path, each in plain["entries"].items()}
        return found

    def put_manifest(self, manifest: Manifest) -> None:
        """Store it.

        Raises:
            UpstreamUnavailable: another operation wrote it although this one had the lock, which
                ran out meanwhile: begin again.
        """
        entries = {path: _plain(entry) for path, entry in sorted(manifest.entries.items())}
        packed = pack(json.dumps({"index": manifest.index, "entries": entries}))
        writes = _parts(packed, self._part, {"generation": self._generation})
        writes[0] = replace(writes[0], if_version=manifest.version)
        try:
            manifest.version = self._store.commit(writes)[0]
        except StaleWrite as exc:
            raise UpstreamUnavailable("Another run documents this.", service="docs") from exc

    def records(self, paths: Iterable[str], bodies: Mapping[str, str | None]) -> dict[str, Record]:
        """What was last written, by source path. `bodies`: the pages as they are now.

        A writing that was begun counts if the page is what it would have made of it.
        """
        wanted = list(paths)
        found = self._store.get_many([self._page(path) for path in wanted]) if wanted else []
        known = {}
        for path, document in zip(wanted, found, strict=True):
            if document is not None and document.data["generation"] == self._generation:
                record = _record(document, bodies.get(path))
                known.update({path: record} if record else {})
        return known

    def begin(self, records: Mapping[str, Record], bodies: Mapping[str, str]) -> None:
        """Tell what is about to be written. `bodies`: what the pages will be."""
        self._write_records(records, bodies, done=False)

    def end(self, records: Mapping[str, Record]) -> None:
        """Tell that it was written."""
        self._write_records(records, {}, done=True)

    def forget(self, paths: Iterable[str]) -> None:
        """Remove what is known of pages that are no more."""
        removals = [Remove(path=self._page(path)) for path in paths]
        for start in range(0, len(removals), _WRITES):
            self._store.commit(removals[start : start + _WRITES])

    def outcome(self, operation: str) -> dict[str, Any]:
        """What an operation did so far; empty at its beginning."""
        found = self._store.get(f"{self._root}/run-{operation}")
        return dict(json.loads(unpack(found.data["data"]))) if found else {}

    def put_outcome(self, operation: str, outcome: Mapping[str, Any]) -> None:
        """Store what an operation did so far."""
        data = {"data": pack(json.dumps(outcome)), "expires_at": self._clock.now() + _KEPT}
        self._store.commit([Put(path=f"{self._root}/run-{operation}", data=data)])

    def put_upload(self, files: Mapping[str, str]) -> str:
        """Keep the files of a request for the operation that documents them; their digest."""
        packed = pack(json.dumps(dict(sorted(files.items()))))
        digest = hashlib.sha256(packed).hexdigest()[:32]
        fields = {"expires_at": self._clock.now() + _KEPT}
        self._store.commit(_parts(packed, lambda at: self._upload(digest, at), fields))
        return digest

    def upload(self, digest: str) -> dict[str, str]:
        """The files of a request; raises NotFound where their days are over."""
        first = self._store.get(self._upload(digest, 0))
        if first is None:
            raise NotFound("The files of the request are not kept any more; send them again.")
        return dict(json.loads(unpack(self._joined(first, lambda at: self._upload(digest, at)))))

    def _write_records(
        self, records: Mapping[str, Record], bodies: Mapping[str, str], *, done: bool
    ) -> None:
        paths = [self._page(path) for path in records]
        before = {} if done else {d.path: d for d in self._store.get_many(paths) if d and paths}
        writes: list[Write] = []
        for (path, record), place in zip(records.items(), paths, strict=True):
            packed, old = pack(json.dumps(_plain(record))), before.get(place)
            fields = {"data": packed} if done else {
                "data": old.data["data"] if old and self._ours(old) else None,
                "pending": packed,
                "pending_body": body_digest(bodies[path]),
            }  # fmt: skip
            data = {"path": path, "generation": self._generation, **fields}
            writes.append(Put(path=place, data=data))
        for start in range(0, len(writes), _WRITES):
            self._store.commit(writes[start : start + _WRITES])

    def _ours(self, document: Document) -> bool:
        return bool(document.data["generation"] == self._generation)

    def _joined(self, first: Document, place: Callable[[int], str]) -> bytes:
        others = self._store.get_many([place(at) for at in range(1, first.data["parts"])])
        return b"".join(each.data["data"] for each in (first, *others) if each)

    def _part(self, number: int) -> str:
        return f"{self._root}/manifest-{number}"

    def _upload(self, digest: str, number: int) -> str:
        return f"{self._root}/upload-{digest}-{number}"

    def _page(self, path: str) -> str:
        return f"{self._root}/{hashlib.sha256(path.encode('utf-8')).hexdigest()[:40]}"


def body_digest(body: str) -> str:
    """32 hex digits of a page's body, byte for byte."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _record(document: Document, body: str | None) -> Record | None:
    data = document.data
    begun = data.get("pending") and body is not None
    written = begun and data["pending_body"] == body_digest(str(body))
    packed = data["pending"] if written else data["data"]
    if packed is None:
        return None
    plain = json.loads(unpack(packed))
    known = {key: (digest, tuple(links)) for key, (digest, links) in plain["known"].items()}
    summaries = {key: (digest, said) for key, (digest, said) in plain["summaries"].items()}
    return Record(body=plain["body"], known=known, kept=tuple(plain["kept"]), summaries=summaries)


def _entry(plain: Mapping[str, Any]) -> Entry:
    uses = {path: tuple(names) for path, names in plain.get("uses", {}).items()}
    skeleton = read_skeleton(plain["skeleton"])
    names = tuple(plain.get("names", ()))
    return Entry(**{**plain, "names": names, "uses": uses, "skeleton": skeleton})


def _plain(value: Entry | Record | Skeleton) -> dict[str, Any]:
    """The fields that say something."""
    found = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Entry):
        found["skeleton"] = _plain(value.skeleton)
    return {key: each for key, each in found.items() if each or key in _ALWAYS}


_ALWAYS: Final = ("body", "known", "kept", "summaries", "page", "blob", "renderer", "language")


def _parts(packed: bytes, place: Callable[[int], str], fields: Mapping[str, Any]) -> list[Put]:
    cuts: Sequence[int] = range(0, max(len(packed), 1), _PART_BYTES)
    return [
        Put(
            path=place(at),
            data={**fields, "parts": len(cuts), "data": packed[start : start + _PART_BYTES]},
        )
        for at, start in enumerate(cuts)
    ]
