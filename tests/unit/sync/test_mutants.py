"""Engines that are wrong on purpose: the histories and the crash points find each of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from shared.sync.engine import Engine
from tests.simulation.histories import failure, from_json, history
from tests.simulation.mutants import MUTANTS, Mutant, mutated
from tests.simulation.script import disturbed, undisturbed

DATA: Final = Path(__file__).parents[2] / "data/sync/mutants.json"
KILLERS: Final[dict[str, Any]] = json.loads(DATA.read_text())
MORE_SEEDS: Final = range(2000, 2100)
"""Played when what is kept no longer finds a mutant, because the engine makes other calls now."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_found(mutant: Mutant) -> None:
    expected = undisturbed(2) if "crash_at" in KILLERS[mutant.name] else None
    with mutated(mutant):
        found = any(_findings(KILLERS[mutant.name], expected))
    assert found, f"nothing finds: {mutant.name}"


def _findings(killer: dict[str, Any], expected: Any) -> Iterator[str]:
    if expected is not None:
        outcome, calls = expected
        for call in calls:
            if call.method == killer["crash_at"]:
                yield disturbed(2, "crash_after", call, 0, outcome)
    for saved in killer["histories"]:
        yield failure(from_json(saved), Engine)
    for seed in MORE_SEEDS:
        yield failure(history(seed), Engine)


def test_what_finds_mutants_finds_nothing_in_the_engine_itself() -> None:
    saved = [each for killer in KILLERS.values() for each in killer["histories"]]
    assert [reason for each in saved if (reason := failure(from_json(each), Engine))] == []


def test_every_mutant_has_what_finds_it() -> None:
    assert list(KILLERS) == [mutant.name for mutant in MUTANTS]
