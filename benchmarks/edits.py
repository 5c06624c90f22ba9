"""What applying a model's reply costs, on a file of 2,000 lines, against bare `str.replace`."""

import ast
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from shared.code.edits import EditRejected, FileEdit, Replacement, Source, apply_edits

LINES: Final = 2_000
_PATH: Final = "src/large.py"
_TEXT: Final = "src/large.txt"
_PER_ROUND: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EditFigures:
    """A case. `ms`: for one reply, median of the rounds. `ratio`: to its baseline, median (least,
    most) over the rounds.
    """

    case: str
    baseline: str
    ms: float
    ratio: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    baseline: str
    ours: Callable[[], object]
    bare: Callable[[], object]


def run(rounds: int) -> Iterator[str]:
    """Measure each case, it and its baseline by turns; a table of Markdown."""
    yield f"\n### Edits: one reply on a file of {LINES:,} lines\n"
    yield "| | ms | against | × |"
    yield "|---|---|---|---|"
    for each in (_measured(case, max(rounds, 3)) for case in _cases()):
        middle, least, most = each.ratio
        yield (
            f"| {each.case} | {each.ms:.2f} | {each.baseline} |"
            f" {middle:.2f} ({least:.2f}–{most:.2f}) |"
        )


def _measured(case: _Case, rounds: int) -> EditFigures:
    ratios, times = [], []
    for _ in range(rounds):
        bare = _seconds(case.bare)
        ours = _seconds(case.ours)
        ratios.append(ours / bare)
        times.append(ours * 1000)
    return EditFigures(
        case=case.name,
        baseline=case.baseline,
        ms=statistics.median(times),
        ratio=(statistics.median(ratios), min(ratios), max(ratios)),
    )


def _cases() -> list[_Case]:
    text = "".join(f"def f{n}(a):\n    b{n} = a\n    return b{n}\n\n" for n in range(LINES // 4))
    one, five = _edits(_PATH, 1), _edits(_PATH, 5)
    plain_one, plain_five = _edits(_TEXT, 1), _edits(_TEXT, 5)
    loose = [_without_indentation(edit) for edit in plain_five]
    lost = [Replacement(path=_TEXT, search="    b7 = a + a\n    return None\n", replace="x\n")]
    bare = "str.replace"
    parsed = "str.replace and ast.parse of the result"
    return [
        _Case("1 block, text", bare, lambda: _apply(text, plain_one), lambda: _bare(text, one)),
        _Case("5 blocks, text", bare, lambda: _apply(text, plain_five), lambda: _bare(text, five)),
        _Case("5 blocks, other indentation", bare, lambda: _apply(text, loose),
              lambda: _bare(text, five)),
        _Case("1 block that does not fit, told with the nearest lines", bare,
              lambda: _refused(text, lost), lambda: _bare(text, one)),
        _Case("1 block, Python", parsed, lambda: _apply(text, one), lambda: _parsed(text, one)),
        _Case("5 blocks, Python", parsed, lambda: _apply(text, five), lambda: _parsed(text, five)),
    ]  # fmt: skip


def _edits(path: str, count: int) -> list[Replacement]:
    step = LINES // 4 // (count + 1)
    return [
        Replacement(
            path=path,
            search=f"    b{n} = a\n    return b{n}\n",
            replace=f"    b{n} = a + 1\n    return b{n}\n",
        )
        for n in range(step, step * (count + 1), step)
    ]


def _without_indentation(edit: Replacement) -> Replacement:
    search, new = edit.search.replace("    ", ""), edit.replace.replace("    ", "")
    return Replacement(path=edit.path, search=search, replace=new)


def _apply(text: str, edits: list[Replacement]) -> Mapping[str, bytes | None]:
    wanted: list[FileEdit] = [*edits]
    return apply_edits({edits[0].path: Source(content=text.encode())}, wanted).files


def _refused(text: str, edits: list[Replacement]) -> str:
    try:
        _apply(text, edits)
    except EditRejected as exc:
        return exc.detail
    raise AssertionError("the edit fits")


def _bare(text: str, edits: list[Replacement]) -> bytes:
    text = text.encode().decode()
    for edit in edits:
        text = text.replace(edit.search, edit.replace)
    return text.encode()


def _parsed(text: str, edits: list[Replacement]) -> ast.Module:
    return ast.parse(_bare(text, edits))


def _seconds(work: Callable[[], object]) -> float:
    """Processor time of one call."""
    began = time.process_time()
    for _ in range(_PER_ROUND):
        work()
    return (time.process_time() - began) / _PER_ROUND
