"""What a command knows of the connected repository, and what came of changing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.errors import Conflict, NexusError, UpstreamUnavailable
from shared.voice.checks import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFile:
    """A file whole, as the model is shown it. `blob`: the id of this very content."""

    path: str
    text: str
    language: str | None
    blob: str


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file defines, without its bodies."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryView:
    """What a command is answered from.

    `branch`: where its commit goes, `base`: the branch that this one grew from, `tip`: the commit
    that was read. `names`: the repository's identifiers and file names, most used first.
    `meant`: which of several definitions of one name the command is about, in words for the model.
    `question`: what to ask back where the words name several things, None where they do not.
    """

    branch: str
    base: str
    tip: str
    files: tuple[ViewFile, ...] = ()
    outlines: tuple[Outline, ...] = ()
    names: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()
    question: str | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happened to a file; `diff` is a unified diff for people, cut where it is long."""

    path: str
    action: Literal["created", "modified", "deleted"]
    diff: str


@dataclass(frozen=True, slots=True)
class CommitMade:
    """The commit of a command. `compare_url`: shows the branch against the one it grew from."""

    sha: str
    branch: str
    compare_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A reply that is in the repository now.

    `code`: the whole new content of the file at `path`, the one that the reply is about; None where
    it made no code, and then there is no commit either.
    """

    path: str | None = None
    code: str | None = None
    edits: tuple[FileChange, ...] = ()
    commit: CommitMade | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A command that was taken back. `interaction_id`: whose; None if there was none to undo."""

    interaction_id: str | None = None
    edits: tuple[FileChange, ...] = ()
    commit: CommitMade | None = None


class Rejected(NexusError):
    """The reply cannot be applied; `detail` tells the model what to mend."""


class Moved(Conflict):
    """A file that the reply changes is not as the model saw it: look and ask again."""


class UndoRefused(Conflict):
    """What was to be undone was changed since; `changes` shows what is in the way."""

    def __init__(self, detail: str, changes: Sequence[FileChange] = ()) -> None:
        super().__init__(detail)
        self.changes = tuple(changes)


class Busy(UpstreamUnavailable):
    """Another command of the user works on this repository; come again in a moment."""


def commit_map(commit: CommitMade | None) -> dict[str, str] | None:
    """The commit as in a result."""
    if commit is None:
        return None
    return {"sha": commit.sha, "branch": commit.branch, "compare_url": commit.compare_url}


def edit_maps(changes: Sequence[FileChange]) -> list[dict[str, Any]]:
    """The changes as in a result's `edits`."""
    return [{"path": each.path, "action": each.action, "diff": each.diff} for each in changes]
