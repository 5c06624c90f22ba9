"""Pub/Sub messages that arrive by HTTP: as a push, or as a CloudEvent in binary form.

Both carry the same body, `{"message": {...}, "subscription": ...}`; a CloudEvent adds headers:
https://cloud.google.com/pubsub/docs/push and
https://cloud.google.com/eventarc/docs/workflows/cloudevents.
"""

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask import Flask, Response, g, request
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from werkzeug.exceptions import HTTPException

from shared.http.edge import bare_app
from shared.ports.tracing import TraceContext
from shared.telemetry import logger
from shared.traces import read_trace

Id = Annotated[str, StringConstraints(min_length=1, max_length=1500)]


class Message(BaseModel):
    """The base of what messages hold; fields that we do not know are left to newer versions."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


MessageT = TypeVar("MessageT", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of a message. `attempt` is 0 where Pub/Sub does not count them.

    `attributes`: what the publisher wrote on it. `published_at`: timezone-aware, None where the
    sender does not tell.
    """

    message_id: str
    content: dict[str, Any]
    attempt: int
    published_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


def create_push_app(
    name: str,
    model: type[MessageT],
    handle: Callable[[MessageT, Delivery], object],
) -> Flask:
    """Make the application of a function behind a push subscription.

    `handle` is called with the message, read as `model`, and how it came. Returning acknowledges;
    a failure of `handle` lets Pub/Sub deliver again. What cannot be read is acknowledged and
    logged, since it would read no better the next time. It all belongs to the trace of what
    published the message, however the platform calls its own delivery.
    """
    app = bare_app(name, _origin)
    log = logger(name)

    def receive(path: str) -> Response:  # the path is the subscriber's business, not ours
        del path
        delivery: Delivery | None = g.delivery
        message = _read(model, delivery) if delivery else None
        if delivery is None or message is None:
            log.warning("dropped a message that cannot be read", size=request.content_length)
        else:
            log.info("got a message", message_id=delivery.message_id, attempt=delivery.attempt)
            handle(message, delivery)
        # Not 202, which the emulator takes for a refusal.
        return Response(status=204)

    app.add_url_rule("/", "receive", receive, methods=["POST"], defaults={"path": ""})
    app.add_url_rule("/<path:path>", "receive", receive, methods=["POST"])
    return app


def _origin() -> TraceContext | None:
    """What caused the message of the present request, which is read here."""
    g.delivery = None
    with suppress(HTTPException):  # the sender is gone, and with it who would read our answer
        g.delivery = parse(request.get_data())
    return read_trace(g.delivery.attributes) if g.delivery else None


def parse(body: bytes) -> Delivery | None:
    """Read the body of a delivery; None if it holds no JSON object."""
    try:
        wrapper = json.loads(body)
        message = wrapper["message"]
        content = json.loads(base64.b64decode(message["data"], validate=True))
        return Delivery(
            message_id=str(message.get("messageId", "")),
            content=_object(content),
            attempt=int(wrapper.get("deliveryAttempt") or 0),
            published_at=_moment(message.get("publishTime")),
            attributes=_texts(message.get("attributes")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _read(model: type[MessageT], delivery: Delivery) -> MessageT | None:
    try:
        # As JSON, where times are texts also for a strict model.
        return model.model_validate_json(json.dumps(delivery.content))
    except ValidationError:
        return None


def _object(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise TypeError("a message is an object")
    return content


def _texts(attributes: Any) -> dict[str, str]:
    return {name: text for name, text in (attributes or {}).items() if isinstance(text, str)}


def _moment(text: str | None) -> datetime | None:
    moment = datetime.fromisoformat(text) if text else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a publish time has a time zone")
    return moment
