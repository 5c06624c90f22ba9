"""Where an everyday word of a command can only be the name of what the command acts on."""

from collections.abc import Sequence
from typing import Final

from shared.code.spoken import Token
from shared.code.spoken_words import CALLED

# What commands add to, mend in, or ask of a definition: "error handling to …", "a bug in …".
_PARTS: Final = frozenset(
    """
    handling logging logs log docstring docstrings documentation docs comment comments hint hints
    type types annotation annotations test tests validation caching cache memoization check checks
    guard guards parameter parameters argument arguments default retry retries support timeout
    timeouts decorator bug bugs error errors problem mistake fault body signature name result
    return case cases exceptions exception doc print prints
    """.split()
)
_TOWARDS: Final = frozenset("to for in of from inside within".split())
_VERBS: Final = frozenset(
    """
    rename explain test debug document refactor fix optimize optimise simplify describe improve
    mend annotate memoize rewrite
    """.split()
)
_CHANGES: Final = _VERBS | frozenset(
    "add handle catch check validate log replace remove change use print return raise".split()
)
_FILLERS: Final = frozenset("please can could you now then and also just so".split())
_LOOKS: Final = frozenset(
    """
    faster quicker async asynchronous safer safe simpler shorter private public recursive robust
    cleaner readable static more less a an return take accept
    """.split()
)
_ASKED: Final = frozenset(
    {("how", "works"), ("does", "do"), ("does", "work"), ("what", "does"), ("how", "does")}
)
_GOES_ON: Final = frozenset(
    "in inside within of from to so and please with that when if which for as by using".split()
)
_DEFINITE: Final = frozenset("the our my".split())


def is_object(tokens: Sequence[Token], first: int, end: int) -> bool:
    """Whether the words from `first` up to `end` are what a command acts on.

    "Add logging to …", "the bug in …", "rename …", "make … faster"; an article makes most of them
    ordinary words ("explain the total").
    """
    at = first - 1
    if _word(tokens, at) == "make":
        return not tokens[end - 1].tail and _word(tokens, end) in _LOOKS
    if (_word(tokens, at), _word(tokens, end)) in _ASKED:
        return True
    if not is_clause_end(tokens, end):
        return False
    article = _word(tokens, at) in _DEFINITE
    at -= article
    if _word(tokens, at) in _TOWARDS and _is_part(tokens, at - 1):
        return True
    return not article and _is_acted_on(tokens, at)


def is_clause_end(tokens: Sequence[Token], end: int) -> bool:
    """Whether nothing follows, or one of the words with which a sentence goes on."""
    if end >= len(tokens) or tokens[end - 1].tail:
        return True
    return tokens[end].text.lower() in _GOES_ON


def _is_part(tokens: Sequence[Token], at: int) -> bool:
    named = any(_word(tokens, before) in CALLED for before in (at - 1, at - 2))
    return named or _word(tokens, at) in _PARTS


def _is_acted_on(tokens: Sequence[Token], at: int) -> bool:
    """Whether the word is the verb of a command, or its "in"."""
    word = _word(tokens, at)
    if word == "up" and _word(tokens, at - 1) in {"speed", "clean", "tidy"}:
        return True
    start = next((n for n in range(at + 1) if _word(tokens, n) not in _FILLERS), at)
    if word in _VERBS:
        return start == at
    return word == "in" and _word(tokens, start) in _CHANGES


def _word(tokens: Sequence[Token], at: int) -> str:
    """A word in lower case, "" where there is none."""
    return tokens[at].text.lower() if 0 <= at < len(tokens) else ""
