"""The trace of a publisher, by the emulator of Pub/Sub, in the function that is pushed to."""

import threading

import requests
from werkzeug.serving import make_server

from shared import traces
from shared.adapters.pubsub import PubSubPublisher
from shared.http.push import Delivery, create_push_app
from shared.http.sync_messages import TickMessage
from shared.ports.tracing import TraceContext
from tests.support.emulators import PROJECT
from tests.support.waiting import until


def test_a_pushed_message_is_worked_on_in_the_trace_of_its_publisher(pubsub_emulator: str) -> None:
    found: list[TraceContext | None] = []

    def note(_: TickMessage, __: Delivery) -> None:
        found.append(traces.current())

    app = create_push_app("sync_tick", TickMessage, note)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://{pubsub_emulator}/v1/projects/{PROJECT}"
    subscription = {
        "topic": f"projects/{PROJECT}/topics/traced",
        "pushConfig": {"pushEndpoint": f"http://127.0.0.1:{server.server_port}/"},
    }
    try:
        requests.put(f"{base}/topics/traced", json={}, timeout=10).raise_for_status()
        made = requests.put(f"{base}/subscriptions/traced-push", json=subscription, timeout=10)
        made.raise_for_status()
        with traces.span("a request") as here:
            PubSubPublisher(PROJECT, pubsub_emulator).publish("traced", {})
        until(lambda: found, 30, "the message is delivered")
    finally:
        requests.delete(f"{base}/subscriptions/traced-push", timeout=10)
        server.shutdown()
        thread.join()
        server.server_close()
    assert found[0] == here.context
