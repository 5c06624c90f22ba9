"""Finds secrets in a text by the shapes that their issuers publish, and takes them out."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from shared.text.secrets_assigned import assigned_secrets

LEFT_OUT: Final = "[what holds a secret is left out]"
"""What stands in place of a line that a model may not see."""
BLANK: Final = "…"
"""What stands in place of a secret where the text around it is shown."""
_KEY: Final = "a private key"
_SHAPES: Final = (
    (_KEY, re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a Google API key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_\w{40,})\b")),
    ("an Anthropic key", re.compile(r"\bsk-ant-[0-9A-Za-z_-]{20,}\b")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}\b")),
)
_WHOLE_KEY: Final = re.compile(
    _SHAPES[0][1].pattern + r".*?(?:-----END (?:[A-Z]+ )*PRIVATE KEY-----|\Z)", re.DOTALL
)


def secrets_in(text: str, known: str = "") -> list[str]:
    """What kinds of secrets a text holds, never the secrets themselves.

    `known`: a text whose secrets do not count, for example the file before it was changed.
    """
    return [kind for kind, shape in _SHAPES if _more(shape, text, known)]


def for_model(text: str) -> str | None:
    """A file as a model may see it; None if it holds a private key.

    A line with a secret, or with a literal that is assigned to a secret's name, becomes `LEFT_OUT`;
    the number of lines stays.
    """
    spans = list(_spans(text))
    if _KEY in secrets_in(text):
        return None
    if not spans:
        return text
    lines = text.split("\n")
    for first, last in spans:
        for at in range(text.count("\n", 0, first), text.count("\n", 0, last) + 1):
            lines[at] = LEFT_OUT
    return "\n".join(lines)


def blanked(text: str) -> str:
    """The text with `BLANK` in place of each secret, for people who look something up in it."""
    end, parts = 0, []
    for first, last in sorted(_spans(text)):
        if last > end:
            parts += [text[end:first], BLANK] if first >= end else []
            end = last
    return "".join([*parts, text[end:]]) if end else text


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets stand: begin and end (excluded)."""
    for kind, shape in _SHAPES:
        whole = _WHOLE_KEY if kind == _KEY else shape
        yield from (found.span() for found in whole.finditer(text))
    yield from assigned_secrets(text)


def _more(shape: re.Pattern[str], text: str, known: str) -> bool:
    found = Counter(shape.findall(text))
    return bool(found and found - Counter(shape.findall(known)))
