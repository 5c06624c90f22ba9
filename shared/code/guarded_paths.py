"""Which files of a repository a generated change may touch, and which it may not even read.

Refused is what would run by itself or hold a secret, and every path that some file system would
take for another one (git's core.protectNTFS and core.protectHFS guard `.git` alone:
https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectNTFS).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

MAX_PATH_CHARS: Final = 200
_MAX_PART_BYTES: Final = 255
_FILES: Final = (0o100644, 0o100755)
_REFUSED_CHARS: Final = frozenset('\\:*?"<>|')
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?")
_CI: Final = re.compile(
    r"(^|/)("
    r"\.git[^/]*/|\.gitmodules$|\.gitattributes$|\.gitlab-ci[^/]*$|git~\d+(/|$)"
    r"|\.circleci/|\.buildkite/|\.woodpecker[^/]*|\.forgejo/|\.husky/|\.githooks/|\.drone\.[^/]*$"
    r"|\.?(travis|appveyor|cirrus|semaphore|codeship)[^/]*\.ya?ml$|\.semaphore/|\.azure-pipelines/"
    r"|azure-pipelines[^/]*\.ya?ml$|bitbucket-pipelines[^/]*\.ya?ml$|cloudbuild[^/]*\.(ya?ml|json)$"
    r"|buildspec[^/]*\.ya?ml$|jenkinsfile[^/]*$|[^/]*\.jenkinsfile$|\.pre-commit-config\.ya?ml$"
    r")"
)
_SECRET: Final = re.compile(
    r"(^|/)("
    r"\.env(rc)?(\.(?!example$|sample$|template$|dist$)[^/]*)?$|[^/]+\.env$"
    r"|id_(rsa|dsa|ecdsa|ed25519)[^/]*$|[^/]*\.(pem|key|p12|pfx|jks|keystore|ppk|kdbx|gpg|p8)$"
    r"|credentials?[^/]*(\.(json|ya?ml|toml|ini|csv|xml|txt))?$"
    r"|[^/]*(service[-_]?account|client[-_]secret|gha-creds)[^/]*\.json$"
    r"|secrets?(\.[^/]+)?\.(ya?ml|json|toml|ini|properties|env|txt)$|[^/]*\.secrets?$"
    r"|[._]netrc$|\.npmrc$|\.pypirc$|\.htpasswd$|\.pgpass$|\.git-credentials$|\.dockercfg$"
    r"|\.docker/config\.json$|\.kube/|kubeconfig[^/]*$|\.ssh/|\.gnupg/|\.aws/|\.azure/"
    r"|[^/]*\.tfvars(\.json)?$|[^/]*\.tfstate[^/]*$|\.vault[-_]?(pass|token)[^/]*$"
    r")"
)
_CODE: Final = re.compile(r"credentials?[^/.]*\.(json|ya?ml|toml|ini|csv|xml|txt)$|credentials?$")


def is_secret(path: str) -> bool:
    """Whether a file is one that holds secrets by its name; such files are not read either."""
    name = _folded(path)
    found = _SECRET.search(name)
    if found is None:
        return False
    # `credentials.py` is code about credentials.
    of_credentials = found[2].startswith("credential")
    return not of_credentials or _CODE.search(name) is not None


class Tree:
    """The files of a commit, as far as their names and kinds go. `modes`: path -> git mode."""

    def __init__(self, modes: Mapping[str, int]) -> None:
        self._modes = modes

    def __contains__(self, path: str) -> bool:
        return path in self._modes

    def fault(self, path: str) -> str | None:
        """Why a file may not be written, made or deleted there; None if it may."""
        fault = _shape_fault(path) or _guard_fault(path)
        if fault is not None:
            return fault
        if path in self._modes:
            return None if self._modes[path] in _FILES else "it is a link or a submodule"
        return self._parent_fault(path) or self._clash(path)

    def _parent_fault(self, path: str) -> str | None:
        for parent in _parents(path):
            if parent in self._modes:
                what = "a file" if self._modes[parent] in _FILES else "a link or a submodule"
                return f"{parent} is {what}, no folder"
        return None

    def _clash(self, path: str) -> str | None:
        if path in self._folders:
            return "a folder of that name is there"
        for each in (path, *_parents(path)):
            known = self._folded_names.get(_folded(each), each)
            if known != each:
                return f"some file systems cannot tell it from {known}: use that spelling"
        return None

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(parent for path in self._modes for parent in _parents(path))

    @cached_property
    def _folded_names(self) -> Mapping[str, str]:
        return {_folded(each): each for each in (*self._modes, *self._folders)}


def _shape_fault(path: str) -> str | None:
    if not path or path.startswith(("/", "~")) or len(path) > MAX_PATH_CHARS:
        return f"a path is relative and has 1 to {MAX_PATH_CHARS} characters"
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "a path has no empty parts, `.` or `..`"
    if any(_is_odd(character) for character in path):
        return "it holds characters that are not shown or that some systems refuse"
    if any(part != part.strip().rstrip(".") or _DEVICE.fullmatch(part.lower()) for part in parts):
        return "some file systems would take it for another name"
    if any(len(part.encode()) > _MAX_PART_BYTES for part in parts):
        return f"a name has at most {_MAX_PART_BYTES} bytes"
    return None


def _is_odd(character: str) -> bool:
    """Whether it is a control, direction, private or half character, or a special of Windows."""
    return character in _REFUSED_CHARS or unicodedata.category(character) in (
        "Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp",
    )  # fmt: skip


def _guard_fault(path: str) -> str | None:
    name = _folded(path)
    if name.split("/")[-1].startswith(".git") and name.split("/")[-1] in (".git", ".gitmodules"):
        return "it belongs to git itself"
    if _CI.search(name):
        return "files of git, of hooks and of continuous integration are changed by hand alone"
    if is_secret(path):
        return "files that hold secrets are neither read nor written"
    return None


def _parents(path: str) -> Iterable[str]:
    return (str(each) for each in PurePosixPath(path).parents if str(each) != ".")


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", path).casefold()
