"""Workspaces of any size over fakes, made at once instead of by thousands of cycles."""

from dataclasses import replace
from itertools import count
from typing import Final

from benchmarks.sync_stage import BRANCH, COLUMNS, WID, CountingStore, Ports, Site, body_of
from dev.fakes.clock import FakeClock
from dev.fakes.notion import FakeNotion
from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.ports.notion import Value
from shared.ports.repository import Snapshot
from shared.ports.state import Write
from shared.services.budget import Budget
from shared.sync.file import read_file
from shared.sync.link import Base
from shared.sync.listing import list_rows
from shared.sync.match import Observed
from shared.sync.model import PageSide
from shared.sync.plan import Plan, make_plan, with_link_ids
from shared.sync.state import Seen
from shared.sync.store import SyncStore

REQUEST_S: Final = 0.25
"""What a request to Notion takes on the virtual clock; at 0.33 s it would be the limit itself."""
_AT_ONCE: Final = 400


class FakeSite(Site):
    """A site on fakes and a virtual clock. `limited`: Notion's requests go by the budget."""

    def __init__(self, *, limited: bool = False) -> None:
        self.clock = FakeClock()
        self.notion = FakeNotion(self.clock, before_call=self._before_request)
        self.git = FakeRepository()
        self.git.commit(BRANCH, {"README.md": b"# Bench\n"})
        store = CountingStore(FakeStateStore())
        self._budget = Budget(store, self.clock, "bench") if limited else None
        self._requests = 0
        ports = Ports(
            notion=self.notion,
            repository=self.git,
            store=store,
            clock=self.clock,
            notion_count=lambda: self._requests,
            git_count=lambda: len(self.git.calls),
        )
        tasks, docs = (self.notion.add_source(name, COLUMNS) for name in ("Tasks", "Docs"))
        super().__init__(ports, tasks, docs, self.notion.bot.id)

    def _before_request(self) -> None:
        """A refused request is none: it never leaves."""
        if self._budget is not None:
            self._budget.take(interactive=False)
        self._requests += 1
        self.clock.advance(REQUEST_S)

    def fill_notion(self, pages: int, apart_s: float) -> None:
        """Let a person make pages, one every `apart_s` seconds, the last some time ago."""
        person = self.notion.as_person()
        for number in range(pages):
            values: dict[str, Value] = {
                "Name": f"Note {number}",
                "Status": "To do",
                "Points": number,
            }
            person.create_row(self.docs.id, values, body_of(number))
            self.clock.advance(apart_s)
        self.clock.advance(600)

    def fill_git(self, files: int) -> None:
        """Let a person commit files that have no page."""
        texts = {path_of(number): file_of(number) for number in range(files)}
        self.git.commit(BRANCH, dict(texts))

    def link_all(self) -> None:
        """Have everything synced as the engine would leave it, and look at it just now."""
        seen = self.observed()
        ids = count(1)
        plan = with_link_ids(
            make_plan(seen, self.workspace, {}), iter(lambda: f"link{next(ids):06}", "")
        )
        files = [action.file for action in plan.actions if action.file]
        tip = self.git.commit(
            BRANCH, {each.path: each.text.encode() for each in files if each.path}
        )
        self._store_links(plan)
        now = self.clock.now()
        listings = {
            each.name: list_rows(self.notion, each.data_source_id, Seen(), now, full=True).seen
            for each in self.workspace.collections
        }
        state = replace(
            self.state(),
            generation=self.workspace.generation,
            tip=tip,
            seen=listings,
            links={"docs": len(plan.actions)},
            swept_at=self.clock.now(),
        )
        self.put_state(state)

    def _store_links(self, plan: Plan) -> None:
        sync_store = SyncStore(self.ports.store, WID)
        writes: list[Write] = []
        for action in plan.actions:
            writes.append(sync_store.put_link(action.link, "absent"))
            base = Base(file=action.base_file, body=action.page_base)
            writes.append(sync_store.put_base(action.link.id, base))
        for start in range(0, len(writes), _AT_ONCE):
            self.ports.store.commit(writes[start : start + _AT_ONCE])

    def observed(self) -> Observed:
        """All pages and files with their texts, without links."""
        tables = self.notion.tables
        sides = {
            page.id: PageSide(state="live", row=tables.row(page), body=tables.body(page).markdown)
            for page in tables.pages.values()
            if page.source
        }
        contents = self.git.contents(BRANCH)
        tip = self.git.refs([BRANCH]).heads[BRANCH]
        tree: Snapshot = self.git.snapshot(tip, ("notion",))
        return Observed(
            collections=self.workspace.collections,
            sources={
                each.name: tables.data_source(tables.sources[each.data_source_id])
                for each in self.workspace.collections
            },
            pages=sides,
            files={path: read_file(path, b, contents[path]) for path, b in tree.files.items()},
            tree=tree.files,
        )


def path_of(number: int) -> str:
    """The path of a file that a person made."""
    return f"notion/docs/note-{number}.md"


def file_of(number: int) -> bytes:
    """A file that a person made: it names no page yet."""
    head = f"title: Note {number}\nStatus: To do\nPoints: {number}\n"
    return f"---\n{head}---\n\n{body_of(number)}".encode()
