"""Answers of the front itself, as RFC 9457 problem documents."""

import json
from http import HTTPStatus
from uuid import uuid4

import h11


def problem(status: HTTPStatus, name: str, detail: str, instance: str) -> list[h11.Event]:
    """The events of one whole answer; a 503 asks the client to try again in a second."""
    body = json.dumps(
        {
            "type": f"/problems/{name}",
            "title": status.phrase,
            "status": status,
            "detail": detail,
            "instance": instance,
        }
    ).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("X-Request-Id", uuid4().hex),
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("Retry-After", "1"))
    if status is HTTPStatus.BAD_REQUEST:
        headers.append(("Connection", "close"))
    response = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
    return [response, h11.Data(data=body), h11.EndOfMessage()]
