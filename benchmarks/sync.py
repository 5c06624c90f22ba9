"""The sync's part of the benchmarks: measures all of it and shows it as tables in Markdown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks import sync_cycles, sync_import, sync_plan, sync_real, sync_tick
from benchmarks.machine import Bench
from benchmarks.sync_stage import Counts
from shared.adapters.firestore import FirestoreStore
from shared.telemetry import configure


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncForm:
    """How much is measured.

    `pages`: of the workspaces whose cycles are counted. `imported`, `planned`, `workspaces`: of
    the import, the planner and the tick over fakes. `real_pages`, `real_workspaces`: of what goes
    over sockets.
    """

    pages: tuple[int, ...]
    imported: int
    planned: int
    workspaces: int
    real_pages: int
    real_workspaces: int


def run(bench: Bench, firestore: str, form: SyncForm, rounds: int) -> Iterator[str]:
    """Measure and show one table after the other, as soon as each is there."""
    configure("WARNING")  # a tick tells of each slot
    yield from _cycles(cycle for pages in form.pages for cycle in sync_cycles.run(pages))
    yield from _imports(
        [sync_import.from_notion(form.imported), sync_import.from_git(form.imported)]
    )
    yield from _plans(sync_plan.run(form.planned, rounds))
    yield from _real(sync_real.run(bench, firestore, form.real_pages, rounds))
    store = FirestoreStore("demo-nexus", firestore)
    timed = sync_tick.measure(store, firestore, form.real_workspaces, rounds)
    yield from _ticks(sync_tick.count(form.workspaces), timed)


def _cycles(cycles: Iterable[sync_cycles.Cycle]) -> Iterator[str]:
    yield "\n### Requests and documents of a cycle, counted over fakes\n"
    yield "| | pages | Notion | git | Firestore reads | writes |"
    yield "|---|---|---|---|---|---|"
    for each in cycles:
        found, least, runs = each.counts, each.floor, each.cycles
        cells = [
            _against(found.notion / runs, least.notion),
            _against(found.git / runs, least.git),
            _against(found.reads / runs, least.reads),
            _against(found.writes / runs, least.writes),
        ]
        yield f"| {each.case} | {each.pages} | " + " | ".join(cells) + " |"


def _against(found: float, least: int) -> str:
    return f"{found:g} ({found / least:.1f} ×)"


def _imports(imports: Iterable[sync_import.Import]) -> Iterator[str]:
    yield "\n### First import on a virtual clock\n"
    yield (
        "| from | pages | requests (× least) | minutes (× floor) | runs | of them cut by the budget"
        " | confirmed | commits | Firestore reads / writes per page |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for each in imports:
        ended = "" if each.done == each.pages else f", never ended: {each.done} done"
        yield (
            f"| {each.origin}{ended} | {each.pages} |"
            f" {each.requests} ({each.requests / each.least:.2f}) |"
            f" {each.minutes:.1f} ({each.minutes / each.floor_minutes:.2f}) |"
            f" {each.cycles} | {each.limited} | {each.confirmed} | {each.commits} |"
            f" {each.reads / each.pages:.1f} / {each.writes / each.pages:.1f} |"
        )


def _plans(plans: Iterable[sync_plan.Planned]) -> Iterator[str]:
    yield "\n### Planner\n"
    yield "| | pages | actions | ms | × reading the same texts once | growth per page for ×10 |"
    yield "|---|---|---|---|---|---|"
    for each in plans:
        yield (
            f"| {each.case} | {each.pages} | {each.actions} | {each.ms:.0f} |"
            f" {_ratio(each.ratio)} | {each.growth:.2f} |"
        )


def _real(cases: Iterable[sync_real.Timed]) -> Iterator[str]:
    yield "\n### Over sockets\n"
    yield "| | pages | ms | floor ms | × floor | Notion | git | reads | writes |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for each in cases:
        yield (
            f"| {each.case} | {each.pages} | {each.ms:.0f} | {each.floor_ms:.0f} |"
            f" {_ratio(each.ratio)} | {_cells(each.counts)} |"
        )


def _cells(counts: Counts) -> str:
    return f"{counts.notion} | {counts.git} | {counts.reads} | {counts.writes}"


def _ticks(counted: sync_tick.Tick, timed: sync_tick.TickTime) -> Iterator[str]:
    due = counted.due * sync_tick.SLOTS
    yield "\n### Tick\n"
    yield (
        f"{counted.workspaces} workspaces, {counted.due} due in each of {sync_tick.SLOTS} slots:"
        f" {counted.counts.reads} documents read ({counted.counts.reads / due:.2f} × due),"
        f" {counted.counts.writes} written, {counted.messages} messages"
        f" ({counted.messages / due:.2f} × due)."
    )
    yield (
        f"\nA slot on the emulator, {timed.workspaces} workspaces, {timed.due} due:"
        f" {timed.slot_ms:.1f} ms, {_ratio(timed.ratio)} × a query for the ids alone"
        f" ({timed.bare_ms:.1f} ms)."
    )


def _ratio(value: tuple[float, float, float]) -> str:
    median, least, most = value
    return f"{median:.2f} ({least:.2f}–{most:.2f})"
