"""Writing synced pages: through their files in git, so that the sync engine does the rest.

Whoever has something to write on a page changes its file by a commit on the synced branch and lets
the engine run: that merges with what people write meanwhile and keeps the page's blocks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.errors import NotConfigured, StaleWrite
from shared.ports.repository import Blob, Change, CommitOrder, Repository
from shared.ports.state import StateStore
from shared.services.connections import Connector
from shared.services.sync_requests import check_report
from shared.services.syncing import Syncing
from shared.sync.commit import US
from shared.sync.link import Link
from shared.sync.report import Hints, Report
from shared.sync.store import SyncStore
from shared.sync.workspace import Workspace

_TRIES: Final = 6
Files = Mapping[str, bytes | None]
"""Path -> content, None where there is no file."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The synced branch as it was read. `files`: all of its tree."""

    commit: str
    files: Mapping[str, Blob]


class PageFiles:
    """The files of one workspace's pages.

    Raises, beside what is said: what `Repository`, `StateStore` and the sync raise.
    """

    def __init__(
        self, workspace: Workspace, store: StateStore, connector: Connector, syncing: Syncing
    ) -> None:
        """Raises NotConfigured for a workspace without a repository."""
        repository = connector.repository(workspace)
        if repository is None or workspace.repository is None:
            detail = "The workspace has no repository: set up with a `repository` first."
            raise NotConfigured(detail)
        self.workspace = workspace
        self.repository: Repository = repository
        self.branch = workspace.repository.branch
        self._store = SyncStore(store, workspace.wid)
        self._syncing = syncing

    def tip(self) -> Tip:
        """The tree of the synced branch now; raises NotConfigured if the branch is not there."""
        commit = self.repository.refs([self.branch]).heads.get(self.branch)
        if commit is None:
            raise NotConfigured(f"The branch {self.branch} is not there: push it first.")
        return Tip(commit, self.repository.snapshot(commit).files)

    def read(self, tip: Tip, paths: Iterable[str]) -> dict[str, bytes | None]:
        """The contents of files, None for those that are not there."""
        wanted = {path: tip.files.get(path) for path in paths}
        found = self.repository.read([blob.id for blob in wanted.values() if blob])
        return {path: found[blob.id] if blob else None for path, blob in wanted.items()}

    def edit(
        self,
        paths: Iterable[str],
        change: Callable[[Files], Files],
        message: str,
        at: datetime,
    ) -> str | None:
        """Change files in one commit on the synced branch; its id, None where nothing changes.

        `change`: from the contents now to those that differ; called again if the branch moved
        meanwhile. `message`: whole, with its trailers.

        Raises:
            StaleWrite: the branch moves all the time.
        """
        paths = tuple(paths)
        for _ in range(_TRIES):
            tip = self.tip()
            changes = tuple(
                Change(path=path, content=content, mode=tip.files.get(path, Blob(id="")).mode)
                for path, content in sorted(change(self.read(tip, paths)).items())
            )
            if not changes:
                return None
            order = CommitOrder(
                message=message, author=US, at=at.replace(microsecond=0), changes=changes
            )
            try:
                sha = self.repository.push(self.branch, tip.commit, order)
            except StaleWrite:
                continue
            return sha if sha != tip.commit else None
        raise StaleWrite(f"The branch {self.branch} moves all the time; try again.")

    def sync(self, *, pages: Iterable[str] = (), paths: Iterable[str] = ()) -> Report:
        """Let the engine run now; it looks at these pages and files also if nothing tells of it.

        Raises:
            Held, UpstreamUnavailable, BudgetSpent: as `check_report`.
        """
        links = self._store.links_of(paths=paths) if paths else {}
        hints = Hints(pages=tuple(pages), links=tuple(sorted(links)), force=True)
        report = self._syncing.run(self.workspace, hints, interactive=True)
        check_report(report)
        return report

    def link_of_page(self, page_id: str) -> Link | None:
        """The link of a page that is synced; None if it is not (or not yet)."""
        found = self._store.links_of(pages=[page_id]).values()
        return next((each.link for each in found if each.link.deleted_at is None), None)

    def links_at(self, paths: Iterable[str]) -> dict[str, Link]:
        """The links of files, by path; those without one are left out."""
        found = self._store.links_of(paths=paths).values()
        return {
            each.link.path: each.link
            for each in found
            if each.link.path and each.link.deleted_at is None
        }
