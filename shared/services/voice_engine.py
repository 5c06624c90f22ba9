"""One voice process: its event loop, its sessions, what they share, and its end."""

import asyncio
import json
import secrets
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from shared.errors import Unauthenticated
from shared.ports.clock import Clock
from shared.ports.identity import Caller, Identity
from shared.ports.model import LanguageModel
from shared.ports.socket import ClientSocket
from shared.ports.speech import Transcriber
from shared.ports.state import StateStore
from shared.services.voice_hands import RepositoryWork
from shared.services.voice_journal import VoiceJournal
from shared.services.voice_probes import VoiceProbes
from shared.services.voice_pump import PumpPorts, VoicePump
from shared.services.voice_quiet import QuietMoment
from shared.services.voice_saver import MAX_SESSIONS
from shared.voice import events as ev
from shared.voice.opening import Limits, Opening
from shared.voice.session import Session

MAX_CONNECTIONS: Final = 240
_MAX_SOCKETS: Final = 12
_SPEAK_UP_S: Final = 2.0
_TURN_S: Final = 2.0
_STORE_THREADS: Final = 32
_log = structlog.get_logger(component="voice")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePorts:
    """What all sessions of the process share.

    `load`: imports what `transcriber` and `model` need, so that nobody waits for it later; it
    raises if they cannot be used. `repository`: makes, for a user id, what works on the user's
    repository.
    """

    store: StateStore
    identity: Identity
    clock: Clock
    transcriber: Transcriber
    model: LanguageModel
    load: Callable[[], Awaitable[None]]
    repository: Callable[[str], RepositoryWork] | None = None


class Handler(Protocol):
    """What takes a connection's messages; see `VoicePump`."""

    def on_text(self, text: str) -> None:
        """Take a text message."""

    def on_binary(self, data: bytes) -> None:
        """Take a binary message."""

    def on_closed(self, code: int) -> None:
        """Take note of the end."""


