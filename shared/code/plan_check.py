"""Holds a plan against the repository: what it names must be there, or be marked as new."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from shared.code.guarded_paths import is_secret
from shared.code.model import Module
from shared.code.outline import read_module, walk
from shared.code.plan import Evidence, Plan, Step

_PATH_CHARS: Final = 200
_GOOD_PATH = re.compile(r"[\w.@+()\[\]\-]+( [\w.@+()\[\]\-]+)*(/[\w.@+()\[\] \-]+)*")
_PATH_IN_PROSE = re.compile(r"(?<![\w/.:@-])((?:\.?[\w@+-][\w.@+-]*/)+[\w@+.-]*\w(\.[a-z]{1,8}))\b")
_NEW_BEHIND = re.compile(r"`?\s*\(new\)")
_URL = re.compile(r"\w+://\S+")
_JOINTS = re.compile(r"::|#|->|/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a plan is checked against.

    `paths`: every file of the tree. `texts`: those that were read. `shown`: path -> the lines of
    it, how many, that the model saw a part of.
    """

    paths: Collection[str]
    texts: Mapping[str, str]
    shown: Mapping[str, int]


def unread(plan: Plan, ground: Ground) -> list[str]:
    """The files that must be read before the plan can be checked, sorted."""
    named = {step.path for step in plan.steps if step.symbol and not step.symbol_new}
    return sorted(
        path
        for path in named
        if path in ground.paths and path not in ground.texts and not is_secret(path)
    )


def plan_faults(plan: Plan, ground: Ground) -> list[str]:
    """What is wrong with a plan, one sentence each with how to mend it; none if it is good."""
    faults = [fault for each in plan.evidence for fault in _evidence_faults(each, ground)]
    made = _Made(set(), {})
    for step in plan.steps:
        faults += _path_faults(step, ground, made)
        faults += _symbol_faults(step, ground, made)
        made.add(step)
    faults += _prose_faults(plan, ground, made.files)
    return list(dict.fromkeys(faults))


@dataclass(frozen=True, slots=True)
class _Made:
    """What the steps so far make: files, and symbols by the path of their file."""

    files: set[str]
    symbols: dict[str, set[str]]

    def add(self, step: Step) -> None:
        if step.new:
            self.files.add(step.path)
        if step.symbol and (step.symbol_new or step.new):
            self.symbols.setdefault(step.path, set()).add(_plain(step.symbol))

    def has(self, path: str, name: str) -> bool:
        known = self.symbols.get(path, ())
        return path in self.files or any(f".{each}".endswith(f".{name}") for each in known)


def _evidence_faults(evidence: Evidence, ground: Ground) -> Iterator[str]:
    lines = ground.shown.get(evidence.path)
    if lines is None:
        yield f"Evidence: {evidence.path} was not among the files that you were shown."
    elif not 1 <= evidence.first <= evidence.last <= lines:
        yield f"Evidence: {evidence.path} has the lines 1-{lines}."


def _path_faults(step: Step, ground: Ground, made: _Made) -> Iterator[str]:
    path = step.path
    if len(path) > _PATH_CHARS or not _GOOD_PATH.fullmatch(path) or _leaves(path):
        yield f"Step {step.number}: `{path[:_PATH_CHARS]}` is no path in a repository."
    elif is_secret(path):
        yield f"Step {step.number}: {path} may hold secrets; plan no change of it."
    elif path in ground.paths or path in made.files:
        if step.new and path in ground.paths:
            yield f"Step {step.number}: {path} is there already: leave out `(new)`."
    elif not step.new:
        yield (
            f"Step {step.number}: {path} is not in the repository: name a file that is, or mark "
            "it `(new)`."
        )
    else:
        blocked = [str(each) for each in PurePosixPath(path).parents if str(each) in ground.paths]
        if blocked:
            yield f"Step {step.number}: {blocked[0]} is a file, so {path} cannot be made."


def _leaves(path: str) -> bool:
    parts = path.split("/")
    return any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)


def _symbol_faults(step: Step, ground: Ground, made: _Made) -> Iterator[str]:
    if not step.symbol:
        return
    name = _plain(step.symbol)
    if step.symbol_new or step.new or made.has(step.path, name):
        return
    text = ground.texts.get(step.path)
    if step.path not in ground.paths:
        return
    if text is None:
        yield f"Step {step.number}: {step.path} cannot be read; write `-` for its symbol."
    elif not _defines(read_module(step.path, text), text, name):
        yield (
            f"Step {step.number}: {step.path} does not define `{step.symbol}`: name what it "
            "defines, mark it `(new)`, or write `-`."
        )


def _defines(module: Module | None, text: str, name: str) -> bool:
    """Whether a file defines a name, given with all, some or none of what it stands in."""
    known = {symbol.qualname for symbol in walk(module)} if module else set()
    if any(f".{each}".endswith(f".{name}") or name.endswith(f".{each}") for each in known):
        return True
    last = re.escape(name.rpartition(".")[2])
    if module and known and not module.problem:  # what an outline leaves out: a variable
        return re.search(rf"^\s*(\w+\s+)*{last}\s*(:[^=\n]+)?=[^=]", text, re.MULTILINE) is not None
    return re.search(rf"(?<!\w){last}(?!\w)", text) is not None


def _plain(symbol: str) -> str:
    return _JOINTS.sub(".", symbol.split("(")[0].strip()).strip(".")


def _prose_faults(plan: Plan, ground: Ground, made: set[str]) -> Iterator[str]:
    suffixes = {PurePosixPath(path).suffix for path in (*ground.paths, *made)}
    for text in _texts(plan):
        prose = _URL.sub(" ", text)
        for found in _PATH_IN_PROSE.finditer(prose):
            path = found[1]
            if found[2] not in suffixes or _is_known(path, ground, made):
                continue
            if not _NEW_BEHIND.match(prose[found.end() :]):
                yield (
                    f"{path} is named and is not in the repository: name a file that is, mark it "
                    "`(new)`, or make it in a step."
                )


def _is_known(path: str, ground: Ground, made: set[str]) -> bool:
    bare = path.removeprefix("./")
    return bare in ground.paths or bare in made


def _texts(plan: Plan) -> Iterator[str]:
    yield from (plan.problem, plan.approach, plan.reason)
    yield from (each.text for each in plan.evidence)
    yield from (step.change for step in plan.steps)
    for check in plan.tests:
        yield from (check.command, check.text)
    for pair in (*plan.rejected, *plan.risks):
        yield from (pair.what, pair.why)
    yield from (*plan.non_goals, *plan.questions)
