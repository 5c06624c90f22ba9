"""Every query of the code has its index in firestore.indexes.json.

The emulator answers queries without an index, so the shapes of all queries are recorded and held
against Firestore's rules: https://firebase.google.com/docs/firestore/query-data/index-overview.
"""

import ast
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.messaging import FakePublisher
from dev.fakes.secrets import FakeSecrets
from dev.fakes.state import FakeStateStore
from shared.ports.state import Put, Query
from shared.services.claims import Claims, Holder, Wish
from shared.services.conflicts import ConflictFilter, Conflicts
from shared.services.erase import erase_history
from shared.services.history import ERASE, History, HistoryFilter
from shared.services.operations import Operations
from shared.services.setup_erase import ERASE_WORKSPACE, erase_workspace
from shared.services.tick import Ticker
from shared.services.voice_journal import VoiceJournal
from shared.services.worker import Worker
from shared.sync.conflict import Conflict, conflict_document
from shared.sync.link import Link, link_document
from shared.sync.state import SyncState, state_document
from shared.sync.store import SyncStore
from shared.sync.workspace import Workspace, workspace_document, workspace_path
from shared.voice.records import Intent, Interaction, State
from shared.voice.window import Window

ROOT = Path(__file__).parents[2]
FILE = json.loads((ROOT / "firestore.indexes.json").read_text(encoding="utf8"))
ASCENDING, DESCENDING = "ASCENDING", "DESCENDING"
MODULES_WITH_QUERIES = {
    "shared/services/claims.py",
    "shared/services/conflicts.py",
    "shared/services/erase.py",
    "shared/services/history.py",
    "shared/services/setup_erase.py",
    "shared/services/tick.py",
    "shared/services/voice_journal.py",
    "shared/services/workspaces.py",
    "shared/sync/store.py",
}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORKSPACE = Workspace(
    wid="w",
    owner="ada",
    notion_id="n",
    notion_name="Notion",
    bot_id="b",
    parent_page_id="p",
    collections=(),
    created_at=NOON,
)
LINK = Link(id="l", collection="tasks", conflicts=("body",))
CONFLICT = Conflict(
    id="c",
    link_id="l",
    field="body",
    path="notion/tasks/a.md",
    page_id="p",
    page_url="",
    created_at=NOON,
    base="",
    notion="",
    git="",
)
SYNC_STATE = SyncState(wid="w", owner="ada", next_sync_at=NOON)
DOCUMENTS = {  # of the collections whose fields are indexed one by one
    "workspaces": workspace_document(WORKSPACE),
    "sync_state": state_document(SYNC_STATE),
    "links": link_document(LINK),
    "conflicts": conflict_document(CONFLICT),
}

Fields = list[tuple[str, str]]


def composite_needed(query: Query) -> Fields | None:
    """The composite index that a query needs; None where the single-field indexes do.

    Equalities (`==`, `in`) come first, in any order, then the field of the range and the order,
    in its direction. Equalities alone are merged from single-field indexes.
    """
    equal = [name for name, operator, _ in query.where if operator in ("==", "in")]
    ranged = {name for name, operator, _ in query.where if operator not in ("==", "in")}
    assert ranged <= {query.order_by}, "a range on a field needs the order by that field"
    if query.order_by == "__name__":
        assert not query.descending, "names in descending order need an index of their own"
        return None
    if not equal:
        return None
    direction = DESCENDING if query.descending else ASCENDING
    return [*((name, ASCENDING) for name in sorted(equal)), (query.order_by, direction)]


def single_fields_used(query: Query) -> set[str]:
    """The fields whose automatic index a query rests on."""
    if composite_needed(query) is not None:
        return set()
    names = {name for name, _, _ in query.where} | {query.order_by}
    return names - {"__name__"}


def composites(collection: str) -> list[Fields]:
    group = collection.rsplit("/", 1)[-1]
    return [
        [(field["fieldPath"], field["order"]) for field in index["fields"]]
        for index in FILE["indexes"]
        if index["collectionGroup"] == group and index["queryScope"] == "COLLECTION"
    ]


def exempt(collection: str) -> set[str]:
    group = collection.rsplit("/", 1)[-1]
    return {
        override["fieldPath"]
        for override in FILE["fieldOverrides"]
        if override["collectionGroup"] == group and override["indexes"] == []
    }


def served(query: Query) -> bool:
    needed = composite_needed(query)
    if needed is None:
        return not single_fields_used(query) & exempt(query.collection)
    return any(
        sorted(index[:-1]) == needed[:-1] and index[-1] == needed[-1]
        for index in composites(query.collection)
    )


def all_filters() -> list[HistoryFilter]:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return [
        HistoryFilter(intent=intent, state=state, since=since, until=until)
        for intent, state, since, until in itertools.product(
            (None, *Intent), (None, *State), (None, moment), (None, moment)
        )
    ]


@pytest.fixture(scope="module")
def recorded() -> list[Query]:
    """What the code asks the store, over all combinations of parameters."""
    return [*_asked_by_the_voice(), *_asked_by_the_sync()]


