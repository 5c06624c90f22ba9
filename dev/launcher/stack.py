"""The whole product: starts everything at once, keeps it alive, stops it in order."""

import asyncio
import os
import signal
import socket
from contextlib import suppress

import requests

from dev.front.server import Front
from dev.launcher import catalogue, console, reaper, run_file
from dev.launcher.ports import HOST
from dev.launcher.service import LaunchError, Plan, Service
from dev.launcher.supervision import Supervised
from dev.seed import User, seed_pubsub, seed_users

_LAST_S = 1.0  # what the reaper gives to whatever is left after the orderly stop


class Stack:
    """The processes of one plan, with the front before them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._front = Front({name: (HOST, port) for name, port in plan.ports.items()})
        self._users: dict[str, User] = {}
        self._up = False
        logs = plan.state / "logs"
        for old in logs.glob("*.log"):
            old.unlink()
        self._running = [
            Supervised(service, logs, self._changed, console.say)
            for service in catalogue.services(plan)
        ]

    async def run(self) -> None:
        """Start everything and go on until cancelled.

        Raises:
            LaunchError: something that does not heal has died, or something did not start.
        """
        began = asyncio.get_running_loop().time()
        await self._front.start(_listen(self._plan.port))
        console.vendors(self._plan)
        try:
            async with asyncio.TaskGroup() as group:
                for each in self._running:
                    group.create_task(each.run())
                await self._settle()
                console.addresses(self._plan, asyncio.get_running_loop().time() - began)
        except* LaunchError as faults:
            raise faults.exceptions[0] from None

    async def _settle(self) -> None:
        """Wait for all, seed the emulators, and write run.json."""
        for each in self._running:
            if each.service.emulators:
                await each.ready.wait()
        try:
            await asyncio.to_thread(self._seed)
        except requests.RequestException as exc:
            raise LaunchError(f"the emulators can't be seeded: {exc}") from exc
        await asyncio.gather(*(each.ready.wait() for each in self._running))
        run_file.write(self._plan, self._running, self._users)
        self._up = True

    def _seed(self) -> None:
        plan = self._plan
        if "auth" in plan.ports:
            self._users = seed_users(plan.host("auth"), plan.project_id)
        seed_pubsub(plan.host("pubsub"), plan.project_id, plan.ports.get("run_operation"))

    def _changed(self, service: Service) -> None:
        if self._up:
            run_file.write(self._plan, self._running, self._users)
            console.say(f"{service.name} is back")
        else:
            console.service_is_ready(self._plan, service)

    async def stop(self) -> None:
        """Stop our services first, while what they drain into still runs; then the rest."""
        await self._front.stop()
        for heals in (True, False):
            layer = [each for each in self._running if each.service.heals is heals]
            await asyncio.gather(*(each.stop() for each in layer))
        await asyncio.to_thread(reaper.end, catalogue.MARK, self._plan.mark, _LAST_S)
        self._plan.run_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill everything at once, without a word."""
        for each in self._running:
            with suppress(ProcessLookupError, PermissionError):
                if each.pid:
                    os.killpg(each.pid, signal.SIGKILL)
        reaper.end(catalogue.MARK, self._plan.mark, 0)
        self._plan.run_file.unlink(missing_ok=True)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as exc:
        raise LaunchError(f"port {port} can't be listened on: {exc.strerror}") from exc
    return listener
