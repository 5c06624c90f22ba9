"""The promises of the Notion port, kept by the fake and by the adapter on the stand-in alike."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import httpx
import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.notion import FakeNotion
from shared.adapters.notion import NotionClient
from shared.errors import (
    Forbidden,
    InvalidRequest,
    NexusError,
    NotFound,
    RateLimited,
    StaleWrite,
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from shared.ports.notion import (
    CommittedButUnread,
    DataSource,
    NotionWorkspace,
    Property,
    Replacement,
    Row,
    RowQuery,
    Value,
)
from tests.contract.standins import StandIn, running

START = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
COLUMNS = (
    Property(id="", name="Name", kind="title"),
    Property(id="", name="Notes", kind="rich_text"),
    Property(id="", name="Count", kind="number"),
    Property(id="", name="State", kind="select", options=("Open", "Done")),
    Property(id="", name="Tags", kind="multi_select", options=("a",)),
    Property(id="", name="Due", kind="date"),
    Property(id="", name="Owner", kind="people"),
    Property(id="", name="Ready", kind="checkbox"),
    Property(id="", name="Link", kind="url"),
    Property(id="", name="Mail", kind="email"),
    Property(id="", name="Phone", kind="phone_number"),
    Property(id="", name="Key", kind="unique_id", options=("TASK",)),
)


class Rig(Protocol):
    """A connection to a workspace, and a person's hand in it."""

    notion: NotionWorkspace
    root: str
    person: str

    def advance(self, seconds: float) -> None:
        """Let time pass in the workspace."""

    def limit_queries(self, rows: int) -> None:
        """Cut queries after so many rows."""

    def create(self, source: DataSource, title: str, markdown: str = "") -> str:
        """A person makes a row."""

    def set_title(self, page_id: str, title: str) -> None:
        """A person renames a row."""

    def edit_text(self, page_id: str, old: str, new: str) -> None:
        """A person edits a body."""

    def add_unknown_block(self, page_id: str) -> None:
        """A person adds a block that Markdown cannot carry."""

    def act(self, action: str, identity: str) -> None:
        """A person trashes, restores, archives, unarchives, shares or unshares."""

    def move_away(self, page_id: str) -> None:
        """A person moves a row into the root page."""

    def comment(self, page_id: str, text: str) -> None:
        """A person comments."""

    def fail(self, status: int) -> None:
        """Let the next call fail with nothing done."""

    def lose_answer(self) -> None:
        """Let the next call be done and its answer be lost."""

    def commit_then_503(self) -> None:
        """Let the next create be saved and fail."""


class FakeRig:
    """The fake, played from inside."""

    def __init__(self) -> None:
        self.clock = FakeClock(START)
        self.fake = FakeNotion(self.clock)
        self.notion: NotionWorkspace = self.fake
        self.root = self.fake.root
        self.ada = self.fake.as_person("Ada")
        self.person = self.ada.id

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.advance(seconds)

    def limit_queries(self, rows: int) -> None:
        """Set the limit."""
        self.fake.query_limit = rows

    def create(self, source: DataSource, title: str, markdown: str = "") -> str:
        """Make a row."""
        return self.ada.create_row(source.id, {"Name": title}, markdown)

    def set_title(self, page_id: str, title: str) -> None:
        """Rename a row."""
        self.ada.set_value(page_id, "Name", title)

    def edit_text(self, page_id: str, old: str, new: str) -> None:
        """Edit a body."""
        self.ada.edit_text(page_id, old, new)

    def add_unknown_block(self, page_id: str) -> None:
        """Add a block."""
        self.ada.add_unknown_block(page_id)

    def act(self, action: str, identity: str) -> None:
        """Do it."""
        if action == "unarchive":
            self.ada.archive(identity, archived=False)
        else:
            getattr(self.ada, action)(identity)

    def move_away(self, page_id: str) -> None:
        """Move it."""
        self.ada.move(page_id, self.root)

    def comment(self, page_id: str, text: str) -> None:
        """Comment on it."""
        self.ada.comment(page_id, text)

    def fail(self, status: int) -> None:
        """Order the error that stands for the status."""
        errors: dict[int, NexusError] = {
            401: UpstreamRejected("token", "notion"),
            403: Forbidden("capability"),
            409: UpstreamUnavailable("busy", "notion"),
            429: RateLimited("slower", 30.0),
            503: UpstreamUnavailable("down", "notion"),
            529: RateLimited("overloaded", 30.0),
        }
        self.fake.fail_next(1, errors[status])

    def lose_answer(self) -> None:
        """Order it."""
        self.fake.lose_answers(1, UpstreamUnavailable("lost", "notion"))

    def commit_then_503(self) -> None:
        """Order it."""
        self.fake.commit_then_503()


