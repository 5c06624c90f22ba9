"""Code becomes documentation: pages for source files, written through the files of synced pages.

A run may be stopped at any step and begun anew: what is documented stands in the manifest with the
content that it was made of, so the rest is what differs. Runs of one workspace wait for each other.
"""

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.errors import NotConfigured, NotFound, UpstreamUnavailable
from shared.ports.clock import Clock
from shared.ports.state import StateStore
from shared.services.connections import Connector
from shared.services.docs_commit import PageCommitter
from shared.services.docs_round import Desk, Outcome, Round
from shared.services.docs_scope import Scope, Source, Work, make_work
from shared.services.docs_store import DocsStore, Entry, Manifest
from shared.services.docs_summaries import Asker, Summarizer
from shared.services.operations import Operation, Progress, Runner
from shared.services.page_files import PageFiles, Tip
from shared.services.sync_requests import BudgetSpent
from shared.services.syncing import Syncing
from shared.services.workspaces import Workspaces
from shared.sync.workspace import Workspace

_WAIT_S: Final = 1.0
_RENEW_S: Final = 30.0
_ROUNDS: Final = 4
_CYCLES: Final = 200
_LISTED: Final = 2000
_SHA = re.compile(r"[0-9a-f]{40}")
_DELETED: Final = "Its page was deleted; ask for this file alone to have it written again."
_LATER: Final = "Notion's requests of this minute are used up; the next cycles make the page."
Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocsPorts:
    """What documenting takes. `sleep` takes seconds."""

    store: StateStore
    clock: Clock
    connector: Connector
    syncing: Syncing
    model: Asker
    sleep: Callable[[float], None]


def code_to_docs(ports: DocsPorts) -> Runner:
    """How to do an operation of kind `code-to-docs`.

    Its args are `workspace` and a scope's. The result is `{"pages", "warnings"}`.
    """
    workspaces = Workspaces(ports.store)

    def run(operation: Operation) -> Generator[Progress, None, Result]:
        workspace = workspaces.get(operation.args["workspace"])
        if workspace is None:
            raise NotFound("The workspace is gone.")
        job = _Job(ports, workspace, operation)
        while not job.docs.lock(operation.id):
            ports.sleep(_WAIT_S)
            yield Progress(note="waiting")
        try:
            renewed = ports.clock.monotonic()
            for progress in job.steps():
                if ports.clock.monotonic() - renewed > _RENEW_S:
                    job.keep_lock()
                    renewed = ports.clock.monotonic()
                yield progress
            return job.result()
        finally:
            job.docs.unlock(operation.id)

    return run


