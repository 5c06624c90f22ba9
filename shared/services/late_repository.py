"""A voice connection's repository whose modules are loaded when its work begins.

They read, search and change code: a third of what the process would load before its first session
is ready, and the first thing that needs them is looking for the repository, which comes after.
"""

from collections.abc import Callable

from shared.services.voice_hands import RepositoryWork
from shared.voice.records import Interaction
from shared.voice.reply import Reply
from shared.voice.repository import Applied, RepositoryView, Undone


class LateRepository:
    """A `RepositoryWork` that `make` makes at the first call, on the thread of that call.

    The calls of one connection come one after the other, so nothing is locked.
    """

    def __init__(self, make: Callable[[], RepositoryWork]) -> None:
        self._make = make
        self._made: RepositoryWork | None = None

    def connect(self, workspace: str | None) -> bool:
        """Whether the user has a repository there."""
        return self._work.connect(workspace)

    def prefetch(self) -> tuple[str, ...]:
        """Read ahead what commands will need."""
        return self._work.prefetch()

    def look(self, interaction: Interaction, recent: tuple[str, ...]) -> RepositoryView:
        """Take the repository for a command, and read what it needs."""
        return self._work.look(interaction, recent)

    def apply(self, interaction: Interaction, reply: Reply, view: RepositoryView) -> Applied:
        """Make the reply's changes as one commit."""
        return self._work.apply(interaction, reply, view)

    def undo(self, interaction: Interaction) -> Undone:
        """Take the newest command back by another commit."""
        return self._work.undo(interaction)

    def release(self, interaction_id: str) -> None:
        """Give the repository back."""
        self._work.release(interaction_id)

    @property
    def _work(self) -> RepositoryWork:
        if self._made is None:
            self._made = self._make()
        return self._made
