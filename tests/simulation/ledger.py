"""What people wrote and what they took away, word by word."""

from collections.abc import Set
from dataclasses import dataclass, field


@dataclass(slots=True)
class Ledger:
    """The account of all words.

    `written`: word → side on which it was written. `removed`: words that a person took out of a
    text having them before their eyes; `removed_on`: the same by side. `gone`: words of texts that
    were deleted whole. `revived`: words that a person brought back or doubled (a revert, a copy).
    `dropped`: words that a forced push took out of the history. `only_in_git`: words behind keys
    that Notion does not know. `excused`: words that were lost in the window that Notion leaves
    open between a look and a write.
    """

    written: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    revived: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    excused: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    only_in_git: set[str] = field(default_factory=set)
    removed_on: dict[str, set[str]] = field(default_factory=lambda: {"notion": set(), "git": set()})

    def edited(self, side: str, before: Set[str], after: Set[str]) -> None:
        """Note an edit by a person: the words they saw before it, and those they left."""
        for word in sorted(after - before):
            self.written.setdefault(word, side)
        self.removed |= before - after
        self.removed_on[side] |= before - after

    def deleted(self, side: str, words: Set[str]) -> None:
        """Note that a whole text was deleted, with the words that whoever deleted it could see.

        With it went what had been taken out of it before.
        """
        self.gone |= words
        self.revived |= self.removed_on[side]


@dataclass(slots=True)
class Looks:
    """When runs last looked at pages, and what people changed meanwhile.

    `at`: (worker, page, what) → the call's place in the journal, of `row` or `body`. `edits`:
    (place, page, words added, words taken away).
    """

    at: dict[tuple[int, str, str], int] = field(default_factory=dict)
    edits: list[tuple[int, str, frozenset[str], frozenset[str]]] = field(default_factory=list)
