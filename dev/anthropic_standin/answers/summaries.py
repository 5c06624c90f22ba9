"""One-sentence summaries of definitions by rules: their names read as words.

Recognised by the first line of the product's prompt. It knows a verb when a name begins with one,
and says in no sentence more than the name does.
"""

import re
from collections.abc import Sequence
from typing import Final

from dev.anthropic_standin.answers.reply import Answer

FIRST_LINE: Final = "You write one-sentence summaries of code for its documentation."
_PART = re.compile(r"^name: ([^\n]+)\nBEGIN ([0-9a-f]{16})\n(.*?)\nEND \2$", re.M | re.S)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CLASS = re.compile(r"^\s*(?:@\w.*\s+)*(?:\w+ )*(?:class|struct|interface|trait|enum|type) ", re.M)
_VERBS: Final = frozenset(
    "add apply build call change check clear close compute convert copy count create delete draw "
    "drop end fetch find format get handle has is join list load make merge move open parse print "
    "push put read remove render replace report reset run save send set show sort split start stop "
    "store sum take test update use validate wait walk write".split()
)


class Summaries(Answer):
    """A reply whose explanation is the whole text."""

    def render(self) -> str:
        """The text as it is."""
        return self.explanation


def summarise(turns: Sequence[tuple[str, str]]) -> Summaries:
    """A line for each name that the last message shows the source of."""
    asked = turns[-1][1] if turns else ""
    lines = [f"{part[1]}: {_sentence(part[1], part[3])}" for part in _PART.finditer(asked)]
    return Summaries(intent="explain", explanation="\n".join(lines) or "There is nothing to say.")


def _sentence(name: str, source: str) -> str:
    words = [word.lower() for word in _WORDS.findall(re.split(r"\.|::|#", name)[-1])]
    said = " ".join(words) or name
    if _CLASS.search(source.split("\n", 1)[0] + " "):
        return f"Stands for a {said}."
    if words and words[0] in _VERBS:
        rest = " ".join(words[1:])
        return f"{_third_person(words[0])} the {rest}.".capitalize() if rest else _alone(words[0])
    return f"Gives the {said}."


def _alone(verb: str) -> str:
    return f"{_third_person(verb).capitalize()} what it is given."


def _third_person(verb: str) -> str:
    if verb in ("is", "has"):
        return {"is": "tells whether it is", "has": "tells whether it has"}[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "o")) else f"{verb}s"
