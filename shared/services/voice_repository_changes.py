"""Changes of files: as people are shown them, and as a tree has them."""

from collections.abc import Collection, Mapping
from typing import Final, Literal

from shared.code.diff import unified_diff
from shared.ports.repository import Blob, Change
from shared.voice.repository import FileChange

_DIFF_CHARS: Final = 40_000
_DIFFS_CHARS: Final = 80_000


def file_changes(
    before: Mapping[str, bytes | None], after: Mapping[str, bytes | None]
) -> tuple[FileChange, ...]:
    """What happened to files, with diffs that are at most 80,000 characters together.

    Both map the same paths to contents, None where there is no file.
    """
    left = _DIFFS_CHARS
    changes = []
    for path in sorted(after):
        old, new = before[path], after[path]
        diff = unified_diff(path, old, new)
        room = min(_DIFF_CHARS, left)
        if len(diff) > room:
            diff = diff[:room].rpartition("\n")[0] + "\n(the rest is left out)\n"
        left = max(left - len(diff), 0)
        action: Literal["created", "modified", "deleted"] = (
            "created" if old is None else "deleted" if new is None else "modified"
        )
        changes.append(FileChange(path, action, diff))
    return tuple(changes)


def tree_after(tree: Mapping[str, Blob], changes: Collection[Change]) -> dict[str, Blob]:
    """The files of a tree after changes."""
    files = dict(tree)
    for change in changes:
        if change.content is None:
            files.pop(change.path, None)
        else:
            files[change.path] = Blob.of(change.content, change.mode)
    return files
