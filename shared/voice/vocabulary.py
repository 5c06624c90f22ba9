"""The words of the user's own code: what speech recognition should expect, and their casing."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from shared.voice.window import Command

MAX_TERMS: Final = 100
MAX_TERM_CHARS: Final = 50
_PROSE = re.compile(
    r"\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|/\*.*?(?:\*/|\Z)|//[^\n]*|#[^\n]*"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'",
    re.DOTALL,
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]{2,}")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"\S+")
_LETTER = re.compile(r"\w")
_MAX_PARTS: Final = 8
_COMMON: Final = frozenset(
    """and are args async await bool break case catch class const continue def default del dict
    elif else except false finally float for from function global import int isinstance kwargs
    lambda len let list new none not null object open pass print raise range return self set
    static str super switch test the this throw true try tuple type undefined var void while
    with yield your you that value values name data result""".split()
)
_VERB_BEFORE: Final = frozenset("to that which and please then also could can you will".split())


def identifiers(code: str) -> list[str]:
    """The names in a piece of code, in order of first sight.

    Words of the language, of comments and of texts are left out; good enough for any language
    with C's or Python's comments and quotes.
    """
    names = dict.fromkeys(_IDENTIFIER.findall(_PROSE.sub(" ", code)))
    return [name for name in names if name.lower() not in _COMMON]


def symbols(commands: Iterable[Command]) -> tuple[str, ...]:
    """File names and identifiers of the window, newest command first."""
    found: dict[str, None] = {}
    for command in reversed(tuple(commands)):
        if command.filename:
            found[command.filename] = None
        found.update(dict.fromkeys(identifiers(command.code)))
    return tuple(found)


def keyterms(names: Iterable[str]) -> tuple[str, ...]:
    """The terms for speech recognition: at most 100 of at most 50 characters.

    Limits: https://www.assemblyai.com/docs/streaming/keyterms-prompting
    """
    return tuple(islice((n for n in names if len(n) <= MAX_TERM_CHARS), MAX_TERMS))


def repair(transcript: str, names: Iterable[str]) -> str:
    """Put identifiers of several words back into their casing: "user id" becomes `user_id`.

    File names are said with "dot". The longest match wins. A phrase that reads as a verb stays
    ("a function to add numbers" does not mean `add_numbers`), and so does one that opens a
    sentence. Punctuation around a name stays; punctuation within it makes it none.
    """
    table = _spoken_table(names)
    words = [_Word(m[0], m.start(), m.end()) for m in _WORD.finditer(transcript)]
    out: list[str] = []
    copied = index = 0
    while table and index < len(words):
        name, used = _match(words, index, table)
        if name:
            first, last = words[index], words[index + used - 1]
            out += [transcript[copied : first.start], first.lead, name, last.tail]
            copied = last.end
        index += max(used, 1)
    return "".join(out) + transcript[copied:]


class _Word:
    """A word of the transcript, and what stands around it."""

    __slots__ = ("bare", "end", "lead", "start", "tail")

    def __init__(self, text: str, start: int, end: int) -> None:
        first, last = _LETTER.search(text), _LETTER.search(text[::-1])
        inner = (first.start(), len(text) - last.start()) if first and last else (0, 0)
        self.lead, self.tail = text[: inner[0]], text[inner[1] :]
        self.bare = text[slice(*inner)].lower()
        self.start, self.end = start, end


def _spoken_table(names: Iterable[str]) -> dict[tuple[str, ...], str]:
    """The ways of saying names of several words, the newest name first."""
    table: dict[tuple[str, ...], str] = {}
    for name in names:
        if len(name) > MAX_TERM_CHARS or " " in name:
            continue
        file = name.rsplit("/", 1)[-1]
        parts = tuple(part.lower() for part in _PART.findall(file.replace(".", " dot ")))
        if 1 < len(parts) <= _MAX_PARTS:
            table.setdefault(parts, file)
    return table


def _match(words: list[_Word], index: int, table: dict[tuple[str, ...], str]) -> tuple[str, int]:
    """The name that begins at this word, and how many words it takes."""
    before = words[index - 1] if index else None
    if before is None or before.bare in _VERB_BEFORE or before.tail.endswith((".", "!", "?")):
        return "", 0
    spoken: list[str] = []
    found, used = "", 0
    for count, word in enumerate(words[index : index + 2 * _MAX_PARTS], start=1):
        if word.lead and count > 1:
            break
        if word.bare != "underscore" or not spoken:
            spoken.append(word.bare)
        name = table.get(tuple(spoken)) if word.bare != "underscore" and count > 1 else None
        found, used = (name, count) if name else (found, used)
        if word.tail:
            break
    return found, used
