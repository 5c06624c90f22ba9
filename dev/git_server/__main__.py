"""`python -m dev.git_server --root FOLDER --username U --password P` (port 0: any free one)."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from dev.git_server import git
from dev.git_server.backend import GitServer, build_git_app
from dev.git_server.control import build_control_app
from dev.git_server.deliveries import Deliveries
from dev.git_server.repositories import make_repository

_HOST = "127.0.0.1"


async def serve(server: GitServer, port: int, control_port: int, *, sample: bool) -> None:
    """Serve both addresses until SIGTERM or SIGINT, and print their ports when ready.

    Raises:
        GitMissingError: git is not installed.
    """
    await git.check()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server.root.mkdir(parents=True, exist_ok=True)
    await make_repository(server.root, "demo.git", sample=sample)
    apps = (build_git_app(server), build_control_app(server))
    runners = [
        web.AppRunner(app, auto_decompress=False, access_log=None, shutdown_timeout=0.5)
        for app in apps
    ]
    try:
        async with server.deliveries.running():
            ports = [
                await _listen(runner, wanted)
                for runner, wanted in zip(runners, (port, control_port), strict=True)
            ]
            server.url = f"http://{_HOST}:{ports[0]}"
            print(json.dumps({"port": ports[0], "control_port": ports[1]}), flush=True)
            await stop.wait()
    finally:
        await asyncio.gather(*(runner.cleanup() for runner in runners))


async def _listen(runner: web.AppRunner, port: int) -> int:
    await runner.setup()
    await web.TCPSite(runner, _HOST, port).start()
    return int(runner.addresses[0][1])


def main() -> int:
    """Read the command line and serve; 1 if git is missing."""
    parser = argparse.ArgumentParser(prog="python -m dev.git_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--root", type=Path, required=True, help="where the repositories are kept")
    parser.add_argument("--username", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--push-url", default="", help="where push webhooks go")
    parser.add_argument("--webhook-secret", default="", help="what they are signed with")
    parser.add_argument("--empty", action="store_true", help="make demo.git without the sample")
    given = parser.parse_args()
    server = GitServer(
        root=given.root.resolve(),
        username=given.username,
        password=given.password,
        deliveries=Deliveries(given.push_url, given.webhook_secret),
    )
    try:
        asyncio.run(serve(server, given.port, given.control_port, sample=not given.empty))
    except git.GitMissingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
