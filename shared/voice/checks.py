"""What generated code must pass before the user sees it as a result."""

import ast
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from shared.text.secrets_scan import secrets_in

_MAX_PATH_CHARS: Final = 200
# Control and direction characters, and what some file systems refuse.
_SPECIAL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\\:*?\"<>|]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check and its outcome; `detail` tells the fault, or what was not checked."""

    name: str
    ok: bool
    detail: str = ""

    def to_map(self) -> dict[str, object]:
        """The check as in a result's `checks`."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail}


def check_code(code: str, language: str | None, filename: str | None) -> tuple[Check, ...]:
    """Check that code parses, that its path stays in the tree, and that it holds no secret.

    There is no parse check for languages other than Python and JSON.
    """
    parse = _check_parse(code, language or "", filename or "")
    others = (_check_path(filename), _check_secrets(code))
    return others if parse is None else (parse, *others)


def _check_parse(code: str, language: str, filename: str) -> Check | None:
    suffix = PurePosixPath(filename).suffix
    if language == "py" or language.startswith("python") or suffix in (".py", ".pyi"):
        return _parse_python(code)
    if suffix == ".json" or (language == "json" and not suffix):
        return _parse_json(code)
    return None


def _parse_python(code: str) -> Check:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of code that is odd and still parses
            ast.parse(code)
    except SyntaxError as exc:
        return Check(name="parse", ok=False, detail=f"line {exc.lineno}: {exc.msg}")
    except (ValueError, RecursionError, MemoryError) as exc:
        return Check(name="parse", ok=False, detail=f"not readable: {type(exc).__name__}")
    return Check(name="parse", ok=True)


def _parse_json(code: str) -> Check:
    try:
        json.loads(code)
    except (ValueError, RecursionError) as exc:
        return Check(name="parse", ok=False, detail=str(exc))
    return Check(name="parse", ok=True)


def _check_path(filename: str | None) -> Check:
    if filename is None:
        return Check(name="paths", ok=True, detail="no file")
    path = PurePosixPath(filename)
    bad = (
        path.is_absolute()
        or str(path) != filename
        or not path.parts
        or len(filename) > _MAX_PATH_CHARS
        or any(part == ".." or _is_git(part) or part != part.strip() for part in path.parts)
        or _SPECIAL.search(filename) is not None
    )
    detail = "the path must be relative, inside the tree and free of special characters"
    return Check(name="paths", ok=not bad, detail=detail if bad else "")


def _is_git(part: str) -> bool:
    """Whether some file system takes it for git's own folder."""
    return part.lower().rstrip(". ") in (".git", "git~1")


def _check_secrets(code: str) -> Check:
    found = secrets_in(code)
    return Check(name="secrets", ok=not found, detail=", ".join(found))
