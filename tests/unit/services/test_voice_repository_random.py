"""Random replies, through the parser into a repository: applied exactly, or refused whole.

`EDIT_REPLIES=10000 python -m pytest tests/unit/services/test_voice_repository_random.py -s` runs
that many; `EDIT_SEED` chooses others.
"""

import os
import random
from collections import Counter

import pytest

from shared.voice.reply import MalformedReply
from shared.voice.repository import Rejected
from tests.support.edit_replies import LINK, Case, make_case, make_files
from tests.support.voice_repository import Desk, command, read_reply, view_of

REPLIES = int(os.environ.get("EDIT_REPLIES", "600"))
SEED = int(os.environ.get("EDIT_SEED", "1"))
BATCH = 20


@pytest.mark.timeout(60 + REPLIES / 20)
def test_random_replies_are_applied_exactly_or_refused_whole() -> None:
    tally: Counter[tuple[str, str]] = Counter()
    for batch in range(-(-REPLIES // BATCH)):
        rng = random.Random(f"{SEED} {batch}")
        files = make_files(rng)
        for number in range(BATCH):
            case = make_case(rng, files)
            outcome = judge(case, f"{SEED} {batch} {number}")
            tally[case.kind, outcome] += 1
    applied = sum(times for (_, outcome), times in tally.items() if outcome == "applied")
    for kind, outcome in sorted(tally):
        print(f"{kind:>14} {outcome:<9} {tally[kind, outcome]}")
    # The generator is worth something only if it makes enough of both.
    assert 0.3 < applied / tally.total() < 0.8
    assert {outcome for _, outcome in tally} <= {"applied", "unchanged", "refused"}


def judge(case: Case, name: str) -> str:
    """Apply a case to a fresh repository and compare; what happened."""
    desk = Desk()
    desk.port.commit("main", case.files)
    desk.port.commit("main", {LINK: b"src"}, mode=0o120000)
    before = desk.contents("main")
    where = f"reply {name} ({case.kind}):\n{case.reply}"
    fault: str | None = None
    try:
        reply = read_reply(case.reply)
        view = view_of(desk.port, case.files)
        applied = desk.connection().apply(command(), reply, view)
    except (Rejected, MalformedReply) as exc:
        fault = exc.detail
    if fault is not None:
        assert case.expected is None, f"refused: {fault}\n{where}"
        assert desk.port.refs().heads.keys() == {"main"}, where
        assert desk.contents("main") == before, where
        return "refused"
    assert case.expected is not None, f"not refused: {where}"
    after = desk.contents() if applied.commit else before
    named = case.expected.keys()
    assert {p: c for p, c in after.items() if p not in named} == {
        p: c for p, c in before.items() if p not in named
    }, where
    for path, pattern in case.expected.items():
        assert pattern.fullmatch(after[path]), (
            f"{path}: {after[path]!r}\n{pattern.pattern!r}\n{where}"
        )
    return "applied" if applied.commit else "unchanged"
