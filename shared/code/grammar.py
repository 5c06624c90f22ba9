"""Files of any language read by its grammar: what stands in them, without running anything.

The grammars are the official tree-sitter wheels (https://tree-sitter.github.io); they need no
network. Each language has a reader in `shared/code/readers`.
"""

import functools
import importlib
import re
import time
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Final

from shared.code.model import Module
from shared.code.readers.branches import fill
from shared.code.readers.draft import Reading, symbols
from shared.code.readers.macros import one_branch_each, without_macros
from shared.code.readers.source import Source

if TYPE_CHECKING:
    from tree_sitter import Language, Tree

MOST_CHARACTERS: Final = 1_500_000
_PARSE_SECONDS: Final = 8.0
_SLAB: Final = 65_536
_LONG_LINE: Final = 5_000

_CPLUSPLUS_ONLY = re.compile(r"^\s*#\s*ifdef\s+__cplusplus\b.*?^\s*#\s*(?:endif|else)", re.S | re.M)
_CPLUSPLUS = re.compile(
    r"^\s*(?:class\s+\w+[^;()=]*[{:]|namespace\b[^;=]*\{|template\s*<|using\s+[\w:]+\s*[;=]"
    r"|using\s+namespace\b|(?:public|private|protected)\s*:|constexpr\s+\w)"
    r"|\b(?:std|boost)::\w",
    re.MULTILINE,
)
_OBJECTIVE = re.compile(r"^[ \t]*@(?:interface|protocol|implementation|class|import)\b", re.M)
_C_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


# Language → wheel, function in it, reader, and how documenting comments begin (empty: anyhow).
_Grammar = tuple[str, str, str, tuple[str, ...]]
_GRAMMARS: Final[dict[str, _Grammar]] = {
    "python": ("tree_sitter_python", "language", "python", ()),
    "javascript": ("tree_sitter_javascript", "language", "javascript", ()),
    "typescript": ("tree_sitter_typescript", "language_typescript", "javascript", ()),
    "tsx": ("tree_sitter_typescript", "language_tsx", "javascript", ()),
    "go": ("tree_sitter_go", "language", "go", ()),
    "java": ("tree_sitter_java", "language", "java", ("/**", "///")),
    "rust": ("tree_sitter_rust", "language", "rust", ("/**", "///")),
    "c": ("tree_sitter_c", "language", "c", ()),
    "cpp": ("tree_sitter_cpp", "language", "c", ()),
    "csharp": ("tree_sitter_c_sharp", "language", "csharp", ("/**", "///")),
    "ruby": ("tree_sitter_ruby", "language", "ruby", ()),
    "php": ("tree_sitter_php", "language_php", "php", ("/**",)),
    "kotlin": ("tree_sitter_kotlin", "language", "kotlin", ("/**",)),
    "swift": ("tree_sitter_swift", "language", "swift", ("/**", "///")),
}


def read_with_grammar(path: str, language: str, text: str) -> Module:
    """The outline of a file's text. Never raises for any text, and gives the same each time.

    `language`: as `language_of` names it; a header of C that holds C++ is read as "cpp". What is
    broken is left out and `Module.problem` says where; generated or minified files (lines of
    thousands of characters, more than 1.5 million characters) are not read.
    Raises KeyError for a language that has no grammar here.
    """
    language = _spoken(language, text)
    _, _, reader, _ = _GRAMMARS[language]
    lines = text.count("\n") + (not text.endswith("\n") and bool(text))
    reason = _unreadable(language, text)
    if reason:
        return Module(path=path, language=language, lines=lines, problem=reason)
    whole, parts = _attempts(language, text)
    if not whole:
        return Module(path=path, language=language, lines=lines, problem="too tangled to parse")
    source = min([*whole, *parts], key=_faults)
    reading: Reading = _reader(reader)(source, path)
    if source in parts:  # it leaves out branches of conditions: what stands in them is added
        for one in (min(whole, key=_faults), *parts):
            if one is not source:
                fill(reading.drafts, _reader(reader)(one, path).drafts, one.faults())
    return Module(
        path=path,
        language=language,
        doc=reading.comment.doc,
        symbols=symbols(reading.drafts),
        imports=tuple(sorted(reading.imports, key=lambda one: one.line)),
        exports=None if reading.exports is None else frozenset(reading.exports),
        references=source.references(),
        lines=lines,
        problem=_problem(source.faults()),
    )


