"""The session's line to the speech service: opened late, paced, replayed when it drops."""

from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from shared.errors import NexusError
from shared.ports.speech import SpeechConfig
from shared.voice.audio import (
    BYTES_PER_SAMPLE,
    MAX_CHUNK_MS,
    MIN_CHUNK_MS,
    Backlog,
    Pace,
    is_silent,
    size_of,
)
from shared.voice.effects import CloseSpeech, Effect, EndTurn, OpenSpeech, Send, SendSpeech
from shared.voice.server_messages import Error, Status
from shared.voice.timeline import Timeline

QUIET_END_S: Final = 1.0
_IDLE_CLOSE_S: Final = 60.0
_DEAF_S: Final = 10.0
_BACKOFF_S: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
_TELL_AFTER: Final = 4
_MAX_BEHIND_MS: Final = 30_000
_REPLAY_MS: Final = 60_000
_PREROLL_MS: Final = 3_000
_CATCH_UP_MS: Final = 600
_KEPT_SILENCE_MS: Final = 1_400
_FINAL_WAIT_S: Final = 3.0
_BLOCKED_S: Final = 5.0


class Phase(Enum):
    """Where the line stands."""

    CLOSED = auto()
    OPENING = auto()
    LIVE = auto()
    WAITING = auto()


@dataclass(slots=True, kw_only=True)
class SpeechLink:
    """Sends audio at real time and keeps the unfinished turn's, so that no dropped line loses it.

    `position_ms`: where, in the session's audio, the next byte to be sent lies.
    """

    config: SpeechConfig
    phase: Phase = Phase.CLOSED
    stream: int = 0
    turn_open: bool = False
    sent_at: float = 0.0
    spent_ms: int = 0
    timeline: Timeline = field(default_factory=Timeline)
    _backlog: Backlog = field(init=False)
    _kept: deque[bytes] = field(default_factory=deque)
    _kept_bytes: int = 0
    _position: int = 0
    _stream_bytes: int = 0
    _pace: Pace = field(default_factory=Pace)
    _silence_ms: int = 0
    _end_wanted: bool = False
    _unended: bool = False
    _await_final_until: float | None = None
    _drain_at: float | None = None
    _retry_at: float | None = None
    _blocked_until: float = 0.0
    _failures: int = 0
    _audio_at: float = 0.0
    _quiet_held: float = 0.0
    _heard_at: float = 0.0

    def __post_init__(self) -> None:
        self._backlog = Backlog(rate_hz=self.config.sample_rate_hz)

    @property
    def position_ms(self) -> int:
        """Session milliseconds of the next byte to be sent."""
        return self._ms(self._position)

    @property
    def busy(self) -> bool:
        """Whether something said may not have been heard out yet."""
        return bool(self.turn_open or self._unended or self._backlog.size)

    def start_at(self, session_ms: int) -> None:
        """Continue a session whose audio up to `session_ms` is done with."""
        self._position = size_of(session_ms, self.config.sample_rate_hz)

    def audio(self, pcm: bytes, now: float) -> list[Effect]:
        """Take whole samples from the client."""
        if now < self._blocked_until:
            self._position += len(pcm)
            return []
        self._backlog.push(pcm)
        self._audio_at = now
        self._unended = True
        if self.phase is Phase.LIVE:
            return self._drain(now)
        effects = self._trim()
        if self.phase is Phase.CLOSED:
            effects += self._open()
        return effects

    def end_turn(self, now: float) -> list[Effect]:
        """End the turn as soon as all audio so far is sent."""
        if not self._unended:
            return []
        self._end_wanted = True
        return self._drain(now) if self.phase is Phase.LIVE else []

    def hold_quiet(self, until: float) -> None:
        """Do not end the turn for lack of audio before then: the client may come back."""
        self._quiet_held = until

    def opened(self, stream: int, now: float) -> list[Effect]:
        """The stream takes audio."""
        if stream != self.stream or self.phase is not Phase.OPENING:
            return []
        again = self._failures > 0
        self.phase, self._failures = Phase.LIVE, 0
        self._heard_at = now
        effects: list[Effect] = [Send(Status(turn=None, state="speech_ok"))] if again else []
        return effects + self._drain(now)

    def lost(self, stream: int, error: NexusError | None, now: float) -> list[Effect]:
        """The stream is over, or could not be opened."""
        if stream != self.stream or self.phase not in (Phase.OPENING, Phase.LIVE):
            return []
        self._rewind()
        if error is None and not self._backlog.size:
            self.phase = Phase.CLOSED
            return []
        return self._back_off(error, now)

    def heard(self, now: float) -> None:
        """The service gave a sign of life."""
        self._heard_at = now

    def turn_ended(self, end_ms: int) -> None:
        """A turn is final; audio before `end_ms` of the session is not needed again."""
        self.turn_open = False
        self._await_final_until = None
        behind = self._position - size_of(end_ms, self.config.sample_rate_hz)
        while self._kept and self._kept_bytes - len(self._kept[0]) >= behind:
            self._kept_bytes -= len(self._kept.popleft())
        if not self._backlog.size and not self._end_wanted:
            self._unended = self._kept_bytes > size_of(
                int(QUIET_END_S * 1000), self.config.sample_rate_hz
            )

    def tick(self, now: float) -> list[Effect]:
        """Do what is due."""
        effects: list[Effect] = []
        if self.phase is Phase.LIVE:
            effects += self._tick_live(now)
        elif self.phase is Phase.WAITING and self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            effects += self._open()
        return effects

    def close(self) -> list[Effect]:
        """End the stream and its billing; what waits is dropped."""
        closing: list[Effect] = []
        if self.phase in (Phase.LIVE, Phase.OPENING):
            closing.append(CloseSpeech(self.stream))
        self.phase = Phase.CLOSED
        self._backlog.take(self._backlog.size)
        self._kept.clear()
        self._kept_bytes = 0
        self._end_wanted = self._unended = self.turn_open = False
        self._drain_at = self._retry_at = self._await_final_until = None
        return closing

    def next_at(self) -> float | None:
        """When `tick` should come next, in monotonic seconds."""
        if self.phase is Phase.WAITING:
            return self._retry_at
        if self.phase is not Phase.LIVE:
            return None
        due = min(self._heard_at + _DEAF_S, self._audio_at + _IDLE_CLOSE_S)
        if self._may_be_quiet:
            due = min(due, self._quiet_at)
        if self._drain_at is not None:
            due = min(due, self._drain_at)
        if self._await_final_until is not None:
            due = min(due, self._await_final_until)
        return due

    def with_terms(self, terms: tuple[str, ...]) -> None:
        """Use these keyterms when the stream is opened next."""
        self.config = replace(self.config, keyterms=terms)

    @property
    def _may_be_quiet(self) -> bool:
        waiting = self._backlog.size >= self._size(MIN_CHUNK_MS)
        return self._unended and not self._end_wanted and not waiting

    @property
    def _quiet_at(self) -> float:
        return max(self._audio_at + QUIET_END_S, self._quiet_held)

    def _tick_live(self, now: float) -> list[Effect]:
        if now >= self._heard_at + _DEAF_S:
            stale = self.stream
            return [CloseSpeech(stale), *self.lost(stale, None, now)]
        if self._await_final_until is not None and now >= self._await_final_until:
            self._await_final_until = None
            self.turn_open = False
        if self._may_be_quiet and now >= self._quiet_at:
            return self.end_turn(now)
        if now >= self._audio_at + _IDLE_CLOSE_S:
            return self.close()
        due = self._drain_at is not None and now >= self._drain_at
        return self._drain(now) if due else []

    def _open(self) -> list[Effect]:
        self.stream += 1
        self.phase = Phase.OPENING
        self.timeline, self._pace, self._stream_bytes = Timeline(), Pace(), 0
        return [OpenSpeech(self.stream, self.config)]

    def _drain(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        self._drain_at = None
        while chunk := self._next_chunk(now):
            effects.append(SendSpeech(self.stream, chunk))
        if self._end_wanted and self._drain_at is None:
            effects += self._finish_turn(now)
        return effects

    def _next_chunk(self, now: float) -> bytes:
        while self._backlog.size >= self._size(MIN_CHUNK_MS):
            size = min(self._backlog.size, self._size(MAX_CHUNK_MS))
            wait = self._pace.wait_s(self._seconds(size), now)
            behind = self._backlog.size - size > self._size(_CATCH_UP_MS)
            if wait > 0 and not behind:
                self._drain_at = now + wait
                return b""
            if behind and self._skip_silence():
                continue
            if wait > 0:
                self._drain_at = now + wait
                return b""
            return self._sent(self._backlog.take_chunk(), now)
        return b""

    def _skip_silence(self) -> bool:
        """Pass over long silence while catching up; enough stays for the turn to end."""
        chunk = self._backlog.take_chunk()
        if is_silent(chunk):
            self._silence_ms += MAX_CHUNK_MS
            if self._silence_ms > _KEPT_SILENCE_MS:
                self._position += len(chunk)
                return True
        else:
            self._silence_ms = 0
        self._backlog.push_front([chunk])
        return False

    def _finish_turn(self, now: float) -> list[Effect]:
        rest = self._backlog.size
        effects: list[Effect] = []
        if rest:
            chunk = self._sent(self._backlog.take_rest(), now)
            self._position -= len(chunk) - rest
            effects.append(SendSpeech(self.stream, chunk))
        self._end_wanted = self._unended = False
        self._await_final_until = now + _FINAL_WAIT_S
        return [*effects, EndTurn(self.stream)]

    def _sent(self, chunk: bytes, now: float) -> bytes:
        self._pace.spend(self._seconds(len(chunk)), now)
        self.timeline.mark(self._ms(self._stream_bytes), self._ms(self._position))
        self._position += len(chunk)
        self._stream_bytes += len(chunk)
        self.spent_ms += self._ms(len(chunk))
        self.sent_at = now
        self._keep(chunk)
        return chunk

    def _keep(self, chunk: bytes) -> None:
        self._kept.append(chunk)
        self._kept_bytes += len(chunk)
        most = self._size(_REPLAY_MS if self.turn_open else _PREROLL_MS)
        while self._kept_bytes > most:
            self._kept_bytes -= len(self._kept.popleft())

    def _rewind(self) -> None:
        self._backlog.push_front(list(self._kept))
        self._position -= self._kept_bytes
        self._kept.clear()
        self._kept_bytes = self._silence_ms = 0
        self._await_final_until = self._drain_at = None

    def _back_off(self, error: NexusError | None, now: float) -> list[Effect]:
        self._failures += 1
        wait = _BACKOFF_S[min(self._failures, len(_BACKOFF_S)) - 1]
        self.phase, self._retry_at = Phase.WAITING, now + wait
        effects: list[Effect] = self._trim()
        if self._failures == 1:
            effects.append(Send(Status(turn=None, state="speech_reconnecting")))
        final = error is not None and not error.retryable
        if final or self._failures == _TELL_AFTER:
            effects.append(_unavailable(error))
        if final:
            self._blocked_until = now + _BLOCKED_S
            effects += self.close()
        return effects

    def _trim(self) -> list[Effect]:
        """Give up what is more than 30 s behind while the line is down."""
        over = self._backlog.ms - _MAX_BEHIND_MS
        if over <= 0:
            return []
        lost = self._backlog.drop(max(over, 1000))
        self._position += self._size(lost)
        message = f"{lost} ms of speech could not be transcribed: the speech service is away."
        return [
            Send(
                Error(
                    turn=None,
                    interaction_id=None,
                    code="speech_gap",
                    message=message,
                    retryable=False,
                )
            )
        ]

    def _ms(self, size: int) -> int:
        return size * 1000 // (BYTES_PER_SAMPLE * self.config.sample_rate_hz)

    def _size(self, ms: int) -> int:
        return size_of(ms, self.config.sample_rate_hz)

    def _seconds(self, size: int) -> float:
        return size / (BYTES_PER_SAMPLE * self.config.sample_rate_hz)


def _unavailable(error: NexusError | None) -> Send:
    detail = error.detail if error else "The speech service does not answer."
    return Send(
        Error(
            turn=None,
            interaction_id=None,
            code="speech_unavailable",
            message=detail,
            retryable=error is None or error.retryable,
        )
    )
