"""Audio arithmetic: whole samples, chunk sizes, pace, loudness."""

from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.voice.audio import (
    Backlog,
    Meter,
    Pace,
    SampleJoiner,
    chunk_sizes,
    duration_ms,
    is_silent,
    size_of,
)

RATES = [8000, 11025, 16000, 22050, 44100, 48000]


@given(st.lists(st.binary(max_size=9)))
def test_joined_audio_is_the_same_in_whole_samples(pieces: list[bytes]) -> None:
    joiner = SampleJoiner()
    joined = [joiner.join(piece) for piece in pieces]
    assert all(len(audio) % 2 == 0 for audio in joined)
    whole = b"".join(pieces)
    assert b"".join(joined) == whole[: len(whole) // 2 * 2]


@given(st.integers(8000, 48000))
def test_chunks_last_50_to_100_ms_at_any_rate(rate_hz: int) -> None:
    least, most = chunk_sizes(rate_hz)
    assert least % 2 == most % 2 == 0
    assert 0.050 <= least / 2 / rate_hz < 0.051
    assert 0.099 < most / 2 / rate_hz <= 0.100


@pytest.mark.parametrize("rate_hz", RATES)
def test_sizes_and_durations_agree_within_a_millisecond(rate_hz: int) -> None:
    for ms in (0, 1, 49, 50, 333, 60_000, 3_600_001):
        size = size_of(ms, rate_hz)
        assert size % 2 == 0
        assert ms - 1 <= duration_ms(size, rate_hz) <= ms


@pytest.mark.parametrize(
    ("level", "silent"), [(0, True), (1, True), (-249, True), (251, False), (-32768, False)]
)
def test_room_noise_counts_as_silence_and_speech_does_not(level: int, silent: bool) -> None:
    assert is_silent(array("h", [level] * 1600).tobytes()) is silent


def test_silence_of_nothing_and_of_an_odd_byte() -> None:
    assert is_silent(b"")
    assert is_silent(b"\xff")


@given(
    pushes=st.lists(st.binary(max_size=20_000).filter(lambda b: len(b) % 2 == 0), max_size=12),
    takes=st.lists(st.integers(1, 30_000), max_size=20),
)
def test_a_backlog_gives_back_what_was_pushed(pushes: list[bytes], takes: list[int]) -> None:
    backlog = Backlog(rate_hz=16000)
    for audio in pushes:
        backlog.push(audio)
    rest = b"".join(pushes)
    for size in takes:
        assert backlog.size == len(rest)
        assert backlog.peek(size) == rest[:size]
        taken = backlog.take(size)
        assert taken == rest[:size]
        rest = rest[size:]
    backlog.push_front([b"ab", b"cd"])
    assert backlog.size == len(rest) + 4
    assert backlog.take(len(rest) + 4) == b"abcd" + rest
    assert backlog.take(2) == backlog.peek(2) == b""


def test_a_backlog_of_tiny_messages_lies_in_few_parts() -> None:
    backlog = Backlog(rate_hz=16000)
    for _ in range(16000):
        backlog.push(b"ab")
    assert len(backlog._parts) == 10
    assert backlog.take(32000) == b"ab" * 16000


def test_a_backlog_of_one_huge_message_is_not_copied_for_each_chunk() -> None:
    backlog = Backlog(rate_hz=16000)
    backlog.push(bytes(1 << 20))
    assert max(map(len, backlog._parts)) <= 3200


@given(st.lists(st.tuples(st.floats(0.05, 0.1), st.floats(0, 2)), max_size=60))
def test_pace_is_real_time_within_its_bounds(steps: list[tuple[float, float]]) -> None:
    pace, now, sent = Pace(), 1_000_000.0, [(1_000_000.0, 0.0)]
    for audio_s, pause_s in steps:
        now += pause_s
        while wait := pace.wait_s(audio_s, now):
            now += wait
        pace.spend(audio_s, now)
        sent.append((now, sent[-1][1] + audio_s))
    for index, (since, before) in enumerate(sent[:-1]):
        for until, total in sent[index + 1 :]:
            assert total - before <= until - since + 0.6 + 0.1 + 0.002


def test_pace_lets_audio_that_comes_in_real_time_pass_at_once() -> None:
    pace = Pace()
    for step in range(600):
        now = 3.0 + step / 10
        assert pace.wait_s(0.1, now) == 0.0
        pace.spend(0.1, now)


def test_pace_waits_for_a_moment_that_a_timer_can_tell_from_now() -> None:
    pace, now = Pace(), 987_654.321
    for _ in range(2000):
        wait = pace.wait_s(0.1, now)
        assert wait == 0.0 or now + wait > now
        now += wait
        assert pace.wait_s(0.1, now) == 0.0
        pace.spend(0.1, now)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=30))
def test_a_meter_tells_how_far_ahead_a_sender_is(steps: list[tuple[float, float]]) -> None:
    meter, now, ahead = Meter(), 100.0, 0.0
    for pause_s, audio_s in steps:
        now += pause_s
        ahead = max(0.0, ahead - pause_s) + audio_s
        assert meter.add(audio_s, now) == pytest.approx(ahead, abs=1e-6)


def test_a_meter_gives_no_credit_for_waiting() -> None:
    meter = Meter()
    values = [meter.add(1.0, now) for now in (0.0, 100.0, 100.0)]
    assert values == [1.0, 1.0, 2.0]
    assert all(a <= b for a, b in pairwise(values))
