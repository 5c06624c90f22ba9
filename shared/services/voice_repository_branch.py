"""The branch of a user's voice commands: where it is, what is on it, one more commit on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.code.permalink import compare_url
from shared.errors import NotConfigured, StaleWrite
from shared.ports.clock import Clock
from shared.ports.repository import Blob, Change, CommitInfo, CommitOrder
from shared.services.voice_repository_changes import tree_after
from shared.services.voice_repository_commits import command_order, voice_branch
from shared.services.voice_repository_memory import RememberedRepository
from shared.sync.workspace import Remote
from shared.voice.repository import CommitMade

Contents = dict[str, bytes | None]
"""Path -> content, None where there is no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where the branch is. `parent`: what the next commit stands on. `new`: the branch is not
    there yet. `history`: its newest commits, newest first, with those that it grew from, at most
    `limit`.
    """

    parent: str
    new: bool
    tree: Mapping[str, Blob]
    history: Sequence[CommitInfo]
    limit: int


class VoiceBranch:
    """One user's branch in one repository; raises what `Repository` raises."""

    def __init__(
        self, remote: Remote, repository: RememberedRepository, clock: Clock, uid: str
    ) -> None:
        self.repository = repository
        self.base = remote.branch
        self.name = voice_branch(uid)
        self.uid = uid
        self._url = remote.url
        self._clock = clock

    def stand(self, limit: int) -> Stand:
        """Where the branch is now, with up to `limit` commits; a new one begins at the synced tip.

        Raises:
            NotConfigured: the synced branch is not there.
        """
        heads = self.repository.port.refs([self.name, self.base]).heads
        if tip := heads.get(self.name):
            history = self.repository.history(self.name, tip, limit)
            tree = self.repository.tree(history[0].sha)
            return Stand(parent=history[0].sha, new=False, tree=tree, history=history, limit=limit)
        if base := heads.get(self.base):
            tree = self.repository.tree(base)
            return Stand(parent=base, new=True, tree=tree, history=(), limit=limit)
        raise NotConfigured(f"The branch {self.base} is not there: push it first.")

    def contents(self, tree: Mapping[str, Blob], paths: Iterable[str]) -> Contents:
        """The contents of a tree's files; None for those that are not there."""
        wanted = {path: tree.get(path) for path in paths}
        found = self.repository.read(blob.id for blob in wanted.values() if blob)
        return {path: found.get(blob.id) if blob else None for path, blob in wanted.items()}

    def changes_of(self, info: CommitInfo) -> tuple[Contents, Contents]:
        """The files that a commit changed, before it and after it."""
        before = self.repository.tree(info.parents[0]) if info.parents else {}
        after = self.repository.tree(info.sha)
        return self.contents(before, info.paths), self.contents(after, info.paths)

    def commit(
        self,
        stand: Stand,
        changes: Sequence[Change],
        *,
        interaction_id: str,
        said: str,
        undoes: str = "",
    ) -> str | None:
        """Push a command's commit; its id, None if the branch has moved."""
        order = command_order(
            interaction_id=interaction_id,
            transcript=said,
            undoes=undoes,
            uid=self.uid,
            at=self._clock.now(),
            changes=changes,
        )
        try:
            sha = self.repository.port.push(self.name, stand.parent, order, new=stand.new)
        except StaleWrite:
            return None
        self._remember(sha, stand, order)
        return sha

    def _remember(self, sha: str, stand: Stand, order: CommitOrder) -> None:
        """Keep what is known of a commit that was just made, so that nobody has to ask for it."""
        self.repository.keep_tree(sha, tree_after(stand.tree, order.changes))
        for change in order.changes:
            if change.content is not None:
                self.repository.keep(change.content)
        if stand.new:
            return
        info = CommitInfo(
            sha=sha,
            parents=(stand.parent,),
            message=order.message,
            author=order.author,
            at=order.at,
            paths=tuple(change.path for change in order.changes),
        )
        self.repository.keep_history(sha, stand.limit, (info, *stand.history)[: stand.limit])

    def made(self, sha: str) -> CommitMade:
        """A commit of the branch as people are shown it."""
        return CommitMade(sha, self.name, compare_url(self._url, self.base, self.name))
