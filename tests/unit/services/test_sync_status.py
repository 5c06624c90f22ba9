"""How a workspace's sync stands, from its state alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.services.sync_status import SyncMode, lag_of, mode_of
from shared.sync.state import Hold, SyncState
from shared.sync.workspace import Remote, Workspace

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WORKSPACE = Workspace(
    wid="w",
    owner="ada",
    notion_id="n",
    notion_name="N",
    bot_id="b",
    parent_page_id="p",
    collections=(),
    created_at=NOW,
    repository=Remote(url="https://git.example/a", branch="main"),
)
HOLD = Hold(plan_id="p", reason="r", counts={}, since=NOW)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def state(**fields: Any) -> SyncState:
    return SyncState(**{"wid": "w", "owner": "ada", "next_sync_at": NOW, **fields})


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({}, SyncMode.IDLE),
        ({"failures": 1}, SyncMode.ERROR),
        ({"failures": 1, "hold": HOLD}, SyncMode.HELD),
        ({"hold": HOLD, "lease_owner": "x", "lease_until": at(1)}, SyncMode.RUNNING),
        ({"hold": HOLD, "lease_owner": "x", "lease_until": NOW}, SyncMode.HELD),
    ],
)
def test_the_mode_is_what_matters_most(fields: dict[str, Any], mode: SyncMode) -> None:
    assert mode_of(WORKSPACE, state(**fields), NOW) is mode


def test_without_a_repository_nothing_else_matters() -> None:
    alone = replace(WORKSPACE, repository=None)
    assert mode_of(alone, state(hold=HOLD), NOW) is SyncMode.NO_REPOSITORY
    assert lag_of(alone, state(), at(1000)) == 0


@pytest.mark.parametrize(
    ("seen", "due", "now", "lag_s"),
    [
        (0, 30, 5, 0),  # as usual
        (0, 30, 42.25, 12.2),  # the cycle is late
        (0, 120, 5, 90),  # stretched: the connection is crowded
        (0, 120, 200, 170),
    ],
)
def test_lag_is_what_the_picture_is_older_than_usual(
    seen: float, due: float, now: float, lag_s: float
) -> None:
    hot = state(last_ok_at=at(seen), next_sync_at=at(due))
    assert lag_of(WORKSPACE, hot, at(now)) == pytest.approx(lag_s, abs=0.06)
