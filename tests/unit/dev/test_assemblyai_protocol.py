"""Settings, messages, pacing, tokens, orders, records and audio of the AssemblyAI stand-in."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import ValidationError

from dev.assemblyai_standin.audio import Decoder, Resampler
from dev.assemblyai_standin.client_messages import ForceEndpoint, UpdateConfiguration, read_message
from dev.assemblyai_standin.orders import Fault, Orders, Script, ScriptedTurn
from dev.assemblyai_standin.pacing import Pacing
from dev.assemblyai_standin.records import Records
from dev.assemblyai_standin.rejection import Rejection
from dev.assemblyai_standin.script_player import ScriptPlayer
from dev.assemblyai_standin.settings import apply_changes, read_settings
from dev.assemblyai_standin.tokens import Door

QUERY = {"sample_rate": "16000", "speech_model": "universal-3-6-pro"}


def test_query_in_the_sdks_form_is_read_and_unknown_parameters_are_ignored() -> None:
    settings = read_settings(
        {
            **QUERY,
            "mode": "min_latency",
            "session_heartbeat": "True",
            "keyterms_prompt": '["user_id"]',
            "speach_model": "typo",
        }
    )
    assert settings.session_heartbeat is True
    assert settings.keyterms_prompt == ["user_id"]
    rules = settings.turn_rules()
    assert (rules.min_turn_silence_ms, rules.max_turn_silence_ms) == (128, 640)


def test_turn_silence_is_clamped_to_the_vendors_range() -> None:
    rules = read_settings(
        {**QUERY, "min_turn_silence": "1", "max_turn_silence": "99999"}
    ).turn_rules()
    assert (rules.min_turn_silence_ms, rules.max_turn_silence_ms) == (50, 10_000)


@pytest.mark.parametrize(
    "change",
    [
        {"sample_rate": "4000"},
        {"sample_rate": "fast"},
        {"encoding": "opus"},
        {"keyterms_prompt": "not json"},
        {"keyterms_prompt": json.dumps([str(n) for n in range(101)])},
        {"inactivity_timeout": "4"},
    ],
)
def test_parameter_out_of_range_is_rejected_with_3006(change: dict[str, str]) -> None:
    with pytest.raises(Rejection) as caught:
        read_settings({**QUERY, **change})
    assert caught.value.code == 3006


def test_update_replaces_what_it_names_and_keeps_the_rest() -> None:
    settings = read_settings({**QUERY, "keyterms_prompt": '["old"]', "min_turn_silence": "300"})
    message = read_message('{"type":"UpdateConfiguration","keyterms_prompt":["new"],"other":1}')
    assert isinstance(message, UpdateConfiguration)
    changed = apply_changes(settings, message)
    assert changed.keyterms_prompt == ["new"]
    assert changed.min_turn_silence == 300


@pytest.mark.parametrize("text", ["{", "[]", '{"type":"Begin"}', '{"type":5}', "{}"])
def test_message_that_is_none_of_the_protocol_is_rejected_with_3006(text: str) -> None:
    with pytest.raises(Rejection) as caught:
        read_message(text)
    assert caught.value.code == 3006
    assert isinstance(read_message('{"type":"ForceEndpoint"}'), ForceEndpoint)


def send(pacing: Pacing, chunks: list[tuple[float, float]]) -> int | None:
    """Return the code that (second, milliseconds of audio) are refused with."""
    try:
        for now_s, duration_ms in chunks:
            pacing.check(duration_ms, now_s)
    except Rejection as rejection:
        return rejection.code
    return None


@pytest.mark.parametrize("duration_ms", [20, 49.9, 1000.1, 4000])
def test_chunk_outside_50_to_1000_ms_is_refused(duration_ms: float) -> None:
    assert send(Pacing(), [(0, duration_ms)]) == 3007


def test_real_time_with_jitter_passes() -> None:
    late = [0.0, 0.3, -0.05, 0.2, 0.0, 0.4]
    chunks = sorted((n * 0.1 + late[n % len(late)], 100.0) for n in range(600))
    assert send(Pacing(), chunks) is None


def test_whole_second_chunks_at_real_time_pass() -> None:
    assert send(Pacing(), [(float(n), 1000.0) for n in range(60)]) is None


@pytest.mark.parametrize("idle_s", [0, 1, 30])
def test_three_seconds_at_once_are_refused_even_after_a_long_rest(idle_s: float) -> None:
    assert send(Pacing(), [(0.0, 100.0)] + [(float(idle_s), 100.0)] * 30) == 3007


def test_audio_ten_percent_too_fast_is_refused_in_the_end() -> None:
    assert send(Pacing(), [(n * 0.09, 100.0) for n in range(600)]) == 3007


def test_token_opens_one_session_before_it_expires() -> None:
    door = Door()
    token = door.issue(expires_in_s=60, session_s=120, now=1000.0)
    assert door.session_seconds(token, 1060.0) == 120
    with pytest.raises(Rejection) as used:
        door.session_seconds(token, 1060.0)
    late = door.issue(expires_in_s=60, session_s=120, now=1000.0)
    with pytest.raises(Rejection) as expired:
        door.session_seconds(late, 1060.1)
    assert (used.value.code, expired.value.code) == (1008, 3008)


def test_any_key_is_good_unless_it_begins_with_bad() -> None:
    door = Door()
    assert [door.key_is_good(key) for key in ("x", "badkey", "", None)] == [
        True,
        False,
        False,
        False,
    ]


def test_faults_strike_as_often_as_ordered_and_refusals_only_handshakes() -> None:
    orders = Orders()
    orders.add_fault(Fault(kind="deaf", times=2))
    orders.add_fault(Fault(kind="refuse", code=429))
    orders.add_fault(Fault(kind="refuse", code=500))
    assert [orders.take_refusal() for _ in range(3)] == [429, 500, None]
    assert [[fault.kind for fault in orders.take_faults()] for _ in range(3)] == [
        ["deaf"],
        ["deaf"],
        [],
    ]


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "explode"},
        {"kind": "refuse", "code": 3005},
        {"kind": "no_begin", "open_sessions": True},
        {"kind": "drop", "after": 5},
    ],
)
def test_fault_that_makes_no_sense_is_refused(order: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(order)


def test_scripts_are_played_in_the_order_given_and_as_often_as_said() -> None:
    orders = Orders()
    first = Script(turns=(ScriptedTurn(at_ms=0, transcript="one"),), sessions=2)
    second = Script(turns=(ScriptedTurn(at_ms=0, transcript="two"),))
    orders.add_script(first)
    orders.add_script(second)
    assert [orders.take_script() for _ in range(4)] == [first, first, second, None]


def test_script_gives_each_message_when_its_audio_has_come() -> None:
    player = ScriptPlayer(
        Script(
            turns=(
                ScriptedTurn(at_ms=900, transcript="Sort it.", final=True),
                ScriptedTurn(at_ms=300, transcript="sort"),
                ScriptedTurn(at_ms=950, raw="{broken"),
                ScriptedTurn(transcript="Undo that.", final=True),
            )
        )
    )
    assert player.due(299) == []
    assert [kind(m) for m in player.due(300)] == ["SpeechStarted", ("sort", 0, False)]
    assert [kind(m) for m in player.due(1000)] == [("Sort it.", 0, True), "{broken"]
    assert [kind(m) for m in player.forced(1200)] == ["SpeechStarted", ("Undo that.", 1, True)]
    assert player.forced(1300) == []


def kind(message: object) -> object:
    if not isinstance(message, dict):
        return message
    if message["type"] == "Turn":
        return message["transcript"], message["turn_order"], message["end_of_turn"]
    return message["type"]


def test_record_keeps_everything_but_the_value_of_the_key() -> None:
    records = Records()
    record = records.open("s1", {"token": "t0p", "mode": "balanced"}, {"Authorization": "k3y"}, 1.0)
    record.add_audio(100.0)
    record.add_audio(100.0)
    record.add_text("{}")
    shown = records.to_json()
    assert "k3y" not in json.dumps(shown)
    assert "t0p" not in json.dumps(shown)
    assert shown[0]["headers"] == {"Authorization": "present"}
    assert shown[0]["chunk_ms"] == {"100": 2}
    assert shown[0]["audio_ms"] == 200.0


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_tone_keeps_its_pitch_and_level_at_16_khz(rate_hz: int) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate_hz) / rate_hz) * 10_000
    resampler = Resampler(rate_hz)
    parts = np.array_split(tone.astype(np.int16), [7, 100, 5000, 5001])
    out = np.concatenate([resampler.push(part) for part in parts]).astype(float)
    assert abs(len(out) - 16_000) <= 1
    spectrum = np.abs(np.fft.rfft(out[2000:10_000])) / 4000
    assert np.argmax(spectrum) == 500
    assert spectrum[500] == pytest.approx(10_000, rel=0.02)


def test_tone_above_8_khz_does_not_come_back_as_a_lower_one() -> None:
    tone = np.sin(2 * np.pi * 12_000 * np.arange(48_000) / 48_000) * 10_000
    out = Resampler(48_000).push(tone.astype(np.int16)).astype(float)
    assert np.abs(out[100:]).max() < 100


def test_mu_law_bytes_become_their_values_and_last_half_as_long() -> None:
    decoder = Decoder("pcm_mulaw", 16_000)
    samples = np.frombuffer(decoder.push(bytes([0xFF, 0x7F, 0x80, 0x00, 0xF0])), dtype="<i2")
    assert samples.tolist() == [0, 0, 32_124, -32_124, 120]
    assert decoder.duration_ms(bytes(1600)) == 100
    assert Decoder("pcm_s16le", 8_000).duration_ms(bytes(1600)) == 100
