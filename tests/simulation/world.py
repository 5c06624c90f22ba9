"""What a history happens in: both sides, the store, the clock, and runs of the engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import Any, Final, Protocol, cast

from dev.fakes.notion import FakeNotion
from dev.fakes.repository import FakeRepository
from dev.fakes.state import FakeStateStore
from shared.errors import NexusError
from shared.ports.clock import Clock
from shared.ports.notion import NotionWorkspace, Row, Rows
from shared.ports.repository import Repository
from shared.ports.state import Data, Put, StateStore, Write
from shared.sync.report import Hints, Report
from shared.sync.state import Counts, SyncState, read_state, state_document, state_path
from shared.sync.workspace import NEXUS_ID, Collection, Policy, Remote, Workspace
from tests.simulation import git_person, notion_person, texts
from tests.simulation.clocks import START, ForwardClock, JumpyClock
from tests.simulation.faults import Call, Crash, Fault, Gate, Through
from tests.simulation.git_person import BRANCH, GIT_WEIGHTS, GitPerson
from tests.simulation.ledger import Ledger, Looks
from tests.simulation.notion_person import NOTION_WEIGHTS, NotionPerson
from tests.simulation.texts import Words, page_id_in, same_but_id

WID: Final = "0123456789abcdef0123"
LEASE_MARGIN_S: Final = 20
"""What must be left of a lease at a write: twice a call's 15 s, less the 10 s a fault may take."""
EMPTY_FROM: Final = 5
"""Links from which on an empty side is taken for an accident."""
WINDOW_CALLS: Final = 4
"""Calls of a run that may lie between its look at a page and its write."""
_ANSWER_S: Final = {"notion": 0.2, "git": 0.3, "store": 0.02}
_ZOMBIE_SLEEP_S: Final = 300.0
_LATE_S: Final = 40.0


class OracleFailure(AssertionError):
    """A rule that must hold did not; the message says which and where."""


class Runnable(Protocol):
    """The engine, as far as a history needs it."""

    def run(
        self,
        workspace: Workspace,
        notion: NotionWorkspace,
        repository: Repository | None,
        hints: Hints,
    ) -> Report:
        """Run one cycle."""


