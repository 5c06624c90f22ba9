"""A workspace whose pushes are followed, over fakes: what people push, what the tracker shows."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1
from typing import Any

from dev.fakes.notion_tables import FakePage
from dev.fakes.repository import FakeRepository
from shared.errors import NotFound
from shared.ports.repository import CommitInfo, Person
from shared.ports.state import Put, Query
from shared.services.following import FOLLOW, follow_pushes
from shared.services.operations import Operation, Progress
from shared.services.setup_databases import columns_of
from shared.services.setup_order import TRACKER
from shared.sync.report import WATCHED
from shared.sync.workspace import Workspace, workspace_document, workspace_path
from shared.tracker.ledger import Entry, read_entry
from tests.support.notion_house import GIT_URL, NotionHouse

PEOPLE = Person(name="Ada Example", email="ada@example.com")
BOT = Person(name="renovate[bot]", email="29139614+renovate[bot]@users.noreply.github.com")


class MergingRepository(FakeRepository):
    """A repository whose people merge, so that a history is not one line."""

    def merge(self, branch: str, other: str, message: str = "Merge") -> str:
        """Merge a branch into another as a person does, always with a commit of its own."""
        ours, theirs = self._heads[branch], self._heads[other]
        self._people_commits += 1
        sha = sha1(f"{ours} {theirs} {self._people_commits}".encode()).hexdigest()
        mine, yours = self._commits[ours], self._commits[theirs]
        files = {**mine.files, **yours.files}
        paths = tuple(sorted(p for p, blob in files.items() if mine.files.get(p) != blob))
        at = max(mine.info.at, yours.info.at) + timedelta(seconds=1)
        info = replace(
            mine.info, sha=sha, parents=(ours, theirs), message=message, at=at, paths=paths
        )
        self._commits[sha] = replace(mine, info=info, files=files)
        self._heads[branch] = sha
        return sha

    def commits(self, branch: str, since: str | None, limit: int) -> list[CommitInfo]:
        """The newest commits, over all parents."""
        with self._called("commits", branch, since, limit):
            if branch not in self._heads:
                raise NotFound("The branch was not found.")
            old = set(self.ancestry(since)) if since in self._commits else set()
            new = [self._commits[s].info for s in self.ancestry(self._heads[branch])]
            found = [each for each in new if each.sha not in old]
            return sorted(found, key=lambda each: each.at, reverse=True)[:limit]

    def ancestry(self, commit: str | None) -> Iterator[str]:
        """A commit and all that it stands on."""
        waiting, seen = [commit] if commit else [], set[str]()
        while waiting:
            sha = waiting.pop()
            if sha not in seen:
                seen.add(sha)
                yield sha
                waiting += self._commits[sha].info.parents

    def branch(self, branch: str, commit: str) -> None:
        """Begin a branch at a commit, as a person does."""
        self._heads[branch] = self._stored(commit).info.sha

    def info(self, sha: str) -> CommitInfo:
        """A commit."""
        return self._commits[sha].info

    @property
    def heads(self) -> dict[str, str]:
        """Where the branches are, without a call being counted."""
        return dict(self._heads)


class TrackerStage:
    """A workspace that was set up, with its tracker; time stands still unless it is moved."""

    def __init__(self, **order: Any) -> None:
        self.house = NotionHouse(repositories={GIT_URL: MergingRepository()})
        self.workspace: Workspace = self.house.set_up(**order).workspace
        assert self.workspace.tracker is not None
        self.tracker = self.workspace.tracker.data_source_id
        self.tasks = self.workspace.collection("tasks").data_source_id
        self.names = {
            key: column.name
            for source in (self.tracker, self.tasks)
            for key, column in self.house.notion.tables.sources[source].columns.items()
        }
        self._files = 0

    @property
    def repository(self) -> MergingRepository:
        found = self.house.repository
        assert isinstance(found, MergingRepository)
        return found

    def push(
        self,
        message: str = "Edit by hand",
        branch: str = "main",
        author: Person = PEOPLE,
        files: Mapping[str, bytes | None] | None = None,
    ) -> str:
        """Push a commit; its id. A new branch begins at the synced one."""
        if branch not in self.repository.heads:
            self.repository.branch(branch, self.repository.heads["main"])
        self._files += 1
        changed = files or {f"src/{self._files}.py": f"x = {self._files}\n".encode()}
        return self.repository.commit(branch, changed, message=message, author=author)

    def task(self, title: str, status: str = "To do") -> str:
        """A task that a person made; its page."""
        person = self.house.notion.as_person()
        return person.create_row(self.tasks, {"Name": title, "Status": status})

    def status(self, page: str) -> Any:
        """A task's status."""
        row = self.house.notion.tables.row(self.house.notion.tables.pages[page])
        return self.named(row.values)["Status"]

    def steps(self) -> Iterator[Progress]:
        """Follow the pushes, step by step, as a worker does."""
        now = self.house.clock.now()
        operation = Operation(
            id="o",
            kind=FOLLOW,
            uid=self.workspace.owner,
            key=self.workspace.wid,
            args={"workspace": self.workspace.wid},
            created_at=now,
            expires_at=now,
        )
        return follow_pushes(self.house.following())(operation)

    def follow(self) -> None:
        """Follow the pushes to the end."""
        for _ in self.steps():
            pass

    def replace_tracker(self) -> None:
        """Let the workspace have another tracker, as after a setup that made a new one."""
        source = self.house.notion.add_source("Tracker 2", columns_of(TRACKER, self.tasks))
        assert self.workspace.tracker is not None
        tracker = replace(self.workspace.tracker, data_source_id=source.id)
        self.workspace = replace(self.workspace, tracker=tracker)
        path = workspace_path(self.workspace.wid)
        self.house.store.commit([Put(path=path, data=workspace_document(self.workspace))])
        self.tracker = source.id
        self.names |= {each.id: each.name for each in source.properties}

    def pages(self) -> list[FakePage]:
        """The tracker's rows, the oldest first; not those in the trash."""
        rows = self.house.notion.tables.sources[self.tracker].rows.values()
        return [page for page in rows if not page.in_trash]

    def rows(self) -> dict[str, dict[str, Any]]:
        """What the tracker shows, by commit; two rows of one commit fail."""
        shown = [self.named(self.house.notion.tables.row(page).values) for page in self.pages()]
        by_sha = {row["SHA"]: row for row in shown}
        assert len(by_sha) == len(shown), "a commit has two rows"
        return by_sha

    def named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values by the names of their columns."""
        return {self.names.get(key, key): value for key, value in values.items()}

    def states(self) -> dict[str, str]:
        """The states that the rows show, by commit."""
        return {sha: row["State"] for sha, row in self.rows().items()}

    def entries(self) -> dict[str, Entry]:
        """The entries of the ledger, by commit."""
        query = Query(collection=f"workspaces/{self.workspace.wid}/commits", limit=500)
        return {each.id: read_entry(each.data) for each in self.house.store.query(query)}

    def watched(self) -> dict[str, str]:
        """Where the watched branches are."""
        return {
            branch: sha
            for branch, sha in self.repository.heads.items()
            if branch == "main" or branch.startswith(WATCHED)
        }
