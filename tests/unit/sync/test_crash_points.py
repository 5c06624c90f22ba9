"""A scripted sync in which the instance dies at every single port call, and goes on afterwards."""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final

import pytest
from shared.sync.engine import Engine

from shared.sync.report import Hints
from shared.sync.workspace import NEXUS_ID
from tests.simulation import oracle
from tests.simulation.faults import Call, Fault, Kind
from tests.simulation.git_person import BRANCH
from tests.simulation.histories import settle
from tests.simulation.notion_person import NotionPerson
from tests.simulation.world import World

LEASE_OVER_S: Final = 61
BODY: Final = "# w9001\n\nw9002 w9003\n\n- w9004\n- w9005\n"


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
        related = {"Name": "Related", "Note": "w9011", "Docs": (self.doc,)}
        self.related = add(self.tasks, related, BODY)
        self.both = add(self.tasks, {"Name": "Both", "Status": "Todo"}, BODY)
        self.gone = add(self.tasks, {"Name": "Gone"}, "w9012")
        self.roaming = add(self.tasks, {"Name": "Roaming"}, "w9013")
        self._commit(
            {
                "notion/tasks/one.md": f"---\ntitle: One\nStatus: Doing\n---\n\n{BODY}",
                "notion/tasks/two.md": "w9014\n",
                "notion/docs/three.md": "---\ntitle: Three\n---\n\nw9015\n",
            }
        )

    def second(self) -> None:
        """Edits of all kinds, on one side and on both; two of them clash."""
        self.person.edit_text(self.related, "w9003", "w9020 w9003")
        self.person.set_value(self.related, "Status", "Done")
        self.person.edit_text(self.both, "w9002", "w9021")
        self.person.set_value(self.both, "Note", "w9022")
        self.person.trash(self.gone)
        self.person.move(self.roaming, self.docs)
        files = self.world.git.files()
        both, one = files["notion/tasks/both.md"], files["notion/tasks/one.md"]
        clashing = both.replace("w9002", "w9023").replace("title: Both", "title: Both\nNote: w9024")
        self._commit(
            {
                "notion/tasks/both.md": clashing.replace("w9005", "w9005 w9025"),
                "notion/tasks/one.md": None,
                "notion/tasks/uno.md": one.replace("w9003", "w9003 w9026"),
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
    return deepcopy(PREPARED[phase])


@pytest.mark.parametrize("phase", [1, 2])
def test_the_script_does_every_kind_of_thing(phase: int) -> None:
    world = prepared(phase)
    run(world)
    settle(world)
    oracle.check_end(world, resolved=False)
    methods = {call.method for call in world.journal}
    assert {"create_row", "push"} <= methods
    if phase == 2:
        assert {"edit_body", "update_row", "comment"} <= methods
        assert len([each for each in oracle.conflicts(world) if each.state == "open"]) == 2


@pytest.mark.parametrize("wait_s", [0, LEASE_OVER_S])
@pytest.mark.parametrize("phase", [1, 2])
def test_a_run_that_dies_at_any_call_is_made_good_by_the_next_ones(phase: int, wait_s: int) -> None:
    expected, calls = _undisturbed(phase)
    wrong = [
        problem
        for call in calls
        # Dying before a call leaves the same behind as dying after the one before it.
        for kind in (("crash_before", "crash_after") if call.number == 0 else ("crash_after",))
        if wait_s == 0 or call.external or call.method == "commit"
        if (problem := _disturbed(phase, Fault(at=call.number, kind=kind), wait_s, expected))
    ]
    assert wrong == []


@pytest.mark.parametrize("phase", [1, 2])
def test_a_write_whose_answer_is_lost_is_not_done_twice(phase: int) -> None:
    expected, calls = _undisturbed(phase)
    wrong = [
        problem
        for call in calls
        for kind in _LOST.get(call.method, ("lost",) if call.external else ())
        if (problem := _disturbed(phase, Fault(at=call.number, kind=kind), 0, expected))
    ]
    assert wrong == []


_LOST: Final[dict[str, tuple[Kind, ...]]] = {
    "commit": ("lost", "stale"),
    "create_row": ("lost", "committed"),
}


def _undisturbed(phase: int) -> tuple[dict[str, Any], list[Call]]:
    world = prepared(phase)
    calls = run(world)
    settle(world)
    return outcome(world), calls


def _disturbed(phase: int, fault: Fault, wait_s: int, expected: dict[str, Any]) -> str:
    """What is wrong after a run with a fault and its repair; "" if nothing is."""
    world = prepared(phase)
    call = run(world, [fault])[-1:]
    world.clock.advance(wait_s)
    try:
        settle(world)
        oracle.check_end(world, resolved=False)
    except AssertionError as error:
        return f"{fault.kind} {call}: {error}"
    found = outcome(world)
    different = [key for key in expected if found[key] != expected[key]]
    return f"{fault.kind} {call}: other {different}" if different else ""
