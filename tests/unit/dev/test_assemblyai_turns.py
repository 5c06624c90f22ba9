"""The rules of turns, the endpointer and the listener that joins them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from dev.assemblyai_standin.endpointer import Endpointer, Frame
from dev.assemblyai_standin.turn_events import (
    Effect,
    EndNow,
    Heard,
    Reason,
    SendSpeechStarted,
    SendTurn,
    Transcribe,
    TurnOver,
    TurnRules,
)
from dev.assemblyai_standin.turns import TurnState, step
from dev.assemblyai_standin.words import Word, spread

FAST = TurnRules(min_turn_silence_ms=128, max_turn_silence_ms=640, interruption_delay_ms=0)
CHATTY = TurnRules(
    min_turn_silence_ms=128,
    max_turn_silence_ms=640,
    interruption_delay_ms=0,
    continuous_partials=True,
)


def words(text: str) -> tuple[Word, ...]:
    return spread(text, 0, 1000)


def play(
    marks: Iterable[bool], answers: dict[Reason, str], rules: TurnRules = FAST
) -> list[tuple[int, Effect]]:
    """Feed marks of 20 ms each; answer each transcription; return (audio ms, effect)."""
    endpointer, state, log = Endpointer(), TurnState(), []
    for mark in marks:
        frame = endpointer.push(mark)
        todo: list[Frame | Heard] = [frame]
        while todo:
            state, effects = step(state, todo.pop(0), rules)
            for effect in effects:
                log.append((frame.end_ms, effect))
                if isinstance(effect, Transcribe):
                    todo.append(Heard(reason=effect.reason, words=words(answers[effect.reason])))
                if isinstance(effect, TurnOver):
                    endpointer.rearm()
    return log


def speech(ms: int) -> list[bool]:
    return [True] * (ms // 20)


def quiet(ms: int) -> list[bool]:
    return [False] * (ms // 20)


def sent(log: list[tuple[int, Effect]]) -> list[tuple[int, str, bool]]:
    return [
        (at, " ".join(word.text for word in effect.words), effect.final)
        for at, effect in log
        if isinstance(effect, SendTurn)
    ]


ANSWERS = {
    Reason.PARTIAL: "add a",
    Reason.PAUSE: "add a test",
    Reason.FINAL: "add a test for it",
}


def test_complete_text_at_a_pause_ends_the_turn_after_the_shorter_silence() -> None:
    log = play(quiet(400) + speech(1000) + quiet(400), ANSWERS)
    ends = [(at, text) for at, text, final in sent(log) if final]
    assert ends == [(1540, "add a test")]  # first frame at or after 1400 + 128 ms


def test_open_text_at_a_pause_gives_a_partial_and_ends_after_the_longer_silence() -> None:
    answers = {**ANSWERS, Reason.PAUSE: "add a test for"}
    log = play(quiet(400) + speech(1000) + quiet(1000), answers)
    assert sent(log)[-2:] == [(1540, "add a test for", False), (2040, "add a test for", True)]


def test_speech_that_goes_on_after_a_pause_keeps_the_turn_open() -> None:
    answers = {**ANSWERS, Reason.PAUSE: "add a test for"}
    log = play(speech(1000) + quiet(300) + speech(500) + quiet(1000), answers)
    turns = [effect for _, effect in log if isinstance(effect, SendTurn)]
    assert {turn.order for turn in turns} == {0}
    assert [turn.final for turn in turns].count(True) == 1
    assert [at for at, _, final in sent(log) if final] == [1800 + 640]


def test_speech_started_comes_once_right_before_the_first_turn_message() -> None:
    log = play(quiet(400) + speech(3000) + quiet(400), ANSWERS, CHATTY)
    shown = [effect for _, effect in log if isinstance(effect, SendSpeechStarted | SendTurn)]
    assert shown[0] == SendSpeechStarted(at_ms=400)
    assert isinstance(shown[1], SendTurn)
    assert not any(isinstance(effect, SendSpeechStarted) for effect in shown[1:])


def test_early_partial_comes_after_interruption_delay_and_256_ms() -> None:
    rules = TurnRules(min_turn_silence_ms=128, max_turn_silence_ms=640, interruption_delay_ms=500)
    log = play(speech(2000), ANSWERS, rules)
    assert [at for at, _, _ in sent(log)] == [760]


def test_continuous_partials_come_about_every_second() -> None:
    log = play(speech(4000), ANSWERS, CHATTY)
    times = [at for at, _, _ in sent(log)]
    assert len(times) == 4
    assert all(after - before == 1000 for before, after in itertools.pairwise(times))


def test_noise_without_words_sends_nothing_and_keeps_the_order() -> None:
    log = play(speech(400) + quiet(1000), dict.fromkeys(Reason, ""))
    assert sent(log) == []
    assert isinstance(log[-1][1], TurnOver)
    later = play(
        speech(400) + quiet(1000) + speech(400) + quiet(1000), {**ANSWERS, Reason.PARTIAL: ""}
    )
    assert [effect.order for _, effect in later if isinstance(effect, SendTurn)] == [0, 1]


def test_turn_is_ended_at_sixty_seconds() -> None:
    log = play(speech(61_000), ANSWERS)
    finals = [at for at, _, final in sent(log) if final]
    assert finals == [60_000]


def test_end_now_transcribes_what_was_not_yet_heard() -> None:
    state = TurnState(start_ms=100, now_ms=900, speech_end_ms=900)
    state, effects = step(state, EndNow(at_ms=900), FAST)
    assert effects == (Transcribe(reason=Reason.FINAL, start_ms=100, end_ms=900),)
    state, effects = step(state, Heard(reason=Reason.FINAL, words=words("undo that")), FAST)
    assert [type(effect) for effect in effects] == [SendSpeechStarted, SendTurn, TurnOver]
    assert state.start_ms is None
    assert state.order == 1


def test_end_now_between_turns_does_nothing() -> None:
    state = TurnState(order=3, now_ms=5000)
    assert step(state, EndNow(at_ms=5000), FAST) == (state, ())


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=30))
def test_orders_count_up_by_one_and_every_turn_ends_once(runs: list[tuple[bool, int]]) -> None:
    marks = [mark for mark, length in runs for _ in range(length)] + quiet(2000)
    turns = [effect for _, effect in play(marks, ANSWERS, CHATTY) if isinstance(effect, SendTurn)]
    finals = [turn.order for turn in turns if turn.final]
    assert finals == list(range(len(finals)))
    assert [turn.order for turn in turns] == sorted(turn.order for turn in turns)
    assert not turns or turns[-1].final


def test_endpointer_takes_six_of_ten_frames_for_speech_and_dates_it_back() -> None:
    endpointer = Endpointer()
    frames = [endpointer.push(mark) for mark in quiet(200) + speech(120)]
    assert [frame.onset_ms for frame in frames[:-1]] == [None] * 15
    assert frames[-1].onset_ms == 200


def test_lone_voiced_frame_does_not_end_a_pause() -> None:
    endpointer = Endpointer()
    for mark in speech(400) + quiet(100):
        endpointer.push(mark)
    assert endpointer.push(True).speech_end_ms == 400
    assert endpointer.push(True).speech_end_ms == 540
