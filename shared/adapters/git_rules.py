"""What we demand of the names and texts that go into a repository.

Git's own rules (https://git-scm.com/docs/git-check-ref-format) allow names that other programs
take for options or that some hosts and file systems refuse; these are narrower.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from shared.errors import InvalidRequest
from shared.ports.repository import CommitOrder, Person

MAX_BRANCH_CHARACTERS: Final = 100
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/@#+=-]*")
_NOT_IN_BRANCHES = ("..", "//", "/.", "./", "@{", ".lock/")
_MODES = (0o100644, 0o100755, 0o120000)
_MAX_PATH_BYTES = 4096
_MAX_PART_BYTES = 255


def check_branch(name: str) -> None:
    """Make sure that a name is good for a branch on every host.

    Raises:
        InvalidRequest: it is not; the detail says what is allowed.
    """
    good = (
        len(name) <= MAX_BRANCH_CHARACTERS
        and _BRANCH.fullmatch(name)
        and not any(each in name for each in _NOT_IN_BRANCHES)
        and not name.endswith(("/", ".", ".lock"))
        and not name.startswith("refs/")
        and name != "HEAD"
    )
    if not good:
        raise InvalidRequest(
            f"A branch has a name of at most {MAX_BRANCH_CHARACTERS} letters (a-z), digits and "
            "._/@#+=- that begins with a letter or digit, and that git accepts: choose another."
        )


def clashing_branch(name: str, branches: Iterable[str]) -> str | None:
    """The branch that stands in the way of a new one, as `task` does for `task/1`, if any."""
    return next(
        (
            other
            for other in branches
            if other.startswith(f"{name}/") or name.startswith(f"{other}/")
        ),
        None,
    )


def check_order(order: CommitOrder) -> None:
    """Make sure that a commit can be made of an order.

    Raises:
        InvalidRequest: a path is not acceptable or named twice, or a mode is not a file's.
        ValueError: the time has no time zone.
    """
    if order.at.tzinfo is None:
        raise ValueError("the time of a commit has a time zone")
    paths = [change.path for change in order.changes]
    if len(set(paths)) != len(paths):
        raise InvalidRequest("A commit names each path once.")
    for change in order.changes:
        _check_path(change.path)
        if change.content is not None and change.mode not in _MODES:
            raise InvalidRequest("A file is plain, executable or a symbolic link.")


def stored_message(order: CommitOrder) -> bytes:
    """The message as a commit holds it: UTF-8 without NUL, ending in one newline."""
    return order.message.replace("\0", "").rstrip("\n").encode("utf-8", "replace") + b"\n"


def stored_person(person: Person) -> bytes:
    """A person as a commit holds them, `Name <email>`, without what git would trip over."""
    return f"{_plain(person.name) or 'unknown'} <{_plain(person.email)}>".encode("utf-8", "replace")


def stored_time(order: CommitOrder) -> int:
    """The time as a commit holds it: whole seconds since 1970, always in UTC.

    Equal times make equal commits, in whatever zone they were told.
    """
    return int(order.at.timestamp())


def read_person(stored: bytes) -> Person:
    """The person that a commit holds."""
    name, _, email = stored.decode("utf-8", "replace").rpartition(" <")
    return Person(name=name, email=email.rstrip("> "))


def read_time(stored: int) -> datetime:
    """The time that a commit holds, in UTC."""
    return datetime.fromtimestamp(stored, UTC)


def _check_path(path: str) -> None:
    parts = path.split("/")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError as error:
        raise InvalidRequest("A path is UTF-8.") from error
    if sum(sizes) + len(parts) > _MAX_PATH_BYTES or max(sizes) > _MAX_PART_BYTES:
        raise InvalidRequest("A path has at most 4096 bytes, and 255 between slashes.")
    if not all(_is_good_part(part) for part in parts):
        raise InvalidRequest(
            "A path is relative, without empty parts, '.', '..', '.git', backslashes and "
            "control characters."
        )


def _is_good_part(part: str) -> bool:
    if part in ("", ".", "..") or "\\" in part:
        return False
    if any(unicodedata.category(character) == "Cc" for character in part):
        return False
    # What case-blind file systems take for `.git`: Windows cuts spaces, dots and stream names
    # off the end, macOS ignores characters without a shape (git: core.protectNTFS, protectHFS).
    shown = "".join(c for c in part if unicodedata.category(c) != "Cf")
    return shown.split(":")[0].rstrip(" .").casefold() not in (".git", "git~1")


def _plain(text: str) -> str:
    kept = (" " if unicodedata.category(c) == "Cc" else c for c in text if c not in "<>")
    return " ".join("".join(kept).split()).strip(" .,:;\"'\\")
