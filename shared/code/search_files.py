"""Which files of a repository a search reads: code that people wrote, and nothing secret."""

import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Final

from shared.code.guarded_paths import is_secret
from shared.code.languages import is_vendored
from shared.ports.repository import Blob

MAX_FILE_BYTES: Final = 256 * 1024
_FILES: Final = (0o100644, 0o100755)
_SUFFIXES: Final = frozenset(
    """
    .bash .c .cc .cjs .clj .cpp .cs .css .cxx .dart .erl .ex .exs .fs .go .gradle .graphql
    .groovy .h .hh .hpp .hs .html .ini .java .jl .js .json .jsx .kt .kts .less .lua .m .mjs .ml
    .mm .php .pl .proto .ps1 .py .pyi .r .rb .rs .sass .scala .scss .sh .sql .svelte .swift .tf
    .toml .ts .tsx .vue .xml .yaml .yml .zig
    """.split()
)
_NAMES: Final = frozenset(
    "cmakelists.txt dockerfile gemfile justfile makefile procfile rakefile".split()
)
_PROJECT: Final = frozenset(
    """build.gradle build.gradle.kts cargo.toml cmakelists.txt composer.json gemfile go.mod makefile
    package.json package.swift pom.xml pyproject.toml readme.md readme.rst setup.cfg setup.py
    tox.ini""".split()
)
_LOCKS: Final = re.compile(r"(^|[-.])lock(\.|$)|^npm-shrinkwrap\.json$")


def readable(files: Mapping[str, Blob], without: Collection[str] = ()) -> list[str]:
    """The paths of the files that a search may read, sorted.

    `without`: folders whose files are no code, for example those that mirror pages. Left out are
    files that hold secrets by their name, links and submodules, what is no source text by its
    name, locks, and what was built or copied from elsewhere.
    """
    starts = tuple(f"{folder}/" for folder in without)
    return sorted(
        path
        for path, blob in files.items()
        if blob.mode in _FILES and not path.startswith(starts) and _is_code(path)
    )


def project_files(files: Mapping[str, Blob]) -> list[str]:
    """The files at the top that tell how a project is built and tested, sorted."""
    return sorted(
        path
        for path, blob in files.items()
        if path.lower() in _PROJECT and blob.mode in _FILES and not is_secret(path)
    )


def _is_code(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    if PurePosixPath(name).suffix not in _SUFFIXES and name not in _NAMES:
        return False
    return not (_LOCKS.search(name) or is_vendored(path) or is_secret(path))
