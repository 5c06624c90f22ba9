"""A synced workspace whose every request is counted, over any implementation of the ports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from shared.ports.clock import Clock
from shared.ports.notion import DataSource, NotionWorkspace, Property
from shared.ports.repository import Repository
from shared.ports.state import Document, Put, Query, StateStore, Write
from shared.sync.engine import Engine
from shared.sync.report import Hints, Report
from shared.sync.state import Release, SyncState, read_state, state_document, state_path
from shared.sync.workspace import NEXUS_ID, Collection, Remote, Workspace

WID: Final = "bench"
BRANCH: Final = "main"
COLUMNS: Final = (
    Property(id="", name="Name", kind="title"),
    Property(id="", name=NEXUS_ID, kind="rich_text"),
    Property(id="", name="Status", kind="select", options=("To do", "Doing", "Done")),
    Property(id="", name="Points", kind="number"),
    Property(id="", name="Done", kind="checkbox"),
)
_ENGINES_OWN: Final = ("workspaces/", "sync_state/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Requests to Notion and to the git host, and documents as Firestore bills them.

    A query is billed by what it finds, at least one:
    https://firebase.google.com/docs/firestore/pricing#queries. `budget`: reads and writes of the
    documents that share out Notion's requests.
    """

    notion: int = 0
    git: int = 0
    reads: int = 0
    writes: int = 0
    budget: int = 0

    def less(self, before: "Counts") -> "Counts":
        """What was added since `before`."""
        return Counts(
            notion=self.notion - before.notion,
            git=self.git - before.git,
            reads=self.reads - before.reads,
            writes=self.writes - before.writes,
            budget=self.budget - before.budget,
        )


class CountingStore:
    """A `StateStore` that counts what another one is asked for."""

    def __init__(self, inner: StateStore) -> None:
        self.reads = self.writes = self.budget = 0
        self.inner = inner

    def get(self, path: str) -> Document | None:
        """Read one document; see the port."""
        self._read([path])
        return self.inner.get(path)

    def get_many(self, paths: Sequence[str]) -> list[Document | None]:
        """Read several documents; see the port."""
        self._read(paths)
        return self.inner.get_many(paths)

    def query(self, query: Query) -> list[Document]:
        """Read one page of a collection; see the port."""
        found = self.inner.query(query)
        self._read([document.path for document in found] or [f"{query.collection}/none"])
        return found

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Do all writes or none; see the port."""
        for write in writes:
            own = write.path.startswith(_ENGINES_OWN)
            self.writes += own
            self.budget += not own
        return self.inner.commit(writes)

    def _read(self, paths: Sequence[str]) -> None:
        own = sum(path.startswith(_ENGINES_OWN) for path in paths)
        self.reads += own
        self.budget += len(paths) - own


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a workspace is synced with. `notion_count`, `git_count`: requests so far."""

    notion: NotionWorkspace
    repository: Repository
    store: CountingStore
    clock: Clock
    notion_count: Callable[[], int]
    git_count: Callable[[], int]


class Site:
    """A workspace with the collections `tasks` and `docs`, and the engine that syncs it."""

    def __init__(self, ports: Ports, tasks: DataSource, docs: DataSource, bot_id: str) -> None:
        self.ports = ports
        self.docs = docs
        ids = count(1)
        self.engine = Engine(ports.store, ports.clock, lambda: f"id{next(ids):06}")
        self.workspace = Workspace(
            wid=WID,
            owner="demo",
            notion_id="n1",
            notion_name="Bench",
            bot_id=bot_id,
            parent_page_id="p1",
            collections=(_collection("tasks", tasks), _collection("docs", docs)),
            created_at=ports.clock.now(),
            repository=Remote(url="https://git.example/bench.git", branch=BRANCH),
        )
        self.put_state(SyncState(wid=WID, owner="demo", next_sync_at=ports.clock.now()))

    def put_state(self, state: SyncState) -> None:
        """Write the hot document."""
        put = Put(path=state_path(WID), data=state_document(state))
        self.ports.store.commit([put])

    def state(self) -> SyncState:
        """The hot document."""
        document = self.ports.store.get(state_path(WID))
        assert document is not None
        return read_state(document.data)

    def counts(self) -> Counts:
        """What was asked for so far."""
        store = self.ports.store
        return Counts(
            notion=self.ports.notion_count(),
            git=self.ports.git_count(),
            reads=store.reads,
            writes=store.writes,
            budget=store.budget,
        )

    def cycle(self, hints: Hints | None = None) -> tuple[Report, Counts]:
        """One run, due or not, and what it asked for."""
        before = self.counts()
        asked = replace(hints or Hints(), force=True)
        ports = self.ports
        report = self.engine.run(self.workspace, ports.notion, ports.repository, asked)
        return report, self.counts().less(before)

    def confirm(self) -> None:
        """Let the held plan through, as the API does."""
        state = self.state()
        assert state.hold is not None
        release = Release(plan_id=state.hold.plan_id, left=state.hold.counts)
        self.put_state(replace(state, release=release, next_sync_at=self.ports.clock.now()))

    def is_settled(self) -> bool:
        """Whether all that was seen is dealt with."""
        state = self.state()
        return bool(state.tip) and not (state.contact or state.retry or state.hold)


def body_of(number: int) -> str:
    """A body of about 1 KiB as people write them: headings, paragraphs, lists, code."""
    sections = []
    for part in range(4):
        sections.append(f"## Part {part} of note {number}")
        sections.append(
            f"The {number}th note tells what was agreed on, by whom, and what is left to do before"
            " the next release. It names **two** options and a [page](https://example.com/a)."
        )
        sections.append("- [ ] write it down\n- [x] ask Ada\n- look at it again")
    sections.append("```python\ndef add(a: int, b: int) -> int:\n    return a + b\n```")
    return "\n".join(f"{each}\n" for each in sections)


def _collection(name: str, source: DataSource) -> Collection:
    return Collection(
        name=name,
        data_source_id=source.id,
        database_id=source.database_id,
        url=source.url,
        folder=f"notion/{name}",
    )
