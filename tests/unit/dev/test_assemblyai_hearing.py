"""What a session makes of its audio: the listener, its messages, and the session's end."""

from __future__ import annotations

import asyncio
import json
import math
import struct
from collections.abc import Sequence
from typing import Any, cast

import pytest
from aiohttp import web

from dev.assemblyai_standin.hearing import Hearing, Recognition
from dev.assemblyai_standin.keyterms import Bias
from dev.assemblyai_standin.listener import Listener
from dev.assemblyai_standin.records import Records
from dev.assemblyai_standin.rejection import Rejection
from dev.assemblyai_standin.session import Session
from dev.assemblyai_standin.settings import Settings, read_settings
from dev.assemblyai_standin.turn_events import SendTurn, TurnRules
from dev.assemblyai_standin.words import Word, spread

RULES = TurnRules(min_turn_silence_ms=128, max_turn_silence_ms=640, interruption_delay_ms=0)


def buzz(ms: int) -> bytes:
    """Return a sound that the detector takes for a voice: harmonics of 120 Hz."""
    samples = (
        sum(math.sin(2 * math.pi * 120 * k * n / 16_000) / k for k in range(1, 20))
        for n in range(16 * ms)
    )
    return b"".join(struct.pack("<h", int(6000 * value)) for value in samples)


SPOKEN = bytes(16_000) + buzz(600) + bytes(32_000)


class Parrot:
    """A recogniser that always hears the same, and notes which audio it was given."""

    def __init__(self, *, busy: bool = False) -> None:
        self.asked: list[tuple[int, int]] = []
        self._busy = busy

    def saturated(self) -> bool:
        return self._busy

    def bias(self, terms: Sequence[str]) -> Bias:
        return tuple((term, "") for term in terms)

    async def transcribe(self, pcm: bytes, bias: Bias, start_ms: int) -> tuple[Word, ...]:
        del bias
        self.asked.append((start_ms, len(pcm) // 32))
        return spread("undo that", start_ms, start_ms + 200)


def settings(**changes: str) -> Settings:
    return read_settings({"sample_rate": "16000", "mode": "min_latency", **changes})


async def heard(asked: Settings, pcm: bytes, *, busy: bool = False) -> list[dict[str, Any]]:
    hearing = Recognition(Parrot(busy=busy), asked)
    chunks = [pcm[at : at + 3200] for at in range(0, len(pcm), 3200)]
    messages = [message for chunk in chunks async for message in hearing.audio(chunk)]
    return [message for message in messages if isinstance(message, dict)]


@pytest.mark.parametrize("chunk", [64, 640, 1000, 3200])
async def test_listener_hears_the_same_whatever_the_chunks(chunk: int) -> None:
    parrot = Parrot()

    async def transcribe(pcm: bytes, start_ms: int) -> tuple[Word, ...]:
        return await parrot.transcribe(pcm, (), start_ms)

    listener = Listener(RULES, 0.2, transcribe)
    effects = []
    for at in range(0, len(SPOKEN), chunk):
        effects += [effect async for effect in listener.push(SPOKEN[at : at + chunk])]
    finals = [effect for effect in effects if isinstance(effect, SendTurn) and effect.final]
    assert len(finals) == 1
    start_ms, length_ms = parrot.asked[-1]
    assert start_ms < 500
    assert start_ms + length_ms > 1100


async def test_universal_3_sends_one_formatted_final_turn_after_its_partial() -> None:
    messages = await heard(settings(), SPOKEN)
    assert [message["type"] for message in messages] == ["SpeechStarted", "Turn", "Turn"]
    assert [message["transcript"] for message in messages[1:]] == ["undo that", "Undo that."]
    assert [message["turn_is_formatted"] for message in messages[1:]] == [False, True]
    assert messages[-1]["utterance"] == "Undo that."
    assert all(word["word_is_final"] for word in messages[-1]["words"])


async def test_universal_streaming_with_format_turns_sends_two_final_turns() -> None:
    asked = settings(speech_model="universal-streaming-english", format_turns="True")
    finals = [m for m in await heard(asked, SPOKEN) if m.get("end_of_turn")]
    assert [(m["turn_order"], m["transcript"], m["turn_is_formatted"]) for m in finals] == [
        (0, "undo that", False),
        (0, "Undo that.", True),
    ]


async def test_partials_that_are_not_wanted_are_not_sent() -> None:
    turns = [
        message
        for message in await heard(settings(include_partial_turns="False"), SPOKEN)
        if message["type"] == "Turn"
    ]
    assert [turn["end_of_turn"] for turn in turns] == [True]


async def test_busy_recogniser_leaves_partials_out_but_never_the_end_of_a_turn() -> None:
    turns = [m for m in await heard(settings(), SPOKEN, busy=True) if m["type"] == "Turn"]
    assert [turn["transcript"] for turn in turns] == ["Undo that."]


async def test_silence_is_told_by_the_second_where_it_is_wanted() -> None:
    messages = await heard(settings(acknowledge_silence="True"), bytes(3200 * 31))
    assert messages == [
        {"type": "Silence", "start_ms": start, "end_ms": start + 1000} for start in (0, 1000, 2000)
    ]
    assert await heard(settings(), bytes(3200 * 31)) == []


class MuteSocket:
    """A connection whose client says nothing; keeps what it was sent."""

    closed = False

    def __init__(self) -> None:
        self.sent: list[str] = []

    def __aiter__(self) -> MuteSocket:
        return self

    async def __anext__(self) -> Any:
        await asyncio.Event().wait()

    async def send_str(self, text: str) -> None:
        self.sent.append(text)


async def test_session_older_than_its_life_is_rejected_with_3008() -> None:
    socket = MuteSocket()
    asked = settings()
    hearing: Hearing = Recognition(Parrot(), asked)
    record = Records().open("s1", {}, {}, 0.0)
    session = Session(cast(web.WebSocketResponse, socket), asked, hearing, record, [], 0)
    with pytest.raises(Rejection) as caught:
        await session.run()
    assert caught.value.code == 3008
    assert [json.loads(text)["type"] for text in socket.sent] == ["Begin"]
