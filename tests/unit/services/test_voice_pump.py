"""The pump with fakes on every port: effects are done, outcomes come back, nothing is left."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from dev.fakes.clock import FakeClock
from dev.fakes.model import FakeModel, FakeReply
from dev.fakes.speech import FakeTranscriber
from dev.fakes.state import FakeStateStore
from shared.errors import Unauthenticated, UpstreamRejected, UpstreamUnavailable
from shared.ports.speech import SpeechStarted, TurnHeard
from shared.services.voice_journal import VoiceJournal
from shared.services.voice_pump import PumpPorts, VoicePump
from shared.voice import events as ev
from shared.voice.opening import Limits, Opening
from shared.voice.session import Session
from tests.unit.voice.driver import REPLY

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SAID = (
    (300, SpeechStarted(at_ms=0)),
    (
        900,
        TurnHeard(order=0, text="Create a function.", final=True, start_ms=10, end_ms=800),
    ),
)


class FakeSocket:
    """Keeps what the client would get."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.closed_with: int | None = None

    def send_text(self, text: str) -> None:
        """Keep the message."""
        self.messages.append(json.loads(text))

    def close(self, code: int, _reason: str = "") -> None:
        """Keep the code."""
        self.closed_with = code


class Rig:
    """A pump on the running loop; `store` calls run at once."""

    def __init__(
        self, model: FakeModel | None = None, transcriber: FakeTranscriber | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self.store, self.socket = FakeStateStore(), FakeSocket()
        self.model, self.transcriber = model or FakeModel(), transcriber or FakeTranscriber()
        self.over: list[VoicePump] = []
        self.resumed: list[str] = []
        limits = Limits(daily_audio_ms=10**7, daily_model_calls=100, history_days=90)
        opening = Opening(
            session_id="s1",
            at=loop.time(),
            wall=NOW,
            token_ends=None,
            limits=limits,
            random=lambda: 7,
        )
        journal = VoiceJournal(
            store=self.store, clock=FakeClock(NOW), uid="demo", session_id="s1", nonce="n"
        )
        ports = PumpPorts(
            transcriber=self.transcriber,
            model=self.model,
            journal=journal,
            repository=None,
            run=self._run,
            token_end=self._token_end,
            others=lambda _pump, _session_id: 0,
            on_ready=lambda: None,
            on_resumed=lambda _pump, session_id: self.resumed.append(session_id),
            on_over=self.over.append,
        )
        self.pump = VoicePump(Session(opening), self.socket, ports)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop turn until something is true."""
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Messages of a type."""
        return [m for m in self.socket.messages if m["type"] == kind]

    async def _run(self, call: Callable[[], Any]) -> Any:
        return call()

    def _token_end(self, token: str) -> float:
        if token != "good":
            raise Unauthenticated("no")
        return NOW.timestamp() + 3600


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scenario and see that it leaves no task behind."""

    async def whole() -> None:
        await scenario()
        for _ in range(5):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left

    asyncio.run(whole())


def leave(rig: Rig) -> Awaitable[None]:
    """The client goes; wait until the pump is done."""
    rig.pump.feed(ev.Drain("deploy"))
    rig.pump.on_closed(1000)
    return rig.until(lambda: rig.over)


def test_speech_becomes_a_result_and_nothing_is_left() -> None:
    async def scenario() -> None:
        rig = Rig(FakeModel(FakeReply(pieces=[REPLY])), FakeTranscriber(SAID))
        rig.pump.on_text('{"type":"start"}')
        for _ in range(10):
            rig.pump.on_binary(b"\0\4" * 1600)
            await rig.until(lambda: rig.transcriber.streams)
            await asyncio.sleep(0.1)
        await rig.until(lambda: rig.of("result"))
        assert rig.of("result")[0]["result"]["code"].startswith("def add")
        assert [m["seq"] for m in rig.socket.messages] == list(
            range(1, len(rig.socket.messages) + 1)
        )
        await leave(rig)
        assert rig.transcriber.streams[0].ended

    run(scenario)


def test_cancelling_closes_the_request_to_the_model() -> None:
    async def scenario() -> None:
        never = asyncio.Event()
        rig = Rig(FakeModel(FakeReply(pieces=["intent: create\n", never])))
        rig.pump.on_text('{"type":"start"}')
        rig.pump.on_text('{"type":"text","text":"create a stack"}')
        await rig.until(lambda: rig.model.requests)
        rig.pump.on_text('{"type":"cancel"}')
        await rig.until(lambda: rig.model.cancelled == 1)
        assert rig.of("status")[-1]["state"] == "cancelled"
        await leave(rig)

    run(scenario)


def test_a_model_that_breaks_off_is_a_typed_error() -> None:
    async def scenario() -> None:
        fault = UpstreamUnavailable("cut", "anthropic")
        rig = Rig(FakeModel(FakeReply(pieces=["intent: create\n", fault])))
        rig.pump.on_text('{"type":"start"}')
        rig.pump.on_text('{"type":"text","text":"create a stack"}')
        await rig.until(lambda: rig.of("error"))
        assert rig.of("error")[0]["code"] == "model_unavailable"
        await leave(rig)

    run(scenario)


def test_a_speech_service_that_refuses_is_a_typed_error() -> None:
    async def scenario() -> None:
        refusing = FakeTranscriber(refusals=[UpstreamRejected("wrong key", "assemblyai")])
        rig = Rig(transcriber=refusing)
        rig.pump.on_text('{"type":"start"}')
        rig.pump.on_binary(bytes(3200))
        await rig.until(lambda: rig.of("error"))
        assert rig.of("error")[0]["code"] == "speech_unavailable"
        await leave(rig)

    run(scenario)


def test_a_store_that_fails_for_a_moment_is_tried_again() -> None:
    async def scenario() -> None:
        rig = Rig(FakeModel(FakeReply(pieces=[REPLY])))
        rig.pump.on_text('{"type":"start"}')
        await rig.until(lambda: rig.of("ready"))
        rig.store.fail_next(2, UpstreamUnavailable("away", "firestore"))
        rig.pump.on_text('{"type":"text","text":"create a function"}')
        await rig.until(lambda: rig.of("result"))
        await leave(rig)

    run(scenario)


def test_a_fresh_token_is_taken_and_a_foreign_one_refused() -> None:
    async def scenario() -> None:
        rig = Rig()
        rig.pump.on_text('{"type":"start"}')
        await rig.until(lambda: rig.of("ready"))
        rig.pump.on_text('{"type":"auth","token":"foreign"}')
        await rig.until(lambda: rig.of("error"))
        assert rig.of("error")[0]["code"] == "token_expiring"
        rig.pump.on_text('{"type":"auth","token":"good"}')
        ends = NOW.timestamp() + 3600
        expected = rig.pump.session.opening.monotonic_at(ends)
        await rig.until(lambda: rig.pump.session.life.token_ends == expected)
        await leave(rig)

    run(scenario)


def test_a_fault_inside_closes_this_connection_as_internal_and_lets_go() -> None:
    async def scenario() -> None:
        rig = Rig()
        rig.pump.on_text('{"type":"start"}')
        await rig.until(lambda: rig.of("ready"))
        rig.pump.session.commands = None  # type: ignore[assignment]
        rig.pump.on_text('{"type":"text","text":"create a stack"}')
        assert rig.socket.closed_with == 1011
        assert rig.of("error")[0]["code"] == "internal"
        assert rig.over == [rig.pump]

    run(scenario)
