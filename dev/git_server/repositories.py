"""The bare repositories: made with what hosts allow, and one of them filled with a sample."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dev.git_server import git

DEFAULT_BRANCH: Final = "main"
PUSH_LOG: Final = "NEXUS_PUSH_LOG"
_SAMPLE = Path(__file__).parent / "sample"
_AUTHOR = "Nora Sample <nora@example.com>"
_BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_SEED = (  # message, folders and files of the sample that the commit adds
    ("Begin the project", ("README.md", "pyproject.toml", ".gitignore")),
    ("Read and write amounts, keep a book of expenses", ("src",)),
    ("Test amounts, books and reports", ("tests",)),
)
_CONFIG = {
    "http.receivepack": "true",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    # Nothing may go on in the background once the server is stopped.
    "gc.auto": "0",
    "receive.autogc": "false",
    "core.logAllRefUpdates": "false",
}
# The hooks say what happened; the server, which gives the log's name, acts on it afterwards.
_HOOKS = {
    "update": """#!/bin/sh
if grep -qxF "$1" protected-refs 2>/dev/null; then
  echo "error: GH006: Protected branch update failed for $1." >&2
  exit 1
fi
""",
    "post-receive": f"""#!/bin/sh
if [ -n "${PUSH_LOG}" ]; then cat >>"${PUSH_LOG}"; fi
""",
}


async def make_repository(root: Path, name: str, *, sample: bool = False) -> Path:
    """Make the bare repository `name` in a folder unless it is there; its path.

    Args:
        root: what the server serves.
        name: ends in `.git`.
        sample: begin with the sample package; the commits are the same every time.
    """
    path = root / name
    if path.exists():
        return path
    making = root / f".making-{name}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    await git.run(making, "init", "--quiet", "--bare", "--template=", "-b", DEFAULT_BRANCH)
    for key, value in _CONFIG.items():
        await git.run(making, "config", key, value)
    (making / "hooks").mkdir()
    for hook, script in _HOOKS.items():
        (making / "hooks" / hook).write_text(script, encoding="utf8")
        (making / "hooks" / hook).chmod(0o755)
    if sample:
        await git.run(making, "fast-import", "--quiet", feed=b"".join(_sample_commits()))
    # Half a repository is never taken for a whole one.
    return making.rename(path)


def protect(path: Path, branch: str, protected: bool) -> None:
    """Refuse pushes to a branch from now on, or accept them again."""
    listed = path / "protected-refs"
    refs = set(listed.read_text(encoding="utf8").split("\n")) if listed.exists() else set()
    ref = f"refs/heads/{branch}"
    refs = (refs | {ref} if protected else refs - {ref}) - {""}
    listed.write_text("".join(f"{each}\n" for each in sorted(refs)), encoding="utf8")


def sample_files() -> dict[str, bytes]:
    """The files of the sample by path, as they are after the last of its commits.

    On disk each has `.txt` at its end, so that no tool here takes it for our own.
    """
    found = sorted(path for path in _SAMPLE.rglob("*.txt") if path.is_file())
    return {
        path.relative_to(_SAMPLE).as_posix().removesuffix(".txt"): path.read_bytes()
        for path in found
    }


def _sample_commits() -> Iterator[bytes]:
    """A stream for git fast-import (https://git-scm.com/docs/git-fast-import)."""
    files = sample_files()
    for number, (message, added) in enumerate(_SEED):
        at = f"{int(_BEGAN.timestamp()) + number * 86_400} +0000"
        head = f"commit refs/heads/{DEFAULT_BRANCH}\ncommitter {_AUTHOR} {at}\n"
        yield head.encode() + _data(f"{message}\n".encode())
        for path, content in files.items():
            if path.split("/")[0] in added:
                yield f"M 100644 inline {path}\n".encode() + _data(content)


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
