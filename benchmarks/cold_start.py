"""The cold starts: from starting a deployable's server to its first answer, beside a floor.

Each deployable is a bundle with its own packages, started as the platform starts it. Bytecode is
compiled and the page cache is warm; a round starts every floor and every deployable once.
"""

import base64
import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psutil
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from benchmarks import cold_first_words
from benchmarks.cold_bundles import Installed, install_all
from benchmarks.cold_first_words import Stage
from benchmarks.machine import Bench, NotReadyError, free_port, measure
from dev.launcher.emulators import PROJECT
from dev.launcher.ports import HOST
from dev.seed import User, seed_users
from scripts.bundle import CONTAINER
from shared.adapters.clock import SystemClock
from shared.adapters.firestore import FirestoreStore
from shared.ports.state import StateStore
from shared.services.history import ERASE
from shared.services.operations import Operations

ROUNDS: Final = 7
BOUND: Final = 1.3
_WITHIN_S: Final = 60.0
_GUNICORN: Final = ("--worker-class", "gthread", "--threads", "256", "--no-control-socket")
_JSON: Final = {"Content-Type": "application/json"}
_TICKED: Final = b"served a slot"

Ask = Callable[["Server"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is started. `floor`: the name of what it is measured against, "" for a floor itself."""

    name: str
    bundle: str
    command: tuple[str, ...]
    ask: Ask
    floor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server on its way up, and what its first request is about."""

    port: int
    log: Path
    user: User
    store: StateStore

    @property
    def bearer(self) -> dict[str, str]:
        """The header of a request of the user."""
        return {"Authorization": f"Bearer {self.user.id_token}"}

    def operation(self) -> str:
        """The id of a new operation that nobody has done."""
        operations = Operations(self.store, _Nowhere(), SystemClock())
        args = {"cleared_at": datetime.now(UTC)}
        return operations.start(ERASE, self.user.uid, key=uuid4().hex, args=args).id


class _Nowhere:
    def publish(self, topic: str, message: Mapping[str, Any]) -> str:  # noqa: ARG002
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start, until its first answer. `mb`: memory, pages shared by its processes once."""

    wall_ms: float
    cpu_ms: float
    mb: float


def run(bench: Bench, firestore: str, auth: str, rounds: int = ROUNDS) -> Iterator[str]:
    """Install, start everything in turns, and show."""
    installed = install_all(bench.folder / "cold")
    people = seed_users(auth, PROJECT)
    user = people["user"]
    store = FirestoreStore(PROJECT, firestore, "")
    env = _environment(firestore, auth)
    found: dict[str, list[Start]] = {subject.name: [] for subject in SUBJECTS}
    for number in range(rounds + 1):
        for subject in SUBJECTS:
            start = _start(bench, installed[subject.bundle], subject, env, user, store)
            if number:  # the first one fills the page cache
                found[subject.name].append(start)
    yield from table(found)
    stage = Stage(bench=bench, installed=installed[CONTAINER], env=env, admin=people["admin"])
    yield from cold_first_words.run(stage, rounds)


def table(found: Mapping[str, Sequence[Start]]) -> Iterator[str]:
    """A line for each subject: medians with the range over the rounds."""
    yield "\n### Cold start: from starting the server to its first answer\n"
    yield "| | CPU ms | × floor | wall ms | × floor | MB |"
    yield "|---|---|---|---|---|---|"
    over = []
    for subject in SUBJECTS:
        starts, floors = found[subject.name], found[subject.floor or subject.name]
        pairs = list(zip(starts, floors, strict=True))
        cpu = [one.cpu_ms / floor.cpu_ms for one, floor in pairs]
        wall = [one.wall_ms / floor.wall_ms for one, floor in pairs]
        cells = [
            _spread([each.cpu_ms for each in starts]),
            _spread(cpu, 2) if subject.floor else "",
            _spread([each.wall_ms for each in starts]),
            _spread(wall, 2) if subject.floor else "",
            f"{statistics.median(each.mb for each in starts):.0f}",
        ]
        yield f"| {subject.name} | {' | '.join(cells)} |"
        over += [subject.name] if statistics.median(cpu) > BOUND else []
    yield f"\nBound: {BOUND} × the floor, of CPU. " + (f"Over it: {over}" if over else "It holds.")


def _spread(values: Sequence[float], digits: int = 0) -> str:
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _environment(firestore: str, auth: str) -> dict[str, str]:
    """What the platform gives a process, emulators, and vendors that nobody answers for."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "FIRESTORE_EMULATOR_HOST": firestore,
        "FIREBASE_AUTH_EMULATOR_HOST": auth,
        "NEXUS_PROJECT_ID": PROJECT,
        "ASSEMBLYAI_API_KEY": "x",
        "ANTHROPIC_API_KEY": "x",
        "ASSEMBLYAI_BASE_URL": "ws://127.0.0.1:1",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
    }


def _start(
    bench: Bench,
    installed: Installed,
    subject: Subject,
    env: Mapping[str, str],
    user: User,
    store: StateStore,
) -> Start:
    server = Server(port=free_port(), log=bench.folder / "cold.log", user=user, store=store)
    command = [each.format(port=server.port) for each in subject.command]
    with server.log.open("wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(installed.python.with_name(command[0])), *command[1:]],
            cwd=installed.folder if subject.floor else installed.folder.parent / "floor",
            env={**env, "PORT": str(server.port), **bench.marked()},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    bench.pin(process.pid, 0)
    try:
        subject.ask(server)
        wall_s = time.monotonic() - began
        return Start(
            wall_ms=wall_s * 1000,
            cpu_ms=measure(process.pid).cpu_s * 1000,
            mb=_memory_mb(process.pid),
        )
    except (OSError, NotReadyError, WebSocketException) as exc:
        raise NotReadyError(f"{subject.name}: {exc}\n{server.log.read_text()[-2000:]}") from exc
    finally:
        _kill(process)


def _memory_mb(pid: int) -> float:
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    return float(sum(process.memory_full_info().pss for process in family)) / 2**20


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    process.kill()
    process.wait(20)


def _listening(server: Server) -> None:
    """Wait for the port; a request may then wait in its queue, as on the platform."""
    deadline = time.monotonic() + _WITHIN_S
    while True:
        try:
            socket.create_connection((HOST, server.port), timeout=1).close()
            return
        except OSError as exc:
            if time.monotonic() > deadline:
                raise NotReadyError("it does not listen") from exc
            time.sleep(0.005)


def _get(path: str) -> Ask:
    return lambda server: _request(server, "GET", path, server.bearer)


def _get_openly(path: str) -> Ask:
    return lambda server: _request(server, "GET", path, {})


def _push(server: Server) -> None:
    """Push the message of a workspace that is gone."""
    _request(server, "POST", "/", _JSON, _message({"workspace": "0" * 20}))


def _operate(server: Server) -> None:
    """Push the message of an operation that waits: to erase a history, which is empty."""
    body = _message({"operation_id": server.operation()})
    _request(server, "POST", "/", _JSON, body)


def _request(
    server: Server, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> None:
    _listening(server)
    with contextlib.closing(http.client.HTTPConnection(HOST, server.port, _WITHIN_S)) as line:
        line.request(method, path.format(uid=server.user.uid), body, dict(headers))
        answer = line.getresponse()
        answer.read()
        if answer.status not in (200, 204):
            raise NotReadyError(f"{path} answered {answer.status}")


def _message(content: Mapping[str, object]) -> bytes:
    data = base64.b64encode(json.dumps(content).encode()).decode()
    now = datetime.now(UTC).isoformat()
    message = {"data": data, "messageId": "1", "publishTime": now}
    return json.dumps({"message": message, "subscription": "s"}).encode()


def _tick(server: Server) -> None:
    """Push a tick. Its answer comes at the end of the minute: what counts is the first slot."""
    _listening(server)
    body = _message({})
    with contextlib.closing(http.client.HTTPConnection(HOST, server.port, _WITHIN_S)) as line:
        line.request("POST", "/", body, dict(_JSON))
        deadline = time.monotonic() + _WITHIN_S
        while _TICKED not in server.log.read_bytes():
            if time.monotonic() > deadline:
                raise NotReadyError("no slot was served")
            time.sleep(0.005)


def _speak(server: Server) -> None:
    """Open a voice session; a floor sends back what it gets."""
    _listening(server)
    address = f"ws://{HOST}:{server.port}/voice/{server.user.uid}"
    with connect(address, additional_headers=server.bearer, proxy=None) as line:
        line.send(json.dumps({"type": "start"}))
        kind = json.loads(line.recv(_WITHIN_S))["type"]
        if kind not in ("ready", "start"):
            raise NotReadyError(f"the session began with {kind}")


def _function(target: str, *source: str) -> tuple[str, ...]:
    address = ("--host", HOST, "--port", "{port}")
    return (
        "functions-framework",
        "--target",
        target,
        *source,
        "--signature-type",
        "http",
        *address,
    )


def _floor(bundle: str, target: str) -> Subject:
    command = _function(target, "--source", "cold_floor.py")
    name = f"floor of {bundle}" + (", with the token" if target != "read" else "")
    ask = _get_openly("/") if target == "read" else _get("/")
    return Subject(name=name, bundle=bundle, command=command, ask=ask)


def _deployed(name: str, bundle: str, ask: Ask, floor: Subject) -> Subject:
    return Subject(name=name, bundle=bundle, command=_function(name), ask=ask, floor=floor.name)


_VOICE: Final = _floor("voice", "verify_and_read")
_HEALTH: Final = _floor("health", "read")
_NOTION: Final = _floor("notion", "verify_and_read")
_PUSHED: Final = _floor("notion", "read")
_SOCKET: Final = Subject(
    name="floor of voice_ws, with the token",
    bundle="voice_ws",
    command=(
        *("gunicorn", "--bind", f"{HOST}:{{port}}", *_GUNICORN),
        "cold_floor:create_app()",
    ),
    ask=_speak,
)
SUBJECTS: Final = (
    _VOICE,
    _deployed("voice", "voice", _get("/voice/history/{uid}"), _VOICE),
    _HEALTH,
    _deployed("health", "health", _get_openly("/health"), _HEALTH),
    _NOTION,
    _deployed("notion", "notion", _get("/notion/sync-status/{uid}"), _NOTION),
    _PUSHED,
    _deployed("run_operation", "notion", _operate, _PUSHED),
    _deployed("sync_tick", "notion", _tick, _PUSHED),
    _deployed("sync_workspace", "notion", _push, _PUSHED),
    _SOCKET,
    Subject(
        name="voice_ws",
        bundle="voice_ws",
        command=("gunicorn", "--config", "gunicorn.conf.py", "app:create_app()"),
        ask=_speak,
        floor=_SOCKET.name,
    ),
)
