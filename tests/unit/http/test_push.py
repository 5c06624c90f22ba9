"""Pub/Sub deliveries in both forms, and what cannot be read."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from shared.errors import NotFound, UpstreamUnavailable
from shared.http.push import Delivery, Id, Message, create_push_app


def encoded(content: Any) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


def wrapped(**message: Any) -> dict[str, Any]:
    return {"message": {"messageId": "7", **message}, "subscription": "projects/p/subscriptions/s"}


class Order(Message):
    id: Id


class Receiver:
    def __init__(self) -> None:
        self.got: list[str] = []
        self.deliveries: list[Delivery] = []
        self.error: Exception | None = None

    def __call__(self, message: Order, delivery: Delivery) -> None:
        self.got.append(message.id)
        self.deliveries.append(delivery)
        if self.error:
            raise self.error


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def client(receiver: Receiver) -> FlaskClient:
    return create_push_app("run_operation", Order, receiver).test_client()


@pytest.mark.parametrize("path", ["/", "/run_operation", "/projects/p/topics/operations"])
def test_a_raw_push_on_any_path_is_handled_and_answered_204(
    client: FlaskClient, receiver: Receiver, path: str
) -> None:
    body = {**wrapped(data=encoded({"id": "op1"})), "deliveryAttempt": 3}
    with capture_logs() as logs:
        assert client.post(path, json=body).status_code == 204
    assert receiver.got == ["op1"]
    assert (logs[0]["message_id"], logs[0]["attempt"]) == ("7", 3)


def test_a_cloud_event_in_binary_form_is_handled_alike(
    client: FlaskClient, receiver: Receiver
) -> None:
    headers = {
        "ce-id": "7",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        "ce-source": "//pubsub.googleapis.com/projects/p/topics/operations",
    }
    body = wrapped(data=encoded({"id": "op1"}), publishTime="2026-11-22T12:00:00Z")
    response = client.post("/?__GCP_CloudEventsMode=CE_PUBSUB_BINDING", json=body, headers=headers)
    assert response.status_code == 204
    assert receiver.got == ["op1"]
    assert receiver.deliveries[0].published_at == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"1",
        b'{"message": []}',
        b"[" * 100_000,
        json.dumps(wrapped()).encode(),
        json.dumps(wrapped(data="")).encode(),
        json.dumps(wrapped(data="%%%")).encode(),
        json.dumps(wrapped(data=5)).encode(),
        json.dumps(wrapped(data=base64.b64encode(b"\xff").decode())).encode(),
        json.dumps(wrapped(data=encoded([]))).encode(),
        json.dumps(wrapped(data=encoded({}))).encode(),
        json.dumps(wrapped(data=encoded({"id": 5}))).encode(),
        json.dumps(wrapped(data=encoded({"id": ""}))).encode(),
        json.dumps({**wrapped(data=encoded({"id": "a"})), "deliveryAttempt": "x"}).encode(),
        json.dumps(wrapped(data=encoded({"id": "a"}), publishTime="soon")).encode(),
        json.dumps(wrapped(data=encoded({"id": "a"}), publishTime="2026-11-22T12:00:00")).encode(),
    ],
)
def test_what_cannot_be_read_is_acknowledged_and_logged(
    client: FlaskClient, receiver: Receiver, body: bytes
) -> None:
    with capture_logs() as logs:
        assert client.post("/", data=body).status_code == 204
    assert receiver.got == []
    assert logs[0]["log_level"] == "warning"


def test_a_message_that_fails_tells_why_whatever_it_is(
    client: FlaskClient, receiver: Receiver
) -> None:
    receiver.error = NotFound("It is gone.")
    with capture_logs() as logs:
        client.post("/", json=wrapped(data=encoded({"id": "op1"})))
    assert ("warning", "not-found") in [(e["log_level"], e.get("problem")) for e in logs]


@pytest.mark.parametrize("error", [UpstreamUnavailable("x"), RuntimeError("x")])
def test_a_failure_lets_the_message_come_again(
    client: FlaskClient, receiver: Receiver, error: Exception
) -> None:
    receiver.error = error
    response = client.post("/", json=wrapped(data=encoded({"id": "op1"})))
    assert response.status_code >= 500


def test_only_post_is_answered(client: FlaskClient) -> None:
    assert client.get("/").status_code == 405
