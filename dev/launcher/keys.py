"""Which vendors are real: a key in the environment or in .env replaces that stand-in."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

NAMES = (
    "ASSEMBLYAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "NOTION_TOKEN",
    "NOTION_DOCS_DB_ID",
    "FIREBASE_CREDENTIALS_PATH",
)


class KeyFileError(Exception):
    """The file that FIREBASE_CREDENTIALS_PATH names can't be used; the message is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The real keys, empty where the stand-in plays; never printed.

    `notion_docs_db`: the database or data source that the real Notion keeps docs in.
    """

    assemblyai: str = ""
    anthropic: str = ""
    notion: str = ""
    notion_docs_db: str = ""
    credentials_path: str = ""
    project_id: str = ""

    def __repr__(self) -> str:
        return "Keys(…)"


def environment(file: Path, *, stand_ins_only: bool) -> dict[str, str]:
    """The environment with the values of `file` (.env) below it; without any key for tests."""
    if stand_ins_only:
        return {name: value for name, value in os.environ.items() if name not in NAMES}
    below = {name: value for name, value in dotenv_values(file).items() if value}
    return {**below, **os.environ}


def find(environ: Mapping[str, str]) -> Keys:
    """The keys in `environ`.

    Raises:
        KeyFileError: the service account file is missing or is none.
    """
    path = environ.get("FIREBASE_CREDENTIALS_PATH", "")
    return Keys(
        assemblyai=environ.get("ASSEMBLYAI_API_KEY", ""),
        anthropic=environ.get("ANTHROPIC_API_KEY", ""),
        notion=environ.get("NOTION_TOKEN", ""),
        notion_docs_db=environ.get("NOTION_DOCS_DB_ID", ""),
        credentials_path=str(Path(path).expanduser().resolve()) if path else "",
        project_id=_project_of(Path(path).expanduser()) if path else "",
    )


def _project_of(file: Path) -> str:
    try:
        return str(json.loads(file.read_text(encoding="utf8"))["project_id"])
    except (OSError, ValueError, KeyError, TypeError) as exc:
        detail = "not a service account key of Google Cloud"
        raise KeyFileError(f"FIREBASE_CREDENTIALS_PATH: {file} is {detail}") from exc
