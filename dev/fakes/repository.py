"""The repository port in memory, with real git object ids and faults on demand.

The twin of the git adapter: the same orders give the same commit ids. Nothing is random and no
clock is read, so a simulation with the same seed sees the same ids.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Final

from dev.fakes.git_objects import commit_id
from shared.adapters import git_rules
from shared.errors import Conflict, InvalidRequest, NotFound, StaleWrite, TooLarge
from shared.ports.repository import (
    Blob,
    BranchProtected,
    Change,
    CommitInfo,
    CommitOrder,
    Person,
    Refs,
    Snapshot,
    asked_for,
)

PERSON: Final = Person(name="Ada Example", email="ada@example.com")
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RepositoryCall:
    """One call that the repository got: the method's name and its arguments."""

    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    info: CommitInfo
    files: Mapping[str, Blob]


class FakeRepository:
    """A `Repository` in memory, safe among threads. `calls` lists what was asked of it."""

    def __init__(self, default_branch: str = "main", max_bytes: int = 20 * 2**20) -> None:
        self.calls: list[RepositoryCall] = []
        self._default_branch = default_branch
        self._max_bytes = max_bytes
        self._heads: dict[str, str] = {}
        self._commits: dict[str, _Stored] = {}
        self._blobs: dict[str, bytes] = {}
        self._protected: set[str] = set()
        self._faults: list[BaseException] = []
        self._lost: list[BaseException] = []
        self._people_commits = 0
        self._lock = RLock()

    def fail_next(self, times: int, error: BaseException) -> None:
        """Let the next calls, of any kind, raise `error` without doing anything."""
        self._faults += [error] * times

    def lose_answers(self, times: int, error: BaseException) -> None:
        """Let the next pushes happen and then raise `error`, as when the answer is lost."""
        self._lost += [error] * times

    def protect(self, branch: str, protected: bool = True) -> None:
        """Let the host refuse pushes to a branch, or accept them again; people still may."""
        (self._protected.add if protected else self._protected.discard)(branch)

    def commit(
        self,
        branch: str,
        files: Mapping[str, bytes | None],
        *,
        message: str = "Edit by hand",
        author: Person = PERSON,
        mode: int = 0o100644,
    ) -> str:
        """Commit and push as a person does, at the tip of a branch, which is made if need be.

        `files`: path -> content, None removes. Each commit is a minute after the one before.
        """
        with self._lock:
            self._people_commits += 1
            at = _START + timedelta(minutes=self._people_commits)
            changes = tuple(Change(path=p, content=c, mode=mode) for p, c in files.items())
            order = CommitOrder(message=message, author=author, at=at, changes=changes)
            return self._keep(branch, self._made(self._heads.get(branch), order), order)

    def rename(self, branch: str, path: str, new_path: str) -> str:
        """Move a file as a person does, its content and mode as they are."""
        with self._lock:
            blob = self._commits[self._heads[branch]].files[path]
            moved = {path: None, new_path: self._blobs[blob.id]}
            return self.commit(branch, moved, message="Move by hand", mode=blob.mode)

    def force(self, branch: str, commit: str) -> None:
        """Put a branch on any commit that is or was here, as a forced push does."""
        self._heads[branch] = self._stored(commit).info.sha

    def delete_branch(self, branch: str) -> None:
        """Delete a branch as a person does."""
        del self._heads[branch]

    def contents(self, branch: str) -> dict[str, bytes]:
        """The files at the tip of a branch, with contents, for a test to look at."""
        files = self._commits[self._heads[branch]].files
        return {path: self._blobs[blob.id] for path, blob in files.items()}

    def refs(self, branches: Sequence[str] | None = None) -> Refs:
        """Tell where branches are; see the port."""
        with self._called("refs", None if branches is None else tuple(branches)):
            heads = {b: c for b, c in self._heads.items() if asked_for(b, branches)}
            return Refs(default_branch=self._default_branch, heads=heads)

    def snapshot(self, commit: str, folders: Sequence[str] = ("",)) -> Snapshot:
        """List files; see the port."""
        with self._called("snapshot", commit, tuple(folders)):
            files = self._stored(commit).files
            if "" not in folders:
                starts = tuple(f"{folder}/" for folder in folders)
                files = {path: blob for path, blob in files.items() if path.startswith(starts)}
            return Snapshot(commit=commit, files=dict(files))

    def read(self, blobs: Sequence[str]) -> Mapping[str, bytes]:
        """Read contents; see the port."""
        with self._called("read", tuple(blobs)):
            if any(blob not in self._blobs for blob in blobs):
                raise NotFound("A file's content was not found, or there is no access to it.")
            found = {blob: self._blobs[blob] for blob in blobs}
            if sum(map(len, found.values())) > self._max_bytes:
                raise TooLarge("The files are larger together than what is read at once.")
            return found

    def push(
        self, branch: str, parent: str | None, order: CommitOrder, *, new: bool = False
    ) -> str:
        """Commit on top of `parent`; see the port."""
        with self._called("push", branch, parent, order):
            sha = self._push(branch, parent, order, new=new)
            if self._lost:
                raise self._lost.pop(0)
            return sha

    def commits(self, branch: str, since: str | None, limit: int) -> list[CommitInfo]:
        """The newest commits; see the port."""
        git_rules.check_branch(branch)
        with self._called("commits", branch, since, limit):
            if branch not in self._heads:
                raise NotFound("The branch was not found.")
            found: list[CommitInfo] = []
            sha: str | None = self._heads[branch]
            while sha is not None and sha != since and len(found) < limit:
                found.append(self._commits[sha].info)
                sha = next(iter(found[-1].parents), None)
            return found

    def _called(self, method: str, *arguments: Any) -> AbstractContextManager[bool]:
        with self._lock:
            self.calls.append(RepositoryCall(method, arguments))
            if self._faults:
                raise self._faults.pop(0)
        return self._lock

    def _stored(self, commit: str) -> _Stored:
        if commit not in self._commits:
            raise NotFound("The commit was not found, or there is no access to it.")
        return self._commits[commit]

    def _push(self, branch: str, parent: str | None, order: CommitOrder, *, new: bool) -> str:
        git_rules.check_branch(branch)
        git_rules.check_order(order)
        if parent is not None and parent not in self._commits:
            raise StaleWrite("The branch moved; read it again.")
        made = replace(order, changes=tuple(self._effective(parent, order)))
        if not made.changes:
            return _unchanged(parent)
        stored = self._made(parent, made)
        tip = self._heads.get(branch)
        if tip == stored.info.sha:
            return tip
        if tip != (None if new else parent):
            raise StaleWrite("The branch moved; read it again.")
        if git_rules.clashing_branch(branch, self._heads):
            raise Conflict("A branch of a similar name stands in the way.")
        if branch in self._protected:
            raise BranchProtected("The host's rules refuse pushes to this branch.")
        return self._keep(branch, stored, made)

    def _effective(self, parent: str | None, order: CommitOrder) -> list[Change]:
        """The changes of an order that change something."""
        files = self._commits[parent].files if parent else {}
        return [
            change
            for change in order.changes
            if files.get(change.path)
            != (None if change.content is None else Blob.of(change.content, change.mode))
        ]

    def _made(self, parent: str | None, order: CommitOrder) -> _Stored:
        """The commit of an order, not stored yet."""
        files = dict(self._commits[parent].files) if parent else {}
        for change in order.changes:
            files.pop(change.path, None)
        for change in order.changes:
            if change.content is not None:
                files[change.path] = Blob.of(change.content, change.mode)
        info = CommitInfo(
            sha=commit_id(parent, files, order),
            parents=(parent,) if parent else (),
            message=git_rules.stored_message(order).decode(),
            author=git_rules.read_person(git_rules.stored_person(order.author)),
            at=git_rules.read_time(git_rules.stored_time(order)),
            paths=tuple(sorted(change.path for change in order.changes)),
        )
        return _Stored(info, files)

    def _keep(self, branch: str, stored: _Stored, order: CommitOrder) -> str:
        """Store a commit and its contents, and move the branch there; its id."""
        contents = [change.content for change in order.changes if change.content is not None]
        self._blobs |= {Blob.of(content).id: content for content in contents}
        self._commits[stored.info.sha] = stored
        self._heads[branch] = stored.info.sha
        return stored.info.sha


def _unchanged(parent: str | None) -> str:
    if parent is None:
        raise InvalidRequest("There is nothing to commit.")
    return parent
