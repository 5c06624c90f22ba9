"""Addresses of a repository's files, branches and commits on the web pages of its host.

A file's address names a commit, so it shows the same lines for ever.

Forms: https://docs.github.com/en/repositories/working-with-files/using-files/getting-permanent-links-to-files
https://docs.gitlab.com/user/project/repository/files/ https://docs.gitea.com/usage/permalinks
https://support.atlassian.com/bitbucket-cloud/docs/hyperlink-to-source-code-in-bitbucket/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Host:
    """How a host spells addresses below the repository's own."""

    blob: str
    file: str
    branch: str
    commit: str
    compare: str
    one_line: str
    lines: str


_HOSTS: Final[Mapping[str, _Host]] = {
    "github": _Host(
        blob="blob/{commit}/{path}",
        file="blob/{branch}/{path}",
        branch="tree/{branch}",
        commit="commit/{commit}",
        compare="compare/{base}...{branch}",
        one_line="#L{first}",
        lines="#L{first}-L{last}",
    ),
    "gitlab": _Host(
        blob="-/blob/{commit}/{path}",
        file="-/blob/{branch}/{path}",
        branch="-/tree/{branch}",
        commit="-/commit/{commit}",
        compare="-/compare/{base}...{branch}",
        one_line="#L{first}",
        lines="#L{first}-{last}",
    ),
    "gitea": _Host(
        blob="src/commit/{commit}/{path}",
        file="src/branch/{branch}/{path}",
        branch="src/branch/{branch}",
        commit="commit/{commit}",
        compare="compare/{base}...{branch}",
        one_line="#L{first}",
        lines="#L{first}-L{last}",
    ),
    "bitbucket": _Host(
        blob="src/{commit}/{path}",
        file="src/{branch}/{path}",
        branch="branch/{branch}",
        commit="commits/{commit}",
        compare="branches/compare/{branch}%0D{base}",
        one_line="#lines-{first}",
        lines="#lines-{first}:{last}",
    ),
}
_NAMES: Final = {"codeberg": "gitea", "forgejo": "gitea"}
_SUFFIX = re.compile(r"(\.git)?/*$")


def blob_url(
    repository_url: str, commit: str, path: str, first: int | None = None, last: int | None = None
) -> str:
    """The address of a file in a commit, or of its lines `first` to `last` (from 1, inclusive)."""
    host = _host(repository_url)
    lines = ""
    if first is not None:
        form = host.one_line if last is None or last <= first else host.lines
        lines = form.format(first=first, last=last)
    return _address(repository_url, host.blob.format(commit=commit, path=quote(path)) + lines)


def file_url(repository_url: str, branch: str, path: str) -> str:
    """The address of a file as it is on a branch at the time when somebody looks."""
    form = _host(repository_url).file
    return _address(repository_url, form.format(branch=quote(branch), path=quote(path)))


def branch_url(repository_url: str, branch: str) -> str:
    """The address of a branch."""
    return _address(repository_url, _host(repository_url).branch.format(branch=quote(branch)))


def commit_url(repository_url: str, commit: str) -> str:
    """The address of a commit; `commit` is its id."""
    return _address(repository_url, _host(repository_url).commit.format(commit=commit))


def compare_url(repository_url: str, base: str, branch: str) -> str:
    """The address that shows what `branch` has and `base` has not."""
    form = _host(repository_url).compare
    return _address(repository_url, form.format(base=quote(base), branch=quote(branch)))


def _host(repository_url: str) -> _Host:
    """The forms of a host by a label of its name; GitHub's for one that tells nothing."""
    for label in re.split(r"[.-]", urlsplit(repository_url).hostname or ""):
        found = _HOSTS.get(_NAMES.get(label, label))
        if found:
            return found
    return _HOSTS["github"]


def _address(repository_url: str, rest: str) -> str:
    """Without the user and password that a remote's address may hold."""
    parts = urlsplit(repository_url)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"{origin}{_SUFFIX.sub('', parts.path)}/{rest}"
