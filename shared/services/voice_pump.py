"""The pump: does what a voice session wants done, and feeds back what happened.

It runs on one event loop; blocking calls (the store, the token check) go to a thread pool.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

import structlog

from shared.errors import InvalidRequest, NexusError
from shared.ports.model import LanguageModel
from shared.ports.socket import ClientSocket
from shared.ports.speech import SpeechEvent, SpeechStream, Transcriber
from shared.services.voice_hands import RepositoryWork, VoiceHands
from shared.services.voice_journal import VoiceJournal
from shared.services.voice_saver import Run, VoiceSaver
from shared.voice import effects as fx
from shared.voice import events as ev
from shared.voice.client_messages import parse
from shared.voice.presenter import present
from shared.voice.server_messages import Ready, Result
from shared.voice.session import Session

_log = structlog.get_logger(component="voice")
_INTERNAL: Final = {
    "type": "error",
    "turn": None,
    "interaction_id": None,
    "code": "internal",
    "message": "The connection failed; come back with `resume`.",
    "retryable": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpPorts:
    """What a pump works with.

    `run`: calls a blocking function off the loop. `token_end`: blocking; when a fresh token of
    the same user ends, in Unix seconds; raises Unauthenticated for any other. `others`: how many
    other connections the user has, those of the named session left out. `on_ready`: the client
    is told that it may speak. `on_resumed`: the connection has taken a session over. `on_over`: it
    is done with.
    """

    transcriber: Transcriber
    model: LanguageModel
    journal: VoiceJournal
    repository: RepositoryWork | None
    run: Run
    token_end: Callable[[str], float | None]
    others: Callable[["VoicePump", str], int]
    on_ready: Callable[[], None]
    on_resumed: Callable[["VoicePump", str], None]
    on_over: Callable[["VoicePump"], None]


class VoicePump:
    """One connection's session with everything that it speaks to."""

    def __init__(self, session: Session, socket: ClientSocket, ports: PumpPorts) -> None:
        self.session = session
        self._socket = socket
        self._ports = ports
        self._loop = asyncio.get_running_loop()
        self._saver = VoiceSaver(
            journal=ports.journal,
            run=ports.run,
            emit=self.feed,
            others=partial(ports.others, self),
            now=self._loop.time,
        )
        self._hands = VoiceHands(
            work=ports.repository,
            run=ports.run,
            check=ports.journal.check,
            emit=self.feed,
            now=self._loop.time,
        )
        self._events: deque[ev.Event] = deque()
        self._streams: dict[int, SpeechStream] = {}
        self._runs: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed_streams: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._seq = 0
        self._pumping = self._over = False
        self._spawn(self._saver.work())

    def on_text(self, text: str) -> None:
        """Take a text message of the client."""
        try:
            self.feed(parse(text))
        except InvalidRequest as exc:
            self.feed(ev.BadMessage(exc.detail))

    def on_binary(self, data: bytes) -> None:
        """Take audio of the client."""
        self.feed(ev.Audio(data))

    def on_closed(self, _code: int) -> None:
        """The client is gone."""
        self.feed(ev.ClientGone())

    def feed(self, event: ev.Event) -> None:
        """Give the session an event and do what it wants; events that this causes queue up."""
        if isinstance(event, ev.Resumed):
            self._ports.on_resumed(self, event.session_id)
        self._events.append(event)
        if self._pumping or self._over:
            return
        self._pumping = True
        try:
            while self._events and not self.session.over:
                now = self._loop.time()
                for effect in self.session.on(self._events.popleft(), now):
                    _EXECUTE[type(effect)](self, effect)
        except Exception:  # the boundary: one broken session must not take the others along
            _log.exception("voice session failed", session_id=self.session.session_id)
            self._fail()
        finally:
            self._pumping = False
        if self.session.over:
            self.dispose()
        else:
            self._arm()

    def dispose(self) -> None:
        """Let go of everything, once."""
        if self._over:
            return
        self._over = True
        if self._timer:
            self._timer.cancel()
        for stream in list(self._streams):
            self._close_speech(fx.CloseSpeech(stream))
        for task in self._tasks:
            if not task.get_name().startswith("closing"):
                task.cancel()
        self._ports.on_over(self)

    def _fail(self) -> None:
        self._send_wire(dict(_INTERNAL))
        self._socket.close(1011, "internal")
        self.session.over = True

    def _arm(self) -> None:
        """Set the timer only if something is due sooner than it; else it re-arms as it fires."""
        due = self.session.next_at()
        if due is None or (self._timer and self._timer_at <= due):
            return
        if self._timer:
            self._timer.cancel()
        self._timer_at = due
        self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.feed(ev.Tick())

    def _spawn(self, work: Coroutine[Any, Any, None], name: str = "") -> asyncio.Task[None]:
        task = self._loop.create_task(work, name=name or None)
        self._tasks.add(task)
        task.add_done_callback(self._settled)
        return task

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("voice task failed", session_id=self.session.session_id, exc_info=fault)
            self._fail()
            self.dispose()

    def _send(self, effect: fx.Send) -> None:
        wire = present(effect.message, plain=self.session.plain)
        if wire is not None:
            self._send_wire(wire)
        if isinstance(effect.message, Ready):
            # Looking for the repository would have taken the interpreter from what is ready now.
            self._spawn(self._hands.serve())
            self._ports.on_ready()
        if isinstance(effect.message, Result):
            _log.info(
                "command done",
                session_id=self.session.session_id,
                interaction_id=effect.message.interaction_id,
                intent=effect.message.intent,
                **effect.message.timings,
            )

    def _send_wire(self, wire: dict[str, Any]) -> None:
        self._seq += 1
        wire["seq"] = self._seq
        self._socket.send_text(json.dumps(wire, ensure_ascii=False, separators=(",", ":")))

    def _close_socket(self, effect: fx.CloseSocket) -> None:
        self._socket.close(effect.code, effect.reason)

    def _store(self, effect: fx.Load | fx.Resume | fx.Fetch | fx.Save) -> None:
        self._saver.put(effect)

    def _handle(self, effect: fx.Connect | fx.Look | fx.Change | fx.TakeBack | fx.Release) -> None:
        self._hands.put(effect)

    def _verify(self, effect: fx.Verify) -> None:
        self._spawn(self._check_token(effect.token))

    async def _check_token(self, token: str) -> None:
        try:
            ends = await self._ports.run(lambda: self._ports.token_end(token))
        except NexusError:
            ends = None
        self.feed(ev.TokenChecked(ends))

    def _open_speech(self, effect: fx.OpenSpeech) -> None:
        self._spawn(self._open_stream(effect))

    async def _open_stream(self, effect: fx.OpenSpeech) -> None:
        number = effect.stream

        def emit(event: SpeechEvent) -> None:
            self.feed(ev.SpeechSaid(number, event))

        try:
            stream = await self._ports.transcriber.open(effect.config, emit)
        except NexusError as exc:
            self.feed(ev.SpeechRefused(number, exc))
            return
        self._streams[number] = stream
        if self._over or number in self._closed_streams:
            self._close_speech(fx.CloseSpeech(number))
            return
        self.feed(ev.SpeechOpened(number))

    def _send_speech(self, effect: fx.SendSpeech) -> None:
        stream = self._streams.get(effect.stream)
        if stream:
            stream.send(effect.audio)

    def _end_turn(self, effect: fx.EndTurn) -> None:
        stream = self._streams.get(effect.stream)
        if stream:
            stream.force_endpoint()

    def _update_terms(self, effect: fx.UpdateTerms) -> None:
        stream = self._streams.get(effect.stream)
        if stream:
            stream.update_keyterms(effect.terms)

    def _close_speech(self, effect: fx.CloseSpeech) -> None:
        self._closed_streams.add(effect.stream)
        stream = self._streams.pop(effect.stream, None)
        if stream:
            self._spawn(stream.close(), name=f"closing speech {effect.stream}")

    def _ask_model(self, effect: fx.AskModel) -> None:
        self._runs[effect.run] = self._spawn(self._converse(effect))

    async def _converse(self, effect: fx.AskModel) -> None:
        self.feed(ev.ModelAsked(effect.run))
        try:
            async with aclosing(cast(Any, self._ports.model.stream(effect.request))) as reply:
                async for event in reply:
                    self.feed(ev.ModelSaid(effect.run, event))
        except NexusError as exc:
            self.feed(ev.ModelFailed(effect.run, exc))
        finally:
            self._runs.pop(effect.run, None)

    def _cancel_model(self, effect: fx.CancelModel) -> None:
        self._hands.stop(effect.run)
        task = self._runs.pop(effect.run, None)
        if task:
            task.cancel()


_EXECUTE: dict[type, Callable[[VoicePump, Any], None]] = {
    fx.Send: VoicePump._send,
    fx.CloseSocket: VoicePump._close_socket,
    fx.OpenSpeech: VoicePump._open_speech,
    fx.SendSpeech: VoicePump._send_speech,
    fx.EndTurn: VoicePump._end_turn,
    fx.UpdateTerms: VoicePump._update_terms,
    fx.CloseSpeech: VoicePump._close_speech,
    fx.AskModel: VoicePump._ask_model,
    fx.CancelModel: VoicePump._cancel_model,
    fx.Connect: VoicePump._handle,
    fx.Look: VoicePump._handle,
    fx.Change: VoicePump._handle,
    fx.TakeBack: VoicePump._handle,
    fx.Release: VoicePump._handle,
    fx.Load: VoicePump._store,
    fx.Resume: VoicePump._store,
    fx.Fetch: VoicePump._store,
    fx.Save: VoicePump._store,
    fx.Verify: VoicePump._verify,
}
