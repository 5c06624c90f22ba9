"""The engine with fakes on every port: what is loaded when, and an engine that cannot load."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from dev.fakes.clock import FakeClock
from dev.fakes.identity import FakeIdentity
from dev.fakes.model import FakeModel, FakeReply
from dev.fakes.speech import FakeTranscriber
from dev.fakes.state import FakeStateStore
from shared.errors import UpstreamUnavailable
from shared.ports.identity import Caller
from shared.ports.speech import SpeechStarted, TurnHeard
from shared.services import voice_quiet
from shared.services.late_ports import Late, LateModel, LateTranscriber
from shared.services.voice_engine import EnginePorts, VoiceEngine
from shared.voice.opening import Limits
from tests.support.waiting import until
from tests.unit.voice.driver import REPLY

SAID = (
    (300, SpeechStarted(at_ms=0)),
    (900, TurnHeard(order=0, text="Create a function.", final=True, start_ms=10, end_ms=800)),
)
SECOND = b"\0\4" * 16_000


class Socket:
    """Keeps what a client would get."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.closed_with: int | None = None

    def send_text(self, text: str) -> None:
        """Keep the message."""
        self.messages.append(json.loads(text))

    def close(self, code: int, _reason: str = "") -> None:
        """Keep the code."""
        self.closed_with = code

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Messages of a type."""
        return [message for message in self.messages if message["type"] == kind]


class Rig:
    """A running engine whose vendors load when `may_load` is set, or fail with `fault`."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.store = FakeStateStore()
        self.model = FakeModel(*[FakeReply(pieces=[REPLY])] * 2)
        self.transcriber = FakeTranscriber(SAID)
        self.may_load = Event()
        self.loads = 0
        self.fault: Exception | None = None
        self._speech = Late("assemblyai", self._made(self.transcriber), pool)
        self._talk = Late("anthropic", self._made(self.model), pool)
        limits = Limits(daily_audio_ms=10**7, daily_model_calls=100, history_days=90)
        self.engine = VoiceEngine(self._ports, limits)

    def connect(self, uid: str = "ada") -> tuple[Socket, Any]:
        """A new connection, which has not said anything."""
        socket = Socket()

        async def open_one() -> Any:
            return self.engine.open(uid, Caller(uid=uid, expires_at=None), socket)

        opened = asyncio.run_coroutine_threadsafe(open_one(), self.engine.loop)
        return socket, opened.result(10)

    def say(self, handler: Any, *messages: str | bytes) -> None:
        """Send messages of a client."""
        for each in messages:
            take = handler.on_text if isinstance(each, str) else handler.on_binary
            self.engine.loop.call_soon_threadsafe(take, each)

    def probed(self) -> dict[str, str]:
        """What was recorded of the vendors."""
        found = {name: self.store.get(f"probes/{name}") for name in ("assemblyai", "anthropic")}
        return {name: each.data["status"] for name, each in found.items() if each}

    def _made(self, port: Any) -> Callable[[], Any]:
        def make() -> Any:
            self.loads += 1
            assert self.may_load.wait(10)
            if self.fault is not None:
                raise self.fault
            return port

        return make

    def _ports(self) -> EnginePorts:
        async def load() -> None:
            await self._speech.get()
            await self._talk.get()

        return EnginePorts(
            store=self.store,
            identity=FakeIdentity(),
            clock=FakeClock(),
            transcriber=LateTranscriber(self._speech),
            model=LateModel(self._talk),
            load=load,
        )


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(voice_quiet, "ALONE_S", 30.0)
    with ThreadPoolExecutor(1) as pool:
        rig = Rig(pool)
        rig.engine.start()
        yield rig
        rig.may_load.set()
        _end(rig.engine)


def _end(engine: VoiceEngine) -> None:
    async def leave() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others)
        asyncio.get_running_loop().stop()

    asyncio.run_coroutine_threadsafe(leave(), engine.loop)
    until(lambda: not engine.loop.is_running(), 10, "the loop has ended")
    engine.loop.close()


