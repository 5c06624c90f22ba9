"""Speakers: one process that sends audio over n WebSockets as if spoken, and times the answers.

Prints one JSON object, see `Measured`. Run by `benchmarks.relay`, as a process of its own, so
that nothing else shares its event loop.
"""

import argparse
import asyncio
import dataclasses
import json
import random
import re
import statistics
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.machine import Use, measure
from benchmarks.upstream import BYTES_PER_MS, CONTROL_PATH, MARK_MS

_START: Final = json.dumps({"type": "start", "sample_rate": 16000, "mode": "hands_free"})
_ANSWER: Final = re.compile(r'"(?:text|transcript)":\s?"(\d+)"')
_CONNECTS_PER_S: Final = 40
_WARM_UP: Final = 3
_RING_S: Final = 3.2  # the product's ring of audio before a turn, full
_MARKS_S: Final = 0.7
_CALM_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run.

    `cpu_us`: of the server, per frame sent. `rss_kib`: of the server, per stream, after three
    seconds of audio without a turn. `delivered`: share of the audio that came out at the other
    end. `round_trips_ms`: from a frame sent to its answer received: p50, p95, p99.
    """

    frames: int
    cpu_us: float
    rss_kib: float
    delivered: float
    answers: int
    round_trips_ms: tuple[float, float, float]


@dataclass(slots=True)
class Speaker:
    """One stream: a frame at every tick, and the time of those that will be answered."""

    socket: ClientConnection
    frame_ms: int
    frames: int = 0
    trips: list[float] = field(default_factory=list)
    _sent: dict[int, float] = field(default_factory=dict)

    async def speak(self) -> None:
        """Send audio in real time until cancelled or cut off."""
        audio = random.randbytes(self.frame_ms * BYTES_PER_MS)
        every = self.frame_ms / 1000
        due = perf_counter()
        while True:
            self.frames += 1
            mark, rest = divmod(self.frames * self.frame_ms, MARK_MS)
            if not rest:
                self._sent[mark] = perf_counter()
            await self.socket.send(audio)
            due += every
            await asyncio.sleep(due - perf_counter())

    async def listen(self) -> None:
        """Time the answers."""
        async for message in self.socket:
            now = perf_counter()
            found = _ANSWER.search(str(message))
            sent = self._sent.pop(int(found[1]), None) if found else None
            if sent is not None:
                self.trips.append((now - sent) * 1000)


@dataclass(slots=True)
class Crowd:
    """All speakers of a run."""

    url: str
    frame_ms: int
    greeted: bool
    speakers: list[Speaker] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def grow(self, count: int) -> None:
        """Let `count` more speakers come, evenly spread over time and over the frame's length."""
        began = perf_counter()
        for number in range(count):
            uid = f"speaker-{random.randrange(10**12)}"
            socket = await connect(f"{self.url}/{uid}", compression=None, ping_interval=None)
            await socket.send(_START)
            if self.greeted:
                await socket.recv()
            speaker = Speaker(socket, self.frame_ms)
            self.speakers.append(speaker)
            self._tasks += map(asyncio.create_task, (speaker.speak(), speaker.listen()))
            spread = number * self.frame_ms / 1000 / count
            await asyncio.sleep(began + (number + 1) / _CONNECTS_PER_S + spread - perf_counter())

    async def leave(self) -> None:
        """Stop speaking and close every socket."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(speaker.socket.close() for speaker in self.speakers))

    def check(self) -> None:
        """Raise what broke a speaker, if something did."""
        for task in self._tasks:
            if task.done():
                task.result()
                raise ConnectionError("the server closed a stream")

    @property
    def frames(self) -> int:
        """Frames sent so far."""
        return sum(speaker.frames for speaker in self.speakers)


async def run(crowd: Crowd, control_url: str, pid: int, streams: int, window_s: float) -> Measured:
    """Load a server with `streams` speakers and measure it for `window_s` seconds."""
    async with connect(control_url, compression=None, ping_interval=None) as control:
        await _warm_up(crowd)
        before = measure(pid)
        await crowd.grow(streams)
        await asyncio.sleep(_RING_S)
        crowd.check()
        loaded = measure(pid)
        await _received(control, "mark")
        await asyncio.sleep(_MARKS_S)
        measured = await _window(crowd, control, pid, window_s, (before, loaded))
        await crowd.leave()
    return measured


async def _warm_up(crowd: Crowd) -> None:
    first = Crowd(crowd.url, crowd.frame_ms, crowd.greeted)
    await first.grow(_WARM_UP)
    await asyncio.sleep(1)
    await first.leave()
    await asyncio.sleep(_CALM_S)


async def _window(
    crowd: Crowd, control: ClientConnection, pid: int, window_s: float, rss: tuple[Use, Use]
) -> Measured:
    for speaker in crowd.speakers:
        speaker.trips.clear()
    frames, received, begun = crowd.frames, await _received(control), measure(pid)
    await asyncio.sleep(window_s)
    ended = measure(pid)
    frames, received = crowd.frames - frames, await _received(control) - received
    crowd.check()
    trips = sorted(trip for speaker in crowd.speakers for trip in speaker.trips)
    before, loaded = rss
    return Measured(
        frames=frames,
        cpu_us=(ended.cpu_s - begun.cpu_s) * 1e6 / frames,
        rss_kib=(loaded.rss_kib - before.rss_kib) / len(crowd.speakers),
        delivered=received / (frames * crowd.frame_ms * BYTES_PER_MS),
        answers=len(trips),
        round_trips_ms=percentiles(trips),
    )


async def _received(control: ClientConnection, order: str = "count") -> int:
    await control.send(order)
    return int(await control.recv())


def percentiles(values: list[float]) -> tuple[float, float, float]:
    """p50, p95 and p99."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def main() -> None:
    """Measure once and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="without the user's name")
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True)
    parser.add_argument("--streams", type=int, required=True)
    parser.add_argument("--frame-ms", type=int, required=True)
    parser.add_argument("--greeted", action="store_true", help="wait for a first message")
    parser.add_argument("--window", type=float, required=True)
    asked = parser.parse_args()
    control = f"ws://127.0.0.1:{asked.control_port}{CONTROL_PATH}"
    crowd = Crowd(asked.url, asked.frame_ms, asked.greeted)
    work = run(crowd, control, asked.pid, asked.streams, asked.window)
    print(json.dumps(dataclasses.asdict(asyncio.run(work))))


if __name__ == "__main__":
    main()
