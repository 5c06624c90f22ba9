"""What to ask back where the words of a command name one of several things."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from shared.code.symbol_mentions import Mentions
from shared.code.symbol_names import Candidate

_MOST: Final = 4
_NEW: Final = re.compile(
    r"\b(create|write|make|add|implement|generate|build|define)\s+(me\s+)?(a|an|another|some|the)?"
    r"\s*(new\s+)?(\w+\s+){0,2}?(function|class|method|module|file|script|constant|helper)\b",
    re.IGNORECASE,
)


def question_of(mentions: Mentions, transcript: str, recent: Sequence[str]) -> str | None:
    """What to ask back; None if the words are clear, or clear enough.

    Asked is only where nothing else is named and the command is not about something new. What the
    conversation was about last decides between files.
    """
    if mentions.settled or not mentions.ambiguous or _NEW.search(transcript):
        return None
    candidates = mentions.ambiguous[0].candidates
    for path in recent:
        known = [each for each in candidates if each.path == path]
        if known:
            candidates = tuple(known)
            break
    if len(candidates) < 2:
        return None
    shown = [_shown(each, candidates) for each in candidates[:_MOST]]
    listed = ", ".join(shown[:-1])
    return f"Did you mean {listed} or {shown[-1]}?"


def _shown(candidate: Candidate, others: Sequence[Candidate]) -> str:
    """A definition by name and file, each as short as tells it from the others."""
    name, path = PurePosixPath(candidate.path).name, candidate.path
    files = {each.path for each in others}
    short = sum(PurePosixPath(each).name == name for each in files) == 1
    where = name if short else path
    if candidate.symbol is None:
        return where
    twins = [each for each in others if each.name == candidate.name and each.path == path]
    named = candidate.symbol if len(twins) > 1 else candidate.name
    return f"{named} in {where}"
