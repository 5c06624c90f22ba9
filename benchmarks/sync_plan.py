"""The planner's time for thousands of pages, as a ratio to reading the same files once."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.sync_fakes import FakeSite
from shared.ports.repository import Blob
from shared.sync.file import changed_text, read_file
from shared.sync.link import Base
from shared.sync.match import Observed
from shared.sync.model import FileSide, PageSide
from shared.sync.plan import make_plan, with_link_ids
from shared.sync.workspace import Workspace
from shared.text.markdown import body_hash

CHANGED_SHARE: Final = 100
_SMALLER: Final = 10
_READ_SHARE: Final = 50
"""Of 10,000 pages as many as a pass reads the bodies of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A case. `ms`: for the whole plan, median of the rounds. `ratio`: to reading the files of all
    `pages` once, median (least, most) over the rounds. `growth`: time per page against a tenth of
    the pages; 1 is linear.
    """

    case: str
    pages: int
    actions: int
    ms: float
    ratio: tuple[float, float, float]
    growth: float


def run(pages: int, rounds: int) -> list[Planned]:
    """Plan each case at `pages` and at a tenth of them, the cases and the baseline by turns."""
    large, small = _cases(pages), _cases(pages // _SMALLER)
    found = {case: _Times() for case in large}
    for _ in range(rounds):
        least_s = _seconds(large["unchanged"].read)
        for case, times in found.items():
            whole_s = _seconds(large[case].plan)
            times.ratios.append(whole_s / least_s)
            times.growths.append(whole_s / _SMALLER / _seconds(small[case].plan))
            times.ms.append(whole_s * 1000)
    return [_planned(case, large[case], times, pages) for case, times in found.items()]


class _Times:
    def __init__(self) -> None:
        self.ms: list[float] = []
        self.ratios: list[float] = []
        self.growths: list[float] = []


def _planned(case: str, one: "_Case", times: _Times, pages: int) -> Planned:
    ratios = times.ratios
    return Planned(
        case=case,
        pages=pages,
        actions=one.actions(),
        ms=statistics.median(times.ms),
        ratio=(statistics.median(ratios), min(ratios), max(ratios)),
        growth=statistics.median(times.growths),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    seen: Observed
    workspace: Workspace

    def plan(self) -> None:
        """What is measured."""
        make_plan(self.seen, self.workspace, {})

    def read(self) -> None:
        """The baseline: take each file apart once, and hash each page's body."""
        for path, file in self.seen.files.items():
            read_file(path, file.blob, file.text.encode())
        for side in self.seen.pages.values():
            body_hash(side.body)

    def actions(self) -> int:
        """How many decisions come of it."""
        return len(make_plan(self.seen, self.workspace, {}).actions)


def _cases(pages: int) -> Mapping[str, _Case]:
    site = FakeSite()
    site.fill_notion(pages, 60)
    new = site.observed()
    linked = _linked(new, site.workspace)
    cases = {
        "unchanged": linked,
        "1 % changed on one side": _edited(linked, both=False),
        "1 % changed on both sides": _edited(linked, both=True),
        "all new in Notion": new,
        "all new in git": _without_ids(replace(linked, pages={}, links={}, bases={})),
        "first contact by name, 2 % read": _without_ids(_unlinked(linked)),
        "1 % renamed, their ids lost": _renamed(linked),
    }
    return {name: _Case(seen, site.workspace) for name, seen in cases.items()}


def _linked(new: Observed, workspace: Workspace) -> Observed:
    """The same as after a sync of everything."""
    names = (f"link{number:06}" for number in range(len(new.pages)))
    plan = with_link_ids(make_plan(new, workspace, {}), names)
    files = {a.file.path: a.file.text for a in plan.actions if a.file and a.file.path}
    return _with_files(
        replace(
            new,
            links={action.link.id: action.link for action in plan.actions},
            bases={a.link.id: Base(file=a.base_file, body=a.page_base) for a in plan.actions},
        ),
        files,
    )


def _with_files(seen: Observed, texts: Mapping[str, str]) -> Observed:
    files = {path: _file(path, text) for path, text in texts.items()}
    return replace(seen, files=files, tree={path: each.blob for path, each in files.items()})


def _file(path: str, text: str) -> FileSide:
    content = text.encode()
    return read_file(path, Blob.of(content), content)


def _texts(seen: Observed, change: Callable[[int, str], str]) -> dict[str, str]:
    return {
        path: change(number, file.text)
        for number, (path, file) in enumerate(sorted(seen.files.items()))
    }


def _edited(seen: Observed, *, both: bool) -> Observed:
    """Every hundredth page got another word, and its file too or not."""
    changed = set(sorted(seen.pages)[::CHANGED_SHARE])
    pages = {
        key: replace(side, body=side.body.replace("what is left", "what remains"))
        if key in changed
        else side
        for key, side in seen.pages.items()
    }
    paths = {link.path for link in seen.links.values() if link.page_id in changed}
    texts = {
        path: file.text.replace("by whom", "by which person")
        if both and path in paths
        else file.text
        for path, file in seen.files.items()
    }
    return _with_files(replace(seen, pages=pages), texts)


def _unlinked(seen: Observed) -> Observed:
    """As after a change of repository: nothing is linked, and some of the pages are read."""
    pages: dict[str, PageSide] = dict(sorted(seen.pages.items())[::_READ_SHARE])
    return replace(seen, pages=pages, links={}, bases={}, contact=("tasks", "docs"))


def _without_ids(seen: Observed) -> Observed:
    return _with_files(seen, _texts(seen, lambda _, text: changed_text(text, {"id": None})))


def _renamed(seen: Observed) -> Observed:
    """Every hundredth file has another name, no id, and another word, so nothing tells whose."""
    texts = {path: file.text for path, file in seen.files.items()}
    for path in sorted(texts)[::CHANGED_SHARE]:
        text = changed_text(texts.pop(path), {"id": None})
        texts[path.replace(".md", "-renamed.md")] = text.replace("by whom", "by which person")
    return _with_files(seen, texts)


def _seconds(work: Callable[[], None]) -> float:
    """Processor time, which other processes of the machine disturb least."""
    began = time.process_time()
    work()
    return time.process_time() - began
