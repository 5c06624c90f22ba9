"""Which files a run of the documentation is about, and what there is to do with each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.code.languages import is_test, is_vendored, language_of
from shared.errors import NotFound
from shared.ports.repository import Blob
from shared.services.docs_store import Entry

_FILES: Final = (0o100644, 0o100755)
_MAX_PART_BYTES: Final = 250  # the page's file adds an ending, and file systems end at 255
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")
INDEX: Final = "index.md"
_NO_CODE: Final = "It is not code of a language that is read here: it has no page."
_NO_FILE: Final = "It is a link or a submodule: it has no page."
_SYNCED: Final = "It is in a folder of synced pages, which are not documented: it has no page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What was asked for.

    `path`: a file or folder of the repository, "" for all of it. `paths`: files that a push
    changed or removed. `upload`: the digest of files that came with the request. One of them is
    given. `ref`: a branch or commit to read from, "" for the synced branch. `summaries`: let the
    model write a sentence where there is none.
    """

    path: str | None = None
    paths: tuple[str, ...] | None = None
    upload: str | None = None
    ref: str = ""
    summaries: bool = False

    @property
    def args(self) -> dict[str, Any]:
        """As an operation keeps it."""
        paths = None if self.paths is None else list(self.paths)
        return {
            "path": self.path,
            "paths": paths,
            "upload": self.upload,
            "ref": self.ref,
            "summaries": self.summaries,
        }

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> "Scope":
        """What `args` made."""
        known = {key: args[key] for key in ("path", "upload", "ref", "summaries")}
        return cls(**known, paths=None if args["paths"] is None else tuple(args["paths"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The files to document. `commit`: where they stand, "" for files that came in a request.

    `synced`: they are the synced branch's, so that what is missing was removed. `texts`: contents
    of files that are in no repository.
    """

    files: Mapping[str, Blob]
    commit: str = ""
    synced: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def given(cls, texts: Mapping[str, str]) -> "Source":
        """Files that came with a request."""
        blobs = {path: Blob.of(_encoded(text)) for path, text in texts.items()}
        return cls(files=blobs, texts=texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to do: sorted paths of sources.

    `moved`: new path → the old one. `unread`: path → why it has no page.
    """

    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.changed or self.removed)


def make_work(
    scope: Scope, source: Source, entries: Mapping[str, Entry], folders: Sequence[str]
) -> Work:
    """Compare what is documented with what is there.

    `folders`: of synced pages, which are never documented themselves.

    What is only on another branch stays until it is asked for by its name without a `ref`.

    Raises:
        NotFound: there is no file or folder of the name that was asked for.
    """
    named = _named(scope, source)
    found = sorted(_chosen(scope, source, entries))
    unread = {path: _SYNCED for path in found if path in named and _inside(path, folders)}
    chosen = [path for path in found if not _inside(path, folders)]
    unread |= {path: why for path in chosen if (why := _unread(path, source, path in named))}
    code = [path for path in chosen if path not in unread and _is_code(path, source, named)]
    changed = tuple(each for each in code if _is_due(each, source, entries, named, scope))
    removed = _removed(scope, source, entries)
    return Work(
        changed=changed,
        unchanged=tuple(each for each in code if each not in set(changed) and each in entries),
        removed=removed,
        moved=_moved(changed, removed, source, entries),
        unread=unread,
    )


def page_path(folder: str, path: str) -> str:
    """The file of a source's page. `folder`: of the collection of docs."""
    return f"{folder}/code/{path}.md"


def is_documented(path: str, folders: Iterable[str]) -> bool:
    """Whether a file of a push is one that has a page by itself: code, and nobody's test."""
    code = language_of(path) is not None and not is_test(path) and not is_vendored(path)
    return code and not _inside(path, folders)


def _named(scope: Scope, source: Source) -> frozenset[str]:
    """Files that were asked for by their own name, which are documented whatever they are."""
    if scope.upload is not None:
        return frozenset(source.texts)
    return frozenset([scope.path] if scope.path and scope.path in source.files else [])


def _chosen(scope: Scope, source: Source, entries: Mapping[str, Entry]) -> Iterable[str]:
    if scope.upload is not None:
        return source.texts
    if scope.paths is not None:
        return [path for path in scope.paths if path in source.files]
    if not scope.path:
        return source.files
    if scope.path in source.files:
        return [scope.path]
    found = [path for path in source.files if path.startswith(f"{scope.path}/")]
    if not found and not _stood_elsewhere(scope.path, source, entries):
        raise NotFound("There is no such file or folder in the repository.")
    return found


def _stood_elsewhere(path: str, source: Source, entries: Mapping[str, Entry]) -> bool:
    """Whether there is a page of this very file that was made of another branch."""
    entry = entries.get(path)
    return source.synced and entry is not None and entry.elsewhere and not entry.gone


def _unread(path: str, source: Source, named: bool) -> str:
    """Why a file has no page, "" where it may have one, or where nobody expects one."""
    if language_of(path) is None:
        return _NO_CODE if named else ""
    if source.files[path].mode not in _FILES:
        return _NO_FILE if named else ""
    sizes = (len(part.encode("utf-8", "replace")) for part in path.split("/"))
    if _ODD.search(path) or max(sizes) > _MAX_PART_BYTES:
        return "Its name cannot be that of a page's file."
    return ""


def _is_code(path: str, source: Source, named: frozenset[str]) -> bool:
    blob = source.files[path]
    if language_of(path) is None or blob.mode not in _FILES:
        return False
    return path in named or not (is_test(path) or is_vendored(path))


def _is_due(
    path: str,
    source: Source,
    entries: Mapping[str, Entry],
    named: frozenset[str],
    scope: Scope,
) -> bool:
    entry = entries.get(path)
    if entry is None:
        return True
    if entry.gone:
        return path in named
    from shared.code.docs_digest import RENDERER  # loads what reads code, for documenting alone

    stale = entry.blob != source.files[path].id or entry.renderer != RENDERER
    stale |= entry.elsewhere and source.synced
    return stale or (scope.summaries and entry.bare > 0)


def _removed(scope: Scope, source: Source, entries: Mapping[str, Entry]) -> tuple[str, ...]:
    if not source.synced:
        return ()
    if scope.paths is not None:
        known = set(scope.paths)
    else:
        prefix = f"{scope.path}/" if scope.path else ""
        known = {path for path in entries if path.startswith(prefix) or path == scope.path}

    def goes(path: str) -> bool:
        entry = entries.get(path)
        if entry is None or entry.given or path in source.files:
            return False
        return path == scope.path or not entry.elsewhere

    return tuple(path for path in sorted(known) if goes(path))


def _moved(
    changed: Sequence[str],
    removed: Sequence[str],
    source: Source,
    entries: Mapping[str, Entry],
) -> dict[str, str]:
    """New path → old path, where a content vanished at one place and appeared at another."""
    vanished: dict[str, str] = {}
    for path in removed:
        if not entries[path].gone:
            vanished.setdefault(entries[path].blob, path)
    fresh = [path for path in changed if path not in entries]
    return {
        path: vanished.pop(source.files[path].id)
        for path in fresh
        if source.files[path].id in vanished
    }


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _inside(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)
