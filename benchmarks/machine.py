"""Processes of the benchmark: started on a given core, measured, and ended with it."""

import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from dev.launcher import emulators, reaper, toolchain
from dev.launcher.ports import HOST, free_ports

_MARK: Final = "NEXUS_BENCH"
_READY_S: Final = 60.0
_STOP_S: Final = 15.0


class NotReadyError(Exception):
    """A process of the benchmark did not come up; the message holds the end of its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a process and its children hold at one moment.

    `cpu_s`: user and system time since their start. `rss_kib`: resident memory.
    """

    cpu_s: float
    rss_kib: int
    threads: int
    fds: int


def measure(pid: int) -> Use:
    """Add up a process and its children."""
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    times = [process.cpu_times() for process in family]
    return Use(
        cpu_s=sum(each.user + each.system for each in times),
        rss_kib=sum(process.memory_info().rss for process in family) // 1024,
        threads=sum(process.num_threads() for process in family),
        fds=sum(process.num_fds() for process in family),
    )


def until(condition: Callable[[], bool], within_s: float) -> bool:
    """Wait for a condition; whether it came true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@dataclass(frozen=True, slots=True)
class Bench:
    """The workshop. `pinned`: servers run on one core, what loads and answers them on another."""

    folder: Path
    mark: str
    pinned: bool

    @contextlib.contextmanager
    def server(
        self, command: Sequence[str], port: int, environ: Mapping[str, str]
    ) -> Iterator[int]:
        """Run a server that is measured until the block ends; yields its process id."""
        with self._running(command, port, environ, core=0) as pid:
            yield pid

    @contextlib.contextmanager
    def helper(
        self, command: Sequence[str], port: int, environ: Mapping[str, str] | None = None
    ) -> Iterator[int]:
        """Run something beside the measured server, on the load's core."""
        with self._running(command, port, environ or {}, core=1) as pid:
            yield pid

    @contextlib.contextmanager
    def firestore(self) -> Iterator[str]:
        """Run a Firestore emulator; yields its "host:port"."""
        with self.emulator("firestore") as host:
            yield host

    @contextlib.contextmanager
    def emulator(self, name: str) -> Iterator[str]:
        """Run one emulator, `firestore` or `auth`; yields its "host:port"."""
        only = (name,)
        ports = emulators.choose_ports([only])
        config = emulators.write_config(self.folder / name, ports, only)
        env = toolchain.emulator_environment(os.environ, self.folder)
        command = emulators.command(config, only)
        with self.helper(command, ports[name], env):
            yield f"{HOST}:{ports[name]}"

    def marked(self) -> dict[str, str]:
        """What goes into a process's environment, so that it ends with the bench."""
        return {_MARK: self.mark}

    def pin(self, pid: int, core: int) -> None:
        """Keep a process, and what it starts from now on, on a core."""
        if self.pinned:
            os.sched_setaffinity(pid, {core})

    @contextlib.contextmanager
    def _running(
        self, command: Sequence[str], port: int, environ: Mapping[str, str], core: int
    ) -> Iterator[int]:
        log = self.folder / f"{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(toolchain.ROOT), **environ, **self.marked()},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.pin(process.pid, core)
        try:
            up = until(lambda: process.poll() is not None or _answers(port), _READY_S)
            if process.poll() is not None or not up:
                raise NotReadyError(f"{' '.join(command)}\n{log.read_text()[-2000:]}")
            yield process.pid
        finally:
            _end(process)


@contextlib.contextmanager
def workshop(*, spread: bool = False) -> Iterator[Bench]:
    """A bench whose processes all end with the block, and with this process however it dies.

    `spread`: every process may use every core. So it is, too, where there is only one, or where
    the system cannot pin.
    """
    can_pin = hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1
    mark = str(uuid.uuid4())
    guard = reaper.watch_over(_MARK, mark)
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), mark, can_pin and not spread)
            bench.pin(os.getpid(), 1)
            yield bench
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(30)


def python(module: str, *options: object) -> list[str]:
    """The command that runs a module of ours."""
    return [sys.executable, "-m", module, *map(str, options)]


def free_port() -> int:
    """A port that nothing listens on."""
    return free_ports(1)[0]


def _answers(port: int) -> bool:
    """Whether an HTTP answer comes, whatever it says; gunicorn listens before its worker runs."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    family = psutil.Process(process.pid).children(recursive=True) if not process.poll() else []
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