def test_the_vendors_load_after_the_first_session_is_ready_and_are_probed_then(rig: Rig) -> None:
    socket, handler = rig.connect()
    assert rig.loads == 0
    rig.say(handler, '{"type":"start"}')
    until(lambda: socket.of("ready"), 10, "ready")
    until(lambda: rig.loads, 10, "begun to load")
    assert (rig.engine.alive(), rig.probed()) == (True, {})
    rig.may_load.set()
    until(lambda: len(rig.probed()) == 2, 10, "probed")
    assert set(rig.probed().values()) == {"healthy"}
    assert rig.model.warmed == 1


def test_a_kept_warm_instance_loads_though_nobody_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_quiet, "ALONE_S", 0.0)
    monkeypatch.setattr(voice_quiet, "_LOOK_S", 0.01)
    with ThreadPoolExecutor(1) as pool:
        rig = Rig(pool)
        rig.may_load.set()
        rig.engine.start()
        until(lambda: len(rig.probed()) == 2, 10, "probed")
        _end(rig.engine)
    assert rig.loads == 2


def test_two_sessions_that_speak_and_type_while_the_vendors_load_lose_nothing(rig: Rig) -> None:
    (spoken, speaker), (typed, typist) = rig.connect("ada"), rig.connect("bob")
    rig.say(speaker, '{"type":"start"}', *[SECOND[:3200]] * 10)
    rig.say(typist, '{"type":"start"}', '{"type":"text","text":"create a function"}')
    until(lambda: spoken.of("ready") and typed.of("ready"), 10, "both are ready")
    until(lambda: rig.loads, 10, "begun to load")
    assert rig.transcriber.streams == []
    rig.may_load.set()
    until(lambda: spoken.of("result") and typed.of("result"), 20, "both have results")
    assert rig.transcriber.streams[0].audio_ms >= 900
    assert spoken.of("error") == typed.of("error") == []
    assert rig.loads == 2


def test_a_session_that_goes_away_while_the_vendors_load_leaves_them_to_the_next(rig: Rig) -> None:
    socket, handler = rig.connect()
    rig.say(handler, '{"type":"start"}', SECOND[:3200])
    until(lambda: socket.of("ready") and rig.loads, 10, "begun to load")
    rig.engine.loop.call_soon_threadsafe(handler.on_closed, 1001)
    rig.may_load.set()
    until(lambda: len(rig.probed()) == 2, 10, "probed")
    socket, handler = rig.connect()
    rig.say(handler, '{"type":"start"}', *[SECOND[:3200]] * 10)
    until(lambda: socket.of("result"), 20, "a result")
    assert rig.loads == 2


@pytest.mark.parametrize("fault", [ImportError("no jiter", name="jiter"), ValueError("a bad host")])
def test_vendors_that_cannot_be_loaded_are_told_to_sessions_and_end_the_instances_health(
    rig: Rig, fault: Exception
) -> None:
    socket, handler = rig.connect()
    rig.say(handler, '{"type":"start"}')
    until(lambda: socket.of("ready"), 10, "ready")
    assert rig.engine.alive()
    rig.fault = fault
    rig.may_load.set()
    rig.say(handler, SECOND[:3200])
    until(lambda: socket.of("error"), 10, "an error")
    code = {ImportError: "speech_unavailable", ValueError: "internal"}[type(fault)]
    assert socket.of("error")[0]["code"] == code
    until(lambda: not rig.engine.alive(), 10, "unhealthy")


def test_a_session_that_waits_for_the_store_is_not_hindered_by_loading(rig: Rig) -> None:
    rig.store.fail_next(3, UpstreamUnavailable("away", "firestore"))
    socket, handler = rig.connect()
    rig.say(handler, '{"type":"start"}')
    until(lambda: socket.of("ready") or rig.loads, 20, "ready")
    assert (len(socket.of("ready")), socket.of("error")) == (1, [])
