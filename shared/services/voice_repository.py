"""Voice commands in a user's repository: look, change by one commit, take back.

Everything stands on the branch `voice/<hash of the user>`, which grows from the synced branch and
which the user merges. Each method may be called again, and the process may die after any step of
it: a command's commit is found again by its trailer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.edits_text import SourceText
from shared.errors import NotConfigured
from shared.ports.clock import Clock
from shared.ports.state import StateStore
from shared.services.connections import RepositoryConnector
from shared.services.voice_repository_answer import Questions
from shared.services.voice_repository_branch import Stand, VoiceBranch
from shared.services.voice_repository_changes import file_changes
from shared.services.voice_repository_commits import command_commits, command_of
from shared.services.voice_repository_edits import (
    changes_to,
    check_paths,
    checks_of,
    edited,
    edits_of,
    main_path,
    passed,
    unseen,
)
from shared.services.voice_repository_lease import RepositoryLease
from shared.services.voice_repository_memory import (
    Knowledge,
    RememberedRepository,
    RepositoryMemory,
)
from shared.services.voice_repository_question import shown_meant
from shared.services.voice_repository_undo import plan_undo
from shared.services.voice_repository_view import Chooser, know
from shared.services.workspaces import Workspaces
from shared.sync.workspace import Workspace
from shared.telemetry import logger
from shared.voice.checks import Check
from shared.voice.records import Interaction
from shared.voice.reply import Reply
from shared.voice.repository import Applied, Moved, RepositoryView, Undone

_TRIES: Final = 5
_LOOKED_BACK: Final = 50
_UNDONE_BACK: Final = 200
_RECENT_COMMITS: Final = 20
_Contents = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a connection works with once it has found a repository."""

    branch: VoiceBranch
    lease: RepositoryLease


