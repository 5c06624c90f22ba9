"""`python -m dev.anthropic_standin --port N --control-port M` (0 = any free port)."""

import argparse
import asyncio
import json
import signal

from aiohttp import web

from dev.anthropic_standin.control import build_control_app
from dev.anthropic_standin.script import Script
from dev.anthropic_standin.server import build_vendor_app

_HOST = "127.0.0.1"


async def serve(port: int, control_port: int) -> None:
    """Serve both addresses until SIGTERM or SIGINT, and print their ports when ready."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    script = Script()
    runners = [
        # A handler is cancelled when its client leaves: that is how hangs end and are recorded.
        web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
        for app in (build_vendor_app(script), build_control_app(script))
    ]
    try:
        ports = [
            await _listen(runner, wanted)
            for runner, wanted in zip(runners, (port, control_port), strict=True)
        ]
        print(json.dumps({"port": ports[0], "control_port": ports[1]}), flush=True)
        await stop.wait()
    finally:
        await asyncio.gather(*(runner.cleanup() for runner in runners))


async def _listen(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, _HOST, port).start()
    return int(runner.addresses[0][1])


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m dev.anthropic_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.control_port))


if __name__ == "__main__":
    main()
