"""The simulation of scale, and the page that shows what it says."""

from dataclasses import replace

import pytest

from benchmarks import scale
from shared.services import tick
from tests.support.terraform import ROOT, Code


def test_the_page_shows_the_simulations_tables() -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf8")
    tables = "\n".join(scale.tables()).split("\n\n")
    assert len(tables) == 3
    for table in tables:
        assert table in page


def test_what_the_dispatcher_can_send_is_sent_in_its_slot() -> None:
    found = scale.fan_out(2 * scale.capacity(scale.TODAY), scale.TODAY)
    assert (found.late_p99_s, found.waiting) == (0, 0)


def test_what_it_cannot_send_waits_and_is_late() -> None:
    found = scale.fan_out(20 * scale.capacity(scale.TODAY), scale.TODAY)
    assert found.late_p50_s > 60
    assert found.waiting > 0


def test_every_workspace_is_sent_or_waits() -> None:
    few = scale.fan_out(7, scale.TODAY, minutes=1)
    assert (few.late_p50_s, few.late_p99_s, few.waiting) == (0, 0, 0)


def test_more_dispatchers_send_more() -> None:
    two = replace(scale.TODAY, dispatchers=2)
    assert scale.capacity(two) == pytest.approx(2 * scale.capacity(scale.TODAY), abs=1)


def test_too_few_instances_bound_it_as_well() -> None:
    starved = replace(scale.TODAY, instances=1)
    assert scale.fan_out(10_000, starved).waiting > scale.fan_out(10_000, scale.TODAY).waiting


def test_a_connection_serves_as_many_workspaces_as_its_budget_has_requests_for() -> None:
    # 144 of 180 requests a minute, of which each workspace takes 2 × 4.
    assert scale.share_connection(18, requests=4, minutes=5).refused < 0.02
    assert scale.share_connection(36, requests=4, minutes=5).refused > 0.2


def test_what_there_is_is_what_terraform_and_the_program_say() -> None:
    prod = (ROOT / "terraform" / "environments" / "prod" / "main.tf").read_text(encoding="utf8")
    assert f"max_instances       = {scale.TODAY.instances}" in prod
    assert "max_instances = 20 }" in prod
    app = Code.of("modules/app")
    assert app.locals()["functions"]["sync_workspace"]["concurrency"] == (
        scale.TODAY.runs_an_instance
    )
    assert f"optional(number, {scale.VOICE_CONCURRENCY})" in app.files["variables.tf"]
    assert tick.SLOT_S * tick._SLOTS_PER_TICK == 60
