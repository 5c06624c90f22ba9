"""The history of watched branches: what is new on one, and what lies below its commits."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from shared.errors import NotFound, TooLarge, UpstreamTimeout
from shared.ports.repository import CommitInfo, Repository
from shared.services.commit_ledger import Kept, Ledger, Overtaken
from shared.telemetry import logger
from shared.tracker.history import Walk, walk

FIRST: Final = 20
"""So many commits get rows that were there before the tracker."""
MOST: Final = 500
"""So many new commits of a branch get rows at once; older ones of the same push do not."""

_FEW: Final = 50


class Moved(Overtaken):
    """The branch is elsewhere than where it was told to be."""


class BranchHistory:
    """Reads branches from git and from the ledger. `synced`: the branch that all are merged into.

    `before`: commits that are older than the tracker. `floor`: what was committed before is older
    than those; None where they are all.
    """

    def __init__(self, repository: Repository, ledger: Ledger, synced: str, tracker: str) -> None:
        self._repository = repository
        self._ledger = ledger
        self._synced = synced
        self._tracker = tracker
        self.before = frozenset[str]()
        self.floor: datetime | None = None
        self._log = logger(__name__)

    def newest(self, branch: str, since: str | None, limit: int) -> list[CommitInfo]:
        """The newest commits of a branch; fewer than asked for where that would be too much."""
        try:
            return self._repository.commits(branch, since, limit)
        except NotFound as exc:  # it was there when the heads were read
            raise Moved from exc
        except (TooLarge, UpstreamTimeout):
            if limit <= FIRST:
                raise
            self._log.warning("the newest commits are too large", branch=branch, limit=limit)
            return self.newest(branch, since, max(FIRST, limit // 5))

    def walk(
        self, branch: str, tip: str, tips: tuple[str, ...], *, again: bool
    ) -> tuple[Walk, dict[str, Kept]]:
        """What is new on a branch, and the entries of what was looked at.

        `tips`: what was dealt with on it. `again`: that counts as new, too, unless it is merged.

        Raises:
            Moved: the branch is not at `tip` any more.
        """
        known = self._ledger.read([tip])
        fetched: dict[str, CommitInfo] = {}

        def is_known(sha: str) -> bool:
            commit, floor = fetched.get(sha), self.floor
            if sha in self.before or (commit and floor and commit.at < floor):
                return True
            kept = known.get(sha)
            if kept is None or kept.entry.tracker != self._tracker:
                return False
            on = kept.entry.branches
            return self._synced in on or (branch in on and not again)

        if is_known(tip):
            return walk(tip, fetched, is_known), known
        since = tips[0] if len(tips) == 1 and not again else None
        # What a lost tip stands on may be new again, so the second look leaves nothing out.
        for start, limit in ((since, _FEW), (None, MOST)):
            listed = self.newest(branch, start, limit)
            fetched.update({each.sha: each for each in listed})
            if tip not in fetched:
                raise Moved
            shas = {sha for each in listed for sha in (each.sha, *each.parents)}
            known.update(self._ledger.read(shas - known.keys()))
            found = walk(tip, fetched, is_known)
            if found.whole:
                break
        return found, known

    def below(self, branch: str, tips: Iterable[str], stop: frozenset[str]) -> Iterator[Kept]:
        """The entries from `tips` down, at most `MOST`; not what the synced branch has, either."""
        synced, seen, level = self._synced, set[str](), sorted(tips)
        while level and len(seen) < MOST:
            known = self._ledger.read(level)
            seen.update(level)
            below: dict[str, None] = {}
            for sha in level:
                kept = known.get(sha)
                if kept is None or sha in stop or sha in self.before:
                    continue
                if branch != synced and synced in kept.entry.branches:
                    continue
                yield kept
                below.update(dict.fromkeys(kept.entry.parents))
            level = [sha for sha in below if sha not in seen]
