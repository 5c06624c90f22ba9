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
    r"|\"(?:\\.|[^\"\n])*\"|'(?:\\.|[^'\n])*'",
    re.DOTALL,
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]{2,}")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"\S+")
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

    The longest match wins. A phrase that reads as a verb stays ("a function to add numbers" does
    not mean `add_numbers`), and so does one that opens the sentence.
    """
    table = _spoken_table(names)
    if not table:
        return transcript
    longest = max(map(len, table))
    words = [(m[0], m.start(), m.end()) for m in _WORD.finditer(transcript)]
    out: list[str] = []
    copied = index = 0
    while index < len(words):
        name, used = _match(words, index, table, longest)
        if name:
            start, end = words[index][1], words[index + used - 1][2]
            tail = re.search(r"[^\w]*$", transcript[start:end])
            out += [transcript[copied:start], name, tail[0] if tail else ""]
            copied = end
        index += max(used, 1)
    return "".join(out) + transcript[copied:]


def _spoken_table(names: Iterable[str]) -> dict[tuple[str, ...], str]:
    table: dict[tuple[str, ...], str] = {}
    for name in names:
        parts = tuple(part.lower() for part in _PART.findall(name))
        if len(parts) > 1 and "." not in name:
            table.setdefault(parts, name)
    return table


def _match(
    words: list[tuple[str, int, int]],
    index: int,
    table: dict[tuple[str, ...], str],
    longest: int,
) -> tuple[str, int]:
    if index == 0 or words[index - 1][0].lower() in _VERB_BEFORE:
        return "", 0
    bare = [re.sub(r"[^\w']", "", w).lower() for w, _, _ in words[index : index + 2 * longest]]
    for used in range(min(len(bare), 2 * longest), 1, -1):
        spoken = tuple(w for w in bare[:used] if w != "underscore")
        clean = not re.search(r"[^\w\s]\s", " ".join(w for w, _, _ in words[index : index + used]))
        if clean and bare[0] != "underscore" and spoken in table:
            return table[spoken], used
    return "", 0
