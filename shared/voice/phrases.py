"""Small phrases that the session understands by itself: cancelling, undoing, going on."""

import re
from typing import Final

_CANCEL: Final = frozenset(
    [
        "cancel",
        "cancel that",
        "cancel it",
        "stop",
        "stop it",
        "stop that",
        "never mind",
        "nevermind",
        "forget it",
        "forget that",
        "abort",
        "abort that",
        "scratch that",
        "no stop",
    ]
)
_UNDO: Final = frozenset(
    [
        "undo",
        "undo that",
        "undo it",
        "undo this",
        "undo the last change",
        "undo the last command",
        "undo last change",
        "take that back",
        "revert that",
    ]
)
_GOES_ON: Final = frozenset(
    """and but also then with without plus or which that so because for in using as except
    unless if when where while instead too into from to by""".split()
)
_ALWAYS_MERGE_MS: Final = 600
_MERGE_MS: Final = 2500


def is_cancel(transcript: str) -> bool:
    """Whether a whole turn only says to stop."""
    return _without_please(transcript) in _CANCEL


def is_undo(transcript: str) -> bool:
    """Whether a whole turn only says to take the last change back."""
    return _without_please(transcript) in _UNDO


def goes_on(following: str, gap_ms: int, *, hands_free: bool) -> bool:
    """Whether a turn continues the one before it rather than being a new command.

    `gap_ms`: silence between the two. A speaker who pauses to think goes on within 0.6 s with
    anything, or within 2.5 s with a word that cannot open a command ("and make it async").
    Releasing a push-to-talk key ends a command for sure, so there only such a word goes on.
    """
    words = _bare(following).split()
    if not words or gap_ms > _MERGE_MS or is_cancel(following) or is_undo(following):
        return False
    return words[0] in _GOES_ON or (hands_free and gap_ms <= _ALWAYS_MERGE_MS)


def join(before: str, following: str) -> str:
    """Two turns as one sentence."""
    head = before.rstrip().rstrip(".!?,;")
    tail = following.strip()
    if _GOES_ON.intersection(_bare(tail).split()[:1]):
        tail = tail[0].lower() + tail[1:]
    return f"{head} {tail}".strip()


def _without_please(transcript: str) -> str:
    return " ".join(word for word in _bare(transcript).split() if word != "please")


def _bare(transcript: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", transcript.lower()).split())
