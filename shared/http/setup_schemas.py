"""What the routes of setup take and answer."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.http.notion_schemas import Order
from shared.http.schemas import Instant, Reply
from shared.services.setup_order import (
    FOLDER_RULE,
    NAME_RULE,
    CollectionOrder,
    RepositoryOrder,
    SetupOrder,
    is_folder,
    is_name,
)
from shared.services.sync_status import SyncMode
from shared.sync.workspace import Direction, Policy

_Text = Annotated[str, Field(min_length=1, max_length=4000)]
_Secret = Annotated[
    str, Field(min_length=1, max_length=4000, json_schema_extra={"writeOnly": True})
]


def _collection_name(name: str) -> str:
    if not is_name(name):
        raise PydanticCustomError("name", NAME_RULE)
    return name


def _collection_folder(folder: str) -> str:
    if not is_folder(folder):
        raise PydanticCustomError("folder", FOLDER_RULE)
    return folder


def _each_once(collections: "list[CollectionBody]") -> "list[CollectionBody]":
    if len({each.name for each in collections}) < len(collections):
        raise PydanticCustomError("twice", "a collection is named twice")
    return collections


class RepositoryBody(Order):
    """Which repository; without `branch` its default one. `token` is never shown again."""

    url: _Text | None = None
    branch: _Text | None = None
    username: Annotated[str, Field(max_length=200)] | None = None
    token: _Secret | None = None


class CollectionBody(Order):
    """A database and the folder that mirrors it; `tasks` and `docs` are there by default."""

    # Looked at here too, so that all that is wrong with a body is told at once.
    name: Annotated[_Text, AfterValidator(_collection_name)]
    folder: Annotated[_Text, AfterValidator(_collection_folder)] | None = None
    direction: Direction | None = None


class SetupBody(Order):
    """Everything is optional: what is left out stays as it is, or takes its default."""

    repository: RepositoryBody | None = None
    notion_token: _Secret | None = None
    parent_page_id: _Text | None = None
    collections: (
        Annotated[list[CollectionBody], Field(max_length=20), AfterValidator(_each_once)] | None
    ) = None
    conflict_policy: Policy | None = None
    branch_on_status: bool | None = None
    docs_on_push: bool | None = None

    def order(self) -> SetupOrder:
        """The same for the use case."""
        repository = self.repository
        return SetupOrder(
            repository=RepositoryOrder(**repository.model_dump()) if repository else None,
            notion_token=self.notion_token,
            parent_page_id=self.parent_page_id,
            collections=tuple(
                CollectionOrder(**each.model_dump()) for each in self.collections or ()
            ),
            policy=self.conflict_policy,
            branch_on_status=self.branch_on_status,
            docs_on_push=self.docs_on_push,
        )


class SourceReply(Reply):
    """A data source; `created`: this request made it."""

    id: str
    url: str
    created: bool


class NotionReply(Reply):
    """The Notion workspace, and its data sources by collection (and `tracker`)."""

    workspace_name: str
    data_sources: dict[str, SourceReply]


class RepositoryReply(Reply):
    """The repository; `head` is the branch's commit, null while it has none."""

    url: str
    branch: str
    head: str | None


class PushWebhookReply(Reply):
    """Where the git host sends pushes; the secret is shown when it is made, and never again."""

    url: str
    secret: Annotated[str | None, Field(exclude_if=lambda value: value is None)] = None


class CollectionReply(Reply):
    """A folder and the direction in which it is synced."""

    name: str
    folder: str
    direction: Direction


class SetupReply(Reply):
    """A workspace that is set up; `id` is our own id of it."""

    workspace_id: str
    id: str
    state: SyncMode
    notion: NotionReply
    repository: RepositoryReply | None
    push_webhook: PushWebhookReply
    collections: list[CollectionReply]
    next_sync_at: Instant


class ErasedReply(Reply):
    """What was erased; nulls where there was no workspace."""

    workspace_id: str | None
    id: str | None
    erased: int
