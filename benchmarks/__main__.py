"""Runs the benchmarks and prints tables of ratios; README.md beside this says how to read them."""

import argparse
import signal
import sys
from dataclasses import dataclass
from typing import Final

from benchmarks import cold_start, cost, docs_part, edits, engine, relay, report, scale, sync, tasks
from benchmarks.machine import Bench, workshop
from benchmarks.relay import Setting
from benchmarks.subjects.catalogue import CONTROL, FLASK_SOCK, PRODUCT, SUBJECTS
from benchmarks.sync import SyncForm
from shared.telemetry import configure


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How much is measured."""

    subjects: tuple[str, ...]
    settings: tuple[Setting, ...]
    rounds: int
    window_s: float
    commands: int
    drops: int
    sync: SyncForm


QUICK: Final = Form(
    subjects=(CONTROL, FLASK_SOCK, PRODUCT),
    settings=(Setting(50, 50), Setting(100, 100)),
    rounds=2,
    window_s=5.0,
    commands=20,
    drops=100,
    sync=SyncForm(
        pages=(10, 1_000),
        imported=1_000,
        planned=1_000,
        workspaces=10_000,
        real_pages=150,
        real_workspaces=1_000,
    ),
)
FULL: Final = Form(
    subjects=tuple(subject.name for subject in SUBJECTS),
    settings=(Setting(25, 50), Setting(50, 50), Setting(100, 50), Setting(100, 100)),
    rounds=3,
    window_s=6.0,
    commands=60,
    drops=1000,
    sync=SyncForm(
        pages=(10, 1_000, 10_000),
        imported=1_000,
        planned=10_000,
        workspaces=10_000,
        real_pages=1_000,
        real_workspaces=10_000,
    ),
)


_TASK_FILES: Final = 5_000
_DOCS_FILES: Final = 1_000


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="everything; about 40 minutes")
    parser.add_argument(
        "--part",
        choices=("relay", "engine", "sync", "tasks", "docs", "edits", "cost", "scale", "cold"),
        help="only this part",
    )
    parser.add_argument("--subjects", help="comma-separated, of the full form's")
    parser.add_argument("--streams", type=int, help="only settings with so many streams")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--spread", action="store_true", help="let every process use every core")
    asked = parser.parse_args()
    if asked.part in ("cost", "scale"):  # models, which need neither servers nor quiet
        configure("ERROR")
        print("\n".join(cost.tables() if asked.part == "cost" else scale.tables()))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with workshop(spread=asked.spread) as bench, bench.firestore() as firestore:
        _run(bench, firestore, asked)


def _run(bench: Bench, firestore: str, asked: argparse.Namespace) -> None:
    form = FULL if asked.full else QUICK
    rows: list[report.Row] = []
    found: engine.Engine | None = None
    pinned = "a core each for the server and the load" if bench.pinned else "nothing is pinned"
    print(f"{asked.rounds or form.rounds} rounds, {pinned}", flush=True)
    if asked.part in (None, "cold"):
        with bench.emulator("auth") as auth:
            for line in cold_start.run(bench, firestore, auth, asked.rounds or cold_start.ROUNDS):
                print(line, flush=True)
    if asked.part in (None, "relay"):
        rows = _relay(bench, firestore, form, asked)
    if asked.part in (None, "engine"):
        found = engine.run(bench, firestore, commands=form.commands, drops=form.drops)
    if asked.part in (None, "relay", "engine"):
        lines = [*report.relay_tables(rows), *(report.engine_table(found) if found else ())]
        print("\n".join([*lines, *report.bounds(rows, found)]), flush=True)
    if asked.part in (None, "sync"):
        for line in sync.run(bench, firestore, form.sync, asked.rounds or form.rounds):
            print(line, flush=True)
    if asked.part in (None, "docs"):
        for line in docs_part.run(bench, _DOCS_FILES, asked.rounds or form.rounds):
            print(line, flush=True)
    if asked.part in (None, "edits"):
        for line in edits.run(asked.rounds or form.rounds):
            print(line, flush=True)
    if asked.part in (None, "tasks"):
        for line in tasks.run(bench, _TASK_FILES, asked.rounds or form.rounds):
            print(line, flush=True)


def _relay(bench: Bench, firestore: str, form: Form, asked: argparse.Namespace) -> list[report.Row]:
    subjects = asked.subjects.split(",") if asked.subjects else form.subjects
    settings = [each for each in form.settings if asked.streams in (None, each.streams)]
    rounds = relay.run(
        bench,
        firestore,
        subjects,
        settings,
        rounds=asked.rounds or form.rounds,
        window_s=form.window_s,
    )
    return list(relay.medians(rounds))


if __name__ == "__main__":
    main()
