"""What rows a data source shows, at a cost that follows change.

A collection of at most one query page is listed whole each time. A larger one is asked only for
what was edited since, with an overlap (Notion rounds times down to the minute and edits within a
minute do not move them), and for all its ids every few minutes.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from shared.ports.notion import NotionWorkspace, Row, RowQuery, Rows
from shared.sync.state import Seen

OVERLAP: Final = timedelta(minutes=2)
SETTLES_AFTER: Final = timedelta(seconds=90)
"""An `edited_at` can hide a later edit of the same minute, and clocks differ."""
FULL_EVERY: Final = timedelta(minutes=5)
_CLOCKS_APART: Final = timedelta(minutes=3)
_HOT_AT_ONCE: Final = 8
_REMEMBERED: Final = 10_000
_UNSETTLED: Final = "~"


def is_due(last: datetime | None, now: datetime) -> bool:
    """Whether it is time again for what is done every `FULL_EVERY`; also after a clock was set
    back, so that `last` is still to come."""
    return last is None or not timedelta() <= now - last < FULL_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The rows that a data source showed.

    `rows`: by page id. `ids`: all ids, None where not all were asked for or Notion cut the answer.
    `touched`: ids of rows that have to be looked at; `recheck`: those of them that only may have
    changed, in the minute in which they were looked at. `gone`: ids that were listed before and
    are not now. `seen`: what to remember if all of them are dealt with; `tokens`: of all rows.
    """

    rows: Mapping[str, Row]
    ids: frozenset[str] | None
    touched: frozenset[str]
    gone: frozenset[str] = field(default_factory=frozenset)
    seen: Seen
    recheck: frozenset[str] = field(default_factory=frozenset)
    tokens: Mapping[str, str] = field(default_factory=dict)
    unknown_since_full: bool = False

    def remembered(self, before: Seen, left: frozenset[str], written: Iterable[Row]) -> Seen:
        """What to remember if the rows in `left` were not dealt with, and `written` were by us."""
        kept = self.seen
        if self.seen.large and left:
            kept = self._with_cursor_at_first(before, left)
        rows = {key: token for key, token in kept.rows.items() if key not in left}
        rows.update({key: before.rows[key] for key in left if key in before.rows})
        rows.update({row.id: row_token(row) + _UNSETTLED for row in written})
        return replace(kept, rows=rows)

    def _with_cursor_at_first(self, before: Seen, left: frozenset[str]) -> Seen:
        """The cursor must not pass what was not dealt with; what was, newer than that, is
        remembered row by row."""
        waiting = [self.rows[each].edited_at for each in left if each in self.rows]
        kept = self.seen
        if len(waiting) < len(left):  # ids that only the complete listing shows: list them again
            kept = replace(kept, ids=before.ids, listed_at=before.listed_at)
        first = min(waiting, default=self.seen.watermark)
        if first is None:
            return kept
        newer = [row for row in self.rows.values() if row.edited_at >= first - OVERLAP]
        newer = sorted(newer, key=lambda row: row.edited_at)[-_REMEMBERED:]
        rows = {row.id: self.tokens[row.id] for row in newer}
        return replace(kept, watermark=first, rows=rows, looked_at=None)


def list_rows(
    notion: NotionWorkspace, data_source_id: str, before: Seen, now: datetime, full: bool
) -> Listing:
    """Ask for the rows of a data source; raises what the port raises."""
    if before.large and before.watermark is not None:
        return _list_large(notion, data_source_id, before, now, full)
    first = notion.query(RowQuery(data_source_id=data_source_id))
    rows = {row.id: row for row in first.rows}
    if first.cursor is None and first.complete:
        return _small(rows, before, now)
    rows, complete = _all_rows(notion, data_source_id)
    seen = _seen_of(rows, before, now, recent=_newest(rows))
    seen = replace(seen, large=True, watermark=_newest(rows))
    if complete:
        seen = replace(seen, ids=_digest(rows), count=len(rows), listed_at=now)
    gone = frozenset(before.rows) - rows.keys() if complete and not before.large else frozenset()
    ids = frozenset(rows) if complete else None
    return _listing(rows, before, now, ids=ids, gone=gone, seen=seen)


def _anchor(seen: Seen, now: datetime) -> datetime | None:
    """From when on rows have to be asked for: the newest that was seen or, if all was dealt with
    since, a little before that look."""
    if seen.looked_at is None or seen.watermark is None:
        return seen.watermark
    return max(seen.watermark, min(seen.looked_at, now) - _CLOCKS_APART)


def _small(rows: Mapping[str, Row], before: Seen, now: datetime) -> Listing:
    seen = replace(
        _seen_of(rows, before, now, recent=None),
        large=False,
        count=len(rows),
        listed_at=now,
        watermark=_newest(rows),
    )
    gone = frozenset(before.rows) - rows.keys()
    return _listing(rows, before, now, ids=frozenset(rows), gone=gone, seen=seen)


