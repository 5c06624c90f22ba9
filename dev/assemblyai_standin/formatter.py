"""Spoken words written as the vendor writes them: capitals, punctuation, spoken file names.

A file name or an identifier that is spelled with its signs ("utils dot py", "user underscore
id") is put together in partial and final turns alike, so that a final turn differs from the
partial before it by capitals and punctuation only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dev.assemblyai_standin.words import Word

# fmt: off
EXTENSIONS = frozenset((
    "py", "js", "ts", "json", "csv", "html", "css", "md", "txt", "yaml", "sql", "java", "go",
    "xml", "toml", "sh", "rs", "c", "jsx", "tsx",
))
SIGNS = {"underscore": "_", "dash": "-", "slash": "/"}
WRITTEN = {
    "api": "API", "apis": "APIs", "css": "CSS", "csv": "CSV", "html": "HTML", "http": "HTTP",
    "id": "ID", "javascript": "JavaScript", "json": "JSON", "python": "Python", "sql": "SQL",
    "typescript": "TypeScript", "url": "URL", "urls": "URLs", "xml": "XML", "java": "Java",
    "django": "Django", "flask": "Flask", "i": "I", "i'm": "I'm", "i'd": "I'd", "i've": "I've",
    "i'll": "I'll",
}
DANGLING = frozenset((
    "a", "an", "the", "that", "which", "to", "of", "for", "with", "and", "or", "but", "if",
    "when", "in", "into", "from", "by", "as", "at", "on", "than", "then", "is", "are", "my",
    "our", "your", "its", "their", "this", "called", "named", "because",
    "using", "where", "while", "underscore", "dot", "dash", "please", "create", "write",
    "make", "add", "rename", "change", "explain",
))
WHOLE_AFTER_ALL = (
    "undo that", "cancel that", "stop that", "revert that", "like this", "do this", "fix this",
    "explain this", "test this", "refactor this", "what is this",
)
SINGLE_WORDS = frozenset((
    "undo", "cancel", "stop", "yes", "no", "okay", "revert", "continue",
))
# fmt: on
MIN_WORDS = 2

_QUESTION = re.compile(
    r"^(why|what|what's|how|who|which|where|where's|is|are|does|do|did|can|could|would|should|will"
    r"|when (is|are|does|do|did|should|will|can|was)\b)(\s|$)"
)


def assemble(words: Sequence[Word]) -> tuple[Word, ...]:
    """Join spelled names: ``utils dot py`` to ``utils.py``, ``user underscore id`` to ``user_id``.

    A joined word takes the place of all its parts and the lowest of their confidences.
    """
    joined: list[Word] = []
    waiting = ""
    for number, word in enumerate(words):
        after = words[number + 1].text if number + 1 < len(words) else ""
        sign = _sign(word.text, after) if joined and after else ""
        if sign:
            waiting += sign
        elif waiting:
            joined[-1] = _joined(joined[-1], waiting, word)
            waiting = ""
        else:
            joined.append(word)
    return tuple(joined)


def _sign(text: str, after: str) -> str:
    if text == "dot" and after in EXTENSIONS:
        return "."
    return SIGNS.get(text, "")


def _joined(first: Word, sign: str, last: Word) -> Word:
    return replace(
        first,
        text=f"{first.text}{sign}{last.text}",
        end_ms=last.end_ms,
        confidence=min(first.confidence, last.confidence),
    )


def punctuate(words: Sequence[Word]) -> tuple[Word, ...]:
    """Write assembled words as a sentence: its capitals, and a full stop or a question mark."""
    if not words:
        return ()
    spoken = " ".join(word.text for word in words)
    written = [WRITTEN.get(word.text, word.text) for word in words]
    if not _is_name(written[0]):
        written[0] = written[0][0].upper() + written[0][1:]
    written[-1] += "?" if is_question(spoken) else "."
    return tuple(replace(word, text=text) for word, text in zip(words, written, strict=True))


def _is_name(text: str) -> bool:
    return any(sign in text for sign in "._-/")


def is_question(text: str) -> bool:
    """Tell whether a lower-case sentence asks something."""
    return _QUESTION.match(text) is not None


def is_complete(text: str) -> bool:
    """Tell whether a pause after ``text`` may be the end of what is being said.

    The vendor's model decides by whether its own text ends in a full stop or question mark; here
    a text is open if it is very short or ends in a word that wants another one.
    """
    words = text.split()
    if len(words) < MIN_WORDS:
        return text in SINGLE_WORDS
    return words[-1] not in DANGLING or text.endswith(WHOLE_AFTER_ALL)
