"""What comes after `ready` on a cold voice instance: until speech is heard and code is shown.

The vendors' SDKs load then, so that nobody can say that their cost was only hidden: each figure
stands beside the same on the same instance a moment later, when all is loaded.
"""

import asyncio
import json
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from benchmarks.cold_bundles import Installed
from benchmarks.machine import Bench, NotReadyError, free_port, measure
from benchmarks.rig import Model, Speaker, Speech, vendors
from benchmarks.upstream import BYTES_PER_MS
from dev.launcher.ports import HOST
from dev.seed import User

_COMMAND: Final = ("gunicorn", "--config", "gunicorn.conf.py", "app:create_app()")
_SPOKEN_MS: Final = 2_000
_WITHIN_S: Final = 60.0
_EVERY_S: Final = 0.002
_TYPED: Final = json.dumps({"type": "text", "text": "create a function that assigns numbers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """Milliseconds of one instance, each cold and then when all is loaded.

    `typed`: a typed command is sent → the first line of code; cold it is sent with `ready`.
    `heard`: by how much the speech service has two spoken seconds later than they took.
    `answered`: it says that the turn is over → the first line of code. `cpu`: of the process, at
    `ready` and at the first code.
    """

    typed: tuple[float, float]
    heard: tuple[float, float]
    answered: tuple[float, float]
    cpu: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where an instance is started. `admin`: speaks as a new user in each session."""

    bench: Bench
    installed: Installed
    env: Mapping[str, str]
    admin: User


def run(stage: Stage, rounds: int) -> Iterator[str]:
    """Start fresh instances, two in each round, and show."""
    found = [asyncio.run(_round(stage)) for _ in range(rounds)]
    yield "\n### After `ready` on a cold voice instance\n"
    yield "| ms | cold | a moment later |"
    yield "|---|---|---|"
    yield _row("typed at `ready` → first line of code", [each.typed for each in found])
    yield _row("speech of 2 s is heard behind real time by", [each.heard for each in found])
    yield _row("end of that turn → first line of code", [each.answered for each in found])
    cpu = _row("", [each.cpu for each in found]).split(" | ")
    yield f"\nCPU of the process: {cpu[1]} ms at `ready`, {cpu[2].strip(' |')} at the first code."


def _row(name: str, pairs: Sequence[tuple[float, float]]) -> str:
    cells = []
    for values in zip(*pairs, strict=True):
        low, high = min(values), max(values)
        cells.append(f"{statistics.median(values):.0f} ({low:.0f}–{high:.0f})")
    return f"| {name} | {' | '.join(cells)} |"


async def _round(stage: Stage) -> First:
    async with _instance(stage) as one:
        typed, cpu = await one.typed()
    async with _instance(stage) as one:
        heard, answered = await one.spoken()
    return First(typed=typed, heard=heard, answered=answered, cpu=cpu)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Instance:
    """A fresh process, both vendors, and how to speak to it."""

    pid: int
    address: str
    token: str
    speech: Speech
    model: Model

    async def typed(self) -> tuple[tuple[float, float], tuple[float, float]]:
        async with self._session() as speaker:
            at_ready = measure(self.pid).cpu_s * 1000
            cold = await self._type(speaker)
            at_code = measure(self.pid).cpu_s * 1000
            return (cold, await self._type(speaker)), (at_ready, at_code)

    async def spoken(self) -> tuple[tuple[float, float], tuple[float, float]]:
        cold, warm = await self._speak(), await self._speak()
        return (cold[0], warm[0]), (cold[1], warm[1])

    async def _type(self, speaker: Speaker) -> float:
        began = time.perf_counter()
        await speaker.socket.send(_TYPED)
        return await _first_line(speaker, began)

    async def _speak(self) -> tuple[float, float]:
        """Speak for two seconds and more in a session of its own, as soon as that is ready."""
        async with self._session() as speaker:
            began = time.perf_counter()
            # The stream of a session before this one may still be the last.
            self.speech.audio = 0
            talking = asyncio.create_task(speaker.speak())
            await _until(lambda: self.speech.audio >= _SPOKEN_MS * BYTES_PER_MS)
            heard = (time.perf_counter() - began) * 1000 - _SPOKEN_MS
            await self.speech.started()
            ended = await self.speech.final("Create a function that assigns numbers.")
            answered = await _first_line(speaker, ended)
            talking.cancel()
            return heard, answered

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Speaker]:
        headers = {"Authorization": f"Bearer {self.token}"}
        # Who has three sessions elsewhere, as those that died a moment ago seem, gets no fourth.
        address = f"{self.address}/{uuid4().hex}"
        async with connect(address, additional_headers=headers, proxy=None) as socket:
            speaker = Speaker(socket)
            await socket.send(json.dumps({"type": "start"}))
            listening = asyncio.create_task(speaker.listen())
            await _until(lambda: speaker.ready.is_set() or listening.done())
            try:
                yield speaker
            finally:
                listening.cancel()


async def _first_line(speaker: Speaker, began: float) -> float:
    """Milliseconds from `began` to the first line of code; waits for the command's end, too."""
    await asyncio.wait_for(speaker.results.get(), _WITHIN_S)
    first = min(speaker.lines.values())
    speaker.lines.clear()
    return (first - began) * 1000


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while not condition():
            await asyncio.sleep(_EVERY_S)


@asynccontextmanager
async def _instance(stage: Stage) -> AsyncIterator[_Instance]:
    speech, model = Speech(), Model()
    port, speech_port, model_port = free_port(), free_port(), free_port()
    env = {
        **stage.env,
        **stage.bench.marked(),
        "PORT": str(port),
        "ASSEMBLYAI_BASE_URL": f"ws://{HOST}:{speech_port}",
        "ANTHROPIC_BASE_URL": f"http://{HOST}:{model_port}",
    }
    log = stage.bench.folder / "cold.log"
    async with vendors(speech, speech_port, model, model_port):
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(stage.installed.python.with_name(_COMMAND[0])), *_COMMAND[1:]],
                cwd=stage.installed.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        stage.bench.pin(process.pid, 0)
        try:
            await _listening(port)
            yield _Instance(
                pid=process.pid,
                address=f"ws://{HOST}:{port}/voice",
                token=stage.admin.id_token,
                speech=speech,
                model=model,
            )
        except (OSError, WebSocketException, AssertionError) as exc:
            raise NotReadyError(f"{exc}\n{log.read_text()[-2000:]}") from exc
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 20)


async def _listening(port: int) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, port)
                writer.close()
                return
            await asyncio.sleep(_EVERY_S)
