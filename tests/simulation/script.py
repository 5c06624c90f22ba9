"""A scripted sync with every kind of change, to be disturbed at each of its port calls."""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from threading import RLock
from typing import Any, Final

from shared.ports.notion import Value
from shared.sync.engine import Engine
from shared.sync.report import Hints
from shared.sync.workspace import NEXUS_ID
from tests.simulation import oracle
from tests.simulation.faults import Call, Fault, Kind
from tests.simulation.git_person import BRANCH
from tests.simulation.histories import settle
from tests.simulation.notion_person import NotionPerson
from tests.simulation.world import World


def body(number: int) -> str:
    """A body whose words no other has."""
    words = [f"w{number}{place:02}" for place in range(5)]
    return "# {}\n\n{} {}\n\n- {}\n- {}\n".format(*words)


class Script:
    """The edits before each run, always the same."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.person = world.notion.as_person("Ada")
        self.tasks, self.docs = (each.data_source_id for each in world.workspace.collections)

    def first(self) -> None:
        """Pages and files to be made on the other side, one related to another."""
        add = self.person.create_row
        self.doc = add(self.docs, {"Name": "Handbook"}, "w9010")
        related: dict[str, Value] = {"Name": "Related", "Note": "w9011", "Docs": (self.doc,)}
        self.related = add(self.tasks, related, body(81))
        self.both = add(self.tasks, {"Name": "Both", "Status": "Todo"}, body(82))
        self.gone = add(self.tasks, {"Name": "Gone"}, "w9012")
        self.roaming = add(self.tasks, {"Name": "Roaming"}, "w9013")
        self._commit(
            {
                "notion/tasks/one.md": f"---\ntitle: One\nStatus: Doing\n---\n\n{body(83)}",
                "notion/tasks/two.md": "w9014\n",
                "notion/docs/three.md": "---\ntitle: Three\n---\n\nw9015\n",
            }
        )

    def second(self) -> None:
        """Edits of all kinds, on one side and on both; two of them clash."""
        self.person.edit_text(self.related, "w8102", "w9020 w8102")
        self.person.set_value(self.related, "Status", "Done")
        self.person.edit_text(self.both, "w8201", "w9021")
        self.person.set_value(self.both, "Note", "w9022")
        self.person.trash(self.gone)
        self.person.move(self.roaming, self.docs)
        files = self.world.git.files()
        both, one = files["notion/tasks/both.md"], files["notion/tasks/one.md"]
        clashing = both.replace("w8201", "w9023").replace("title: Both", "title: Both\nNote: w9024")
        self._commit(
            {
                "notion/tasks/both.md": clashing.replace("w8204", "w8204 w9025"),
                "notion/tasks/one.md": None,
                "notion/tasks/uno.md": one.replace("w8302", "w8302 w9026"),
                "notion/docs/three.md": None,
                "notion/tasks/four.md": "---\ntitle: Four\n---\n\nw9027\n",
            }
        )

    def _commit(self, files: dict[str, str | None]) -> None:
        contents = {path: None if text is None else text.encode() for path, text in files.items()}
        self.world.repository.commit(BRANCH, contents)


def started(phase: int) -> World:
    """The world before the first or the second run of the script."""
    world = World(Engine)
    script = Script(world)
    script.first()
    if phase == 2:
        settle(world)
        script.second()
    world.clock.advance(30)
    return world


def run(world: World, faults: Sequence[Fault] = ()) -> list[Call]:
    """Run once; the calls that were made."""
    before = len(world.journal)
    world.run(Hints(force=True), faults)
    return world.journal[before:]


def outcome(world: World) -> dict[str, Any]:
    """What people see in the end, with titles in the place of ids."""
    pages = world.notion.tables.pages.values()
    titles = {page.id: page.title for page in pages}

    def named(text: str) -> str:
        for identity, title in titles.items():
            text = text.replace(identity, f"<{title}>")
        return text

    rows = [page for page in pages if page.source is not None]
    return {
        "pages": {page.title: _page(world.people, page.id, named) for page in rows},
        "files": {path: named(text) for path, text in world.git.files().items()},
        "conflicts": sorted(
            (each.field, each.base, each.notion, each.git, each.state, each.comment)
            for each in oracle.conflicts(world)
        ),
        "creations": Counter(len(made) for made in world.creations.values()),
    }


def _page(people: NotionPerson, identity: str, named: Any) -> tuple[Any, ...]:
    page = people.notion.tables.pages[identity]
    row = people.notion.tables.row(page)
    values = {key: named(str(value)) for key, value in row.values.items()}
    nexus_id = next(
        each.id
        for each in people.notion.tables.sources[str(page.source)].columns.values()
        if each.name == NEXUS_ID
    )
    values.pop(nexus_id)
    return (page.source, page.in_trash, values, page.markdown, len(page.comments))


PREPARED: Final[dict[int, World]] = {}


def prepared(phase: int) -> World:
    """A copy of the world before a run."""
    if phase not in PREPARED:
        PREPARED[phase] = started(phase)
    world = PREPARED[phase]
    locks = (world.store._lock, world.repository._lock)
    return deepcopy(world, {id(lock): RLock() for lock in locks})


def undisturbed(phase: int) -> tuple[dict[str, Any], list[Call]]:
    """How it ends without faults, and the calls of the run."""
    world = prepared(phase)
    calls = run(world)
    settle(world)
    return outcome(world), calls


def disturbed(phase: int, kind: Kind, call: Call, wait_s: int, expected: dict[str, Any]) -> str:
    """What is wrong after a run with a fault and its repair; "" if nothing is."""
    world = prepared(phase)
    run(world, [Fault(at=call.number, kind=kind)])
    world.clock.advance(wait_s)
    try:
        settle(world, quiet_cycles=2)
    except AssertionError as error:
        return f"{kind} at {call}: {error}"
    found = outcome(world)
    different = [key for key in expected if found[key] != expected[key]]
    return f"{kind} at {call}: other {different}" if different else ""
