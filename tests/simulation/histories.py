"""Histories: made from a seed, played in a world, judged, and made smaller when they fail."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final, Literal

from pydantic import TypeAdapter

from shared.ports.state import Put
from shared.sync.conflict import Choice, conflict_document, conflict_path
from shared.sync.report import Hints
from shared.sync.state import Release
from shared.sync.workspace import Policy
from tests.simulation import oracle
from tests.simulation.faults import KINDS, Fault
from tests.simulation.git_person import GIT_WEIGHTS
from tests.simulation.notion_person import NOTION_WEIGHTS
from tests.simulation.world import (
    WID,
    EngineFactory,
    OracleFailure,
    Result,
    World,
)

Hint = Literal["", "force", "full", "pages"]
_HINTS: Final[tuple[Hint, ...]] = ("", "force", "force", "full", "pages")
UNCUT: Final = 10_000
LISTED_EVERY_S: Final = 330
"""Time after which all ids of a large collection are listed again."""
CYCLE_S: Final = 30
MAX_CYCLES: Final = 60
QUIET_CYCLES: Final = 4
"""Runs in a row without a write after which the engine is at rest: longer than its waits."""
MAX_CALLS: Final = 400
"""Calls of one run: far more than these small workspaces need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens. `do`: a person's action (or two people's, who edit the same text), a
    run with its faults, or time that passes.

    `hint`: what the run is told. `seed`: what a person works on.
    """

    do: Literal["notion", "git", "both", "run", "wait", "cap"]
    action: str = ""
    seed: int = 0
    seconds: float = 0
    hint: Hint = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happens before everything is mended and the engine comes to rest."""

    seed: int
    policy: Policy = "manual"
    skips_stale: bool = False
    steps: tuple[Step, ...] = field(default_factory=tuple)


_HISTORY: Final = TypeAdapter(History)


def history(seed: int) -> History:
    """The history of a seed."""
    rng = Random(seed)
    policy: Policy = rng.choice(("manual", "manual", "manual", "notion", "git"))
    calm = rng.random() < 0.25
    big = rng.random() < 0.06
    count = rng.randint(9, 12) if big else rng.randint(1, 6)
    steps = [_person(rng, create=True) for _ in range(count)]
    if big:
        steps += [_run(rng, calm=True), _disaster(rng)]
    for _ in range(rng.randint(2, 4)):
        steps.append(_run(rng, calm))
        steps += [_person(rng) for _ in range(rng.randint(0, 4))]
        if rng.random() < 0.5:
            steps.append(Step(do="wait", seconds=rng.choice((1, 30, 30, 61, 400))))
        if not calm and rng.random() < 0.04:
            steps.append(Step(do="cap"))
    steps.append(_run(rng, calm))
    skips = rng.random() < 0.5
    return History(seed=seed, policy=policy, skips_stale=skips, steps=tuple(steps))


def _person(rng: Random, create: bool = False) -> Step:
    if not create and rng.random() < 0.3:
        return Step(do="both", seed=rng.getrandbits(32))
    side: Literal["notion", "git"] = rng.choice(("notion", "git"))
    weights = GIT_WEIGHTS if side == "git" else NOTION_WEIGHTS
    action = rng.choices(list(weights), list(weights.values()))[0]
    if create and rng.random() < 0.8:
        action = "create"
    return Step(do=side, action=action, seed=rng.getrandbits(32))


def _disaster(rng: Random) -> Step:
    if rng.random() < 0.5:
        return Step(do="git", action="delete_all", seed=rng.getrandbits(32))
    return Step(do="notion", action="trash_all", seed=rng.getrandbits(32))


def _run(rng: Random, calm: bool) -> Step:
    hint = rng.choice(_HINTS)
    count = 0 if calm else rng.choice((0, 0, 1, 1, 2, 4))
    faults = (
        Fault(at=int(rng.expovariate(1 / 15)), kind=rng.choice(KINDS), seed=rng.getrandbits(32))
        for _ in range(count)
    )
    return Step(do="run", seed=rng.getrandbits(32), hint=hint, faults=tuple(faults))


_AWAY: Final = ("archived", "unshared", "moved_out")


def play(past: History, make: EngineFactory, *, detail: bool = False) -> World:
    """Play a history to its end and judge it; the world afterwards.

    Raises:
        OracleFailure: a rule does not hold.
    """
    world = World(make, past.policy, detail)
    world.notion.skips_stale = past.skips_stale
    for step in past.steps:
        _do(world, step)
    if world.notion.query_limit < UNCUT:
        world.notion.query_limit = UNCUT
        world.clock.advance(LISTED_EVERY_S)
    world.git.mend()
    world.people.mend()
    settle(world)
    if any(each.code in _AWAY for each in world.state().problems):
        world.clock.advance(LISTED_EVERY_S)  # what is away is only looked at now and then
        settle(world)
    oracle.check_end(world, resolved=False)
    if chosen := resolve(world, Random(past.seed)):
        settle(world)
        oracle.check_end(world, resolved=True)
        oracle.check_chosen(world, chosen)
    _check_rest(world)
    return world


