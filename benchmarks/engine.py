"""The engine benchmark: what the voice service adds between its vendors and its client.

Run by `benchmarks`; the service under test runs on the other core.
"""

import asyncio
import json
import secrets
import statistics
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from websockets.asyncio.client import connect

from benchmarks.load import percentiles
from benchmarks.machine import Bench, Use, free_port, measure
from benchmarks.rig import Model, Speaker, Speech, speaking, vendors
from benchmarks.subjects.catalogue import PRODUCT, SUBJECTS, Surroundings
from dev.launcher.ports import HOST

_WITHIN_S: Final = 30.0
_DELTAS: Final = 1000
_SKIPPED: Final = 50  # held back until the transcript is stored
_DELTA_PAUSE_S: Final = 0.003
_OPENING_S: Final = 0.5
_SPOKEN_S: Final = 4.0
_CHURN_PER_S: Final = 12
_CHURN_WARM_UP: Final = 60
_SETTLE_S: Final = 60.0
_REST_S: Final = 12.0  # a session waits 5 s for its client and 3 s for its last words

Spread = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Milliseconds, p50, p95 and p99 where there are three.

    `request`: final turn sent → HTTP request arrives. `delta`: server-sent event written →
    WebSocket message received; `direct_delta`: the same read from the plain HTTP response.
    `lag`: how far the audio stays behind for good after the speech service took half a second
    to open, beside the same after it opened at once.
    `churn`: what the process held before and after so many connects and drops.
    """

    request: Spread
    delta: Spread
    direct_delta: Spread
    lag: float
    dropped: int
    churn: tuple[Use, Use]


def run(bench: Bench, firestore: str, *, commands: int, drops: int) -> Engine:
    """Measure a fresh voice service with `commands` commands and `drops` dropped connections."""
    speech_port, model_port, port = free_port(), free_port(), free_port()
    around = Surroundings(speech_port=speech_port, model_port=model_port, firestore=firestore)
    subject = next(subject for subject in SUBJECTS if subject.name == PRODUCT)
    speech, model = Speech(), Model()
    url = f"ws://localhost:{port}/voice/"

    async def work() -> Engine:
        async with vendors(speech, speech_port, model, model_port):
            server = bench.server(subject.command(port), port, around.environ(port))
            pid = await asyncio.to_thread(server.__enter__)
            try:
                return await _measure(url, pid, speech, model, model_port, commands, drops)
            finally:
                await asyncio.to_thread(server.__exit__, None, None, None)

    return asyncio.run(work())


async def _measure(
    url: str, pid: int, speech: Speech, model: Model, model_port: int, commands: int, drops: int
) -> Engine:
    request = await _commands(url, speech, model, commands)
    delta = await _deltas(url, speech, model)
    lag = await _lag(url, speech, _OPENING_S) - await _lag(url, speech, 0.0)
    return Engine(
        request=request,
        delta=delta,
        direct_delta=await _direct_deltas(model, model_port),
        lag=lag,
        dropped=drops,
        churn=await _churn(url, pid, drops),
    )


async def _commands(url: str, speech: Speech, model: Model, count: int) -> Spread:
    async with speaking(url + _uid()) as speaker:
        await _until_heard(speech)
        waits = [await _command(speaker, speech, model, number) for number in range(count + 1)]
    return percentiles(waits[1:])


async def _command(speaker: Speaker, speech: Speech, model: Model, number: int) -> float:
    await speech.started()
    await asyncio.sleep(0.3)
    sent = await speech.final(f"Create a function that adds {number} to its argument.")
    asked = await asyncio.wait_for(model.asked.get(), _WITHIN_S)
    await asyncio.wait_for(speaker.results.get(), _WITHIN_S)
    return (asked - sent) * 1000


async def _deltas(url: str, speech: Speech, model: Model) -> Spread:
    model.lines, model.pause_s = _DELTAS, _DELTA_PAUSE_S
    async with speaking(url + _uid()) as speaker:
        await _until_heard(speech)
        await _command(speaker, speech, model, 0)
        return _delays(model.written, speaker.lines)


async def _direct_deltas(model: Model, port: int) -> Spread:
    model.lines, model.pause_s = _DELTAS, _DELTA_PAUSE_S
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
    lines: dict[int, float] = {}
    while (line := await reader.readline()) != b"0\r\n":
        at = perf_counter()
        if line.startswith(b"data: ") and b'"line_' in line:
            text = json.loads(line[6:])["delta"]["text"]
            lines[int(text[5:10])] = at
    writer.close()
    return _delays(model.written, lines)


def _delays(written: list[float], arrived: dict[int, float]) -> Spread:
    kept = [number for number in sorted(arrived) if number >= _SKIPPED]
    if len(kept) < _DELTAS * 0.9:
        raise RuntimeError(f"only {len(kept)} of {_DELTAS} lines came one by one")
    return percentiles([(arrived[number] - written[number]) * 1000 for number in kept])


async def _lag(url: str, speech: Speech, opening_s: float) -> float:
    """Milliseconds of audio that were spoken and have not arrived: the mean of some looks."""
    speech.begin_after_s = opening_s
    async with speaking(url + _uid()) as speaker:
        await asyncio.sleep(_SPOKEN_S)
        looks = []
        for _ in range(40):
            await asyncio.sleep(0.05)
            looks.append(speaker.frames * 100 - speech.audio / 32)
    speech.begin_after_s = 0.0
    return statistics.fmean(looks)


async def _churn(url: str, pid: int, drops: int) -> tuple[Use, Use]:
    """Drop connections in mid-sentence; what the process holds when it has come to rest."""
    await _drop_many(url, _CHURN_WARM_UP)
    before = await _at_rest(pid)
    await _drop_many(url, drops)
    return before, await _at_rest(pid)


async def _drop_many(url: str, count: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(_drop(url))
            await asyncio.sleep(1 / _CHURN_PER_S)


async def _drop(url: str) -> None:
    socket = await connect(url + _uid(), compression=None, ping_interval=None)
    await socket.send(json.dumps({"type": "start"}))
    await socket.recv()
    for _ in range(4):
        await socket.send(b"\x01\x10" * 1600)
        await asyncio.sleep(0.1)
    socket.transport.abort()


async def _at_rest(pid: int) -> Use:
    """Wait until nothing has been let go of for a while."""
    least, since = measure(pid), perf_counter()
    began = since
    while perf_counter() - since < _REST_S and perf_counter() - began < _SETTLE_S:
        await asyncio.sleep(0.5)
        now = measure(pid)
        if (now.fds, now.threads) < (least.fds, least.threads):
            least, since = now, perf_counter()
    return measure(pid)


async def _until_heard(speech: Speech) -> None:
    """Wait for the new session's first audio: then its stream is open."""
    speech.audio = 0
    async with asyncio.timeout(_WITHIN_S):
        while not speech.audio:
            await asyncio.sleep(0.02)


def _uid() -> str:
    return f"speaker-{secrets.token_hex(6)}"
