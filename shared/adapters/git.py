"""The repository port over git's smart HTTP, with dulwich: no git program, no working tree.

Only what every host offers is used: `blob:none` of the filters (Azure DevOps knows no other but
`tree:0`), and no thin packs. A host without filters sends contents as well; the limit of bytes
holds there too.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from dulwich.client import SendPackResult
from dulwich.errors import GitProtocolError, HangupException, SendPackError
from dulwich.object_store import MemoryObjectStore
from dulwich.objects import ZERO_SHA, Blob, ObjectID
from dulwich.pack import UnpackedObject, pack_objects_to_data
from dulwich.refs import Ref

from shared.adapters import git_rules
from shared.adapters.git_pack import unpack
from shared.adapters.git_push import judge
from shared.adapters.git_transport import SERVICE, GitConnection, GitLimits, GitTransport
from shared.adapters.git_tree import files_under, make_commit, newest_commits
from shared.adapters.git_url import (
    ALLOWED_HOSTS,
    GitAddress,
    Resolver,
    default_username,
    parse_url,
    resolve,
)
from shared.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    StaleWrite,
    UpstreamRejected,
    UpstreamUnavailable,
)
from shared.ports.repository import CommitInfo, CommitOrder, Refs, Snapshot, asked_for

_HEADS: Final = "refs/heads/"
_NO_CONTENTS: Final = b"blob:none"
_HexRefs = Mapping[Ref, ObjectID]


class DulwichRepository:
    """A `Repository` on a host that speaks git over HTTPS; safe among threads."""

    def __init__(
        self,
        url: str,
        username: str,
        token: str,
        *,
        allowed_hosts: Collection[str] = ALLOWED_HOSTS,
        allow_private: bool = False,
        limits: GitLimits | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        """Nothing is asked of the host yet.

        Args:
            url, allowed_hosts, allow_private: see `git_url.check_url`.
            username: empty for what the host wants beside a token.
            token: empty to read what is public.
            limits: what a call may take.
            resolver: tells the numbers of a host.

        Raises:
            InvalidRequest: the address may not be used.
        """
        address = parse_url(url, allowed_hosts, allow_private)
        credential = (username or default_username(address.host), token) if token else None
        self._limits = limits or GitLimits()
        self._connection = GitConnection(address, credential, self._limits, allow_private, resolver)
        self._last: tuple[str, MemoryObjectStore] | None = None

    @property
    def address(self) -> GitAddress:
        """Where the repository is."""
        return self._connection.address

    def refs(self, branches: Sequence[str] | None = None) -> Refs:
        """Tell where branches are; see the port."""
        asked = [""] if branches is None else branches
        prefixes = [b"HEAD", *(f"{_HEADS}{branch}".encode() for branch in asked)]
        transport = GitTransport(self._connection)
        with _narrowed(transport):
            answer = transport.get_refs(self.address.path, ref_prefix=prefixes)
        _refuse_sha256(answer.object_format)
        heads = {
            name.removeprefix(_HEADS): sha.decode()
            for ref, sha in answer.refs.items()
            if sha and (name := _text(ref)) and name.startswith(_HEADS)
        }
        head = _text(answer.symrefs.get(Ref(b"HEAD"), Ref(b"")))
        return Refs(
            default_branch=head.removeprefix(_HEADS) or None,
            heads={b: c for b, c in heads.items() if asked_for(b, branches)},
        )

    def snapshot(self, commit: str, folders: Sequence[str] = ("",)) -> Snapshot:
        """List files; see the port."""
        return Snapshot(commit=commit, files=files_under(self._trees(commit), commit, folders))

    def read(self, blobs: Sequence[str]) -> Mapping[str, bytes]:
        """Read contents; see the port."""
        wanted = [ObjectID(blob.encode()) for blob in dict.fromkeys(blobs)]
        store = self._fetch(lambda _: wanted) if wanted else MemoryObjectStore()
        found = {}
        for sha in wanted:
            blob = store[sha] if sha in store else None  # noqa: SIM401  (no mapping)
            if not isinstance(blob, Blob):
                raise NotFound("A file's content was not found, or there is no access to it.")
            found[sha.decode()] = blob.as_raw_string()
        return found

    def push(
        self, branch: str, parent: str | None, order: CommitOrder, *, new: bool = False
    ) -> str:
        """Commit on top of `parent`; see the port."""
        git_rules.check_branch(branch)
        git_rules.check_order(order)
        try:
            known = self._trees(parent) if parent else MemoryObjectStore()
        except _UnknownObject as error:  # a tip is always there, so the branch is elsewhere
            raise StaleWrite("The branch moved; read it again.") from error
        store = _copy(known)
        sha = make_commit(store, parent, order)
        if sha is None:
            return _unchanged(parent)
        made = [store[each] for each in store if each not in known]
        place = None if new else parent
        self._send(branch, place, sha, lambda: pack_objects_to_data(made, deltify=False))
        self._last = (sha, store)
        return sha

    def commits(self, branch: str, since: str | None, limit: int) -> list[CommitInfo]:
        """The newest commits; see the port."""
        git_rules.check_branch(branch)
        ref = Ref(f"{_HEADS}{branch}".encode())
        tip = ""

        def wants(refs: _HexRefs) -> list[ObjectID]:
            nonlocal tip
            if ref not in refs:
                raise NotFound("The branch was not found.")
            tip = refs[ref].decode()
            return [] if tip == since else [refs[ref]]

        store = self._fetch(wants, depth=limit + 1, prefix=ref, filter_spec=_NO_CONTENTS)
        return newest_commits(store, tip, since, limit)

    def _trees(self, commit: str) -> MemoryObjectStore:
        """A commit with its trees; the one that was last asked for is kept."""
        last = self._last
        if last and last[0] == commit:
            return last[1]
        sha = ObjectID(commit.encode())
        store = self._fetch(lambda _: [sha], depth=1, filter_spec=_NO_CONTENTS)
        if sha not in store:
            raise _UnknownObject
        self._last = (commit, store)
        return store

    def _fetch(
        self,
        wants: Callable[[_HexRefs], list[ObjectID]],
        *,
        depth: int | None = None,
        prefix: bytes = b"HEAD",
        filter_spec: bytes | None = None,
    ) -> MemoryObjectStore:
        """Fetch objects; refs are asked for by `prefix`, which keeps their list short."""

        def determine_wants(refs: _HexRefs, depth: int | None = None) -> list[ObjectID]:
            del depth
            _refuse_long_ids(refs)
            return wants(refs)

        pack = bytearray()

        def keep(data: bytes) -> int:
            pack.extend(data)
            return len(data)

        transport = GitTransport(self._connection)
        with _narrowed(transport):
            transport.fetch_pack(
                self.address.path,
                determine_wants,
                _NothingToOffer(),
                keep,
                depth=depth,
                ref_prefix=[prefix],
                filter_spec=filter_spec,
            )
        return unpack(bytes(pack), self._limits.max_bytes)

    def _send(
        self,
        branch: str,
        place: str | None,
        sha: str,
        pack: Callable[[], tuple[int, Iterator[UnpackedObject]]],
    ) -> None:
        ref = Ref(f"{_HEADS}{branch}".encode())

        def update(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            _refuse_long_ids(refs)
            tip = _text(refs.get(ref, b""))
            if tip != sha:
                _check_place(branch, place, tip or None, map(_text, refs))
            return {ref: ObjectID(sha.encode())}

        def generate(*_: Any, **__: Any) -> tuple[int, Iterator[UnpackedObject]]:
            return pack()

        transport = GitTransport(self._connection)
        with _narrowed(transport):
            result = transport.send_pack(self.address.path, update, generate)
        if not _is_done(result, ref):
            self._judge(branch, place, sha, (result.ref_status or {}).get(ref))

    def _judge(self, branch: str, place: str | None, sha: str, status: str | None) -> None:
        """Raise what a refused push means, unless the branch is where it should be."""
        refused = judge(status)
        if refused is not None:
            raise refused
        heads = self.refs().heads
        if heads.get(branch) == sha:
            return
        _check_place(branch, place, heads.get(branch), (f"{_HEADS}{each}" for each in heads))
        raise UpstreamUnavailable("The git host could not move the branch now.", SERVICE)


class _UnknownObject(NotFound):
    def __init__(self) -> None:
        super().__init__("The commit was not found, or there is no access to it.")


class _NothingToOffer:
    """The walker of a client that has no objects yet."""

    def __next__(self) -> ObjectID | None:
        return None

    def ack(self, sha: ObjectID) -> None:
        """Nothing was offered, so nothing is acknowledged."""

    def nak(self) -> None:
        """As expected."""


@contextmanager
def _narrowed(transport: GitTransport) -> Iterator[None]:
    """Turn what dulwich raises into errors of ours; those of the transport pass."""
    try:
        yield
    except SendPackError as error:
        raise UpstreamRejected("The git host could not read the pushed commit.", SERVICE) from error
    except (GitProtocolError, HangupException) as error:
        if b"not our ref" in transport.opening:
            raise _UnknownObject from error
        raise UpstreamUnavailable("The git host broke off its answer.", SERVICE) from error
    except (AssertionError, KeyError, ValueError) as error:
        raise UpstreamUnavailable("The git host's answer cannot be read.", SERVICE) from error


def _check_place(branch: str, place: str | None, tip: str | None, refs: Iterator[str]) -> None:
    """Our own rule, as no host has it by itself: a branch moves only from `place`."""
    if tip != place:
        raise StaleWrite("The branch moved; read it again.")
    others = (ref.removeprefix(_HEADS) for ref in refs if ref.startswith(_HEADS))
    clash = git_rules.clashing_branch(branch, others)
    if clash is not None:
        raise Conflict(f"The branch `{clash}` stands in the way of this name: choose another.")


def _is_done(result: SendPackResult, ref: Ref) -> bool:
    """Whether the ref was moved, or was there already; no exception does not mean so."""
    status = result.ref_status
    return status == {} or (status is not None and ref in status and status[ref] is None)


def _unchanged(parent: str | None) -> str:
    if parent is None:
        raise InvalidRequest("There is nothing to commit.")
    return parent


def _refuse_sha256(object_format: str | None) -> None:
    if object_format not in (None, "sha1"):
        raise UpstreamRejected("Repositories with SHA-256 ids are not supported.", SERVICE)


def _refuse_long_ids(refs: _HexRefs) -> None:
    if any(len(sha) != len(ZERO_SHA) for sha in refs.values()):
        _refuse_sha256("sha256")


def _copy(store: MemoryObjectStore) -> MemoryObjectStore:
    copy = MemoryObjectStore()
    copy.add_objects([(store[sha], None) for sha in store])
    return copy


def _text(name: bytes) -> str:
    """A ref as text; empty if it is none."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return ""
