"""The control address: where webhooks go, what was delivered, and faults."""

from aiohttp import web
from pydantic import BaseModel, Field

from dev.git_server.backend import SERVER, Fault, GitServer
from dev.git_server.repositories import protect
from dev.orders import orders_edge, read_order


class _Push(BaseModel):
    url: str
    secret: str = ""


class _Webhooks(BaseModel):
    enabled: bool


class _Protection(BaseModel):
    branch: str = Field(min_length=1)
    protected: bool = True
    repository: str = Field(default="demo.git", pattern=r"^[\w-]+\.git$")


def build_control_app(server: GitServer) -> web.Application:
    """Build the application behind the control port, over the same `server` as git's."""
    app = web.Application(middlewares=[orders_edge])
    app[SERVER] = server
    app.router.add_get("/health", _health)
    app.router.add_post("/control/push", _set_push)
    app.router.add_post("/control/webhooks", _switch_webhooks)
    app.router.add_get("/control/deliveries", _deliveries)
    app.router.add_post(r"/control/deliveries/{id:\d+}/redeliver", _redeliver)
    app.router.add_post("/control/protect", _protect)
    app.router.add_post("/control/faults", _add_fault)
    app.router.add_get("/control/requests", _requests)
    return app


async def _health(request: web.Request) -> web.StreamResponse:
    server = request.app[SERVER]
    sent = server.deliveries.sent
    return web.json_response(
        {
            "status": "ok",
            "repositories": sorted(path.name for path in server.root.glob("*.git")),
            "push_url": server.deliveries.url,
            "webhooks": server.deliveries.enabled,
            "deliveries": len(sent),
            "waiting": sum(each.delivered_at is None for each in sent),
            "faults_queued": len(server.faults),
        }
    )


async def _set_push(request: web.Request) -> web.StreamResponse:
    order = await read_order(request, _Push)
    deliveries = request.app[SERVER].deliveries
    deliveries.url, deliveries.secret = order.url, order.secret
    return web.json_response({"url": order.url})


async def _switch_webhooks(request: web.Request) -> web.StreamResponse:
    order = await read_order(request, _Webhooks)
    request.app[SERVER].deliveries.enabled = order.enabled
    return web.json_response({"enabled": order.enabled})


async def _deliveries(request: web.Request) -> web.StreamResponse:
    sent = request.app[SERVER].deliveries.sent
    return web.json_response({"deliveries": [each.describe() for each in sent]})


async def _redeliver(request: web.Request) -> web.StreamResponse:
    again = request.app[SERVER].deliveries.redeliver(int(request.match_info["id"]))
    if again is None:
        return web.json_response({"error": "no such delivery"}, status=404)
    return web.json_response(again.describe(), status=202)


async def _protect(request: web.Request) -> web.StreamResponse:
    order = await read_order(request, _Protection)
    path = request.app[SERVER].root / order.repository
    if not path.is_dir():
        return web.json_response({"error": "no such repository"}, status=404)
    protect(path, order.branch, order.protected)
    return web.json_response(order.model_dump())


async def _add_fault(request: web.Request) -> web.StreamResponse:
    faults = request.app[SERVER].faults
    faults.append(await read_order(request, Fault))
    return web.json_response({"queued": len(faults)}, status=201)


async def _requests(request: web.Request) -> web.StreamResponse:
    return web.json_response({"requests": request.app[SERVER].requests})
