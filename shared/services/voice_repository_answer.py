"""The answers to "Did you mean …?": which of the things asked about is meant, by whatever words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.spoken import name_words
from shared.code.spoken_words import KINDS
from shared.code.symbol_find import inside
from shared.code.symbol_names import Candidate
from shared.code.symbols import SymbolTable
from shared.voice.records import Interaction

_MOST_WORDS: Final = 12
# Below this a word is another one than the name that it sounds like.
_LEAST: Final = 0.9
_ORDINALS: Final = ("first", "second", "third", "fourth")
_NUMBERS: Final = ("one", "two", "three", "four")
_PLACE: Final = re.compile(
    rf"(?P<ordinal>{'|'.join(_ORDINALS)}|last)(?: one| option| file)?"
    rf"|(?:number|option) (?P<number>{'|'.join(_NUMBERS)}|[1-4])"
)
_LEAD: Final = re.compile(
    r"^(?:(?:yes|no|well|uh|um|okay|ok|please|i|we|mean|meant|want|wanted|use|take|it's|that's|that|"
    r"is|it|the|a|one|file|module|function|method|class|in|of|from|inside|within)\s+)+"
)
_TRAIL: Final = re.compile(r"(?:\s+(?:one|file|module|function|method|class|please|version))+$")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer means: the command that was asked about, and the definition it is about."""

    command: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class _Asked:
    interaction_id: str
    command: str
    choices: tuple[Candidate, ...]


class Questions:
    """What a connection asked last, and what was answered to it.

    It lives as long as the connection; an answer on another one is a command of its own.
    """

    def __init__(self) -> None:
        self._asked: _Asked | None = None
        self._answered: dict[str, Answered] = {}

    def answered(self, interaction: Interaction, table: SymbolTable) -> Answered | None:
        """What a command means if it answers the last question; the same each time it is asked."""
        known, asked = self._answered.get(interaction.id), self._asked
        if known is None and asked is not None and asked.interaction_id != interaction.id:
            candidate = chosen_of(interaction.transcript, asked.choices, table)
            if candidate is not None:
                known = Answered(asked.command, candidate)
                self._answered[interaction.id] = known
        return known

    def asked(self, interaction: Interaction, choices: tuple[Candidate, ...]) -> None:
        """A command was asked about; without choices it was not, and what was asked before is
        over."""
        self._asked = None
        if choices:
            self._asked = _Asked(interaction.id, interaction.transcript, choices)

    def said(self, interaction: Interaction) -> str:
        """The words of a command; of an answer those of the command that it completes first."""
        known = self._answered.get(interaction.id)
        return f"{known.command} ({interaction.transcript})" if known else interaction.transcript

    def forget(self, interaction_id: str) -> None:
        """A command is over."""
        self._answered.pop(interaction_id, None)


def chosen_of(answer: str, choices: Sequence[Candidate], table: SymbolTable) -> Candidate | None:
    """Which of some definitions a short answer means; None if it is none, or tells no single one.

    Understood are "the second one", a file with or without its ending, a folder, a class, a name.
    """
    line = " ".join(answer.lower().split()).strip(" .,!?")
    if not line or len(line.split()) > _MOST_WORDS:
        return None
    bare = _TRAIL.sub("", _LEAD.sub("", f"{line} ").strip())
    place = _PLACE.fullmatch(_LEAD.sub("", line)) or _PLACE.fullmatch(bare)
    if place is not None:
        at = _place(place, len(choices))
        return choices[at] if at < len(choices) else None
    of_kind = [each for each in choices if each.kind in line.split()]
    if not bare or bare in KINDS:
        return of_kind[0] if len(of_kind) == 1 else None
    return _named(bare, choices, table)


def _place(found: re.Match[str], count: int) -> int:
    if (number := found["number"]) is not None:
        return int(number) - 1 if number.isdigit() else _NUMBERS.index(number)
    return count - 1 if found["ordinal"] == "last" else _ORDINALS.index(found["ordinal"])


def _named(bare: str, choices: Sequence[Candidate], table: SymbolTable) -> Candidate | None:
    found = [each for each in table.find(bare) if each.score >= _LEAST]
    for score in dict.fromkeys(each.score for each in found):
        places = [each for each in found if each.score == score]
        fitting = [each for each in choices if any(_is_at(each, place) for place in places)]
        if len(fitting) == 1:
            return fitting[0]
    words = {*name_words(bare.replace(" ", "_"))} - {"slash", "dot"}
    holding = [each for each in choices if words and words <= _words(each)]
    return holding[0] if len(holding) == 1 else None


def _is_at(candidate: Candidate, found: Candidate) -> bool:
    same = (candidate.path, candidate.symbol) == (found.path, found.symbol)
    return same or inside(candidate, found)


def _words(candidate: Candidate) -> set[str]:
    return {*name_words(candidate.path), *name_words(candidate.symbol or "")}
