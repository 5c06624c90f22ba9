"""The voice session by scenario: what is said and what happens, in; what is done, out."""

import dataclasses
from datetime import timedelta

import pytest

from shared.errors import RateLimited, UpstreamRejected, UpstreamTimeout, UpstreamUnavailable
from shared.ports.speech import SpeechEnded, SpeechStarted
from shared.voice import effects as fx
from shared.voice import events as ev
from shared.voice.client_messages import Auth, Control, Retry, Start, Text
from shared.voice.opening import Limits
from shared.voice.records import Failure, Interaction, State
from shared.voice.window import Window
from tests.unit.voice.driver import REPLY, SECOND, WALL, Driver


def spoken(text: str = "Create a function that adds.") -> Driver:
    """A streaming session in which one command was said, and the model asked."""
    driver = Driver().start()
    driver.speak(1)
    driver.hear(text)
    return driver


def interaction(**changes: object) -> Interaction:
    """A stored interaction of an earlier connection."""
    known = Interaction(
        id="0" * 28,
        session_id="s0",
        turn=4,
        created_at=WALL,
        deadline_at=WALL,
        expires_at=WALL + timedelta(days=90),
        source="voice",
        transcript="Create a stack.",
        raw_transcript="Create a stack.",
        state=State.FAILED,
        error=Failure(code="model_timeout", message="slow", retryable=True),
    )
    return dataclasses.replace(known, **changes)  # type: ignore[arg-type]


def test_start_is_answered_by_ready_with_the_window() -> None:
    driver = Driver().start()
    [ready] = driver.sent("ready")
    assert ready["session_id"] == "s1"
    assert (ready["resumed"], ready["resume_from_ms"], ready["context"]) == (False, 0, [])


def test_a_spoken_command_streams_code_and_ends_in_one_result() -> None:
    driver = spoken()
    driver.reply()
    [result] = driver.sent("result")
    assert result["result"]["code"] == "def add(a, b):\n    return a + b\n"
    assert result["intent"] == "create"
    assert "".join(m["delta"] for m in driver.sent("code")) == result["result"]["code"]
    assert [m["state"] for m in driver.sent("status")] == ["received", "generating"]
    assert [s.interaction.state for s in driver.saves() if s.interaction] == [
        State.RECEIVED,
        State.GENERATING,
        State.DONE,
    ]


def test_the_transcript_is_stored_while_the_model_is_already_asked() -> None:
    effects = spoken().effects
    kinds = [type(e) for e in effects if isinstance(e, fx.AskModel | fx.Save)]
    assert kinds[-3:] == [fx.Save, fx.AskModel, fx.Save]  # received, the request, generating


def test_nothing_of_the_reply_is_shown_before_the_store_has_the_transcript() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.store_away = True
    driver.hear("Create a function that adds.")
    driver.reply()
    assert not driver.sent("code")
    assert not driver.sent("intent")
    assert not driver.sent("result")
    driver.store_back()
    assert len(driver.sent("result")) == 1


def test_the_result_waits_until_it_is_stored_as_done() -> None:
    driver = spoken()
    driver.store_away = True
    driver.reply()
    assert driver.sent("code")
    assert not driver.sent("result")
    driver.store_back()
    assert len(driver.sent("result")) == 1


def test_a_store_that_stalls_is_told_and_the_command_still_ends_well() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.store_away = True
    driver.hear("Create a function that adds.")
    [waiting] = [e for e in driver.waiting if isinstance(e, fx.Save) and e.interaction]
    driver.feed(ev.SaveStalled(waiting.job))
    [error] = driver.sent("error")
    assert (error["code"], error["turn"], error["retryable"]) == ("store_unavailable", 1, True)
    driver.reply()
    driver.store_back()
    assert len(driver.sent("result")) == 1


def test_a_save_that_is_given_up_ends_the_command_and_frees_the_next() -> None:
    driver = Driver().start()
    driver.store_away = True
    driver.feed(ev.Tick())
    driver.store_away = False
    driver.speak(1)
    driver.store_away = True
    driver.hear("Create a function that adds.")
    driver.store_away = False
    for save in [e for e in driver.waiting if isinstance(e, fx.Save)]:
        driver.feed(ev.SaveLost(save.job))
    assert driver.sent("error")[-1]["code"] == "store_unavailable"
    driver.feed(Text(type="text", text="explain it"))
    assert len(driver.requests()) == 2


