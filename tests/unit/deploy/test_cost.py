"""The model of costs, and the page that shows what it says."""

from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks import cost
from tests.support.terraform import ROOT, Code


def test_the_page_shows_the_models_tables() -> None:
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf8")
    tables = "\n".join(cost.tables()).split("\n\n")
    assert len(tables) == 4
    for table in tables:
        assert table in page


def test_more_work_costs_more_in_every_part_that_it_uses() -> None:
    bills = [cost.workspace(load) for load in (cost.IDLE, *cost.LOADS)]
    for less, more in pairwise(bills):
        assert all(more[kind] >= less[kind] for kind in less)
        assert sum(more.values()) > sum(less.values())


def test_speech_is_paid_by_the_hour_that_its_connection_is_open() -> None:
    load = replace(cost.IDLE, days=10, speech_min=60)
    assert cost.workspace(load)["speech"] == pytest.approx(10 * 0.45)


def test_a_command_of_claude_costs_its_tokens() -> None:
    load = replace(cost.IDLE, days=1, commands=1)
    rates = replace(cost.RATES, command_in=1_000_000, command_cached=0, command_out=1_000_000)
    assert cost.workspace(load, rates)["Claude"] == pytest.approx(0.10 + 0.50)


def test_an_idle_workspace_looked_at_half_as_often_costs_less() -> None:
    often = cost.workspace(cost.IDLE)
    seldom = cost.workspace(cost.IDLE, replace(cost.RATES, cycle_s=60))
    assert seldom["sync"] == pytest.approx(often["sync"] / 2)
    assert seldom["Firestore"] < often["Firestore"]


def test_what_is_kept_warm_is_all_that_differs_between_environments() -> None:
    prod, staging = cost.fixed(), cost.fixed(warm_voice=0)
    assert {kind for kind in prod if prod[kind] != staging[kind]} == {"voice service kept warm"}


def test_sizes_are_those_of_terraform() -> None:
    app = Code.of("modules/app")
    sync, tick = (app.locals()["functions"][name] for name in ("sync_workspace", "sync_tick"))
    assert (float(sync["cpu"]), sync["memory"]) == (cost.SYNC_VCPU, f"{cost.SYNC_GIB:.0f}Gi")
    assert (tick["cpu"], tick["memory"]) == ("0.167", "256Mi")
    voice = app.files["variables.tf"].split('variable "voice" {')[1]
    assert f'optional(string, "{cost.VOICE_VCPU:.0f}")' in voice
    assert f'optional(string, "{cost.VOICE_GIB:.0f}Gi")' in voice
    assert cost.RATES.cycles_together <= sync["concurrency"]


def test_backups_are_those_of_terraform() -> None:
    schedules = {
        each.name: int(each.body["retention"].strip('"s'))
        for each in Code.of("modules/app").resources("google_firestore_backup_schedule")
    }
    day_s = 24 * 3600
    kept = schedules["daily"] // day_s + schedules["weekly"] // (7 * day_s)
    assert (kept, len(schedules)) == (cost.BACKUPS, 2)


def test_what_is_kept_to_go_back_to_costs_by_its_size() -> None:
    larger = replace(cost.RATES, stored_gib=1 + cost.RATES.stored_gib)
    more = cost.workspace(cost.IDLE, larger)["Firestore"] - cost.workspace(cost.IDLE)["Firestore"]
    assert more == pytest.approx(0.18 + cost.BACKUPS * 0.03)


def test_every_price_names_its_source() -> None:
    assert all(price.source.startswith("https://") for price in cost.PRICES.values())
    assert {name for name, price in cost.PRICES.items() if price.checked} == {
        "vcpu",
        "speech",
        "token_in",
        "token_cached",
        "token_out",
    }
