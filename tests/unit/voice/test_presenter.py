"""What each kind of client gets to see of the session's messages."""

import json

import pytest

from shared.voice.presenter import present
from shared.voice.server_messages import (
    Ack,
    Delta,
    Error,
    Explanation,
    IntentFound,
    Ready,
    Reconnect,
    Result,
    ServerMessage,
    Status,
    Transcript,
)

RESULT = Result(
    turn=3,
    interaction_id="i",
    transcript="t",
    intent="create",
    result={"code": "x = 1\n"},
    timings={"total_ms": 5},
    usage={"input_tokens": 1},
)


def error(code: str, turn: int | None = 3) -> Error:
    """An error message."""
    return Error(turn=turn, interaction_id="i", code=code, message="m", retryable=True)


ALL: list[tuple[ServerMessage, set[str]]] = [
    (
        Ready(session_id="s", resumed=False, resume_from_ms=0, context=[]),
        {"type", "session_id", "resumed", "resume_from_ms", "context"},
    ),
    (Ack(audio_ms=5), {"type", "audio_ms"}),
    (Transcript(turn=1, text="t", final=True), {"type", "turn", "text", "final"}),
    (Status(turn=None, state="speech_ok"), {"type", "turn", "state"}),
    (
        IntentFound(turn=1, intent="create", language=None, filename=None),
        {"type", "turn", "intent", "language", "filename"},
    ),
    (Delta(turn=1, delta="d"), {"type", "turn", "delta"}),
    (Explanation(turn=1, delta="d"), {"type", "turn", "delta"}),
    (
        RESULT,
        {"type", "turn", "interaction_id", "transcript", "intent", "result", "timings", "usage"},
    ),
    (
        error("internal"),
        {"type", "turn", "interaction_id", "code", "message", "retryable"},
    ),
    (Reconnect(reason="deploy"), {"type", "reason"}),
]
TYPES = [
    *("ready", "ack", "transcript", "status", "intent", "code", "explanation", "result"),
    *("error", "reconnect"),
]


@pytest.mark.parametrize(("message", "fields"), ALL, ids=TYPES)
def test_a_streaming_client_gets_everything_in_the_contract_s_form(
    message: ServerMessage, fields: set[str]
) -> None:
    wire = present(message, plain=False)
    assert wire is not None
    assert wire["type"] == TYPES[[m for m, _ in ALL].index(message)]
    assert set(wire) == fields
    assert json.loads(json.dumps(wire)) == wire


@pytest.mark.parametrize(("message", "fields"), ALL, ids=TYPES)
def test_a_plain_client_gets_nothing_but_results(message: ServerMessage, fields: set[str]) -> None:
    wire = present(message, plain=True)
    if isinstance(message, Result | Error):
        assert wire is not None
        assert wire["type"] == "result"
        assert "code" in wire["result"]
    else:
        assert wire is None
    assert fields


def test_a_plain_client_gets_a_result_as_it_is() -> None:
    wire = present(RESULT, plain=True)
    assert wire == RESULT.to_wire()
    assert wire["result"]["code"] == "x = 1\n"


def test_a_failure_is_a_result_with_an_error_for_a_plain_client() -> None:
    assert present(error("model_timeout"), plain=True) == {
        "type": "result",
        "turn": 3,
        "interaction_id": "i",
        "result": {
            "code": None,
            "error": {"code": "model_timeout", "message": "m", "retryable": True},
        },
    }


@pytest.mark.parametrize("code", ["token_expiring", "speech_gap"])
def test_a_plain_client_hears_nothing_of_what_it_cannot_mend(code: str) -> None:
    assert present(error(code, turn=None), plain=True) is None


def test_a_cancelled_command_has_a_result_without_code_for_a_plain_client() -> None:
    wire = present(Status(turn=3, state="cancelled"), plain=True)
    assert wire is not None
    assert (wire["type"], wire["turn"], wire["result"]["code"]) == ("result", 3, None)
