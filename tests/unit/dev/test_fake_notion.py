"""What the fake Notion does beyond the promises of the port: people, rewriting, faults."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.fakes.clock import FakeClock
from dev.fakes.notion import FakeNotion
from dev.fakes.notion_markdown import rewrite_markdown
from shared.errors import (
    NotFound,
    RateLimited,
    StaleWrite,
    UpstreamRejected,
    UpstreamTimeout,
)
from shared.ports.notion import (
    CommittedButUnread,
    DataSource,
    Property,
    Replacement,
    RowQuery,
)


class Desk:
    """A workspace with a table of tasks, the connection and Ada."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.notion = FakeNotion(self.clock)
        self.ada = self.notion.as_person("Ada")
        self.tasks = self.notion.add_source(
            "Tasks",
            [
                Property(id="", name="Name", kind="title"),
                Property(id="", name="Notes", kind="rich_text"),
                Property(id="", name="State", kind="select", options=("Open",)),
                Property(id="", name="Key", kind="unique_id", options=("TASK",)),
            ],
        )

    def id_of(self, name: str) -> str:
        column = self.source().property(name)
        assert column is not None
        return column.id

    def source(self) -> DataSource:
        return self.notion.tables.data_source(self.notion.tables.sources[self.tasks.id])

    def listed(self) -> list[str]:
        return [row.id for row in self.notion.query(RowQuery(data_source_id=self.tasks.id)).rows]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("* a\n+ b\n- c", "- a\n- b\n- c"),
        ("an _emphasis_ and snake_case_name", "an *emphasis* and snake_case_name"),
        ("text\n\n\n", "text"),
        ("1. a\n1. b\n7. c", "1. a\n2. b\n3. c"),
        ("3. a\n   * x\n3. b\n\ntext\n\n5. c", "1. a\n   - x\n2. b\n\ntext\n\n1. c"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("AT&amp;T", "AT&amp;T"),
        ("`_a_` _b_", "`_a_` *b*"),
        ("```\n* a\n\n\n_b_\n```\n* c", "```\n* a\n\n\n_b_\n```\n- c"),
        ("plain", "plain"),
    ],
)
def test_markdown_comes_back_rewritten(written: str, read: str) -> None:
    assert rewrite_markdown(written) == read


@given(st.text(alphabet="ab _*+-1.`~\\\n\t)", max_size=60))
def test_rewriting_twice_is_rewriting_once(markdown: str) -> None:
    once = rewrite_markdown(markdown)
    assert rewrite_markdown(once) == once


def test_the_same_calls_give_the_same_workspace() -> None:
    first, second = Desk(), Desk()
    for desk in (first, second):
        page = desk.ada.create_row(desk.tasks.id, {"Name": "One", "State": "New"}, "* text")
        desk.ada.comment(page, "hm")
    assert first.notion.tables.pages == second.notion.tables.pages
    assert first.source() == second.source()


def test_an_edit_of_a_person_shows_its_author_and_its_minute(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id, {"Name": "One"})
    desk.clock.advance(119)
    desk.ada.edit_text(desk.ada.create_row(desk.tasks.id, markdown="old"), "old", "new")
    desk.ada.set_value(page, "Name", "Two")
    row = desk.notion.row(page)
    assert (row.title, row.edited_by) == ("Two", desk.ada.id)
    assert row.edited_at == desk.clock.now().replace(second=0)
    assert row.edited_at - row.created_at == timedelta(minutes=1)


def test_a_comment_is_no_edit(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id)
    before = desk.notion.row(page)
    desk.clock.advance(600)
    comment = desk.ada.comment(page, "hm")
    assert desk.notion.row(page) == before
    assert [each.text for each in desk.notion.comments(page)] == ["hm"]
    desk.ada.resolve(page, comment)
    assert desk.notion.comments(page) == ()


def test_trashed_archived_moved_and_unshared_rows_vanish_and_come_back(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id)
    other = desk.notion.add_source("Other")
    steps: list[tuple[Callable[[], None], Callable[[], None]]] = [
        (lambda: desk.ada.trash(page), lambda: desk.ada.restore(page)),
        (lambda: desk.ada.archive(page), lambda: desk.ada.archive(page, False)),
        (lambda: desk.ada.move(page, other.id), lambda: desk.ada.move(page, desk.tasks.id)),
        (
            lambda: desk.ada.move(page, desk.notion.root),
            lambda: desk.ada.move(page, desk.tasks.id),
        ),
        (lambda: desk.ada.unshare(page), lambda: desk.ada.share(page)),
    ]
    for vanish, appear in steps:
        vanish()
        assert desk.listed() == []
        appear()
        assert desk.listed() == [page]


def test_an_unshared_page_or_table_is_not_found(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id)
    desk.ada.unshare(page)
    with pytest.raises(NotFound):
        desk.notion.row(page)
    desk.ada.share(page)
    desk.ada.unshare(desk.tasks.id)
    for ask in (lambda: desk.notion.row(page), desk.listed, lambda: desk.notion.body(page)):
        with pytest.raises(NotFound):
            ask()


