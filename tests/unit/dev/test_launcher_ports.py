"""Ports of one stack: all different, and none of another that starts at the same moment."""

from pathlib import Path

import pytest

from dev.launcher.keys import Keys
from dev.launcher.planning import make_plan
from dev.launcher.ports import RANGE_VARIABLE, free_ports


def test_all_ports_of_a_stack_are_different_also_where_there_are_hardly_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(RANGE_VARIABLE, "31000-31100")
    for _ in range(50):
        plan = make_plan(port=31050, state=tmp_path, environ={}, keys=Keys())
        assert len({plan.port, *plan.ports.values()}) == 1 + len(plan.ports)


def test_ports_are_of_the_range_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RANGE_VARIABLE, "31000-31040")
    assert set(free_ports(20)) <= set(range(31000, 31040))


def test_a_range_that_is_used_up_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RANGE_VARIABLE, "31000-31003")
    with pytest.raises(OSError, match="no free ports"):
        free_ports(3, besides=(31001,))
