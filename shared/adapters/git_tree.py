"""Trees of a commit read, and a commit made of an order, among git objects in memory."""

import heapq
import stat
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count

from dulwich.diff_tree import tree_changes
from dulwich.object_store import MemoryObjectStore
from dulwich.objects import Blob as BlobObject
from dulwich.objects import Commit, ObjectID, Tree

from shared.adapters import git_rules
from shared.adapters.git_transport import SERVICE
from shared.errors import Conflict, UpstreamUnavailable
from shared.ports.repository import Blob, Change, CommitInfo, CommitOrder

_Path = tuple[bytes, ...]
_Changes = Mapping[_Path, Change]


def files_under(store: MemoryObjectStore, commit: str, folders: Sequence[str]) -> dict[str, Blob]:
    """The files of a commit that are in one of the folders, by path."""
    files: dict[str, Blob] = {}
    wanted = tuple(f"{folder}/" if folder else "" for folder in folders)
    _collect(store, _commit(store, commit).tree, "", wanted, files)
    return files


def make_commit(store: MemoryObjectStore, parent: str | None, order: CommitOrder) -> str | None:
    """Make an order's commit in a store that has its parent's trees; None if nothing changes.

    Raises:
        Conflict: a file would stand where a folder is, or the reverse.
    """
    changes = {tuple(change.path.encode().split(b"/")): change for change in order.changes}
    before = _commit(store, parent).tree if parent else None
    after = _changed(store, before, changes)
    if after == before:
        return None
    if after is None:
        store.add_object(Tree())
        after = Tree().id
    commit = Commit()
    commit.tree = after
    commit.parents = [ObjectID(parent.encode())] if parent else []
    commit.author = commit.committer = git_rules.stored_person(order.author)
    commit.author_time = commit.commit_time = git_rules.stored_time(order)
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = git_rules.stored_message(order)
    store.add_object(commit)
    return commit.id.decode()


def newest_commits(
    store: MemoryObjectStore, tip: str, since: str | None, limit: int
) -> list[CommitInfo]:
    """The newest commits from a tip, newest first, without `since` and what it stands on.

    The store has one generation more than `limit`, so each commit's first parent is there.
    """
    left_out = _ancestry(store, since) if since else set()
    number = count()
    waiting = [(0, next(number), ObjectID(tip.encode()))]
    seen, found = set(left_out), list[CommitInfo]()
    while waiting and len(found) < limit:
        _, _, sha = heapq.heappop(waiting)
        if sha in seen or sha not in store:
            continue
        seen.add(sha)
        commit = _commit(store, sha.decode())
        found.append(_told(store, commit))
        for parent in commit.parents:
            if parent in store:
                at = _commit(store, parent.decode()).commit_time
                heapq.heappush(waiting, (-at, next(number), parent))
    return found


def _ancestry(store: MemoryObjectStore, sha: str) -> set[ObjectID]:
    found: set[ObjectID] = set()
    waiting = [ObjectID(sha.encode())]
    while waiting:
        each = waiting.pop()
        if each in store and each not in found:
            found.add(each)
            waiting += _commit(store, each.decode()).parents
    return found


def _told(store: MemoryObjectStore, commit: Commit) -> CommitInfo:
    first = commit.parents[0] if commit.parents else None
    before = _commit(store, first.decode()).tree if first else None
    changes = tree_changes(store, before, commit.tree)
    entries = (entry for change in changes for entry in (change.old, change.new) if entry)
    return CommitInfo(
        sha=commit.id.decode(),
        parents=tuple(parent.decode() for parent in commit.parents),
        message=commit.message.decode("utf-8", "replace"),
        author=git_rules.read_person(commit.author),
        at=git_rules.read_time(commit.commit_time),
        paths=tuple(sorted({entry.path.decode("utf-8", "replace") for entry in entries})),
    )


def _commit(store: MemoryObjectStore, sha: str) -> Commit:
    found = store[ObjectID(sha.encode())]
    if not isinstance(found, Commit):
        raise UpstreamUnavailable("The git host answered with something else.", SERVICE)
    return found


def _tree(store: MemoryObjectStore, sha: ObjectID) -> Tree:
    found = store[sha]
    if not isinstance(found, Tree):
        raise UpstreamUnavailable("The git host answered with something else.", SERVICE)
    return found


def _collect(
    store: MemoryObjectStore,
    tree: ObjectID,
    above: str,
    folders: tuple[str, ...],
    files: dict[str, Blob],
) -> None:
    for entry in _tree(store, tree).iteritems():
        try:
            path = above + entry.path.decode()
        except UnicodeDecodeError:
            continue
        if not stat.S_ISDIR(entry.mode):
            if path.startswith(folders):
                files[path] = Blob(id=entry.sha.decode(), mode=entry.mode)
        elif any(f"{path}/".startswith(each) or each.startswith(f"{path}/") for each in folders):
            _collect(store, entry.sha, f"{path}/", folders, files)


def _changed(
    store: MemoryObjectStore, before: ObjectID | None, changes: _Changes
) -> ObjectID | None:
    """The tree after some changes, None when nothing is left in it."""
    tree = _tree(store, before) if before else Tree()
    here = {path[0]: change for path, change in changes.items() if len(path) == 1}
    below: dict[bytes, dict[_Path, Change]] = defaultdict(dict)
    for path, change in changes.items():
        if len(path) > 1:
            below[path[0]][path[1:]] = change
    for name, change in here.items():
        if change.content is None and name in tree and not _is_folder(tree, name):
            del tree[name]
    for name, inside in below.items():
        _change_folder(store, tree, name, inside)
    for name, change in here.items():
        if change.content is not None:
            _put(store, tree, name, change)
    if not len(tree):
        return None
    store.add_object(tree)
    return tree.id


def _change_folder(store: MemoryObjectStore, tree: Tree, name: bytes, inside: _Changes) -> None:
    is_file = name in tree and not _is_folder(tree, name)
    if is_file and any(change.content is not None for change in inside.values()):
        raise Conflict("A file stands where the commit needs a folder.")
    if is_file:
        return
    mode, old = stat.S_IFDIR, None
    if name in tree:
        mode, old = tree[name]
    new = _changed(store, old, inside)
    if new is not None:
        tree[name] = (mode, new)
    elif name in tree:
        del tree[name]


def _put(store: MemoryObjectStore, tree: Tree, name: bytes, change: Change) -> None:
    if name in tree and _is_folder(tree, name):
        raise Conflict("A folder stands where the commit puts a file.")
    blob = BlobObject.from_string(change.content or b"")
    if name in tree and tree[name] == (change.mode, blob.id):
        return
    tree[name] = (change.mode, blob.id)
    store.add_object(blob)


def _is_folder(tree: Tree, name: bytes) -> bool:
    return stat.S_ISDIR(tree[name][0])
