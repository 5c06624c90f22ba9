"""Interactions as documents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ports.model import ModelUsage
from shared.voice.records import (
    INTERRUPTED,
    Failure,
    Interaction,
    State,
    Timings,
    interaction_id,
)

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
_TEXT = st.text(max_size=20)
_MAYBE = st.none() | _TEXT
_MS = st.none() | st.integers(0, 10**6)
_INTERACTIONS = st.builds(
    Interaction,
    id=_TEXT,
    session_id=_TEXT,
    turn=st.integers(1, 10**6),
    created_at=_TIMES,
    deadline_at=_TIMES,
    expires_at=_TIMES,
    source=st.sampled_from(["voice", "text"]),
    transcript=_TEXT,
    raw_transcript=_TEXT,
    state=st.sampled_from(State),
    intent=_MAYBE,
    language=_MAYBE,
    filename=_MAYBE,
    result=st.none() | st.dictionaries(_TEXT, _MAYBE),
    error=st.none() | st.builds(Failure, code=_TEXT, message=_TEXT, retryable=st.booleans()),
    model=_MAYBE,
    usage=st.builds(ModelUsage, input_tokens=st.integers(0), output_tokens=st.integers(0)),
    timings=st.builds(Timings, final_to_request_ms=_MS, commit_ms=_MS, total_ms=_MS),
)


def interaction(state: State = State.RECEIVED) -> Interaction:
    """A command of noon that is dead a minute later."""
    return Interaction(
        id="i",
        session_id="s",
        turn=1,
        created_at=AT,
        deadline_at=AT + timedelta(seconds=60),
        expires_at=AT + timedelta(days=90),
        source="voice",
        transcript="t",
        raw_transcript="t",
        state=state,
    )


@given(_INTERACTIONS)
def test_a_document_reads_back(one: Interaction) -> None:
    document = one.to_document()
    assert Interaction.from_document(document) == one
    assert type(document["state"]) is str
    assert all(
        value is None or isinstance(value, str | int | datetime | dict)
        for value in document.values()
    )


def test_fields_of_a_newer_version_are_passed_over() -> None:
    failed = replace(interaction(), error=Failure(code="c", message="m", retryable=True))
    document = failed.to_document() | {"later": 1}
    for name in ("usage", "timings", "error"):
        document[name] = document[name] | {"later": 1}
    assert Interaction.from_document(document) == failed


@pytest.mark.parametrize("state", [State.RECEIVED, State.GENERATING])
def test_an_unfinished_command_past_its_deadline_has_failed(state: State) -> None:
    one = interaction(state)
    assert one.as_of(AT + timedelta(seconds=59)) is one
    dead = one.as_of(AT + timedelta(seconds=60))
    assert (dead.state, dead.error) == (State.FAILED, INTERRUPTED)


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.CANCELLED])
def test_a_finished_command_stays_what_it_is(state: State) -> None:
    one = interaction(state)
    assert one.as_of(AT + timedelta(days=1)) is one


@given(_TIMES, _TIMES, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_ids_sort_by_time(one: datetime, other: datetime, first: int, second: int) -> None:
    ids = interaction_id(one, first), interaction_id(other, second)
    assert all(len(i) == 28 and int(i, 16) >= 0 for i in ids)
    if other - one >= timedelta(milliseconds=2):
        assert ids[0] < ids[1]


def test_an_id_holds_the_milliseconds_and_64_random_bits() -> None:
    assert interaction_id(AT, 2**64 + 5) == f"{1795348800000:012x}{5:016x}"
