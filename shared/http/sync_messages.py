"""The messages that Pub/Sub brings."""

from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field

from shared.http.push import Id, Message

if TYPE_CHECKING:
    from shared.services.syncing import SyncOrder


class OperationMessage(Message):
    """Have an operation done."""

    operation_id: Id


class TickMessage(Message):
    """A tick of the scheduler; it holds nothing."""


class WorkspaceMessage(Message):
    """Have a workspace synced. `slot`: of a tick; `pages`, `at`: of a webhook or of ourselves."""

    workspace: Id
    slot: int | None = None
    pages: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    at: AwareDatetime | None = None

    def order(self) -> "SyncOrder":
        """The same for the use case, which only the function that syncs loads."""
        from shared.services.syncing import SyncOrder

        return SyncOrder(workspace=self.workspace, slot=self.slot, pages=self.pages, at=self.at)
