"""What a cycle asks for where nothing changed, and where one page did: exact counts over fakes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.sync_fakes import FakeSite
from benchmarks.sync_stage import BRANCH, Counts
from shared.sync.state import SyncState

CYCLE_S: Final = 30
CYCLES: Final = 10
"""Five minutes: the period of complete listings and of the sweep."""
FLOOR_IDLE: Final = Counts(notion=2, git=1, reads=1, writes=1)
"""A query for each of two data sources, a look at the branch, the hot document read and written."""
FLOOR_FROM_NOTION: Final = Counts(notion=3, git=2, reads=3, writes=3)
"""Idle, and the page's body; the push; its link and base."""
FLOOR_FROM_GIT: Final = Counts(notion=4, git=4, reads=3, writes=3)
"""Idle, the page's body and its edit; the new tree, the old one, the blob; link and base."""


class UnsettledError(Exception):
    """A cycle did not do what it was to be measured at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """What the cycles of a case asked for. `cycles`: how many they are; counts are their sums."""

    case: str
    pages: int
    cycles: int
    counts: Counts
    floor: Counts


def run(pages: int) -> list[Cycle]:
    """All cases with so many pages, edited a minute apart."""
    site = _linked(pages, 60)
    found = [
        _cycles(site, "idle", 1, FLOOR_IDLE),
        _cycles(site, "idle, per cycle over five minutes", CYCLES, FLOOR_IDLE),
        _change(site, "one page edited in Notion", FLOOR_FROM_NOTION, _edit_page),
        _cycles(site, "after it, until its minute is over", 5, FLOOR_IDLE),
        _change(site, "one file edited in git", FLOOR_FROM_GIT, _edit_file),
        _cycles(site, "after it, until its minute is over", 5, FLOOR_IDLE),
    ]
    busy = _linked(pages, 0)
    found.append(_cycles(busy, "idle, all pages edited in one minute", 1, FLOOR_IDLE))
    return found


def _linked(pages: int, apart_s: float) -> FakeSite:
    site = FakeSite()
    site.fill_notion(pages, apart_s)
    site.link_all()
    return site


def _cycles(site: FakeSite, case: str, cycles: int, floor: Counts) -> Cycle:
    before = site.counts()
    for _ in range(cycles):
        site.clock.advance(CYCLE_S)
        report, _ = site.cycle()
        if report.run is None or report.run.outcome != "ok":
            raise UnsettledError(f"{case}: {report}")
    used = site.counts().less(before)
    return Cycle(case=case, pages=_pages(site), cycles=cycles, counts=used, floor=floor)


def _change(site: FakeSite, case: str, floor: Counts, change: Callable[[FakeSite], None]) -> Cycle:
    change(site)
    site.clock.advance(CYCLE_S)
    report, used = site.cycle()
    changes = report.run.changes if report.run else None
    if changes is None or changes.to_git + changes.to_notion != 1:
        raise UnsettledError(f"{case}: {report}")
    return Cycle(case=case, pages=_pages(site), cycles=1, counts=used, floor=floor)


def _pages(site: FakeSite) -> int:
    state: SyncState = site.state()
    return sum(state.links.values())


def _edit_page(site: FakeSite) -> None:
    page_id = next(iter(site.notion.tables.sources[site.docs.id].rows))
    site.notion.as_person().edit_text(page_id, "what is left", "what remains")


def _edit_file(site: FakeSite) -> None:
    contents = site.git.contents(BRANCH)
    path = max(path for path in contents if path.startswith("notion/"))
    text = contents[path].replace(b"by whom", b"by which person", 1)
    site.git.commit(BRANCH, {path: text})
