"""Reading source files for the documentation: contents, outlines, and what they use of others."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.code.docs_secrets import without_secrets
from shared.code.docs_sections import Section, sections
from shared.code.imports import used_by
from shared.code.model import Module
from shared.code.outline import public_symbols, read_module
from shared.errors import TooLarge
from shared.ports.repository import Blob, Repository
from shared.services.docs_scope import Source

_MAX_BYTES: Final = 2**20
_AT_ONCE: Final = 100
_PARSED_AT_ONCE: Final = 20
_SECRET: Final = "It holds something in the shape of a secret: that is blank on its page."


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that was read. `module`, `sections`: with blanks in place of secrets.

    `lines`: as they are, without their ends.
    """

    module: Module
    sections: Sequence[Section]
    lines: Sequence[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The public names at the top level."""
        return tuple(each.key for each in self.sections if not each.depth)


class SourceReader:
    """Reads the files of one source. `warnings`: path → what is wrong with a file."""

    def __init__(self, repository: Repository, source: Source) -> None:
        self.warnings: dict[str, str] = {}
        self._repository = repository
        self._source = source

    def read(self, paths: Sequence[str]) -> Generator[int, None, dict[str, SourceFile]]:
        """Read files; yield how many were dealt with. Those that cannot be read are left out."""
        found: dict[str, SourceFile] = {}
        for start in range(0, len(paths), _AT_ONCE):
            part = paths[start : start + _AT_ONCE]
            contents = self._contents(part)
            yield start
            for at, path in enumerate(part):
                file = self._outline(path, contents.get(path))
                found.update({path: file} if file else {})
                if at % _PARSED_AT_ONCE == _PARSED_AT_ONCE - 1:
                    yield start + at + 1
        return found

    def _contents(self, paths: Sequence[str]) -> dict[str, bytes]:
        source = self._source
        given = {path: source.texts[path] for path in paths if path in source.texts}
        found = {path: text.encode("utf-8", "surrogatepass") for path, text in given.items()}
        blobs = {path: source.files[path] for path in paths if path not in given}
        return found | contents_of(self._repository, blobs)

    def _outline(self, path: str, content: bytes | None) -> SourceFile | None:
        if content is None or len(content) > _MAX_BYTES:
            return self._left_out(path, "It is larger than 1 MiB.")
        if b"\0" in content:
            return self._left_out(path, "It is binary.")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self._left_out(path, "It is not UTF-8 text.")
        module = read_module(path, text)
        if module is None:
            return self._left_out(path, "Its language is not one that is read here.")
        blank = without_secrets(module)
        told = [module.problem, _SECRET if blank is not module else ""]
        if any(told):
            self.warnings[path] = " ".join(each for each in told if each)
        return SourceFile(
            module=blank, sections=sections(public_symbols(blank)), lines=text.split("\n")
        )

    def _left_out(self, path: str, why: str) -> SourceFile | None:
        self.warnings[path] = why
        return None


def contents_of(repository: Repository, blobs: Mapping[str, Blob]) -> dict[str, bytes]:
    """The contents of files by path; those that are too large to be read are left out."""
    if not blobs:
        return {}
    try:
        found = repository.read([blob.id for blob in blobs.values()])
    except TooLarge:
        if len(blobs) == 1:
            return {}
        paths = sorted(blobs)
        halves = (paths[: len(paths) // 2], paths[len(paths) // 2 :])
        parts = [contents_of(repository, {path: blobs[path] for path in half}) for half in halves]
        return parts[0] | parts[1]
    return {path: found[blob.id] for path, blob in blobs.items()}


Uses = dict[str, dict[str, tuple[str, ...]]]
"""Path → the files that it imports → which of their names it uses."""


def uses(
    files: Mapping[str, SourceFile],
    graph: Mapping[str, frozenset[str]],
    names_of: Callable[[str], Sequence[str]],
) -> Uses:
    """What files use of others.

    `graph`: path → the files that it imports. `names_of`: the public names of a file.
    """
    found: Uses = {path: dict.fromkeys(sorted(graph.get(path, ())), ()) for path in files}
    users: dict[str, list[str]] = {}
    for path, others in found.items():
        for other in others:
            users.setdefault(other, []).append(path)
    for other, by in users.items():
        around = {path: graph[path] for path in by}
        modules = {path: files[path].module for path in by}
        for name in names_of(other):
            for path in used_by(around, modules, other, name):
                found[path][other] = (*found[path][other], name)
    return found
