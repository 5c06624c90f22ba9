"""Line diffs for people, and a three-way merge of source files by whole lines."""

import difflib
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from shared.text.sequence import align, gaps

MAX_DIFF_LINES: Final = 400
_MAX_LINE_CHARS: Final = 500
_COMPARED: Final = 20_000
"""Above so many lines a diff is not computed."""


def unified_diff(path: str, old: bytes | None, new: bytes | None) -> str:
    """What changed in a file, as `git diff` shows it; None stands for no file.

    At most 400 lines of at most 500 characters; a last line says what is left out.
    """
    before, after = _shown(old), _shown(new)
    if before is None or after is None:
        return f"(the content of {path} is not text)\n"
    if len(before) + len(after) > _COMPARED:
        return f"({path} is too long to show its changes)\n"
    sides = (
        "/dev/null" if old is None else f"a/{path}",
        "/dev/null" if new is None else f"b/{path}",
    )
    lines = list(difflib.unified_diff(before, after, *sides, lineterm=""))
    shown = [line[:_MAX_LINE_CHARS] for line in lines[:MAX_DIFF_LINES]]
    if len(lines) > MAX_DIFF_LINES:
        shown.append(f"(and {len(lines) - MAX_DIFF_LINES} more lines)")
    return "".join(f"{line}\n" for line in shown)


def merge_lines(base: bytes, one: bytes, other: bytes) -> bytes | None:
    """Bring two changes of a file together; None where they meet or touch, or it is binary.

    The result is the same whichever is called one. The same change on both sides is made once.
    """
    if one in (other, base):
        return other
    if other == base:
        return one
    if b"\0" in base + one + other:
        return None
    texts = [_lines(base), _lines(one), _lines(other)]
    mine, theirs = _changes(texts[0], texts[1]), _changes(texts[0], texts[2])
    changes = sorted({*mine, *theirs})
    if any(after[0] <= before[1] for before, after in pairwise(changes)):
        return None
    merged: list[bytes] = []
    at = 0
    for start, end, new in changes:
        merged += [*texts[0][at:start], *new]
        at = end
    return b"".join([*merged, *texts[0][at:]])


_Change = tuple[int, int, tuple[bytes, ...]]


def _changes(base: Sequence[bytes], new: Sequence[bytes]) -> list[_Change]:
    """Lines `start` to `end` of the base, and what is there instead."""
    found = gaps(align(base, new), len(base), len(new))
    return [(start, end, tuple(new[at:at_end])) for start, end, at, at_end in found]


def _lines(content: bytes) -> list[bytes]:
    *lines, last = content.split(b"\n")
    return [*(line + b"\n" for line in lines), *([last] if last else [])]


def _shown(content: bytes | None) -> list[str] | None:
    """The lines of a file; None if it is not text."""
    if content is None:
        return []
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []
    return None if "\0" in text else lines