class StandInRig:
    """The adapter on the stand-in, whose people are ordered over its control address."""

    def __init__(self, stand_in: StandIn) -> None:
        self.control = httpx.Client(base_url=f"http://{stand_in.control}")
        self.order("/reset")
        self.order("/clock", at=START.isoformat())
        self.order("/settings", rate_limit=0)
        known = self.control.get("/info").json()
        self.root, self.person = known["parent_page_id"], known["user_id"]
        self.base_url, self.token = f"http://{stand_in.address}", known["token"]
        self.client = NotionClient(self.token, self.base_url)
        self.notion: NotionWorkspace = self.client

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()
        self.control.close()

    def order(self, where: str, /, **fields: Any) -> Any:
        """Post an order to the control address."""
        answer = self.control.post(where, json=fields)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def edit(self, action: str, **fields: Any) -> Any:
        """Let the person of the seed do something."""
        return self.order("/edits", action=action, **fields)

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.order("/clock", move_s=seconds)

    def limit_queries(self, rows: int) -> None:
        """Set the limit."""
        self.order("/settings", query_limit=rows)

    def create(self, source: DataSource, title: str, markdown: str = "") -> str:
        """Make a row."""
        parent = {"data_source_id": source.id}
        made = self.edit("create", parent=parent, title=title, markdown=markdown)
        return str(made["id"])

    def set_title(self, page_id: str, title: str) -> None:
        """Rename a row."""
        self.edit("properties", id=page_id, title=title)

    def edit_text(self, page_id: str, old: str, new: str) -> None:
        """Edit a body."""
        self.edit("markdown", id=page_id, old_str=old, new_str=new)

    def add_unknown_block(self, page_id: str) -> None:
        """Add a block."""
        self.edit("markdown", id=page_id, blocks=[{"type": "breadcrumb", "breadcrumb": {}}])

    def act(self, action: str, identity: str) -> None:
        """Do it."""
        self.edit(action, id=identity)

    def move_away(self, page_id: str) -> None:
        """Move it."""
        self.edit("move", id=page_id, parent={"page_id": self.root})

    def comment(self, page_id: str, text: str) -> None:
        """Comment on it."""
        self.edit("comment", id=page_id, text=text)

    def fail(self, status: int) -> None:
        """Order an error answer, enough for the adapter's repetitions, too."""
        times = 3 if status == 503 else 1
        self.order("/faults", status=status, times=times, retry_after=30)

    def lose_answer(self) -> None:
        """Order a cut after the request was carried out."""
        self.order("/faults", kind="close")

    def commit_then_503(self) -> None:
        """Order it."""
        self.order("/faults", status=503, apply=True)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    """Notion's stand-in."""
    with running("notion_standin") as started:
        yield started


@pytest.fixture
def played(stand_in: StandIn) -> Iterator[StandInRig]:
    """The adapter on the stand-in after a reset, closed at the end."""
    rig = StandInRig(stand_in)
    yield rig
    rig.close()


@pytest.fixture(params=["fake", "notion"])
def rig(request: pytest.FixtureRequest) -> Rig:
    """Each implementation of the port."""
    if request.param == "fake":
        return FakeRig()
    ordered: Rig = request.getfixturevalue("played")
    return ordered


@pytest.fixture
def tasks(rig: Rig) -> DataSource:
    """A table with a column of each kind."""
    return rig.notion.create_database(rig.root, "Tasks", COLUMNS)


