"""The simulation of scale, and the page that shows what it says."""

from dataclasses import replace

import pytest

from benchmarks import cost, scale
from shared.services import tick
from tests.support.terraform import ROOT, Code


def test_the_page_shows_the_simulations_tables() -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf8")
    tables = "\n".join(scale.tables()).split("\n\n")
    assert len(tables) == 3
    for table in tables:
        assert table in page


def test_what_the_dispatcher_can_send_is_sent_in_its_slot() -> None:
    found = scale.fan_out(2 * scale.capacity(scale.RAISED), scale.RAISED)
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
    few, many = (scale.fan_out(10_000, each) for each in (scale.TODAY, scale.RAISED))
    assert few.waiting > 10 * many.waiting


def test_a_connection_serves_as_many_workspaces_as_its_budget_has_requests_for() -> None:
    # 144 of 180 requests a minute, of which each workspace takes 2 × 4.
    assert scale.share_connection(18, requests=4, minutes=5).refused < 0.02
    assert scale.share_connection(36, requests=4, minutes=5).refused > 0.2


def test_what_there_is_is_what_terraform_and_the_program_say() -> None:
    prod = Code.of("environments/prod").files["variables.tf"]
    most, voice = (prod.split(f'variable "{name}" {{')[1] for name in ("max_instances", "voice"))
    assert f"default     = {scale.TODAY.instances}\n" in most
    assert f"max_instances = optional(number, {scale.VOICE_INSTANCES})" in voice
    app = Code.of("modules/app")
    assert app.locals()["functions"]["sync_workspace"]["concurrency"] == (
        scale.TODAY.runs_an_instance
    )
    assert f"optional(number, {scale.VOICE_CONCURRENCY})" in app.files["variables.tf"]
    assert tick.SLOT_S * tick._SLOTS_PER_TICK == 60


def test_no_service_of_prod_is_more_than_a_new_project_is_allowed() -> None:
    """20 processors and 40 GiB in a region: the quotas Cpu- and MemAllocPerProjectRegion."""
    functions = Code.of("modules/app").locals()["functions"]
    sizes = [(float(each["cpu"]), each["memory"]) for each in functions.values()]
    gib = {"256Mi": 0.25, "512Mi": 0.5, "1Gi": 1.0}
    asked = [(scale.TODAY.instances * cpu, scale.TODAY.instances * gib[m]) for cpu, m in sizes]
    voice = scale.VOICE_INSTANCES
    asked.append((voice * cost.VOICE_VCPU, voice * cost.VOICE_GIB))
    assert all(vcpu <= 20 and memory <= 40 for vcpu, memory in asked)
