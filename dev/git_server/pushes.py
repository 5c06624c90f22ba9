"""What a push did, in the shape of GitHub's push event.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dev.git_server import git
from dev.git_server.repositories import DEFAULT_BRANCH

MAX_COMMITS: Final = 2048
_NO_COMMIT: Final = "0" * 40
_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%cn", "%ce", "%cI", "%B")
_SHA = re.compile(r"[0-9a-f]{40}")
_STATUS = {"A": "added", "D": "removed"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefUpdate:
    """One ref that a push moved: its full name and its commits, 40 zeros for none."""

    ref: str
    before: str
    after: str


def read_updates(log: str) -> list[RefUpdate]:
    """The updates that a post-receive hook was told: `before after ref` in each line."""
    rows = [line.split(" ", 2) for line in log.splitlines()]
    return [RefUpdate(before=before, after=after, ref=ref) for before, after, ref in rows]


async def push_event(path: Path, update: RefUpdate, url: str, pusher: str) -> Json:
    """The event of one update.

    Args:
        path: the bare repository.
        update: what was pushed.
        url: the repository's address for people, without `.git`.
        pusher: the user name of the credential.
    """
    created, deleted = update.before == _NO_COMMIT, update.after == _NO_COMMIT
    commits = [] if deleted else await _commits(path, update, url)
    head = None if deleted else (await _described(path, [update.after], url, set()))[0]
    return {
        "ref": update.ref,
        "before": update.before,
        "after": update.after,
        "repository": _repository(path, url),
        "pusher": {"name": pusher, "email": f"{pusher}@example.com"},
        "sender": {"login": pusher, "id": 1, "type": "User", "site_admin": False},
        "created": created,
        "deleted": deleted,
        "forced": not (created or deleted) and not await _stands_on(path, update),
        "base_ref": None,
        "compare": f"{url}/compare/{update.before[:12]}...{update.after[:12]}",
        "commits": commits,
        "head_commit": head,
    }


async def _stands_on(path: Path, update: RefUpdate) -> bool:
    return await git.succeeds(path, "merge-base", "--is-ancestor", update.before, update.after)


async def _commits(path: Path, update: RefUpdate, url: str) -> list[Json]:
    """The newest commits that are new on the ref, oldest first.

    On a new branch only those that no other branch has; else all since `before`, and those that
    another branch has are not `distinct`.
    """
    others = ("--not", f"--exclude={update.ref}", "--glob=refs/*")
    fresh = (await git.run(path, "rev-list", update.after, *others)).decode().split()
    shas = fresh
    if update.before != _NO_COMMIT:
        listed = await git.run(path, "rev-list", update.after, f"^{update.before}")
        shas = listed.decode().split()
    newest = shas[:MAX_COMMITS]
    return list(reversed(await _described(path, newest, url, set(shas) - set(fresh))))


async def _described(path: Path, shas: list[str], url: str, known: set[str]) -> list[Json]:
    """The commits in the order asked; those in `known` are not distinct."""
    if not shas:
        return []
    wanted = git.lines(*([sha] for sha in shas))
    form = "--format=" + "%x00".join(_FIELDS)
    written = await git.run(path, "log", "--no-walk=unsorted", "--stdin", "-z", form, feed=wanted)
    words = written.decode("utf-8", "replace").removesuffix("\0").split("\0")
    rows = [words[at : at + len(_FIELDS)] for at in range(0, len(words), len(_FIELDS))]
    parents = {row[0]: row[2].split()[:1] for row in rows}
    paths = await _changed_paths(path, parents)
    return [
        {
            "id": sha,
            "tree_id": tree,
            "distinct": sha not in known,
            "message": message.rstrip("\n"),
            "timestamp": at,
            "url": f"{url}/commit/{sha}",
            "author": {"name": author, "email": author_email},
            "committer": {"name": committer, "email": committer_email},
            **paths[sha],
        }
        for sha, tree, _, author, author_email, committer, committer_email, at, message in rows
    ]


async def _changed_paths(path: Path, parents: Mapping[str, list[str]]) -> dict[str, Json]:
    """What each commit did to its files against its first parent."""
    asked = git.lines(*([sha, *before] for sha, before in parents.items()))
    command = ("diff-tree", "--stdin", "--root", "-r", "-z", "--no-renames", "--name-status")
    written = await git.run(path, *command, feed=asked)
    changed: dict[str, Json] = {
        sha: {"added": [], "removed": [], "modified": []} for sha in parents
    }
    words = iter(written.decode("utf-8", "replace").removesuffix("\0").split("\0"))
    for sha, status, name in _entries(words):
        changed[sha][_STATUS.get(status, "modified")].append(name)
    return changed


def _entries(words: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    """(commit, status, path): a commit's id stands alone before its pairs."""
    sha = ""
    for word in words:
        if _SHA.fullmatch(word):
            sha = word
        elif word:
            yield sha, word[0], next(words)


def _repository(path: Path, url: str) -> Json:
    name = path.name.removesuffix(".git")
    return {
        "id": 1,
        "name": name,
        "full_name": f"local/{name}",
        "private": True,
        "owner": {"name": "local", "login": "local", "id": 1, "type": "Organization"},
        "html_url": url,
        "url": url,
        "clone_url": f"{url}.git",
        "description": None,
        "fork": False,
        "default_branch": DEFAULT_BRANCH,
        "master_branch": DEFAULT_BRANCH,
    }