class VoiceEngine:
    """Owns the loop thread; `start` it in the process that serves, after any fork.

    `build` makes the ports on the loop's thread, where their connections live.
    """

    def __init__(self, build: Callable[[], EnginePorts], limits: Limits) -> None:
        self._build = build
        self._limits = limits
        self._pumps: dict[VoicePump, str] = {}
        self._connected: dict[str, int] = defaultdict(int)
        self._pool = ThreadPoolExecutor(_STORE_THREADS, thread_name_prefix="voice-store")
        self._draining = False
        self._loading: asyncio.Task[None] | None = None
        self._probing: asyncio.Task[None] | None = None
        self._ports: EnginePorts
        self.loop = asyncio.new_event_loop()
        self._quiet = QuietMoment(lambda: bool(self._connected), self.loop.time)

    def start(self) -> None:
        """Start the loop's thread; what the first session need not wait for is loaded after."""
        threading.Thread(target=self.loop.run_forever, name="voice-loop", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._prepare(), self.loop).result()

    def alive(self) -> bool:
        """Whether the loop still takes turns, within 2 s, and has what sessions need.

        From any other thread.
        """
        if self._loading and self._loading.done() and self._loading.exception():
            return False
        turn = threading.Event()
        try:
            self.loop.call_soon_threadsafe(turn.set)
        except RuntimeError:  # it is closed
            return False
        return turn.wait(_TURN_S)

    def expect(self) -> None:
        """Take note that a handshake has begun; from any thread."""
        self._quiet.expect()

    def open(self, uid: str, caller: Caller, socket: ClientSocket) -> Handler:
        """Begin a session on a fresh connection; call it on the loop's thread."""
        refusal = self._refusal(uid)
        if refusal:
            return _refuse(socket, *refusal)
        self._connected[uid] += 1
        opening = self._opening(caller)
        pump = VoicePump(Session(opening), socket, self._pump_ports(uid, opening.session_id))
        self._pumps[pump] = uid
        if self._others(pump, "") >= MAX_SESSIONS:
            # One too many, unless it says in a moment that it resumes one of them.
            self.loop.call_later(_SPEAK_UP_S, _turn_away, pump)
        return _Counted(pump, lambda: self._disconnected(uid))

    def drain(self) -> None:
        """Ask every client to come back elsewhere; from any thread, also from a signal handler.

        Sessions end within 8 s: Cloud Run kills the process 10 s after SIGTERM
        (https://cloud.google.com/run/docs/container-contract#instance-shutdown).
        """
        self.loop.call_soon_threadsafe(self._drain)

    async def _prepare(self) -> None:
        self._ports = self._build()
        probes = VoiceProbes(
            store=self._ports.store,
            clock=self._ports.clock,
            targets={
                "voice": _alive,
                "assemblyai": self._ports.transcriber.probe,
                "anthropic": self._ports.model.probe,
            },
            run=self._run,
        )
        self._loading = asyncio.create_task(self._load())
        self._probing = asyncio.create_task(self._settle(self._loading, probes))

    async def _load(self) -> None:
        await self._quiet.wait()
        await self._ports.load()

    async def _settle(self, loading: asyncio.Task[None], probes: VoiceProbes) -> None:
        await asyncio.wait([loading])
        if fault := loading.exception():
            _log.error("voice service not usable", exc_info=fault)
        else:
            await self._ports.model.warm()
        await probes.work()

    async def _run(self, call: Callable[[], Any]) -> Any:
        # In a copy of the caller's context, so that what is logged there tells its trace.
        return await self.loop.run_in_executor(self._pool, copy_context().run, call)

    def _refusal(self, uid: str) -> tuple[int, str, str] | None:
        if self._draining:
            return 1012, "internal", "The service is restarting; come back in a moment."
        if sum(self._connected.values()) >= MAX_CONNECTIONS:
            return 1013, "internal", "The service is full; come back in a moment."
        if self._connected[uid] >= _MAX_SOCKETS:
            return 4429, "session_limit", "You have three sessions already; close one of them."
        return None

    def _opening(self, caller: Caller) -> Opening:
        return Opening(
            session_id=secrets.token_hex(16),
            at=self.loop.time(),
            wall=self._ports.clock.now(),
            token_ends=caller.expires_at,
            limits=self._limits,
            random=lambda: secrets.randbits(64),
        )

    def _pump_ports(self, uid: str, session_id: str) -> PumpPorts:
        journal = VoiceJournal(
            store=self._ports.store,
            clock=self._ports.clock,
            uid=uid,
            session_id=session_id,
            nonce=secrets.token_hex(8),
        )
        repository = self._ports.repository
        return PumpPorts(
            transcriber=self._ports.transcriber,
            model=self._ports.model,
            journal=journal,
            repository=repository(uid) if repository else None,
            run=self._run,
            token_end=lambda token: self._token_end(uid, token),
            others=self._others,
            on_ready=self._quiet.come,
            on_resumed=self._taken_over,
            on_over=self._over,
        )

    def _token_end(self, uid: str, token: str) -> float | None:
        caller = self._ports.identity.verify(token)
        if caller.uid != uid and not caller.admin:
            raise Unauthenticated("The token belongs to another user.")
        return caller.expires_at

    def _others(self, pump: VoicePump, session_id: str) -> int:
        """How many other connected sessions its user has here, without those of `session_id`."""
        uid = self._pumps.get(pump)
        return sum(
            owner == uid and other is not pump and other.session.counts_beside(session_id)
            for other, owner in list(self._pumps.items())
        )

    def _taken_over(self, pump: VoicePump, session_id: str) -> None:
        """Close the connections that held the session before; they could store nothing more."""
        for other in list(self._pumps):
            if other is not pump and other.session.session_id == session_id:
                other.feed(ev.Fenced())

    def _over(self, pump: VoicePump) -> None:
        self._pumps.pop(pump, None)

    def _disconnected(self, uid: str) -> None:
        self._connected[uid] -= 1
        if not self._connected[uid]:
            del self._connected[uid]

    def _drain(self) -> None:
        self._draining = True
        _log.info("draining", sessions=len(self._pumps))
        for pump in list(self._pumps):
            pump.feed(ev.Drain("deploy"))


class _Counted:
    """Passes a connection's messages on, and counts its end."""

    def __init__(self, pump: VoicePump, on_end: Callable[[], None]) -> None:
        self.on_text, self.on_binary = pump.on_text, pump.on_binary
        self._pump, self._on_end = pump, on_end

    def on_closed(self, code: int) -> None:
        self._on_end()
        self._pump.on_closed(code)


class _Deaf:
    """Takes the messages of a connection that was refused."""

    def on_text(self, text: str) -> None:
        """Pass over."""

    def on_binary(self, data: bytes) -> None:
        """Pass over."""

    def on_closed(self, code: int) -> None:
        """Pass over."""


def _turn_away(pump: VoicePump) -> None:
    if not pump.session.started:
        pump.feed(ev.TooManySessions())


def _refuse(socket: ClientSocket, close_code: int, code: str, message: str) -> Handler:
    error = {
        "type": "error",
        "seq": 1,
        "turn": None,
        "interaction_id": None,
        "code": code,
        "message": message,
        "retryable": True,
        # A plain client looks only here.
        "result": {"code": None, "error": {"code": code, "message": message, "retryable": True}},
    }
    socket.send_text(json.dumps(error))
    socket.close(close_code, message)
    return _Deaf()


async def _alive() -> None:
    """The voice service's own probe: that it runs is all there is to show."""
