"""The first import on a virtual clock, against the least that Notion's rate limit allows."""

from dataclasses import dataclass
from typing import Final

from benchmarks.sync_fakes import FakeSite
from benchmarks.sync_stage import BRANCH, Site
from shared.sync.report import Hints, Report

PER_MINUTE: Final = 180
"""Requests of one connection: https://developers.notion.com/reference/request-limits"""
_QUERY_PAGE: Final = 100
_STALLED: Final = 20
_MESSAGE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A first import. `least`: the requests that no way of doing it could save.

    `done`: the pages that have their file, and the file its id; fewer than `pages` where nothing
    went on for many cycles. `cycles`, `limited`: runs, and those that the budget ended. `minutes`:
    on the virtual clock, a person confirming at once; `floor_minutes`: `least` at the rate limit.
    `confirmed`: how often a person was asked. `reads`, `writes`: Firestore.
    """

    origin: str
    pages: int
    done: int
    requests: int
    least: int
    cycles: int
    limited: int
    minutes: float
    commits: int
    reads: int
    writes: int
    confirmed: int

    @property
    def floor_minutes(self) -> float:
        """What the least takes if every request that the limit allows is used."""
        return self.least / PER_MINUTE


def from_notion(pages: int) -> Import:
    """Pages that people made in Notion become files."""
    site = FakeSite(limited=True)
    site.fill_notion(pages, 60)
    queries = 1 + max(1, -(-pages // _QUERY_PAGE))  # Tasks are empty, and that must be seen
    return _measure(site, "Notion", pages, queries + pages)


def from_git(pages: int) -> Import:
    """Files that people committed become pages; what Notion made of each has to be read back."""
    site = FakeSite(limited=True)
    site.fill_git(pages)
    return _measure(site, "git", pages, 2 + 2 * pages)


def _measure(site: FakeSite, origin: str, pages: int, least: int) -> Import:
    site.clock.advance(-site.clock.now().timestamp() % 60)
    before, commits, began = site.counts(), _pushes(site), site.clock.monotonic()
    cycles = limited = confirmed = stalled = 0
    progress = _progress(site)
    while not (site.is_settled() and progress[0] == pages) and stalled < _STALLED:
        report = _due_run(site)
        cycles += 1
        limited += report.run is not None and report.run.outcome == "partial"
        if report.hold is not None and site.state().release is None:
            confirmed += 1
            site.confirm()
        else:
            _wait(site, report)
        now = _progress(site)
        stalled, progress = (stalled + 1 if now == progress else 0), now
    used = site.counts().less(before)
    return Import(
        origin=origin,
        pages=pages,
        done=progress[0],
        requests=used.notion,
        least=least,
        cycles=cycles,
        limited=limited,
        minutes=(site.clock.monotonic() - began) / 60,
        commits=_pushes(site) - commits,
        reads=used.reads,
        writes=used.writes,
        confirmed=confirmed,
    )


def _due_run(site: Site) -> Report:
    ports = site.ports
    return site.engine.run(site.workspace, ports.notion, ports.repository, Hints())


def _wait(site: FakeSite, report: Report) -> None:
    """Until the next run: a message's way where work is left, else until it is due."""
    left_s = (site.state().next_sync_at - site.clock.now()).total_seconds()
    site.clock.advance(_MESSAGE_S if report.more else max(left_s, _MESSAGE_S))


def _progress(site: FakeSite) -> tuple[int, int]:
    """Files that name their page, and pages."""
    files = site.git.contents(BRANCH)
    named = sum(b"\nid: " in text for text in files.values())
    return named, len(site.notion.tables.pages)


def _pushes(site: FakeSite) -> int:
    return sum(call.method == "push" for call in site.git.calls)