def test_commands_run_one_after_the_other_with_the_first_in_the_window_of_the_second() -> None:
    driver = spoken()
    driver.feed(Text(type="text", text="write tests for it"))
    assert driver.sent("status")[-1]["state"] == "queued"
    assert len(driver.requests()) == 1
    driver.reply()
    assert len(driver.requests()) == 2
    assert "def add" in driver.requests()[1].request.messages[1].text


def test_the_eleventh_command_pushes_the_first_out_of_the_window() -> None:
    driver = Driver().start()
    for number in range(11):
        driver.feed(Text(type="text", text=f"create number {number}"))
        driver.reply()
    driver.feed(Text(type="text", text="explain it"))
    asked = [m.text for m in driver.requests()[-1].request.messages if m.role == "user"]
    assert asked == [f"create number {n}" for n in range(1, 11)] + ["explain it"]


def test_a_turn_that_goes_on_is_merged_and_the_running_request_replaced() -> None:
    driver = Driver().start()
    driver.speak(3)
    driver.hear("Create a function that adds.", start_ms=100, end_ms=1500)
    first = driver.run
    driver.hear("And make it async.", start_ms=2500, end_ms=3000)
    assert fx.CancelModel(first) in driver.effects
    driver.reply()
    [result] = driver.sent("result")
    assert result["transcript"] == "Create a function that adds and make it async."
    assert result["turn"] == 1
    assert len({s.interaction.id for s in driver.saves() if s.interaction}) == 1


def test_a_reply_waits_while_its_speaker_goes_on() -> None:
    driver = Driver().start()
    driver.speak(3)
    driver.hear("Create a function that adds.", start_ms=100, end_ms=1500)
    driver.hear("and make", final=False, start_ms=2500, end_ms=2800)
    driver.reply()
    assert not driver.sent("result")
    driver.hear("and make it async", start_ms=2500, end_ms=3000)
    driver.reply()
    [result] = driver.sent("result")
    assert "async" in result["transcript"]


def test_a_held_reply_is_shown_when_its_speaker_turns_out_to_say_something_new() -> None:
    driver = Driver().start()
    driver.speak(3)
    driver.hear("Create a function that adds.", start_ms=100, end_ms=1000)
    driver.hear("and", final=False, start_ms=2500, end_ms=2800)
    driver.reply()
    assert not driver.sent("result")
    driver.hear("android app please", start_ms=2500, end_ms=3000)
    assert [r["turn"] for r in driver.sent("result")] == [1]
    driver.reply()
    assert [r["turn"] for r in driver.sent("result")] == [1, 2]


def test_a_turn_that_opens_a_command_is_a_new_one_even_when_it_follows_quickly() -> None:
    driver = Driver().start()
    driver.speak(4)
    driver.hear("Create a function that adds.", start_ms=100, end_ms=1500)
    driver.hear("Write a test for it.", start_ms=2500, end_ms=3500)
    assert [m["turn"] for m in driver.sent("transcript") if m["final"]] == [1, 2]


def test_a_turn_that_goes_on_after_the_result_replaces_it_under_the_same_interaction() -> None:
    driver = Driver().start()
    driver.speak(3)
    driver.hear("Create a function that adds.", start_ms=100, end_ms=1500)
    driver.reply()
    driver.hear("And make it async.", start_ms=2500, end_ms=3000)
    driver.reply()
    first, second = driver.sent("result")
    assert (first["turn"], second["turn"]) == (1, 1)
    assert first["interaction_id"] == second["interaction_id"]
    assert second["transcript"] == "Create a function that adds and make it async."
    assert len(driver.window.commands) == 1
    assert len(driver.requests()[-1].request.messages) == 1


def test_a_partial_text_after_the_result_does_not_touch_the_result() -> None:
    driver = Driver().start()
    driver.speak(3)
    driver.hear("Create a function that adds.", start_ms=100, end_ms=1500)
    driver.reply()
    seen = len(driver.sent())
    driver.hear("and", final=False, start_ms=2500, end_ms=2700)
    driver.hear("Android app please.", start_ms=2500, end_ms=3000)
    assert [m["turn"] for m in driver.sent()[seen:] if m["type"] == "transcript"] == [2, 2]


