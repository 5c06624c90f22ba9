"""Reads the model's reply: ten sections in plain text, one entry in a line.

Strict: what does not have the form is a fault that the model is told once.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Final, TypeVar, cast

from shared.code.plan import (
    Check,
    Confidence,
    Evidence,
    Pair,
    Plan,
    PlanFaultsError,
    Size,
    Step,
)

SECTIONS: Final = (
    "Problem",
    "Evidence",
    "Approach",
    "Rejected",
    "Steps",
    "Tests",
    "Risks",
    "Non-goals",
    "Questions",
    "Confidence",
)
_MAY_BE_NONE: Final = frozenset({"Evidence", "Rejected", "Risks", "Non-goals", "Questions"})
MAX_STEPS: Final = 30
_MAX_ENTRIES: Final = 30
_MAX_PROSE: Final = 4_000
_MAX_LINE: Final = 1_200
_MAX_REPLY: Final = 60_000
_HEADING = re.compile(r"^##[ \t]+(\S[^\n]*?)[ \t]*$", re.MULTILINE)
_EVIDENCE = re.compile(r"`?([^\s`|]+?):(\d{1,6})(?:-(\d{1,6}))?`?")
_COMMAND = re.compile(r"-[ \t]+`([^`\n]{1,300})`[ \t]*\|[ \t]*(\S.*)")
_STEP = re.compile(r"(\d{1,3})[.)][ \t]+(.*)")
_NEW = re.compile(r"[ \t]*\(new\)$", re.IGNORECASE)
_FENCE = re.compile(r"\A```\w*\n(.*)\n```\s*\Z", re.DOTALL)
T = TypeVar("T")


def parse_plan(reply: str) -> Plan:
    """Read a reply; steps come in an order in which each follows what it depends on.

    Raises:
        PlanFaultsError: it does not have the form; all faults at once.
    """
    return _Reader(reply).plan()


class _Reader:
    def __init__(self, reply: str) -> None:
        self.faults: list[str] = []
        self._sections = self._split(reply[:_MAX_REPLY])

    def plan(self) -> Plan:
        if self.faults:
            raise PlanFaultsError(self.faults)
        confidence, reason = self._confidence()
        plan = Plan(
            problem=self._prose("Problem"),
            evidence=self._entries("Evidence", self._evidence),
            approach=self._prose("Approach"),
            rejected=self._entries("Rejected", self._pair),
            steps=self._steps(),
            tests=self._entries("Tests", self._check),
            risks=self._entries("Risks", self._pair),
            non_goals=self._entries("Non-goals", self._text),
            questions=self._entries("Questions", self._text),
            confidence=confidence,
            reason=reason,
        )
        if self.faults:
            raise PlanFaultsError(self.faults)
        return plan

    def _split(self, reply: str) -> dict[str, str]:
        whole = _FENCE.sub(r"\1", reply.replace("\r\n", "\n").strip())
        heads = list(_HEADING.finditer(whole))
        names = [head[1] for head in heads]
        if names != list(SECTIONS):
            wanted = ", ".join(f"`## {name}`" for name in SECTIONS)
            self.faults.append(f"The headings must be exactly these, in this order: {wanted}.")
            return {}
        if whole[: heads[0].start()].strip():
            self.faults.append("Nothing may stand before `## Problem`.")
        ends = [head.start() for head in heads[1:]] + [len(whole)]
        return {
            head[1]: whole[head.end() : end].strip() for head, end in zip(heads, ends, strict=True)
        }

    def _prose(self, name: str) -> str:
        text = self._sections[name]
        if not text:
            self.faults.append(f"`## {name}` is empty.")
        if len(text) > _MAX_PROSE:
            self.faults.append(f"`## {name}` is longer than {_MAX_PROSE} characters.")
        return text

    def _lines(self, name: str) -> list[str]:
        """The section's entries; a line that is indented goes on with the one before."""
        found: list[str] = []
        for line in self._sections[name].split("\n"):
            if line[:1].isspace() and line.strip() and found:
                found[-1] += f" {line.strip()}"
            elif line.strip():
                found.append(line.strip())
        if name in _MAY_BE_NONE and [line.strip("-. ").lower() for line in found] in ([], ["none"]):
            return []
        if not found:
            self.faults.append(f"`## {name}` needs at least one entry.")
        if len(found) > _MAX_ENTRIES:
            self.faults.append(f"`## {name}` has more than {_MAX_ENTRIES} entries.")
        for line in found:
            if len(line) > _MAX_LINE:
                self.faults.append(
                    f"An entry of `## {name}` is longer than {_MAX_LINE} characters."
                )
        return found

    def _entries(self, name: str, read: Callable[[str], T | None]) -> tuple[T, ...]:
        entries = []
        for line in self._lines(name):
            entry = read(line)
            if entry is None:
                self.faults.append(f"`## {name}`: this line does not have the form: {line[:120]}")
            else:
                entries.append(entry)
        return tuple(entries)

    def _evidence(self, line: str) -> Evidence | None:
        place, text = _halves(line)
        found = _EVIDENCE.fullmatch(place)
        if found is None or not text:
            return None
        first = int(found[2])
        return Evidence(path=found[1], first=first, last=int(found[3] or first), text=text)

    def _pair(self, line: str) -> Pair | None:
        what, why = _halves(line)
        return Pair(what=what, why=why) if what and why else None

    def _text(self, line: str) -> str | None:
        return line[1:].strip() or None if line.startswith("-") else None

    def _check(self, line: str) -> Check | None:
        found = _COMMAND.fullmatch(line)
        return Check(command=found[1].strip(), text=found[2].strip()) if found else None

    def _steps(self) -> tuple[Step, ...]:
        steps = self._entries("Steps", self._step)
        if [step.number for step in steps] != list(range(1, len(steps) + 1)):
            self.faults.append("`## Steps`: number the steps 1, 2, 3 … without a gap.")
            return ()
        return self._ordered(steps)

    def _step(self, line: str) -> Step | None:
        found = _STEP.fullmatch(line)
        parts = [part.strip() for part in found[2].split(" | ", 4)] if found else []
        if found is None or len(parts) < 5:
            return None
        path, symbol, size, after, change = parts
        before = _numbers(after)
        if size not in ("S", "M", "L") or before is None or not change:
            return None
        named = _NEW.sub("", symbol).strip("` ")
        return Step(
            number=int(found[1]),
            path=_NEW.sub("", path).strip("` "),
            new=_NEW.search(path) is not None,
            symbol="" if named in ("-", "") else named,
            symbol_new=_NEW.search(symbol) is not None,
            size=cast(Size, size),
            after=before,
            change=change,
        )

    def _ordered(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The steps in an order that keeps what each comes after, numbered anew."""
        known = {step.number: step for step in steps}
        for step in steps:
            for number in set(step.after) - set(known):
                self.faults.append(f"Step {step.number} comes after step {number}: there is none.")
        if any(set(step.after) - set(known) for step in steps):
            return ()
        try:
            order = list(_stable(known))
        except CycleError:
            self.faults.append("`## Steps`: the steps wait for each other in a circle.")
            return ()
        place = {number: at for at, number in enumerate(order, 1)}
        return tuple(
            replace(
                known[number],
                number=place[number],
                after=tuple(sorted(place[each] for each in set(known[number].after))),
            )
            for number in order
        )

    def _confidence(self) -> tuple[Confidence, str]:
        level, reason = _halves(self._sections["Confidence"].lstrip("- "))
        if level.lower() not in ("low", "medium", "high") or not reason:
            self.faults.append("`## Confidence` is one line: low, medium or high | why.")
        return cast(Confidence, level.lower()), reason


def _stable(steps: dict[int, Step]) -> list[int]:
    """The numbers, always the smallest that may come next."""
    sorter = TopologicalSorter({number: step.after for number, step in steps.items()})
    sorter.prepare()
    ready: list[int] = []
    order: list[int] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        order.append(ready.pop(0))
        sorter.done(order[-1])
    return order


def _halves(line: str) -> tuple[str, str]:
    what, _, why = line.removeprefix("-").partition(" | ")
    return what.strip(), " ".join(why.split())


def _numbers(text: str) -> tuple[int, ...] | None:
    """`-` or `1, 3`; None for anything else."""
    if text in ("-", "none", ""):
        return ()
    parts = [part.strip() for part in text.split(",")]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else None
