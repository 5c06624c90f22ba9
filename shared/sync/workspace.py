"""A workspace's configuration: which data sources, which folders, which repository, whose keys."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from shared.ports.state import Data

Direction = Literal["both", "to_notion", "to_git"]
Policy = Literal["manual", "notion", "git"]
NEXUS_ID: Final = "Nexus ID"
"""The text property that holds a link's id, so that a lost answer to a create can be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A Notion data source and the folder that mirrors it.

    `name`: `tasks`, `docs` or what the user chose. `folder`: posix, without slashes at its ends.
    `created`: setup made the database.
    """

    name: str
    data_source_id: str
    database_id: str
    url: str
    folder: str
    direction: Direction = "both"
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """The repository. `token`: a reference into the secrets, "" for the deployment's own.

    `branch`: the one that is synced.
    """

    url: str
    branch: str
    username: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What setup stored; never a secret, only references to them.

    `wid`: of the owner and the Notion workspace, see `workspace_key`. `notion_token`: a reference,
    "" for the deployment's own token. `push_secret`: a reference. `tracker`: the data source of
    commits, which is written one way and not synced with a folder. `generation`: rises when
    repository, branch, folder or data source change: then nothing that was linked counts.
    """

    wid: str
    owner: str
    notion_id: str
    notion_name: str
    bot_id: str
    parent_page_id: str
    collections: tuple[Collection, ...]
    created_at: datetime
    tracker: Collection | None = None
    repository: Remote | None = None
    notion_token: str = ""
    push_secret: str = ""
    policy: Policy = "manual"
    create_options: bool = False
    branch_on_status: bool = False
    docs_on_push: bool = False
    generation: int = 1

    def collection(self, name: str) -> Collection:
        """The collection of this name; KeyError if there is none."""
        return {each.name: each for each in self.collections}[name]


_WORKSPACE: Final = TypeAdapter(Workspace)


def workspace_key(owner: str, notion_id: str) -> str:
    """The id of a user's workspace: 20 hex digits, the same for the same pair."""
    return hashlib.sha256(f"{owner}\0{notion_id}".encode()).hexdigest()[:20]


def workspace_path(wid: str) -> str:
    """Where the configuration lies."""
    return f"workspaces/{wid}"


def workspace_document(workspace: Workspace) -> dict[str, Any]:
    """The document of a configuration."""
    document: dict[str, Any] = _WORKSPACE.dump_python(workspace, mode="python")
    document["collections"] = list(document["collections"])
    return document


def read_workspace(data: Data) -> Workspace:
    """Read a document that `workspace_document` made."""
    return _WORKSPACE.validate_python(dict(data))