def test_while_the_key_is_held_a_pause_does_not_end_the_command() -> None:
    driver = Driver().start(mode="push_to_talk")
    driver.speak(2)
    driver.hear("Create a function.", start_ms=100, end_ms=1000)
    driver.reply()
    driver.speak(3)
    assert not driver.sent("result")
    driver.feed(Control(type="end_turn"))
    driver.hear("That reverses a string.", start_ms=3200, end_ms=4900)
    driver.reply()
    [result] = driver.sent("result")
    assert result["transcript"] == "Create a function that reverses a string."


def test_releasing_the_key_shows_the_reply_that_waited_for_it() -> None:
    driver = Driver().start(mode="push_to_talk")
    driver.speak(2)
    driver.hear("Create a function.", start_ms=100, end_ms=1000)
    driver.reply()
    driver.feed(Control(type="end_turn"))
    driver.pass_time(4)
    assert len(driver.sent("result")) == 1


def test_a_network_that_stalls_for_two_seconds_does_not_end_the_turn() -> None:
    for mode in ("hands_free", "push_to_talk"):
        driver = Driver().start(mode=mode)
        driver.speak(1)
        driver.pass_time(2)
        driver.feed(ev.Audio(SECOND * 2))
        driver.pass_time(1)
        assert not any(isinstance(e, fx.EndTurn) for e in driver.effects)


def test_a_typed_command_meets_the_window_as_another_session_left_it() -> None:
    driver = Driver().start()
    other = Driver().start()
    other.feed(Text(type="text", text="create number 1"))
    other.reply()
    driver.window = other.window
    driver.feed(Text(type="text", text="explain it"))
    assert "def add" in driver.requests()[0].request.messages[1].text


def test_a_command_waits_until_the_window_is_read_again() -> None:
    driver = Driver().start()
    driver.store_away = True
    driver.feed(Text(type="text", text="explain it"))
    assert not driver.requests()
    driver.store_back()
    assert len(driver.requests()) == 1


def test_audio_in_small_frames_before_ready_leaves_room_for_messages() -> None:
    driver = Driver(store_away=True).start(mode="push_to_talk")
    for _ in range(100):
        driver.feed(ev.Audio(SECOND[:640]))
    driver.feed(Control(type="end_turn"))
    driver.store_back()
    driver.pass_time(3)
    assert driver.audio_bytes() == SECOND * 2
    assert not driver.sent("error")


def test_a_client_that_leaves_with_nothing_to_hear_is_done_with_at_once() -> None:
    driver = Driver().start()
    driver.feed(Text(type="text", text="create a stack"))
    driver.reply()
    driver.feed(ev.ClientGone())
    assert driver.session.over
    assert [e.closed for e in driver.effects if isinstance(e, fx.Save)][-1]


def test_a_client_that_leaves_in_mid_turn_does_not_count_as_a_session_any_more() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.feed(ev.ClientGone())
    assert [e.closed for e in driver.effects if isinstance(e, fx.Save)][-1]
    assert not driver.session.over


@pytest.mark.parametrize("said", [Control(type="cancel"), Text(type="text", text="cancel that")])
def test_a_cancel_with_nothing_to_stop_is_answered_too(said: Control | Text) -> None:
    driver = Driver().start()
    driver.feed(said)
    assert driver.sent("status") == [{"type": "status", "turn": None, "state": "cancelled"}]
    assert not driver.requests()


def test_saying_cancel_stops_generation_and_stores_nothing_as_done() -> None:
    driver = spoken()
    run = driver.run
    driver.speak(1)
    driver.hear("Never mind.")
    assert fx.CancelModel(run) in driver.effects
    assert driver.sent("status")[-1] == {"type": "status", "turn": 1, "state": "cancelled"}
    assert driver.saves()[-1].interaction.state is State.CANCELLED  # type: ignore[union-attr]
    driver.feed(ev.ModelFailed(run, UpstreamTimeout("late")))
    assert not driver.sent("result")
    assert not driver.sent("error")


def test_undo_drops_the_newest_command_without_asking_the_model() -> None:
    driver = spoken()
    driver.reply()
    assert driver.window.commands
    driver.feed(Text(type="text", text="undo that"))
    assert not driver.window.commands
    assert len(driver.requests()) == 1
    assert driver.sent("result")[-1]["result"]["code"] is None