class _Job:
    """One operation. `docs`: what is kept of the workspace's documentation."""

    def __init__(self, ports: DocsPorts, workspace: Workspace, operation: Operation) -> None:
        self.docs = DocsStore(ports.store, workspace, ports.clock)
        self._files = PageFiles(workspace, ports.store, ports.connector, ports.syncing)
        self._workspace = workspace
        self._operation = operation.id
        self._scope = Scope.of(operation.args)
        self._committer = PageCommitter(self._files, self.docs, ports.clock.now)
        self._summarizer = Summarizer(ports.model) if self._scope.summaries else None
        self._manifest, self._outcome = Manifest(), Outcome()
        self._asked: set[str] = set()
        self._budget_spent = False

    def keep_lock(self) -> None:
        """Renew it; raises UpstreamUnavailable where it was lost."""
        if not self.docs.lock(self._operation):
            raise UpstreamUnavailable("Another run documents this.", service="docs")

    def steps(self) -> Generator[Progress, None, None]:
        """Write pages, have them synced, then the index, and that synced.

        Raises:
            NotFound: what is to be documented is not there.
            NotConfigured: pages of the folder of docs do not go to Notion.
            Held: the sync waits for a confirmation.
        """
        desk = self._desk()
        self._outcome, self._manifest = desk.outcome, desk.manifest
        round_ = yield from self._write(desk)
        if all(entry.url for entry in self._live()):
            round_.write_index()
            yield from self._sync()
        else:
            yield from self._sync()
            made = len(self._committer.commits)
            round_.write_index()
            if len(self._committer.commits) > made:
                yield from self._sync()

    def result(self) -> Result:
        """What the operation came to, in order of paths."""
        entries = self._manifest.entries
        written = {path for path, action in self._outcome.actions.items() if action != "unchanged"}
        listed = sorted(path for path in self._asked | written if path in entries)
        pages = [
            self._shown(path, entries[path]) for path in listed[:_LISTED] if not entries[path].gone
        ]
        told = [
            {"path": path, "detail": text} for path, text in sorted(self._outcome.warnings.items())
        ]
        if len(listed) > _LISTED:
            told.append({"path": "", "detail": f"{len(listed) - _LISTED} more are not listed."})
        return {"pages": pages, "warnings": told[:_LISTED]}

    def _desk(self) -> Desk:
        folder = self._workspace.collection("docs")
        if folder.direction == "to_git" or self._workspace.repository is None:
            detail = "The docs are synced to the repository only: set their `direction` to `both`."
            raise NotConfigured(detail)
        manifest = self.docs.manifest()
        outcome = Outcome(**self.docs.outcome(self._operation))

        def save() -> None:
            self.docs.put_outcome(self._operation, outcome.plain)
            self.docs.put_manifest(manifest)

        return Desk(
            files=self._files,
            docs=self.docs,
            committer=self._committer,
            manifest=manifest,
            outcome=outcome,
            summarizer=self._summarizer,
            folder=folder.folder,
            url=self._workspace.repository.url,
            save=save,
        )

    def _write(self, desk: Desk) -> Generator[Progress, None, Round]:
        for _ in range(_ROUNDS):
            self._committer.outrun = False
            tip = self._files.tip()
            source = self._source(tip)
            self._find_pages(tip)
            work = make_work(self._scope, source, self._manifest.entries, self._folders)
            self._note(work)
            round_ = Round(desk, source)
            if not work.idle:
                yield from round_.write(work)
            if not self._committer.outrun:
                break
        return round_

    def _note(self, work: Work) -> None:
        for path, why in work.unread.items():
            self._outcome.warn(path, why)
        self._asked |= {*work.changed, *work.unchanged}
        for path in (*work.changed, *work.unchanged):
            entry = self._manifest.entries.get(path)
            if entry is not None and entry.gone and path not in work.changed:
                self._outcome.warnings[path] = _DELETED

    def _source(self, tip: Tip) -> Source:
        scope, repository = self._scope, self._files.repository
        if scope.upload is not None:
            return Source.given(self.docs.upload(scope.upload))
        if scope.ref in ("", self._files.branch, tip.commit):
            return Source(files=tip.files, commit=tip.commit, synced=True)
        commit = scope.ref
        if not _SHA.fullmatch(commit):
            commit = repository.refs([scope.ref]).heads.get(scope.ref, "")
        if not commit:
            raise NotFound(f"There is no branch or commit {scope.ref}.")
        return Source(files=repository.snapshot(commit).files, commit=commit)

    def _find_pages(self, tip: Tip) -> None:
        """Look where pages are that people moved, and which they deleted."""
        entries = self._manifest.entries
        for path, entry in entries.items():
            if entry.gone or entry.page in tip.files:
                continue
            link = self._files.link_of_page(entry.page_id) if entry.page_id else None
            if link is not None and link.path and link.path in tip.files:
                entries[path] = replace(entry, page=link.path)
            else:
                entries[path] = replace(entry, gone=True, page_id="", url="")

    def _sync(self) -> Generator[Progress, None, None]:
        """Have the pages made; where Notion's budget is used up, the cycles go on with it."""
        wanted = [entry.page for path, entry in self._about().items() if not entry.page_id]
        if not self._committer.commits and not wanted:
            return
        for cycle in range(_CYCLES):
            try:
                report = self._files.sync()
            except BudgetSpent:
                self._budget_spent = True
                break
            if not report.more:
                break
            yield Progress(done=cycle + 1, note="sync")
        self._find_links()

    def _find_links(self) -> None:
        about = {path: entry for path, entry in self._about().items() if not entry.page_id}
        links = self._files.links_at([entry.page for entry in about.values()]) if about else {}
        changed = False
        for path, entry in about.items():
            link = links.get(entry.page)
            if link is not None and link.page_id:
                found = replace(entry, page_id=link.page_id, url=link.url or "")
                self._manifest.entries[path] = found
                changed = True
            elif self._budget_spent:
                self._outcome.warnings.setdefault(path, _LATER)
        if changed:
            self.docs.put_manifest(self._manifest)

    def _about(self) -> dict[str, Entry]:
        """The entries of what was asked for or written."""
        entries = self._manifest.entries
        paths = sorted({*self._asked, *self._outcome.actions} & set(entries))
        return {path: entries[path] for path in paths if not entries[path].gone}

    def _live(self) -> list[Entry]:
        return [entry for entry in self._manifest.entries.values() if not entry.gone]

    def _shown(self, path: str, entry: Entry) -> dict[str, Any]:
        return {
            "path": path,
            "page_id": entry.page_id or None,
            "url": entry.url or None,
            "action": self._outcome.actions.get(path, "unchanged"),
            "symbols": entry.symbols,
            "undocumented": entry.undocumented,
        }

    @property
    def _folders(self) -> list[str]:
        return [each.folder for each in self._workspace.collections]
