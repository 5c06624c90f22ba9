"""Pub/Sub messages that arrive by HTTP: as a push, or as a CloudEvent in binary form.

Both carry the same body, `{"message": {...}, "subscription": ...}`; a CloudEvent adds headers:
https://cloud.google.com/pubsub/docs/push and
https://cloud.google.com/eventarc/docs/workflows/cloudevents.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from shared.http.edge import bare_app, read_body
from shared.settings import Settings
from shared.telemetry import logger


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of a message. `attempt` is 0 where Pub/Sub does not count them."""

    message_id: str
    content: dict[str, Any]
    attempt: int


def create_push_app(
    name: str, settings: Settings, field: str, handle: Callable[[str], None]
) -> Flask:
    """Make the application of a function behind a push subscription.

    `handle` is called with the text that the message holds under `field`. Returning acknowledges;
    a failure of `handle` lets Pub/Sub deliver again. What cannot be read is acknowledged and
    logged, since it would read no better the next time.
    """
    app = bare_app(name, settings)
    log = logger(name)

    def receive(path: str) -> Response:  # the path is the subscriber's business, not ours
        del path
        delivery = parse(read_body())
        value = delivery.content.get(field) if delivery else None
        if delivery is None or not isinstance(value, str) or not value:
            log.warning("dropped a message that cannot be read", size=request.content_length)
        else:
            log.info("got a message", message=delivery.message_id, attempt=delivery.attempt)
            handle(value)
        # Not 202, which the emulator takes for a refusal.
        return Response(status=204)

    app.add_url_rule("/", "receive", receive, methods=["POST"], defaults={"path": ""})
    app.add_url_rule("/<path:path>", "receive", receive, methods=["POST"])
    return app


def parse(body: bytes) -> Delivery | None:
    """Read the body of a delivery; None if it holds no JSON object."""
    try:
        wrapper = json.loads(body)
        message = wrapper["message"]
        content = json.loads(base64.b64decode(message["data"], validate=True))
        attempt = int(wrapper.get("deliveryAttempt") or 0)
        message_id = str(message.get("messageId", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    return Delivery(message_id=message_id, content=content, attempt=attempt)