def test_a_malformed_reply_goes_back_once_with_its_fault_and_is_never_shown_as_result() -> None:
    driver = spoken()
    driver.reply("Sure! Here is some code: def add(a, b)")
    assert not driver.sent("code")
    repair = driver.requests()[1].request.messages
    assert "must begin with `intent:`" in repair[-1].text
    driver.reply()
    assert len(driver.sent("result")) == 1


def test_a_reply_that_is_malformed_twice_is_a_typed_error() -> None:
    driver = spoken()
    driver.reply("nonsense")
    driver.reply("nonsense again")
    [error] = driver.sent("error")
    assert (error["code"], error["turn"]) == ("model_malformed", 1)
    assert not driver.sent("result")
    assert driver.saves()[-1].interaction.state is State.FAILED  # type: ignore[union-attr]


def test_python_that_does_not_parse_goes_back_and_the_client_starts_the_code_anew() -> None:
    driver = spoken()
    driver.reply(REPLY.replace("return a + b", "return a +"))
    assert "parse check failed: line 2" in driver.requests()[1].request.messages[-1].text
    driver.reply()
    states = [m["state"] for m in driver.sent("status")]
    assert states == ["received", "generating", "generating"]
    assert len(driver.sent("result")) == 1


def test_each_failure_of_the_model_has_its_code_and_keeps_the_words() -> None:
    faults = [
        (UpstreamTimeout("slow"), "model_timeout", True),
        (RateLimited("busy", 7), "model_unavailable", True),
        (UpstreamUnavailable("cut"), "model_unavailable", True),
        (UpstreamRejected("wrong key"), "model_unavailable", False),
    ]
    for fault, code, retryable in faults:
        driver = spoken()
        driver.feed(ev.ModelFailed(driver.run, fault))
        [error] = driver.sent("error")
        assert (error["code"], error["retryable"]) == (code, retryable)
        assert driver.saves()[-1].interaction.transcript.startswith("Create")  # type: ignore[union-attr]


def test_refused_and_overlong_replies_are_errors_without_code() -> None:
    for reason, code in (("refused", "model_refused"), ("length", "model_malformed")):
        driver = spoken()
        driver.reply(reason=reason)
        assert driver.sent("error")[0]["code"] == code
        assert not driver.sent("result")


def test_a_model_that_never_ends_is_given_up_after_its_deadline() -> None:
    driver = Driver().start()
    driver.feed(Text(type="text", text="create a stack"))
    driver.pass_time(91)
    assert driver.sent("error")[0]["code"] == "model_timeout"
    assert any(isinstance(e, fx.CancelModel) for e in driver.effects)


def test_a_plain_client_gets_one_result_per_command_and_nothing_else() -> None:
    driver = Driver()
    driver.feed(ev.Audio(SECOND))
    driver.pass_time(2)
    driver.hear("Create a function that adds.")
    driver.reply()
    assert [m["type"] for m in driver.sent()] == ["result"]
    assert driver.sent()[0]["result"]["code"].startswith("def add")


def test_a_plain_client_gets_a_failure_as_a_result_without_code() -> None:
    driver = Driver()
    driver.feed(ev.Audio(SECOND))
    driver.pass_time(2)
    driver.hear("Create a function that adds.")
    driver.feed(ev.ModelFailed(driver.run, UpstreamUnavailable("away")))
    [message] = driver.sent()
    assert message["type"] == "result"
    assert message["result"]["code"] is None
    assert message["result"]["error"]["code"] == "model_unavailable"


def test_an_audio_buffer_sent_at_once_is_paced_and_its_turn_ended() -> None:
    driver = Driver()
    driver.feed(ev.Audio(SECOND * 3))
    assert len(driver.audio_bytes()) < len(SECOND)
    driver.pass_time(4.5)
    assert driver.audio_bytes() == SECOND * 3
    assert any(isinstance(e, fx.EndTurn) for e in driver.effects)


def test_audio_far_ahead_of_real_time_closes_4429() -> None:
    driver = Driver().start()
    driver.feed(ev.Audio(SECOND * 11))
    assert driver.sent("error")[0]["code"] == "audio_too_fast"
    assert driver.closes() == [4429]


