"""Documentation comments of any language, without their marks, taken apart into `Doc`."""

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from shared.code.model import Doc

_LICENCE = re.compile(
    r"""
    \A[\W_]*(
        (copyright|\(c\)\s|©|licen[cs]ed?\b|spdx|all\s+rights\s+reserved|permission\s+is\s+hereby
          |redistribution\s+and\s+use|the\s+(mit|bsd|apache|isc)\b|(mit|bsd|apache|isc)\s+licen
          |this\s+(file|program|library|software|source\s+code|work|code)\s+is\s+
            (part|free|licen|distributed|subject|a\s+part|dual|released|provided|governed)
          |@licen[cs]e|@preserve|@copyright|\$openbsd|\$netbsd|\$freebsd)
      | [^\n]*\bcopyright\s+(\(c\)|©|\d{4}) | [^\n]*\bspdx-licen
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LICENCE_LATER = re.compile(
    r"^[\W_]*(copyright\b|\(c\)\s*\d{4}|spdx|licen[cs]ed\s+(under|to)|created\s+by\s.*\d{2}"
    r"|this\s+(file|program|library|software)\s+is\s+(part|free|licen|distributed))",
    re.IGNORECASE | re.MULTILINE,
)
_DIRECTIVE = re.compile(
    r"""
    \A(go:|nolint|\+build|export\s+\w+$|eslint|tslint|jshint|jslint|jscs|istanbul|prettier-|@ts-|c8\s
    |v8\s|biome-|globals?\s|@flow|@jsx|rubocop:|frozen_string_literal|encoding:|coding:|-\*-|vim?:
    |NOLINT|clang-format|clang-tidy|phpcs|@phpstan|@psalm|swiftlint:|swift-tools-version|ktlint
    |noinspection|pylint|\#?(end)?region\b|MARK:|ReSharper|sourceMappingURL|@generated|cspell|typed:
    |warn_indent|\{\{\{|\}\}\}|<reference|<amd|XXX\b|FIXME\b|TODO\b|HACK\b|:nodoc:|:stopdoc:
    |:startdoc:|sourcery:|cgo\b|\#cgo|fallthrough)
    """,
    re.VERBOSE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?。])[)\"'`*]?\s+(?=[^a-z\s])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|resp|approx|no|fig|incl|dr|mr|st)|\b[A-Z])\.$", re.IGNORECASE
)
_BLOCK_END = re.compile(r"^\s*(?:[-*+] |\d+[.)] |```|~~~|\||>|#{1,6} |\t| {4})")
_RULER = re.compile(r"^[\s\-=*#/_~+.]{3,}$")
LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A documentation comment taken apart.

    `texts`, `types`: what it says of parameters and what types it gives them; `returned`: the type
    it gives to what comes back; `labels`: `deprecated` and the like.
    """

    doc: Doc = field(default_factory=Doc)
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    returned: str = ""
    labels: tuple[str, ...] = ()


def read_comment(comments: Iterable[str], language: str) -> Comment:
    """Take comments that stand together apart, by the customs of their language.

    `comments`: as they stand in the source, with their marks. Never raises; a text without tags
    is summary and details.
    """
    from shared.code.doc_markdown import read_go, read_rust, read_swift
    from shared.code.doc_tags import read_tags
    from shared.code.doc_xml import read_xml

    text = _without_licence(_joined(comments))[:LONGEST]
    if not text.strip():
        return Comment()
    if language == "go":
        return read_go(text)
    if language == "rust":
        return read_rust(text)
    if language == "swift":
        return read_swift(text)
    if language == "csharp" or re.search(r"</(summary|remarks|returns)>", text):
        return read_xml(text)
    return read_tags(text, language)


def is_licence(comment: str) -> bool:
    """Whether a comment begins as a licence or a copyright notice, and is no documentation."""
    text = _plain(comment)[:2000]
    if re.search(r"^\s*[@\\](file|fileoverview|overview|packageDocumentation)\b", text, re.M):
        return False
    return bool(_LICENCE.match(text)) or _xcode_header(text)


def is_directive(comment: str) -> bool:
    """Whether a comment speaks to a tool, as `eslint-disable` and `go:build` do."""
    lines = [line.strip() for line in _plain(comment).split("\n") if line.strip()]
    return all(_DIRECTIVE.match(line) for line in lines)


def split_summary(text: str) -> tuple[str, str]:
    """The first sentence of a text on one line, and the rest of it."""
    lines = text.strip().split("\n")
    count = next(
        (
            number
            for number, line in enumerate(lines)
            if number and (not line.strip() or _BLOCK_END.match(line))
        ),
        len(lines),
    )
    paragraph = " ".join(" ".join(lines[:count]).split())
    rest = "\n".join(lines[count:]).strip("\n")
    for end in _SENTENCE_END.finditer(paragraph):
        if not _ABBREVIATION.search(paragraph[: end.start()].rstrip(")\"'`*")):
            tail = paragraph[end.end() :]
            return paragraph[: end.end()].strip(), f"{tail}\n\n{rest}".strip("\n")
    return paragraph, rest


def documented(text: str, **fields: object) -> Doc:
    """A `Doc` whose summary and details are taken from a text; `fields` are its other fields."""
    summary, details = split_summary(text)
    return Doc(summary=summary, details=details.rstrip(), **fields)  # type: ignore[arg-type]


def _joined(comments: Iterable[str]) -> str:
    plain = (_plain(comment) for comment in comments)
    lines = [line for text in plain for line in text.split("\n")]
    kept = [line for line in lines if not _DIRECTIVE.match(line.strip())]
    kept = ["" if _RULER.match(line) and "|" not in line else line for line in kept]
    return textwrap.dedent("\n".join(kept)).strip("\n").rstrip()


def _plain(comment: str) -> str:
    """A comment without its marks."""
    text = comment.replace("\r", "").expandtabs(4) if "\r" in comment else comment
    if text.startswith("/*"):
        inner = re.sub(r"\*+/\s*\Z", "", re.sub(r"\A/\*+[!<]?<?", "", text))
        first, _, rest = inner.partition("\n")
        lines = rest.split("\n") if rest else []
        if lines and all(re.match(r"\s*\*|\s*$", line) for line in lines):
            lines = [re.sub(r"^\s*\*+(?=\s|$|[^*/])", "", line) for line in lines]
        return "\n".join([first.strip(), textwrap.dedent("\n".join(lines))]).strip("\n").rstrip()
    if text.startswith("=begin"):
        return re.sub(r"\A=begin[^\n]*\n|\n?=end\s*\Z", "", text)
    lines = [re.sub(r"^\s*(?:///?!?<?|#+)(?: (?! *$))?", "", line) for line in text.split("\n")]
    return "\n".join(lines).rstrip()


def _without_licence(text: str) -> str:
    """A text up to the copyright notice in it, if it has one."""
    found = _LICENCE_LATER.search(text)
    return text[: found.start()].rstrip() if found else text


def _xcode_header(text: str) -> bool:
    """Whether this is what editors put on top: file, project, author, year."""
    head = [line.strip() for line in text.strip().split("\n") if line.strip()][:5]
    return bool(head) and any(
        re.match(r"created by .* on |copyright\b|created on ", line, re.I) for line in head
    )
