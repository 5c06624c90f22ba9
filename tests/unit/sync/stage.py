"""A workspace with two collections on fakes, for tests of the engine."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any

from dev.fakes.clock import FakeClock
from dev.fakes.notion import FakeNotion
from dev.fakes.notion_person import FakePerson
from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.ports.notion import DataSource, Property, Value
from shared.ports.state import Patch, Put, Query
from shared.sync.conflict import Choice, Conflict, Resolution, conflict_path, read_conflict
from shared.sync.engine import Engine
from shared.sync.glance import Look
from shared.sync.link import Link, read_link
from shared.sync.observe import Observer
from shared.sync.plan import Plan, make_plan
from shared.sync.report import Hints, Report
from shared.sync.state import Problem, Release, SyncState, read_state, state_document, state_path
from shared.sync.store import SyncStore
from shared.sync.workspace import (
    NEXUS_ID,
    Collection,
    Direction,
    Policy,
    Remote,
    Workspace,
)

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
    policy: Policy = "manual"
    create_options: bool = False
    direction: Direction = "both"
    query_limit: int = 10_000

    def __post_init__(self) -> None:
        self.notion = FakeNotion(self.clock, query_limit=self.query_limit)
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
            collections=(
                self._collection("tasks", self.tasks),
                self._collection("docs", self.docs),
            ),
            created_at=self.clock.now(),
            repository=Remote(url="https://git.test/demo.git", branch="main"),
            policy=self.policy,
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
            direction=self.direction,
        )

    @property
    def person(self) -> FakePerson:
        """Somebody who works in Notion."""
        return self.notion.as_person()

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

    def plan(self) -> Plan:
        """What a run would do now; it reads and changes nothing."""
        return make_plan(self.look().seen, self.workspace, {})

    def look(self) -> Look:
        """What a run would see now."""
        observer = Observer(
            self.workspace, self.notion, self.git, SyncStore(self.store, WID), self.clock.now
        )
        state, hints = self.state(), Hints()
        return observer.look(state, observer.glance(state, hints), hints)

    def kinds(self) -> list[str]:
        """The kinds of what a run would do now."""
        return [action.kind.value for action in self.plan().actions]

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """The calls that are made meanwhile, by method; those of git begin with `git.`."""
        made: Counter[str] = Counter()
        marks = [len(each.calls) for each in (self.notion, self.git, self.store)]
        yield made
        made.update(call.method for call in self.notion.calls[marks[0] :])
        made.update(f"git.{call.method}" for call in self.git.calls[marks[1] :])
        made.update(f"store.{call.method}" for call in self.store.calls[marks[2] :])

    def file(self, path: str) -> str | None:
        """A file's text on the branch."""
        content = self.git.contents("main").get(path)
        return content.decode() if content is not None else None

    def text(self, path: str) -> str:
        """The text of a file that is there."""
        text = self.file(path)
        assert text is not None, f"{path} is not among {self.files()}"
        return text

    def files(self) -> list[str]:
        """The paths of all synced files."""
        return sorted(path for path in self.git.contents("main") if path.startswith("notion/"))

    def write(self, path: str, text: str | None) -> None:
        """Commit a file as a person, or its removal."""
        self.git.commit("main", {path: text.encode() if text is not None else None})

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a part of a file as a person, once."""
        text = self.text(path)
        assert old in text, text
        self.write(path, text.replace(old, new, 1))

    def row(
        self, title: str, body: str = "", source: DataSource | None = None, **values: Value
    ) -> str:
        """A page made by a person."""
        named = {name.replace("_", " "): value for name, value in values.items()}
        return self.person.create_row((source or self.docs).id, {"Name": title, **named}, body)

    def linked(
        self, title: str, body: str = "", source: DataSource | None = None, **values: Value
    ) -> tuple[str, str]:
        """A page with its file, both long settled: the page's id and the file's path."""
        page = self.row(title, body, source, **values)
        self.sync(wait_s=150)
        self.settle(2)
        return page, next(path for path, link in self.links().items() if link.page_id == page)

    def body(self, page: str) -> str:
        """A page's text as Notion has it."""
        return self.notion.tables.pages[page].markdown

    def value(self, page: str, name: str) -> Value:
        """A property as Notion shows it."""
        found = self.notion.tables.pages[page]
        assert found.source is not None
        columns = self.notion.tables.sources[found.source].columns.values()
        return self.notion.tables.row(found).values[
            next(each.id for each in columns if each.name == name)
        ]

    def in_trash(self, page: str) -> bool:
        """Whether a page is in the trash."""
        return self.notion.tables.pages[page].in_trash

    def pages(self, source: DataSource | None = None) -> dict[str, str]:
        """Title → id, of the pages that a data source shows."""
        rows = self.notion.tables.sources[(source or self.docs).id].rows.values()
        return {page.title: page.id for page in rows if self.notion.tables.visible(page)}

    def links(self) -> dict[str, Link]:
        """All links by path."""
        found = self._documents("links")
        return {link.path or link.id: link for data in found if (link := read_link(data))}

    def forget(self, link_id: str) -> None:
        """Remove a link with its base, as the store does when they expired."""
        self.store.commit(SyncStore(self.store, WID).remove(link_id))

    def conflicts(self) -> list[Conflict]:
        """All records of conflicts."""
        return [read_conflict(data) for data in self._documents("conflicts")]

    def choose(self, conflict: Conflict, resolution: Resolution, content: str = "") -> Report:
        """Decide a conflict as the API does, and run."""
        choice = Choice(resolution=resolution, etag=conflict.etag, content=content)
        fields = {"choice": asdict(choice)}
        self.store.commit([Patch(path=conflict_path(WID, conflict.id), fields=fields)])
        return self.sync(Hints(links=(conflict.link_id,)))

    def problems(self) -> dict[str, Problem]:
        """The problems of the state, by their code."""
        return {each.code: each for each in self.state().problems}

    def preimages(self) -> list[dict[str, Any]]:
        """What was kept of bodies that were replaced as a whole."""
        return self._documents("preimages")

    def runs(self) -> list[dict[str, Any]]:
        """The records of runs that did something."""
        return self._documents("runs")

    def _documents(self, name: str) -> list[dict[str, Any]]:
        documents = self.store.query(Query(collection=f"workspaces/{WID}/{name}", limit=2000))
        return [dict(document.data) for document in documents]
