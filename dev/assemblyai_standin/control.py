"""The control address: orders for the stand-in, and what it has seen."""

from __future__ import annotations

from aiohttp import web

from dev.assemblyai_standin.orders import Fault, Orders, Script
from dev.assemblyai_standin.records import Records
from dev.assemblyai_standin.server import STANDIN, Standin, describe
from dev.assemblyai_standin.tokens import Door
from dev.orders import orders_edge, read_order


def build_control_app(standin: Standin) -> web.Application:
    """Return the application behind the control address, over the same ``standin``."""
    app = web.Application(middlewares=[orders_edge])
    app[STANDIN] = standin
    app.router.add_get("/health", _health)
    app.router.add_post("/script", _add_script)
    app.router.add_post("/faults", _add_fault)
    app.router.add_get("/requests", _requests)
    app.router.add_delete("/requests", _forget_requests)
    app.router.add_get("/sessions", _sessions)
    app.router.add_post("/reset", _reset)
    return app


async def _health(request: web.Request) -> web.Response:
    standin = request.app[STANDIN]
    pool = standin.pool
    engines = {"workers": pool.workers, "busy": pool.busy, "calls": pool.calls}
    return web.json_response(
        {"status": "ok", "sessions": len(standin.sessions), "recognizer": engines}
    )


async def _add_script(request: web.Request) -> web.Response:
    request.app[STANDIN].orders.add_script(await read_order(request, Script))
    return web.json_response({"queued": True}, status=201)


async def _add_fault(request: web.Request) -> web.Response:
    standin, fault = request.app[STANDIN], await read_order(request, Fault)
    if not fault.open_sessions:
        standin.orders.add_fault(fault)
        return web.json_response({"queued": True}, status=201)
    for session in standin.sessions.values():
        session.add_fault(fault)
    return web.json_response({"sessions": len(standin.sessions)}, status=201)


async def _requests(request: web.Request) -> web.Response:
    return web.json_response({"sessions": request.app[STANDIN].records.to_json()})


async def _forget_requests(request: web.Request) -> web.Response:
    request.app[STANDIN].records.clear()
    return web.Response(status=204)


async def _sessions(request: web.Request) -> web.Response:
    open_now = request.app[STANDIN].sessions.values()
    return web.json_response({"sessions": [describe(session) for session in open_now]})


async def _reset(request: web.Request) -> web.Response:
    """Forget orders, records and tokens; open sessions go on, without faults to come."""
    standin = request.app[STANDIN]
    standin.orders, standin.records, standin.door = Orders(), Records(), Door()
    for session in standin.sessions.values():
        session.forget_faults()
    return web.Response(status=204)
