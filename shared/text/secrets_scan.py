"""Finds secrets in a text by the shapes that their issuers publish."""

import re
from collections import Counter
from typing import Final

_SHAPES: Final = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a Google API key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36,}|github_pat_\w{40,})\b")),
    ("an Anthropic key", re.compile(r"\bsk-ant-[0-9A-Za-z_-]{20,}\b")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}\b")),
)


def secrets_in(text: str, known: str = "") -> list[str]:
    """What kinds of secrets a text holds, never the secrets themselves.

    `known`: a text whose secrets do not count, for example the file before it was changed.
    """
    return [kind for kind, shape in _SHAPES if _more(shape, text, known)]


def _more(shape: re.Pattern[str], text: str, known: str) -> bool:
    found = Counter(shape.findall(text))
    return bool(found and found - Counter(shape.findall(known)))
