"""The opening handshake of WebSockets on a Flask application with flask-sock."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_CHECKED = ("Connection", "Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version")


def prepare(app: Any, subprotocols: tuple[str, ...] = ()) -> None:
    """Set up a Flask application, so that its flask-sock routes can hand their sockets over.

    simple-websocket must start no reader thread, and must not agree on permessage-deflate,
    which it would always accept. A malformed handshake, which it would turn into a 500, is
    answered with 400 or 426. `subprotocols`: those that the server answers if the client offers
    one of them.
    """
    app.config["SOCK_SERVER_OPTIONS"] = {
        "thread_class": _NoReader,
        "subprotocols": list(subprotocols),
    }
    app.wsgi_app = _guarded(app.wsgi_app)


class _NoReader:
    """Stands where simple-websocket would start a thread that reads the socket."""

    def __init__(self, **_thread: object) -> None:
        self.name = ""

    def start(self) -> None:
        """Start nothing: the event loop reads."""


def _guarded(inner: "WSGIApplication") -> "WSGIApplication":
    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            response = _check(environ)
            if response.status_code != 101:
                return _refuse(response, environ, start_response)
            environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        return inner(environ, start_response)

    return application


def _check(environ: "WSGIEnvironment") -> Response:
    headers = Headers()
    for name in _CHECKED:
        value = environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        if value is not None:
            headers[name] = value
    return ServerProtocol().accept(Request(environ.get("PATH_INFO", "/"), headers))


def _refuse(
    response: Response, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    problem = {
        "type": "/problems/validation",
        "title": response.reason_phrase,
        "status": response.status_code,
        "detail": "This is not a WebSocket handshake of version 13 (RFC 6455).",
        "instance": quote(environ.get("PATH_INFO", "/")),
    }
    body = json.dumps(problem).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("X-Request-Id", uuid4().hex),
    ]
    headers += [
        (name, value)
        for name, value in response.headers.raw_items()
        if name.lower() in ("upgrade", "sec-websocket-version")
    ]
    start_response(f"{response.status_code} {response.reason_phrase}", headers)
    return [body]
