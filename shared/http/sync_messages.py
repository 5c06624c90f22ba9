"""The messages that start sync cycles."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.http.push import Id, Message
from shared.services.syncing import SyncOrder


class TickMessage(Message):
    """A tick of the scheduler; it holds nothing."""


class WorkspaceMessage(Message):
    """Have a workspace synced. `slot`: of a tick; `pages`, `at`: of a webhook or of ourselves."""

    workspace: Id
    slot: int | None = None
    pages: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    at: AwareDatetime | None = None

    def order(self) -> SyncOrder:
        """The same for the use case."""
        return SyncOrder(workspace=self.workspace, slot=self.slot, pages=self.pages, at=self.at)
