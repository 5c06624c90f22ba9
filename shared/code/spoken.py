"""How names of code are said: their words, their sound, and how alike two words are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import jellyfish

SAME_SOUND: Final = 0.96
SAME_STEM: Final = 0.85
_PART = re.compile(r"[A-Z]+(?=[A-Z][^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
_TOKEN = re.compile(r"\S+")
_WORD_CHAR = re.compile(r"\w")
_CAMEL = re.compile(r"[a-z][A-Z]")
_LETTER = re.compile(r"[^\W\d_]")
_SIGN = re.compile(r"::|->|[./\\]")
_SIGN_WORDS: Final = {"::": " dot ", "->": " dot ", ".": " dot ", "/": " slash ", "\\": " slash "}
_UNSAID: Final = frozenset({"underscore", "dunder", "dash", "hyphen"})
_SMALL: Final = "zero one two three four five six seven eight nine ten eleven twelve".split()
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
# What recognisers take for each other where one of both is a word of code.
_CONFUSED: Final = """
    write right rite; rest rust; to too 2; for 4; ate 8; one won 1; no know; new knew; tea t;
    site sight cite; cache cash; byte bite; weight wait; some sum; queue cue q; sync sink; why y;
    key quay; json jason; break brake; by buy; role roll; root route; char car; cell sell; you u;
    mail male; read red; raise rays ray; their there; tree three 3; node note; base bass; are r;
    course coarse; hour our; pair pear; piece peace; plain plane; principal principle; see sea c;
    sort sought; source sauce; steal steel; tale tail; week weak; which witch; whole hole; be bee b
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word of a transcript.

    `text`: without the punctuation around it, which is `lead` and `tail`; `start`, `end`: where
    `text` stands. `parts`: what it says, in lower case; a typed name is several words. `typed`: it
    can only be a name, as it has an underscore, an inner capital or a sign.
    """

    text: str
    start: int
    end: int
    parts: tuple[str, ...]
    lead: str
    tail: str
    typed: bool


def name_words(name: str) -> tuple[str, ...]:
    """The words of an identifier or file name in lower case, as one says it.

    `parse_amount`, `parseAmount`, `ParseAmount`, `parse-amount` and `PARSE_AMOUNT` are the same
    two; `HTTPServer2` is `http server 2`; a dot is `dot`, a slash `slash`.
    """
    said = _SIGN.sub(lambda sign: _SIGN_WORDS[sign[0]], name)
    return joined_numbers(part.lower() for part in _PART.findall(said))


def joined_numbers(words: Iterable[str]) -> tuple[str, ...]:
    """Words with their numbers as digits: `utf eight` is `utf 8`, `base sixty four` `base 64`."""
    found: list[str] = []
    for word in words:
        number = _numbers().get(word, word)
        tens = found and len(found[-1]) == 2 and found[-1].isdigit() and found[-1][1] == "0"
        if tens and number.isdigit() and len(number) == 1 and number != "0":
            found[-1] = found[-1][0] + number
        else:
            found.append(number)
    return tuple(found)


def transcript_tokens(transcript: str) -> list[Token]:
    """The words of a sentence as it was recognised or typed; what has no letter is left out."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(transcript):
        text = found[0]
        first, last = _WORD_CHAR.search(text), _WORD_CHAR.search(text[::-1])
        if first is None or last is None:
            continue
        start, end = first.start(), len(text) - last.start()
        bare, tail = text[start:end], text[end:]
        parts = tuple(part for part in name_words(bare) if part not in _UNSAID)
        typed = _is_typed(bare) or tail.startswith("()")
        place = found.start()
        tokens.append(
            Token(
                text=bare,
                start=place + start,
                end=place + end,
                parts=parts,
                lead=text[:start],
                tail=tail.removeprefix("()"),
                typed=typed,
            )
        )
    return tokens


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """The phonetic code of a word (metaphone); a number sounds as it is said."""
    return jellyfish.metaphone(_said().get(word, word)) or word


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without the endings of English grammar: `parses`, `parser`, `parsing` are one."""
    for ending in (
        "ings",
        "ing",
        "ers",
        "er",
        "ors",
        "or",
        "ied",
        "ies",
        "ed",
        "es",
        "s",
        "e",
        "y",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def confused_with(word: str) -> frozenset[str]:
    """What recognisers write for a word of code, and the reverse; itself included."""
    return _partners().get(word, frozenset())


def alike(heard: str, meant: str) -> float:
    """How well a heard word stands for a word of a name, 0 to 1.

    1 the same; 0.96 a known confusion; 0.85 another form of the word; 0.85 to 0.95 the same sound;
    0.7 to 0.8 nearly the same letters; 0 another word.
    """
    if heard == meant:
        return 1.0
    if meant in confused_with(heard):
        return SAME_SOUND
    if heard.isdigit() or meant.isdigit():
        return 0.0
    if stem(heard) == stem(meant):
        return SAME_STEM
    near = jellyfish.jaro_winkler_similarity(heard, meant)
    if near >= 0.6 and sound(heard) == sound(meant):
        return 0.7 + 0.25 * near
    if near >= 0.75 and abs(len(heard) - len(meant)) <= 3:
        return 0.45 + 0.35 * near
    return 0.0


def _is_typed(text: str) -> bool:
    signs = bool(_SIGN.search(text) and _LETTER.search(text))
    return "_" in text or signs or bool(_CAMEL.search(text))


@cache
def _numbers() -> dict[str, str]:
    small = {word: str(number) for number, word in enumerate(_SMALL)}
    return small | {word: f"{ten}0" for ten, word in enumerate(_TENS, start=2)} | {"sixteen": "16"}


@cache
def _said() -> dict[str, str]:
    return {number: word for word, number in _numbers().items()}


@cache
def _partners() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in _CONFUSED.split(";"):
        words = frozenset(group.split())
        found |= {word: found.get(word, frozenset()) | words for word in words}
    return found
