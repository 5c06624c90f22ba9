"""The promises of the speech port, kept by the fake and by AssemblyAI's adapter on its stand-in."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from dev.fakes.speech import FakeTranscriber
from shared.adapters.assemblyai import AssemblyAITranscriber
from shared.errors import NexusError, RateLimited, UpstreamRejected, UpstreamUnavailable
from shared.ports.speech import (
    SpeechAlive,
    SpeechConfig,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
    SpeechStream,
    Transcriber,
    TurnHeard,
)
from tests.contract.standins import StandIn, running

CONFIG = SpeechConfig(sample_rate_hz=16000)
FRAME = bytes(3200)  # 100 ms
RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"
_DEADLINE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One turn of a script; `at_ms` None: when the endpoint is forced."""

    at_ms: int | None
    text: str
    final: bool = False


class Rig(Protocol):
    """A transcriber and the hand behind its vendor."""

    transcriber: Transcriber

    async def script(self, *lines: Line) -> None:
        """Let the next stream hear these turns, order 0."""

    async def refuse(self, error: type[NexusError]) -> None:
        """Let the next opening fail."""

    async def drop(self) -> None:
        """Break the open stream."""


class FakeRig:
    """The fake, played from inside."""

    def __init__(self) -> None:
        self.fake = FakeTranscriber()
        self.transcriber: Transcriber = self.fake

    async def script(self, *lines: Line) -> None:
        """Make the fake anew with the script."""
        events: list[tuple[int | None, SpeechEvent]] = []
        for line in lines:
            if not events:
                events.append((line.at_ms, SpeechStarted(at_ms=0)))
            heard = TurnHeard(order=0, text=line.text, final=line.final, start_ms=0, end_ms=90)
            events.append((line.at_ms, heard))
        self.fake = self.transcriber = FakeTranscriber(events)

    async def refuse(self, error: type[NexusError]) -> None:
        """Queue a refusal."""
        self.fake.refusals.append(error("refused"))

    async def drop(self) -> None:
        """End the open stream with an error."""
        self.fake.streams[-1].tell(SpeechEnded(error=UpstreamUnavailable("dropped")))


