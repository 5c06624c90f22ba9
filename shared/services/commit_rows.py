"""Makes the rows of commits, each exactly once, and shows their state.

Notion has no conditional writes, so a row is marked in its commit's entry before it is made. Whose
answer got lost is known a minute later: then the row is found by its commit's id or was never made.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Final

from shared.errors import (
    Forbidden,
    InvalidRequest,
    NotConfigured,
    NotFound,
    RateLimited,
    UpstreamRejected,
    UpstreamUnavailable,
)
from shared.ports.clock import Clock
from shared.ports.notion import (
    CommittedButUnread,
    DataSource,
    NotionWorkspace,
    RowQuery,
    Value,
)
from shared.services.pending import SETTLED
from shared.telemetry import logger
from shared.tracker.ledger import Entry, Mark, State
from shared.tracker.rows import bind_columns

_HASTE: Final = timedelta(seconds=20)  # so long after its mark a row is not made any more
REFUSALS: Final = (RateLimited, Forbidden, NotFound, UpstreamRejected, InvalidRequest)
"""What says that a row was not made."""


class CommitRows:
    """The rows of one tracker. `bound`: its columns as they were bound before."""

    def __init__(
        self,
        notion: NotionWorkspace,
        clock: Clock,
        nonce: str,
        tracker_id: str,
        bound: Mapping[str, str],
    ) -> None:
        self._notion = notion
        self._clock = clock
        self._nonce = nonce
        self._tracker_id = tracker_id
        self._bound = bound
        self._log = logger(__name__)

    @cached_property
    def source(self) -> DataSource:
        """The tracker's data source."""
        return self._notion.data_source(self._tracker_id)

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """The ids of its columns; raises NotConfigured if commits could not be found in it."""
        columns = bind_columns(self.source, self._bound)
        if "SHA" not in columns:
            detail = "The tracker has no text column `SHA`: make the request of the setup again."
            raise NotConfigured(detail)
        return columns

    def mark(self, entry: Entry) -> Entry:
        """The entry of a commit whose row this worker makes now, to be stored before `create`."""
        return replace(entry, mark=Mark(nonce=self._nonce, at=self._clock.now()))

    def create(self, entry: Entry, values: Mapping[str, Value], body: str) -> str:
        """Make the row of a marked commit; its page.

        Raises:
            RateLimited, Forbidden, NotFound, UpstreamRejected, InvalidRequest: it was not made.
            UpstreamUnavailable: nobody knows yet.
        """
        assert entry.mark is not None
        if self._clock.now() - entry.mark.at > _HASTE:
            raise UpstreamUnavailable("The row was not made in time.", "tracker")
        try:
            try:
                return self._send(values, body)
            except (UpstreamRejected, InvalidRequest) as error:
                # One value that Notion does not take must not keep all later commits out.
                self._log.warning("a row was refused", sha=entry.sha, problem=error.problem)
                plain = {name: values[name] for name in ("SHA", "State", "Date", "Files")}
                return self._send({**plain, "Name": entry.sha[:12]}, "")
        except CommittedButUnread as saved:
            return saved.page_id

    def find(self, entry: Entry) -> str | None:
        """The row that somebody began to make; of several the oldest, the others are trashed.

        Raises:
            UpstreamUnavailable: that was moments ago, and how it went is not known yet.
        """
        left = entry.mark.at + SETTLED - self._clock.now() if entry.mark else timedelta(0)
        if left > timedelta(0):
            detail = "A commit's row was begun moments ago; how that went is not known yet."
            raise UpstreamUnavailable(detail, "tracker", retry_after_s=left.total_seconds())
        wanted = (self.columns["SHA"], entry.sha)
        query = RowQuery(data_source_id=self._tracker_id, text_equals=wanted)
        rows = self._notion.query(query).rows
        for other in rows[1:]:
            self.trash(other.id)
        return rows[0].id if rows else None

    def show(self, row: str, state: State) -> None:
        """Show a commit's state in its row; one that was deleted or unshared stays as it is."""
        if "State" not in self.columns:
            return
        try:
            self._notion.update_row(self.source, row, {self.columns["State"]: state})
        except NotFound:
            self._log.info("a row of the tracker is not there any more", row=row)
        except UpstreamRejected:
            if not self._notion.row(row).in_trash:
                raise

    def is_ours(self, mark: Mark | None) -> bool:
        """Whether a mark was set by this worker."""
        return mark is not None and mark.nonce == self._nonce

    def trash(self, row: str) -> None:
        """Trash a row that was made beside another one."""
        self._log.warning("a commit had two rows", row=row)
        self._notion.update_row(self.source, row, {}, in_trash=True)

    def _send(self, values: Mapping[str, Value], body: str) -> str:
        by_id = {
            self.columns[name]: value for name, value in values.items() if name in self.columns
        }
        return self._notion.create_row(self.source, by_id, body).id