EngineFactory = Callable[[StateStore, Clock, Callable[[], str]], Runnable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one run ended: with a report, an expected error, or a crash (neither)."""

    report: Report | None = None
    error: NexusError | None = None
    writes: int = 0


class World:
    """One history's world. `journal` lists the calls of all runs; `detail` digests their arguments.

    `creations`: link → pages made for it; `answered_late`: links whose page came after its caller
    had given up; `made_unseen`: for which another page was asked for while an earlier one
    was hidden from the connection. `openings`: the conflicts that were opened, and when.
    `confirmed`: a person confirmed a plan.

    The engine is made anew for each run: whatever it knows beside the store is lost in between.
    """

    def __init__(
        self, make: EngineFactory, policy: Policy = "manual", detail: bool = False
    ) -> None:
        self.clock = JumpyClock()
        self.store = FakeStateStore()
        self.repository = FakeRepository()
        self.notion: FakeNotion = notion_person.new_notion(ForwardClock(self.clock))
        self.words = Words()
        self.ledger = Ledger()
        self.git = GitPerson(self.repository, self.words, self.ledger)
        self.people = NotionPerson(self.notion, self.words, self.ledger)
        self.people.on_edit = self._person_edited
        self.workspace = Workspace(
            wid=WID,
            owner="demo",
            notion_id="notion-workspace",
            notion_name="Example",
            bot_id=self.notion.me().id,
            parent_page_id=self.people.parent_page,
            collections=self.people.collections,
            created_at=START,
            repository=Remote(url="https://git.example.com/demo.git", branch=BRANCH),
            policy=policy,
        )
        self.journal: list[Call] = []
        self.reports: list[Report] = []
        self.openings: set[tuple[str, datetime]] = set()
        self.answered_late: set[str] = set()
        self.made_unseen: set[str] = set()
        self.confirmed = False
        self.creations: dict[str, list[str]] = {}
        self.detail = detail
        self._make = make
        self._digest: list[str] = []
        self._ids = 0
        self._workers = 0
        self._depth = 0
        self._fences: dict[int, int] = {}
        self._paused: set[int] = set()
        self._people_meanwhile = False
        self._is_late = False
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._hot: Data = {}
        self._words_before: frozenset[str] = frozenset()
        self._looks = Looks()
        started = SyncState(wid=WID, owner="demo", next_sync_at=START)
        self._put_state(started, "absent")

    def trace(self) -> str:
        """All calls as one text; the same seed must give the same."""
        return "\n".join([*map(str, self.journal), *self._digest])

    def run(self, hints: Hints, faults: Sequence[Fault] = ()) -> Result:
        """Let a new instance of the engine run once."""
        self._workers += 1
        gate = Gate(self, self._workers, faults)
        self._people_meanwhile = self._people_meanwhile and self._depth > 0
        first = len(self.journal)
        report, error = None, None
        self._depth += 1
        try:
            engine = self._make(
                cast(StateStore, Through(gate, "store", self.store)), self.clock, self.new_id
            )
            report = engine.run(
                self.workspace,
                cast(NotionWorkspace, Through(gate, "notion", self.notion)),
                cast(Repository, Through(gate, "git", self.repository)),
                hints,
            )
        except Crash:
            pass
        except NexusError as expected:
            error = expected
        finally:
            self._depth -= 1
        mine = [call for call in self.journal[first:] if call.worker == gate.worker]
        writes = sum(call.external for call in mine)
        if gate.crashed:
            return Result(writes=writes)
        if report is not None:
            self._check_held(report, mine, calm=not faults)
            self.reports.append(report)
        return Result(report=report, error=error, writes=writes)

    def state(self) -> SyncState:
        """The hot document as it is stored."""
        return read_state(self._state_document().data)

    def change_state(self, change: Callable[[SyncState], SyncState]) -> None:
        """Change the hot document as the API does, guarded by its version."""
        document = self._state_document()
        self._put_state(change(read_state(document.data)), document.version)

    def new_id(self) -> str:
        """Ids for the engine: the same in every replay."""
        self._ids += 1
        return f"{self._ids:032x}"

    def person(self, side: str, seed: int) -> None:
        """Let a person do something that a seed decides."""
        rng = Random(seed)
        actions = GIT_WEIGHTS if side == "git" else NOTION_WEIGHTS
        action = rng.choices(list(actions), list(actions.values()))[0]
        (self.git if side == "git" else self.people).act(action, rng)

    def both(self, seed: int) -> None:
        """Let two people edit a page and its file at the same time, often in the same place."""
        rng = Random(seed)
        files = {page_id_in(text): path for path, text in self.git.files().items()}
        shared = sorted(self.people.pages().keys() & files.keys())
        if not shared:
            self.person("git", seed)
            return
        page = rng.choice(shared)
        path, what = files[page], rng.choice(("body", "same place", "Note", "title", "Status"))
        if what in ("body", "same place"):
            edit, other = rng.choices(texts.BODY_EDITS, k=2)
            place = rng.getrandbits(32)
            same = what == "same place"
            self.people.edit_at(page, edit, Random(place))
            self.git.edit_at(path, edit if same else other, Random(place if same else seed))
        elif what == "Status":
            self.people.set_at(page, what, rng.choice(git_person.OPTIONS))
            self.git.set_at(path, f"Status: {rng.choice(git_person.OPTIONS)}")
        else:
            self.people.set_at(page, "Name" if what == "title" else what, self.words())
            self.git.set_at(path, f"{what}: {self.words()}")

    def called(self, call: Call, arguments: Sequence[Any]) -> None:
        """Note a call, and check the lease where it writes; see `Surroundings`."""
        self.clock.advance(_ANSWER_S[call.port])
        self._let_late_calls_happen()
        self.journal.append(call)
        if self.detail:
            self._digest.append(sha256(repr(arguments).encode()).hexdigest())
        if call.external:
            self._check_lease(call)
        if call.method in ("push", "update_row"):
            self._check_deletes(call, arguments)
        if call.external and call.port == "notion" and call.worker in self._paused:
            raise OracleFailure(f"a write although Notion asked for a pause: {call}")
        if call.method == "create_row":
            self._note_hidden(_made_for(arguments))
        if call.port == "notion" and call.external:
            self._words_before = self.people.words_of(call.subject)

    def answered(self, call: Call, arguments: Sequence[Any], answer: Any) -> None:
        """Note what a call changed or showed; see `Surroundings`."""
        if call.port == "store" and call.method == "commit":
            for write in arguments[0]:
                self._note_write(call, write)
        if call.port == "notion":
            if call.method == "create_row":
                self._note_creation(arguments, answer)
            elif call.external:
                self._excuse(call)
            self._note_looks(call, answer)

    def later(self, happens: Callable[[], None]) -> None:
        """Let a call happen within the minute in which a create may still appear."""
        self._later.append((self.clock.monotonic() + _LATE_S, happens))

    def limited(self, call: Call) -> None:
        """Note that a run was told to pause; it may not write to Notion any more."""
        self._paused.add(call.worker)

    def interrupt(self, fault: Fault) -> None:
        """Let something happen between two calls of a run; see `Surroundings`."""
        if fault.kind in ("notion_person", "git_person"):
            self._people_meanwhile = True
            self.person(fault.kind.split("_")[0], fault.seed)
        elif fault.kind == "slow":
            self.clock.advance(10)
        elif fault.kind == "jump":
            self.clock.jump(Random(fault.seed).choice((-600, -45, 45, 600)))
        elif self._depth < 2:
            self.clock.advance(_ZOMBIE_SLEEP_S if fault.kind == "zombie" else 0)
            self.run(Hints(force=True))

    def _let_late_calls_happen(self) -> None:
        now = self.clock.monotonic()
        due = [happens for at, happens in self._later if at <= now]
        self._later = [(at, happens) for at, happens in self._later if at > now]
        self._is_late = True
        for happens in due:
            happens()
        self._is_late = False

    def _check_lease(self, call: Call) -> None:
        until = self._hot["lease_until"]
        if until is None or self._hot["fence"] != self._fences.get(call.worker):
            raise OracleFailure(f"a write without a lease of its own: {call}")
        left = (until - self.clock.now()).total_seconds()
        if left < LEASE_MARGIN_S:
            raise OracleFailure(f"a write with {left:.1f} s of the lease left: {call}")

    def _check_deletes(self, call: Call, arguments: Sequence[Any]) -> None:
        """Nothing is deleted that a person did not delete on the other side.

        One side is empty: unless somebody confirmed it, the other is not emptied.
        """
        if self._people_meanwhile:
            return
        files, pages = self.git.files(), self.notion.tables.pages
        if call.method == "push":
            after = {each.path: each.content for each in arguments[2].changes}
            kept = {**files, **{path: (text or b"").decode() for path, text in after.items()}}
            left = {page_id_in(text) for text in kept.values()}
            # A copy that gets an id of its own in the place of the one it was copied with stays.
            changed = {
                path for path in after if path in files and not same_but_id(files[path], kept[path])
            }
            gone = {page_id_in(files[path]) for path in changed} - left
            wrong = [page for page in gone if page in pages and not pages[page].in_trash]
        else:
            gone = {call.subject} if arguments[-1] is True else set()
            wrong = sorted(gone & {page_id_in(text) for text in files.values()})
        if wrong:
            raise OracleFailure(f"{wrong} are deleted although nobody deleted them: {call}")
        for each in self.workspace.collections:
            if gone and self._hot["links"].get(each.name, 0) >= EMPTY_FROM and not self.confirmed:
                self._check_emptied(call, each, gone)

    def _check_emptied(self, call: Call, collection: Collection, gone: set[str]) -> None:
        of_it = [page for page in gone if self.people.collection_of(page) == collection.name]
        if call.method == "push":
            left = any(
                page.source == collection.data_source_id for page in self.people.pages().values()
            )
        else:
            left = any(path.startswith(f"{collection.folder}/") for path in self.git.files())
        if of_it and not left:
            raise OracleFailure(f"{collection.name} is emptied without confirmation: {call}")

    def _check_held(self, report: Report, calls: Sequence[Call], *, calm: bool) -> None:
        """Nothing is written after the look whose plan was held, nor before it by a run that told
        of no change. `calm`: nothing happened to the run; else a write before it, which an earlier
        look had led to, may have been cut off before it could be told of.
        """
        if report.hold is None:
            return
        last = max((n for n, call in enumerate(calls) if call.method == "refs"), default=0)
        late = [str(call) for call in calls[last:] if call.external]
        if late:
            raise OracleFailure(f"a held run wrote: {late}")
        untold = report.run is None or report.run.changes == Counts()
        if calm and untold and any(call.external for call in calls):
            raise OracleFailure("a held run wrote and told of nothing")

    def _note_write(self, call: Call, write: Write) -> None:
        """Note who has the lease now, and which conflicts were opened."""
        data = getattr(write, "data", None) or {}
        if write.path == state_path(WID):
            if data["fence"] != self._hot["fence"]:
                self._fences[call.worker] = data["fence"]
            self._hot = data
        elif "/conflicts/" in write.path and data.get("state") == "open":
            self.openings.add((write.path.rsplit("/", 1)[-1], data["created_at"]))

    def _note_hidden(self, link: str) -> None:
        made = (self.notion.tables.pages[page] for page in self.creations.get(link, ()))
        if any(not page.shared or page.archived for page in made):
            self.made_unseen.add(link)

    def _note_creation(self, arguments: Sequence[Any], answer: Any) -> None:
        link = _made_for(arguments)
        self.creations.setdefault(link, []).append(answer.id)
        if self._is_late:
            self.answered_late.add(link)

    def _note_looks(self, call: Call, answer: Any) -> None:
        place = len(self.journal)
        if isinstance(answer, Rows):
            for row in answer.rows:
                self._looks.at[call.worker, row.id, "row"] = place
        elif isinstance(answer, Row):
            self._looks.at[call.worker, answer.id, "row"] = place
        elif call.method in ("body", "edit_body", "replace_body"):
            self._looks.at[call.worker, call.subject, "body"] = place

    def _person_edited(self, page: str, before: frozenset[str], after: frozenset[str]) -> None:
        if self._depth:
            edit = (len(self.journal), page, after - before, before - after)
            self._looks.edits.append(edit)

    def _excuse(self, call: Call) -> None:
        """What a write overwrote that a person changed after the run's last look at the page.

        Notion has no conditional writes: that window cannot be closed, but it has to be short. An
        edit by hunks has none.
        """
        if call.method == "edit_body" or not self._looks.edits:
            return
        what = "body" if call.method == "replace_body" else "row"
        seen = self._looks.at.get((call.worker, call.subject, what), 0)
        mine = [place for place, each in enumerate(self.journal) if each.worker == call.worker]
        seen = max(seen, *mine[-WINDOW_CALLS - 1 :][:1])
        after = self.people.words_of(call.subject)
        for place, page, added, removed in self._looks.edits:
            if page == call.subject and place >= seen:
                self.ledger.excused |= added & (self._words_before - after)
                self.ledger.revived |= removed & (after - self._words_before)

    def _state_document(self) -> Any:
        return self.store.get(state_path(WID))

    def _put_state(self, state: SyncState, version: str) -> None:
        self._hot = state_document(state)
        self.store.commit([Put(path=state_path(WID), data=self._hot, if_version=version)])


def _made_for(arguments: Sequence[Any]) -> str:
    """The link that a page is being made for."""
    source, values = arguments[:2]
    return str(values.get(source.property(NEXUS_ID).id))