def id_of(source: DataSource, name: str) -> str:
    """The id of a column."""
    column = source.property(name)
    assert column is not None, name
    return column.id


def by_id(source: DataSource, **values: Value) -> dict[str, Value]:
    """Values by property id, from values by name."""
    return {id_of(source, name): value for name, value in values.items()}


def by_name(source: DataSource, row: Row) -> Mapping[str, Value]:
    """The values of a row by the names of their properties."""
    return {column.name: row.values[column.id] for column in source.properties}


def listed(rig: Rig, source: DataSource, **query: Any) -> list[str]:
    """The titles of all rows, page by page."""
    titles: list[str] = []
    wanted: RowQuery | None = RowQuery(data_source_id=source.id, **query)
    while wanted is not None:
        rows = rig.notion.query(wanted)
        titles += [row.title for row in rows.rows]
        wanted = replace(wanted, cursor=rows.cursor) if rows.cursor else None
    return titles


def test_the_connection_and_people_are_known(rig: Rig) -> None:
    bot = rig.notion.me()
    assert bot.id
    assert bot.workspace_name
    assert rig.notion.user(bot.id).bot
    person = rig.notion.user(rig.person)
    assert (person.id, person.bot) == (rig.person, False)
    assert person.name
    with pytest.raises(NotFound):
        rig.notion.user(str(uuid4()))


def test_a_database_is_made_with_its_columns_and_found_again(rig: Rig, tasks: DataSource) -> None:
    assert tasks.title == "Tasks"
    assert {column.name: column.kind for column in tasks.properties} == {
        column.name: column.kind for column in COLUMNS
    }
    state = tasks.property("State")
    assert state is not None
    assert state.options == ("Open", "Done")
    assert rig.notion.data_source(tasks.id) == tasks
    assert rig.notion.data_source(tasks.id.replace("-", "")) == tasks
    (source,) = rig.notion.data_sources_of(tasks.database_id)
    assert (source.id, source.kind) == (tasks.id, "data_source")
    inside = {child.id: (child.title, child.kind) for child in rig.notion.children(rig.root)}
    assert inside[tasks.database_id] == ("Tasks", "database")
    found = rig.notion.search("Tasks", "data_source")
    assert tasks.id in [each.id for each in found]


def test_a_database_without_a_title_column_gets_one(rig: Rig) -> None:
    made = rig.notion.create_database(rig.root, "Plain", [])
    assert [column.kind for column in made.properties] == ["title"]


def test_columns_are_added_and_those_that_exist_stay(rig: Rig, tasks: DataSource) -> None:
    more = [
        Property(id="", name="Notes", kind="number"),
        Property(id="", name="Nexus ID", kind="rich_text"),
    ]
    after = rig.notion.add_properties(tasks.id, more)
    added = after.property("Nexus ID")
    assert added is not None
    assert added.kind == "rich_text"
    assert after.property("Notes") == tasks.property("Notes")
    assert rig.notion.add_properties(tasks.id, more) == after


def test_every_kind_of_value_comes_back_as_it_was_written(rig: Rig, tasks: DataSource) -> None:
    written: dict[str, Value] = {
        "Name": "A *title* & more",
        "Notes": "plain, **bold**, `code`, [a link](https://example.com/x_y) and snake_case",
        "Count": 2.5,
        "State": "Done",
        "Tags": ("a", "new"),
        "Due": "2026-11-22T10:00:00.000+01:00/2026-11-23T10:00:00.000+01:00",
        "Ready": True,
        "Link": "https://example.com/?a=1&b=2",
        "Mail": "ada@example.com",
        "Phone": "+1 555 0100",
    }
    made = rig.notion.create_row(tasks, by_id(tasks, **written), "")
    row = rig.notion.row(made.id)
    shown = dict(by_name(tasks, row))
    assert shown.pop("Key") == "TASK-1"
    assert shown.pop("Owner") == ()
    assert shown == written
    assert row.title == "A *title* & more"
    assert rig.notion.query(RowQuery(data_source_id=tasks.id)).rows == (row,)


