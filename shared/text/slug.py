"""File names from page titles: ASCII, short, safe on every file system."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

SLUG_MAX: Final = 60
EMPTY: Final = "untitled"

# Letters that have no decomposition in Unicode, with their usual ASCII spelling.
_LETTERS: Final = {
    **dict.fromkeys("æǽ", "ae"),
    **dict.fromkeys("ðđ", "d"),
    **dict.fromkeys("ø", "o"),
    **dict.fromkeys("œ", "oe"),
    **dict.fromkeys("þ", "th"),
    **dict.fromkeys("ł", "l"),
    **dict.fromkeys("ħ", "h"),
    **dict.fromkeys("ı", "i"),
    **dict.fromkeys("ŋ", "n"),
    **dict.fromkeys("ŧ", "t"),
    "ß": "ss",
}
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])")
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")
_APOSTROPHES = re.compile(r"['’ʼ`]")


def slug(title: str) -> str:
    """Spell a title as a file name without its ending.

    Returns 1 to 60 characters of `a-z`, `0-9` and single `-`, neither first nor last; cut at a
    word where a word ends in the second half. A title without any such character is `untitled`;
    a name that Windows reserves gets `-page`.
    """
    folded = "".join(_LETTERS.get(letter, letter) for letter in title.lower())
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", folded)).lower()
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    words = _cut(_NOT_ASCII_WORD.sub("-", plain).strip("-")) or EMPTY
    return f"{words}-page" if _RESERVED.fullmatch(words) else words


def file_path(folder: str, title: str, page_id: str, taken: Collection[str]) -> str:
    """The path of a page's file: `folder/slug.md`, told apart by the page's id where taken.

    `page_id` is a UUID with or without dashes; `taken` are the paths of the folder's other files,
    compared without regard to case, because some file systems do not see it. The first 8 hex
    digits of the id are added if the plain path is taken, and more of them while that is taken
    too.

    Raises ValueError if even the whole id is taken: then the page itself has its file already.
    """
    used = {path.casefold() for path in taken}
    name = slug(title)
    digits = page_id.replace("-", "").lower()
    marks = ["", *(f"-{digits[:length]}" for length in range(8, len(digits) + 1, 4))]
    for mark in marks:
        path = "/".join(part for part in (folder.rstrip("/"), f"{name}{mark}.md") if part)
        if path.casefold() not in used:
            return path
    raise ValueError("every path of this page is taken")


def _cut(words: str) -> str:
    """At most SLUG_MAX characters, ending with a whole word unless that loses too much."""
    if len(words) <= SLUG_MAX:
        return words
    head = words[: SLUG_MAX + 1]
    at_word = head.rfind("-")
    return head[:at_word] if at_word >= SLUG_MAX // 2 else head[:SLUG_MAX].rstrip("-")
