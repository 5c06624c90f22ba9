"""What a run is asked for, and what it tells afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.sync.state import Hold, Run

WATCHED: Final = ("task/", "voice/")
"""Branches of ours that are looked at with the synced one: all that begin so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What to look at although nothing may seem changed.

    `pages`: page ids from a webhook. `links`: for example those whose conflict was decided.
    `full`: list all ids now. `force`: run although it is not due yet. `due_until`: what is due
    before this moment may run now (a tick comes up to a slot early); None is now.
    """

    pages: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    full: bool = False
    force: bool = False
    due_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did. `run` is None where there was nothing to run (not due, or one runs already).

    `more`: work is left that a next run should take up at once. `pause_s`: work is left because
    Notion's budget is used up for so many seconds; 0 where it is not. `heads`: where the synced
    branch and those of `WATCHED` are, None where the repository was not asked.
    """

    run: Run | None
    hold: Hold | None = None
    busy: bool = False
    more: bool = False
    pause_s: float = 0.0
    heads: Mapping[str, str] | None = None
