"""A scripted sync in which the instance dies at every single port call, and goes on afterwards."""

from typing import Final

import pytest

from tests.simulation import oracle
from tests.simulation.faults import Kind
from tests.simulation.histories import settle
from tests.simulation.script import disturbed, prepared, run, undisturbed

LEASE_OVER_S: Final = 61
_DEATHS: Final[tuple[Kind, ...]] = ("crash_after", "crash_before")
_LOST: Final[dict[str, tuple[Kind, ...]]] = {
    "commit": ("lost", "stale"),
    "create_row": ("lost", "committed"),
}


@pytest.mark.parametrize("phase", [1, 2])
def test_the_script_does_every_kind_of_thing(phase: int) -> None:
    world = prepared(phase)
    run(world)
    settle(world)
    oracle.check_end(world, resolved=False)
    methods = {call.method for call in world.journal}
    assert {"create_row", "push"} <= methods
    if phase == 2:
        assert {"edit_body", "update_row", "comment"} <= methods
        assert len([each for each in oracle.conflicts(world) if each.state == "open"]) == 2


@pytest.mark.parametrize("wait_s", [0, LEASE_OVER_S])
@pytest.mark.parametrize("phase", [1, 2])
def test_a_run_that_dies_at_any_call_is_made_good_by_the_next_ones(phase: int, wait_s: int) -> None:
    expected, calls = undisturbed(phase)
    wrong = [
        problem
        for call in calls
        # Dying before a call leaves the same behind as dying after the one before it.
        for kind in _DEATHS[: 1 if call.number else 2]
        if wait_s == 0 or call.external
        if (problem := disturbed(phase, kind, call, wait_s, expected))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("phase", [1, 2])
def test_a_write_whose_answer_is_lost_is_not_done_twice(phase: int) -> None:
    expected, calls = undisturbed(phase)
    wrong = [
        problem
        for call in calls
        for kind in _LOST.get(call.method, ("lost",) if call.external else ())
        if (problem := disturbed(phase, kind, call, 0, expected))
    ]
    assert not wrong, "\n".join(wrong)
