"""A recognised word with its place in the audio: what recognition, turns and formatting share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as it was heard.

    ``start_ms`` and ``end_ms`` count from the start of the session's audio; ``confidence`` is
    in 0..1.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float = 1.0


def spread(text: str, start_ms: int, end_ms: int, confidence: float = 0.99) -> tuple[Word, ...]:
    """Return the words of ``text`` spread evenly over a stretch of audio."""
    texts = text.split()
    step = (end_ms - start_ms) / max(len(texts), 1)
    return tuple(
        Word(
            text=word,
            start_ms=round(start_ms + step * number),
            end_ms=round(start_ms + step * (number + 1)),
            confidence=confidence,
        )
        for number, word in enumerate(texts)
    )
