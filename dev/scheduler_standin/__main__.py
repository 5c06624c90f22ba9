"""`python -m dev.scheduler_standin --port N --control-port M --pubsub HOST:PORT` (0 = any)."""

import argparse
import asyncio
import contextlib
import json
import signal
from datetime import UTC, datetime

import grpc  # type: ignore[import-untyped]
from aiohttp import web

from dev.scheduler_standin.control import build_control_app
from dev.scheduler_standin.firing import Firing, PubSub
from dev.scheduler_standin.jobs import Jobs
from dev.scheduler_standin.service import build_handler

_HOST = "127.0.0.1"
_GRACE_S = 0.5


async def serve(port: int, control_port: int, pubsub: str) -> None:
    """Serve both addresses until SIGTERM or SIGINT, and print their ports when ready.

    `pubsub`: the emulator's "host:port"; it need not answer yet.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    jobs = Jobs(lambda: datetime.now(UTC))
    firing = Firing(jobs, PubSub(pubsub).publish)
    control = web.AppRunner(
        build_control_app(jobs, firing), access_log=None, shutdown_timeout=_GRACE_S
    )
    # Without the option a taken port would be shared instead of refused.
    vendor = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    vendor.add_generic_rpc_handlers((build_handler(jobs, firing.wake),))
    timer = asyncio.create_task(firing.run())
    timer.add_done_callback(lambda _: stop.set())  # without it nothing would ever fire
    try:
        ports = {"port": await _listen(vendor, port)}
        ports["control_port"] = await _open(control, control_port)
        print(json.dumps(ports), flush=True)
        await stop.wait()
    finally:
        await asyncio.gather(control.cleanup(), vendor.stop(_GRACE_S))
        timer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await timer


async def _listen(server: grpc.aio.Server, port: int) -> int:
    bound = int(server.add_insecure_port(f"{_HOST}:{port}"))  # raises if the port is taken
    await server.start()
    return bound


async def _open(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, _HOST, port).start()
    return int(runner.addresses[0][1])


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m dev.scheduler_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--pubsub", required=True, help="the Pub/Sub emulator's host:port")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.control_port, arguments.pubsub))


if __name__ == "__main__":
    main()