def _listing(
    rows: Mapping[str, Row],
    before: Seen,
    now: datetime,
    *,
    ids: frozenset[str] | None,
    seen: Seen,
    gone: frozenset[str] = frozenset(),
    unknown_since_full: bool = False,
) -> Listing:
    changed, recheck = _touched(rows, before, now)
    return Listing(
        rows=rows,
        ids=ids,
        touched=changed | recheck,
        recheck=recheck,
        gone=gone,
        seen=seen,
        tokens={row.id: _token_now(row, now) for row in rows.values()},
        unknown_since_full=unknown_since_full,
    )


def _list_large(
    notion: NotionWorkspace, data_source_id: str, before: Seen, now: datetime, full: bool
) -> Listing:
    assert before.watermark is not None
    since = min(_anchor(before, now) or now, now) - OVERLAP  # a clock may have been set back
    query = RowQuery(data_source_id=data_source_id, edited_from=since, order="edited")
    rows = {row.id: row for row in _pages(notion, query)}
    newest = max(before.watermark, _newest(rows) or before.watermark)
    seen = replace(before, watermark=newest, looked_at=now)
    seen = _seen_of(rows, seen, now, recent=_anchor(seen, now))
    ids, changed = None, False
    if full or is_due(before.listed_at, now):
        listed, complete = _all_rows(notion, data_source_id, slim=True)
        if complete:
            ids, digest = frozenset(listed), _digest(listed)
            changed = digest != before.ids
            seen = replace(seen, ids=digest, count=len(listed), listed_at=now)
    return _listing(rows, before, now, ids=ids, seen=seen, unknown_since_full=changed)


def _all_rows(
    notion: NotionWorkspace, data_source_id: str, slim: bool = False
) -> tuple[dict[str, Row], bool]:
    """Every row, and whether that is sure: in windows of `created_time` where Notion cuts."""
    found: dict[str, Row] = {}
    query = RowQuery(data_source_id=data_source_id, slim=slim)
    while True:
        cut, last = False, None
        before = len(found)
        for page in _query_pages(notion, query):
            found.update({row.id: row for row in page.rows})
            last = page.rows[-1].created_at if page.rows else last
            cut = not page.complete
        if not cut:
            return found, True
        if last is None or len(found) == before:
            return found, False
        query = replace(query, created_from=last, cursor=None)


def _pages(notion: NotionWorkspace, query: RowQuery) -> Iterator[Row]:
    for page in _query_pages(notion, query):
        yield from page.rows


def _query_pages(notion: NotionWorkspace, query: RowQuery) -> Iterator[Rows]:
    while True:
        page = notion.query(query)
        yield page
        if page.cursor is None:
            return
        query = replace(query, cursor=page.cursor)


def _seen_of(rows: Mapping[str, Row], before: Seen, now: datetime, recent: datetime | None) -> Seen:
    """`recent`: only rows edited since then, less the overlap, are remembered one by one."""
    since = recent - OVERLAP if recent is not None else None
    kept = [row for row in rows.values() if since is None or row.edited_at >= since]
    kept = sorted(kept, key=lambda row: row.edited_at)[-_REMEMBERED:]
    return replace(before, rows={row.id: _token_now(row, now) for row in kept})


def _touched(
    rows: Mapping[str, Row], before: Seen, now: datetime
) -> tuple[frozenset[str], frozenset[str]]:
    """Rows that differ from what was seen, and those whose minute was not over then.

    The latter are looked at as soon as it is, or at once where they are few.
    """
    changed: set[str] = set()
    waiting: set[str] = set()
    over: set[str] = set()
    for row in rows.values():
        known = before.rows.get(row.id)
        if known == row_token(row) + _UNSETTLED:
            (waiting if is_hot(row, now) else over).add(row.id)
        elif known != row_token(row):
            changed.add(row.id)
    recheck = over | waiting if len(waiting) <= _HOT_AT_ONCE else over
    return frozenset(changed), frozenset(recheck)


def _token_now(row: Row, now: datetime) -> str:
    return row_token(row) + (_UNSETTLED if is_hot(row, now) else "")


def is_hot(row: Row, now: datetime) -> bool:
    """Whether a later edit may still hide behind the row's `edited_at`."""
    return now < row.edited_at + SETTLES_AFTER


def row_token(row: Row) -> str:
    """What stands for a row as a query shows it, without its body."""
    values = sorted((key, repr(value)) for key, value in row.values.items())
    text = repr((row.edited_at.isoformat(), row.parent, row.in_trash, row.archived, values))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _newest(rows: Mapping[str, Row]) -> datetime | None:
    return max((row.edited_at for row in rows.values()), default=None)


def _digest(rows: Mapping[str, Row]) -> str:
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16]