def test_people_are_written_and_read_with_their_ids(rig: Rig, tasks: DataSource) -> None:
    owner = id_of(tasks, "Owner")
    made = rig.notion.create_row(tasks, {owner: (f"Anybody <{rig.person}>",)}, "")
    people = made.values[owner]
    assert isinstance(people, tuple)
    (shown,) = people
    assert shown.endswith(f"<{rig.person}>")
    again = rig.notion.update_row(tasks, made.id, {owner: (shown,)})
    assert again.values[owner] == (shown,)


def test_every_value_can_be_emptied(rig: Rig, tasks: DataSource) -> None:
    full = by_id(
        tasks, Name="x", Notes="x", Count=1, State="Open", Tags=("a",), Due="2026-11-22",
        Owner=(f"A <{rig.person}>",), Ready=True, Link="https://e.com", Mail="a@e.com", Phone="1",
    )  # fmt: skip
    made = rig.notion.create_row(tasks, full, "")
    assert made.values[id_of(tasks, "Due")] == "2026-11-22"
    row = rig.notion.update_row(tasks, made.id, dict.fromkeys(full))
    values = dict(by_name(tasks, row))
    del values["Key"]
    assert values.pop("Ready") is False
    assert values.pop("Tags") == values.pop("Owner") == ()
    assert set(values.values()) == {None}
    assert row.title == ""


def test_only_what_is_set_changes(rig: Rig, tasks: DataSource) -> None:
    made = rig.notion.create_row(tasks, by_id(tasks, Name="One", Count=1, Notes="n"), "text")
    row = rig.notion.update_row(tasks, made.id, by_id(tasks, Count=2))
    shown = by_name(tasks, row)
    assert (shown["Name"], shown["Count"], shown["Notes"]) == ("One", 2, "n")
    assert rig.notion.body(made.id).markdown == "text"


def test_an_option_that_does_not_exist_is_made(rig: Rig, tasks: DataSource) -> None:
    rig.notion.create_row(tasks, by_id(tasks, State="Later"), "")
    state = rig.notion.data_source(tasks.id).property("State")
    assert state is not None
    assert "Later" in state.options


@pytest.mark.parametrize(
    "values",
    [
        {"Tags": tuple(f"t{number}" for number in range(101))},
        {"Count": "many"},
        {"Name": "x" * 200_001},
        {"Due": "soon"},
        {"Owner": ("Ada",)},
    ],
)
def test_values_that_cannot_be_expressed_are_invalid(
    rig: Rig, tasks: DataSource, values: dict[str, Value]
) -> None:
    with pytest.raises(InvalidRequest):
        rig.notion.create_row(tasks, by_id(tasks, **values), "")
    assert listed(rig, tasks) == []


def test_a_value_that_notion_refuses_is_rejected_whole(rig: Rig, tasks: DataSource) -> None:
    made = rig.notion.create_row(tasks, by_id(tasks, Count=1), "")
    with pytest.raises(UpstreamRejected):
        rig.notion.update_row(tasks, made.id, by_id(tasks, Count=2, State="a, b"))
    assert rig.notion.row(made.id) == made


def test_a_column_that_is_gone_or_changed_refuses_values(rig: Rig, tasks: DataSource) -> None:
    stale = replace(
        tasks,
        properties=(
            *tasks.properties,
            Property(id="gone", name="Gone", kind="number"),
        ),
    )
    with pytest.raises(UpstreamRejected):
        rig.notion.create_row(stale, {"gone": 1}, "")
    other = [
        replace(each, kind="number") if each.name == "Notes" else each for each in tasks.properties
    ]
    with pytest.raises(UpstreamRejected):
        rig.notion.create_row(replace(tasks, properties=tuple(other)), by_id(tasks, Notes=1), "")
    with pytest.raises(InvalidRequest):
        rig.notion.create_row(tasks, {"unknown": 1}, "")


def test_times_are_rounded_down_to_the_minute_and_the_editor_is_told(
    rig: Rig, tasks: DataSource
) -> None:
    page = rig.create(tasks, "One")
    row = rig.notion.row(page)
    assert row.created_at == row.edited_at == START.replace(second=0)
    assert row.edited_by == rig.person
    rig.advance(100)
    after = rig.notion.update_row(tasks, page, by_id(tasks, Count=1))
    assert after.edited_at == START.replace(second=0) + timedelta(minutes=2)
    assert after.created_at == row.created_at
    assert after.edited_by == rig.notion.me().id


