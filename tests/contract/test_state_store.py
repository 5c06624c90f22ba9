"""What every `StateStore` does, proven on the memory twin and on Firestore alike."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from dev.fakes.state import FakeStateStore
from shared.adapters.firestore import FirestoreStore
from shared.errors import NexusError, StaleWrite, TooLarge
from shared.ports.state import Patch, Put, Query, Remove, StateStore, Write
from tests.support.emulators import PROJECT

MOMENT = datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(params=["memory", "firestore"])
def store(request: pytest.FixtureRequest) -> StateStore:
    if request.param == "memory":
        return FakeStateStore()
    host = request.getfixturevalue("firestore_emulator")
    return FirestoreStore(PROJECT, host)


def put(store: StateStore, path: str, data: dict[str, Any]) -> str:
    return store.commit([Put(path=path, data=data)])[0]


def data_of(store: StateStore, path: str) -> dict[str, Any]:
    document = store.get(path)
    assert document is not None
    return dict(document.data)


def test_a_missing_document_reads_as_none(store: StateStore) -> None:
    assert store.get("things/none") is None


def test_every_kind_of_value_comes_back_as_it_was_written(store: StateStore) -> None:
    values = {
        "none": None,
        "yes": True,
        "whole": 2**53 + 1,
        "part": 0.5,
        "text": "naïve ☃ \x00",
        "bytes": b"\x00\xff",
        "at": MOMENT,
        "list": [1, "two", {"three": [4]}],
        "map": {"empty": {}, "odd key.with dot": 1},
    }
    put(store, "things/a", values)
    assert data_of(store, "things/a") == values


def test_a_version_changes_with_each_change_and_is_the_one_that_a_read_shows(
    store: StateStore,
) -> None:
    first = put(store, "things/a", {"n": 1})
    second = put(store, "things/a", {"n": 2})
    document = store.get("things/a")
    assert document is not None
    assert document.version == second
    assert first != second


def test_a_write_that_changes_nothing_keeps_the_version(store: StateStore) -> None:
    first = put(store, "things/a", {"n": 1})
    assert put(store, "things/a", {"n": 1}) == first


def test_put_replaces_the_whole_document_also_under_a_guard(store: StateStore) -> None:
    version = put(store, "things/a", {"old": 1, "map": {"x": 1}})
    store.commit([Put(path="things/a", data={"new": 2}, if_version=version)])
    assert data_of(store, "things/a") == {"new": 2}


@pytest.mark.parametrize("kind", [Put, Patch])
def test_a_write_on_an_old_version_is_stale_and_does_nothing(
    store: StateStore, kind: Callable[..., Write]
) -> None:
    old = put(store, "things/a", {"n": 1})
    put(store, "things/a", {"n": 2})
    change = {"data": {"n": 3}} if kind is Put else {"fields": {"n": 3}}
    with pytest.raises(StaleWrite):
        store.commit([kind(path="things/a", if_version=old, **change)])
    assert data_of(store, "things/a") == {"n": 2}


@pytest.mark.parametrize("kind", [Put, Patch])
def test_a_write_that_demands_absence_is_stale_where_something_is(
    store: StateStore, kind: Callable[..., Write]
) -> None:
    change = {"data": {"n": 3}} if kind is Put else {"fields": {"n": 3}}
    store.commit([kind(path="things/a", if_version="absent", **change)])
    with pytest.raises(StaleWrite):
        store.commit([kind(path="things/a", if_version="absent", **change)])
    assert data_of(store, "things/a") == {"n": 3}


@pytest.mark.parametrize("kind", [Put, Patch, Remove])
def test_a_guarded_write_on_a_vanished_document_is_stale(
    store: StateStore, kind: Callable[..., Write]
) -> None:
    version = put(store, "things/a", {"n": 1})
    store.commit([Remove(path="things/a")])
    change: dict[str, Any] = {Put: {"data": {}}, Patch: {"fields": {"n": 3}}}.get(kind, {})  # type: ignore[call-overload]
    with pytest.raises(StaleWrite):
        store.commit([kind(path="things/a", if_version=version, **change)])
    assert store.get("things/a") is None


def test_remove_deletes_and_a_missing_document_is_no_error(store: StateStore) -> None:
    put(store, "things/a", {"n": 1})
    assert store.commit([Remove(path="things/a"), Remove(path="things/b")]) == ["", ""]
    assert store.get("things/a") is None


def test_a_patch_changes_its_fields_and_leaves_the_others(store: StateStore) -> None:
    version = put(store, "things/a", {"keep": 1, "map": {"x": 1, "y": {"z": 1}}})
    store.commit([Patch(path="things/a", fields={"map.y": {"w": 2}}, if_version=version)])
    assert data_of(store, "things/a") == {"keep": 1, "map": {"x": 1, "y": {"w": 2}}}


def test_a_patch_takes_names_that_need_quotes(store: StateStore) -> None:
    fields = {"by_model.claude-3 haiku": 1, "0days.2026-11-22": {"é": []}, "a`b\\c": 2}
    store.commit([Patch(path="things/a", fields=fields, add={"n.x-y": 4})])
    assert data_of(store, "things/a") == {
        "by_model": {"claude-3 haiku": 1},
        "0days": {"2026-11-22": {"é": []}},
        "a`b\\c": 2,
        "n": {"x-y": 4},
    }


def test_a_patch_without_guard_makes_a_missing_document(store: StateStore) -> None:
    store.commit([Patch(path="things/a"), Patch(path="things/b", add={"n": 2})])
    assert data_of(store, "things/a") == {}
    assert data_of(store, "things/b") == {"n": 2}


def test_sums_add_up_among_threads(store: StateStore) -> None:
    def add(_: int) -> None:
        store.commit([Patch(path="things/sum", fields={"seen": True}, add={"deep.n": 1})])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert data_of(store, "things/sum") == {"seen": True, "deep": {"n": 40}}


def test_a_commit_with_one_stale_write_does_none(store: StateStore) -> None:
    put(store, "things/a", {"n": 1})
    with pytest.raises(StaleWrite):
        store.commit(
            [
                Put(path="things/new", data={}),
                Remove(path="things/a"),
                Put(path="things/a2", data={}, if_version="2026-11-22T11:29:41.873701Z"),
            ]
        )
    assert store.get_many(["things/new", "things/a2"]) == [None, None]
    assert data_of(store, "things/a") == {"n": 1}


def test_a_commit_answers_with_a_version_for_each_write_in_order(store: StateStore) -> None:
    versions = store.commit([Put(path=f"things/{n}", data={"n": n}) for n in range(20)])
    read = store.get_many([f"things/{n}" for n in range(20)])
    assert [document.version for document in read if document] == versions


def test_get_many_keeps_the_order_asked_with_gaps_and_repetitions(store: StateStore) -> None:
    put(store, "things/a", {"n": 1})
    put(store, "things/b", {"n": 2})
    read = store.get_many(["things/b", "things/none", "things/a", "things/b"])
    assert [document and document.data["n"] for document in read] == [2, None, 1, 2]
    assert store.get_many([]) == []


def test_a_document_beyond_one_mebibyte_is_too_large(store: StateStore) -> None:
    with pytest.raises(TooLarge):
        put(store, "things/a", {"a": "x" * 600_000, "b": "y" * 600_000})
    assert store.get("things/a") is None


def test_one_winner_creates_among_many(store: StateStore) -> None:
    def create(number: int) -> bool:
        try:
            store.commit([Put(path="things/one", data={"by": number}, if_version="absent")])
        except StaleWrite:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(create, range(8)))
    assert won.count(True) == 1
    assert data_of(store, "things/one") == {"by": won.index(True)}


def test_guarded_writes_of_eight_threads_lose_no_update(store: StateStore) -> None:
    put(store, "things/n", {"n": 0})
    barrier = threading.Barrier(8)

    def count_up() -> None:
        barrier.wait()
        for _ in range(5):
            while not _try_count(store):
                pass

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(count_up) for _ in range(8)]:
            future.result()
    assert data_of(store, "things/n") == {"n": 40}


def _try_count(store: StateStore) -> bool:
    document = store.get("things/n")
    assert document is not None
    change = Put(path="things/n", data={"n": document.data["n"] + 1}, if_version=document.version)
    try:
        store.commit([change])
    except StaleWrite:
        return False
    return True


def test_a_query_filters_orders_and_pages(store: StateStore) -> None:
    states = ["done", "failed", "done", "received", "done"]
    store.commit(
        [
            Put(path=f"users/u/interactions/{n}", data={"id": f"{n}", "state": state})
            for n, state in enumerate(states)
        ]
    )
    put(store, "users/other/interactions/9", {"id": "9", "state": "done"})
    put(store, "users/u/interactions/4/deeper/9", {"id": "9", "state": "done"})

    def ids(**asked: Any) -> list[str]:
        query = Query(collection="users/u/interactions", order_by="id", descending=True, **asked)
        return [document.id for document in store.query(query)]

    assert ids() == ["4", "3", "2", "1", "0"]
    assert ids(limit=2) == ["4", "3"]
    assert ids(limit=2, after="3") == ["2", "1"]
    assert ids(where=(("state", "==", "done"),)) == ["4", "2", "0"]
    assert ids(where=(("state", "in", ["failed", "received"]),)) == ["3", "1"]
    assert ids(where=(("id", ">=", "1"), ("id", "<", "4")), after="3") == ["2", "1"]


def test_a_query_by_name_pages_by_id(store: StateStore) -> None:
    store.commit([Put(path=f"things/{name}", data={}) for name in "bdac"])
    page = store.query(Query(collection="things", limit=2))
    assert [document.path for document in page] == ["things/a", "things/b"]
    rest = store.query(Query(collection="things", after="b"))
    assert [document.id for document in rest] == ["c", "d"]


def test_a_query_finds_values_of_one_type_and_leaves_out_missing_fields(
    store: StateStore,
) -> None:
    values = {"a": 1, "b": "1", "c": True, "d": None, "e": 2.5, "f": MOMENT}
    store.commit([Put(path=f"things/{key}", data={"v": value}) for key, value in values.items()])
    put(store, "things/g", {"other": 1})

    def found(*where: Any) -> list[str]:
        query = Query(collection="things", where=where, order_by="v")
        return [document.id for document in store.query(query)]

    assert found(("v", ">", 0)) == ["a", "e"]
    assert found(("v", "<=", MOMENT)) == ["f"]
    assert found() == ["d", "c", "a", "e", "f", "b"]


@pytest.mark.parametrize("path", ["things", "things//x", "/things/x", "things/x/", ""])
def test_a_path_that_is_no_documents_is_a_fault_of_the_program(
    store: StateStore, path: str
) -> None:
    with pytest.raises(ValueError, match="document path"):
        store.commit([Put(path=path, data={})])


def test_the_twin_and_firestore_agree_on_any_sequence_of_calls(firestore_emulator: str) -> None:
    class Comparison(_Comparison):
        real = FirestoreStore(PROJECT, firestore_emulator)

    run_state_machine_as_test(
        Comparison,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


_IDS = st.sampled_from(["a", "b", "c"])
_FIELDS = st.sampled_from(["n", "m.x", "m.y-z", "t"])
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(["", "x", "y"]),
    st.sampled_from([{}, {"x": 1}, {"x": {"y": 2}}, [], [1, "a"]]),
)
_GUARDS = st.sampled_from([None, "absent", "current", "old"])


class _Comparison(RuleBasedStateMachine):
    """Does the same to both stores and compares what they answer and what they hold."""

    real: FirestoreStore

    def __init__(self) -> None:
        super().__init__()
        self.twin = FakeStateStore()
        self.place = f"compare-{uuid4().hex}"
        self.stores: tuple[StateStore, StateStore] = (self.twin, self.real)
        self.old: dict[str, tuple[str | None, str | None]] = {}

    @rule(name=_IDS, data=st.dictionaries(st.sampled_from(["n", "t"]), _VALUES), guard=_GUARDS)
    def put(self, name: str, data: dict[str, Any], guard: str | None) -> None:
        self._both(name, guard, lambda path, g: Put(path=path, data=data, if_version=g))

    @rule(name=_IDS, field=_FIELDS, value=_VALUES, amount=st.integers(-2, 2), guard=_GUARDS)
    def patch(self, name: str, field: str, value: Any, amount: int, guard: str | None) -> None:
        self._both(
            name,
            guard,
            lambda path, g: Patch(
                path=path, fields={field: value}, add={"sum.s": amount}, if_version=g
            ),
        )

    @rule(name=_IDS, guard=st.sampled_from([None, "current", "old"]))
    def remove(self, name: str, guard: str | None) -> None:
        self._both(name, guard, lambda path, g: Remove(path=path, if_version=g))

    @rule(field=st.sampled_from(["n", "__name__", "sum.s"]), descending=st.booleans())
    def query(self, field: str, descending: bool) -> None:
        query = Query(
            collection=self.place,
            order_by=field,
            # Firestore wants an index for names in descending order.
            descending=descending and field != "__name__",
        )
        twin, real = ([(d.id, d.data) for d in store.query(query)] for store in self.stores)
        assert twin == real

    def _both(
        self, name: str, guard: str | None, write: Callable[[str, str | None], Write]
    ) -> None:
        path = f"{self.place}/{name}"
        documents = [store.get(path) for store in self.stores]
        versions = [document.version if document else None for document in documents]
        outcomes = []
        for index, store in enumerate(self.stores):
            version = guard
            if guard == "current":
                version = versions[index]
            elif guard == "old":
                version = self.old.get(path, (None, None))[index]
            outcomes.append(_outcome(store, write(path, version)))
        self.old[path] = (versions[0], versions[1])
        assert outcomes[0] == outcomes[1]
        twin, real = (store.get(path) for store in self.stores)
        assert (twin and twin.data) == (real and real.data)
        before = [document and document.version for document in documents]
        assert (twin and twin.version == before[0]) == (real and real.version == before[1])


def _outcome(store: StateStore, write: Write) -> type[NexusError] | None:
    try:
        store.commit([write])
    except NexusError as error:
        return type(error)
    return None
