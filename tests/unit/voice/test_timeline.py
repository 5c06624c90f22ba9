"""Stream positions and their place in the session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.voice.timeline import Timeline


def test_without_marks_both_are_the_same() -> None:
    assert Timeline().to_session(1234) == 1234


@pytest.mark.parametrize(
    ("stream_ms", "session_ms"),
    [(0, 5000), (999, 5999), (1000, 6000), (1050, 6000), (1500, 6450), (2000, 9000), (9000, 16000)],
)
def test_padding_and_skipped_silence_shift_what_follows(stream_ms: int, session_ms: int) -> None:
    timeline = Timeline()
    timeline.mark(0, 5000)
    timeline.mark(1050, 6000)  # 50 ms of padding came before
    timeline.mark(2000, 9000)  # 2050 ms of silence were skipped
    assert timeline.to_session(stream_ms) == session_ms


def test_what_was_padded_stays_before_what_follows() -> None:
    timeline = Timeline()
    timeline.mark(0, 0)
    timeline.mark(1050, 1000)
    assert [timeline.to_session(ms) for ms in (999, 1020, 1049, 1050)] == [999, 1000, 1000, 1000]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 5000)), min_size=1, max_size=300))
def test_places_never_run_backwards_and_the_newest_marks_are_exact(
    steps: list[tuple[int, int]],
) -> None:
    timeline, stream, session, marks = Timeline(), 0, 0, []
    for length, skipped in steps:
        timeline.mark(stream, session + skipped)
        session += skipped
        marks.append((stream, session))
        stream, session = stream + length, session + length
    for at, place in marks[-60:]:
        later = [p for s, p in marks if s == at]
        assert min(abs(timeline.to_session(at) - p) for p in (place, *later)) <= 1
    places = [timeline.to_session(ms) for ms in range(0, stream + 100, 7)]
    assert places == sorted(places)


def test_rounding_makes_no_marks() -> None:
    timeline = Timeline()
    for step in range(1000):
        stream, session = step * 1234, step * 1234 + 777
        timeline.mark(stream // 32, session // 32)
    assert len(timeline._stream) == 1