def test_a_query_gives_pages_of_rows_in_order(rig: Rig, tasks: DataSource) -> None:
    for number in range(5):
        rig.create(tasks, f"{number}")
        rig.advance(60)
    first = rig.notion.query(RowQuery(data_source_id=tasks.id))
    assert first.cursor is None
    assert first.complete
    assert listed(rig, tasks, page_size=2) == ["0", "1", "2", "3", "4"]
    rig.set_title(first.rows[1].id, "1 again")
    assert listed(rig, tasks, order="edited", page_size=3) == ["0", "2", "3", "4", "1 again"]


def test_a_query_filters_by_time_inclusively_and_by_text(rig: Rig, tasks: DataSource) -> None:
    for number in range(3):
        rig.notion.create_row(tasks, by_id(tasks, Name=f"{number}", Notes=f"key{number}"), "")
        rig.advance(60)
    second = START.replace(second=0) + timedelta(minutes=1)
    assert listed(rig, tasks, created_from=second) == ["1", "2"]
    assert listed(rig, tasks, edited_from=second, order="edited") == ["1", "2"]
    notes = id_of(tasks, "Notes")
    assert listed(rig, tasks, text_equals=(notes, "key1")) == ["1"]
    assert listed(rig, tasks, text_equals=(notes, "key")) == []
    assert listed(rig, tasks, text_equals=("title", "2")) == ["2"]


def test_a_query_finds_a_row_by_the_number_of_its_unique_id(rig: Rig, tasks: DataSource) -> None:
    made = [rig.notion.create_row(tasks, by_id(tasks, Name=f"{n}"), "") for n in range(3)]
    key = id_of(tasks, "Key")
    assert made[1].values[key] == "TASK-2"
    assert listed(rig, tasks, unique_id=(key, 2)) == ["1"]
    assert listed(rig, tasks, unique_id=(key, 4)) == []


def test_a_slim_query_has_ids_times_and_no_values(rig: Rig, tasks: DataSource) -> None:
    made = rig.notion.create_row(tasks, by_id(tasks, Name="One", Count=1), "")
    (row,) = rig.notion.query(RowQuery(data_source_id=tasks.id, slim=True)).rows
    assert row == replace(made, values={})


def test_a_query_that_is_cut_says_so(rig: Rig, tasks: DataSource) -> None:
    for number in range(4):
        rig.create(tasks, f"{number}")
    rig.limit_queries(3)
    first = rig.notion.query(RowQuery(data_source_id=tasks.id, page_size=2))
    second = rig.notion.query(RowQuery(data_source_id=tasks.id, page_size=2, cursor=first.cursor))
    assert (len(first.rows), first.complete) == (2, True)
    assert (len(second.rows), second.complete, second.cursor) == (1, False, None)


@pytest.mark.parametrize(
    ("away", "back"), [("trash", "restore"), ("archive", "unarchive"), ("unshare", "share")]
)
def test_rows_that_are_away_vanish_from_queries_and_come_back(
    rig: Rig, tasks: DataSource, away: str, back: str
) -> None:
    page = rig.create(tasks, "One", "text")
    rig.act(away, page)
    assert listed(rig, tasks) == []
    if away == "unshare":
        for look in (rig.notion.row, rig.notion.body, rig.notion.comments):
            with pytest.raises(NotFound):
                look(page)
    else:
        row = rig.notion.row(page)
        assert (row.in_trash, row.archived) == (away == "trash", away == "archive")
        assert row.parent == tasks.id
    rig.act(back, page)
    assert listed(rig, tasks) == ["One"]


def test_an_unshared_table_is_not_found_with_all_its_rows(rig: Rig, tasks: DataSource) -> None:
    page = rig.create(tasks, "One")
    rig.act("unshare", tasks.id)
    with pytest.raises(NotFound):
        rig.notion.data_source(tasks.id)
    with pytest.raises(NotFound):
        listed(rig, tasks)
    with pytest.raises(NotFound):
        rig.notion.row(page)
    rig.act("share", tasks.id)
    assert listed(rig, tasks) == ["One"]