class StandInRig:
    """The adapter on the stand-in, ordered over its control address."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.transcriber: Transcriber = AssemblyAITranscriber(
            api_key="local", base_url=f"ws://{stand_in.address}", model="universal-3-6-pro"
        )

    async def script(self, *lines: Line) -> None:
        """Order exact turns."""
        turns = [
            {"at_ms": line.at_ms, "transcript": line.text, "final": line.final} for line in lines
        ]
        await self.stand_in.order("/script", turns=turns)

    async def refuse(self, error: type[NexusError]) -> None:
        """Order a refused handshake."""
        status = {UpstreamRejected: 401, RateLimited: 429, UpstreamUnavailable: 503}[error]
        await self.stand_in.order("/faults", kind="refuse", code=status)

    async def drop(self) -> None:
        """Order the open session to break."""
        await self.stand_in.order("/faults", kind="drop", open_sessions=True)


class Heard:
    """Collects events, and which loop they came on."""

    def __init__(self) -> None:
        self.events: list[SpeechEvent] = []
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def __call__(self, event: SpeechEvent) -> None:
        assert asyncio.get_running_loop() is self._loop
        self.events.append(event)
        self._changed.set()

    @property
    def turns(self) -> list[TurnHeard]:
        """The turns alone."""
        return [event for event in self.events if isinstance(event, TurnHeard)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for events until the condition holds."""
        async with asyncio.timeout(_DEADLINE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def end(self) -> NexusError | None:
        """Wait for the one end; its error."""
        await self.until(lambda: any(isinstance(event, SpeechEnded) for event in self.events))
        ends = [event for event in self.events if isinstance(event, SpeechEnded)]
        assert self.events[-1:] == ends, "the end comes once, and last"
        return ends[0].error


@pytest.fixture(scope="module")
def assemblyai() -> Iterator[StandIn]:
    """AssemblyAI's stand-in."""
    with running("assemblyai_standin") as stand_in:
        yield stand_in


@pytest.fixture(params=["fake", "assemblyai"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Each implementation of the port."""
    if request.param == "fake":
        yield FakeRig()
        return
    stand_in: StandIn = request.getfixturevalue("assemblyai")
    await stand_in.order("/reset")
    yield StandInRig(stand_in)


def send(stream: SpeechStream, frames: int) -> None:
    """Send silence, less than what makes a vendor complain of haste."""
    for _ in range(frames):
        stream.send(FRAME)


async def test_a_turn_grows_and_becomes_final_under_one_order(rig: Rig) -> None:
    await rig.script(
        Line(at_ms=200, text="create a"),
        Line(at_ms=300, text="Create a list.", final=True),
    )
    heard = Heard()
    stream = await rig.transcriber.open(CONFIG, heard)
    send(stream, 4)
    await heard.until(lambda: len(heard.turns) == 2)
    await stream.close()
    assert [(turn.order, turn.text, turn.final) for turn in heard.turns] == [
        (0, "create a", False),
        (0, "Create a list.", True),
    ]
    spoken = [event for event in heard.events if not isinstance(event, SpeechAlive)]
    assert isinstance(spoken[0], SpeechStarted)


async def test_the_times_of_a_turn_lie_within_the_audio_sent(rig: Rig) -> None:
    await rig.script(Line(at_ms=300, text="undo", final=True))
    heard = Heard()
    stream = await rig.transcriber.open(CONFIG, heard)
    send(stream, 3)
    await heard.until(lambda: heard.turns)
    await stream.close()
    (turn,) = heard.turns
    assert 0 <= turn.start_ms <= turn.end_ms <= 300


async def test_a_forced_endpoint_ends_the_turn_without_silence(rig: Rig) -> None:
    await rig.script(Line(at_ms=100, text="stop"), Line(at_ms=None, text="Stop.", final=True))
    heard = Heard()
    stream = await rig.transcriber.open(CONFIG, heard)
    send(stream, 2)
    await heard.until(lambda: heard.turns)
    assert not heard.turns[-1].final
    stream.force_endpoint()
    await heard.until(lambda: heard.turns[-1].final)
    await stream.close()


async def test_a_stream_that_we_close_ends_once_and_without_error(rig: Rig) -> None:
    heard = Heard()
    stream = await rig.transcriber.open(CONFIG, heard)
    await stream.close()
    await stream.close()
    assert await heard.end() is None


async def test_a_stream_that_breaks_ends_once_with_an_error(rig: Rig) -> None:
    heard = Heard()
    stream = await rig.transcriber.open(CONFIG, heard)
    await rig.drop()
    send(stream, 1)
    assert isinstance(await heard.end(), UpstreamUnavailable)
    await stream.close()
    assert isinstance(await heard.end(), UpstreamUnavailable)


async def test_after_the_end_nothing_is_told_and_nothing_fails(rig: Rig) -> None:
    await rig.script(Line(at_ms=100, text="late"))
    heard = Heard()
    stream = await rig.transcriber.open(CONFIG, heard)
    await stream.close()
    told = list(heard.events)
    send(stream, 3)
    stream.force_endpoint()
    stream.update_keyterms(("x",))
    await stream.close()
    assert heard.events == told
    assert heard.turns == []


@pytest.mark.parametrize("error", [UpstreamRejected, RateLimited, UpstreamUnavailable])
async def test_a_refused_opening_raises_and_the_next_may_succeed(
    rig: Rig, error: type[NexusError]
) -> None:
    heard = Heard()
    await rig.refuse(error)
    with pytest.raises(error):
        await rig.transcriber.open(CONFIG, heard)
    assert heard.events == []
    stream = await rig.transcriber.open(CONFIG, heard)
    await stream.close()


async def test_the_probe_of_a_vendor_that_is_there_succeeds(rig: Rig) -> None:
    await rig.transcriber.probe()


async def test_closing_leaves_no_task(rig: Rig) -> None:
    before = asyncio.all_tasks()
    streams: Sequence[SpeechStream] = [
        await rig.transcriber.open(CONFIG, Heard()) for _ in range(5)
    ]
    for stream in streams:
        send(stream, 1)
    await asyncio.gather(*(stream.close() for stream in streams))
    assert asyncio.all_tasks() == before


async def pour(stream: SpeechStream, recording: Path, silence_ms: int) -> int:
    """Send a recording and silence at real time in frames of 100 ms; the milliseconds sent."""
    with wave.open(str(recording)) as wav:
        assert wav.getframerate() == CONFIG.sample_rate_hz
        audio = wav.readframes(wav.getnframes()) + bytes(32 * silence_ms)
    clock = asyncio.get_running_loop()
    began = clock.time()
    frames = [audio[at : at + len(FRAME)] for at in range(0, len(audio), len(FRAME))]
    for number, frame in enumerate(frames):
        stream.send(frame.ljust(len(FRAME), b"\0"))
        await asyncio.sleep(began + 0.1 * number - clock.time())
    return 100 * len(frames)


async def test_speech_is_heard_by_the_stand_in_and_ended_by_a_pause(assemblyai: StandIn) -> None:
    await assemblyai.order("/reset")
    manifest: list[dict[str, Any]] = json.loads((RECORDINGS / "manifest.json").read_text())
    sample = manifest[0]
    heard = Heard()
    stream = await StandInRig(assemblyai).transcriber.open(CONFIG, heard)
    sent_ms = await pour(stream, RECORDINGS / sample["file"], silence_ms=2000)
    await heard.until(lambda: any(turn.final for turn in heard.turns))
    await stream.close()
    final = next(turn for turn in heard.turns if turn.final)
    wanted, got = set(sample["text"].split()), set(final.text.lower().strip(".").split())
    assert len(wanted & got) >= len(wanted) / 2
    assert 0 < final.start_ms < final.end_ms <= sent_ms
    assert any(isinstance(event, SpeechStarted) for event in heard.events)


async def test_the_vendor_sees_the_frames_the_keyterms_and_the_end_of_the_session(
    assemblyai: StandIn,
) -> None:
    await assemblyai.order("/reset")
    heard = Heard()
    stream = await StandInRig(assemblyai).transcriber.open(CONFIG, heard)
    send(stream, 3)
    stream.update_keyterms(("user_id",))
    await stream.close()
    known = await assemblyai.until_told(
        "/requests", lambda known: known["sessions"][0]["closed_at"] is not None
    )
    (session,) = known["sessions"]
    assert session["chunk_ms"] == {"100": 3}
    assert [json.loads(text)["type"] for text in session["texts"]] == [
        "UpdateConfiguration",
        "Terminate",
    ]
    assert session["close_code"] == 1000


async def test_garbage_of_the_vendor_is_survived(assemblyai: StandIn) -> None:
    await assemblyai.order("/reset")
    rig = StandInRig(assemblyai)
    await rig.script(Line(at_ms=500, text="still here", final=True))
    await assemblyai.order("/faults", kind="garbage", after_ms=200)
    heard = Heard()
    stream = await rig.transcriber.open(CONFIG, heard)
    send(stream, 6)
    await heard.until(lambda: heard.turns)
    assert heard.turns[0].text == "still here"
    await stream.close()


@pytest.mark.parametrize(
    ("code", "error"),
    [(3009, RateLimited), (1008, UpstreamRejected), (3005, UpstreamUnavailable)],
)
async def test_an_error_of_the_vendor_ends_the_stream_with_its_meaning(
    assemblyai: StandIn, code: int, error: type[NexusError]
) -> None:
    await assemblyai.order("/reset")
    await assemblyai.order("/faults", kind="error", code=code, after_ms=200)
    heard = Heard()
    stream = await StandInRig(assemblyai).transcriber.open(CONFIG, heard)
    send(stream, 3)
    assert type(await heard.end()) is error


async def test_frames_shorter_than_the_vendor_takes_end_the_stream(assemblyai: StandIn) -> None:
    await assemblyai.order("/reset")
    heard = Heard()
    stream = await StandInRig(assemblyai).transcriber.open(CONFIG, heard)
    stream.send(bytes(640))
    assert isinstance(await heard.end(), UpstreamUnavailable)
