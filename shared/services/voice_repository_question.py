"""What to ask back where the words of a command name one of several things."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from shared.code.symbol_mentions import Mentions
from shared.code.symbol_names import Candidate

_MOST: Final = 4
_THING: Final = r"(function|class|method|module|file|script|constant|helper)\b"
_NEW: Final = re.compile(
    r"\b(create|write|implement|generate|build|define)\s+(me\s+)?(a|an|another|some|the)?\s*"
    rf"(new\s+)?(\w+\s+){{0,2}}?{_THING}"
    rf"|\b(make|add)\s+(me\s+)?(a|an|another|some|new)\s+(new\s+)?(\w+\s+){{0,2}}?{_THING}"
    rf"|\badd\s+{_THING}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a command means where its words name several things.

    `meant`: those that the conversation decides for. `question`: what to ask back, None if nothing;
    `choices`: what it names, in its order.
    """

    meant: tuple[Candidate, ...] = ()
    question: str | None = None
    choices: tuple[Candidate, ...] = ()


def decide(
    mentions: Mentions, transcript: str, recent: Sequence[str], *, is_placed: bool
) -> Decision:
    """What is meant, or what to ask back.

    What the conversation was about last decides between files. Nothing is asked where the command
    is about something new, or names a file or class (`is_placed`: by its path); of names that are
    only like what was said, nothing either where another definition is named for sure.
    """
    if _NEW.search(transcript):
        return Decision()
    narrowed = [_recent(each.candidates, recent) for each in mentions.ambiguous]
    meant = tuple(group[0] for group in narrowed if len(group) == 1)
    open_ = [group for group in narrowed if len(group) > 1]
    if mentions.settled or meant:
        open_ = [group for group in open_ if all(each.score == 1.0 for each in group)]
    if is_placed or not open_ or any(each.candidate.symbol is None for each in mentions.settled):
        return Decision(meant=meant)
    choices = open_[0][:_MOST]
    shown = [_shown(each, open_[0]) for each in choices]
    listed = ", ".join(shown[:-1])
    return Decision(meant=meant, question=f"Did you mean {listed} or {shown[-1]}?", choices=choices)


def shown_meant(meant: Sequence[Candidate], command: str | None) -> tuple[str, ...]:
    """What is meant, as a model is told it; `command`: what was asked about the first of it."""
    if not meant:
        return ()
    said = [f"`{each.symbol or each.name}` in {each.path}" for each in meant]
    if command is not None:
        said[0] += f' (the command was: "{" ".join(command.split())}")'
    return tuple(said)


def _recent(candidates: tuple[Candidate, ...], recent: Sequence[str]) -> tuple[Candidate, ...]:
    """The candidates in the file that the conversation was about last, if any is in one."""
    for path in recent:
        if known := tuple(each for each in candidates if each.path == path):
            return known
    return candidates


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
