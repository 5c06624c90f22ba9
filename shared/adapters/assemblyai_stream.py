"""One stream to AssemblyAI on the SDK's asyncio client."""

import asyncio
import contextlib
import logging
from asyncio import Task
from collections.abc import Callable

from assemblyai.streaming.v3 import (
    BeginEvent,
    SpeechStartedEvent,
    StreamingError,
    StreamingEvents,
    StreamingParameters,
    TurnEvent,
)
from assemblyai.streaming.v3.models import ForceEndpoint, OperationMessage, UpdateConfiguration

from shared.adapters.assemblyai_client import RepairedClient
from shared.adapters.assemblyai_protocol import SERVICE, failure, usable_keyterms
from shared.errors import NexusError, UpstreamRejected, UpstreamUnavailable
from shared.ports.speech import SpeechAlive, SpeechEnded, SpeechEvent, SpeechStarted, TurnHeard

_LOG = logging.getLogger(__name__)
_TERMINATE_S = 1.2
_ALIVE = (
    StreamingEvents.Heartbeat,
    StreamingEvents.Silence,
    StreamingEvents.Warning,
    StreamingEvents.SpeakerRevision,
    StreamingEvents.LLMGatewayResponse,
)


async def open_stream(
    *,
    host: str,
    api_key: str,
    parameters: StreamingParameters,
    on_event: Callable[[SpeechEvent], None],
) -> "AssemblyAIStream":
    """Connect and wait for the vendor's Begin; leaves nothing open if that fails or is cancelled.

    Raises:
        UpstreamRejected, RateLimited, UpstreamUnavailable: as the port says.
    """
    stream = AssemblyAIStream(RepairedClient(host, api_key), parameters, on_event)
    await stream.begin()
    return stream


class AssemblyAIStream:
    """One open stream; the port is `shared.ports.speech.SpeechStream`."""

    def __init__(
        self,
        client: RepairedClient,
        parameters: StreamingParameters,
        on_event: Callable[[SpeechEvent], None],
    ) -> None:
        self._client = client
        self._asked = parameters
        self._on_event = on_event
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last_final = -1
        self._closing = self._ended = False
        self._gone = asyncio.Event()
        self._clearing: Task[None] | None = None
        client.on(StreamingEvents.Begin, self._on_begin)
        client.on(StreamingEvents.SpeechStarted, self._on_speech_started)
        client.on(StreamingEvents.Turn, self._on_turn)
        client.on(StreamingEvents.Error, self._on_error)
        for event in _ALIVE:
            client.on(event, self._on_alive)

    @property
    def malformed(self) -> int:
        """Messages of the vendor that were skipped because they break its own protocol."""
        return self._client.malformed

    async def begin(self) -> None:
        """Connect and wait until the vendor has confirmed the configuration."""
        try:
            await self._client.connect(self._asked)
            self._client.watch(self._on_task_done)
            await self._begun
        finally:
            if not self._is_open:
                self._ended = True
                await self._client.abandon()

    def send(self, audio: bytes) -> None:
        """Send 50-1000 ms of PCM; more than 100 messages waiting end the stream."""
        self._offer(audio)

    def force_endpoint(self) -> None:
        """End the turn now."""
        self._offer(ForceEndpoint())

    def update_keyterms(self, keyterms: tuple[str, ...]) -> None:
        """Replace the words to expect; what the vendor would not take is left out."""
        self._offer(UpdateConfiguration(keyterms_prompt=usable_keyterms(keyterms)))

    async def close(self) -> None:
        """Terminate the session, wait briefly for its last turn, and close the socket."""
        if not self._closing and not self._ended:
            self._closing = True
            try:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_TERMINATE_S):
                        await self._client.disconnect(terminate=True)
            finally:
                self._end(None)
        await self._gone.wait()

    @property
    def _is_open(self) -> bool:
        begun = self._begun
        return begun.done() and not begun.cancelled() and begun.exception() is None

    def _offer(self, message: OperationMessage) -> None:
        if self._closing or self._ended or self._client.offer(message):
            return
        self._end(UpstreamUnavailable("AssemblyAI does not take the audio.", SERVICE))

    def _on_begin(self, _client: object, begin: BeginEvent) -> None:
        if self._begun.done():
            return
        got = begin.configuration
        asked_model, asked_mode = str(self._asked.speech_model), str(self._asked.mode)
        model, mode = (got.model, got.mode) if got else (None, None)
        if model not in (None, asked_model):
            _LOG.error("another model answers", extra={"asked": asked_model, "got": model})
            detail = f"AssemblyAI answers with {model}, not {asked_model}: check ASSEMBLYAI_MODEL."
            self._begun.set_exception(UpstreamRejected(detail, SERVICE))
            return
        if model is None or mode not in (None, asked_mode):
            _LOG.warning("the configuration is not confirmed", extra={"model": model, "mode": mode})
        self._begun.set_result(None)

    def _on_speech_started(self, _client: object, event: SpeechStartedEvent) -> None:
        self._emit(SpeechStarted(at_ms=event.timestamp))

    def _on_turn(self, _client: object, turn: TurnEvent) -> None:
        # Universal-Streaming repeats a final turn, formatted, with the same order.
        if turn.turn_order <= self._last_final:
            return
        if turn.end_of_turn:
            self._last_final = turn.turn_order
        words = turn.words
        self._emit(
            TurnHeard(
                order=turn.turn_order,
                text=turn.transcript,
                final=turn.end_of_turn,
                start_ms=words[0].start if words else 0,
                end_ms=words[-1].end if words else 0,
            )
        )

    def _on_alive(self, _client: object, _event: object) -> None:
        self._emit(SpeechAlive())

    def _on_error(self, _client: object, error: StreamingError) -> None:
        self._end(failure(error.code))

    def _on_task_done(self, task: Task[None]) -> None:
        if task.cancelled() or self._closing or self._ended:
            return
        if (exc := task.exception()) is not None:
            _LOG.error("a task of the stream died", extra={"error": type(exc).__name__})
        self._end(UpstreamUnavailable("AssemblyAI has ended the stream.", SERVICE))

    def _emit(self, event: SpeechEvent) -> None:
        if self._is_open and not self._ended:
            self._on_event(event)

    def _end(self, error: NexusError | None) -> None:
        if self._ended or (self._closing and error is not None):
            return
        if not self._begun.done():
            self._begun.set_exception(error or failure(None))
        if not self._is_open:
            return
        self._ended = True
        self._clearing = asyncio.get_running_loop().create_task(self._clear())
        self._on_event(SpeechEnded(error=error))

    async def _clear(self) -> None:
        try:
            await self._client.abandon()
        finally:
            self._gone.set()
