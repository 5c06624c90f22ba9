"""The vendor's address: ``/v3/ws`` and ``/v3/token``."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from dev.assemblyai_standin import server_messages as say
from dev.assemblyai_standin.hearing import Hearing, Recognition, Scripted
from dev.assemblyai_standin.orders import Orders
from dev.assemblyai_standin.recognizer import RecognizerPool
from dev.assemblyai_standin.records import Records, SessionRecord
from dev.assemblyai_standin.rejection import NORMAL, SERVER_ERROR, Rejection
from dev.assemblyai_standin.script_player import ScriptPlayer
from dev.assemblyai_standin.session import Broken, Session
from dev.assemblyai_standin.settings import Settings, read_settings
from dev.assemblyai_standin.tokens import LONGEST_SESSION_S, Door

LARGEST_BYTES = 128 * 1024
LONGEST_TOKEN_S = 600
SHORTEST_SESSION_S = 60
CLOSE_WAIT_S = 2.0
ABNORMAL = 1006


@dataclass(slots=True, kw_only=True)
class Standin:
    """Everything that the two addresses share."""

    pool: RecognizerPool
    orders: Orders = field(default_factory=Orders)
    records: Records = field(default_factory=Records)
    door: Door = field(default_factory=Door)
    sessions: dict[str, Session] = field(default_factory=dict)


STANDIN: web.AppKey[Standin] = web.AppKey("standin", Standin)


def build_vendor_app(standin: Standin) -> web.Application:
    """Return the application behind the vendor's address."""
    app = web.Application()
    app[STANDIN] = standin
    app.on_shutdown.append(_break_off)
    app.router.add_get("/v3/ws", _serve_session)
    app.router.add_get("/v3/token", _serve_token)
    return app


async def _break_off(app: web.Application) -> None:
    """End the open sessions at once: a close would wait for clients that may not answer."""
    for session in app[STANDIN].sessions.values():
        session.break_off()


async def _serve_token(request: web.Request) -> web.Response:
    door = request.app[STANDIN].door
    if not door.key_is_good(request.headers.get("Authorization")):
        return web.json_response({"error": "Unauthorized"}, status=401)
    try:
        expires_in_s = _whole(request, "expires_in_seconds", None, 1, LONGEST_TOKEN_S)
        session_s = _whole(
            request,
            "max_session_duration_seconds",
            LONGEST_SESSION_S,
            SHORTEST_SESSION_S,
            LONGEST_SESSION_S,
        )
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    token = door.issue(expires_in_s=expires_in_s, session_s=session_s, now=time.time())
    return web.json_response({"token": token, "expires_in_seconds": expires_in_s})


def _whole(request: web.Request, name: str, default: int | None, low: int, high: int) -> int:
    text = request.query.get(name, "" if default is None else str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ValueError(f"{name} must be between {low} and {high}")
    return int(text)


async def _serve_session(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    record = standin.records.open(str(uuid.uuid4()), request.query, request.headers, time.time())
    status = standin.orders.take_refusal() or _refusal(standin, request)
    if status:
        record.status, record.closed_at = status, time.time()
        return web.json_response({"error": "refused"}, status=status)
    socket = web.WebSocketResponse(max_msg_size=LARGEST_BYTES + 1, timeout=CLOSE_WAIT_S)
    await socket.prepare(request)
    try:
        await _carry(standin, request, socket, record)
    finally:
        standin.sessions.pop(record.id, None)
        record.closed_at = time.time()
    return socket


def _refusal(standin: Standin, request: web.Request) -> int | None:
    """Return 401 for a bad key; a token is looked at after the handshake."""
    return None if standin.door.key_is_good(_credential(request)) else 401


def _credential(request: web.Request) -> str:
    return request.query.get("token") or request.headers.get("Authorization") or ""


async def _carry(
    standin: Standin, request: web.Request, socket: web.WebSocketResponse, record: SessionRecord
) -> None:
    """Run the session and close as it ended."""
    try:
        code = await _open(standin, request, socket, record).run()
    except Rejection as rejection:
        code = rejection.code
        if not socket.closed:
            await socket.send_json(say.error(code, rejection.message))
    except ConnectionResetError:
        code = ABNORMAL
    except Broken:
        record.close_code = ABNORMAL
        if request.transport is not None:
            request.transport.abort()
        return
    if not socket.closed:
        await socket.close(code=code if code in range(NORMAL, 5000) else SERVER_ERROR)
    record.close_code = socket.close_code if code == NORMAL else code


def _open(
    standin: Standin, request: web.Request, socket: web.WebSocketResponse, record: SessionRecord
) -> Session:
    """Return the session of an accepted handshake.

    Raises:
        Rejection: the token or a parameter is not good.
    """
    lasts_s = standin.door.session_seconds(_credential(request), time.time())
    settings = read_settings(request.query)
    hearing, faults = _hearing(standin, settings), standin.orders.take_faults()
    session = Session(socket, settings, hearing, record, faults, lasts_s)
    standin.sessions[record.id] = session
    return session


def _hearing(standin: Standin, settings: Settings) -> Hearing:
    script = standin.orders.take_script()
    if script is not None:
        return Scripted(ScriptPlayer(script), settings)
    return Recognition(standin.pool, settings)


def describe(session: Session) -> dict[str, Any]:
    """Return an open session as the control address shows it."""
    return {
        "id": session.record.id,
        "session_ms": round(session.session_ms),
        "audio_ms": round(session.record.audio_ms, 1),
        "audio_messages": session.record.audio_messages,
    }