class VoiceRepository:
    """One user's repository, as one voice connection works on it.

    Raises, beside what is said: what `Repository` and `StateStore` raise; NotConfigured before
    `connect` found a repository, and where the synced branch is not there.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        connector: RepositoryConnector,
        uid: str,
        memory: RepositoryMemory,
    ) -> None:
        self._store = store
        self._clock = clock
        self._connector = connector
        self._uid = uid
        self._memory = memory
        self._found: _Desk | None = None
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._questions = Questions()
        self._log = logger(__name__)

    def connect(self, workspace: str | None) -> bool:
        """Whether the user has a repository there.

        `workspace`: Notion's id of the workspace, or our own; None for the only one that has a
        repository. With several of those and none named, there is none.
        """
        chosen = self._chosen(workspace)
        port = self._connector.repository(chosen) if chosen else None
        if chosen is None or chosen.repository is None or port is None:
            return False
        key = f"{chosen.wid} {chosen.repository.url}"
        repository = RememberedRepository(port, self._memory, key)
        self._found = _Desk(
            branch=VoiceBranch(chosen.repository, repository, self._clock, self._uid),
            lease=RepositoryLease(self._store, self._clock, chosen.wid),
        )
        return True

    def prefetch(self) -> tuple[str, ...]:
        """Read ahead what commands will need; the repository's names, most used first."""
        branch = self._desk.branch
        return self._knowledge(branch, branch.stand(_LOOKED_BACK), ()).table.names()

    def look(self, interaction: Interaction, recent: Sequence[str]) -> RepositoryView:
        """Take the repository for a command, and read what it needs.

        `recent`: files that the conversation was about, the newest first.

        Raises:
            Busy: another command of the user works on it.
        """
        self._desk.lease.take(interaction.id)
        branch = self._desk.branch
        stand = branch.stand(_LOOKED_BACK)
        knowledge = self._knowledge(branch, stand, recent)
        answered = self._questions.answered(interaction, knowledge.table)
        chosen = Chooser(branch.repository, stand.tree, knowledge).choose(
            answered.command if answered else interaction.transcript,
            recent,
            self._wanted.get(interaction.id, ()),
            answered.candidate if answered else None,
        )
        self._questions.asked(interaction, chosen.choices)
        return RepositoryView(
            branch=branch.name,
            base=branch.base,
            tip=stand.parent,
            files=chosen.files,
            outlines=chosen.outlines,
            names=knowledge.table.names(),
            meant=shown_meant(chosen.meant, answered.command if answered else None),
            question=chosen.question,
        )

    def apply(self, interaction: Interaction, reply: Reply, view: RepositoryView) -> Applied:
        """Make the reply's changes as one commit, or find the commit that it already has.

        Raises:
            Rejected: the changes do not fit; the detail is for the model.
            Moved: a file is not as the view shows it, or the view did not show it.
            Busy: another command of the user works on the repository.
        """
        self._desk.lease.take(interaction.id)
        branch, said = self._desk.branch, self._questions.said(interaction)
        for _ in range(_TRIES):
            stand = branch.stand(_LOOKED_BACK)
            done = command_of(command_commits(stand.history, self._uid), interaction.id)
            if done is not None:
                return self._applied(reply, *branch.changes_of(done.info), passed(), done.info.sha)
            paths = list(dict.fromkeys(edit.path for edit in edits_of(reply)))
            check_paths(paths, stand.tree)
            before = branch.contents(stand.tree, paths)
            self._check_seen(interaction, view, stand, before)
            new = edited(reply, said, stand.tree, before)
            if not new.files:
                return self._applied(reply, before, before, checks_of(new), None)
            changes = changes_to(new.files, stand.tree)
            sha = branch.commit(stand, changes, interaction_id=interaction.id, said=said)
            if sha is not None:
                self._log.info("voice_commit", interaction_id=interaction.id, files=len(changes))
                return self._applied(reply, before, new.files, checks_of(new), sha)
        raise Moved(f"The branch {branch.name} moves all the time.")

    def undo(self, interaction: Interaction) -> Undone:
        """Take the newest command that is not undone back by another commit.

        Raises:
            UndoRefused: its lines were changed since.
            Busy: another command of the user works on the repository.
        """
        self._desk.lease.take(interaction.id)
        branch = self._desk.branch
        for _ in range(_TRIES):
            stand = branch.stand(_UNDONE_BACK)
            known = command_commits(stand.history, self._uid)
            done = command_of(known, interaction.id)
            if done is not None:
                return self._undone(done.undoes, *branch.changes_of(done.info), done.info.sha)
            plan = plan_undo(branch.repository, stand.tree, known)
            if plan is None:
                return Undone()
            sha = branch.commit(
                stand,
                plan.changes,
                interaction_id=interaction.id,
                said=plan.message,
                undoes=plan.interaction_id,
            )
            if sha is not None:
                self._log.info("voice_undo", interaction_id=interaction.id)
                after = {change.path: change.content for change in plan.changes}
                before = branch.contents(stand.tree, after)
                return self._undone(plan.interaction_id, before, after, sha)
        raise Moved(f"The branch {branch.name} moves all the time.")

    def release(self, interaction_id: str) -> None:
        """Give the repository back after a command; if it is not held, nothing happens."""
        self._wanted.pop(interaction_id, None)
        self._questions.forget(interaction_id)
        if self._found is not None:
            self._found.lease.give_back(interaction_id)

    @property
    def _desk(self) -> _Desk:
        if self._found is None:
            raise NotConfigured("There is no repository: set up with a `repository` first.")
        return self._found

    def _chosen(self, workspace: str | None) -> Workspace | None:
        known = [each for each in Workspaces(self._store).of(self._uid) if each.repository]
        if workspace is not None:
            return next((each for each in known if workspace in (each.notion_id, each.wid)), None)
        return known[0] if len(known) == 1 else None

    def _knowledge(self, branch: VoiceBranch, stand: Stand, recent: Sequence[str]) -> Knowledge:
        changed = (path for info in stand.history[:_RECENT_COMMITS] for path in info.paths)
        return branch.repository.knowledge(
            stand.parent, lambda: know(branch.repository, stand.tree, (*recent, *changed))
        )

    def _check_seen(
        self, interaction: Interaction, view: RepositoryView, stand: Stand, before: _Contents
    ) -> None:
        if missed := unseen(view, stand.tree, before):
            # The next look for this command shows all that it wants to change.
            self._wanted[interaction.id] = tuple(path for path in before if path in stand.tree)
            raise Moved(f"The file {missed[0]} is not as it was shown.")

    def _applied(
        self,
        reply: Reply,
        before: _Contents,
        after: _Contents,
        checks: tuple[Check, ...],
        sha: str | None,
    ) -> Applied:
        path = main_path(reply, list(after))
        content = after.get(path) if path else None
        return Applied(
            path=path,
            code=None if content is None else SourceText.read(content).text,
            edits=file_changes(before, after) if sha else (),
            commit=self._desk.branch.made(sha) if sha else None,
            checks=checks,
        )

    def _undone(self, interaction_id: str, before: _Contents, after: _Contents, sha: str) -> Undone:
        return Undone(
            interaction_id=interaction_id,
            edits=file_changes(before, after),
            commit=self._desk.branch.made(sha),
        )
