"""The commits of voice commands: what they say, whose they are, and how they are found again."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.ports.repository import Change, CommitInfo, CommitOrder, Person

COMMAND: Final = "Nexus-Interaction"
"""The trailer of a command's commit; its value is the interaction's id."""
UNDOES: Final = "Nexus-Undoes"
"""The trailer of a commit that takes a command back; its value is that command's id."""
_SUBJECT_CHARS: Final = 72
_TRAILER = re.compile(r"([\w-]+): (\S+)")


@dataclass(frozen=True, slots=True)
class CommandCommit:
    """A commit that a command made. `undoes`: the command that it took back, "" if none."""

    interaction_id: str
    undoes: str
    info: CommitInfo


def voice_branch(uid: str) -> str:
    """The branch of a user's commands; it does not tell who the user is."""
    return f"voice/{_short(uid)}"


def speaker(uid: str) -> Person:
    """Who the commits of a user's commands are by."""
    return Person(name=f"{uid} via NEXUS PRO", email=f"no-reply+{_short(uid)}@nexus-pro.invalid")


def command_order(
    *,
    interaction_id: str,
    transcript: str,
    undoes: str = "",
    uid: str,
    at: datetime,
    changes: Sequence[Change],
) -> CommitOrder:
    """The one commit of a command; `undoes` names the command that it takes back."""
    trailers = [f"{COMMAND}: {interaction_id}"] + ([f"{UNDOES}: {undoes}"] if undoes else [])
    return CommitOrder(
        message="\n\n".join([*_said(transcript), "\n".join(trailers)]) + "\n",
        author=speaker(uid),
        at=at.replace(microsecond=0),
        changes=tuple(sorted(changes, key=lambda each: each.path)),
    )


def command_commits(history: Sequence[CommitInfo], uid: str) -> list[CommandCommit]:
    """The commits of a user's commands among others, in the same order.

    The trailers of other people's commits do not count: anybody may write one.
    """
    email = speaker(uid).email
    found = []
    for info in history:
        known = dict(_TRAILER.findall(info.message.rstrip().rpartition("\n\n")[2]))
        if info.author.email == email and COMMAND in known:
            found.append(CommandCommit(known[COMMAND], known.get(UNDOES, ""), info))
    return found


def command_of(found: Sequence[CommandCommit], interaction_id: str) -> CommandCommit | None:
    """The commit of a command, if it made one."""
    return next((each for each in found if each.interaction_id == interaction_id), None)


def not_undone(found: Sequence[CommandCommit]) -> list[CommandCommit]:
    """The commands that are neither undone nor an undoing, the newest first."""
    undone = {each.undoes for each in found if each.undoes}
    return [each for each in found if not each.undoes and each.interaction_id not in undone]


def _said(transcript: str) -> list[str]:
    """A first line of at most 72 characters, and below it the whole where that cuts it."""
    said = " ".join(transcript.split()) or "Voice command"
    if len(said) <= _SUBJECT_CHARS:
        return [said]
    head = said[: _SUBJECT_CHARS - 1]
    return [(head.rpartition(" ")[0] or head) + "…", said]


def _short(uid: str) -> str:
    return hashlib.sha256(uid.encode()).hexdigest()[:12]
