"""Which files only the product's own writers changed: those are no accident of a person's."""

from collections.abc import Sequence
from typing import Final

from shared.ports.repository import CommitInfo
from shared.sync.commit import US

MOST: Final = 100
"""Commits that are looked at; where there are more, nothing is taken for the product's own."""
_TRAILERS: Final = ("Nexus-Docs:", "Nexus-Task:")


def own_paths(commits: Sequence[CommitInfo], tip: str) -> frozenset[str]:
    """The paths that only documentation and plans changed since a commit.

    `commits`: newest first, those since `tip` (at most `MOST`); if they do not lead back to it,
    for example after a force-push, nothing counts as own.
    """
    if not commits or tip not in commits[-1].parents:
        return frozenset()
    own = {path for each in commits if _is_own(each) for path in each.paths}
    return frozenset(own.difference(*(each.paths for each in commits if not _is_own(each))))


def _is_own(commit: CommitInfo) -> bool:
    last = commit.message.rstrip().rpartition("\n\n")[2]
    trailed = any(line.startswith(_TRAILERS) for line in last.splitlines())
    return trailed and commit.author.email == US.email
