"""Which of the eight intents a spoken command has: weighted cues over repaired words."""

import re
from typing import Literal

from dev.anthropic_standin.answers.cues import load_cues
from dev.anthropic_standin.answers.speech import alike, normalise

Intent = Literal["create", "modify", "debug", "test", "explain", "undo", "cancel", "unclear"]
INTENTS: tuple[Intent, ...] = (
    "create",
    "modify",
    "debug",
    "test",
    "explain",
    "undo",
    "cancel",
    "unclear",
)
_THRESHOLD = 2.0
_SHORT_WORDS = 6
_LONG_FACTOR = 0.35
_CLAUSE_FACTOR = 0.4
_EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "it",
        "this",
        "that",
        "of",
        "for",
        "to",
        "in",
        "with",
        "and",
        "me",
        "my",
        "function",
    ]
)
_NEEDS_OBJECT = frozenset(
    ["create", "write", "build", "make", "generate", "modify", "change", "add", "rename"]
)
_LANGUAGE = re.compile(r"^(?:in|using|with) (?:javascript|python|node)\b")
_ADDERS = frozenset(("add", "append", "insert", "include"))
_CALCULATES = frozenset(("add", "append", "round", "convert", "merge", "split", "format"))
_VALUES = frozenset(["numbers", "integers", "values", "strings", "lists", "words", "two", "three"])
_JOINS = re.compile(r"\b(?:method|to (?:it|this|the (?:class|function|file|code|module)))\b")
_CLAUSE = re.compile(
    r"\b(?:function|class|method|program|script|code|module|validator|decorator)"
    r"(?: (?:called|named) \w+(?: \w+)?)? (?:that|which|to|who)\b"
)


def classify(text: str, has_context: bool) -> Intent:
    """Name the intent of a command as it was recognised.

    `has_context` tells whether the conversation holds earlier code: then "add a function …"
    changes that code, else it creates. Never raises; nothing recognisable is "unclear".
    """
    spoken = _LANGUAGE.sub("", normalise(text)).split()
    core = _without_fillers(spoken)
    if not core or _only_a_verb(core):
        return "unclear"
    scores = _scores(core)
    _weigh_new_and_known(core, scores, has_context)
    best = max(scores, key=lambda intent: scores[intent])
    return _named(best) if scores[best] >= _THRESHOLD else "unclear"


def _named(name: str) -> Intent:
    return next(intent for intent in INTENTS if intent == name)


def _without_fillers(spoken: list[str]) -> list[str]:
    fillers, start = load_cues().fillers, 0
    while start < len(spoken) and spoken[start] in fillers:
        start += 1
    # "Let us wait" and "I need a function": the last filler may carry the sense.
    return spoken[start:] or spoken[-1:]


def _only_a_verb(core: list[str]) -> bool:
    return core[0] in _NEEDS_OBJECT and all(word in _EMPTY - {"function"} for word in core[1:])


def _scores(core: list[str]) -> dict[str, float]:
    clause = _clause_start(core)
    scores = {}
    for intent, leads in load_cues().leads.items():
        lead = max((_match_at(core, 0, cue) * weight for cue, weight in leads.items()), default=0)
        if intent == "cancel" and len(core) > _SHORT_WORDS:
            lead *= _LONG_FACTOR
        scores[intent] = lead + _anywhere(core, intent, clause)
    return scores


def _clause_start(core: list[str]) -> int:
    """Where a "function that …" clause begins: its words describe code, not the command."""
    found = _CLAUSE.search(" ".join(core))
    return len(found.string[: found.end()].split()) if found else len(core)


def _anywhere(core: list[str], intent: str, clause: int) -> float:
    total = 0.0
    for cue, weight in load_cues().anywhere.get(intent, {}).items():
        places = (place for place in range(len(core)) if _match_at(core, place, cue))
        place = next(places, None)
        if place is not None:
            factor = _CLAUSE_FACTOR if place >= clause else 1.0
            total += weight * factor * _match_at(core, place, cue)
    for cue, weight in load_cues().against.get(intent, {}).items():
        if any(_match_at(core, place, cue) for place in range(len(core))):
            total -= weight
    return total


def _match_at(core: list[str], place: int, cue: str) -> float:
    """Likeness of a phrase with the words from `place` on: the weakest of its words."""
    wanted = cue.split()
    heard = core[place : place + len(wanted)]
    if len(heard) < len(wanted):
        return 0.0
    pairs = zip(heard, wanted, strict=True)
    return min(1.0 if meant == "_" else alike(word, meant) for word, meant in pairs)


def _weigh_new_and_known(core: list[str], scores: dict[str, float], has_context: bool) -> None:
    cues, clause = load_cues(), _clause_start(core)
    head = core[: clause + 1]
    line = f" {' '.join(head)} "
    makes_new = any(
        word in cues.articles and cues.new_things & set(head[place + 1 : place + 4])
        for place, word in enumerate(head)
    )
    refers = any(f" {phrase} " in line for phrase in cues.references)
    joins_known = bool(_JOINS.search(line))
    if makes_new and not joins_known:
        # "Add a new function that …" asks for something new, however the sentence begins.
        scores["create"] += 3.0 if scores["create"] or core[0] not in _ADDERS else 6.0
    if refers:
        scores["create"] -= 2.0
        for intent, weight in (("modify", 1.5), ("debug", 0.5), ("test", 0.5), ("explain", 0.5)):
            scores[intent] += weight
    if not has_context and not refers and core[0] in _CALCULATES and _VALUES & set(core):
        # With nothing to change, "add two numbers" describes something new.
        scores["create"] += 6.0
