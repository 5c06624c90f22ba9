"""The tasks that commits name: found by their ids, and set done by commits that finish them."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from shared.errors import NotFound
from shared.ports.notion import DataSource, NotionWorkspace, Property, RowQuery
from shared.ports.repository import CommitInfo
from shared.services.commit_ledger import Kept, Ledger
from shared.telemetry import logger
from shared.tracker.grammar import read_mentions, task_of_branch, without_merged_names
from shared.tracker.status import done_option, is_done, status_column


class CommitTasks:
    """The tasks of one data source; each is looked up once. `tasks_id` None: there are none."""

    def __init__(self, notion: NotionWorkspace, ledger: Ledger, tasks_id: str | None) -> None:
        self._notion = notion
        self._ledger = ledger
        self._tasks_id = tasks_id
        self._pages: dict[str, str | None] = {}
        self._log = logger(__name__)

    def linked(self, commit: CommitInfo, branch: str) -> tuple[str, ...]:
        """The tasks that a commit on a branch names, by page id; unknown ones are left out."""
        prefix = self._prefix
        if not prefix:
            return ()
        own = task_of_branch(branch, prefix)
        said = read_mentions(commit.message, prefix).linked
        return self._found(dict.fromkeys([*([own] if own else []), *said]))

    def finished(self, commit: CommitInfo) -> tuple[str, ...]:
        """The tasks that a commit's message finishes, by page id; unknown ones are left out."""
        prefix, message = self._prefix, commit.message
        if len(commit.parents) > 1:
            message = without_merged_names(message)
        return self._found(read_mentions(message, prefix).finished) if prefix else ()

    def finish(self, kept: Kept, pages: Iterable[str]) -> Kept:
        """Set tasks done that a commit finishes; the entry with them, stored but for its end.

        Each once for a commit: a task that somebody moved since then stays as it is.
        """
        for page in pages:
            if page not in kept.entry.closed:
                kept = self._finish(kept, page)
                entry = replace(kept.entry, closed=(*kept.entry.closed, page))
                kept = Kept(entry, kept.version)
        return kept

    def _finish(self, kept: Kept, page: str) -> Kept:
        status, source = self._status, self._source
        done = done_option(status.options) if status is not None else None
        if status is None or source is None or done is None:
            self._log.info("no status tells that a task is done", sha=kept.entry.sha)
            return kept
        try:
            row = self._notion.row(page)
        except NotFound:
            return kept
        present = str(row.values.get(status.id) or "")
        before = kept.entry.closing.get(page)
        if row.in_trash or is_done(present) or (before is not None and before != present):
            return kept
        if before is None:
            closing = {**kept.entry.closing, page: present}
            kept = self._ledger.put(replace(kept.entry, closing=closing), kept.version)
        self._notion.update_row(source, page, {status.id: done})
        return kept

    @cached_property
    def _source(self) -> DataSource | None:
        return self._notion.data_source(self._tasks_id) if self._tasks_id else None

    @cached_property
    def _status(self) -> Property | None:
        return status_column(self._source) if self._source else None

    @cached_property
    def _id_column(self) -> Property | None:
        columns = self._source.properties if self._source else ()
        return next((each for each in columns if each.kind == "unique_id"), None)

    @property
    def _prefix(self) -> str:
        """What ids begin with; "" where there are none."""
        column = self._id_column
        return column.options[0] if column is not None and column.options else ""

    def _found(self, identities: Iterable[str]) -> tuple[str, ...]:
        found = (self._page(identity) for identity in identities)
        return tuple(page for page in found if page is not None)

    def _page(self, identity: str) -> str | None:
        if identity not in self._pages:
            self._pages[identity] = self._look_up(identity)
        return self._pages[identity]

    def _look_up(self, identity: str) -> str | None:
        column = self._id_column
        if column is None or self._tasks_id is None:
            return None
        number = int(identity.rpartition("-")[2])
        query = RowQuery(data_source_id=self._tasks_id, unique_id=(column.id, number))
        rows = self._notion.query(query).rows
        return next((row.id for row in rows if row.values.get(column.id) == identity), None)