def test_a_first_text_other_than_start_closes_4400() -> None:
    for event in (Text(type="text", text="hi"), ev.BadMessage("not JSON"), Control(type="stop")):
        driver = Driver()
        driver.feed(event)
        assert driver.closes() == [4400]


def test_a_bad_message_later_is_told_and_the_session_goes_on() -> None:
    driver = Driver().start()
    driver.feed(ev.BadMessage("The message is not JSON."))
    driver.feed(Start(type="start"))
    assert [m["code"] for m in driver.sent("error")] == ["bad_message"] * 2
    driver.feed(Text(type="text", text="create a stack"))
    driver.reply()
    assert driver.sent("result")
    assert driver.closes() == []


def test_what_comes_before_ready_waits_for_it() -> None:
    driver = Driver(store_away=True).start()
    driver.feed(Text(type="text", text="create a stack"))
    driver.feed(ev.Audio(SECOND[:3200]))
    assert not driver.requests()
    driver.store_back()
    assert len(driver.requests()) == 1
    assert driver.audio_bytes()


def test_a_dropped_speech_line_replays_the_unfinished_turn() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.hear("create a", final=False)
    before = driver.audio_bytes()
    driver.feed(ev.SpeechSaid(driver.stream, SpeechEnded(error=UpstreamUnavailable("gone"))))
    assert driver.sent("status")[-1]["state"] == "speech_reconnecting"
    driver.pass_time(3)
    again = b"".join(
        e.audio for e in driver.effects if isinstance(e, fx.SendSpeech) and e.stream == 2
    )
    assert again == before
    driver.hear("Create a stack.")
    assert [m["turn"] for m in driver.sent("transcript")] == [1, 1]


def test_a_deaf_speech_service_is_noticed_within_ten_seconds() -> None:
    driver = Driver().start()
    driver.speak(11, alive=False)
    assert fx.CloseSpeech(1) in driver.effects
    assert driver.stream == 2


def test_a_refused_key_is_an_error_and_does_not_hammer_the_service() -> None:
    driver = Driver().start()
    driver.feed(ev.Audio(SECOND[:3200]))
    driver.feed(ev.SpeechSaid(driver.stream, SpeechEnded(error=UpstreamRejected("wrong key"))))
    driver.speak(2)
    assert [m["code"] for m in driver.sent("error")] == ["speech_unavailable"]
    assert driver.stream == 1


def test_push_to_talk_forces_the_end_of_the_turn_on_release() -> None:
    driver = Driver().start(mode="push_to_talk")
    driver.speak(1)
    driver.feed(Control(type="end_turn"))
    assert isinstance(driver.effects[-1], fx.EndTurn)
    assert driver.audio_bytes() == SECOND


def test_a_client_that_leaves_in_mid_turn_is_heard_out_after_a_grace() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.hear("create a", final=False)
    driver.feed(ev.ClientGone())
    driver.pass_time(4.9)
    assert not any(isinstance(e, fx.EndTurn) for e in driver.effects)
    driver.pass_time(0.2)
    assert any(isinstance(e, fx.EndTurn) for e in driver.effects)
    driver.hear("Create a stack.")
    driver.reply()
    driver.pass_time(1)
    assert driver.saves()[-1].interaction.state is State.DONE  # type: ignore[union-attr]
    assert driver.session.over
    assert fx.CloseSpeech(1) in driver.effects


def test_a_client_that_leaves_while_speech_stays_away_is_given_up_in_a_minute() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.hear("create a", final=False)
    driver.feed(ev.SpeechSaid(driver.stream, SpeechEnded(error=UpstreamUnavailable("gone"))))
    driver.speech_away = True
    driver.feed(ev.ClientGone())
    driver.pass_time(61)
    assert driver.session.over


def test_repeated_audio_does_not_count_against_the_quota() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.hear("create a", final=False)
    driver.feed(ev.SpeechSaid(driver.stream, SpeechEnded(error=UpstreamUnavailable("gone"))))
    driver.pass_time(3)
    driver.hear("Create a stack.")
    driver.reply()
    driver.feed(ev.ClientGone())
    driver.pass_time(30)
    spent = sum(e.spent.audio_ms for e in driver.effects if isinstance(e, fx.Save))
    assert spent == 1000


