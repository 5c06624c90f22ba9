"""Applies a model's edits to files: all of them exactly as they are meant, or none.

Everything happens in memory. What comes back is the new bytes of the files that change; nothing
else is touched, and whoever commits them names the very contents that they were made from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.code.edits_checks import EditCheck, check_text, shrinks
from shared.code.edits_match import Mismatch, Place, find_place
from shared.code.edits_text import NotText, SourceText
from shared.code.guarded_paths import Tree
from shared.errors import NexusError

MAX_FILE_BYTES: Final = 400 * 1024
MAX_FILES: Final = 50


class EditRejected(NexusError):
    """Edits cannot be applied. `detail` tells the model what to mend, and may quote the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file as it is: its bytes, git mode and blob id."""

    content: bytes
    mode: int = 0o100644
    blob: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFile:
    """The whole new content of a file, which may be there already."""

    path: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Put `replace` in the place of `search`, whole lines that stand once in the file.

    An empty `search` is for a file that is empty or not there.
    """

    path: str
    search: str
    replace: str


FileEdit = WholeFile | Replacement


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What edits come to. `files`: path -> new bytes, only of those that change. `checks`: what was
    looked at, one each of `parse`, `paths` and `secrets`.
    """

    files: Mapping[str, bytes]
    checks: tuple[EditCheck, ...]


@dataclass(slots=True)
class _Draft:
    """A file on its way: its text, and where edits of this reply have been."""

    path: str
    source: Source | None
    old: SourceText
    now: SourceText
    touched: list[tuple[int, int]] = field(default_factory=list)
    whole: bool = False


def apply_edits(
    files: Mapping[str, Source],
    edits: Sequence[FileEdit],
    *,
    tree: Mapping[str, int] | None = None,
    may_shrink: bool = False,
) -> Edited:
    """Apply edits in their order, each to what the ones before it left.

    `files`: every file that the edits name and that is there. `tree`: the modes of all files of
    the commit, those of `files` if it is not given. `may_shrink`: it was asked for to take much
    of a file away.

    Raises:
        EditRejected: at the first edit that does not fit, or if a result fails a check.
    """
    modes = {path: each.mode for path, each in files.items()} if tree is None else tree
    _check_paths(edits, Tree(modes))
    drafts: dict[str, _Draft] = {}
    for number, edit in enumerate(edits, 1):
        what = f"Edit {number} of {len(edits)} ({edit.path})"
        draft = drafts.get(edit.path) or _draft(edit.path, files.get(edit.path), what)
        first = drafts.setdefault(edit.path, draft) is draft and not draft.touched
        _apply(draft, edit, what, first=first and not draft.whole)
    changed = [draft for draft in drafts.values() if _is_changed(draft)]
    checks = _check(changed, may_shrink=may_shrink)
    return Edited(files={each.path: each.now.spell() for each in changed}, checks=checks)


def _check_paths(edits: Sequence[FileEdit], tree: Tree) -> None:
    if not edits:
        raise EditRejected("There are no edits.")
    paths = dict.fromkeys(edit.path for edit in edits)
    if len(paths) > MAX_FILES:
        raise EditRejected(f"One command changes at most {MAX_FILES} files.")
    for path in paths:
        if fault := tree.fault(path):
            raise EditRejected(f"The path {path!r} cannot be used: {fault}.")
    for path in (each for each in paths if each not in tree):
        others = Tree(dict.fromkeys((each for each in paths if each != path), 0o100644))
        if fault := others.fault(path):
            raise EditRejected(f"The path {path!r} cannot be used: {fault}.")


def _draft(path: str, source: Source | None, what: str) -> _Draft:
    content = source.content if source else b""
    if len(content) > MAX_FILE_BYTES:
        raise EditRejected(f"{what}: the file is larger than {MAX_FILE_BYTES // 1024} KiB.")
    try:
        old = SourceText.read(content)
    except NotText as exc:
        raise EditRejected(f"{what}: the file cannot be edited: {exc}.") from exc
    return _Draft(path, source, old, old)


def _apply(draft: _Draft, edit: FileEdit, what: str, *, first: bool) -> None:
    if not isinstance(edit, Replacement) and not first:
        raise EditRejected(f"{what}: a file is changed whole or by blocks, and whole only once.")
    if draft.whole:
        raise EditRejected(f"{what}: an earlier edit gave the whole file.")
    if isinstance(edit, WholeFile):
        draft.now = draft.now.put(0, len(draft.now.text), _lines(edit.content, what))
        draft.whole = True
    else:
        _replace(draft, edit, what)


def _replace(draft: _Draft, edit: Replacement, what: str) -> None:
    search, replace = _lines(edit.search, what), _lines(edit.replace, what)
    if not search:
        if draft.now.text:
            raise EditRejected(
                f"{what}: its SEARCH part is empty, and the file is not: begin with lines of it."
            )
        place = Place(0, 0, replace)
    elif draft.source is None and not draft.touched:
        raise EditRejected(f"{what}: there is no such file: give the path as it is in the tree.")
    else:
        try:
            place = find_place(draft.now.text, search, replace)
        except Mismatch as exc:
            raise EditRejected(f"{what}: {exc}.") from exc
    _put(draft, place, what)


def _put(draft: _Draft, place: Place, what: str) -> None:
    for start, end in draft.touched:
        # Nothing that was there before the reply begins or ends inside of what it put there.
        if place.start < end and start < place.end:
            raise EditRejected(
                f"{what}: it overlaps with an earlier block: make one block of the two."
            )
    shift = len(place.replacement) - (place.end - place.start)
    draft.touched = [
        (start + shift, end + shift) if start >= place.end else (start, end)
        for start, end in draft.touched
    ]
    draft.touched.append((place.start, place.start + len(place.replacement)))
    draft.now = draft.now.put(place.start, place.end, place.replacement)


def _lines(text: str, what: str) -> str:
    """A text as whole lines with plain ends."""
    if "\0" in text:
        raise EditRejected(f"{what}: code holds no NUL.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise EditRejected(f"{what}: it holds half of a surrogate pair.") from exc
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _is_changed(draft: _Draft) -> bool:
    return draft.source is None or draft.now.text != draft.old.text


def _check(drafts: Sequence[_Draft], *, may_shrink: bool) -> tuple[EditCheck, ...]:
    parsed = []
    for draft in drafts:
        if len(draft.now.spell()) > MAX_FILE_BYTES:
            raise EditRejected(f"{draft.path} would be over {MAX_FILE_BYTES // 1024} KiB.")
        if draft.whole and not may_shrink and shrinks(draft.old.text, draft.now.text):
            raise EditRejected(
                f"{draft.path}: less than half of the file would be left, and nobody asked for "
                "that: answer with SEARCH/REPLACE blocks."
            )
        check = check_text(draft.path, draft.old.text, draft.now.text)
        if not check.ok:
            raise EditRejected(f"{draft.path}: {check.detail}.")
        parsed.append(check)
    detail = "; ".join(dict.fromkeys(each.detail for each in parsed if each.detail))
    return (
        EditCheck(name="parse", ok=True, detail=detail),
        EditCheck(name="paths", ok=True),
        EditCheck(name="secrets", ok=True),
    )
