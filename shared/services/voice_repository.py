"""Voice commands in a user's repository: look, change by one commit, take back.

Everything stands on the branch `voice/<hash of the user>`, which grows from the synced branch and
which the user merges. Each method may be called again, and the process may die after any step of
it: a command's commit is found again by its trailer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.edits import (
    Edited,
    EditRejected,
    FileEdit,
    Replacement,
    Source,
    WholeFile,
    apply_edits,
)
from shared.code.edits_text import SourceText
from shared.code.guarded_paths import Tree
from shared.code.permalink import compare_url
from shared.errors import NotConfigured, StaleWrite
from shared.ports.clock import Clock
from shared.ports.repository import Blob, Change, CommitInfo
from shared.ports.state import StateStore
from shared.services.connections import Connector
from shared.services.voice_repository_commits import (
    command_commits,
    command_of,
    command_order,
    file_changes,
    tree_after,
    voice_branch,
)
from shared.services.voice_repository_lease import RepositoryLease
from shared.services.voice_repository_memory import (
    Knowledge,
    RememberedRepository,
    RepositoryMemory,
)
from shared.services.voice_repository_undo import UndoPlan, plan_undo
from shared.services.voice_repository_view import LEFT_OUT, Chooser, know, shown_text
from shared.services.workspaces import Workspaces
from shared.sync.workspace import Remote, Workspace
from shared.telemetry import logger
from shared.voice.checks import Check
from shared.voice.records import Intent, Interaction
from shared.voice.reply import Reply
from shared.voice.repository import (
    Applied,
    CommitMade,
    FileChange,
    Moved,
    Rejected,
    RepositoryView,
    Undone,
)

_TRIES: Final = 5
_LOOKED_BACK: Final = 50
_UNDONE_BACK: Final = 200
_RECENT_COMMITS: Final = 20
_MAX_CODE_BYTES: Final = 128 * 1024
_SHRINKS: Final = re.compile(
    r"\b(remov|delet|drop|clear|empt|shorten|simplif|strip|cut|split|mov|replac|rewrit|trim|clean"
    r"|extract|reduc|get rid)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stand:
    """Where the branch is. `parent`: what a commit stands on; `new`: the branch is not there yet.

    `history`: the branch's newest commits, newest first.
    """

    parent: str
    new: bool
    tree: Mapping[str, Blob]
    history: Sequence[CommitInfo]


class VoiceRepository:
    """One user's repository, as one voice connection works on it.

    Raises, beside what is said: what `Repository` and `StateStore` raise; NotConfigured before
    `connect` found a repository, and where the synced branch is not there.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        connector: Connector,
        uid: str,
        memory: RepositoryMemory,
    ) -> None:
        self._store = store
        self._clock = clock
        self._connector = connector
        self._uid = uid
        self._memory = memory
        self._branch = voice_branch(uid)
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._opened: tuple[Remote, RememberedRepository, RepositoryLease] | None = None
        self._log = logger(__name__)

    def connect(self, workspace: str | None) -> bool:
        """Whether the user has a repository there.

        `workspace`: Notion's id of the workspace, or our own; None for the only one that has a
        repository. With several of those and none named, there is none.
        """
        chosen = self._workspace(workspace)
        if chosen is None or chosen.repository is None:
            return False
        port = self._connector.repository(chosen)
        if port is None:
            return False
        repository = RememberedRepository(port, self._memory, chosen.wid + chosen.repository.url)
        lease = RepositoryLease(self._store, self._clock, chosen.wid)
        self._opened = (chosen.repository, repository, lease)
        return True

    def prefetch(self) -> tuple[str, ...]:
        """Read ahead what commands will need; the repository's names, most used first."""
        return tuple(self._knowledge(self._stand(_LOOKED_BACK), ()).table.names())

    def look(self, interaction: Interaction, recent: Sequence[str]) -> RepositoryView:
        """Take the repository for a command, and read what it needs.

        `recent`: files that the conversation was about, the newest first.

        Raises:
            Busy: another command of the user works on it.
        """
        remote, repository, lease = self._open
        lease.take(interaction.id)
        stand = self._stand(_LOOKED_BACK)
        knowledge = self._knowledge(stand, recent)
        chosen = Chooser(repository, stand.tree, knowledge).choose(
            interaction.transcript, recent, self._wanted.get(interaction.id, ())
        )
        return RepositoryView(
            branch=self._branch,
            base=remote.branch,
            tip=stand.parent,
            files=chosen.files,
            outlines=chosen.outlines,
            names=tuple(knowledge.table.names()),
            question=chosen.question,
        )

    def apply(self, interaction: Interaction, reply: Reply, view: RepositoryView) -> Applied:
        """Make the reply's changes as one commit, or find the commit that it already has.

        Raises:
            Rejected: the changes do not fit; the detail is for the model.
            Moved: a file is not as the view shows it, or the view did not show it.
            Busy: another command of the user works on the repository.
        """
        self._open[2].take(interaction.id)
        for _ in range(_TRIES):
            stand = self._stand(_LOOKED_BACK)
            done = command_of(command_commits(stand.history, self._uid), interaction.id)
            if done is not None:
                return self._applied(reply, self._changes_of(done.info), done.info.sha, ())
            edited = self._edited(interaction, reply, view, stand)
            if not edited.files:
                return self._unchanged(reply, stand, edited)
            sha = self._commit(interaction, stand, self._ordered(stand, edited.files))
            if sha is not None:
                before = self._contents(stand.tree, edited.files)
                return self._applied(reply, (before, edited.files), sha, _checks(edited))
        raise Moved(f"The branch {self._branch} moves all the time.")

    def undo(self, interaction: Interaction) -> Undone:
        """Take the newest command that is not undone back by another commit.

        Raises:
            UndoRefused: its lines were changed since.
            Busy: another command of the user works on the repository.
        """
        repository, lease = self._open[1:]
        lease.take(interaction.id)
        for _ in range(_TRIES):
            stand = self._stand(_UNDONE_BACK)
            known = command_commits(() if stand.new else stand.history, self._uid)
            done = command_of(known, interaction.id)
            if done is not None and done.undoes:
                before, after = self._changes_of(done.info)
                return self._undone(done.undoes, file_changes(before, after), done.info.sha)
            plan = plan_undo(repository, stand.tree, known)
            if plan is None:
                return Undone()
            sha = self._commit(interaction, stand, plan.changes, undoes=plan)
            if sha is not None:
                after = {change.path: change.content for change in plan.changes}
                shown = file_changes(self._contents(stand.tree, after), after)
                return self._undone(plan.interaction_id, shown, sha)
        raise Moved(f"The branch {self._branch} moves all the time.")

    def release(self, interaction_id: str) -> None:
        """Give the repository back after a command; if it is not held, nothing happens."""
        self._wanted.pop(interaction_id, None)
        if self._opened is not None:
            self._opened[2].give_back(interaction_id)

    def _workspace(self, workspace: str | None) -> Workspace | None:
        known = [each for each in Workspaces(self._store).of(self._uid) if each.repository]
        if workspace is not None:
            return next((each for each in known if workspace in (each.notion_id, each.wid)), None)
        return known[0] if len(known) == 1 else None

    @property
    def _open(self) -> tuple[Remote, RememberedRepository, RepositoryLease]:
        if self._opened is None:
            raise NotConfigured("There is no repository: set up with a `repository` first.")
        return self._opened

    def _stand(self, limit: int) -> _Stand:
        remote, repository, _ = self._open
        heads = repository.port.refs([self._branch, remote.branch]).heads
        tip = heads.get(self._branch)
        base = heads.get(remote.branch)
        if tip is None and base is None:
            raise NotConfigured(f"The branch {remote.branch} is not there: push it first.")
        parent = tip or base or ""
        history: Sequence[CommitInfo] = ()
        if tip is not None:
            history = repository.history(self._branch, tip, limit)
            parent = history[0].sha
        return _Stand(
            parent=parent, new=tip is None, tree=repository.tree(parent), history=history
        )

    def _knowledge(self, stand: _Stand, recent: Sequence[str]) -> Knowledge:
        repository = self._open[1]
        changed = (path for info in stand.history[:_RECENT_COMMITS] for path in info.paths)
        return repository.knowledge(
            stand.parent, lambda: know(repository, stand.tree, (*recent, *changed))
        )

    def _contents(self, tree: Mapping[str, Blob], paths: Sequence[str] | Mapping[str, object]) -> dict[str, bytes | None]:
        wanted = {path: tree[path].id if path in tree else "" for path in paths}
        found = self._open[1].read(blob for blob in wanted.values() if blob)
        return {path: found.get(blob) if blob else None for path, blob in wanted.items()}

    def _edited(
        self, interaction: Interaction, reply: Reply, view: RepositoryView, stand: _Stand
    ) -> Edited:
        edits = _edits_of(reply)
        paths = list(dict.fromkeys(edit.path for edit in edits))
        tree = Tree({path: blob.mode for path, blob in stand.tree.items()})
        for path in paths:
            if fault := tree.fault(path):
                raise Rejected(f"The path {path!r} cannot be used: {fault}.")
        contents = self._contents(stand.tree, paths)
        self._check_seen(interaction, reply, view, stand, contents)
        sources = {
            path: Source(content=content, mode=stand.tree[path].mode, blob=stand.tree[path].id)
            for path, content in contents.items()
            if content is not None
        }
        try:
            edited = apply_edits(
                sources,
                edits,
                tree={path: blob.mode for path, blob in stand.tree.items()},
                may_shrink=_SHRINKS.search(interaction.transcript) is not None,
            )
        except EditRejected as exc:
            raise Rejected(exc.detail) from exc
        _check_size(edited)
        return edited

    def _check_seen(
        self,
        interaction: Interaction,
        reply: Reply,
        view: RepositoryView,
        stand: _Stand,
        contents: Mapping[str, bytes | None],
    ) -> None:
        """Make sure that each file that is there is the very one that the model saw."""
        seen = {each.path: each.blob for each in view.files}
        for path in (each for each in contents if each in stand.tree):
            content = contents[path]
            if shown_text(content) is None:
                raise Rejected(f"The file {path} is no text, or too long to be changed by voice.")
            if seen.get(path) != stand.tree[path].id:
                self._wanted[interaction.id] = tuple(each for each in contents if each in stand.tree)
                raise Moved(f"The file {path} is not as it was shown.")
            new_intent = reply.header.intent in (Intent.CREATE, Intent.TEST)
            if reply.code is not None and new_intent and content:
                raise Rejected(
                    f"The file {path} is there already: answer with SEARCH/REPLACE blocks that "
                    "add to it, or choose another path."
                )

    def _ordered(
        self, stand: _Stand, files: Mapping[str, bytes | None]
    ) -> tuple[Change, ...]:
        return tuple(
            Change(path=path, content=content, mode=stand.tree.get(path, Blob(id="")).mode)
            for path, content in files.items()
        )

    def _commit(
        self,
        interaction: Interaction,
        stand: _Stand,
        changes: tuple[Change, ...],
        undoes: UndoPlan | None = None,
    ) -> str | None:
        """Push one commit; None if the branch moved meanwhile."""
        repository = self._open[1]
        order = command_order(
            interaction_id=interaction.id,
            transcript=undoes.message if undoes else interaction.transcript,
            undoes=undoes.interaction_id if undoes else "",
            uid=self._uid,
            at=self._clock.now(),
            changes=changes,
        )
        try:
            sha = repository.port.push(self._branch, stand.parent, order, new=stand.new)
        except StaleWrite:
            self._log.info("voice_branch_moved", interaction_id=interaction.id)
            return None
        repository.keep_tree(sha, tree_after(stand.tree, changes))
        for change in changes:
            if change.content is not None:
                repository.keep(change.content)
        self._log.info("voice_commit", interaction_id=interaction.id, files=len(changes))
        return sha

    def _changes_of(
        self, info: CommitInfo
    ) -> tuple[dict[str, bytes | None], dict[str, bytes | None]]:
        repository = self._open[1]
        before = repository.tree(info.parents[0]) if info.parents else {}
        after = repository.tree(info.sha)
        return self._contents(before, info.paths), self._contents(after, info.paths)

    def _applied(
        self,
        reply: Reply,
        changes: tuple[Mapping[str, bytes | None], Mapping[str, bytes | None]],
        sha: str,
        checks: tuple[Check, ...],
    ) -> Applied:
        before, after = changes
        path = _main_path(reply, list(after))
        content = after.get(path) if path else None
        return Applied(
            path=path,
            code=SourceText.read(content).text if content is not None else None,
            edits=file_changes(before, after),
            commit=self._made(sha),
            checks=checks or _PASSED,
        )

    def _unchanged(self, reply: Reply, stand: _Stand, edited: Edited) -> Applied:
        """What a reply comes to that leaves everything as it is."""
        path = _main_path(reply, [edit.path for edit in _edits_of(reply)])
        content = self._contents(stand.tree, [path])[path] if path else None
        code = SourceText.read(content).text if content is not None else None
        return Applied(path=path, code=code, checks=_checks(edited))

    def _undone(
        self, interaction_id: str, changes: tuple[FileChange, ...], sha: str
    ) -> Undone:
        return Undone(interaction_id=interaction_id, edits=changes, commit=self._made(sha))

    def _made(self, sha: str) -> CommitMade:
        remote = self._open[0]
        return CommitMade(sha, self._branch, compare_url(remote.url, remote.branch, self._branch))


_PASSED: Final = tuple(Check(name=name, ok=True) for name in ("parse", "paths", "secrets"))


def _edits_of(reply: Reply) -> list[FileEdit]:
    if reply.edits:
        return [
            Replacement(path=each.path, search=each.search, replace=each.replace)
            for each in reply.edits
        ]
    if not reply.header.filename:
        raise Rejected("The header line `filename:` is missing.")
    code = reply.code or ""
    if LEFT_OUT in code:
        raise Rejected("The file has lines that were not shown: answer with SEARCH/REPLACE blocks.")
    return [WholeFile(path=reply.header.filename, content=code)]


def _main_path(reply: Reply, paths: Sequence[str]) -> str | None:
    """The file that a reply is about."""
    if reply.header.filename in paths:
        return reply.header.filename
    return paths[0] if paths else None


def _check_size(edited: Edited) -> None:
    for path, content in edited.files.items():
        if content is not None and len(content) > _MAX_CODE_BYTES:
            raise Rejected(f"The file {path} would be too long to be changed by voice.")


def _checks(edited: Edited) -> tuple[Check, ...]:
    return tuple(
        Check(name=each.name, ok=each.ok, detail=each.detail) for each in edited.checks
    )
