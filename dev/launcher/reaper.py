"""Ends every process that carries a mark in its environment.

Process groups are not enough: firebase-tools puts each emulator into a group of its own, and a
service that is killed orphans its workers. A child inherits the environment, whatever its group.
"""

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from dev.launcher.toolchain import ROOT


def marked(name: str, value: str) -> list[psutil.Process]:
    """The live processes, this one excepted, whose environment has `name` set to `value`."""
    own = psutil.Process().pid
    return [each for each in psutil.process_iter() if each.pid != own and _has(each, name, value)]


def _has(process: psutil.Process, name: str, value: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return bool(process.environ().get(name) == value)
    except (psutil.Error, OSError):
        return False  # gone, or not ours to look at


def end(name: str, value: str, grace_s: float) -> None:
    """Ask the marked processes to stop, and kill those that are still there after `grace_s`."""
    for process in marked(name, value):
        with contextlib.suppress(psutil.Error):
            process.terminate()
    deadline = time.monotonic() + grace_s
    while marked(name, value) and time.monotonic() < deadline:
        time.sleep(0.05)
    for _ in range(20):  # a process may have been starting another one while we looked
        rest = marked(name, value)
        if not rest:
            return
        for process in rest:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.05)


def watch_over(name: str, value: str, *files: Path) -> subprocess.Popen[bytes]:
    """Start a process that ends all marked ones, and removes `files`, as soon as we are gone.

    It waits on a pipe whose other end only we hold and that the kernel closes however we die,
    kill -9 included. Close its `stdin` to let it finish.
    """
    command = [sys.executable, "-m", "dev.launcher.reaper", name, value, *map(str, files)]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )


def main() -> None:
    """Be the process that `watch_over` starts."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    name, value, *files = sys.argv[1:]
    sys.stdin.buffer.read()
    end(name, value, grace_s=3)
    for file in files:
        Path(file).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
