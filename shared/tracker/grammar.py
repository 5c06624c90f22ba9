"""Which tasks a commit message names, and which of them it finishes.

An id links wherever it stands in the prose of a message: not in code, not in quoted lines, not in
addresses. A magic word (close, fix, resolve, complete, implement, in every tense) finishes the ids
that follow it on its line, up to the end of the sentence, unless a word that only links (ref, see,
part of, towards, relates to) or a negation comes between. A line that reverts finishes nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MAX_IDS: Final = 25
"""So many ids of a message are read; it is what Notion shows of a relation."""

_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")
_INDENTED = re.compile(r"^(?: {4}|\t)")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ADDRESS = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)\S+", re.IGNORECASE)
_MAGIC: Final = frozenset(
    {
        "close", "closes", "closed", "closing", "fix", "fixes", "fixed", "fixing", "resolve",
        "resolves", "resolved", "resolving", "complete", "completes", "completed", "completing",
        "implement", "implements", "implemented", "implementing",
    }
)  # fmt: skip
_LINKING: Final = frozenset(
    {
        "ref", "refs", "reference", "references", "referenced", "referencing", "see", "cf",
        "towards", "toward", "relates", "related", "relating", "contributes", "continues",
        "continue", "prepares", "prepare", "blocks", "blocked", "depends", "needs", "requires",
        "like", "unlike", "mentions", "follows",
    }
)  # fmt: skip
_REVERTS: Final = frozenset(
    {
        "revert", "reverts", "reverted", "reverting", "undo", "undoes", "undone",
    }
)  # fmt: skip
_NEGATIONS: Final = frozenset(
    {
        "not", "never", "cannot", "without", "no", "nor", "neither", "hardly", "barely", "dont",
        "doesnt", "didnt", "wont", "cant", "isnt", "arent", "partially", "partly", "partial",
        "almost", "half", "try", "tries", "tried", "trying", "attempt", "attempts", "attempted",
        "attempting", "might", "may",
    }
)  # fmt: skip
_REACH: Final = 3  # words that a negation reaches over: "does not really fix"
_MERGED = re.compile(r"(?<!\w)'[^'\n]*'(?!\w)|\b(?:from|into) \S+")
_END: Final = r"(?P<end>[.!?;](?=\s|$))"
_WORD: Final = r"(?P<word>[^\W\d_]+(?:['\u2019-][^\W\d_]+)*)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """The ids that a message names, each once in its order. `finished`: those of `linked` that it
    finishes."""

    linked: tuple[str, ...] = ()
    finished: tuple[str, ...] = ()


def read_mentions(message: str, prefix: str) -> Mentions:
    """Read the ids of a message; `prefix`: what they begin with, as `TASK` in `TASK-12`."""
    linked: dict[str, None] = {}
    finished: dict[str, None] = {}
    for line in _prose(message):
        for identity, finishes in _read_line(line, prefix):
            if identity in linked or len(linked) < MAX_IDS:
                linked[identity] = None
                if finishes:
                    finished[identity] = None
    return Mentions(linked=tuple(linked), finished=tuple(finished))


def without_merged_names(message: str) -> str:
    """The message of a merge without the branches that its first line names, which are no prose.

    https://git-scm.com/docs/git-fmt-merge-msg, and what hosts write: `Merge pull request #3 from
    ada/fix-money`.
    """
    first, gap, rest = message.partition("\n")
    return f"{_MERGED.sub(' ', first) if first.startswith('Merge') else first}{gap}{rest}"


def task_of_branch(branch: str, prefix: str) -> str | None:
    """The id of the task that a branch `task/TASK-12-…` is about."""
    found = re.match(rf"task/({re.escape(prefix)}-[1-9]\d{{0,8}})(?:-|$)", branch)
    return found[1] if found else None


def _prose(message: str) -> Iterator[str]:
    """The lines of a message without code, quotations and addresses."""
    fence, blank, code = "", False, False
    for raw in message.splitlines():
        mark = _FENCE.match(raw)
        if fence:
            closes = mark is not None and mark["mark"].startswith(fence)
            fence = "" if closes else fence
            continue
        if mark is not None:
            fence = mark["mark"]
            continue
        code = bool(_INDENTED.match(raw)) and (blank or code)
        blank = not raw.strip()
        if not code and not raw.lstrip().startswith(">"):
            yield _ADDRESS.sub(" ", _CODE.sub(" ", raw))


@lru_cache(maxsize=64)
def _pattern(prefix: str) -> re.Pattern[str]:
    """What matters on a line: ids, words and the ends of sentences."""
    number = rf"{re.escape(prefix)}-[1-9]\d{{0,8}}"
    before = r"(?<![\w@./\\+=&%-])"
    branch = rf"{before}task/(?P<branch>{number})(?![\w@])(?:-[\w.-]*\w)?"
    plain = rf"{before}(?P<id>{number})(?![\w@]|[-./]\w)"
    return re.compile("|".join((branch, plain, _WORD, _END)))


def _read_line(line: str, prefix: str) -> Iterator[tuple[str, bool]]:
    """The ids of a line, and whether it finishes each."""
    finishes, reverts, reach = False, False, 0
    for found in _pattern(prefix).finditer(line):
        identity = found["id"] or found["branch"]
        if identity:
            yield identity, finishes
            continue
        if found["end"]:
            finishes, reverts, reach = False, False, 0
            continue
        word, rest = found["word"].casefold(), line[found.end() :]
        if word in _MAGIC:
            near = word == "close" and re.match(r"\s+to\b", rest)
            finishes = not (reverts or reach or near)
        elif _only_links(word, rest):
            finishes = False
        elif word in _REVERTS:
            finishes, reverts = False, True
        if _negates(word):
            finishes, reach = False, _REACH
        else:
            reach = 0 if word == "only" else max(0, reach - 1)


def _only_links(word: str, rest: str) -> bool:
    return word in _LINKING or (word == "part" and re.match(r"\s+of\b", rest) is not None)


def _negates(word: str) -> bool:
    return word in _NEGATIONS or word.endswith(("n't", "n\u2019t"))
