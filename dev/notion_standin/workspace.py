"""The workspace: everything the stand-in keeps, who may see it, and where a node hangs."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dev.notion_standin.clock import Clock
from dev.notion_standin.errors import NotionError, invalid
from dev.notion_standin.ids import new_id
from dev.notion_standin.model import (
    Block,
    Comment,
    Database,
    DataSource,
    Json,
    Node,
    Page,
    Parent,
    Upload,
    User,
)
from dev.notion_standin.rich_text import plain, text_item

CAPABILITIES = (
    "read_content",
    "update_content",
    "insert_content",
    "read_comments",
    "insert_comments",
    "read_users",
)
_NAMES = {"data_source": "data_source"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to an entity, for the webhooks; `actor` is a user's id."""

    type: str
    entity_id: str
    entity_type: str
    actor: str
    data: Json


@dataclass(slots=True, kw_only=True)
class Settings:
    """What the control address may change; counts are numbers of rows or records."""

    capabilities: set[str] = field(default_factory=lambda: set(CAPABILITIES))
    query_limit: int = 10_000
    record_limit: int = 20_000
    async_polls: int = 1


class Workspace:
    """One workspace with one integration, one person and one shared page "NEXUS PRO"."""

    def __init__(self, clock: Clock, token: str | None = None) -> None:
        self.clock = clock
        self.token = token or f"ntn_{secrets.token_hex(23)}"
        self.id, self.name = new_id(), "NEXUS PRO Workspace"
        self.integration_name = "NEXUS PRO"
        self.listener: Callable[[Change], None] | None = None
        self.start()

    def start(self) -> None:
        """Forget everything and hold only the seed; ids of the seed stay as they were."""
        first = not hasattr(self, "bot")
        if first:
            self.bot = User(id=new_id(), name=self.integration_name, type="bot")
            self.person = User(
                id=new_id(), name="Ada Tester", type="person", email="ada@example.com"
            )
            self.root_id = new_id()
        self.settings = Settings()
        self.users: dict[str, User] = {user.id: user for user in (self.bot, self.person)}
        self.nodes: dict[str, Node] = {}
        self.data_sources: dict[str, DataSource] = {}
        self.comments: dict[str, Comment] = {}
        self.uploads: dict[str, Upload] = {}
        self.tasks: dict[str, Json] = {}
        self.views: dict[str, Json] = {}
        self.hidden: set[str] = set()
        self.unbound = False
        self.revision = 0
        now = self.clock.now()
        self.nodes[self.root_id] = Page(
            id=self.root_id,
            parent=Parent(kind="workspace", id=self.id),
            created=now,
            edited=now,
            created_by=self.person.id,
            edited_by=self.person.id,
            values={"title": [text_item("NEXUS PRO")]},
        )

    # -- who and what

    def not_found(self, kind: str, found: str) -> NotionError:
        """Make Notion's 404, in its words."""
        return NotionError(
            "object_not_found",
            f"Could not find {kind} with ID: {found}. Make sure the relevant pages and databases "
            f'are shared with your integration "{self.integration_name}".',
            additional_data={"integration_id": self.bot.id},
        )

    def page(self, found: str) -> Page:
        """Give a page the integration can see; raises 404."""
        node = self.nodes.get(found)
        if not isinstance(node, Page) or not self.visible(found):
            raise self.not_found("page", found)
        return node

    def database(self, found: str) -> Database:
        """Give a database the integration can see; raises 404."""
        node = self.nodes.get(found)
        if not isinstance(node, Database) or not self.visible(found):
            raise self.not_found("database", found)
        return node

    def node(self, found: str) -> Node:
        """Give a page, block or database as the block endpoints do; raises 404."""
        node = self.nodes.get(found)
        if node is None or not self.visible(found):
            raise self.not_found("block", found)
        return node

    def data_source(self, found: str) -> DataSource:
        """Give a data source the integration can see; raises 404."""
        source = self.data_sources.get(found)
        if source is None or not self.visible(source.database_id) or found in self.hidden:
            raise self.not_found("data_source", found)
        return source

    def parent_of(self, found: str) -> str | None:
        """Give the id of the node or data source above; None at the top."""
        if found in self.data_sources:
            return self.data_sources[found].database_id
        node = self.nodes.get(found)
        return None if node is None or node.parent.kind == "workspace" else node.parent.id

    def ancestors(self, found: str) -> Iterator[str]:
        """Walk up from a node, itself not included."""
        above = self.parent_of(found)
        while above is not None:
            yield above
            above = self.parent_of(above)

    def visible(self, found: str) -> bool:
        """Tell whether whoever acts sees a node: people see all, the connection what is shared."""
        return self.unbound or self.shared(found)

    def shared(self, found: str) -> bool:
        """Tell whether a node is shared with the connection, by itself or from above."""
        if not self.hidden:
            return True
        return found not in self.hidden and not any(a in self.hidden for a in self.ancestors(found))

    def page_of(self, found: str) -> Page | None:
        """Give the page that a block belongs to; the page itself for a page."""
        node = self.nodes.get(found)
        while node is not None and not isinstance(node, Page):
            node = self.nodes.get(node.parent.id)
        return node

    def check_editable(self, node: Node) -> None:
        """Raise Notion's 400 if a node or one above it is in the trash."""
        kind = "block" if isinstance(node, Block) else "page"
        if node.in_trash:
            raise invalid(
                f"Can't edit {kind} that is archived. You must unarchive the {kind} before editing."
            )
        for above in self.ancestors(node.id):
            higher = self.nodes.get(above)
            if higher is not None and higher.in_trash:
                raise invalid(
                    f"Can't edit {kind} on {kind} with an archived ancestor. "
                    f"You must unarchive the ancestor before editing {kind}."
                )

    # -- changes

    def touch(self, node: Node, actor: str) -> None:
        """Note an edit on a node and on the page it belongs to."""
        self.revision += 1
        now = self.clock.now()
        node.edited, node.edited_by = now, actor
        owner = self.page_of(node.id)
        if owner is not None and isinstance(node, Block):
            owner.edited, owner.edited_by = now, actor

    def tell(self, change: str, entity_id: str, actor: str, **data: Any) -> None:
        """Let the webhooks know of a change ("page.created"); `data` is the event's own."""
        self.revision += 1
        if self.listener is not None:
            kind = change.split(".")[0]
            self.listener(
                Change(type=change, entity_id=entity_id, entity_type=kind, actor=actor, data=data)
            )

    def event_parent(self, found: str) -> Json:
        """Give the parent of an entity as webhooks tell it."""
        above = self.parent_of(found)
        if above is None:
            return {"id": self.id, "type": "space"}
        if above in self.data_sources:
            database = self.data_sources[above].database_id
            return {"id": database, "type": "database", "data_source_id": above}
        node = self.nodes.get(above)
        kinds = {Page: "page", Database: "database", Block: "block"}
        return {
            "id": above,
            "type": next((k for c, k in kinds.items() if type(node) is c), "space"),
        }

    def name_of(self, kind: str, found: str) -> str:
        """Give the plain text of a mention."""
        if kind == "user":
            return self.users[found].name if found in self.users else "Anonymous"
        if kind == "data_source" and found in self.data_sources:
            return plain(self.data_sources[found].title) or "Untitled"
        node = self.nodes.get(found)
        return self.title_of(node) if node is not None else "Untitled"

    def title_of(self, node: Node) -> str:
        """Give the plain title of a page or database, empty if it has none."""
        if isinstance(node, Database):
            return plain(node.title)
        return plain(node.values.get("title", [])) if isinstance(node, Page) else ""

    def kind_of(self, actor: str) -> str:
        """Tell whether a user is a person or a bot."""
        return self.users[actor].type if actor in self.users else "person"
