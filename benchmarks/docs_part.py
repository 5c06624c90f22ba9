"""The docs' part of the benchmarks: documentation of Python files, without Notion and git.

All files for the first time, once more, and with one file changed; the floor is parsing the same
files alone, in the same round. Each is a process of its own, so that its peak of memory is its own.
"""

import json
import statistics
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.machine import Bench, python

_TITLES: Final = {
    "parse": "floor: parse all files",
    "cold": "all pages for the first time",
    "changed": "one file changed",
    "again": "nothing changed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run: milliseconds, of them of our CPU, MB of memory at the peak and before it began,
    contents read, pages written."""

    ms: float
    cpu_ms: float
    mb: float
    before_mb: float
    read: int
    written: int


def run(bench: Bench, files: int, rounds: int) -> Iterator[str]:
    """Measure and show."""
    found: dict[str, list[Measured]] = {kind: [] for kind in _TITLES}
    for _ in range(rounds):
        for kind in _TITLES:
            found[kind].append(_measure(bench, kind, files))
    yield from _table(files, found)


def _measure(bench: Bench, kind: str, files: int) -> Measured:
    command = python("benchmarks.subjects.docs_run", kind, files)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        bench.pin(process.pid, 0)
        told, _ = process.communicate(timeout=600)
        if process.returncode:
            raise RuntimeError(f"{kind} failed")
    return Measured(**json.loads(told))


def _table(files: int, found: Mapping[str, list[Measured]]) -> Iterator[str]:
    yield f"\n### Code becomes pages: {files:,} files of Python\n"
    yield "| | ms | of them our CPU | MB at the peak | of them before | read | written | × floor |"
    yield "|---|---|---|---|---|---|---|---|"
    for kind, title in _TITLES.items():
        each = found[kind]
        ratios = [
            one.cpu_ms / floor.cpu_ms for one, floor in zip(each, found["parse"], strict=True)
        ]
        cells = [
            _middle([one.ms for one in each]),
            _middle([one.cpu_ms for one in each]),
            _middle([one.mb for one in each]),
            _middle([one.before_mb for one in each]),
            f"{each[0].read:,}",
            f"{each[0].written:,}",
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
        ]
        yield f"| {title} | {' | '.join(cells)} |"


def _middle(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f}"
