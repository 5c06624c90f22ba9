"""The whole product as `python main.py` starts it, on a free port of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from dev.launcher import reaper
from dev.launcher.ports import free_ports
from dev.launcher.toolchain import ROOT
from tests.support.waiting import until

START_S = 180  # far more than it takes: build machines are slow and busy
MARK = "NEXUS_TEST_STACK"


@dataclass(kw_only=True)
class Stack:
    """A running product; `run` is its parsed run.json, `state` its folder."""

    state: Path
    port: int
    mark: str = field(default_factory=lambda: str(uuid.uuid4()))
    process: subprocess.Popen[bytes] | None = None

    @property
    def run(self) -> dict[str, Any]:
        """What run.json says now (a restarted service has a new pid)."""
        text = (self.state / "run.json").read_text(encoding="utf8")
        return dict(json.loads(text))

    @property
    def output(self) -> str:
        """What the launcher has printed."""
        return (self.state / "terminal.log").read_text(encoding="utf8")

    def start(self, *options: str) -> None:
        """Start it and wait until it is ready.

        Raises:
            AssertionError: it stopped, or was not ready within `START_S`; with its last words.
        """
        self.launch(*options)
        until(self._is_ready, START_S, f"the stack is ready:\n{self.output[-2000:]}")

    def launch(self, *options: str, terminal: int | None = None) -> subprocess.Popen[bytes]:
        """Start it without waiting; `terminal` is a descriptor to print to instead of the log."""
        self.state.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "main.py", "--stand-ins-only", "--port", str(self.port)]
        command += ["--state-dir", str(self.state), *options]
        with (self.state / "terminal.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=log if terminal is None else terminal,
                stderr=log,
                start_new_session=True,
            )
        return self.process

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the stack stopped:\n{self.output[-4000:]}"
        return (self.state / "run.json").exists()

    def until_shown(self, row: str) -> None:
        """Wait until the terminal shows a service by its name there: it answers from then on."""

        def shown() -> bool:
            if f"\n  {row}  " in self.output:
                return True
            assert self.process is not None
            assert self.process.poll() is None, f"the stack stopped:\n{self.output[-4000:]}"
            return False

        until(shown, START_S, f"{row} is there:\n{self.output}")

    def kill_service(self, name: str) -> None:
        """Kill -9 a service of ours by its name in run.json and wait until it is back."""
        before = self.run["services"][name]["pid"]
        os.kill(before, signal.SIGKILL)
        until(lambda: self.run["services"][name]["pid"] != before, 60, f"{name} is restarted")

    def leftovers(self) -> list[str]:
        """The command lines of processes that this stack started and that still live."""
        lines = []
        # What git runs has none of our environment but this.
        git = reaper.marked("GIT_PROJECT_ROOT", str(self.state / "git"))
        for process in [*reaper.marked(MARK, self.mark), *git]:
            with contextlib.suppress(psutil.Error):
                lines.append(" ".join(process.cmdline()))
        return lines

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal, wait, and return the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)


@contextlib.contextmanager
def prepared(state: Path) -> Iterator[Stack]:
    """A stack that is not started yet; whatever happens, nothing of it outlives the block."""
    stack = Stack(state=state, port=free_ports(1)[0])
    guard = reaper.watch_over(MARK, stack.mark)
    try:
        yield stack
    finally:
        if stack.process is not None:
            stack.stop()
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(30)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole product, ready; one for the session, so leave it as you found it.

    At the end it is stopped with SIGTERM, and has to leave nothing behind.
    """
    with prepared(tmp_path_factory.mktemp("stack") / "state") as running:
        running.start()
        yield running
        assert running.stop(signal.SIGTERM) == 0
        until(lambda: not running.leftovers(), 30, f"all are gone: {running.leftovers()}")
        assert not (running.state / "run.json").exists()
