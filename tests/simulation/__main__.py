"""Play many histories: `python -m tests.simulation --histories 10000 --seed 1 --jobs 2`.

Prints each seed that fails with its reason and, with `--shrink`, the smallest history that still
does; ends with 1 if there was one. `--twice` plays each history a second time and compares traces.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from shared.sync.engine import Engine
from tests.simulation.histories import failure, history, play, smaller, to_json
from tests.simulation.world import EngineFactory

_BATCH = 50


@dataclass(frozen=True, slots=True)
class Task:
    """Seeds to play in one process, and whether twice."""

    seeds: tuple[int, ...]
    twice: bool


def main() -> int:
    """Play, print, and tell whether all was well."""
    options = _options()
    seeds = range(options.seed, options.seed + options.histories)
    started, failed, played = time.monotonic(), 0, 0
    for seed, reason in _failures(seeds, options.jobs, options.twice):
        played += 1
        if reason:
            failed += 1
            _tell(seed, reason, options.shrink)
            if failed >= options.stop:
                break
    took = time.monotonic() - started
    sys.stdout.write(f"{played} histories, {failed} failed, {took:.1f} s\n")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--stop", type=int, default=20, help="after so many failures")
    parser.add_argument("--shrink", action="store_true", help="make failing histories smaller")
    parser.add_argument("--twice", action="store_true", help="compare the traces of two plays")
    return parser.parse_args()


def _failures(seeds: range, jobs: int, twice: bool) -> Iterator[tuple[int, str]]:
    starts = range(0, len(seeds), _BATCH)
    tasks = [Task(tuple(seeds[start : start + _BATCH]), twice) for start in starts]
    if jobs == 1:
        for task in tasks:
            yield from _play_all(task)
        return
    with ProcessPoolExecutor(jobs) as pool:
        for results in pool.map(_all_of, tasks):
            yield from results


def _all_of(task: Task) -> list[tuple[int, str]]:
    return list(_play_all(task))


def _play_all(task: Task) -> Iterator[tuple[int, str]]:
    for seed in task.seeds:
        past = history(seed)
        reason = failure(past, Engine)
        if not reason and task.twice and _trace(seed, Engine) != _trace(seed, Engine):
            reason = "two plays have different traces"
        yield seed, reason


def _trace(seed: int, make: EngineFactory) -> str:
    return play(history(seed), make, detail=True).trace()


def _tell(seed: int, reason: str, shrink: bool) -> None:
    sys.stdout.write(f"seed {seed}: {reason}\n")
    if shrink:
        kind = reason.split(":")[0]
        past = smaller(history(seed), lambda each: failure(each, Engine).startswith(kind))
        sys.stdout.write(f"  {failure(past, Engine)}\n  {json.dumps(to_json(past))}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
