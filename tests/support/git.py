"""Runs the git server on free ports, and the git program against it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from dev.git_server.git import environment
from dev.git_server.repositories import make_repository

_ROOT = Path(__file__).parents[2]
USERNAME, PASSWORD = "demo", "correct horse"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHost:
    """A running git server: "host:port" of its address and its control, and its folder."""

    address: str
    control: str
    root: Path

    def url(self, name: str = "demo.git", *, password: str | None = None) -> str:
        """The address of a repository; with a password as the git program wants it."""
        if password is None:
            return f"http://{self.address}/{name}"
        return f"http://{USERNAME}:{password.replace(' ', '%20')}@{self.address}/{name}"

    def make(self, name: str, *, sample: bool = False) -> Path:
        """Make a bare repository; its path."""
        return asyncio.run(make_repository(self.root, name, sample=sample))

    def order(self, path: str, **fields: Any) -> Any:
        """Post an order to the control address."""
        answer = httpx.post(f"http://{self.control}{path}", json=fields)
        answer.raise_for_status()
        return answer.json()

    def told(self, path: str) -> Any:
        """What the control address knows."""
        return httpx.get(f"http://{self.control}{path}").raise_for_status().json()


@contextmanager
def running_git_server(folder: Path, *options: str) -> Iterator[GitHost]:
    """Start the git server over a folder and stop it at the end."""
    command = [sys.executable, "-m", "dev.git_server", "--root", str(folder)]
    command += ["--username", USERNAME, "--password", PASSWORD, *options]
    process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the git server ended before it was ready"
        ports = json.loads(line)
        yield GitHost(
            address=f"127.0.0.1:{ports['port']}",
            control=f"127.0.0.1:{ports['control_port']}",
            root=folder.resolve(),
        )
    finally:
        process.terminate()
        process.wait(timeout=10)


def git(folder: Path, *arguments: str, feed: bytes = b"", check: bool = True) -> str:
    """Run the git program in a folder without a person's configuration; what it wrote.

    Raises:
        AssertionError: it failed, and `check` is true; the message is what it said.
    """
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment(),
        input=feed,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = done.stderr.decode(errors="replace")
    assert not (check and done.returncode), f"git {' '.join(arguments)}: {said}"
    return done.stdout.decode(errors="replace") if done.returncode == 0 else said
