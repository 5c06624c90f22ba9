"""From a model's reply to the new contents of files, or to what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from shared.code.edits import (
    Edited,
    EditRejected,
    FileEdit,
    Replacement,
    Source,
    WholeFile,
    apply_edits,
)
from shared.code.guarded_paths import Tree
from shared.ports.repository import Blob, Change
from shared.services.voice_repository_view import shown_text
from shared.text.secrets_scan import LEFT_OUT
from shared.voice.checks import Check
from shared.voice.records import Intent
from shared.voice.reply import Reply
from shared.voice.repository import Rejected, RepositoryView

_MAX_BYTES: Final = 128 * 1024
"""A result holds the whole file, and an interaction has 256 KiB for it."""
_NEW: Final = (Intent.CREATE, Intent.TEST)
_SHRINKS: Final = re.compile(
    r"\b(remov|delet|drop|clear|empt|shorten|simplif|strip|cut|split|mov|replac|rewrit|trim|clean"
    r"|extract|reduc|get rid)",
    re.IGNORECASE,
)


def edits_of(reply: Reply) -> list[FileEdit]:
    """The edits that a reply asks for.

    Raises:
        Rejected: it gives a whole file without its path.
    """
    if reply.edits:
        return [
            Replacement(path=each.path, search=each.search, replace=each.replace)
            for each in reply.edits
        ]
    if not reply.header.filename:
        raise Rejected("The header line `filename:` is missing.")
    if LEFT_OUT in (reply.code or ""):
        raise Rejected("The file has lines that were not shown: answer with SEARCH/REPLACE blocks.")
    return [WholeFile(path=reply.header.filename, content=reply.code or "")]


def check_paths(paths: Sequence[str], tree: Mapping[str, Blob]) -> None:
    """Make sure that a reply may write files; raises Rejected."""
    guard = Tree({path: blob.mode for path, blob in tree.items()})
    for path in paths:
        if fault := guard.fault(path):
            raise Rejected(f"The path {path!r} cannot be used: {fault}.")


def unseen(
    view: RepositoryView, tree: Mapping[str, Blob], contents: Mapping[str, bytes | None]
) -> tuple[str, ...]:
    """Files that are there, and not as the model saw them.

    Raises:
        Rejected: one of them could not be shown at all.
    """
    seen = {each.path: each.blob for each in view.files}
    there = [path for path in contents if path in tree]
    for path in there:
        if shown_text(contents[path]) is None:
            raise Rejected(f"The file {path} is no text, or too long to be changed by voice.")
    return tuple(path for path in there if seen.get(path) != tree[path].id)


def edited(
    reply: Reply,
    transcript: str,
    tree: Mapping[str, Blob],
    contents: Mapping[str, bytes | None],
) -> Edited:
    """What a reply makes of files; `contents` are those that it names.

    Raises:
        Rejected: it does not fit; the detail is for the model.
    """
    if reply.code is not None and reply.header.intent in _NEW and any(contents.values()):
        raise Rejected(
            f"The file {reply.header.filename} is there already: answer with SEARCH/REPLACE "
            "blocks that add to it, or choose another path."
        )
    sources = {
        path: Source(content=content, mode=tree[path].mode, blob=tree[path].id)
        for path, content in contents.items()
        if content is not None
    }
    try:
        done = apply_edits(
            sources,
            edits_of(reply),
            tree={path: blob.mode for path, blob in tree.items()},
            may_shrink=_SHRINKS.search(transcript) is not None,
        )
    except EditRejected as exc:
        raise Rejected(exc.detail) from exc
    for path, content in done.files.items():
        if content is not None and len(content) > _MAX_BYTES:
            raise Rejected(f"The file {path} would be too long to be changed by voice.")
    return done


def changes_to(files: Mapping[str, bytes | None], tree: Mapping[str, Blob]) -> list[Change]:
    """The changes of a commit; files keep their modes."""
    plain = Blob(id="")
    return [
        Change(path=path, content=content, mode=tree.get(path, plain).mode)
        for path, content in files.items()
    ]


def main_path(reply: Reply, paths: Sequence[str]) -> str | None:
    """The file that a reply is about, of those that it changes."""
    if reply.header.filename in paths:
        return reply.header.filename
    return paths[0] if paths else None


def passed() -> tuple[Check, ...]:
    """The checks of a change that is in the repository already."""
    return tuple(Check(name=name, ok=True) for name in ("parse", "paths", "secrets"))


def checks_of(done: Edited) -> tuple[Check, ...]:
    """The checks as a result shows them."""
    return tuple(Check(name=each.name, ok=each.ok, detail=each.detail) for each in done.checks)
