"""One property's value in two spellings: the file's and Notion's."""

import pytest

from shared.ports.notion import DataSource, Property, Value
from shared.sync.fields import (
    Places,
    UnusableValueError,
    empty,
    from_plain,
    key_of,
    same,
    synced,
    to_plain,
)
from shared.sync.properties import alike, as_plain, as_text

PAGE = "0000000a-0000-4000-8000-00000000000a"
PLACES = Places(path_of={PAGE: "notion/docs/a.md"}, page_of={"notion/docs/a.md": PAGE})
ADA = "Ada <0000000b-0000-4000-8000-00000000000b>"


def prop(kind: str, *options: str) -> Property:
    return Property(id="p1", name="Field", kind=kind, options=options)


BOTH_WAYS: list[tuple[str, object, Value]] = [
    ("rich_text", "some *text*", "some *text*"),
    ("number", 3, 3),
    ("number", 2.5, 2.5),
    ("number", 0, 0),
    ("select", "red", "red"),
    ("status", "red", "red"),
    ("multi_select", ["red", "blue"], ("red", "blue")),
    ("date", "2026-11-22", "2026-11-22"),
    ("date", "2026-11-22/2026-11-30", "2026-11-22/2026-11-30"),
    ("date", "2026-11-22T10:00:00.000+01:00", "2026-11-22T10:00:00.000+01:00"),
    ("people", [ADA], (ADA,)),
    ("checkbox", True, True),
    ("url", "https://example.com", "https://example.com"),
    ("email", "a@example.com", "a@example.com"),
    ("phone_number", "+49 30 1", "+49 30 1"),
    ("relation", ["notion/docs/a.md"], (PAGE,)),
]


@pytest.mark.parametrize(("kind", "plain", "value"), BOTH_WAYS)
def test_a_value_comes_back_as_it_went(kind: str, plain: object, value: Value) -> None:
    column = prop(kind, "red", "blue")
    assert from_plain(column, plain, PLACES, False) == value
    assert to_plain(column, value, PLACES) == plain


@pytest.mark.parametrize(
    ("kind", "plain", "value"),
    [
        ("multi_select", "red", ("red",)),
        ("multi_select", ["red", "red"], ("red",)),
        ("relation", "/notion/docs/a.md ", (PAGE,)),
        ("relation", [PAGE], (PAGE,)),
        ("rich_text", 12, "12"),
        ("rich_text", True, "true"),
        ("checkbox", False, False),
        ("checkbox", None, None),
        ("select", "", None),
        ("multi_select", [], None),
        ("number", None, None),
    ],
)
def test_other_spellings_mean_the_same(kind: str, plain: object, value: Value) -> None:
    assert from_plain(prop(kind, "red"), plain, PLACES, False) == value


@pytest.mark.parametrize(
    ("kind", "plain", "code", "detail"),
    [
        ("number", "3", "invalid_value", "`Field` needs a number."),
        ("number", True, "invalid_value", "`Field` needs a number."),
        ("checkbox", "yes", "invalid_value", "`Field` needs true or false."),
        ("checkbox", 1, "invalid_value", "`Field` needs true or false."),
        ("rich_text", ["a"], "invalid_value", "`Field` needs one value."),
        ("date", "tomorrow", "invalid_value", "`Field` needs a date such as 2026-11-22"),
        ("date", 20261122, "invalid_value", "`Field` needs a date"),
        ("people", ["Ada"], "invalid_value", "`Field` needs people as `Name <user id>`."),
        ("multi_select", [["red"]], "invalid_value", "`Field` needs a list of texts."),
        ("multi_select", ["green"], "unknown_option", "use one of: red"),
        ("select", "green", "unknown_option", "use one of: red"),
        ("status", "green", "unknown_option", "use one of: red"),
        ("relation", ["notion/docs/b.md"], "unresolved_relation", "notion/docs/b.md"),
        ("formula", "x", "invalid_value", "`Field` needs one value."),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_to_do(
    kind: str, plain: object, code: str, detail: str
) -> None:
    with pytest.raises(UnusableValueError) as caught:
        from_plain(prop(kind, "red"), plain, PLACES, False)
    assert caught.value.code == code
    assert detail in caught.value.detail


@pytest.mark.parametrize(("kind", "made"), [("select", True), ("status", False)])
def test_options_are_made_where_that_is_wanted_and_possible(kind: str, made: bool) -> None:
    if made:
        assert from_plain(prop(kind, "red"), "green", PLACES, True) == "green"
    else:
        with pytest.raises(UnusableValueError):
            from_plain(prop(kind, "red"), "green", PLACES, True)


def test_a_related_page_without_file_is_shown_by_its_id() -> None:
    assert to_plain(prop("relation"), (PAGE, "other"), PLACES) == ["notion/docs/a.md", "other"]


@pytest.mark.parametrize("value", [None, False, "", (), []])
def test_nothing_has_many_spellings(value: object) -> None:
    assert empty(value)
    assert alike(value, None)


@pytest.mark.parametrize("value", [0, True, "0", ("a",), ["a"], 0.0])
def test_something_is_not_nothing(value: object) -> None:
    assert not empty(value)
    assert not alike(value, None)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (("a", "b"), ("b", "a"), True),
        (("a",), ("a", "b"), False),
        (1, 1.0, True),
        (1, True, False),
        (None, False, True),
        ("a", "A", False),
    ],
)
def test_values_are_the_same_however_they_are_ordered(
    one: Value, other: Value, equal: bool
) -> None:
    assert same(one, other) is same(other, one) is equal
    listed = [list(each) if isinstance(each, tuple) else each for each in (one, other)]
    assert alike(*listed) is equal


@pytest.mark.parametrize(
    ("name", "taken", "key"),
    [
        ("Status", {}, "Status"),
        (" Status ", {}, "Status"),
        ("id", {}, "id (property)"),
        ("title", {}, "title (property)"),
        ("Title", {}, "Title"),
        ("Status", {"p0": "Status"}, "Status (property)"),
        ("", {}, "p1"),
        ("id", {"p0": "id (property)"}, "id (property) (property)"),
    ],
)
def test_a_key_is_the_name_unless_it_is_taken(name: str, taken: dict[str, str], key: str) -> None:
    column = Property(id="p1", name=name, kind="rich_text")
    assert key_of(column, taken) == key


def test_what_files_carry_of_a_data_source() -> None:
    columns = (
        Property(id="title", name="Name", kind="title"),
        Property(id="a", name="Nexus ID", kind="rich_text"),
        Property(id="b", name="Text", kind="rich_text"),
        Property(id="c", name="Made", kind="created_time"),
        Property(id="d", name="No", kind="unique_id"),
        Property(id="e", name="Next", kind="relation", synced="f"),
        Property(id="f", name="Previous", kind="relation", synced="e"),
    )
    source = DataSource(id="s", database_id="d", title="T", url="", properties=columns)
    assert [each.name for each in synced(source)] == ["Text", "No", "Next"]


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        ("multi_select", ["a", "b"]),
        ("checkbox", True),
        ("number", 3),
        ("number", -2.5),
        ("rich_text", "text"),
        ("select", None),
    ],
)
def test_a_value_shown_in_a_conflict_can_be_given_back_as_a_choice(
    kind: str, plain: object
) -> None:
    assert as_plain(prop(kind), as_text(plain)) == plain


def test_a_choice_that_is_no_number_stays_a_text_to_be_refused() -> None:
    assert as_plain(prop("number"), "many") == "many"
