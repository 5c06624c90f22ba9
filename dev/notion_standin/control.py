"""The control address: what tests order, and what the stand-in knows."""

import dataclasses

from aiohttp import web

from dev.notion_standin.clock import read_time, to_instant
from dev.notion_standin.errors import NotionError
from dev.notion_standin.faults import Fault
from dev.notion_standin.orders import (
    ClockOrder,
    EditOrder,
    SeedOrder,
    SettingsOrder,
    WebhookOrder,
)
from dev.notion_standin.people import People, refusal
from dev.notion_standin.seeding import seed
from dev.notion_standin.server import Server
from dev.orders import Handler, orders_edge, read_order

SERVER: web.AppKey[Server] = web.AppKey("server", Server)


def build_control_app(server: Server) -> web.Application:
    """Build the application behind the control port; every path also works below `/control`."""
    app = web.Application(middlewares=[orders_edge, _refusals])
    app[SERVER] = server
    for base in ("", "/control"):
        for method, path, handler in _ROUTES:
            app.router.add_route(method, base + path, handler)
    return app


def told(server: Server) -> dict[str, str]:
    """Say what a client needs to know: token, secret and the ids of the seed."""
    workspace = server.workspace
    return {
        "token": workspace.token,
        "webhook_secret": server.webhooks.token,
        "parent_page_id": workspace.root_id,
        "bot_id": workspace.bot.id,
        "user_id": workspace.person.id,
        "workspace_id": workspace.id,
        "workspace_name": workspace.name,
    }


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except NotionError as error:
        return web.json_response(refusal(error), status=error.status)


async def _health(request: web.Request) -> web.StreamResponse:
    server = request.app[SERVER]
    return web.json_response(
        {
            "status": "ok",
            "nodes": len(server.workspace.nodes),
            "faults_queued": len(server.faults.queue),
            "requests": len(server.record.entries),
        }
    )


async def _info(request: web.Request) -> web.StreamResponse:
    return web.json_response(told(request.app[SERVER]))


async def _reset(request: web.Request) -> web.StreamResponse:
    request.app[SERVER].reset()
    return web.Response(status=204)


async def _add_fault(request: web.Request) -> web.StreamResponse:
    queue = request.app[SERVER].faults.queue
    queue.append(await read_order(request, Fault))
    return web.json_response({"queued": len(queue)}, status=201)


async def _faults(request: web.Request) -> web.StreamResponse:
    queue = request.app[SERVER].faults.queue
    return web.json_response({"faults": [fault.model_dump() for fault in queue]})


async def _forget_faults(request: web.Request) -> web.StreamResponse:
    request.app[SERVER].faults.queue.clear()
    return web.Response(status=204)


async def _requests(request: web.Request) -> web.StreamResponse:
    entries = [dataclasses.asdict(entry) for entry in request.app[SERVER].record.entries]
    return web.json_response({"requests": entries})


async def _forget_requests(request: web.Request) -> web.StreamResponse:
    request.app[SERVER].record.entries.clear()
    return web.Response(status=204)


async def _clock(request: web.Request) -> web.StreamResponse:
    order = await read_order(request, ClockOrder)
    clock = request.app[SERVER].workspace.clock
    if order.frozen is False:
        clock.release()
    if order.at is not None:
        try:
            clock.freeze(read_time(order.at))
        except ValueError:
            return web.json_response({"errors": ["at: not an ISO 8601 time"]}, status=422)
    elif order.frozen:
        clock.freeze()
    if order.move_s is not None:
        clock.move(order.move_s)
    return web.json_response({"now": to_instant(clock.now())})


async def _settings(request: web.Request) -> web.StreamResponse:
    order, server = await read_order(request, SettingsOrder), request.app[SERVER]
    settings = server.workspace.settings
    if order.rate_limit is not None:
        server.rate.per_minute = order.rate_limit
        server.rate.clear()
    for name in ("query_limit", "record_limit", "async_polls"):
        if getattr(order, name) is not None:
            setattr(settings, name, getattr(order, name))
    for name, on in (order.capabilities or {}).items():
        (settings.capabilities.add if on else settings.capabilities.discard)(name)
    if order.webhook_window_s is not None:
        server.webhooks.window_s = order.webhook_window_s
    if order.webhook_retry_s is not None:
        server.webhooks.retry_s = order.webhook_retry_s
    return web.json_response(
        {
            "rate_limit": server.rate.per_minute,
            "query_limit": settings.query_limit,
            "record_limit": settings.record_limit,
            "async_polls": settings.async_polls,
            "capabilities": sorted(settings.capabilities),
            "webhook_window_s": server.webhooks.window_s,
            "webhook_retry_s": server.webhooks.retry_s,
        }
    )


async def _edit(request: web.Request) -> web.StreamResponse:
    order = await read_order(request, EditOrder)
    done = People(request.app[SERVER].workspace).carry_out(order)
    return web.json_response(done, status=201)


async def _seed(request: web.Request) -> web.StreamResponse:
    order = await read_order(request, SeedOrder)
    return web.json_response({"ids": seed(request.app[SERVER].workspace, order)}, status=201)


async def _subscribe(request: web.Request) -> web.StreamResponse:
    order, webhooks = await read_order(request, WebhookOrder), request.app[SERVER].webhooks
    webhooks.types = order.types
    webhooks.window_s = webhooks.window_s if order.window_s is None else order.window_s
    webhooks.retry_s = webhooks.retry_s if order.retry_s is None else order.retry_s
    webhooks.api_version = order.api_version or webhooks.api_version
    status: int | None = None
    if order.verified:
        webhooks.accept(order.url, order.verification_token)
    else:
        status = await webhooks.subscribe(order.url, order.verification_token)
    return web.json_response(
        {
            "subscription_id": webhooks.subscription_id,
            "verification_token": webhooks.token,
            "verified": webhooks.verified,
            "status": status,
        },
        status=201,
    )


async def _deliveries(request: web.Request) -> web.StreamResponse:
    made = [dataclasses.asdict(one) for one in request.app[SERVER].webhooks.deliveries]
    return web.json_response({"deliveries": made})


async def _flush(request: web.Request) -> web.StreamResponse:
    await request.app[SERVER].webhooks.flush()
    return web.Response(status=204)


_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/health", _health),
    ("GET", "/info", _info),
    ("POST", "/reset", _reset),
    ("GET", "/faults", _faults),
    ("POST", "/faults", _add_fault),
    ("DELETE", "/faults", _forget_faults),
    ("GET", "/requests", _requests),
    ("DELETE", "/requests", _forget_requests),
    ("POST", "/clock", _clock),
    ("POST", "/settings", _settings),
    ("POST", "/edits", _edit),
    ("POST", "/seed", _seed),
    ("POST", "/webhook", _subscribe),
    ("GET", "/webhook/deliveries", _deliveries),
    ("POST", "/webhook/flush", _flush),
)
