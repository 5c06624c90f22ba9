"""Times of cycles over real sockets: Notion's stand-in, git's own backend, a Firestore emulator.

The floor of each is what no way of doing it could leave out, done through the same adapters one
after another, in the same round.
"""

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import requests

from benchmarks.machine import Bench, free_port, python
from benchmarks.sync_cycles import UnsettledError
from benchmarks.sync_floors import change_floor, commit_order, idle_floor, import_floor, rows_of
from benchmarks.sync_stage import BRANCH, COLUMNS, CountingStore, Counts, Ports, Site, body_of
from dev.launcher.ports import HOST
from shared.adapters.clock import SystemClock
from shared.adapters.firestore import FirestoreStore
from shared.adapters.git import DulwichRepository
from shared.adapters.notion import NotionClient
from shared.ports.repository import Change

_TOKEN: Final = "ntn_bench"
_PASSWORD: Final = "bench"
_SETTLES_S: Final = 180  # after so long no more is expected in the minute of an edit
_MOST_RUNS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A case: milliseconds of it and of its floor, the ratio as median (least, most), and counts.

    `counts`: of one of them, and they must be the same as over fakes but for their timing.
    """

    case: str
    pages: int
    ms: float
    floor_ms: float
    ratio: tuple[float, float, float]
    counts: Counts


class _Clock(SystemClock):
    """Goes on with Notion's stand-in, so that what was edited just now counts as settled."""

    def __init__(self, control: str) -> None:
        self._control = control
        self._ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self._ahead

    def settle(self) -> None:
        """Let the time pass after which an edit's minute is over, here and at the stand-in."""
        self._ahead += timedelta(seconds=_SETTLES_S)
        _tell(self._control, "clock", {"move_s": _SETTLES_S})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vendors:
    notion: str
    control: str
    git: str
    git_control: str


def run(bench: Bench, firestore: str, pages: int, rounds: int) -> list[Timed]:
    """Import, idle and change a workspace of so many pages."""
    with _vendors(bench) as vendors:
        clock = _Clock(vendors.control)
        site = _site(vendors, firestore, clock)
        order = {"data_source_id": site.docs.id, "count": pages, "minutes_apart": 5}
        _tell(vendors.control, "seed", order | {"markdown": body_of(0)})
        clock.settle()
        imported = _import(site, pages)
        rows = rows_of(site)
        return [
            imported,
            _timed(site, "idle", pages, rounds, 0, lambda: None, lambda: idle_floor(site)),
            _timed(
                site,
                "one page edited in Notion",
                pages,
                rounds,
                1,
                lambda: _edit(vendors, next(rows), clock),
                lambda: change_floor(site),
            ),
        ]


@contextlib.contextmanager
def _vendors(bench: Bench) -> Iterator[_Vendors]:
    ports = [free_port() for _ in range(4)]
    notion = python("dev.notion_standin", "--port", ports[0], "--control-port", ports[1])
    notion += ["--token", _TOKEN, "--rate-limit", "0"]
    git = python("dev.git_server", "--port", ports[2], "--control-port", ports[3], "--empty")
    git += ["--root", str(bench.folder / "git"), "--username", "bench", "--password", _PASSWORD]
    addresses = [f"http://{HOST}:{port}" for port in ports]
    with bench.helper(notion, ports[0]), bench.helper(git, ports[2]):
        yield _Vendors(
            notion=addresses[0],
            control=addresses[1],
            git=f"{addresses[2]}/demo.git",
            git_control=addresses[3],
        )


def _site(vendors: _Vendors, firestore: str, clock: _Clock) -> Site:
    asked: list[None] = []
    notion = NotionClient(_TOKEN, vendors.notion, lambda: asked.append(None))
    repository = DulwichRepository(
        vendors.git, "bench", _PASSWORD, allowed_hosts=[HOST], allow_private=True
    )
    first = Change(path="README.md", content=b"# Bench\n")
    repository.push(BRANCH, None, commit_order("Begin", clock.now(), first))
    parent = _asked(f"{vendors.control}/info")["parent_page_id"]
    tasks, docs = (notion.create_database(parent, each, COLUMNS) for each in ("Tasks", "Docs"))
    ports = Ports(
        notion=notion,
        repository=repository,
        store=CountingStore(FirestoreStore("demo-nexus", firestore)),
        clock=clock,
        notion_count=lambda: len(asked),
        git_count=lambda: len(_asked(f"{vendors.git_control}/control/requests")["requests"]),
    )
    return Site(ports, tasks, docs, notion.me().id)


def _import(site: Site, pages: int) -> Timed:
    """Runs until everything is there; a person confirms the first one at once."""
    idle_floor(site)  # opens the connections
    before, began = site.counts(), time.perf_counter()
    for _ in range(_MOST_RUNS):
        report, _ = site.cycle()
        if report.hold is not None:
            site.confirm()
        elif not report.more and site.is_settled():
            break
    took_s = time.perf_counter() - began
    used = site.counts().less(before)
    floor_s = _seconds(lambda: import_floor(site))
    ratio = took_s / floor_s
    return Timed(
        case="first import from Notion, without a rate limit",
        pages=pages,
        ms=took_s * 1000,
        floor_ms=floor_s * 1000,
        ratio=(ratio, ratio, ratio),
        counts=used,
    )


def _timed(
    site: Site,
    case: str,
    pages: int,
    rounds: int,
    changes: int,
    prepare: Callable[[], None],
    floor: Callable[[], None],
) -> Timed:
    times, floors, counts = [], [], Counts()
    for _ in range(rounds + 1):  # the first one opens connections, and is not counted
        prepare()
        began = time.perf_counter()
        report, counts = site.cycle()
        times.append(time.perf_counter() - began)
        if report.run is None or report.run.changes.to_git != changes:
            raise UnsettledError(f"{case}: {report}")
        floors.append(_seconds(floor))
    ratios = [one / least for one, least in zip(times[1:], floors[1:], strict=True)]
    return Timed(
        case=case,
        pages=pages,
        ms=statistics.median(times[1:]) * 1000,
        floor_ms=statistics.median(floors[1:]) * 1000,
        ratio=(statistics.median(ratios), min(ratios), max(ratios)),
        counts=counts,
    )


def _edit(vendors: _Vendors, row: str, clock: _Clock) -> None:
    markdown = f"{body_of(0)}\nAnother line, at {time.perf_counter()}.\n"
    _tell(vendors.control, "edits", {"action": "markdown", "id": row, "markdown": markdown})
    clock.settle()


def _tell(control: str, path: str, order: dict[str, Any]) -> None:
    requests.post(f"{control}/{path}", json=order, timeout=120).raise_for_status()


def _asked(url: str) -> Any:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
