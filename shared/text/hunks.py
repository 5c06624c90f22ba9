"""A change of a text as replacements that a search-and-replace interface can apply."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.text.sequence import align, gaps


@dataclass(frozen=True, slots=True)
class Hunk:
    """Replace `old`, which stands in the text exactly once, by `new`."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class _Span:
    """Lines `start` to `end` (excluded) of the old text, and the new lines in their place."""

    start: int
    end: int
    start_new: int
    end_new: int


def hunks(old: str, new: str, limit: int = 100) -> tuple[Hunk, ...] | None:
    """The change old→new as small replacements of whole lines, to be applied in order.

    Each `old` is not blank, occurs once in the old text, also once in the text as it is when its
    turn comes, and shares no character with another one. Unchanged lines around a change are
    taken in until this holds. None if the old text is blank, or for more than `limit` of them.
    """
    if old == new:
        return ()
    if not old.strip():
        return None
    lines = _Lines(old, tuple(old.split("\n")), tuple(new.split("\n")))
    spans = lines.changes()
    at = 0
    current = old
    # Each widening takes one more line in, so this ends, at the latest with the whole text.
    while at < len(spans):
        span = spans[at]
        hunk = lines.hunk(span)
        if lines.stands(span) and _once(old, hunk.old) and _once(current, hunk.old):
            current = current.replace(hunk.old, hunk.new)
            at += 1
            continue
        spans[at] = lines.wider(span)
        if _joins_others(spans, at):
            at, current = 0, old
    return tuple(map(lines.hunk, spans)) if len(spans) <= limit else None


@dataclass(frozen=True, slots=True)
class _Lines:
    text: str
    old: Sequence[str]
    new: Sequence[str]

    def changes(self) -> list[_Span]:
        pairs = align(self.old, self.new)
        return [_Span(*gap) for gap in gaps(pairs, len(self.old), len(self.new))]

    def hunk(self, span: _Span) -> Hunk:
        return Hunk(
            "\n".join(self.old[span.start : span.end]),
            "\n".join(self.new[span.start_new : span.end_new]),
        )

    def stands(self, span: _Span) -> bool:
        """Whether whole lines replace whole lines, and no line end is left over.

        A blank line at an edge would make the text to search for begin or end with a newline,
        which interfaces tend to trim.
        """
        if (span.start, span.end) == (0, len(self.old)):
            return True
        if span.start == span.end or span.start_new == span.end_new:
            return False
        return bool(self.old[span.start].strip() and self.old[span.end - 1].strip())

    def wider(self, span: _Span) -> _Span:
        """The span with one more line: away from a blank edge, else before and behind by turns."""
        size = span.end - span.start
        if size == 0:
            before = span.end == len(self.old) or not self.old[span.end].strip()
        else:
            last_blank = not self.old[span.end - 1].strip()
            before = not self.old[span.start].strip() or (not last_blank and size % 2 == 1)
        if span.start > 0 and (before or span.end == len(self.old)):
            return _Span(span.start - 1, span.end, span.start_new - 1, span.end_new)
        return _Span(span.start, span.end + 1, span.start_new, span.end_new + 1)


def _joins_others(spans: list[_Span], at: int) -> bool:
    """Make a span and the neighbours that it has come to meet one; whether there were any."""
    first = last = at
    if at > 0 and spans[at - 1].end >= spans[at].start:
        first = at - 1
    if at + 1 < len(spans) and spans[at + 1].start <= spans[at].end:
        last = at + 1
    one, other = spans[first], spans[last]
    spans[first : last + 1] = [_Span(one.start, other.end, one.start_new, other.end_new)]
    return first < last


def _once(text: str, part: str) -> bool:
    at = text.find(part)
    return at >= 0 and text.find(part, at + 1) < 0