def test_the_connection_trashes_and_restores_rows(rig: Rig, tasks: DataSource) -> None:
    page = rig.create(tasks, "One", "text")
    assert rig.notion.update_row(tasks, page, {}, in_trash=True).in_trash
    assert listed(rig, tasks) == []
    with pytest.raises(UpstreamRejected):
        rig.notion.edit_body(page, [Replacement(old="text", new="other")])
    assert not rig.notion.update_row(tasks, page, {}, in_trash=False).in_trash
    assert listed(rig, tasks) == ["One"]


def test_a_row_that_was_moved_away_has_another_parent(rig: Rig, tasks: DataSource) -> None:
    page = rig.create(tasks, "One")
    rig.move_away(page)
    assert listed(rig, tasks) == []
    row = rig.notion.row(page)
    assert (row.parent, row.title) == (None, "One")


def test_a_row_is_moved_to_another_table(rig: Rig, tasks: DataSource) -> None:
    docs = rig.notion.create_database(
        rig.root, "Docs", [Property(id="", name="Notes", kind="rich_text")]
    )
    made = rig.notion.create_row(tasks, by_id(tasks, Name="One", Notes="n", Count=1), "text")
    moved = rig.notion.move_row(made.id, docs.id)
    assert (moved.id, moved.parent, moved.title) == (made.id, docs.id, "One")
    assert moved.values == by_id(docs, Name="One", Notes="n")
    assert rig.notion.body(made.id).markdown == "text"
    assert (listed(rig, tasks), listed(rig, docs)) == ([], ["One"])


def test_a_page_that_was_never_there_is_not_found(rig: Rig, tasks: DataSource) -> None:
    nobody = str(uuid4())
    with pytest.raises(NotFound):
        rig.notion.row(nobody)
    with pytest.raises(NotFound):
        rig.notion.data_source(nobody)
    with pytest.raises(NotFound):
        rig.notion.update_row(tasks, nobody, by_id(tasks, Count=1))
    with pytest.raises(NotFound):
        rig.notion.query(RowQuery(data_source_id=nobody))
    with pytest.raises(InvalidRequest):
        rig.notion.row("no id at all")


def test_a_body_is_rewritten_once_and_then_stays(rig: Rig, tasks: DataSource) -> None:
    written = "# Plan\n\nSome *text*, AT&amp;T.\n\n* one\n* two\n\n1. a\n1. b\n\n\n"
    page = rig.notion.create_row(tasks, by_id(tasks, Name="One"), written).id
    first = rig.notion.body(page)
    assert (first.truncated, first.unknown) == (False, ())
    assert "# Plan" in first.markdown
    assert "- one\n- two" in first.markdown
    assert "1. a\n2. b" in first.markdown
    assert not first.markdown.endswith("\n\n")
    again = rig.notion.replace_body(page, first.markdown)
    assert again.markdown == first.markdown
    assert rig.notion.row(page).title == "One"


def test_a_heading_of_the_body_is_never_taken_for_the_title(rig: Rig, tasks: DataSource) -> None:
    made = rig.notion.create_row(tasks, {}, "# Heading\n\ntext")
    assert (made.title, rig.notion.body(made.id).markdown) == ("", "# Heading\n\ntext")


def test_parts_of_a_body_are_replaced_in_one_call(rig: Rig, tasks: DataSource) -> None:
    page = rig.create(tasks, "One", "first\n\nsecond\n\nthird")
    parts = [Replacement(old="first", new="1st"), Replacement(old="third", new="3rd\n\n4th")]
    assert rig.notion.edit_body(page, parts).markdown == "1st\n\nsecond\n\n3rd\n\n4th"
    assert rig.notion.body(page).markdown == "1st\n\nsecond\n\n3rd\n\n4th"


