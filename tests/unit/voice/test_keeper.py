"""The session's own record, and the latency ledger."""

from itertools import count

import pytest

from shared.voice.effects import Save, Spent
from shared.voice.keeper import Keeper
from shared.voice.ledger import Ledger
from shared.voice.records import Timings


def keeper() -> Keeper:
    """A keeper with jobs from 1."""
    numbers = count(1)
    return Keeper(next_id=lambda: next(numbers))


def test_audio_is_counted_once() -> None:
    one = keeper()
    spent = [one.save(heard_ms).spent.audio_ms for heard_ms in (1000, 1000, 2500)]
    assert spent == [1000, 0, 1500]


def test_a_save_is_taken_note_of_once_and_foreign_ones_are_not() -> None:
    one = keeper()
    assert not one.kept
    save = one.save(5)
    assert save == Save(job=1, spent=Spent(audio_ms=5))
    assert one.kept
    assert not one.done(2)
    assert one.done(1)
    assert not one.done(1)


def test_only_the_last_save_closes() -> None:
    one = keeper()
    one.save(0)
    assert not one.closing
    last = one.save(0, last=True, over=True)
    assert last.closed
    assert one.closing
    assert one.done(1)
    assert not one.closed
    assert one.done(last.job)
    assert one.closed


def test_a_session_that_can_be_resumed_still_counts() -> None:
    assert not keeper().save(0, last=True).closed


def test_each_step_of_the_ledger_is_a_difference_in_milliseconds() -> None:
    ledger = Ledger(final=10.3, speech_end=10.0)
    ledger.asked, ledger.first_token, ledger.first_code, ledger.done = 10.302, 10.8, 10.85, 12.0
    assert ledger.timings() == Timings(
        speech_end_to_final_ms=300,
        final_to_request_ms=2,
        request_to_first_token_ms=498,
        first_token_to_code_ms=50,
        total_ms=2000,
    )


def test_typed_commands_have_no_end_of_speech() -> None:
    ledger = Ledger(final=10.0, done=11.0)
    assert ledger.timings() == Timings(total_ms=1000)


def test_what_has_not_happened_has_no_time() -> None:
    assert Ledger(final=10.0).timings() == Timings()


@pytest.mark.parametrize("speech_end", [10.5, 10.0])
def test_clocks_that_disagree_give_no_negative_times(speech_end: float) -> None:
    assert Ledger(final=10.0, speech_end=speech_end).timings().speech_end_to_final_ms == 0


def test_a_new_request_is_timed_anew() -> None:
    ledger = Ledger(final=10.0, asked=10.1, first_token=10.2, first_code=10.3)
    ledger.restart()
    ledger.done = 11.0
    assert ledger.timings() == Timings(total_ms=1000)
