"""What a browser may say, and that faults are named without repeating it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidRequest
from shared.voice.client_messages import (
    MAX_TEXT_CHARS,
    Auth,
    Control,
    Retry,
    Start,
    Text,
    parse,
)

SECRET = "hunter2-zebra"


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ({"type": "start"}, Start()),
        (
            {
                "type": "start",
                "encoding": "pcm_s16le",
                "sample_rate": 48000,
                "mode": "push_to_talk",
                "language": "pt-BR",
                "resume": "0123456789abcdef0123456789abcdef",
                "last_turn": 17,
            },
            Start(
                sample_rate=48000,
                mode="push_to_talk",
                language="pt-BR",
                resume="0123456789abcdef0123456789abcdef",
                last_turn=17,
            ),
        ),
        ({"type": "start", "resume": None}, Start()),
        ({"type": "start", "resume": ""}, Start(resume="")),
        ({"type": "start", "later": {"unknown": 1}}, Start()),
        ({"type": "text", "text": " add it \n"}, Text(type="text", text="add it")),
        (
            {"type": "retry", "interaction_id": "0" * 28},
            Retry(type="retry", interaction_id="0" * 28),
        ),
        ({"type": "auth", "token": "t"}, Auth(type="auth", token="t")),
        ({"type": "end_turn"}, Control(type="end_turn")),
        ({"type": "cancel"}, Control(type="cancel")),
        ({"type": "stop"}, Control(type="stop")),
    ],
)
def test_messages_of_the_contract_are_read(wire: dict[str, Any], message: object) -> None:
    assert parse(json.dumps(wire)) == message


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "not JSON"),
        (SECRET, "not JSON"),
        ('{"type": "text", "text": "' + SECRET, "not JSON"),
        ('{"type": "text", "text": "\\ud800' + SECRET + '"}', "not JSON"),
        ("[" * 5000, "not JSON"),
        ("null", ""),
        ("[]", ""),
        ('"' + SECRET + '"', ""),
        ("1", ""),
        ("{}", "no known `type`"),
        ('{"type": null}', "no known `type`"),
        ('{"type": 1}', "no known `type`"),
        ('{"type": ["start"]}', "no known `type`"),
        ('{"type": "' + SECRET + '"}', "no known `type`"),
        ('{"Type": "start"}', "no known `type`"),
        ('{"type": "START"}', "no known `type`"),
        ('{"' + SECRET + '": 1}', "no known `type`"),
    ],
)
def test_what_is_no_message_is_refused_without_repeating_it(text: str, detail: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(text)
    assert detail in caught.value.detail
    assert SECRET not in caught.value.detail
    assert "ud800" not in caught.value.detail


@pytest.mark.parametrize(
    ("wire", "field"),
    [
        ({"type": "start", "encoding": SECRET}, "encoding"),
        ({"type": "start", "sample_rate": 7999}, "sample_rate"),
        ({"type": "start", "sample_rate": 48001}, "sample_rate"),
        ({"type": "start", "sample_rate": "16000"}, "sample_rate"),
        ({"type": "start", "sample_rate": 16000.5}, "sample_rate"),
        ({"type": "start", "sample_rate": True}, "sample_rate"),
        ({"type": "start", "sample_rate": None}, "sample_rate"),
        ({"type": "start", "mode": SECRET}, "mode"),
        ({"type": "start", "language": SECRET}, "language"),
        ({"type": "start", "language": "en\n"}, "language"),
        ({"type": "start", "language": ""}, "language"),
        ({"type": "start", "resume": SECRET + "/x"}, "resume"),
        ({"type": "start", "resume": ".."}, "resume"),
        ({"type": "start", "resume": "__x__"}, "resume"),
        ({"type": "start", "resume": "a\n"}, "resume"),
        ({"type": "start", "resume": "a" * 65}, "resume"),
        ({"type": "start", "resume": 5}, "resume"),
        ({"type": "start", "last_turn": -1}, "last_turn"),
        ({"type": "start", "last_turn": 10**30}, "last_turn"),
        ({"type": "start", "last_turn": "1"}, "last_turn"),
        ({"type": "text"}, "text"),
        ({"type": "text", "text": ""}, "text"),
        ({"type": "text", "text": " \n\t"}, "text"),
        ({"type": "text", "text": None}, "text"),
        ({"type": "text", "text": [SECRET]}, "text"),
        ({"type": "text", "text": SECRET * MAX_TEXT_CHARS}, "text"),
        ({"type": "retry"}, "interaction_id"),
        ({"type": "retry", "interaction_id": SECRET}, "interaction_id"),
        ({"type": "retry", "interaction_id": "A" * 28}, "interaction_id"),
        ({"type": "retry", "interaction_id": "0" * 28 + "\n"}, "interaction_id"),
        ({"type": "auth"}, "token"),
        ({"type": "auth", "token": ""}, "token"),
        ({"type": "auth", "token": SECRET * 1000}, "token"),
    ],
)
def test_a_wrong_field_is_named_without_its_value(wire: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(json.dumps(wire))
    assert caught.value.detail.startswith(f"`{field}`: ")
    assert SECRET not in caught.value.detail
    assert len(caught.value.detail) < 200


def test_the_longest_text_is_read() -> None:
    assert parse(json.dumps({"type": "text", "text": "é" * MAX_TEXT_CHARS}))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["type", "text", "token", "interaction_id", "resume", "sample_rate", "mode", "last_turn"]
)
_TYPES = st.sampled_from(["start", "text", "retry", "auth", "end_turn", "cancel", "stop"])


@given(
    st.one_of(
        st.text(),
        _JSON.map(json.dumps),
        st.builds(
            lambda fields, kind: json.dumps({"type": kind} | fields),
            st.dictionaries(_FIELDS, _JSON, max_size=4),
            _TYPES,
        ),
    )
)
def test_any_text_is_a_message_or_an_invalid_request(text: str) -> None:
    try:
        message = parse(text)
    except InvalidRequest:
        return
    assert isinstance(message, Start | Text | Retry | Auth | Control)
