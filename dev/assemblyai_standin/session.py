"""One session of a client, from Begin to the close."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from dev.assemblyai_standin import server_messages as say
from dev.assemblyai_standin.audio import Decoder
from dev.assemblyai_standin.client_messages import (
    ClientMessage,
    ForceEndpoint,
    Terminate,
    UpdateConfiguration,
    read_message,
)
from dev.assemblyai_standin.hearing import Hearing
from dev.assemblyai_standin.orders import Fault
from dev.assemblyai_standin.outbox import Outbox
from dev.assemblyai_standin.pacing import Pacing
from dev.assemblyai_standin.records import SessionRecord
from dev.assemblyai_standin.rejection import (
    BAD_MESSAGE,
    EXPIRED,
    NORMAL,
    SERVER_ERROR,
    Rejection,
)
from dev.assemblyai_standin.settings import Settings, apply_changes

HEARTBEAT_S = 5.0
TICK_S = 0.1
GARBAGE = (json.dumps({"type": "Turn", "turn_order": 0}), '{"type": "Turn", ')

_LOG = logging.getLogger(__name__)


class Broken(Exception):
    """The connection is to break without a close: by a fault, or because the server stops."""


@dataclass(slots=True, kw_only=True)
class Clock:
    """When things happened in this session, in seconds of the monotonic clock."""

    opened: float
    last_sign: float
    last_heartbeat: float
    expires: float


class Session:
    """One client's session over an accepted WebSocket.

    Args:
        socket: the accepted connection.
        settings: what the handshake asked for.
        hearing: what finds turns in the audio.
        record: kept up to date for the control address.
        faults: what shall go wrong.
        lasts_s: after this the session is closed as expired.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        settings: Settings,
        hearing: Hearing,
        record: SessionRecord,
        faults: list[Fault],
        lasts_s: int,
    ) -> None:
        self.record = record
        self._socket = socket
        self._settings = settings
        self._hearing = hearing
        self._faults = faults
        self._lasts_s = lasts_s
        self._outbox = Outbox(socket)
        self._pacing = Pacing()
        self._decoder = Decoder(settings.encoding, settings.sample_rate)
        self._inbox: asyncio.Queue[bytes | ClientMessage] = asyncio.Queue()
        self._broken = asyncio.Event()
        self._heard_ms = 0.0
        now = time.monotonic()
        self._clock = Clock(opened=now, last_sign=now, last_heartbeat=now, expires=now + lasts_s)

    @property
    def session_ms(self) -> float:
        """How long the session has been open."""
        return (time.monotonic() - self._clock.opened) * 1000

    def add_fault(self, fault: Fault) -> None:
        """Let a fault strike this session, which is open already.

        It strikes with the audio that reaches ``after_ms``; if that has come, with the next.
        """
        self._faults.append(fault)

    def forget_faults(self) -> None:
        """Let nothing more go wrong in this session; what has happened stays."""
        self._faults.clear()

    def break_off(self) -> None:
        """Break the connection without a close: the server stops."""
        self._broken.set()

    async def run(self) -> int:
        """Carry the session to its end.

        Returns:
            The code to close with; 1000 also when the client has left by itself.

        Raises:
            Broken: the connection is to break without a close.
            Rejection: the vendor would end the session with this Error.
        """
        parts = self._read(), self._process(), self._keep_time(), self._outbox.run(), self._break()
        tasks = {asyncio.create_task(part) for part in parts}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return NORMAL

    async def _read(self) -> None:
        """Queue what comes; the rules of pace are checked as it comes. Ends with the client."""
        async for message in self._socket:
            if message.type is WSMsgType.BINARY:
                self._take_audio(message.data)
            elif message.type is WSMsgType.TEXT:
                self._clock.last_sign = time.monotonic()
                self.record.add_text(message.data)
                self._inbox.put_nowait(read_message(message.data))

    def _take_audio(self, data: bytes) -> None:
        now = time.monotonic()
        duration_ms = self._decoder.duration_ms(data)
        self.record.add_audio(duration_ms)
        self._pacing.check(duration_ms, now)
        self._clock.last_sign = now
        self._inbox.put_nowait(data)

    async def _process(self) -> None:
        """Work through what has come, one after the other; ends after Terminate."""
        await self._begin()
        while True:
            item = await self._inbox.get()
            try:
                ended = await self._handle(item)
            except BrokenExecutor as error:
                _LOG.error("a recogniser process has died")
                raise Rejection(SERVER_ERROR, "Server error") from error
            if ended:
                return

    async def _begin(self) -> None:
        self._outbox.deaf = any(fault.kind == "no_begin" for fault in self._faults)
        expires_at = round(time.time()) + self._lasts_s
        await self._outbox.send(say.begin(self.record.id, expires_at, self._settings))
        await self._strike()

    async def _handle(self, item: bytes | ClientMessage) -> bool:
        """Handle one message; True if the session is over."""
        match item:
            case bytes():
                await self._hear(item)
            case ForceEndpoint():
                await self._end_turn()
            case UpdateConfiguration():
                self._settings = apply_changes(self._settings, item)
                self._hearing.configure(self._settings)
            case Terminate():
                return await self._terminate()
        return False

    async def _hear(self, data: bytes) -> None:
        async for message in self._hearing.audio(data):
            await self._outbox.send(message)
        self._heard_ms += self._decoder.duration_ms(data)
        await self._strike()

    async def _end_turn(self) -> None:
        async for message in self._hearing.end_now():
            await self._outbox.send(message)

    async def _terminate(self) -> bool:
        await self._end_turn()
        await self._outbox.send(say.termination(self.record.audio_ms, self.session_ms))
        await self._outbox.drain()
        return not self._outbox.deaf

    async def _strike(self) -> None:
        """Let the faults happen whose audio has come."""
        for fault in [fault for fault in self._faults if fault.after_ms <= self._heard_ms]:
            self._faults.remove(fault)
            match fault.kind:
                case "drop":
                    raise Broken
                case "error":
                    raise Rejection(fault.code or SERVER_ERROR, "Error ordered by the test")
                case "deaf":
                    self._outbox.deaf = True
                case "slow":
                    self._outbox.delay_ms = fault.delay_ms
                case "garbage":
                    for text in GARBAGE:
                        await self._outbox.send(text)

    async def _keep_time(self) -> None:
        """Send heartbeats; end the session when it is too old, or too long without a sign."""
        patience_s = self._settings.inactivity_timeout
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            if now >= self._clock.expires:
                raise Rejection(EXPIRED, "Session expired: maximum session duration exceeded")
            if patience_s is not None and now - self._clock.last_sign >= patience_s:
                raise Rejection(BAD_MESSAGE, f"Session inactive for {patience_s} seconds")
            if self._settings.session_heartbeat and now - self._clock.last_heartbeat >= HEARTBEAT_S:
                self._clock.last_heartbeat = now
                await self._send_heartbeat()

    async def _break(self) -> None:
        await self._broken.wait()
        raise Broken

    async def _send_heartbeat(self) -> None:
        highest = self._hearing.take_probability()
        await self._outbox.send(say.heartbeat(self.record.audio_ms, self.session_ms, highest))
