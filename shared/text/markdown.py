"""Canonical Markdown: one spelling for all texts that Notion and git would show alike."""

import hashlib
import re
from typing import Final

from shared.text.blocks import NESTING_MAX, block_tokens, written_blocks
from shared.text.inline import (
    Spelling,
    defines_references,
    may_be_signed,
    without_code,
    without_signatures,
)

_HASH_DIGITS: Final = 32

# What the Markdown endpoints show but cannot make again: written back it becomes plain text,
# another thing, or nothing.
# https://developers.notion.com/guides/data-apis/working-with-markdown-content
_LOSSY: Final = frozenset(
    {
        "breadcrumb",
        "button",
        "custom-block",
        "database",
        "folder",
        "link-preview",
        "meeting-notes",
        "page",
        "synced-block",
        "synced-block-reference",
        "table-of-contents",
        "template",
        "transcription",
        "unknown",
    }
)
_TAG = re.compile(r"<([a-z][a-z_-]*)(?=[\s/>])")
# A tag that only its indentation keeps inside a paragraph may come to stand elsewhere once the
# lines around it are in place.
_CLOSED_LAZILY = re.compile(
    r"^([ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S[^\n]*|[ \t]*>[^\n]*)\n(?=</[a-z-]+>[ \t]*$)",
    re.MULTILINE,
)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_INDENTED_TAG = re.compile(r"\n[> ]* {4}<")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ROUNDS_MAX: Final = 4
_WORD = re.compile(r"[^\W\d_]{2,}")
# Addresses may lose their query, and the lines of fences may name their language differently.
_RESPELLED = re.compile(r"https?://\S+|^.*(?:```|~~~).*$", re.MULTILINE)
_CONTENTS = re.compile(r"^\[TOC\]$", re.MULTILINE)


def canonical(text: str) -> str:
    """Spell a Markdown body in the one way that all its spellings share.

    Line ends, blank lines, bullets, list counters, emphasis, fences and their languages, headings,
    tables, escapes that change nothing, hard breaks and pre-signed addresses are spelled one way;
    code, equations and HTML keep every character. The result is its own canonical spelling, ends
    with one newline, and is empty for a text of nothing but white space.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return ""
    if not _FENCE.search(text):
        # Notion closes a container right behind its last item, which would take the tag for text.
        text = _CLOSED_LAZILY.sub(r"\1\n\n", text)
    tokens = block_tokens(text)
    if any(token.level >= NESTING_MAX - 1 for token in tokens):
        return _plain(text)
    spelling = Spelling(references=defines_references(text))
    for _ in range(_ROUNDS_MAX):
        written = written_blocks(tokens, spelling) + "\n"
        if not _INDENTED_TAG.search(written):
            break
        tokens = block_tokens(written)
    return written


def equivalent(a: str, b: str) -> bool:
    """Whether two bodies are spellings of the same Markdown."""
    return a == b or (_words(a) == _words(b) and canonical(a) == canonical(b))


def body_hash(text: str) -> str:
    """32 hex digits that are the same for all spellings of a body."""
    return hashlib.sha256(canonical(text).encode("utf8", "surrogatepass")).hexdigest()[
        :_HASH_DIGITS
    ]


def lossy_marks(text: str) -> tuple[str, ...]:
    """The names, sorted, of what stands in a body and could not be written back as Markdown.

    Tag names come with `-` for `_`. Tags in code are text and do not count.
    """
    if "<" not in text and "[TOC]" not in text:
        return ()
    found: set[str] = set()
    for token in block_tokens(text):
        if token.type not in ("inline", "html_block"):
            continue
        prose = without_code(token.content)
        found.update(match[1].replace("_", "-") for match in _TAG.finditer(prose))
        if _CONTENTS.search(token.content):
            found.add("table-of-contents")
    return tuple(sorted(found & _LOSSY))


def strip_signed(text: str) -> str:
    """Cut the query off every pre-signed address outside code; all else stays as it is."""
    if not may_be_signed(text):
        return text
    lines = _LINE.findall(text)
    for start, end in {
        tuple(token.map): None
        for token in block_tokens(text)
        if token.map and token.type in ("inline", "html_block")
    }:
        stripped = without_signatures("".join(lines[start:end]))
        lines[start:end] = [stripped, *[""] * (end - start - 1)]
    return "".join(lines)


def _words(text: str) -> frozenset[str]:
    """Words that no respelling touches: texts without the same ones need no closer look."""
    return frozenset(_WORD.findall(_RESPELLED.sub(" ", text)))


def _plain(text: str) -> str:
    """What is nested too deep to be parsed is only freed of blank lines at its ends."""
    lines = [line.rstrip() for line in text.split("\n")]
    return "\n".join(lines).strip("\n") + "\n"
