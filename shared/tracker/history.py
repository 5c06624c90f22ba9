"""What is new on a branch: a walk over its commits down to what is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.ports.repository import CommitInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a walk found.

    `new`: the unknown commits, parents before children. `met`: the known ones at which it stopped.
    `whole`: every way down ended at a known commit or at the first of the history; else there are
    more unknown ones than were fetched.
    """

    new: tuple[CommitInfo, ...]
    met: frozenset[str]
    whole: bool


def walk(tip: str, fetched: Mapping[str, CommitInfo], is_known: Callable[[str], bool]) -> Walk:
    """Walk from `tip` down over the parents; `fetched`: commits by id."""
    new: dict[str, CommitInfo] = {}
    met: set[str] = set()
    whole = True
    seen: set[str] = set()
    waiting = [(tip, False)]
    while waiting:
        sha, below_done = waiting.pop()
        if below_done:
            new[sha] = fetched[sha]
        elif sha in seen:
            continue
        elif is_known(sha):
            met.add(sha)
        elif sha not in fetched:
            whole = False
        else:
            waiting.append((sha, True))
            waiting.extend((parent, False) for parent in reversed(fetched[sha].parents))
        seen.add(sha)
    return Walk(new=tuple(new.values()), met=frozenset(met), whole=whole)
