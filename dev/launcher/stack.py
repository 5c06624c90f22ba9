"""The whole product: starts everything at once, keeps it alive, stops it in order."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from dev.front.routes import PUBLIC
from dev.front.server import Front
from dev.launcher import catalogue, console, fresh, readiness, reaper, run_file, seeding
from dev.launcher.environment import MARK
from dev.launcher.ports import HOST
from dev.launcher.service import LaunchError, Plan, Service
from dev.launcher.supervision import Supervised
from dev.seed.people import User
from dev.seed.workspace import Seeded

T = TypeVar("T")
_HEALTHY_S = 60.0
_LAST_S = 1.0  # what the reaper gives to whatever is left after the orderly stop


class Stack:
    """The processes of one plan, with the front before them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._front = Front(
            {name: (HOST, plan.ports[name]) for name in PUBLIC if name in plan.ports}
        )
        self._users: dict[str, User] = {}
        self._seeded: Seeded | None = None
        self._up = False
        logs = plan.state / "logs"
        fresh.begin_anew(plan)
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
                took_s = asyncio.get_running_loop().time() - began
                console.addresses(self._plan, self._seeded, took_s)
        except* LaunchError as faults:
            raise faults.exceptions[0] from None

    async def _settle(self) -> None:
        """Wait until all is there, seeded and healthy, and write run.json."""
        everything = (each.ready.wait() for each in self._running)
        await asyncio.gather(self._seed_all(), self._until_healthy(), *everything)
        self._write()
        self._up = True

    async def _seed_all(self) -> None:
        """Seed each thing as soon as what it needs is there."""
        _, self._users = await asyncio.gather(
            self._seed(seeding.seed_messaging, "pubsub", "scheduler"),
            self._seed(seeding.seed_people, "auth"),
        )
        if self._plan.seeds_workspace:
            demo = partial(seeding.seed_demo, users=self._users)
            self._seeded = await self._seed(demo, *seeding.DEMO_NEEDS)

    async def _until_healthy(self) -> None:
        await self._until_ready("health", "firestore", "auth")
        try:
            async with asyncio.timeout(_HEALTHY_S):
                await readiness.until_healthy(self._plan.port)
        except TimeoutError:
            log = self._plan.state / "logs" / "health.log"
            raise LaunchError(f"Firestore or Auth does not answer; see {log}") from None

    async def _until_ready(self, *needed: str) -> None:
        for each in self._running:
            if {each.service.name, *each.service.emulators} & set(needed):
                await each.ready.wait()

    async def _seed(self, seed: Callable[[Plan], T], *needed: str) -> T:
        """Seed in a thread as soon as the needed services, or emulators, are ready."""
        await self._until_ready(*needed)
        return await asyncio.to_thread(seed, self._plan)

    def _write(self) -> None:
        run_file.write(self._plan, self._running, self._users, self._seeded)

    def _changed(self, service: Service) -> None:
        if self._up:
            self._write()
            console.say(f"{service.name} is back")
        else:
            console.service_is_ready(self._plan, service)

    async def stop(self) -> None:
        """Stop our services first, while what they drain into still runs; then the rest."""
        await self._front.stop()
        for heals in (True, False):
            layer = [each for each in self._running if each.service.heals is heals]
            await asyncio.gather(*(each.stop() for each in layer))
        await asyncio.to_thread(reaper.end, MARK, self._plan.mark, _LAST_S)
        self._plan.run_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill everything at once, without a word."""
        for each in self._running:
            with suppress(ProcessLookupError, PermissionError):
                if each.pid:
                    os.killpg(each.pid, signal.SIGKILL)
        reaper.end(MARK, self._plan.mark, 0)
        self._plan.run_file.unlink(missing_ok=True)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as exc:
        raise LaunchError(f"port {port} can't be listened on: {exc.strerror}") from exc
    return listener
