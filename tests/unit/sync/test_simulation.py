"""Whole histories of edits, faults and runs end with both sides equal and nothing lost."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from shared.sync.engine import Engine
from tests.simulation.clocks import START, ForwardClock, JumpyClock
from tests.simulation.histories import from_json, history, play, to_json

ROOT: Final = Path(__file__).parents[3]
SAVED: Final = json.loads((ROOT / "tests/data/sync/seeds.json").read_text())
PARTS: Final = 10
HISTORIES: Final = 300
FIRST_SEED: Final = 1000


@pytest.mark.parametrize("part", range(PARTS))
def test_histories_converge_and_lose_nothing(part: int) -> None:
    for seed in range(FIRST_SEED + part, FIRST_SEED + HISTORIES, PARTS):
        try:
            play(history(seed), Engine)
        except Exception as error:
            error.add_note(f"python -m tests.simulation --histories 1 --seed {seed} --shrink")
            raise


@pytest.mark.parametrize("seed", SAVED["seeds"])
def test_seeds_that_failed_once_converge(seed: int) -> None:
    play(history(seed), Engine)


@pytest.mark.parametrize("saved", SAVED["histories"], ids=lambda saved: saved["why"])
def test_histories_that_failed_once_converge(saved: dict[str, Any]) -> None:
    play(from_json(saved["history"]), Engine)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + 6))
def test_the_same_seed_gives_the_same_trace(seed: int) -> None:
    once = play(history(seed), Engine, detail=True).trace()
    assert play(history(seed), Engine, detail=True).trace() == once


def test_another_process_gives_the_same_trace() -> None:
    """The order of sets of texts differs among processes: nothing may depend on it."""
    code = (
        "from shared.sync.engine import Engine\n"
        "from tests.simulation.histories import history, play\n"
        f"print(play(history({FIRST_SEED}), Engine, detail=True).trace())"
    )
    traces = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(traces) == 1


def test_a_history_survives_being_saved() -> None:
    assert from_json(to_json(history(FIRST_SEED))) == history(FIRST_SEED)


def test_notions_time_goes_on_while_the_engines_clock_is_set_back() -> None:
    clock = JumpyClock()
    notion = ForwardClock(clock)
    times = [notion.now()]
    for seconds in (-600, 0, 600):
        clock.advance(60)
        clock.jump(seconds)
        times.append(notion.now())
    assert [(time - START).total_seconds() for time in times] == [0, 60, 120, 180]
