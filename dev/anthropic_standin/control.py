"""The control address: orders for the stand-in, and what it has seen."""

import dataclasses

from aiohttp import web

from dev.anthropic_standin.script import Fault, Pace, Script, ScriptedReply
from dev.anthropic_standin.server import SCRIPT
from dev.orders import orders_edge, read_order


def build_control_app(script: Script) -> web.Application:
    """Build the application behind the control port, over the same `script` as the vendor's."""
    app = web.Application(middlewares=[orders_edge])
    app[SCRIPT] = script
    app.router.add_get("/health", _health)
    app.router.add_post("/replies", _add_reply)
    app.router.add_post("/faults", _add_fault)
    app.router.add_post("/pace", _set_pace)
    app.router.add_get("/requests", _requests)
    app.router.add_delete("/requests", _forget_requests)
    app.router.add_post("/reset", _reset)
    return app


async def _health(request: web.Request) -> web.StreamResponse:
    script = request.app[SCRIPT]
    return web.json_response(
        {
            "status": "ok",
            "replies_queued": len(script.replies),
            "faults_queued": len(script.faults),
            "requests": len(script.requests),
            "pace": script.pace.model_dump(),
        }
    )


async def _add_reply(request: web.Request) -> web.StreamResponse:
    request.app[SCRIPT].replies.append(await read_order(request, ScriptedReply))
    return web.json_response({"queued": len(request.app[SCRIPT].replies)}, status=201)


async def _add_fault(request: web.Request) -> web.StreamResponse:
    request.app[SCRIPT].faults.append(await read_order(request, Fault))
    return web.json_response({"queued": len(request.app[SCRIPT].faults)}, status=201)


async def _set_pace(request: web.Request) -> web.StreamResponse:
    request.app[SCRIPT].pace = await read_order(request, Pace)
    return web.json_response(request.app[SCRIPT].pace.model_dump())


async def _requests(request: web.Request) -> web.StreamResponse:
    seen = [dataclasses.asdict(entry) for entry in request.app[SCRIPT].requests]
    return web.json_response({"requests": seen})


async def _forget_requests(request: web.Request) -> web.StreamResponse:
    request.app[SCRIPT].requests.clear()
    return web.Response(status=204)


async def _reset(request: web.Request) -> web.StreamResponse:
    request.app[SCRIPT].reset()
    return web.Response(status=204)
