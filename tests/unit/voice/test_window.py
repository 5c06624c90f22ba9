"""The last ten commands, each at most 16 KiB."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.voice.window import (
    MAX_COMMAND_BYTES,
    WINDOW_SIZE,
    Command,
    Window,
    window_path,
)

AT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def command(number: int = 1, **fields: str | None) -> Command:
    """A small command, or one with other fields."""
    values: dict[str, str | None] = {
        "transcript": f"command {number}",
        "intent": "create",
        "language": "python",
        "filename": "a.py",
        "code": "x = 1\n",
        "explanation": "Sets x.",
    }
    return Command(interaction_id=f"{number:028x}", at=AT, **(values | fields))  # type: ignore[arg-type]


def kept(one: Command) -> Command:
    """The command as the window keeps it."""
    return Window().add(one).commands[0]


def test_the_eleventh_command_pushes_the_first_out() -> None:
    window = Window()
    for number in range(1, 12):
        window = window.add(command(number))
    assert [c.transcript for c in window.commands] == [f"command {n}" for n in range(2, 12)]
    assert len(window.commands) == WINDOW_SIZE
    assert window.count == 11


def test_the_same_command_again_replaces_the_first_and_is_the_newest() -> None:
    window = Window().add(command(1)).add(command(2)).add(command(1, code="y = 2\n"))
    assert [(c.transcript, c.code) for c in window.commands] == [
        ("command 2", "x = 1\n"),
        ("command 1", "y = 2\n"),
    ]


def test_dropping_takes_the_newest_and_nothing_from_an_empty_window() -> None:
    window = Window().add(command(1)).add(command(2)).drop(command(2).interaction_id)
    assert [c.transcript for c in window.commands] == ["command 1"]
    assert window.count == 3
    assert Window().drop("x").commands == ()


def test_clearing_keeps_when_and_raises_the_count() -> None:
    window = Window().add(command()).clear(AT)
    assert (window.commands, window.count, window.cleared_at) == ((), 2, AT)
    assert window.add(command()).cleared_at == AT


def test_a_small_command_is_kept_as_it_is() -> None:
    assert kept(command()) == command()


_LONG = st.builds(
    lambda unit, times: unit * times,
    st.sampled_from(["a", "é", "日", "🎤", "x\n", "🎤é a", '"\\']),
    st.one_of(st.integers(0, 50), st.integers(0, 20_000)),
)


@given(
    transcript=_LONG,
    explanation=_LONG,
    code=_LONG,
    filename=st.one_of(st.none(), _LONG),
    language=st.one_of(st.none(), _LONG),
)
def test_no_command_is_larger_than_16_kib_as_a_whole(
    transcript: str, explanation: str, code: str, filename: str | None, language: str | None
) -> None:
    long = command(
        transcript=transcript,
        explanation=explanation,
        code=code,
        filename=filename,
        language=language,
    )
    fitted = kept(long)
    names = sum(len(name) + 1 for name in fitted.to_map())
    values = sum(len(v.encode()) for v in fitted.to_map().values() if isinstance(v, str))
    assert names + values <= fitted.size <= MAX_COMMAND_BYTES
    assert kept(fitted) == fitted
    for text, whole in (
        (fitted.transcript, transcript),
        (fitted.explanation, explanation),
        (fitted.code, code),
    ):
        assert text == whole or whole.startswith(text.removesuffix("\n… (cut)"))


def test_code_is_cut_at_a_whole_character_and_marked() -> None:
    fitted = kept(command(code="日" * 9000))
    assert fitted.is_cut
    assert fitted.code.startswith("日" * 5000)
    assert set(fitted.code.removesuffix("\n… (cut)")) == {"日"}
    assert fitted.size > MAX_COMMAND_BYTES - 4
    assert not kept(command()).is_cut


def test_a_command_of_the_limit_is_whole_and_of_one_byte_more_is_cut() -> None:
    room = MAX_COMMAND_BYTES - command(code="").size
    assert not kept(command(code="x" * room)).is_cut
    assert kept(command(code="x" * room)).size == MAX_COMMAND_BYTES
    assert kept(command(code="x" * (room + 1))).is_cut


def test_a_long_explanation_leaves_room_for_code() -> None:
    fitted = kept(command(explanation="e" * 16_000, code="x" * 9000))
    assert len(fitted.explanation) <= 4096
    assert fitted.code == "x" * 9000


def test_a_full_window_stays_well_below_the_size_of_a_document() -> None:
    window = Window()
    for number in range(12):
        window = window.add(command(number, code="🎤" * 9000, transcript="é" * 8000))
    size = len(json.dumps(window.to_document(), default=str, ensure_ascii=False).encode())
    assert size < 200 * 1024


@given(st.integers(0, 12))
def test_a_document_reads_back(count: int) -> None:
    window = Window()
    for number in range(count):
        window = window.add(command(number, language=None, filename=None))
    assert Window.from_document(window.to_document()) == window
    cleared = window.clear(AT)
    assert Window.from_document(cleared.to_document()) == cleared


def test_no_document_is_an_empty_window() -> None:
    assert Window.from_document(None) == Window.from_document({}) == Window()


def test_unknown_fields_of_a_newer_version_are_passed_over() -> None:
    data = Window().add(command()).to_document() | {"later": 1}
    data["commands"][0]["later"] = 2
    assert Window.from_document(data).commands == (command(),)


def test_clients_see_the_time_and_no_explanation() -> None:
    assert command().shown() == {
        "interaction_id": f"{1:028x}",
        "at": "2026-11-22T12:00:00.123Z",
        "transcript": "command 1",
        "intent": "create",
        "language": "python",
        "filename": "a.py",
        "code": "x = 1\n",
    }


@pytest.mark.parametrize("uid", ["demo", "user123"])
def test_the_window_lies_with_its_user(uid: str) -> None:
    assert window_path(uid) == f"users/{uid}/state/context"
