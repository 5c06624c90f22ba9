"""What takes a command back: its own commit reversed, beside whatever was changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.diff import merge_lines
from shared.code.edits_checks import check_text
from shared.code.edits_text import NotText, SourceText
from shared.ports.repository import Blob, Change
from shared.services.voice_repository_changes import file_changes
from shared.services.voice_repository_commits import CommandCommit, not_undone
from shared.services.voice_repository_memory import RememberedRepository
from shared.voice.repository import UndoRefused

_FILES: Final = (0o100644, 0o100755)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlan:
    """The command to take back, what its commit says, and the changes that do it."""

    interaction_id: str
    message: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """One file at one time; both None where it was not there."""

    blob: Blob | None
    content: bytes | None


def plan_undo(
    repository: RememberedRepository, now: Mapping[str, Blob], known: Sequence[CommandCommit]
) -> UndoPlan | None:
    """Plan to take back the newest command that still has an effect; None if there is none.

    `now`: the files of the branch's tip. `known`: the user's commands on it, newest first.

    Raises:
        UndoRefused: what it did was changed since.
    """
    for command in not_undone(known):
        if changes := _reversed(repository, now, command):
            subject = command.info.message.partition("\n")[0]
            return UndoPlan(
                interaction_id=command.interaction_id, message=f"Undo: {subject}", changes=changes
            )
    return None


def _reversed(
    repository: RememberedRepository, now: Mapping[str, Blob], command: CommandCommit
) -> tuple[Change, ...]:
    """The changes that reverse a commit; none if a person did it already."""
    info = command.info
    before = repository.tree(info.parents[0]) if info.parents else {}
    trees = (before, repository.tree(info.sha), now)
    blobs = {each[path].id for each in trees for path in info.paths if path in each}
    contents = repository.read(blobs)
    changes: list[Change] = []
    refused: list[tuple[str, bytes | None, bytes | None]] = []
    for path in info.paths:
        then, after, present = (_side(tree, path, contents) for tree in trees)
        if present.blob == then.blob:
            continue
        change = _change(path, then, after, present)
        if change is None:
            refused.append((path, after.content, present.content))
        elif change.content != present.content or present.blob == after.blob:
            changes.append(change)
    if refused:
        raise UndoRefused(
            "What this command changed was changed again since: "
            + ", ".join(path for path, _, _ in refused),
            file_changes({p: old for p, old, _ in refused}, {p: new for p, _, new in refused}),
        )
    return tuple(changes)


def _side(tree: Mapping[str, Blob], path: str, contents: Mapping[str, bytes]) -> _Side:
    blob = tree.get(path)
    return _Side(blob, contents.get(blob.id) if blob else None)


def _change(path: str, then: _Side, after: _Side, present: _Side) -> Change | None:
    """What brings one file back; None if it was changed in the same place since."""
    mode = (then.blob or present.blob or Blob(id="")).mode
    if present.blob == after.blob:
        return Change(path=path, content=then.content, mode=mode)
    if present.blob is None or present.blob.mode not in _FILES:
        return None
    if then.content is None or after.content is None or present.content is None:
        return None
    merged = merge_lines(after.content, present.content, then.content)
    if merged is None or not _parses(path, present.content, merged):
        return None
    return Change(path=path, content=merged, mode=present.blob.mode)


def _parses(path: str, present: bytes, merged: bytes) -> bool:
    try:
        texts = SourceText.read(present).text, SourceText.read(merged).text
    except NotText:
        return False
    return check_text(path, *texts).ok
