"""A workspace with two collections on fakes, for tests of the engine."""

from dataclasses import dataclass, field, replace
from itertools import count

from dev.fakes.clock import FakeClock
from dev.fakes.notion import FakeNotion
from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.ports.notion import DataSource, Property, Value
from shared.ports.state import Put
from shared.sync.conflict import Conflict, read_conflict
from shared.sync.engine import Engine
from shared.sync.link import Link, read_link
from shared.sync.report import Hints, Report
from shared.sync.state import Release, SyncState, read_state, state_document, state_path
from shared.sync.workspace import NEXUS_ID, Collection, Remote, Workspace

WID = "w1"
TASKS, DOCS = "notion/tasks", "notion/docs"
_COLUMNS = (
    Property(id="", name="Name", kind="title"),
    Property(id="", name=NEXUS_ID, kind="rich_text"),
    Property(id="", name="Status", kind="select", options=("To do", "Doing", "Done")),
    Property(id="", name="Points", kind="number"),
    Property(id="", name="Tags", kind="multi_select", options=("red", "blue")),
    Property(id="", name="Done", kind="checkbox"),
)


@dataclass(kw_only=True)
class Stage:
    """Both sides, the store and the engine; `sync` runs once and lets 30 s pass."""

    clock: FakeClock = field(default_factory=FakeClock)
    policy: str = "manual"
    create_options: bool = False

    def __post_init__(self) -> None:
        self.notion = FakeNotion(self.clock)
        self.git = FakeRepository()
        self.store = FakeStateStore()
        self.tasks = self.notion.add_source("Tasks", _COLUMNS)
        self.docs = self.notion.add_source("Docs", _COLUMNS)
        ids = count(1)
        self.engine = Engine(self.store, self.clock, lambda: f"id{next(ids):04d}")
        self.workspace = Workspace(
            wid=WID,
            owner="demo",
            notion_id="n1",
            notion_name="Demo",
            bot_id=self.notion.me().id,
            parent_page_id="p1",
            collections=(self._collection("tasks", self.tasks), self._collection("docs", self.docs)),
            created_at=self.clock.now(),
            repository=Remote(url="https://git.test/demo.git", branch="main"),
            policy=self.policy,  # type: ignore[arg-type]
            create_options=self.create_options,
        )
        self.git.commit("main", {"README.md": b"# Demo\n"})
        self.put_state(SyncState(wid=WID, owner="demo", next_sync_at=self.clock.now()))

    def _collection(self, name: str, source: DataSource) -> Collection:
        return Collection(
            name=name,
            data_source_id=source.id,
            database_id=source.database_id,
            url=source.url,
            folder=f"notion/{name}",
        )

    def put_state(self, state: SyncState) -> None:
        """Write the hot document as it is."""
        self.store.commit([Put(path=state_path(WID), data=state_document(state))])

    def state(self) -> SyncState:
        """The hot document."""
        document = self.store.get(state_path(WID))
        assert document is not None
        return read_state(document.data)

    def sync(self, hints: Hints | None = None, *, wait_s: float = 30) -> Report:
        """One run, whether due or not, then some time."""
        given = replace(hints or Hints(), force=True)
        report = self.engine.run(self.workspace, self.notion, self.git, given)
        self.clock.advance(wait_s)
        return report

    def settle(self, runs: int = 6) -> None:
        """Run until well past every minute that could hide an edit."""
        for _ in range(runs):
            self.sync()

    def confirm(self) -> None:
        """Let the held plan through, as the API does."""
        state = self.state()
        assert state.hold is not None
        release = Release(plan_id=state.hold.plan_id, left=state.hold.counts)
        self.put_state(replace(state, release=release))

    def file(self, path: str) -> str | None:
        """A file's text on the branch."""
        content = self.git.contents("main").get(path)
        return content.decode() if content is not None else None

    def write(self, path: str, text: str | None) -> None:
        """Commit a file as a person, or its removal."""
        self.git.commit("main", {path: text.encode() if text is not None else None})

    def row(self, title: str, body: str = "", source: DataSource | None = None, **values: Value) -> str:
        """A page made by a person."""
        return self.notion.as_person().create_row(
            (source or self.docs).id, {"Name": title, **values}, body
        )

    def links(self) -> dict[str, Link]:
        """All links by path."""
        found = self._documents("links")
        return {link.path or link.id: link for data in found if (link := read_link(data))}

    def conflicts(self) -> list[Conflict]:
        """All records of conflicts."""
        return [read_conflict(data) for data in self._documents("conflicts")]

    def _documents(self, name: str) -> list[dict]:  # type: ignore[type-arg]
        from shared.ports.state import Query

        documents = self.store.query(Query(collection=f"workspaces/{WID}/{name}", limit=500))
        return [dict(document.data) for document in documents]