def test_a_page_in_the_trash_is_read_but_not_edited(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id, markdown="text")
    desk.ada.trash(page)
    assert desk.notion.row(page).in_trash
    assert desk.notion.body(page).markdown == "text"
    with pytest.raises(UpstreamRejected):
        desk.notion.edit_body(page, [Replacement(old="text", new="other")])
    with pytest.raises(UpstreamRejected):
        desk.notion.update_row(desk.source(), page, {"title": "x"})
    assert desk.notion.update_row(desk.source(), page, {"title": "x"}, in_trash=False).title == "x"


def test_a_moved_row_keeps_the_values_of_equal_columns(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id, {"Name": "One", "Notes": "n", "State": "Open"})
    other = desk.notion.add_source("Other", [Property(id="", name="Notes", kind="rich_text")])
    notes = other.property("Notes")
    assert notes is not None
    row = desk.notion.move_row(page, other.id)
    assert row.parent == other.id
    assert dict(row.values) == {"title": "One", notes.id: "n"}


def test_unique_ids_count_and_a_new_option_is_made(desk: Desk) -> None:
    desk.ada.create_row(desk.tasks.id)
    values = {"title": "Two", desk.id_of("State"): "Brand new"}
    row = desk.notion.create_row(desk.source(), values, "")
    assert row.values[desk.id_of("Key")] == "TASK-2"
    state = desk.source().property("State")
    assert state is not None
    assert state.options == ("Open", "Brand new")


def test_trashed_and_unshared_pages_do_not_show_in_relations(desk: Desk) -> None:
    desk.ada.add_property(
        desk.tasks.id, Property(id="", name="Needs", kind="relation", target=desk.tasks.id)
    )
    first, second = desk.ada.create_row(desk.tasks.id), desk.ada.create_row(desk.tasks.id)
    page = desk.ada.create_row(desk.tasks.id, {"Needs": (first, second)})
    needs = desk.id_of("Needs")
    desk.ada.trash(first)
    assert desk.notion.row(page).values[needs] == (second,)
    desk.ada.unshare(second)
    assert desk.notion.row(page).values[needs] == ()
    desk.ada.restore(first)
    desk.ada.share(second)
    assert desk.notion.row(page).values[needs] == (first, second)


def test_what_markdown_cannot_carry_shows_and_a_whole_replacement_loses_it(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id, markdown="before")
    block = desk.ada.add_unknown_block(page)
    body = desk.notion.body(page)
    assert body.unknown == (block,)
    edited = desk.notion.edit_body(page, [Replacement(old="before", new="after")])
    assert edited.unknown == (block,)
    assert desk.notion.tables.lost_blocks == []
    assert desk.notion.replace_body(page, edited.markdown).unknown == ()
    assert desk.notion.tables.lost_blocks == [block]


def test_schema_changes_of_a_person_show_and_stale_writes_are_refused(desk: Desk) -> None:
    page = desk.ada.create_row(desk.tasks.id, {"Notes": "n", "State": "Open"})
    stale, notes, state = desk.source(), desk.id_of("Notes"), desk.id_of("State")
    desk.ada.rename_property(desk.tasks.id, "Notes", "Remarks")
    desk.ada.change_kind(desk.tasks.id, "State", "number")
    assert desk.notion.row(page).values[notes] == "n"
    assert desk.notion.row(page).values[state] is None
    with pytest.raises(UpstreamRejected):
        desk.notion.update_row(stale, page, {state: "Open"})
    desk.ada.remove_property(desk.tasks.id, "Remarks")
    assert notes not in desk.notion.row(page).values
    with pytest.raises(UpstreamRejected):
        desk.notion.update_row(stale, page, {notes: "n"})


def test_a_failed_call_does_nothing_and_a_lost_answer_hides_what_was_done(desk: Desk) -> None:
    desk.notion.fail_next(1, RateLimited("slower", 3.0), "create_row")
    assert desk.listed() == []
    with pytest.raises(RateLimited):
        desk.notion.create_row(desk.source(), {}, "")
    assert desk.listed() == []
    desk.notion.lose_answers(1, UpstreamTimeout("lost", "notion"))
    with pytest.raises(UpstreamTimeout):
        desk.notion.create_row(desk.source(), {}, "")
    desk.notion.commit_then_503()
    with pytest.raises(CommittedButUnread) as told:
        desk.notion.create_row(desk.source(), {}, "")
    assert desk.listed()[1:] == [told.value.page_id]
    assert [call.method for call in desk.notion.calls].count("create_row") == 3


def test_every_call_asks_for_leave_first(desk: Desk) -> None:
    def refuse() -> None:
        raise RateLimited("used up", 5.0)

    desk.notion.before_call = refuse
    with pytest.raises(RateLimited):
        desk.notion.create_row(desk.source(), {}, "")
    assert desk.notion.tables.sources[desk.tasks.id].rows == {}


def test_an_edit_that_is_partly_stale_is_refused_or_done_in_part() -> None:
    for skips in (False, True):
        desk = Desk()
        desk.notion.skips_stale = skips
        page = desk.ada.create_row(desk.tasks.id, markdown="one two two")
        parts = [Replacement(old="two", new="2"), Replacement(old="one", new="1")]
        if skips:
            assert desk.notion.edit_body(page, parts).markdown == "1 two two"
        else:
            with pytest.raises(StaleWrite):
                desk.notion.edit_body(page, parts)
            assert desk.notion.body(page).markdown == "one two two"
