"""The control address: orders for the stand-in, and what it has seen."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from dev.anthropic_standin.script import Fault, Pace, Script, ScriptedReply
from dev.anthropic_standin.server import SCRIPT

Order = TypeVar("Order", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_control_app(script: Script) -> web.Application:
    """Build the application behind the control port, over the same `script` as the vendor's."""
    app = web.Application(middlewares=[_orders_edge])
    app[SCRIPT] = script
    app.router.add_get("/health", _health)
    app.router.add_post("/replies", _add_reply)
    app.router.add_post("/faults", _add_fault)
    app.router.add_post("/pace", _set_pace)
    app.router.add_get("/requests", _requests)
    app.router.add_delete("/requests", _forget_requests)
    app.router.add_post("/reset", _reset)
    return app


@web.middleware
async def _orders_edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer an order that cannot be read with 422 and what is wrong with it."""
    try:
        return await handler(request)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        return web.json_response({"errors": wrong}, status=422)


async def _order(request: web.Request, shape: type[Order]) -> Order:
    return shape.model_validate_json(await request.read())


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
    request.app[SCRIPT].replies.append(await _order(request, ScriptedReply))
    return web.json_response({"queued": len(request.app[SCRIPT].replies)}, status=201)


async def _add_fault(request: web.Request) -> web.StreamResponse:
    request.app[SCRIPT].faults.append(await _order(request, Fault))
    return web.json_response({"queued": len(request.app[SCRIPT].faults)}, status=201)


async def _set_pace(request: web.Request) -> web.StreamResponse:
    request.app[SCRIPT].pace = await _order(request, Pace)
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
