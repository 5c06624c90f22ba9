"""Loads the evidence for each intent from `cues.toml` beside this file."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Weighted = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """Phrases with weights per intent, and the word lists that the classifier needs.

    `leads` count at the start of a command, `anywhere` in any place, `against` takes away.
    """

    fillers: frozenset[str]
    new_things: frozenset[str]
    articles: frozenset[str]
    references: tuple[str, ...]
    leads: Weighted
    anywhere: Weighted
    against: Weighted


@cache
def load_cues() -> Cues:
    """Read the tables once."""
    path = Path(__file__).with_name("cues.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    words = tables["words"]
    return Cues(
        fillers=frozenset(words["fillers"].split()),
        new_things=frozenset(words["new_things"].split()),
        articles=frozenset(words["articles"].split()),
        references=tuple(words["references"]),
        leads=tables["leads"],
        anywhere=tables["anywhere"],
        against=tables["against"],
    )
