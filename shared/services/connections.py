"""From a workspace to its connections, with its own keys or with the deployment's.

The deployment's keys serve members alone, and its git credential goes nowhere but to the host that
it belongs to.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from shared.errors import NotConfigured, NotFound
from shared.ports.identity import Caller
from shared.ports.secrets import Secrets
from shared.services.budget import Budget
from shared.sync.workspace import Remote, Workspace

if TYPE_CHECKING:
    from shared.ports.notion import NotionWorkspace
    from shared.ports.repository import Repository

_MAX_KEPT: Final = 256
K = TypeVar("K")
V = TypeVar("V")


class RepositoryConnector(Protocol):
    """Opens a workspace's repository; opening makes no call."""

    def repository(self, workspace: Workspace) -> "Repository | None":
        """Its repository, None without one.

        Raises:
            InvalidRequest: the address is not allowed (any more).
            NotConfigured: its token is not kept any more.
        """


class Connector(RepositoryConnector, Protocol):
    """Opens all that a workspace is connected with; opening makes no call."""

    def notion(self, workspace: Workspace, *, interactive: bool = False) -> "NotionWorkspace":
        """Its Notion. `interactive`: somebody waits, so the whole budget may be used.

        Raises:
            NotConfigured: it has no token and the deployment has none, or it is not kept any more.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What the deployment itself brings; empty where it brings nothing.

    `docs_database`: the id of a database or data source. `members`: users that it serves beside
    those with the claim `member`.
    """

    notion_token: str = field(default="", repr=False)
    docs_database: str = ""
    git_url: str = ""
    git_username: str = ""
    git_token: str = field(default="", repr=False)
    members: tuple[str, ...] = ()

    def serves(self, caller: Caller) -> bool:
        """Whether the deployment's keys may work for a caller; an admin decides for others."""
        return caller.member or caller.admin or caller.uid in self.members

    def has_credential_for(self, url: str) -> bool:
        """Whether the deployment's git credential belongs to the host of an address."""
        return bool(self.git_token) and _origin(url) == _origin(self.git_url)


OpenNotion = Callable[[str, Callable[[], None], Callable[[float], None]], "NotionWorkspace"]
"""From a token, what to call before each request, and what after Notion wanted a pause (s)."""

OpenRepository = Callable[[str, str, str], "Repository"]
"""From address, user name and token; raises InvalidRequest if the address is not allowed."""


class _Kept(Generic[K, V]):
    """What was made for a key, up to a number of keys; the least used goes first."""

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make
        self._kept: dict[K, V] = {}
        self._lock = Lock()

    def of(self, key: K) -> V:
        with self._lock:
            value = self._kept.pop(key, None) or self._make(key)
            self._kept[key] = value
            if len(self._kept) > _MAX_KEPT:
                del self._kept[next(iter(self._kept))]
            return value


class Repositories:
    """The `RepositoryConnector` of the product."""

    def __init__(
        self, deployment: Deployment, secrets: Secrets, open_repository: OpenRepository
    ) -> None:
        self.deployment = deployment
        self._secrets = secrets
        self._open_repository = open_repository

    def repository(self, workspace: Workspace) -> "Repository | None":
        """Its repository; see `RepositoryConnector`."""
        remote = workspace.repository
        if remote is None:
            return None
        return self.repository_with(remote.url, remote.username, self.git_token(remote))

    def repository_with(self, url: str, username: str, token: str) -> "Repository":
        """A repository; without a token with the deployment's, if that belongs to its host."""
        if not token and self.deployment.has_credential_for(url):
            username, token = self.deployment.git_username, self.deployment.git_token
        return self._open_repository(url, username, token)

    def git_token(self, remote: Remote) -> str:
        """A repository's own token, "" where the deployment's serves, or none.

        Raises:
            NotConfigured: it is not kept any more.
        """
        return self._secret(remote.token, "repository.token") if remote.token else ""

    def _secret(self, reference: str, name: str) -> str:
        try:
            return self._secrets.get(reference)
        except NotFound as exc:
            raise NotConfigured(f"The stored `{name}` is gone: set up with it again.") from exc


class Connections(Repositories):
    """The `Connector` of the product.

    `make_budget`: from the name of a connection. Budgets are kept, since they hold what this
    process has reserved, and so are connections to Notion, which hold open ones.
    """

    def __init__(
        self,
        deployment: Deployment,
        secrets: Secrets,
        make_budget: Callable[[str], Budget],
        open_notion: OpenNotion,
        open_repository: OpenRepository,
    ) -> None:
        super().__init__(deployment, secrets, open_repository)
        self._budgets = _Kept(make_budget)
        self._notions = _Kept(self._open)
        self._open_notion = open_notion

    def notion(self, workspace: Workspace, *, interactive: bool = False) -> "NotionWorkspace":
        """Its Notion; see `Connector`."""
        return self.notion_with(self.token(workspace), interactive=interactive)

    def notion_with(self, token: str, *, interactive: bool = True) -> "NotionWorkspace":
        """The Notion of a token; every request is taken from its budget first."""
        return self._notions.of((token, interactive))

    def usage(self, workspace: Workspace) -> dict[str, int]:
        """The budget of a workspace's connection: `limit`, `used`, `window_s`."""
        return self._budgets.of(_connection(self.token(workspace))).usage()

    def token(self, workspace: Workspace) -> str:
        """The Notion token that a workspace works with; raises NotConfigured without one."""
        if workspace.notion_token:
            return self._secret(workspace.notion_token, "notion_token")
        if not self.deployment.notion_token:
            raise NotConfigured("There is no Notion connection: set up with a `notion_token`.")
        return self.deployment.notion_token

    def _open(self, key: tuple[str, bool]) -> "NotionWorkspace":
        token, interactive = key
        budget = self._budgets.of(_connection(token))
        return self._open_notion(token, lambda: budget.take(interactive), budget.limited)


def _connection(token: str) -> str:
    """What a connection's budget is kept under; it tells nothing of the token."""
    return hashlib.sha256(f"notion\0{token}".encode()).hexdigest()[:32]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:  # opening it tells what is wrong with it
        return url, None, None
    return parts.scheme, parts.hostname, port