def test_a_client_that_connects_and_leaves_costs_no_write() -> None:
    driver = Driver().start()
    driver.feed(ev.ClientGone())
    assert driver.session.over
    assert not any(isinstance(e, fx.Save) for e in driver.effects)


def test_a_resumed_session_sends_missed_results_once_and_runs_what_was_cut() -> None:
    driver = Driver(store_away=True)
    driver.feed(Start(type="start", resume="old", last_turn=3))
    driver.store_away = False
    done = interaction(id="1" * 28, turn=4, state=State.DONE, error=None, result={"code": "x = 1"})
    cut = interaction(id="2" * 28, turn=5, state=State.GENERATING, error=None)
    driver.feed(
        ev.Resumed(
            session_id="old",
            turn=5,
            acked_ms=7000,
            window=Window(),
            usage=ev.Usage(),
            interactions=[done, cut],
        )
    )
    [ready] = driver.sent("ready")
    assert (ready["session_id"], ready["resumed"], ready["resume_from_ms"]) == ("old", True, 7000)
    assert [r["turn"] for r in driver.sent("result")] == [4]
    driver.reply()
    assert [r["turn"] for r in driver.sent("result")] == [4, 5]
    assert driver.saves()[-1].interaction.id == "2" * 28  # type: ignore[union-attr]
    driver.feed(Text(type="text", text="explain it"))
    assert driver.sent("transcript")[-1]["turn"] == 6


def test_acknowledged_audio_counts_on_from_the_resumed_position() -> None:
    driver = Driver(store_away=True)
    driver.feed(Start(type="start", resume="old"))
    driver.store_away = False
    resumed = ev.Resumed(
        session_id="old",
        turn=1,
        acked_ms=7000,
        window=Window(),
        usage=ev.Usage(),
        interactions=[],
    )
    driver.feed(resumed)
    driver.speak(1)
    driver.hear("Create a stack.", start_ms=100, end_ms=900)
    assert driver.sent("ack") == [{"type": "ack", "audio_ms": 7900}]


def test_a_fenced_session_stops_everything() -> None:
    driver = spoken()
    run = driver.run
    driver.feed(ev.Fenced())
    assert fx.CancelModel(run) in driver.effects
    assert fx.CloseSpeech(1) in driver.effects
    assert driver.sent("error")[-1]["turn"] == 1
    assert driver.session.over
    assert driver.feed(ev.ModelFailed(run, UpstreamTimeout("late"))) == []


def test_retry_runs_a_failed_command_again_under_the_same_interaction() -> None:
    driver = Driver().start()
    effects = driver.feed(Retry(type="retry", interaction_id="0" * 28))
    assert fx.Fetch("0" * 28) in effects
    driver.feed(ev.Fetched(interaction()))
    driver.reply()
    [result] = driver.sent("result")
    assert (result["interaction_id"], result["turn"]) == ("0" * 28, 1)


def test_retry_of_a_finished_command_sends_its_result_again() -> None:
    driver = Driver().start()
    driver.feed(ev.Fetched(interaction(state=State.DONE, error=None, result={"code": "x"})))
    assert driver.sent("result")[0]["result"] == {"code": "x"}
    assert not driver.requests()


def test_retry_of_nothing_is_told() -> None:
    driver = Driver().start()
    driver.feed(ev.Fetched(None))
    assert driver.sent("error")[0]["code"] == "bad_message"


def test_used_up_model_calls_are_refused_with_the_words_kept() -> None:
    limits = Limits(daily_audio_ms=10_000, daily_model_calls=1, history_days=90)
    driver = Driver(limits=limits).start()
    driver.feed(Text(type="text", text="create a stack"))
    driver.reply()
    driver.feed(Text(type="text", text="create a queue"))
    assert driver.sent("error")[0]["code"] == "quota_exceeded"
    assert driver.saves()[-1].interaction.transcript == "create a queue"  # type: ignore[union-attr]


def test_used_up_audio_closes_the_speech_line_and_is_told_once() -> None:
    limits = Limits(daily_audio_ms=1_000, daily_model_calls=1, history_days=90)
    driver = Driver(limits=limits).start()
    driver.speak(4)
    assert [m["code"] for m in driver.sent("error")] == ["quota_exceeded"]
    assert len(driver.audio_bytes()) < 2 * len(SECOND)


