"""A commit as a row of the tracker: its columns, their values, and the page's text."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from shared.ports.notion import DataSource, Value
from shared.ports.repository import CommitInfo

COLUMNS: Final[Mapping[str, str]] = {
    "Name": "title",
    "SHA": "rich_text",
    "Author": "rich_text",
    "Branch": "rich_text",
    "Date": "date",
    "Files": "number",
    "URL": "url",
    "Tasks": "relation",
    "State": "select",
}
"""The tracker's columns as setup makes them: name -> kind."""

_MAX_TITLE: Final = 250
_MAX_TEXT: Final = 1_000
_MAX_URL: Final = 2_000
_MAX_MESSAGE: Final = 12_000
_MAX_FILES: Final = 200
_SIGNS = re.compile(r"([\\`*_~\[\]])")
_RUN = re.compile(r"`{3,}")


def bind_columns(source: DataSource, bound: Mapping[str, str]) -> dict[str, str]:
    """The ids of the tracker's columns by what they are for.

    A column that was bound stays bound also under another name, as long as it is of its kind; what
    is not there (any more) is left out.
    """
    kinds = {each.id: each.kind for each in source.properties}
    found: dict[str, str] = {}
    for name, kind in COLUMNS.items():
        named = source.property(name)
        if kind == "title":
            known = next((each.id for each in source.properties if each.kind == kind), "")
        else:
            known = bound.get(name, "")
            known = known if known in kinds or named is None else named.id
        if kinds.get(known) == kind:
            found[name] = known
    return found


def row_values(commit: CommitInfo, branch: str, url: str, tasks: Sequence[str]) -> dict[str, Value]:
    """The values of a commit's row by column name, without its state.

    `branch`: where it was first seen. `tasks`: page ids.
    """
    return {
        "Name": title_of(commit),
        "SHA": commit.sha,
        "Author": _plain(commit.author.name or commit.author.email),
        "Branch": _plain(branch),
        "Date": commit.at.isoformat(timespec="milliseconds"),
        "Files": len(commit.paths),
        "URL": url if len(url) <= _MAX_URL else None,
        "Tasks": tuple(tasks),
    }


def title_of(commit: CommitInfo) -> str:
    """The first line of a commit's message; its id where there is none."""
    first = next((line.strip() for line in commit.message.splitlines() if line.strip()), "")
    return _cut(first, _MAX_TITLE) or commit.sha[:12]


def row_body(commit: CommitInfo) -> str:
    """The page's text: the whole message and the files, both as code, so that nothing in them is
    read as Markdown."""
    parts = [_code(_cut(commit.message.strip("\n"), _MAX_MESSAGE))] if commit.message else []
    if commit.paths:
        more = len(commit.paths) - _MAX_FILES
        listed = [_printable(path) for path in commit.paths[:_MAX_FILES]]
        listed += [f"… and {more} more"] if more > 0 else []
        parts += ["## Files", _code("\n".join(listed))]
    return "\n\n".join(parts)


def _code(text: str) -> str:
    fence = "`" * max([3, *(len(run) + 1 for run in _RUN.findall(text))])
    return f"{fence}\n{text}\n{fence}"


def _plain(text: str) -> str:
    """A text as the value of a text property, where some signs would be read as Markdown."""
    return _SIGNS.sub(r"\\\1", _cut(_printable(text), _MAX_TEXT))


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
