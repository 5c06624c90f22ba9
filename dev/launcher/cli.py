"""The command line of `python main.py`."""

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from dev.launcher import console, keys, reaper, toolchain
from dev.launcher.environment import MARK
from dev.launcher.planning import make_plan
from dev.launcher.ports import is_free
from dev.launcher.service import LaunchError, Plan
from dev.launcher.stack import Stack
from scripts import setup

_AGAIN_S = 0.5  # a second Ctrl-C sooner than this is the same one, passed on by make


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the product until it is told to stop.

    Returns:
        The exit status: 0 after Ctrl-C or SIGTERM, 1 when it could not start or go on.
    """
    options = _parser().parse_args(arguments)
    faults = (LaunchError, toolchain.MissingToolError, keys.KeyFileError, setup.SetupError)
    try:
        with _alone(options.state_dir):
            return _launch(options)
    except faults as exc:
        print(f"error: {exc}", file=sys.stderr, flush=True)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python main.py",
        description="Start NEXUS PRO Backend Services on this machine, on one port.",
    )
    port = os.environ.get("PORT") or "8000"
    local = toolchain.ROOT / ".local"
    add = parser.add_argument
    add("--port", type=_port, default=port, help="the public port (PORT in the environment; 8000)")
    add("--state-dir", type=Path, default=local, help="for logs and run.json (.local)")
    add("--stand-ins-only", action="store_true", help="ignore keys and .env, as the tests do")
    add("--with-parent", action="store_true", help="stop when the process that started it ends")
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 1 to 65535 is needed")


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Hold the state folder; the kernel gives it back however we end."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            mend = "stop it first, or choose another folder with --state-dir"
            raise LaunchError(f"a stack already runs in {state}: {mend}") from exc
        (state / "run.json").unlink(missing_ok=True)
        yield


def _launch(options: argparse.Namespace) -> int:
    if not is_free(options.port):
        mend = f"PORT={options.port + 1} make run"
        raise LaunchError(f"port {options.port} is taken; choose another: {mend}")
    setup.install_emulators()
    environ = keys.environment(toolchain.ROOT / ".env", stand_ins_only=options.stand_ins_only)
    plan = make_plan(
        port=options.port,
        state=options.state_dir.resolve(),
        environ=environ,
        keys=keys.find(environ),
    )
    console.say(f"NEXUS PRO starts; its logs are in {console.short(plan.state / 'logs')}")
    guard = reaper.watch_over(MARK, plan.mark, plan.run_file)
    try:
        return asyncio.run(_serve(plan, tied=options.with_parent))
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait()


async def _serve(plan: Plan, *, tied: bool) -> int:
    stack = Stack(plan)
    ending = _Ending(stack)
    work = asyncio.create_task(stack.run())
    left = asyncio.create_task(_until_left(tied=tied))
    waits = {work, left, asyncio.create_task(ending.wanted.wait())}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
        console.say("stopping")
        return 0
    finally:
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        await stack.stop()


async def _until_left(*, tied: bool) -> Literal[True]:
    """Return when the terminal is gone, or, if we are tied to it, the parent.

    A closed terminal only signals the leader of its session, and make keeps that to itself.
    """
    parent, terminal = os.getppid(), os.isatty(1)
    while not (tied and os.getppid() != parent) and os.isatty(1) == terminal:
        await asyncio.sleep(1)
    return True


class _Ending:
    """Ctrl-C, SIGTERM and a closed terminal stop the stack; a second Ctrl-C kills it."""

    def __init__(self, stack: Stack) -> None:
        self.wanted = asyncio.Event()
        self._stack = stack
        self._first_s = 0.0
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self.wanted.set)
        self._loop.add_signal_handler(signal.SIGINT, self._interrupted)

    def _interrupted(self) -> None:
        if not self.wanted.is_set():
            self._first_s = self._loop.time()
            self.wanted.set()
        elif self._loop.time() - self._first_s > _AGAIN_S:
            self._stack.kill()
            os._exit(130)
