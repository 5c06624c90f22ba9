"""One pass of the documentation over what there is to do: read, relate, write in batches, index."""

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from shared.code.docs_digest import RENDERER
from shared.code.docs_index import INDEX_TITLE, IndexedFile, render_index
from shared.code.docs_page import Rendered
from shared.code.docs_skeleton import skeleton
from shared.code.imports import import_graph
from shared.code.permalink import file_url
from shared.services.docs_commit import PageCommitter, PageDraft
from shared.services.docs_pages import (
    Before,
    Built,
    Draft,
    Origin,
    build_page,
    build_plain,
    build_removed,
    current_summaries,
)
from shared.services.docs_reading import SourceFile, SourceReader, uses
from shared.services.docs_scope import INDEX, Source, Work, page_path
from shared.services.docs_store import DocsStore, Entry, Manifest
from shared.services.docs_summaries import Summarizer
from shared.services.operations import Progress
from shared.services.page_files import PageFiles

_BATCH: Final = 100
_INDEX_KEY: Final = "\0index"
_RANK: Final = ("unchanged", "updated", "created")
T = TypeVar("T")
Steps = Generator[Progress, None, T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an operation did so far: source path → action, source path → warning."""

    actions: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)

    def tell(self, path: str, built: Built) -> None:
        """Note what became of a page; what an earlier try did counts as well."""
        if built.warning:
            self.warn(path, built.warning)
        if built.text is not None and built.action in _RANK:
            both = (self.actions.get(path, "unchanged"), built.action)
            self.actions[path] = max(both, key=_RANK.index)

    def warn(self, path: str, text: str) -> None:
        """Note a warning beside those that the file has; one that it has counts once."""
        before = self.warnings.get(path, "")
        if text not in before:
            self.warnings[path] = f"{before} {text}".lstrip()

    @property
    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return {"actions": self.actions, "warnings": self.warnings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a round works with. `folder`: of the docs; `save`: stores outcome and manifest."""

    files: PageFiles
    docs: DocsStore
    committer: PageCommitter
    manifest: Manifest
    outcome: Outcome
    summarizer: Summarizer | None
    folder: str
    url: str
    save: Callable[[], None]


class Round:
    """One pass, against one state of the source."""

    def __init__(self, desk: Desk, source: Source) -> None:
        self._desk = desk
        self._source = source
        self._origin = Origin(url=desk.url, commit=source.commit)
        self._files: dict[str, SourceFile] = {}
        self._uses: dict[str, dict[str, tuple[str, ...]]] = {}
        self._users: dict[str, dict[str, list[tuple[str, str]]]] = {}

    def write(self, work: Work) -> Steps[None]:
        """Write all pages that differ; yields after each step.

        Raises:
            NexusError: as the repository and the store do; what was committed until then stays.
        """
        yield from self._read(work.changed)
        yield from self._relate(work)
        affected = self._affected(work)
        yield from self._read(affected)
        yield from self._summarize(work.changed)
        turned = set(self._files) - {*work.changed, *affected}
        paths = sorted({*work.changed, *affected} & set(self._files))
        paths += [path for path in work.removed if path not in set(work.moved.values())]
        for start in range(0, len(paths), _BATCH):
            self._write(paths[start : start + _BATCH], work)
            done = min(start + _BATCH, len(paths))
            yield Progress(done=done, total=len(paths), note="pages")
        entries = self._desk.manifest.entries
        for path in turned & set(entries):
            entries[path] = replace(entries[path], uses=self._uses[path])
        if turned:
            self._desk.save()

    def write_index(self) -> None:
        """Write the index where it would say something new."""
        desk, files = self._desk, self._indexed()
        if not files and not desk.manifest.index:
            return
        told = repr((RENDERER, [replace(each, imports=frozenset()) for each in files]))
        told += repr([sorted(each.imports) for each in files])
        digest = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]
        if digest == desk.manifest.index:
            return
        text = render_index(files, self._origin.shown)
        draft = PageDraft(
            key=_INDEX_KEY,
            page=f"{desk.folder}/code/{INDEX}",
            make=lambda before: build_plain(lambda _: Rendered(text), INDEX_TITLE, before),
        )
        desk.committer.write([draft], lambda _: None)
        desk.manifest.index = digest
        desk.save()

    def _read(self, paths: Sequence[str]) -> Steps[None]:
        reader = SourceReader(self._desk.files.repository, self._source)
        wanted = [path for path in paths if path not in self._files]
        self._files |= yield from _shown(reader.read(wanted), len(wanted), "reading")
        for path, text in reader.warnings.items():
            self._desk.outcome.warn(path, text)

    def _relate(self, work: Work) -> Steps[None]:
        """Find who uses whose names.

        Files that did not change may import others than before, as one that is new: those are
        read again.
        """
        entries = self._desk.manifest.entries
        modules = {
            path: entry.skeleton.module(path)
            for path, entry in entries.items()
            if path not in work.removed
        }
        modules |= {path: file.module for path, file in self._files.items()}
        paths = sorted({*self._source.files, *modules})
        yield Progress(done=0, total=len(modules), note="imports")
        graph = import_graph(modules, paths)
        turned = [path for path in modules if self._turned(path, graph)]
        yield from self._read(turned)
        yield Progress(done=len(modules), total=len(modules), note="imports")

        def names_of(path: str) -> Sequence[str]:
            if path in self._files:
                return self._files[path].names
            return entries[path].names if path in entries else ()

        self._uses = uses(self._files, graph, names_of)
        self._uses |= {path: {} for path in work.removed}
        for user in sorted({*entries, *self._uses}):
            for other, names in self._used_by(user).items():
                users = self._users.setdefault(other, {})
                for name in names:
                    users.setdefault(name, []).append((user, self._address(user)))

    def _turned(self, path: str, graph: Mapping[str, frozenset[str]]) -> bool:
        """Whether a file that did not change imports other files than it did."""
        entry = self._desk.manifest.entries.get(path)
        if entry is None or path in self._files or entry.given or not entry.skeleton.by_path:
            return False
        source = self._source.files.get(path)
        same = source is not None and source.id == entry.blob
        return same and graph.get(path, frozenset()) != frozenset(entry.uses)

    def _affected(self, work: Work) -> list[str]:
        """Documented files whose users change, beside those that changed themselves."""
        entries, found = self._desk.manifest.entries, set[str]()
        for path, fresh in self._uses.items():
            before = entries[path].uses if path in entries else {}
            names = {*before, *fresh}
            found |= {each for each in names if before.get(each, ()) != fresh.get(each, ())}
        return sorted(
            path
            for path in found - {*work.changed, *work.removed}
            if path in entries and path in self._source.files and not entries[path].gone
        )

    def _summarize(self, paths: Sequence[str]) -> Steps[None]:
        summarizer = self._desk.summarizer
        if summarizer is None:
            return
        for at, path in enumerate(paths):
            if path not in self._files:
                continue
            progress = Progress(done=at, total=len(paths), note="summaries")
            yield progress
            record = self._desk.docs.records([path], {}).get(path)
            for _ in summarizer.ask(self._files[path], record):
                yield replace(progress, underway=True)
        for path, text in summarizer.warnings.items():
            self._desk.outcome.warn(path, text)

    def _write(self, paths: Sequence[str], work: Work) -> None:
        """Write the pages of some sources in one commit, and remember it."""
        drafts = [self._draft(path, work) for path in paths]
        built = self._desk.committer.write(drafts, self._tell)
        for draft in drafts:
            if draft.key in built:
                self._remember(draft, built[draft.key])
        self._desk.save()

    def _tell(self, built: Mapping[str, Built]) -> None:
        for path, each in built.items():
            self._desk.outcome.tell(path, each)
        self._desk.save()

    def _draft(self, path: str, work: Work) -> PageDraft:
        entries, old = self._desk.manifest.entries, work.moved.get(path)
        known = entries.get(path)
        fresh = page_path(self._desk.folder, path)
        blob = self._source.files[path].id if path in self._source.files else None
        return PageDraft(
            key=path,
            page=known.page if known and not known.gone else fresh,
            make=self._maker(path),
            blob=blob if self._source.synced else "",
            was=(old, entries[old].page) if old else None,
        )

    def _maker(self, path: str) -> Callable[[Before], Built]:
        file = self._files.get(path)
        if file is None:
            return lambda before: build_removed(path, self._origin, before)
        summarizer = self._desk.summarizer
        fresh = summarizer.found.get(path, {}) if summarizer else {}
        users = self._users.get(path, {})

        def make(before: Before) -> Built:
            summaries = current_summaries(file, before.record, fresh)
            draft = Draft(file=file, origin=self._origin, users=users, summaries=summaries)
            return build_page(draft, before)

        return make

    def _remember(self, draft: PageDraft, built: Built) -> None:
        entries = self._desk.manifest.entries
        before = entries.pop(draft.old_key, None)
        file = self._files.get(draft.key)
        if file is None:
            return
        summaries = built.record.summaries if built.record else {}
        bare = [each for each in file.sections if not each.documented]
        entries[draft.key] = Entry(
            page=draft.page,
            blob=self._source.files[draft.key].id,
            renderer=RENDERER,
            skeleton=skeleton(file.module),
            names=file.names,
            symbols=len(file.sections),
            undocumented=len(bare),
            bare=sum(each.key not in summaries for each in bare),
            uses=self._used_by(draft.key),
            page_id=before.page_id if before else "",
            url=before.url if before else "",
            given=not self._source.commit,
            elsewhere=bool(self._source.commit) and not self._source.synced,
        )

    def _indexed(self) -> list[IndexedFile]:
        entries = self._desk.manifest.entries
        shown = {path for path, entry in entries.items() if not entry.gone}
        return [
            IndexedFile(
                path=path,
                address=entry.url or self._address(path),
                symbols=entry.symbols,
                undocumented=entry.undocumented,
                imports=frozenset(entry.uses) & shown,
            )
            for path, entry in sorted(entries.items())
            if path in shown
        ]

    def _used_by(self, path: str) -> Mapping[str, tuple[str, ...]]:
        """The files that a file uses, with the names."""
        if path in self._uses:
            return self._uses[path]
        entry = self._desk.manifest.entries.get(path)
        return entry.uses if entry else {}

    def _address(self, path: str) -> str:
        """Where the file of a page is looked at."""
        entry = self._desk.manifest.entries.get(path)
        page = entry.page if entry else page_path(self._desk.folder, path)
        return file_url(self._desk.url, self._desk.files.branch, page)


def _shown(steps: Generator[int, None, T], total: int, note: str) -> Steps[T]:
    """The same steps as progress."""
    while True:
        try:
            done = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        yield Progress(done=done, total=total, note=note)
