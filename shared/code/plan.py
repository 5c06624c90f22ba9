"""A plan for a task as a value: what was read, and what is to be done in which order."""

from dataclasses import dataclass
from typing import Literal

Size = Literal["S", "M", "L"]
Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Lines `first` to `last` of a file (from 1, inclusive), and what they show."""

    path: str
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change. `number`: from 1. `new`: the file is made by the plan.

    `symbol`: the definition that changes, "" for the file itself; `symbol_new`: it is made.
    `after`: numbers of the steps that come first.
    """

    number: int
    path: str
    change: str
    new: bool = False
    symbol: str = ""
    symbol_new: bool = False
    size: Size = "M"
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A command to run, and what it shows."""

    command: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A rejected alternative and why; or a risk and how to undo what it did."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan; every text is plain prose of the model and not trusted."""

    problem: str
    approach: str
    steps: tuple[Step, ...]
    tests: tuple[Check, ...]
    confidence: Confidence
    reason: str
    evidence: tuple[Evidence, ...] = ()
    rejected: tuple[Pair, ...] = ()
    risks: tuple[Pair, ...] = ()
    non_goals: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class PlanFaultsError(ValueError):
    """A reply is no plan that can be used; `faults`: one sentence each, exact enough to mend."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
