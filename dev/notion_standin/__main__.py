"""`python -m dev.notion_standin --port N --control-port M` (0 = any free port)."""

import argparse
import asyncio
import json
import signal

from aiohttp import web

from dev.notion_standin.clock import Clock, read_time
from dev.notion_standin.control import build_control_app, told
from dev.notion_standin.server import Server
from dev.notion_standin.webhooks import Webhooks
from dev.notion_standin.workspace import Workspace

_HOST = "127.0.0.1"


async def serve(arguments: argparse.Namespace) -> None:
    """Serve both addresses until SIGTERM or SIGINT, and print what a client needs when ready."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock = Clock(read_time(arguments.clock) if arguments.clock else None)
    workspace = Workspace(clock, arguments.token)
    webhooks = Webhooks(workspace, arguments.webhook_url, arguments.webhook_secret)
    server = Server(workspace, arguments.rate_limit, webhooks)
    runners = [
        # A handler is cancelled when its client leaves: that is how ordered timeouts end.
        web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
        for app in (server.vendor_app(), build_control_app(server))
    ]
    try:
        wanted = (arguments.port, arguments.control_port)
        ports = [await _listen(runner, port) for runner, port in zip(runners, wanted, strict=True)]
        line = {"port": ports[0], "control_port": ports[1], **told(server)}
        print(json.dumps(line), flush=True)
        await stop.wait()
    finally:
        await webhooks.close()
        await asyncio.gather(*(runner.cleanup() for runner in runners))


async def _listen(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, _HOST, port).start()
    return int(runner.addresses[0][1])


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m dev.notion_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--token", help="the connection's token (made up if not given)")
    parser.add_argument("--webhook-url", help="where events go; counts as verified")
    parser.add_argument("--webhook-secret", help="the subscription's verification token")
    parser.add_argument("--rate-limit", type=int, default=180, help="per minute; 0 for none")
    parser.add_argument("--clock", help="freeze the clock at this ISO 8601 time")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