def test_a_token_is_asked_for_a_minute_before_its_end_and_ends_the_session() -> None:
    driver = Driver(token_ends=WALL.timestamp() + 100).start()
    driver.pass_time(41)
    assert driver.sent("error")[0]["code"] == "token_expiring"
    driver.pass_time(60)
    assert driver.closes() == [4401]


def test_a_fresh_token_keeps_the_session() -> None:
    driver = Driver(token_ends=WALL.timestamp() + 100).start()
    driver.pass_time(41)
    assert driver.feed(Auth(type="auth", token="fresh")) == [fx.Verify("fresh")]
    driver.feed(ev.TokenChecked(WALL.timestamp() + 3600))
    driver.pass_time(120)
    assert driver.closes() == []


def test_five_minutes_without_input_close_4408() -> None:
    driver = Driver().start()
    driver.pass_time(301)
    assert driver.closes() == [4408]


def test_draining_asks_to_reconnect_lets_the_command_end_and_closes_1012() -> None:
    driver = spoken()
    driver.feed(ev.Drain("deploy"))
    assert driver.sent("reconnect")[0]["reason"] == "deploy"
    assert driver.closes() == []
    driver.reply()
    assert len(driver.sent("result")) == 1
    assert driver.closes() == [1012]


def test_draining_does_not_wait_for_a_model_that_hangs() -> None:
    driver = spoken()
    driver.feed(ev.Drain("deploy"))
    driver.pass_time(7.5)
    assert driver.closes() == [1012]
    driver.feed(ev.ClientGone())
    driver.pass_time(0.1)
    assert driver.session.over


def test_an_hour_old_connection_is_asked_to_come_back_before_it_is_cut() -> None:
    driver = Driver().start()
    for _ in range(19):
        driver.pass_time(180)
        driver.feed(Control(type="cancel"))
    assert driver.sent("reconnect")[0]["reason"] == "limit"
    driver.pass_time(180)
    assert driver.closes() == [1012]


def test_stop_finishes_the_command_and_closes_1000() -> None:
    driver = spoken()
    driver.feed(Control(type="stop"))
    assert driver.closes() == []
    driver.reply()
    driver.pass_time(4)
    assert driver.closes() == [1000]


def test_identifiers_of_the_window_become_keyterms_and_repair_the_transcript() -> None:
    driver = Driver().start()
    driver.speak(1)
    driver.hear("Create a function.")
    driver.reply(REPLY.replace("add(a, b)", "add_numbers(first, second)").replace("a + b", "first"))
    terms = [e.terms for e in driver.effects if isinstance(e, fx.UpdateTerms)][-1]
    assert "add_numbers" in terms
    driver.speak(1)
    driver.hear("Explain add numbers.")
    last = driver.saves()[-1].interaction
    assert last is not None
    assert (last.transcript, last.raw_transcript) == (
        "Explain add_numbers.",
        "Explain add numbers.",
    )


def test_the_window_is_read_again_when_speech_starts() -> None:
    driver = Driver().start()
    driver.speak(1)
    effects = driver.feed(ev.SpeechSaid(driver.stream, SpeechStarted(at_ms=0)))
    assert fx.Load() in effects


def test_the_ledger_holds_every_step() -> None:
    driver = spoken()
    driver.now += 0.002
    driver.feed(ev.ModelAsked(driver.run))
    driver.now += 0.5
    driver.reply()
    timings = driver.sent("result")[0]["timings"]
    assert timings["speech_end_to_final_ms"] is not None
    assert timings["total_ms"] >= 500
    assert timings["request_to_first_token_ms"] is not None


def test_unknown_store_at_the_beginning_is_told_then_closes_1013() -> None:
    driver = Driver(store_away=True).start()
    driver.feed(ev.LoadStalled(given_up=False))
    assert driver.sent("error")[0]["code"] == "store_unavailable"
    driver.feed(ev.LoadStalled(given_up=True))
    assert driver.closes() == [1013]


def test_a_fourth_session_is_refused() -> None:
    driver = Driver(store_away=True).start()
    driver.feed(ev.TooManySessions())
    assert driver.sent("error")[0]["code"] == "session_limit"
    assert driver.closes() == [4429]
