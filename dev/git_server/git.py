"""Runs the git program with nothing of the developer's own configuration."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

IDENTITY: Final = {"name": "Git Server", "email": "git@localhost"}
_MISSING = "git is missing: install it (apt-get install git, brew install git)"


class GitMissingError(Exception):
    """The git program, or its `http-backend`, is not installed; the text is the mend."""


class GitFailedError(Exception):
    """The git program ended with an error; the text is what it said."""


def environment() -> dict[str, str]:
    """The environment for git: the path, and no configuration but a repository's own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        **{f"GIT_{who}_NAME": IDENTITY["name"] for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": IDENTITY["email"] for who in ("AUTHOR", "COMMITTER")},
    }


async def run(folder: Path, *arguments: str, feed: bytes = b"") -> bytes:
    """Run git in a folder and give what it wrote.

    Raises:
        GitFailedError: it ended with an error.
    """
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        cwd=folder,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    written, said = await process.communicate(feed)
    if process.returncode:
        raise GitFailedError(f"git {arguments[0]}: {said.decode(errors='replace').strip()}")
    return written


async def succeeds(folder: Path, *arguments: str) -> bool:
    """Whether git ends without an error, for its questions that are answered that way."""
    try:
        await run(folder, *arguments)
    except GitFailedError:
        return False
    return True


async def check() -> None:
    """Make sure that git and its server half are there.

    Raises:
        GitMissingError: one of them is not.
    """
    if shutil.which("git") is None:
        raise GitMissingError(_MISSING)
    folder = (await run(Path.cwd(), "--exec-path")).decode().strip()
    if not (Path(folder) / "git-http-backend").exists():
        raise GitMissingError("git has no http-backend here: install git's full package")


def lines(*rows: Sequence[str]) -> bytes:
    """Rows of words as git reads them from its input."""
    return "".join(" ".join(row) + "\n" for row in rows).encode()