@pytest.mark.parametrize("old", ["gone", "twice"])
def test_an_edit_of_what_is_not_there_exactly_once_is_stale(
    rig: Rig, tasks: DataSource, old: str
) -> None:
    page = rig.create(tasks, "One", "twice and twice")
    with pytest.raises(StaleWrite):
        rig.notion.edit_body(page, [Replacement(old=old, new="x")])
    assert rig.notion.body(page).markdown == "twice and twice"


def test_an_edit_that_is_partly_stale_does_all_or_leaves_that_part_out(
    rig: Rig, tasks: DataSource
) -> None:
    page = rig.create(tasks, "One", "one two")
    parts = [Replacement(old="gone", new="x"), Replacement(old="one", new="1")]
    try:
        answer = rig.notion.edit_body(page, parts).markdown
    except StaleWrite:
        answer = "one two"
    else:
        assert answer == "1 two"
    assert rig.notion.body(page).markdown == answer


def test_an_edit_without_a_text_to_replace_is_invalid(rig: Rig, tasks: DataSource) -> None:
    page = rig.create(tasks, "One", "text")
    for parts in ([], [Replacement(old="", new="x")]):
        with pytest.raises(InvalidRequest):
            rig.notion.edit_body(page, parts)


def test_an_edit_of_a_person_shows_in_the_body(rig: Rig, tasks: DataSource) -> None:
    page = rig.create(tasks, "One", "old text")
    rig.edit_text(page, "old", "new")
    assert rig.notion.body(page).markdown == "new text"


def test_what_markdown_cannot_carry_is_told_and_survives_an_edit(
    rig: Rig, tasks: DataSource
) -> None:
    page = rig.create(tasks, "One", "before")
    rig.add_unknown_block(page)
    body = rig.notion.body(page)
    assert len(body.unknown) == 1
    edited = rig.notion.edit_body(page, [Replacement(old="before", new="after")])
    assert edited.unknown == body.unknown
    assert "after" in edited.markdown


def test_comments_are_made_and_read(rig: Rig, tasks: DataSource) -> None:
    page = rig.create(tasks, "One")
    rig.comment(page, "from Ada")
    made = rig.notion.comment(page, "from the connection")
    shown = [(each.text, each.by) for each in rig.notion.comments(page)]
    bot = rig.notion.me().id
    assert shown == [("from Ada", rig.person), ("from the connection", bot)]
    assert made.id in [each.id for each in rig.notion.comments(page)]


def related(rig: Rig, tasks: DataSource, synced: str | None) -> tuple[DataSource, str]:
    """The table with a relation to itself, and the relation's id."""
    column = Property(id="", name="Needs", kind="relation", target=tasks.id, synced=synced)
    after = rig.notion.add_properties(tasks.id, [column])
    return after, id_of(after, "Needs")


def test_a_relation_shows_25_references_and_gives_all_when_asked(
    rig: Rig, tasks: DataSource
) -> None:
    source, needs = related(rig, tasks, None)
    targets = tuple(rig.create(source, f"{number}") for number in range(30))
    made = rig.notion.create_row(source, {needs: targets}, "")
    row = rig.notion.row(made.id)
    assert row.values[needs] == targets[:25]
    assert row.truncated == {needs}
    assert rig.notion.references(made.id, needs) == targets
    few = rig.notion.update_row(source, made.id, {needs: targets[:25]})
    assert (few.values[needs], few.truncated) == (targets[:25], frozenset())


def test_a_two_way_relation_changes_both_sides(rig: Rig, tasks: DataSource) -> None:
    source, needs = related(rig, tasks, "")
    column = source.property("Needs")
    assert column is not None
    assert column.target == tasks.id
    back = column.synced
    assert back in [each.id for each in source.properties]
    first, second = rig.create(source, "1"), rig.create(source, "2")
    rig.notion.update_row(source, first, {needs: (second,)})
    assert rig.notion.row(second).values[back] == (first,)
    rig.notion.update_row(source, first, {needs: ()})
    assert rig.notion.row(second).values[back] == ()


