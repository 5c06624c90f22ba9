"""What rows a data source shows, and what that costs: cursors, hot minutes, cuts, full listings."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.notion import FakeNotion
from shared.sync.listing import FULL_EVERY, Listing, is_due, is_hot, list_rows
from shared.sync.state import Seen

NONE: frozenset[str] = frozenset()


class Table:
    """A data source on a fake, and the listing of it cycle by cycle."""

    def __init__(self, *, query_limit: int = 10_000) -> None:
        self.clock = FakeClock()
        self.notion = FakeNotion(self.clock, query_limit=query_limit)
        self.source = self.notion.add_source("Docs").id
        self.person = self.notion.as_person()
        self.seen = Seen()

    def add(self, count: int, apart_s: float = 60) -> list[str]:
        """Rows, made one after the other."""
        made = []
        for number in range(count):
            made.append(self.person.create_row(self.source, {"Name": f"Row {number}"}))
            self.clock.advance(apart_s)
        return made

    def listed(self, *, full: bool = False, left: frozenset[str] = NONE) -> Listing:
        """One listing, dealt with but for `left`."""
        listing = list_rows(self.notion, self.source, self.seen, self.clock.now(), full)
        self.seen = listing.remembered(self.seen, left, ())
        return listing

    def queries(self) -> int:
        """How many queries were made since this was asked last."""
        made = sum(call.method == "query" for call in self.notion.calls)
        self.notion.calls.clear()
        return made

    @property
    def large(self) -> bool:
        """Whether it counts as more than one query page."""
        return self.seen.large


@pytest.fixture
def small() -> Table:
    table = Table()
    table.add(3)
    table.clock.advance(300)
    return table


@pytest.fixture
def large() -> Table:
    table = Table()
    table.add(150)
    table.clock.advance(300)
    table.listed()
    table.queries()
    return table


def test_a_small_table_is_listed_whole_with_one_query(small: Table) -> None:
    assert len(small.listed().touched) == 3
    assert small.queries() == 1
    listing = small.listed()
    assert (listing.touched, listing.gone, small.queries()) == (NONE, NONE, 1)
    assert len(listing.ids or ()) == 3
    assert not small.large


def test_an_edited_row_of_a_small_table_is_touched(small: Table) -> None:
    small.listed()
    page = small.add(1)[0]
    assert small.listed().touched == {page}


def test_a_row_that_vanished_from_a_small_table_is_gone(small: Table) -> None:
    page = small.add(1)[0]
    small.listed()
    small.person.unshare(page)
    assert small.listed().gone == {page}


def test_a_row_that_was_not_dealt_with_is_touched_again(small: Table) -> None:
    small.listed()
    page = small.add(1)[0]
    assert small.listed(left=frozenset({page})).touched == {page}
    assert small.listed().touched == {page}
    small.clock.advance(300)
    small.listed()
    assert small.listed().touched == NONE


def test_a_second_edit_in_the_same_minute_is_not_missed(small: Table) -> None:
    page = small.add(1, apart_s=0)[0]
    small.listed()
    before = small.notion.tables.pages[page].edited_at
    small.clock.advance(20)
    small.person.set_body(page, "changed, but not its time")
    assert small.notion.tables.pages[page].edited_at == before
    assert page in small.listed().touched
    small.clock.advance(180)
    assert page in small.listed().touched
    assert small.listed().touched == NONE


def test_many_rows_edited_at_once_are_looked_at_again_only_when_their_minute_is_over() -> None:
    table = Table()
    table.add(30, apart_s=0)
    assert len(table.listed().touched) == 30
    assert table.listed().touched == NONE
    table.clock.advance(180)
    assert len(table.listed().recheck) == 30
    assert table.listed().touched == NONE


def test_a_large_table_is_asked_for_what_was_edited_since(large: Table) -> None:
    assert large.large
    assert large.listed().touched == NONE
    assert large.queries() == 1


def test_an_edit_in_a_large_table_is_touched(large: Table) -> None:
    page = next(each for each, row in large.notion.tables.pages.items() if row.source)
    large.person.set_value(page, "Name", "Edited")
    listing = large.listed()
    assert listing.touched == {page}
    assert listing.ids is None
    assert large.queries() == 1


def test_the_cursor_overlaps_so_that_a_late_row_of_an_older_minute_is_seen(large: Table) -> None:
    late = large.add(1, apart_s=0)[0]
    large.clock.advance(60)
    large.add(1, apart_s=0)
    hidden = large.notion.tables.sources[large.source].rows.pop(late)  # not indexed yet
    large.listed()
    large.notion.tables.sources[large.source].rows[late] = hidden
    assert late in large.listed().touched


def test_the_cursor_does_not_pass_what_was_not_dealt_with(large: Table) -> None:
    page = large.add(1)[0]
    large.listed(left=frozenset({page}))
    large.clock.advance(3600)
    other = large.add(1)[0]
    assert {page, other} <= large.listed().touched


def test_all_ids_of_a_large_table_are_listed_every_five_minutes(large: Table) -> None:
    assert large.listed().ids is None
    large.clock.advance(300)
    listing = large.listed()
    assert len(listing.ids or ()) == 150
    assert not listing.unknown_since_full
    assert large.listed().ids is None


def test_all_ids_are_listed_at_once_when_that_is_asked_for(large: Table) -> None:
    assert len(large.listed(full=True).ids or ()) == 150


def test_a_row_that_vanished_from_a_large_table_shows_in_the_full_listing(large: Table) -> None:
    page = next(each for each, row in large.notion.tables.pages.items() if row.source)
    large.person.unshare(page)
    assert not large.listed().unknown_since_full
    listing = large.listed(full=True)
    assert listing.unknown_since_full
    assert page not in (listing.ids or ())


def test_more_rows_than_a_query_gives_are_listed_in_windows_of_time() -> None:
    table = Table(query_limit=200)
    rows = table.add(450, apart_s=30)
    assert table.listed().ids == frozenset(rows)
    assert table.listed(full=True).ids == frozenset(rows)


def test_a_listing_that_stays_incomplete_never_means_absent() -> None:
    table = Table(query_limit=200)
    table.add(250, apart_s=0)  # more of one minute than a query gives
    listing = table.listed()
    assert (listing.ids, listing.gone) == (None, NONE)
    listing = table.listed(full=True)
    assert (listing.ids, listing.gone, listing.unknown_since_full) == (None, NONE, False)


def test_a_table_that_shrank_and_grew_is_followed(large: Table) -> None:
    rows = [each for each, row in large.notion.tables.pages.items() if row.source]
    for page in rows[50:]:
        large.person.trash(page)
    listing = large.listed(full=True)
    assert len(listing.ids or ()) == 50
    assert listing.unknown_since_full


def test_a_clock_that_was_set_back_asks_for_more_and_misses_nothing(large: Table) -> None:
    large.clock.advance(-3600)
    page = large.add(1)[0]
    assert page in large.listed().touched


@pytest.mark.parametrize(("after_s", "hot"), [(0, True), (89, True), (90, False)])
def test_a_row_is_hot_until_its_minute_is_surely_over(after_s: int, hot: bool) -> None:
    table = Table()
    page = table.add(1, apart_s=0)[0]
    row = table.notion.row(page)
    table.clock.advance(after_s)
    assert is_hot(row, table.clock.now()) is hot


def test_a_token_tells_every_change_that_a_query_shows(small: Table) -> None:
    page = small.add(1)[0]
    row = small.notion.row(page)
    small.clock.advance(300)
    small.listed()
    later: datetime = small.clock.now()
    for changed in (
        replace(row, values={**row.values, "title": "x"}),
        replace(row, archived=True),
        replace(row, edited_at=later),
    ):
        small.notion.tables.pages[page].shown = changed
        small.notion.tables.pages[page].epoch = small.notion.tables._epoch
        assert page in list_rows(small.notion, small.source, small.seen, later, False).touched


@pytest.mark.parametrize(
    ("ago", "due"),
    [
        pytest.param(None, True, id="never"),
        pytest.param(FULL_EVERY, True, id="long ago"),
        pytest.param(FULL_EVERY / 2, False, id="not long ago"),
        pytest.param(timedelta(), False, id="just now"),
        pytest.param(-FULL_EVERY, True, id="to come, as the clock was set back"),
    ],
)
def test_what_is_done_every_five_minutes_is_due(ago: timedelta | None, due: bool) -> None:
    now = FakeClock().now()
    assert is_due(None if ago is None else now - ago, now) is due
