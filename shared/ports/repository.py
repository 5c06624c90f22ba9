"""The repository port: one git repository on a host, read and written without a working tree.

Vocabulary: a *commit*, *tree* or *blob* is named by its id, 40 hexadecimal digits (SHA-1). A
*branch* is its name without `refs/heads/`. A *path* is posix and relative, without `.` and `..`.
A *mode* is git's: 0o100644 file, 0o100755 executable, 0o120000 symbolic link, 0o160000 submodule.

Commits are never forced and never made by comparing ancestry: a push names the commit that it
stands on, and loses when the branch is elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Protocol

from shared.errors import Conflict


class BranchProtected(Conflict):
    """The host's rules refuse this push to this branch: it is protected, or a hook declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """An entry of a tree: a file's content id (for a submodule its commit) and mode."""

    id: str
    mode: int = 0o100644

    @classmethod
    def of(cls, content: bytes, mode: int = 0o100644) -> "Blob":
        """The entry that a content has once it is in a repository (git's `hash-object`)."""
        return cls(id=sha1(b"blob %d\0" % len(content) + content).hexdigest(), mode=mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refs:
    """Where the branches are.

    `default_branch`: what HEAD names, whether or not it was asked for; None where the host does
    not tell (an empty repository on some hosts). `heads`: branch -> commit.
    """

    default_branch: str | None
    heads: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The files of a commit: path -> blob, links and submodules among them, folders not.

    A `commit` of None, with no files, stands for a branch that does not exist yet. Files whose
    path is not UTF-8 are left out; a commit leaves them as they are.
    """

    commit: str | None
    files: Mapping[str, Blob]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a commit does to one path; `content` None removes it.

    `mode` is what the file has afterwards: give the present one to keep it.
    """

    path: str
    content: bytes | None
    mode: int = 0o100644


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name and an e-mail address as a commit shows them."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitOrder:
    """A commit to make.

    `message`: whole, with its trailers; it is stored ending in one newline. `author` is the
    committer too. `at`: timezone-aware, stored to the second. `changes`: each path once, in any
    order; paths that are not named stay as they are, bytes, modes, links and submodules.
    """

    message: str
    author: Person
    at: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitInfo:
    """A commit as it was read.

    `at`: when it was committed, timezone-aware. `paths`: what it changed against its first
    parent (all its files if it has none), sorted; a rename is two paths.
    """

    sha: str
    parents: tuple[str, ...]
    message: str
    author: Person
    at: datetime
    paths: tuple[str, ...]


def asked_for(branch: str, branches: Sequence[str] | None) -> bool:
    """Whether a call of `refs` with these `branches` asks for this one."""
    if branches is None:
        return True
    return any(
        branch == each or (each.endswith("/") and branch.startswith(each)) for each in branches
    )


class Repository(Protocol):
    """One repository (git over HTTPS). Calls block, each with a deadline of its own.

    Raises:
        NotFound: the repository, commit or blob is not there, or not for this credential (hosts
            do not tell which).
        Forbidden: the credential is good and may not do this.
        UpstreamRejected: the credential is refused, the host is not allowed, or it does not
            speak what is needed.
        UpstreamUnavailable, UpstreamTimeout: the host does not answer now; a push whose answer
            was lost may have happened: push the same again.
        TooLarge: the answer is beyond the limit of bytes.
        InvalidRequest: a branch name or a path that is not acceptable.
    """

    def refs(self, branches: Sequence[str] | None = None) -> Refs:
        """Tell where branches are, with one request for refs: all of them, or those asked for.

        A name that ends in `/` asks for all branches whose names begin so. A branch that does not
        exist is left out. An empty repository has no heads and is no error.
        """

    def snapshot(self, commit: str, folders: Sequence[str] = ("",)) -> Snapshot:
        """List the files of a commit that are under any of these folders ("" is everything).

        Contents are not fetched. A folder that does not exist has no files.
        """

    def read(self, blobs: Sequence[str]) -> Mapping[str, bytes]:
        """Read contents by id, all in one fetch; repetitions are read once.

        Raises:
            NotFound: one of them is not there.
            TooLarge: they are more bytes together than the limit.
        """

    def push(
        self, branch: str, parent: str | None, order: CommitOrder, *, new: bool = False
    ) -> str:
        """Put one commit on top of `parent`, where the branch must be; the new commit's id.

        With `new` the branch must not exist yet, and begins with this commit on top of `parent`.
        With `parent` None the branch must not exist: the commit is its first and has no parent.
        The same parent and an equal order give the same id, so a repeated push whose commit is
        the tip already is a success. An order that changes nothing returns `parent`, pushes
        nothing, and does not look where the branch is.

        Raises:
            StaleWrite: the branch is not at `parent` (or exists, for `new` or None); nothing was
                pushed.
            BranchProtected: the host's rules refuse it; nothing was pushed.
            Conflict: a file would stand where a folder is or the reverse, in the tree or in the
                names of branches; nothing was pushed.
            InvalidRequest: also for an order without changes where `parent` is None.
        """

    def commits(self, branch: str, since: str | None, limit: int) -> list[CommitInfo]:
        """The newest commits of a branch, newest first, at most `limit` (1-500).

        `since`: leave out this commit and what it stands on; if it is not among the newest (the
        branch was forced, or is far ahead) the newest `limit` are given.

        Raises:
            NotFound: the branch does not exist.
        """