def test_a_relation_to_what_is_in_the_trash_does_not_show(rig: Rig, tasks: DataSource) -> None:
    source, needs = related(rig, tasks, None)
    first, second = rig.create(source, "1"), rig.create(source, "2")
    page = rig.notion.create_row(source, {needs: (first, second)}, "").id
    rig.act("trash", first)
    assert rig.notion.row(page).values[needs] == (second,)
    rig.act("restore", first)
    assert rig.notion.row(page).values[needs] == (first, second)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, UpstreamRejected),
        (403, Forbidden),
        (409, UpstreamUnavailable),
        (429, RateLimited),
        (503, UpstreamUnavailable),
        (529, RateLimited),
    ],
)
def test_a_failure_raises_and_the_next_call_may_succeed(
    rig: Rig, status: int, error: type[NexusError]
) -> None:
    rig.fail(status)
    with pytest.raises(error) as failed:
        rig.notion.me()
    if isinstance(failed.value, RateLimited):
        assert failed.value.retry_after_s == 30.0
    assert rig.notion.me().id


def test_a_write_whose_answer_is_lost_was_done_once(rig: Rig, tasks: DataSource) -> None:
    rig.lose_answer()
    with pytest.raises(UpstreamUnavailable):
        rig.notion.create_row(tasks, by_id(tasks, Name="One"), "")
    assert listed(rig, tasks) == ["One"]


def test_a_create_that_was_saved_although_it_failed_tells_its_id(
    rig: Rig, tasks: DataSource
) -> None:
    rig.commit_then_503()
    with pytest.raises(CommittedButUnread) as saved:
        rig.notion.create_row(tasks, by_id(tasks, Name="One"), "text")
    assert rig.notion.row(saved.value.page_id).title == "One"
    assert rig.notion.body(saved.value.page_id).markdown == "text"
    assert listed(rig, tasks) == ["One"]


def test_the_adapter_gives_up_in_time(played: StandInRig) -> None:
    patient = NotionClient(played.token, played.base_url, timeout_s=1.0)
    tasks = patient.create_database(played.root, "Tasks", COLUMNS)
    played.order("/faults", kind="timeout", method="POST")
    with pytest.raises(UpstreamTimeout):
        patient.create_row(tasks, by_id(tasks, Name="One"), "")
    assert listed(played, tasks) == ["One"]
    patient.close()


def test_the_adapter_repeats_a_query_whose_connection_was_cut(played: StandInRig) -> None:
    tasks = played.notion.create_database(played.root, "Tasks", COLUMNS)
    played.create(tasks, "One")
    played.order("/faults", kind="close", path="/query$")
    assert listed(played, tasks) == ["One"]


def test_the_adapter_tells_a_wrong_token_from_a_limit(played: StandInRig) -> None:
    stranger = NotionClient("ntn_nobody", played.base_url)
    with pytest.raises(UpstreamRejected, match="token"):
        stranger.me()
    stranger.close()
    told: list[float] = []
    client = NotionClient(played.token, played.base_url, on_limited=told.append)
    played.order("/settings", rate_limit=2)
    client.me()
    client.me()
    with pytest.raises(RateLimited) as limited:
        client.me()
    assert told == [limited.value.retry_after_s]
    assert 0 < told[0] <= 60
    client.close()


def test_the_adapter_never_deletes_pages_that_lie_in_a_page(played: StandInRig) -> None:
    tasks = played.notion.create_database(played.root, "Tasks", COLUMNS)
    page = played.create(tasks, "One", "text")
    played.edit("create", parent={"page_id": page}, title="Inside")
    with pytest.raises(UpstreamRejected, match="lie in the page"):
        played.notion.replace_body(page, "new")
    assert [child.title for child in played.notion.children(page)] == ["Inside"]


def test_the_adapter_counts_every_request_that_it_sends(played: StandInRig) -> None:
    counted: list[None] = []
    client = NotionClient(played.token, played.base_url, lambda: counted.append(None))
    played.control.delete("/requests")
    tasks = client.create_database(played.root, "Tasks", COLUMNS)
    played.order("/faults", status=500, path="/query$")
    client.query(RowQuery(data_source_id=tasks.id))
    requests = played.control.get("/requests").json()["requests"]
    assert len(counted) == len(requests)
    client.close()
