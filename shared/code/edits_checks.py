"""What an edited file must pass: it parses as well as before, is whole, and holds no new secret."""

import ast
import json
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

from shared.code.languages import language_of
from shared.text.secrets_scan import secrets_in

_LONG_LINES: Final = 150
_ELIDED: Final = re.compile(
    r"^\s*(?:#|//|/\*+|\*|--|<!--|;|%|\{/\*|\"\"\"|''')\s*"
    r"(?:(?:\.{3}|…|\[\.{3}\])?\s*(?:the |all |your )?"
    r"(?:rest of|remainder of|remaining|existing|previous|other|same|unchanged)\b"
    r"[\w\s,()'-]*(?:\.{3}|…|\bunchanged\b|\b(?:is|as|stays?|remains?|goes|continues?|omitted)\b"
    r"[\w\s]*\b(?:same|before|here|omitted|is)\b|\bhere\b)"
    r"|(?:\.{3}|…)\s*(?:rest|remaining|existing|previous|other|same|unchanged|omitted|"
    r"as before|keep)\b"
    r"|(?:unchanged|omitted(?: for brevity)?|code omitted)\b[.…\s]*(?:-->|\*/)?\s*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCheck:
    """A check and its outcome; `detail` tells the fault, or what could not be checked."""

    name: Literal["parse", "paths", "secrets"]
    ok: bool
    detail: str = ""


def check_text(path: str, old: str, new: str) -> EditCheck:
    """Check a file's new text against its old one ("" for a new file).

    What was wrong before may stay wrong: a file in a newer dialect, or broken already, can still
    be edited.
    """
    fresh = sorted({*new.split("\n")} - {*old.split("\n")})
    if (kinds := secrets_in("\n".join(fresh), known=old)) != []:
        detail = f"it holds what looks like {', '.join(kinds)}: read it from the environment"
        return EditCheck(name="secrets", ok=False, detail=detail)
    if line := _elided(fresh):
        detail = f"the comment {line!r} stands for code that was left out: write all of it"
        return EditCheck(name="parse", ok=False, detail=detail)
    return _parse(path, old, new)


def shrinks(old: str, new: str) -> bool:
    """Whether more than half of a long file is gone (over 150 lines)."""
    lines = old.count("\n")
    return lines > _LONG_LINES and new.count("\n") < lines / 2


def _elided(lines: Iterable[str]) -> str | None:
    """A comment that stands in for code."""
    return next((line.strip() for line in lines if _ELIDED.match(line)), None)


def _parse(path: str, old: str, new: str) -> EditCheck:
    suffix = PurePosixPath(path).suffix.lower()
    fault_of = {".py": _python_fault, ".pyi": _python_fault, ".json": _json_fault}.get(suffix)
    if fault_of is None:
        return _parse_by_grammar(path, old, new)
    fault = fault_of(new)
    if fault is None:
        return EditCheck(name="parse", ok=True)
    if old.strip() and fault_of(old) is not None:
        return EditCheck(name="parse", ok=True, detail=f"{path} did not parse before either")
    return EditCheck(name="parse", ok=False, detail=f"it does not parse: {fault}")


def _python_fault(text: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of code that is odd and still parses
            ast.parse(text)
    except SyntaxError as exc:
        return f"line {exc.lineno}: {exc.msg}"
    except (ValueError, RecursionError, MemoryError) as exc:
        return f"not readable: {type(exc).__name__}"
    return None


def _json_fault(text: str) -> str | None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as exc:
        return str(exc)
    return None


def _parse_by_grammar(path: str, old: str, new: str) -> EditCheck:
    """Count what the language's grammar cannot read; more than before is a fault."""
    language = language_of(path)
    if language is None:
        return EditCheck(name="parse", ok=True)
    from shared.code.grammar import error_count  # loads the grammars, which few processes need

    errors = error_count(language, new)
    if errors and errors > (error_count(language, old) if old else 0):
        detail = f"it does not parse: {errors} places are no {language}"
        return EditCheck(name="parse", ok=False, detail=detail)
    return EditCheck(name="parse", ok=True)
