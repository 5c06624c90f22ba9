"""Finds literals that are assigned to names of secrets: `password = "…"`, `"apiKey": "…"`.

Nobody publishes what such a value looks like, so this is a guess by the name and by what ordinary
values look like. It is for what is shown, never a ground to refuse anything.
"""

import re
from collections.abc import Iterator
from typing import Final

_LEAST: Final = 8
_UNBROKEN: Final = 20
# The spellings one by one, since a search without regard to case takes three times as long.
_NAME: Final = (
    r"(?P<name>password|Password|PASSWORD|passwd|Passwd|PASSWD|passphrase|Passphrase|PASSPHRASE"
    r"|api[_-]?[Kk]ey|Api[_-]?Key|API[_-]?(?:KEY|Key|key)|private[_-]?[Kk]ey|Private[_-]?Key"
    r"|PRIVATE[_-]?KEY|access[_-]?[Kk]ey|Access[_-]?Key|ACCESS[_-]?KEY|secret(?:[_-]?[Kk]ey)?"
    r"|Secret(?:[_-]?Key)?|SECRET(?:[_-]?KEY)?|token|Token|TOKEN)(?!\w)"
)
_LITERAL: Final = (
    r"(?P<opened>[\s(\\]{0,80})(?P<prefix>[A-Za-z@$]{0,3})(?P<quote>\"\"\"|'''|[\"'`])"
    r"(?P<value>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)"
)
_ASSIGNED: Final = (
    # A name, perhaps as a key, perhaps with its type, and a literal; behind `=` on the next line.
    re.compile(
        _NAME + r"[\"'`]?\]?(?:\[\d*\])?"
        r"(?:[?!]?[ \t]*:[ \t]*[A-Za-z&*(][\w.&*<>\[\]|?' ]{0,60}?|[ \t]+[\w.*\[\]]{1,30})?"
        r"[ \t]*(?:(?::|\?\??|\|\|)?=(?!=)>?|:(?![ \t]*[\n(])|\{)" + _LITERAL
    ),
    # `#define API_KEY "…"` and `define('API_KEY', '…')`
    re.compile(r"\bdefine[\s(\"']+\w*?" + _NAME + r"[\"']?,?" + _LITERAL),
)
_MADE: Final = re.compile(r"\$\{|\{\{|#\{|\{\w*\}|%\(\w+\)|%[sd]|^\$[A-Za-z_]+$|^%\w+%$|^@\w+@$")
_IN_BRACKETS: Final = re.compile(r"<.*>|\[.*\]|\{.*\}|\(.*\)")
_PLACEHOLDER: Final = re.compile(
    r"example|placeholder|change[ _-]?me|dummy|fake|redacted|todo|insert|replace|\byour"
    r"|x{4}|\*{3}|\.{3}|…",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(
    r"(?:https?|arn|env|file|op|vault|keyring):.*|[~.]{0,2}/?[a-z_.-]+(?:/[a-z0-9_.-]+)+"
)
_VARIABLE: Final = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_SPELLED: Final = re.compile(r"[A-Za-z_.\-/]+")
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WORDS_OF_NAMES: Final = frozenset("password passwd passphrase secret token key apikey".split())


def assigned_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where such literals stand: begin and end (excluded) of each value, without its quotes.

    A value counts from 8 characters on, unless it is computed, a placeholder, a place where the
    secret is kept, the name of something, or has a blank in it.
    """
    for shape in _ASSIGNED:
        for found in shape.finditer(text):
            several = "(" in found["opened"] and text[found.end() : found.end() + 1] == ","
            if not several and _is_secret(found["name"].lower(), found["prefix"], found["value"]):
                yield found.span("value")


def _is_secret(name: str, prefix: str, value: str) -> bool:
    if len(value) < _LEAST or re.search(r"\s", value) or len(set(value)) <= 2:
        return False
    if "f" in prefix.lower() and "{" in value:
        return False
    if _MADE.search(value) or _PLACEHOLDER.search(value) or _IN_BRACKETS.fullmatch(value):
        return False
    if _PLACE.fullmatch(value) or _VARIABLE.fullmatch(value) or _names_something(value):
        return False
    return name != "token" or _is_drawn(value)


def _names_something(value: str) -> bool:
    """Whether it is itself the name of a secret or its type: `db_password`, `SecretStr`."""
    if not _SPELLED.fullmatch(value):
        return False
    words = [word.lower() for word in _WORD.findall(value)]
    named = [word for word in words if word in _WORDS_OF_NAMES]
    return len(named) == 1 and named[0] in (words[0], words[-1])


def _is_drawn(value: str) -> bool:
    """Whether a token is one that somebody was given: those of a language are words."""
    return any(letter.isdigit() for letter in value) or (
        len(value) >= _UNBROKEN and value.isalpha()
    )