def _do(world: World, step: Step) -> None:
    if step.do == "notion":
        world.people.act(step.action, Random(step.seed))
    elif step.do == "git":
        world.git.act(step.action, Random(step.seed))
    elif step.do == "both":
        world.both(step.seed)
    elif step.do == "wait":
        world.clock.advance(step.seconds)
    elif step.do == "cap":
        world.notion.query_limit = 2
    else:
        run_once(world, _hints(world, step), step.faults)


def _hints(world: World, step: Step) -> Hints:
    """Deliveries of webhooks: late, doubled, in any order, also of pages that nobody knows."""
    if step.hint == "pages":
        rng = Random(step.seed)
        known = [*world.notion.tables.pages, "00000000-0000-4000-8000-00000000dead"]
        return Hints(pages=tuple(rng.choices(known, k=3)), force=True)
    return Hints(full=step.hint == "full", force=step.hint in ("force", "full"))


def run_once(world: World, hints: Hints, faults: tuple[Fault, ...] = ()) -> Result:
    """One run; a plan that is held is confirmed, as a person would through the API."""
    before = len(world.journal)
    result = world.run(hints, faults)
    if len(world.journal) - before > MAX_CALLS:
        raise OracleFailure(f"a run made {len(world.journal) - before} calls")
    confirm(world, result)
    return result


def confirm(world: World, result: Result) -> None:
    """Confirm the plan that a run held, for the next run."""
    hold = result.report.hold if result.report else None
    if hold is not None:
        release = Release(plan_id=hold.plan_id, left=hold.counts)
        world.confirmed = True
        world.change_state(lambda state: replace(state, release=release))


def settle(world: World, quiet_cycles: int = QUIET_CYCLES) -> None:
    """Let the engine run every 30 s without faults until it is at rest.

    `quiet_cycles`: how many runs in a row write nothing then.

    Raises:
        OracleFailure: it is not within `MAX_CYCLES`.
    """
    quiet = 0
    for _ in range(MAX_CYCLES):
        world.clock.advance(CYCLE_S)
        result = run_once(world, Hints())
        report = result.report
        if report is not None and report.run is None and not report.busy:
            continue  # it is not due
        if report is None or report.busy or report.more or report.hold or result.writes:
            quiet = 0
            continue
        quiet += 1
        if quiet == quiet_cycles:
            return
    raise OracleFailure(f"not at rest after {MAX_CYCLES} cycles: {_last(world)}")


def _last(world: World) -> str:
    return f"{world.reports[-1] if world.reports else None}; {world.state().problems}"


def resolve(world: World, rng: Random) -> list[tuple[str, str]]:
    """Decide all open conflicts as people do through the API; each page id with the text chosen."""
    chosen = []
    pending = [each for each in oracle.conflicts(world) if each.state == "open"]
    for each in pending:
        side: Literal["notion", "git", "merged"] = rng.choice(("notion", "git", "merged"))
        if each.field != "body" and side == "merged":
            side = "git"
        content = f"{each.notion}\n\n{each.git}" if side == "merged" else ""
        texts = {"notion": each.notion, "git": each.git, "merged": content}
        chosen.append((each.page_id, texts[side]))
        choice = Choice(resolution=side, etag=each.etag, content=content)
        document = conflict_document(replace(each, choice=choice))
        world.store.commit([Put(path=conflict_path(WID, each.id), data=document)])
    if pending:
        run_once(world, Hints(links=tuple(each.link_id for each in pending), force=True))
    return chosen


def _check_rest(world: World) -> None:
    """At rest nothing is written any more, not even when everything is listed and compared."""
    for hints in (Hints(force=True, full=True), Hints(force=True)):
        world.clock.advance(400)
        result = run_once(world, hints)
        if result.writes or result.report is None:
            raise OracleFailure(f"not at rest: {result}")


def failure(past: History, make: EngineFactory) -> str:
    """Why a history fails; "" if it does not. An error of the engine is a failure too."""
    try:
        play(past, make)
    except Exception as error:  # whatever the engine raises is looked for
        return f"{type(error).__name__}: {error}"
    return ""


def smaller(past: History, fails: Callable[[History], bool]) -> History:
    """A history with as few steps and faults as possible that still fails."""
    found = True
    while found:
        found = False
        for candidate in _smaller_ones(past):
            if fails(candidate):
                past, found = candidate, True
                break
    return past


def _smaller_ones(past: History) -> Iterator[History]:
    steps = past.steps
    for size in (len(steps) // 2, 3, 2, 1):
        for at in range(0, len(steps) - size + 1) if size else ():
            yield replace(past, steps=steps[:at] + steps[at + size :])
    for at, step in enumerate(steps):
        for n in range(len(step.faults)):
            fewer = replace(step, faults=step.faults[:n] + step.faults[n + 1 :])
            yield replace(past, steps=(*steps[:at], fewer, *steps[at + 1 :]))


def to_json(past: History) -> object:
    """A history as JSON, without what is as usual."""
    return json.loads(_HISTORY.dump_json(past, exclude_defaults=True))


def from_json(data: object) -> History:
    """The history that `to_json` wrote."""
    return _HISTORY.validate_python(data)
