"""``python -m dev.assemblyai_standin --port N --control-port M`` (0 = any free port)."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path

from aiohttp import web

from dev.assemblyai_standin.control import build_control_app
from dev.assemblyai_standin.recognizer import RecognizerPool
from dev.assemblyai_standin.server import Standin, build_vendor_app

HOST = "127.0.0.1"
MOST_WORKERS = 4


async def serve(port: int, control_port: int, cache: Path) -> None:
    """Serve both addresses until SIGTERM or SIGINT, and print their ports when ready."""
    pool = RecognizerPool(cache, workers=min(os.cpu_count() or 1, MOST_WORKERS))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    standin = Standin(pool=pool)
    apps = build_vendor_app(standin), build_control_app(standin)
    runners = [web.AppRunner(app, access_log=None, shutdown_timeout=0.5) for app in apps]
    try:
        await pool.warm()
        ports = [
            await _listen(runner, wanted)
            for runner, wanted in zip(runners, (port, control_port), strict=True)
        ]
        print(json.dumps({"port": ports[0], "control_port": ports[1]}), flush=True)
        await stop.wait()
    finally:
        await asyncio.gather(*(runner.cleanup() for runner in runners))
        pool.close()


async def _listen(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    return int(runner.addresses[0][1])


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m dev.assemblyai_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--cache-dir", type=Path, default=Path(".local/cache/speech"))
    arguments = parser.parse_args()
    # The first start builds the language model for some seconds; a signal then just ends it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(serve(arguments.port, arguments.control_port, arguments.cache_dir))


if __name__ == "__main__":
    main()
