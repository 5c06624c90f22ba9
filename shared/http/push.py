"""Pub/Sub messages that arrive by HTTP: as a push, or as a CloudEvent in binary form.

Both carry the same body, `{"message": {...}, "subscription": ...}`; a CloudEvent adds headers:
https://cloud.google.com/pubsub/docs/push and
https://cloud.google.com/eventarc/docs/workflows/cloudevents.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask import Flask, Response, request
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from shared.http.edge import bare_app, read_body
from shared.settings import Settings
from shared.telemetry import logger

Id = Annotated[str, StringConstraints(min_length=1, max_length=1500)]


class Message(BaseModel):
    """The base of what messages hold; fields that we do not know are left to newer versions."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


MessageT = TypeVar("MessageT", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of a message. `attempt` is 0 where Pub/Sub does not count them.

    `published_at`: timezone-aware, None where the sender does not tell.
    """

    message_id: str
    content: dict[str, Any]
    attempt: int
    published_at: datetime | None = None


def create_push_app(
    name: str,
    settings: Settings,
    model: type[MessageT],
    handle: Callable[[MessageT, Delivery], object],
) -> Flask:
    """Make the application of a function behind a push subscription.

    `handle` is called with the message, read as `model`, and how it came. Returning acknowledges;
    a failure of `handle` lets Pub/Sub deliver again. What cannot be read is acknowledged and
    logged, since it would read no better the next time.
    """
    app = bare_app(name, settings)
    log = logger(name)

    def receive(path: str) -> Response:  # the path is the subscriber's business, not ours
        del path
        delivery = parse(read_body())
        message = _read(model, delivery) if delivery else None
        if delivery is None or message is None:
            log.warning("dropped a message that cannot be read", size=request.content_length)
        else:
            log.info("got a message", message=delivery.message_id, attempt=delivery.attempt)
            handle(message, delivery)
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
        return Delivery(
            message_id=str(message.get("messageId", "")),
            content=_object(content),
            attempt=int(wrapper.get("deliveryAttempt") or 0),
            published_at=_moment(message.get("publishTime")),
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


def _moment(text: str | None) -> datetime | None:
    moment = datetime.fromisoformat(text) if text else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a publish time has a time zone")
    return moment
