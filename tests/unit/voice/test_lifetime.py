"""When a connection has to end."""

import pytest

from shared.voice.effects import CloseSocket, Effect, Send
from shared.voice.lifetime import IDLE_S, MAX_AGE_S, Lifetime
from shared.voice.server_messages import Error, Reconnect

START = 1000.0
GOING = [Send(Reconnect(reason="deploy"))]
AGED = [Send(Reconnect(reason="limit"))]


def life(token_ends: float | None = None) -> Lifetime:
    """A connection opened at START."""
    return Lifetime(opened_at=START, token_ends=token_ends)


def run(one: Lifetime, until: float, *, busy: bool = False) -> list[tuple[float, Effect]]:
    """Tick whenever it is due; what was done when. No tick may be in vain."""
    done: list[tuple[float, Effect]] = []
    for _ in range(1000):
        due = one.next_at()
        if due is None or due > until:
            return done
        done += [(due - START, effect) for effect in one.tick(due, busy=busy)]
        after = one.next_at()
        assert after is None or after > due, "a tick that changes nothing"
    raise AssertionError("too many ticks")


def close(code: int, reason: str) -> CloseSocket:
    """Shorthand."""
    return CloseSocket(code, reason)


def test_a_token_that_runs_out_is_told_a_minute_before_and_then_closes() -> None:
    (told_at, told), (closed_at, closed) = run(life(START + 200), START + 300)
    assert isinstance(told, Send)
    assert isinstance(told.message, Error)
    assert (told.message.code, told.message.turn) == ("token_expiring", None)
    assert (told_at, closed_at) == (140, 200)
    assert closed == close(4401, "the token ran out")


def test_a_token_about_to_run_out_is_told_at_once() -> None:
    one = life(START + 20)
    assert len(one.tick(START, busy=False)) == 1
    assert one.tick(START, busy=False) == []
    assert one.next_at() == START + 20


def test_a_fresh_token_is_told_of_anew() -> None:
    one = life(START + 100)
    assert len(run(one, START + 60)) == 1
    one.renew(START + 250)
    assert [at for at, _ in run(one, START + 260)] == [190, 250]


def test_no_token_never_runs_out() -> None:
    assert run(life(), START + IDLE_S - 1) == []


def test_five_minutes_without_input_close() -> None:
    one = life()
    one.input_at = START + 50
    assert run(one, START + 400) == [(350, close(4408, "five minutes without audio or text"))]
    assert one.next_at() is None


def test_a_running_command_puts_that_off_without_spinning() -> None:
    one = life()
    assert run(one, START + 900, busy=True) == []
    one.tick(START + 901, busy=False)
    assert run(one, START + 1300) == [(1200, close(4408, "five minutes without audio or text"))]


def active(one: Lifetime, until: float) -> list[tuple[float, Effect]]:
    """Run with somebody who speaks all the time."""
    done = []
    while one.input_at < until:
        done += run(one, one.input_at + 100)
        one.input_at += 100
    return done


def test_before_the_hour_the_client_is_asked_to_come_back_and_then_closed() -> None:
    one = life()
    assert active(one, START + 3600) == [
        (MAX_AGE_S, AGED[0]),
        (MAX_AGE_S + 180, close(1012, "restarting, resume")),
    ]


def test_the_limit_still_takes_audio_and_a_deploy_does_not() -> None:
    one = life()
    one.drain("limit", START)
    assert one.accepting
    assert not one.may_close(quiet=True, heard=True)
    one.drain("deploy", START)
    assert not one.accepting
    assert one.may_close(quiet=True, heard=False)


def test_draining_closes_within_eight_seconds_even_if_a_command_runs() -> None:
    one = life()
    assert one.drain("deploy", START) == GOING
    assert not one.may_close(quiet=False, heard=True)
    ((at, effect),) = run(one, START + 60, busy=True)
    assert at <= 8
    assert effect == close(1012, "restarting, resume")


def test_draining_is_told_once_and_a_deploy_outranks_the_limit() -> None:
    one = life()
    assert one.drain("limit", START) == AGED
    assert one.drain("limit", START + 1) == []
    assert one.drain("deploy", START + 2) == GOING
    assert one.drain("deploy", START + 3) == []
    assert one.drain("limit", START + 4) == []
    assert one.next_at() == START + 9


def test_a_socket_that_is_closed_is_told_nothing() -> None:
    one = life(START + 100)
    one.lose_client(START, resumable=False)
    assert one.drain("deploy", START) == []
    assert one.tick(START + 5000, busy=False) == []


def test_stop_closes_when_all_is_heard_and_done() -> None:
    one = life()
    assert not one.may_close(quiet=True, heard=True)
    one.stop()
    assert not one.accepting
    assert not one.may_close(quiet=True, heard=False)
    assert not one.may_close(quiet=False, heard=True)
    assert one.may_close(quiet=True, heard=True)
    assert one.close_socket() == [close(1000, "done")]
    assert not one.may_close(quiet=True, heard=True)


@pytest.mark.parametrize(("resumable", "wait_s"), [(True, 5), (False, 0)])
def test_a_client_that_left_has_its_turn_ended_once(resumable: bool, wait_s: int) -> None:
    one = life()
    ends_at = one.lose_client(START, resumable=resumable)
    assert ends_at == one.next_at() == START + wait_s
    assert one.gone
    assert not one.accepting
    if wait_s:
        assert not one.wants_end_of_turn(START + wait_s - 0.1)
        assert not one.done(quiet=True, heard=True)
    assert one.wants_end_of_turn(START + wait_s)
    assert not one.wants_end_of_turn(START + wait_s)
    assert not one.done(quiet=False, heard=True)
    assert not one.done(quiet=True, heard=False)
    assert one.done(quiet=True, heard=True)


def test_words_that_are_not_heard_out_in_a_minute_are_given_up() -> None:
    one = life()
    one.lose_client(START, resumable=False)
    assert one.wants_end_of_turn(START)
    assert one.next_at() == START + 60
    assert one.tick(START + 60, busy=False) == []
    assert one.next_at() is None
    assert not one.done(quiet=False, heard=False)
    assert one.done(quiet=True, heard=False)


def test_a_client_that_went_elsewhere_at_the_limit_is_done_with_and_not_ended() -> None:
    one = life()
    one.drain("limit", START)
    one.lose_client(START + 1, resumable=True)
    assert not one.wants_end_of_turn(START + 6)
    assert not one.done(quiet=False, heard=True)
    assert one.done(quiet=True, heard=False)


def test_a_client_that_left_does_not_hold_up_a_deploy() -> None:
    one = life()
    one.lose_client(START, resumable=True)
    one.drain("deploy", START)
    assert one.done(quiet=False, heard=False)


def test_the_session_is_stored_again_twice_a_minute() -> None:
    one = life()
    one.kept_at = START
    assert not one.keep_due(START + 29)
    assert one.keep_due(START + 60)