def error_count(language: str, text: str) -> int:
    """How many places of a text its grammar could not parse; 0 for what is not read at all.

    For comparing a file before and after an edit. Raises KeyError for a language without grammar.
    """
    language = _spoken(language, text)
    if _unreadable(language, text):
        return 0
    whole, parts = _attempts(language, text)
    return min(map(_faults, [*whole, *parts]), default=0)


def _spoken(language: str, text: str) -> str:
    """C++ for a C header that holds it, else the language as given."""
    if language != "c" or ("::" not in text and not _CPLUSPLUS.search(text)):
        return language
    own = _CPLUSPLUS_ONLY.sub("", _C_COMMENT.sub("", text))
    return "cpp" if _CPLUSPLUS.search(own) else "c"


def _unreadable(language: str, text: str) -> str:
    """Why a text is not read, "" where it is."""
    lines = text.split("\n")
    minified = (
        len(text) > 4 * _LONG_LINE
        and len(text) / len(lines) > 200
        and any(len(line) > _LONG_LINE for line in lines)
    )
    if minified or len(text) > MOST_CHARACTERS:
        return "generated or minified"
    if language in ("c", "cpp") and _OBJECTIVE.search(text):
        return "Objective-C is not read"
    return ""


def _attempts(language: str, text: str) -> tuple[list[Source], list[Source]]:
    """The parses of the text's spellings until one has no fault; apart, those of parts of it."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    whole: list[Source] = []
    for spelling in chain((plain,), without_macros(language, plain)):
        if not whole or spelling != plain:
            whole += _parsed(language, spelling)
        if whole and not whole[-1].faults():
            return whole, []
    if language == "javascript":  # with types, as Flow has them
        whole += _parsed(language, plain, "tsx")
    found = (_parsed(language, spelling) for spelling in one_branch_each(language, plain))
    return whole, [source for sources in found for source in sources]


def _parsed(language: str, text: str, grammar: str = "") -> list[Source]:
    """The parse of a text, by another language's grammar if named; none if it takes too long."""
    data = text.encode("utf8", "replace")
    tree = _tree(grammar or language, data)
    doc_starts = _GRAMMARS[language][-1]
    return [] if tree is None else [Source(language, data, tree, doc_starts)]


def _faults(source: Source) -> int:
    return len(source.faults())


def _tree(language: str, data: bytes) -> "Tree | None":
    """None where parsing takes longer than some seconds, as hostile nesting can."""
    from tree_sitter import Parser

    until = time.monotonic() + _PARSE_SECONDS

    def read(offset: int, _point: object) -> bytes:
        return data[offset : offset + _SLAB]

    def late(_offset: int, _failed: bool) -> bool:
        return time.monotonic() > until

    try:
        return Parser(_language(language)).parse(read, progress_callback=late)
    except ValueError:  # stopped
        return None


@functools.cache
def _language(language: str) -> "Language":
    from tree_sitter import Language

    wheel, function, _, _ = _GRAMMARS[language]
    return Language(getattr(importlib.import_module(wheel), function)())


@functools.cache
def _reader(name: str) -> Callable[[Source, str], Reading]:
    module = importlib.import_module(f"shared.code.readers.{name}")
    read: Callable[[Source, str], Reading] = module.read
    return read


def _problem(faults: list[int]) -> str:
    if not faults:
        return ""
    places = "1 place" if len(faults) == 1 else f"{len(faults)} places"
    first = f"at line {faults[0]}" if len(faults) == 1 else f"the first at line {min(faults)}"
    return f"{places} could not be parsed, {first}"
