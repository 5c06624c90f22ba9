"""The line to the speech service: nothing lost, nothing twice, never too fast, never spinning."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import UpstreamRejected
from shared.voice import effects as fx
from shared.voice.audio import SampleJoiner, chunk_sizes
from shared.voice.server_messages import Error
from shared.voice.speech_link import Phase
from tests.unit.voice.line import AWAY, Line, noise, silence

RATES = [8000, 11025, 16000, 22050, 44100, 48000]
SECOND = 32000
REJECTED = UpstreamRejected("wrong key")


def gaps(line: Line) -> list[int]:
    """The milliseconds of each `speech_gap`."""
    messages = [e.message for e in line.effects if isinstance(e, fx.Send)]
    found = [m for m in messages if isinstance(m, Error) and m.code == "speech_gap"]
    return [int(m.message.split()[0]) for m in found]


def check_pace(line: Line) -> None:
    """No stretch of a stream is more than the stated 0.6 s ahead of the clock."""
    sent = line.sent
    for first, (since, stream, _) in enumerate(sent):
        total = 0.0
        for until, other, audio in sent[first:]:
            if other == stream:
                total += len(audio) / 2 / line.rate_hz
                assert total <= until - since + 0.702


@settings(deadline=None)
@given(
    rate_hz=st.sampled_from(RATES),
    pieces=st.lists(st.tuples(st.integers(0, 9000), st.floats(0, 0.4)), min_size=1, max_size=40),
    late=st.lists(st.floats(0, 1), max_size=3),
)
def test_any_chunking_is_sent_once_in_order_in_chunks_of_50_to_100_ms(
    rate_hz: int, pieces: list[tuple[int, float]], late: list[float]
) -> None:
    line, joiner, given_audio = Line(rate_hz=rate_hz), SampleJoiner(), bytearray()
    source = noise(3, 48000)
    for index, (size, pause_s) in enumerate(pieces):
        piece = source[index * 7 : index * 7 + size]
        given_audio += piece
        line.do(line.link.audio(joiner.join(piece), line.now))
        line.wait(pause_s)
        if late:
            line.now += late.pop()  # a tick that comes late
    line.do(line.link.end_turn(line.now))
    line.wait(20)
    whole = bytes(given_audio[: len(given_audio) // 2 * 2])
    sent = b"".join(audio for _, _, audio in line.sent)
    least, most = chunk_sizes(rate_hz)
    assert sent[: len(whole)] == whole
    assert len(sent) - len(whole) < least * line.kinds().count("E") + least
    assert all(least <= len(audio) <= most for _, _, audio in line.sent)
    assert "".join(line.kinds()).endswith("E") or not whole
    check_pace(line)


def test_frames_of_100_ms_go_on_at_once() -> None:
    line = Line()
    line.say(noise(1))
    audio = noise(1, seed=2)
    for at in range(0, len(audio), 3200):
        line.wait(0.1)
        assert line.link.audio(audio[at : at + 3200], line.now) == [
            fx.SendSpeech(1, audio[at : at + 3200])
        ]


def test_the_line_opens_at_the_first_audio_with_its_configuration() -> None:
    line = Line()
    line.link.with_terms(("user_id",))
    assert line.link.next_at() is None
    effects = line.link.audio(noise(0.1), line.now)
    assert effects == [fx.OpenSpeech(1, line.link.config)]
    assert line.link.config.keyterms == ("user_id",)
    assert line.link.audio(noise(0.1), line.now) == []


def test_a_turn_ends_a_second_after_the_audio_stops() -> None:
    line = Line()
    line.say(noise(1))
    assert "E" not in line.kinds()
    line.wait(0.95)
    assert line.kinds().endswith("E")
    assert line.kinds().count("E") == 1


def test_quiet_is_not_taken_for_an_end_while_it_is_held() -> None:
    line = Line()
    line.say(noise(1))
    line.link.hold_quiet(line.now + 5)
    line.wait(4.9)
    assert "E" not in line.kinds()
    line.wait(0.2)
    assert line.kinds().count("E") == 1


def test_the_end_of_a_turn_comes_after_its_audio_and_before_the_next() -> None:
    line = Line(open_s=2.0)
    audio = noise(3.33)
    for start, end in ((0, 50_000), (50_000, len(audio))):
        line.say(audio[start:end])
        line.do(line.link.end_turn(line.now))
    line.wait(10)
    ends, sent = [], b""
    for effect in line.effects:
        if isinstance(effect, fx.SendSpeech):
            sent += effect.audio
        elif isinstance(effect, fx.EndTurn):
            ends.append(len(sent))
    pad = ends[0] - 50_000
    assert 0 <= pad < chunk_sizes(16000)[0]
    assert sent[:50_000] == audio[:50_000]
    assert sent[50_000 + pad :][: len(audio) - 50_000] == audio[50_000:]
    assert len(ends) == 2


def test_a_second_release_of_the_key_does_nothing() -> None:
    line = Line()
    assert line.link.end_turn(line.now) == []
    line.say(noise(1))
    line.do(line.link.end_turn(line.now))
    line.do(line.link.end_turn(line.now))
    line.wait(1)
    assert line.kinds().count("E") == 1


@settings(deadline=None, max_examples=60)
@given(
    losses=st.lists(st.floats(0.2, 6), min_size=1, max_size=3),
    step_s=st.sampled_from([0.008, 0.02, 0.1, 0.25]),
    rate_hz=st.sampled_from([8000, 16000, 44100]),
    ended=st.booleans(),
)
def test_losing_the_line_at_any_moment_sends_the_unfinished_turn_again(
    losses: list[float], step_s: float, rate_hz: int, ended: bool
) -> None:
    line = Line(rate_hz=rate_hz)
    audio = noise(6.1, rate_hz)
    line.link.turn_open = True
    step, done = round(step_s * rate_hz) * 2, 0.0
    for at in range(0, len(audio), step):
        line.say(audio[at : at + step], step_s)
        done = at / 2 / rate_hz
        if any(abs(done - lost) < step_s / 2 for lost in losses):
            line.lose(AWAY)
    if ended:
        line.do(line.link.end_turn(line.now))
        line.wait(0.01)
        line.lose(AWAY)
    line.wait(12)
    assert line.audio().startswith(audio)
    assert gaps(line) == []
    assert line.kinds().count("E") == 1
    assert line.told().count("speech_reconnecting") == line.told().count("speech_ok")
    check_pace(line)


def test_audio_of_finished_turns_is_not_sent_again() -> None:
    line = Line()
    first, second = noise(3), noise(2, seed=2)
    line.say(first + silence(1))
    line.link.turn_open = True
    line.link.turn_ended(3000)
    line.say(second)
    line.lose(AWAY)
    line.wait(5)
    replayed = line.audio()
    assert replayed[: len(silence(1))].count(0) == len(silence(1))
    assert replayed[len(silence(1)) :].startswith(second)


def test_an_end_whose_text_never_came_is_forced_again_on_the_next_line() -> None:
    line = Line()
    audio, more = noise(1), noise(0.6, seed=2)
    line.say(audio)
    line.do(line.link.end_turn(line.now))
    line.wait(0.3)
    assert line.kinds(1).endswith("E")
    line.say(more)
    line.lose(AWAY)
    line.wait(4)
    assert line.kinds(2) == "a" * 10 + "E" + "a" * 6 + "E"
    assert line.audio(2) == audio + more


def test_an_end_whose_text_came_is_not_forced_again() -> None:
    line = Line()
    line.say(noise(1))
    line.do(line.link.end_turn(line.now))
    line.link.turn_ended(1000)
    line.say(silence(0.5))
    line.lose(AWAY)
    line.wait(0.5)
    assert "E" not in line.kinds(2)


def test_the_line_is_busy_until_the_forced_turn_is_heard_out() -> None:
    line = Line()
    line.say(noise(0.5))
    line.do(line.link.end_turn(line.now))
    line.wait(0.5)
    assert line.link.busy
    line.link.turn_ended(500)
    assert not line.link.busy


def test_a_forced_end_without_speech_is_given_up_at_a_sign_of_life() -> None:
    line = Line()
    line.say(noise(0.5))
    line.link.turn_open = True
    line.do(line.link.end_turn(line.now))
    line.wait(3.05)
    assert not line.link.turn_open
    line.wait(5)
    assert not line.link.busy


def test_words_after_a_natural_end_are_ended_by_the_key() -> None:
    line = Line()
    line.say(noise(1) + silence(0.5) + noise(0.4, seed=2))
    line.link.turn_open = True
    line.link.turn_ended(1000)
    line.do(line.link.end_turn(line.now))
    assert line.kinds().endswith("E")


def test_silence_after_a_natural_end_needs_no_end() -> None:
    line = Line()
    line.say(noise(1) + silence(0.9))
    line.link.turn_open = True
    line.link.turn_ended(1000)
    assert not line.link.busy
    line.wait(5)
    assert "E" not in line.kinds()


def test_a_line_that_went_dead_before_the_turn_began_loses_nothing_of_it() -> None:
    line = Line()
    line.say(silence(4))
    line.deaf = True
    words = noise(2)
    line.say(words + silence(9))
    line.deaf = False
    line.wait(25)
    assert line.link.stream == 2
    assert words in line.audio(2)


def test_a_deaf_line_is_replaced_after_ten_seconds() -> None:
    line = Line()
    line.say(noise(1))
    line.deaf = True
    line.heard()
    line.wait(9.9)
    assert line.link.stream == 1
    line.wait(0.5)
    assert line.link.stream == 2
    assert fx.CloseSpeech(1) in line.effects


def test_reconnecting_backs_off_and_tells_of_it_once() -> None:
    line = Line(away=True)
    line.say(noise(0.1))
    times = []
    for _ in range(400):
        before = line.link.stream
        line.wait(0.05)
        if line.link.stream != before:
            times.append(line.now)
    waits = [round(b - a, 1) for a, b in pairwise(times)]
    assert waits[:5] == pytest.approx([0.55, 1.05, 2.05, 4.05, 4.05], abs=0.1)
    assert line.told() == ["speech_reconnecting", "speech_unavailable"]
    line.away = False
    line.wait(5)
    assert line.told()[2:] == ["speech_ok"]


def test_a_service_that_opens_and_drops_at_once_is_not_hammered() -> None:
    line = Line()
    line.say(noise(1))
    line.deaf = True
    for _ in range(200):
        line.wait(0.05)
        line.lose(AWAY)
    assert line.link.stream <= 7
    assert "speech_unavailable" in line.told()
    assert line.told().count("speech_reconnecting") - line.told().count("speech_ok") in (0, 1)


def test_a_service_that_refuses_for_good_is_left_alone_for_a_while() -> None:
    line = Line()
    line.say(noise(1))
    line.lose(REJECTED)
    assert line.told() == ["speech_reconnecting", "speech_unavailable"]
    line.say(noise(4))
    assert line.link.stream == 1
    assert not line.link.busy
    later = noise(4, seed=3)
    line.say(later)
    assert line.link.stream == 2
    assert line.audio(2) in later
    at = later.index(line.audio(2)) // 32 + 5000
    assert line.link.timeline.to_session(0) == pytest.approx(at, abs=2)


@pytest.mark.parametrize("rate_hz", RATES)
def test_what_is_more_than_30_s_behind_is_given_up_and_told_once(rate_hz: int) -> None:
    line = Line(rate_hz=rate_hz, away=True)
    audio = noise(47.3, rate_hz)
    line.say(audio)
    assert gaps(line) == []
    line.away = False
    line.wait(45)
    assert len(gaps(line)) == 1
    sent = line.audio()
    start = audio.index(sent[:1000])
    assert sent[: len(audio) - start] == audio[start:]
    assert gaps(line)[0] == start * 1000 // (2 * rate_hz)
    assert gaps(line)[0] == pytest.approx(17_300, abs=1)
    assert line.link.timeline.to_session(0) == pytest.approx(gaps(line)[0], abs=1)


def test_a_long_turn_is_sent_again_whole_and_counts_apart() -> None:
    line = Line()
    audio = noise(75)
    line.say(audio[: 45 * SECOND // 10])
    line.link.turn_open = True
    line.say(audio[45 * SECOND // 10 : 45 * SECOND])
    line.away = True
    line.lose(AWAY)
    line.say(audio[45 * SECOND :])
    line.away = False
    line.wait(90)
    assert gaps(line) == []
    assert line.audio().startswith(audio)


def test_a_gap_is_told_when_the_line_is_given_up() -> None:
    line = Line(away=True)
    line.say(noise(32))
    line.do(line.link.close())
    assert gaps(line) == [2000]


def test_the_line_closes_after_a_minute_without_audio() -> None:
    line = Line()
    line.say(noise(1))
    line.link.turn_ended(1000)
    line.wait(58.8)
    assert fx.CloseSpeech(1) not in line.effects
    line.wait(2)
    assert line.link.phase is Phase.CLOSED
    assert line.effects[-1] == fx.CloseSpeech(1)
    line.say(noise(1, seed=2))
    assert line.audio(2) != b""


def test_the_line_stays_while_a_backlog_is_sent() -> None:
    line = Line(away=True)
    line.link.turn_open = True
    audio = noise(29)
    line.say(audio)
    line.wait(40)
    line.away = False
    line.wait(45)
    assert line.audio() == audio
    assert line.link.phase is Phase.LIVE


def test_closing_keeps_the_place_in_the_session() -> None:
    line = Line(away=True)
    line.say(noise(2))
    line.do(line.link.close())
    assert line.link.position_ms == 2000
    assert not line.link.busy
    line.away = False
    line.say(noise(1, seed=2))
    assert line.link.timeline.to_session(0) == 2000


@pytest.mark.parametrize("step_s", [0.01, 0.1, 0.5])
def test_long_silence_is_shortened_while_catching_up(step_s: float) -> None:
    line = Line(open_s=14)
    one, two = noise(2), noise(2, seed=2)
    line.say(one + silence(6) + two + silence(0.5) + two[:32000], step_s)
    line.wait(20)
    sent = line.audio()
    rest = sent.removeprefix(one)
    kept = len(rest) - len(rest.lstrip(b"\0"))
    assert 1.4 * SECOND <= kept <= 1.9 * SECOND
    assert rest[kept:].startswith(two.lstrip(b"\0") + silence(0.5) + two[:32000])


def test_silence_is_not_shortened_in_real_time() -> None:
    line = Line()
    audio = noise(1) + silence(8) + noise(1, seed=2)
    line.say(audio)
    line.wait(0.5)
    assert line.audio() == audio


def test_skipped_silence_is_mapped_and_sent_again_if_the_line_drops() -> None:
    line = Line(open_s=12)
    one, two = noise(1), noise(3, seed=2)
    line.say(one + silence(9) + two)
    line.link.turn_open = True
    line.wait(3)
    place = line.audio().index(two[2000:3000]) // 32
    assert line.link.timeline.to_session(place) == pytest.approx(10_062, abs=2)
    line.open_s = 0.1
    line.lose(AWAY)
    line.wait(20)
    assert line.audio(2).startswith(one)
    assert two in line.audio(2)
    place = line.audio(2).index(two[2000:3000]) // 32
    assert line.link.timeline.to_session(place) == pytest.approx(10_062, abs=2)


@settings(deadline=None, max_examples=40)
@given(
    rate_hz=st.sampled_from(RATES),
    start_ms=st.sampled_from([0, 1234, 3_599_999]),
    sizes=st.lists(st.integers(1, 4000), min_size=3, max_size=30),
    marks=st.lists(st.sampled_from(["", "", "", "end", "lose"]), min_size=30, max_size=30),
)
def test_every_moment_of_a_stream_maps_to_its_place_in_the_session(
    rate_hz: int, start_ms: int, sizes: list[int], marks: list[str]
) -> None:
    line = Line(rate_hz=rate_hz)
    line.link.start_at(start_ms)
    line.link.turn_open = True
    audio, at = noise(6, rate_hz), 0
    for size, mark in zip(sizes, marks, strict=False):
        piece = audio[at : at + 2 * size]
        at += len(piece)
        line.say(piece, 1.0)
        if mark == "end":
            line.do(line.link.end_turn(line.now))
        elif mark == "lose":
            line.lose(AWAY)
    line.wait(10)
    stream_bytes = 0
    for chunk in (a for _, number, a in line.sent if number == line.link.stream):
        place = audio.find(chunk[:64])
        if place >= 0:
            expected = start_ms + place * 1000 / (2 * rate_hz)
            stream_ms = stream_bytes * 1000 // (2 * rate_hz)
            # The end of one mark is the start of the next: look a moment behind the seam.
            assert line.link.timeline.to_session(stream_ms + 2) == pytest.approx(
                expected + 2, abs=3
            )
        stream_bytes += len(chunk)
    assert line.link.position_ms == pytest.approx(start_ms + at * 1000 / (2 * rate_hz), abs=2)


def replayed_s(line: Line) -> float:
    """How much a line that is lost now sends again."""
    line.lose(AWAY)
    line.wait(120)
    return len(line.audio()) / SECOND


def test_without_an_open_turn_little_is_kept() -> None:
    line = Line()
    line.say(noise(100), 0.5)
    assert replayed_s(line) <= 3 + 5 + 0.7


def test_within_a_turn_a_minute_is_kept() -> None:
    line = Line()
    line.link.turn_open = True
    line.say(noise(100), 0.5)
    assert 59 <= replayed_s(line) <= 60.7


def test_minutes_of_speech_need_few_ticks_and_none_in_vain() -> None:
    line = Line()
    line.say(noise(60) + silence(60), 0.02)
    line.wait(120)
    assert line.link.phase is Phase.CLOSED
    assert line.ticks < 20


def test_minutes_of_trouble_need_few_ticks() -> None:
    line = Line()
    line.link.turn_open = True
    for minute in range(4):
        line.say(noise(20, seed=minute), 0.1)
        line.lose(AWAY)
        line.away = minute % 2 == 0
        line.say(noise(10, seed=minute + 9), 0.1)
        line.away = False
        line.wait(30)
    assert line.ticks < 10 * 240 + 50


def test_the_end_of_a_turn_within_skipped_silence_comes_before_the_next_words() -> None:
    line = Line(open_s=16)
    one, two = noise(1), noise(3, seed=2)
    line.say(one + silence(6))
    line.do(line.link.end_turn(line.now))
    line.say(two)
    line.wait(6 + 6)
    assert line.link.stream == 1
    assert line.audio().startswith(one)
    assert two in line.audio()
    ended = [line.audio().index(two) // 3200]
    assert [i for i, kind in enumerate(line.kinds()) if kind == "E"][:1] == ended


def test_after_a_sign_of_life_the_line_is_tried_again_at_once() -> None:
    line = Line()
    line.say(noise(1))
    for _ in range(6):
        line.lose(AWAY)
        line.wait(0.25 + 0.1)
        assert line.link.phase is Phase.LIVE
        line.heard()
    assert "speech_unavailable" not in line.told()


def test_each_loss_is_told_and_each_return() -> None:
    line = Line()
    line.deaf = True
    line.say(noise(1))
    for wait_s in (0.4, 0.7):
        line.lose(AWAY)
        line.wait(wait_s)
    assert line.told() == ["speech_reconnecting", "speech_ok"] * 2


def test_a_natural_final_does_not_settle_the_forced_end_of_later_words() -> None:
    line = Line()
    words = noise(0.4, seed=2)
    line.say(noise(1) + silence(0.5) + words)
    line.do(line.link.end_turn(line.now))
    line.link.turn_ended(1000)
    assert line.link.busy
    line.lose(AWAY)
    line.wait(4)
    assert words in line.audio(2)
    assert line.kinds(2).endswith("E")


def test_events_of_an_older_stream_are_passed_over() -> None:
    line = Line()
    line.say(noise(1))
    line.lose(AWAY)
    line.wait(1)
    assert line.link.lost(1, AWAY, line.now) == []
    assert line.link.opened(1, line.now) == []
    assert line.link.phase is Phase.LIVE
