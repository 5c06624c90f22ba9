"""The WebSocket's edge: who may connect, and the way from flask-sock to the engine."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from flask import Flask, g, request
from flask_sock import Sock

from shared.errors import Forbidden
from shared.http.edge import bare_app
from shared.http.identity import SUBPROTOCOL, identify, origin_allowed
from shared.ports.identity import Caller, Identity
from shared.ports.socket import ClientSocket
from shared.settings import Settings

_ALIVE: Final = "/healthz"


class Engine(Protocol):
    """What takes connections; see `VoiceEngine`."""

    def alive(self) -> bool:
        """Whether it can still do anything."""

    def expect(self) -> None:
        """Take note that a handshake has begun."""

    def open(self, uid: str, caller: Caller, socket: ClientSocket) -> Any:
        """Begin a session; what takes the socket's messages."""


class Transport(Protocol):
    """What moves a socket's frames once its handshake is done; see the adapter `websocket`."""

    def prepare(self, app: Flask, subprotocols: tuple[str, ...]) -> None:
        """Set the application up, before its first request."""

    def serve(self, ws: Any, open_handler: Callable[[ClientSocket], Any]) -> None:
        """Hand the socket over; returns when the connection is over."""


def create_app(
    settings: Settings, identity: Identity, engine: Engine, transport: Transport
) -> Flask:
    """The application of the voice service.

    A refused handshake is answered with a problem before the upgrade: 401 without a good token,
    403 for another user's path or a foreign page.
    """
    app = bare_app("voice_ws")
    transport.prepare(app, (SUBPROTOCOL,))
    sock = Sock(app)

    @app.before_request
    def admit() -> None:
        if not request.headers.get("Upgrade") or request.view_args is None:
            return
        engine.expect()
        if not origin_allowed(settings, request.headers.get("Origin")):
            raise Forbidden("Pages of this origin may not connect.")
        uid = request.view_args["user_id"]
        g.caller = identify(settings, identity, request.headers, uid)

    @app.get(_ALIVE)
    def alive() -> tuple[dict[str, str], int]:
        if engine.alive():
            return {"status": "healthy"}, 200
        return {"status": "unhealthy"}, 503  # the platform starts another instance

    @sock.route("/voice/<user_id>")  # type: ignore[untyped-decorator]
    def voice(ws: Any, user_id: str) -> None:
        caller = g.caller
        transport.serve(ws, lambda socket: engine.open(user_id, caller, socket))

    return app
