"""Erasing from the request to the last document: function, Pub/Sub push, function."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from werkzeug.serving import make_server

from shared.adapters.clock import SystemClock
from shared.adapters.firestore import FirestoreStore
from shared.adapters.pubsub import PubSubPublisher
from shared.errors import UpstreamRejected, UpstreamUnavailable
from shared.ports.state import Put, Query
from shared.services.history import History
from shared.services.operations import Operations
from shared.settings import Settings
from shared.voice.records import interaction_id
from shared.wiring import build_operations
from tests.support.emulators import PROJECT
from tests.support.waiting import until

COUNT = 120


@pytest.fixture
def settings(firestore_emulator: str, pubsub_emulator: str) -> Settings:
    environ = {
        "NEXUS_PROJECT_ID": PROJECT,
        "FIRESTORE_EMULATOR_HOST": firestore_emulator,
        "PUBSUB_EMULATOR_HOST": pubsub_emulator,
    }
    return Settings.from_env(environ)


@pytest.fixture
def store(settings: Settings) -> FirestoreStore:
    return FirestoreStore(PROJECT, settings.firestore_emulator)


@pytest.fixture
def pushed(settings: Settings) -> Iterator[None]:
    """Pub/Sub pushes the topic `operations` to the real function."""
    server = make_server("127.0.0.1", 0, build_operations(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://{settings.pubsub_emulator}/v1/projects/{PROJECT}"
    endpoint = f"http://127.0.0.1:{server.server_port}/projects/{PROJECT}/topics/operations"
    subscription = {
        "topic": f"projects/{PROJECT}/topics/operations",
        "pushConfig": {"pushEndpoint": endpoint},
    }
    requests.put(f"{base}/topics/operations", json={}, timeout=10).raise_for_status()
    made = requests.put(f"{base}/subscriptions/run-operation", json=subscription, timeout=10)
    made.raise_for_status()
    try:
        yield
    finally:
        requests.delete(f"{base}/subscriptions/run-operation", timeout=10)
        server.shutdown()
        thread.join()
        server.server_close()


def keep(store: FirestoreStore, uid: str, count: int) -> None:
    now = datetime.now(UTC)
    writes = []
    for number in range(count):
        at = now - timedelta(seconds=1 + number)
        kept_id = interaction_id(at, number)
        path = f"users/{uid}/interactions/{kept_id}"
        writes.append(Put(path=path, data={"id": kept_id, "created_at": at}))
    store.commit(writes)


def left(store: FirestoreStore, uid: str) -> int:
    return len(store.query(Query(collection=f"users/{uid}/interactions", limit=500)))


@pytest.mark.usefixtures("pushed")
def test_a_deleted_history_is_erased_by_the_pushed_message(
    settings: Settings, store: FirestoreStore
) -> None:
    keep(store, "ada", COUNT)
    keep(store, "grace", 3)
    store.commit([Put(path="users/ada/usage/2026-11-22", data={"audio_s": 3})])
    publisher = PubSubPublisher(PROJECT, settings.pubsub_emulator)
    clock = SystemClock()
    History(store, Operations(store, publisher, clock), clock).erase("ada")
    until(lambda: left(store, "ada") == 0, 30, "the history is erased")

    def done() -> bool:
        found = store.query(Query(collection="operations", where=(("kind", "==", "erase"),)))
        return [(d.data["state"], d.data["result"]) for d in found] == [("done", {"erased": COUNT})]

    until(done, 30, "the operation is done")
    assert left(store, "grace") == 3
    assert store.get("users/ada/usage/2026-11-22") is not None


def test_a_topic_that_does_not_exist_is_refused_for_good(pubsub_emulator: str) -> None:
    with pytest.raises(UpstreamRejected):
        PubSubPublisher(PROJECT, pubsub_emulator).publish("missing-topic", {"x": 1})


def test_a_service_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.adapters.pubsub.PUBLISH_TIMEOUT_S", 0.5)
    with pytest.raises(UpstreamUnavailable):
        PubSubPublisher(PROJECT, "127.0.0.1:1").publish("operations", {"x": 1})
