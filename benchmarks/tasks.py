"""The tasks' part of the benchmarks: a branch with a plan of a repository of 5,000 files.

Everything but the model's time, over git's own backend; the floor is a bare fetch, commit and push
in the same round. Each is a process of its own, so that its peak of memory is its own.
"""

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests

from benchmarks.machine import Bench, free_port, python
from benchmarks.tap import Tap
from dev.git_server import git
from dev.launcher.ports import HOST

_PASSWORD: Final = "bench"
_SUBJECTS: Final = ("bare", "product")
_WORDS: Final = """
    account ledger order invoice payment customer retry policy cache token session
    queue worker report export import parse format amount money date time user role access
    """.split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One branch: milliseconds, of them of our CPU, MB of memory at the peak, of them before it
    began, bytes over the wire both ways, requests to git."""

    ms: float
    cpu_ms: float
    mb: float
    before_mb: float
    bytes: int
    requests: int


def run(bench: Bench, files: int, rounds: int) -> Iterator[str]:
    """Measure and show."""
    ports = free_port(), free_port()
    server = python("dev.git_server", "--port", ports[0], "--control-port", ports[1], "--empty")
    server += ["--root", str(bench.folder / "tasks"), "--username", "bench"]
    server += ["--password", _PASSWORD]
    with bench.helper(server, ports[0]):
        control = f"http://{HOST}:{ports[1]}/control/requests"
        found: dict[str, list[Measured]] = {name: [] for name in _SUBJECTS}
        for number in range(rounds + 1):  # the first one is not counted
            # A page's file is a commit: each round begins with a repository of its own.
            name = f"demo{number}.git"
            _make(bench.folder / "tasks" / name, files)
            for subject in _SUBJECTS:
                measured = _measure(bench, subject, ports[0], name, control)
                found[subject] += [measured] if number else []
    yield from _table(files, found)


def _measure(bench: Bench, subject: str, port: int, name: str, control: str) -> Measured:
    with Tap(port) as tap:
        command = python("benchmarks.subjects.task_branch", subject)
        command += [f"http://{HOST}:{tap.port}/{name}", "bench", _PASSWORD]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr, text=True
        )
        assert process.stdout is not None
        bench.pin(process.pid, 0)
        if not process.stdout.readline():
            raise RuntimeError(f"{subject} is not ready")
        before, sent = _requests(control), tap.bytes
        told, _ = process.communicate("\n", timeout=300)
        if process.returncode:
            raise RuntimeError(f"{subject} failed")
        took: Mapping[str, Any] = json.loads(told)
        return Measured(**took, bytes=tap.bytes - sent, requests=_requests(control) - before)


def _requests(control: str) -> int:
    answer = requests.get(control, timeout=30)
    answer.raise_for_status()
    return len(answer.json()["requests"])


def _make(folder: Path, files: int) -> None:
    """A bare repository of Python files that import each other, in one commit."""
    environ = git.environment()
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    for key in ("http.receivepack", "uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run(["git", "config", key, "true"], cwd=folder, check=True)
    choose = random.Random(1)
    parts = [b"commit refs/heads/main\ncommitter b <b@example.com> 1700000000 +0000\ndata 1\nx\n"]
    for number in range(files):
        content = _module(choose, number, files).encode()
        parts.append(b"M 644 inline pkg%d/mod%d.py\n" % (number % 50, number))
        parts.append(b"data %d\n%s\n" % (len(content), content))
    command = ["git", "fast-import", "--quiet"]
    subprocess.run(command, cwd=folder, env=environ, input=b"".join(parts), check=True)


def _module(choose: random.Random, number: int, files: int) -> str:
    """A file of about 4 KB with five functions."""
    one, two, three = choose.sample(_WORDS, 3)
    other = (number + 50) % files
    functions = "\n\n".join(
        f"def {two}_{three}_{number}{part}(value: int) -> int:\n"
        f'    """{one.capitalize()} with a {two}."""\n'
        + "    value = value * 31 + 7\n" * 24
        + "    return value\n"
        for part in ("", "_a", "_b", "_c", "_d")
    )
    return f'"""The {one} {two}."""\n\nfrom pkg{other % 50} import mod{other}\n\n\n{functions}'


def _table(files: int, found: Mapping[str, list[Measured]]) -> Iterator[str]:
    titles = {
        "product": "task to branch, without the model's time",
        "bare": "floor: fetch the tree, commit, push",
    }
    yield f"\n### A task becomes a branch: {files:,} files\n"
    yield "| | ms | of them our CPU | MB at the peak | of them before | KB | requests to git |"
    yield "|---|---|---|---|---|---|---|"
    for name in reversed(_SUBJECTS):
        each = found[name]
        cells = [
            _middle([one.ms for one in each]),
            _middle([one.cpu_ms for one in each]),
            _middle([one.mb for one in each]),
            _middle([one.before_mb for one in each]),
            _middle([one.bytes / 1000 for one in each]),
            _middle([float(one.requests) for one in each]),
        ]
        yield f"| {titles[name]} | " + " | ".join(cells) + " |"
    pairs = zip(found["product"], found["bare"], strict=True)
    ratios = [one.ms / floor.ms for one, floor in pairs]
    yield f"\n{statistics.median(ratios):.1f} × the floor ({min(ratios):.1f}–{max(ratios):.1f})."


def _middle(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f}"
