"""The least that a case can do, done through the same adapters one after another."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from benchmarks.sync_stage import BRANCH, Site
from shared.ports.notion import RowQuery
from shared.ports.repository import Change, CommitOrder, Person
from shared.ports.state import Put
from shared.sync.state import state_document, state_path

_AT_ONCE: Final = 100


def import_floor(site: Site) -> None:
    """All rows and bodies read, one push, two documents stored for each page."""
    bodies = {row: site.ports.notion.body(row).markdown for row in rows_of(site)}
    _push(site, *(Change(path=f"floor/{r}.md", content=b.encode()) for r, b in bodies.items()))
    puts = [
        Put(path=f"bench/{row}-{kind}", data={"text": body})
        for row, body in bodies.items()
        for kind in ("link", "base")
    ]
    for start in range(0, len(puts), _AT_ONCE):
        site.ports.store.commit(puts[start : start + _AT_ONCE])


def idle_floor(site: Site) -> None:
    """A query for each data source, a look at the branch, a document read and written."""
    ports = site.ports
    since = ports.clock.now()
    for each in site.workspace.collections:
        query = RowQuery(data_source_id=each.data_source_id, edited_from=since, order="edited")
        ports.notion.query(query)
    ports.repository.refs([BRANCH])
    state = site.state()
    put = Put(path=state_path(f"{state.wid}-floor"), data=state_document(state))
    ports.store.commit([put])


def change_floor(site: Site) -> None:
    """Idle, a body, the push of a file, and two documents more."""
    idle_floor(site)
    row = site.ports.notion.query(RowQuery(data_source_id=site.docs.id, page_size=1)).rows[0]
    body = site.ports.notion.body(row.id).markdown + str(time.perf_counter())
    _push(site, Change(path="floor/one.md", content=body.encode()))
    puts = [Put(path=f"bench/{each}", data={"text": body}) for each in ("link", "base")]
    site.ports.store.commit(puts)


def rows_of(site: Site) -> Iterator[str]:
    """The ids of the pages in `docs`, the oldest first."""
    query = RowQuery(data_source_id=site.docs.id)
    while True:
        page = site.ports.notion.query(query)
        yield from (row.id for row in page.rows)
        if page.cursor is None:
            return
        query = replace(query, cursor=page.cursor)


def _push(site: Site, *changes: Change) -> None:
    """To a branch that nobody syncs."""
    repository = site.ports.repository
    tip = repository.refs(["floor"]).heads.get("floor")
    repository.push("floor", tip, commit_order("Floor", site.ports.clock.now(), *changes))


def commit_order(message: str, at: datetime, *changes: Change) -> CommitOrder:
    """A commit by a person."""
    ada = Person(name="Ada", email="ada@example.com")
    return CommitOrder(message=message, author=ada, at=at.replace(microsecond=0), changes=changes)
