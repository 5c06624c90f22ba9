"""Keeps one process of the stack alive, and ends it."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from dev.launcher.console import short
from dev.launcher.readiness import all_answer, until_closed
from dev.launcher.service import LaunchError, Service

READY_S = 120.0  # far more than any of them needs, for slow and busy machines
_PAUSES_S = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)  # before the first, second … restart in a row
_STEADY_S = 10.0  # a process that lived this long starts the row again


class Supervised:
    """One service with the process that runs it now.

    Args:
        service: what to run.
        logs: the folder for `<name>.log`.
        changed: called after it has become ready, the first time and after each restart.
        say: prints one line to the terminal.
    """

    def __init__(
        self,
        service: Service,
        logs: Path,
        changed: Callable[[Service], None],
        say: Callable[[str], None],
    ) -> None:
        self.service = service
        self.log = logs / f"{service.name}.log"
        self.ready = asyncio.Event()
        self._changed = changed
        self._say = say
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process id, 0 before the start."""
        return self._process.pid if self._process else 0

    async def run(self) -> NoReturn:
        """Run it for good, restarted where the service heals.

        Raises:
            LaunchError: it died before it was ready, or died and does not heal.
        """
        row = 0
        while True:
            began = asyncio.get_running_loop().time()
            process = await self._start()
            reason = await self._live(process)
            self._kill_group()
            if not (self.service.heals and self.ready.is_set()):
                raise LaunchError(f"{self.service.name} {reason}; see {short(self.log)}")
            if asyncio.get_running_loop().time() - began > _STEADY_S:
                row = 0
            pause = _PAUSES_S[min(row, len(_PAUSES_S) - 1)]
            self._say(f"{self.service.name} {reason}: restarting (log: {short(self.log)})")
            await asyncio.sleep(pause)
            row += 1

    async def _start(self) -> asyncio.subprocess.Process:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.service.command,
                cwd=self.service.cwd,
                env=dict(self.service.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    async def _live(self, process: asyncio.subprocess.Process) -> str:
        """Wait for the end of a process and say how it ended."""
        gone = asyncio.create_task(process.wait())
        try:
            reason = await _first(gone, asyncio.create_task(self._until_ready()))
            if reason is None:
                self.ready.set()
                self._changed(self.service)
                watch = self.service.ports if not self.service.heals else ()
                reason = await _first(gone, asyncio.create_task(_until_lost(watch)))
            return reason or "stopped"
        finally:
            gone.cancel()

    async def _until_ready(self) -> str | None:
        try:
            async with asyncio.timeout(READY_S):
                await all_answer(self.service.ports)
        except TimeoutError:
            return f"was not ready within {READY_S:g} s"
        return None

    def _kill_group(self) -> None:
        """Kill what is left of its process group: orphaned workers would hold the port."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to stop, wait as long as it may take, and kill what is left."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            process.terminate()
            async with asyncio.timeout(self.service.grace_s):
                await process.wait()
        self._kill_group()
        await process.wait()


async def _until_lost(ports: tuple[int, ...]) -> str:
    if not ports:
        await asyncio.Event().wait()
    return f"no longer answers on port {await until_closed(ports)}"


async def _first(
    gone: asyncio.Task[int], other: asyncio.Task[str] | asyncio.Task[str | None]
) -> str | None:
    """What `other` says, unless the process ends first: then how it ended."""
    try:
        await asyncio.wait({gone, other}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        other.cancel()
    if not gone.done():
        return await other
    code = gone.result()
    return f"was killed by signal {-code}" if code < 0 else f"stopped with status {code}"
