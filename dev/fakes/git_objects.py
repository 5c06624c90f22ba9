"""The ids that git gives to commits and trees (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects)."""

from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha1
from typing import Final

from shared.adapters import git_rules
from shared.errors import Conflict
from shared.ports.repository import Blob, CommitOrder

_FOLDER: Final = 0o40000
_Folders = dict[str, dict[str, tuple[int, str]]]


def commit_id(parent: str | None, files: Mapping[str, Blob], order: CommitOrder) -> str:
    """The id of the commit of an order, after which there are these files.

    Raises:
        Conflict: an ordered file stands where a folder is, or the reverse.
    """
    _check_no_file_is_a_folder(files, order)
    stamp = b"%s %d +0000" % (git_rules.stored_person(order.author), git_rules.stored_time(order))
    lines = [b"tree " + _folder_id("", _folders(files)).encode()]
    if parent:
        lines.append(b"parent " + parent.encode())
    lines += [b"author " + stamp, b"committer " + stamp, b"", git_rules.stored_message(order)]
    return _object_id(b"commit", b"\n".join(lines))


def _check_no_file_is_a_folder(files: Mapping[str, Blob], order: CommitOrder) -> None:
    for change in order.changes:
        parts = change.path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        if change.content is not None and any(folder in files for folder in above):
            raise Conflict("A file stands where the commit needs a folder.")


def _folders(files: Mapping[str, Blob]) -> _Folders:
    """Folder -> name -> (mode, id); the id of a folder is not known yet.

    Raises:
        Conflict: a name is a file's and a folder's.
    """
    folders: _Folders = defaultdict(dict)
    for path, blob in files.items():
        folder, _, name = path.rpartition("/")
        folders[folder][name] = (blob.mode, blob.id)
    for folder in list(folders):
        below = folder
        while below:
            above, _, name = below.rpartition("/")
            if folders[above].setdefault(name, (_FOLDER, ""))[0] != _FOLDER:
                raise Conflict("A folder stands where the commit puts a file.")
            below = above
    return folders


def _folder_id(folder: str, folders: _Folders) -> str:
    entries: list[tuple[bytes, bytes]] = []
    for name, (mode, blob) in folders[folder].items():
        is_folder = mode == _FOLDER
        entry = _folder_id(f"{folder}/{name}" if folder else name, folders) if is_folder else blob
        # Git sorts folders as if their names ended in a slash.
        key = name.encode() + (b"/" if is_folder else b"")
        entries.append((key, b"%o %s\0" % (mode, name.encode()) + bytes.fromhex(entry)))
    return _object_id(b"tree", b"".join(raw for _, raw in sorted(entries)))


def _object_id(kind: bytes, raw: bytes) -> str:
    return sha1(b"%s %d\0" % (kind, len(raw)) + raw).hexdigest()