def _asked_by_the_sync() -> list[Query]:
    store, publisher, clock = FakeStateStore(), FakePublisher(), FakeClock(NOON)
    path = workspace_path(WORKSPACE.wid)
    store.commit([Put(path=path, data=workspace_document(WORKSPACE))])
    tied = [Put(path=f"sync_state/{n}", data={"next_sync_at": NOON}) for n in range(500)]
    store.commit(tied)  # a full page, so that those due at the same moment are asked for too
    Ticker(store, publisher, clock, lambda _: None).run(NOON)
    claims, holder = Claims(store, clock), Holder(wid="w", owner="ada")
    claims.take(holder, Wish(sources={"tasks": "t"}, url="u", branch="b", folders=("f",)))
    operations = Operations(store, publisher, clock)
    Conflicts(store, operations).of("ada", ConflictFilter())
    links = SyncStore(store, "w")
    links.all_links()
    links.links_of(pages=("p",), paths=("a",))
    links.some_links("", 10)
    links.conflicts([LINK])
    links.count_open_conflicts()
    erasing = operations.start(
        ERASE_WORKSPACE, "ada", key="w", args={"workspace": "w", "owner": "ada"}
    )
    runners = {ERASE_WORKSPACE: erase_workspace(store, FakeSecrets(), clock)}
    Worker(store, publisher, clock, runners).run(erasing.id)
    return _queries(store)


def _queries(store: FakeStateStore) -> list[Query]:
    return [call.argument for call in store.calls if call.method == "query"]


def _asked_by_the_voice() -> list[Query]:
    store, publisher, clock = FakeStateStore(), FakePublisher(), FakeClock()
    history = History(store, Operations(store, publisher, clock), clock)
    for cleared in (False, True):
        if cleared:
            history.erase("ada")
        for wanted in all_filters():
            for cursor in (None, "MTow"):
                history.page("ada", wanted, limit=20, cursor=cursor)
    worker = Worker(store, publisher, clock, {ERASE: erase_history(store)})
    worker.run(publisher.messages[0][1]["operation_id"])
    journal = VoiceJournal(store=store, clock=clock, uid="ada", session_id="s", nonce="n")
    journal.live_elsewhere(3)
    return _queries(store)


def test_every_query_of_every_parameter_has_its_index(recorded: list[Query]) -> None:
    assert len(recorded) > 2 * 2 * len(all_filters())
    missing = {str(composite_needed(query)) for query in recorded if not served(query)}
    assert missing == set()


def test_no_index_is_without_a_query(recorded: list[Query]) -> None:
    asked = [(query.collection, composite_needed(query)) for query in recorded]
    needed = [(collection.rsplit("/", 1)[-1], fields) for collection, fields in asked]
    for index in FILE["indexes"]:
        fields = [(field["fieldPath"], field["order"]) for field in index["fields"]]
        assert (index["collectionGroup"], [*sorted(fields[:-1]), fields[-1]]) in needed


def test_no_module_makes_queries_that_are_not_recorded_here() -> None:
    found = set()
    for path in sorted(ROOT.glob("shared/**/*.py")) + sorted(ROOT.glob("run/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == "Query":
                found.add(str(path.relative_to(ROOT)))
    assert found == MODULES_WITH_QUERIES


@pytest.mark.parametrize(
    ("where", "order_by", "descending", "expected"),
    [
        ((), "id", True, True),
        ((("id", ">=", "1"),), "id", True, True),
        ((("state", "==", "done"),), "id", True, True),
        ((("state", "==", "done"),), "id", False, False),
        ((("model", "==", "x"),), "id", True, False),
        ((), "transcript", True, False),
        ((("state", "==", "done"), ("intent", "in", ["a"])), "id", True, True),
    ],
)
def test_the_check_knows_what_an_index_serves(
    where: Any, order_by: str, descending: bool, expected: bool
) -> None:
    query = Query(
        collection="users/u/interactions", where=where, order_by=order_by, descending=descending
    )
    assert served(query) is expected


def test_every_field_of_an_interaction_is_asked_for_or_exempt(recorded: list[Query]) -> None:
    """Whoever adds a field decides whether it is worth an index; large ones never are."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    interaction = Interaction(
        id="1",
        session_id="s",
        turn=1,
        created_at=at,
        deadline_at=at + timedelta(seconds=60),
        expires_at=at + timedelta(days=90),
        source="voice",
        transcript="",
        raw_transcript="",
    )
    queries = [query for query in recorded if query.collection.endswith("/interactions")]
    asked = {name for query in queries for name, _, _ in query.where} | {"id"}
    assert set(interaction.to_document()) - asked == exempt("interactions")
    assert set(Window().to_document()) <= exempt("state")


@pytest.mark.parametrize("group", DOCUMENTS)
def test_every_field_of_the_sync_is_asked_for_or_exempt(recorded: list[Query], group: str) -> None:
    """Large texts carry no index, and what every cycle writes costs no index writes."""
    queries = [query for query in recorded if query.collection.rsplit("/", 1)[-1] == group]
    asked = {name for query in queries for name, _, _ in query.where}
    assert asked
    assert set(DOCUMENTS[group]) - asked == exempt(group)


def test_what_expires_is_deleted_by_the_database() -> None:
    ttl = {
        (override["collectionGroup"], override["fieldPath"])
        for override in FILE["fieldOverrides"]
        if override.get("ttl")
    }
    assert ttl == {
        (group, "expires_at")
        for group in (
            "bases",
            "docs",
            "interactions",
            "links",
            "operations",
            "preimages",
            "runs",
            "voice_sessions",
        )
    }
