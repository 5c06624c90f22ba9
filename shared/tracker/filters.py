"""Which commits get no row: merges, those of bots, and our own."""

import re
from typing import Final, Literal

from shared.ports.repository import CommitInfo

Reason = Literal["merge", "bot", "ours"]
OUR_TRAILERS: Final = frozenset({"nexus-sync", "nexus-docs", "plan-id", "nexus-task"})
"""Trailers of commits that the product makes by itself; one by voice is a person's."""

_BOT: Final = "[bot]"
_TRAILER = re.compile(r"^(?P<key>[A-Za-z0-9-]+): \S")


def left_out(commit: CommitInfo) -> Reason | None:
    """Why a commit gets no row, None if it gets one.

    A merge is one only if neither a bot nor we made it: then its message counts as a person's.
    """
    if _BOT in commit.author.name or _BOT in commit.author.email:
        return "bot"
    if trailers(commit.message) & OUR_TRAILERS:
        return "ours"
    return "merge" if len(commit.parents) > 1 else None


def trailers(message: str) -> frozenset[str]:
    """The keys of a message's trailers, in lower case.

    Trailers are the last paragraph, if it is not the only one:
    https://git-scm.com/docs/git-interpret-trailers
    """
    _first, gap, last = message.replace("\r\n", "\n").rstrip().rpartition("\n\n")
    if not gap:
        return frozenset()
    found = (_TRAILER.match(line) for line in last.splitlines())
    return frozenset(each["key"].lower() for each in found if each)
