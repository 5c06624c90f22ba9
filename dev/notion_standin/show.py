"""What the API answers: pages, blocks, databases, data sources, comments and users as JSON."""

import re
from typing import Any

from dev.notion_standin.clock import to_millisecond, to_minute
from dev.notion_standin.files import show_file
from dev.notion_standin.model import (
    Block,
    Comment,
    Database,
    DataSource,
    Json,
    Node,
    Page,
    Parent,
    User,
)
from dev.notion_standin.properties import show_property
from dev.notion_standin.schema import find_property, tell_property
from dev.notion_standin.workspace import Workspace

OLD_VERSION, NEW_VERSION = "2025-09-03", "2026-03-11"
APP = "https://app.notion.com/p/"
_MEDIA_TYPE = {"file", "file_upload"}


class Shower:
    """Builds the answers of one request; `version` is its Notion-Version."""

    def __init__(self, workspace: Workspace, version: str) -> None:
        self._workspace = workspace
        self._old = version == OLD_VERSION

    def page(self, page: Page, only: list[str] | None = None) -> Json:
        """Show a page; `only` limits its properties, by id or name."""
        return {
            "object": "page",
            "id": page.id,
            **self._times(page),
            "cover": self.file(page.cover),
            "icon": self.file(page.icon),
            "parent": self.parent(page.parent),
            "in_trash": page.in_trash,
            "is_archived": page.is_archived,
            "is_locked": page.is_locked,
            "properties": self._properties(page, only),
            "url": address_of(page.id, self._workspace.title_of(page)),
            "public_url": None,
            **self._archived(page.in_trash),
        }

    def block(self, node: Node) -> Json:
        """Show a block, a child page or a child database."""
        kind, content = self._kind(node)
        return {
            "object": "block",
            "id": node.id,
            "parent": self.parent(node.parent),
            **self._times(node),
            "has_children": self._has_children(node),
            "in_trash": node.in_trash,
            "type": kind,
            kind: content,
            **self._archived(node.in_trash),
        }

    def database(self, found: Database) -> Json:
        """Show a database."""
        sources = self._workspace.data_sources
        listed = [sources[one] for one in found.data_source_ids if not sources[one].in_trash]
        return {
            "object": "database",
            "id": found.id,
            "title": found.title,
            "description": found.description,
            "parent": self.parent(found.parent),
            "is_inline": found.is_inline,
            "in_trash": found.in_trash,
            "is_locked": found.is_locked,
            "created_time": to_millisecond(found.created),
            "last_edited_time": to_millisecond(found.edited),
            "data_sources": [
                {"id": one.id, "name": "".join(item["plain_text"] for item in one.title)}
                for one in listed
            ],
            "icon": self.file(found.icon),
            "cover": self.file(found.cover),
            "url": f"{APP}{found.id.replace('-', '')}",
            "public_url": None,
            **self._archived(found.in_trash),
        }

    def data_source(self, source: DataSource) -> Json:
        """Show a data source with its columns by name."""
        database = self._workspace.nodes[source.database_id]
        assert isinstance(database, Database)
        return {
            "object": "data_source",
            "id": source.id,
            "cover": self.file(source.cover),
            "icon": self.file(source.icon),
            "created_time": to_minute(source.created),
            "created_by": _by(source.created_by),
            "last_edited_by": _by(source.edited_by),
            "last_edited_time": to_minute(source.edited),
            "title": source.title,
            "description": source.description,
            "is_inline": database.is_inline,
            "properties": {found.name: tell_property(found) for found in source.schema.values()},
            "parent": {"type": "database_id", "database_id": source.database_id},
            "database_parent": self.parent(database.parent),
            "url": f"{APP}{database.id.replace('-', '')}",
            "public_url": None,
            "in_trash": source.in_trash,
            **self._archived(source.in_trash),
        }

    def comment(self, comment: Comment) -> Json:
        """Show a comment."""
        user = self._workspace.users.get(comment.created_by)
        name = {"type": "integration" if user and user.type == "bot" else "user",
                "resolved_name": user.name if user else None}  # fmt: skip
        attached = {"attachments": comment.attachments} if comment.attachments else {}
        return {
            "object": "comment",
            "id": comment.id,
            "parent": {"type": comment.parent.kind, comment.parent.kind: comment.parent.id},
            "discussion_id": comment.discussion_id,
            "created_time": to_minute(comment.created),
            "last_edited_time": to_minute(comment.edited),
            "created_by": _by(comment.created_by),
            "rich_text": comment.rich_text,
            **attached,
            "display_name": comment.display_name or name,
        }

    def user(self, user: User) -> Json:
        """Show a user in full; a bot with its owner and workspace."""
        shown: Json = {
            "object": "user",
            "id": user.id,
            "name": user.name,
            "avatar_url": None,
            "type": user.type,
        }
        if user.type == "person":
            return {**shown, "person": {"email": user.email}}
        return {
            **shown,
            "bot": {
                "owner": {"type": "workspace", "workspace": True},
                "workspace_name": self._workspace.name,
                "workspace_id": self._workspace.id,
                "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
            },
        }

    def parent(self, parent: Parent) -> Json:
        """Show a parent; a row's tells the database too."""
        if parent.kind == "workspace":
            return {"type": "workspace", "workspace": True}
        shown: Json = {"type": parent.kind, parent.kind: parent.id}
        if parent.kind == "data_source_id":
            shown["database_id"] = self._workspace.data_sources[parent.id].database_id
        return shown

    def file(self, stored: Json | None) -> Json | None:
        """Show an icon, cover or file, hosted ones freshly signed."""
        return None if stored is None else show_file(stored, self._workspace.clock)

    def _times(self, node: Node) -> Json:
        return {
            "created_time": to_minute(node.created),
            "last_edited_time": to_minute(node.edited),
            "created_by": _by(node.created_by),
            "last_edited_by": _by(node.edited_by),
        }

    def _archived(self, in_trash: bool) -> Json:
        return {"archived": in_trash} if self._old else {}

    def _properties(self, page: Page, only: list[str] | None) -> Json:
        source = self._workspace.data_sources.get(page.parent.id)
        if source is None:
            title = page.values.get("title", [])
            return {"title": {"id": "title", "type": "title", "title": title}}
        wanted = list(source.schema.values())
        if only is not None:
            chosen = {found.id for key in only if (found := find_property(source, key))}
            wanted = [found for found in wanted if found.id in chosen]
        return {found.name: show_property(self._workspace, page, found) for found in wanted}

    def _kind(self, node: Node) -> tuple[str, Any]:
        if isinstance(node, Block):
            kind = node.type
            if kind == "meeting_notes" and self._old:
                kind = "transcription"
            return kind, show_content(self._workspace, node)
        name = "child_page" if isinstance(node, Page) else "child_database"
        return name, {"title": self._workspace.title_of(node)}

    def _has_children(self, node: Node) -> bool:
        if isinstance(node, Database):
            return False
        workspace = self._workspace
        return any(
            not workspace.nodes[child].in_trash and workspace.visible(child)
            for child in node.children
        )


def show_content(workspace: Workspace, block: Block) -> Json:
    """Give a block's own object, with hosted files freshly signed."""
    if block.content.get("type") == "file":
        return show_file(block.content, workspace.clock)
    return block.content


def address_of(page_id: str, title: str) -> str:
    """Build a page's address in Notion's app: a slug of the title and the id."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-")
    return f"{APP}{slug}-{page_id.replace('-', '')}" if slug else f"{APP}{page_id.replace('-', '')}"


def _by(user_id: str) -> Json:
    return {"object": "user", "id": user_id}
