"""The control address: what tests order, and what the stand-in knows."""

from aiohttp import web

from dev.notion_standin.server import Server
from dev.orders import orders_edge

SERVER: web.AppKey[Server] = web.AppKey("server", Server)


def build_control_app(server: Server) -> web.Application:
    """Build the application behind the control port; every path also works below `/control`."""
    app = web.Application(middlewares=[orders_edge])
    app[SERVER] = server
    for base in ("", "/control"):
        app.router.add_get(f"{base}/health", _health)
        app.router.add_get(f"{base}/info", _info)
        app.router.add_post(f"{base}/reset", _reset)
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
