"""The session's line to the speech service: opened late, paced, replayed when it drops."""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from shared.errors import NexusError
from shared.ports.speech import SpeechConfig
from shared.voice.audio import (
    BYTES_PER_SAMPLE,
    Backlog,
    Pace,
    chunk_sizes,
    duration_ms,
    is_silent,
    size_of,
)
from shared.voice.effects import CloseSpeech, Effect, EndTurn, OpenSpeech, Send, SendSpeech, fault
from shared.voice.server_messages import Status
from shared.voice.tape import Tape
from shared.voice.timeline import Timeline

QUIET_END_S: Final = 1.0
_IDLE_CLOSE_S: Final = 60.0
_DEAF_S: Final = 10.0
_BACKOFF_S: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
_TELL_AFTER: Final = 4
_MAX_BEHIND_MS: Final = 30_000
_REPLAY_MS: Final = 60_000
_PREROLL_MS: Final = 3_000
_CATCH_UP_MS: Final = 150
_KEPT_SILENCE_MS: Final = 1_400
_WORD_END_MS: Final = 200
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

    `turn_open`: somebody speaks, and the turn's final text has not come. `sent_at`: when audio
    was sent last. `quiet_end_s`: so long without audio ends the turn.
    """

    config: SpeechConfig
    phase: Phase = Phase.CLOSED
    stream: int = 0
    quiet_end_s: float = QUIET_END_S
    turn_open: bool = False
    sent_at: float = 0.0
    timeline: Timeline = field(default_factory=Timeline)
    _tape: Tape = field(init=False)
    _sizes: tuple[int, int] = field(init=False)
    _allowed: int = field(init=False)
    _stream_bytes: int = 0
    _unheard_bytes: int = 0
    _lost_bytes: int = 0
    _pace: Pace = field(default_factory=Pace)
    _silence_ms: int = 0
    _unended: bool = False
    _told_away: bool = False
    _await_final_until: float | None = None
    _awaited_from: float = 0.0
    _drain_at: float | None = None
    _retry_at: float | None = None
    _blocked_until: float = 0.0
    _failures: int = 0
    _audio_at: float = 0.0
    _quiet_held: float = 0.0
    _heard_at: float = 0.0

    def __post_init__(self) -> None:
        self._tape = Tape(waiting=Backlog(rate_hz=self.config.sample_rate_hz))
        self._sizes = chunk_sizes(self.config.sample_rate_hz)
        self._allowed = self._size(_MAX_BEHIND_MS)

    @property
    def position_ms(self) -> int:
        """Where, in the session's audio, the next byte to be sent lies."""
        return self._ms(self._tape.position)

    @property
    def busy(self) -> bool:
        """Whether something said may not have been heard out yet."""
        tape = self._tape
        return bool(self.turn_open or self._unended or tape.waiting.size or tape.awaited)

    def start_at(self, session_ms: int) -> None:
        """Continue a session whose audio up to `session_ms` is done with."""
        self._tape.position = self._size(session_ms)

    def audio(self, pcm: bytes, now: float) -> list[Effect]:
        """Take whole samples from the client."""
        if now < self._blocked_until:
            self._tape.position += len(pcm)
            return []
        self._tape.waiting.push(pcm)
        self._audio_at = now
        self._unended = True
        if self.phase is Phase.LIVE:
            return self._drain(now)
        self._trim()
        return self._open() if self.phase is Phase.CLOSED else []

    def end_turn(self, now: float) -> list[Effect]:
        """End the turn as soon as all audio so far is sent."""
        if not self._unended:
            return []
        self._unended = False
        self._tape.mark_end()
        return self._drain(now) if self.phase is Phase.LIVE else []

    def fed(self, now: float) -> bool:
        """Whether the client still sends audio, or has only just stopped."""
        return now < self._quiet_at

    def hold_quiet(self, until: float) -> None:
        """Do not end the turn for lack of audio before then: the client may come back."""
        self._quiet_held = until

    def opened(self, stream: int, now: float) -> list[Effect]:
        """The stream takes audio."""
        if stream != self.stream or self.phase is not Phase.OPENING:
            return []
        self.phase = Phase.LIVE
        self._heard_at, self._unheard_bytes = now, 0
        effects: list[Effect] = []
        if self._told_away:
            effects.append(Send(Status(turn=None, state="speech_ok")))
        self._told_away = False
        return effects + self._tell_gap() + self._drain(now)

    def lost(self, stream: int, error: NexusError | None, now: float) -> list[Effect]:
        """The stream is over, or could not be opened."""
        if stream != self.stream or self.phase not in (Phase.OPENING, Phase.LIVE):
            return []
        tape = self._tape
        tape.rewind()
        self._allowed = self._size(_MAX_BEHIND_MS) + tape.replayed
        self._silence_ms = 0
        self._await_final_until = self._drain_at = None
        if error is None and not tape.waiting.size:
            self.phase = Phase.CLOSED
            return []
        return self._back_off(error, now)

    def heard(self, now: float) -> None:
        """The service gave a sign of life."""
        self._heard_at, self._unheard_bytes, self._failures = now, 0, 0
        if self._tape.awaited and now >= self._awaited_from + _FINAL_WAIT_S:
            self._tape.awaited.clear()

    def turn_ended(self, end_ms: int) -> None:
        """A turn is final; audio before `end_ms` of the session is not needed again."""
        tape, margin = self._tape, self._size(_WORD_END_MS)
        self.turn_open = False
        tape.final(self._size(end_ms), margin)
        if not tape.awaited:
            self._await_final_until = None
        if self._unended and not tape.waiting.size:
            self._unended = tape.has_sound(self._size(end_ms) + margin, tape.position)

    def tick(self, now: float) -> list[Effect]:
        """Do what is due."""
        if self.phase is Phase.LIVE:
            return self._tick_live(now)
        if self.phase is Phase.WAITING and self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            return self._open()
        return []

    def close(self) -> list[Effect]:
        """End the stream and its billing; what waits is dropped."""
        closing = self._tell_gap()
        if self.phase in (Phase.LIVE, Phase.OPENING):
            closing.append(CloseSpeech(self.stream))
        self.phase = Phase.CLOSED
        self._tape.clear()
        self._unended = self.turn_open = False
        self._drain_at = self._retry_at = self._await_final_until = None
        return closing

    def next_at(self) -> float | None:
        """When `tick` should come next, in monotonic seconds."""
        if self.phase is Phase.WAITING:
            return self._retry_at
        if self.phase is not Phase.LIVE:
            return None
        due = min(self._heard_at + _DEAF_S, self._idle_at)
        if self._unended:
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
    def _quiet_at(self) -> float:
        return max(self._audio_at + self.quiet_end_s, self._quiet_held)

    @property
    def _idle_at(self) -> float:
        return max(self._audio_at, self.sent_at) + _IDLE_CLOSE_S

    def _tick_live(self, now: float) -> list[Effect]:
        if now >= self._heard_at + _DEAF_S:
            stale = self.stream
            return [CloseSpeech(stale), *self.lost(stale, None, now)]
        if self._await_final_until is not None and now >= self._await_final_until:
            # Nothing was said, it seems; the audio is still kept until a sign of life says so.
            self._await_final_until = None
            self.turn_open = False
        if self._unended and now >= self._quiet_at:
            return self.end_turn(now)
        if now >= self._idle_at:
            return self.close()
        due = self._drain_at is not None and now >= self._drain_at
        return self._drain(now) if due else []

    def _open(self) -> list[Effect]:
        self.stream += 1
        self.phase = Phase.OPENING
        self.timeline, self._pace, self._stream_bytes = Timeline(), Pace(), 0
        # What came while the stream opened puts it behind: silence before the first word goes.
        self._silence_ms = 0 if self._failures else _KEPT_SILENCE_MS
        return [OpenSpeech(self.stream, self.config)]

    def _drain(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        self._drain_at = None
        while True:
            while self._tape.at_end_of_turn:
                self._tape.pass_end()
                self._awaited_from, self._await_final_until = now, now + _FINAL_WAIT_S
                effects.append(EndTurn(self.stream))
            if chunk := self._next_chunk(now):
                effects.append(SendSpeech(self.stream, chunk))
            elif not self._tape.at_end_of_turn:
                return effects

    def _next_chunk(self, now: float) -> bytes:
        """The next chunk if it may go now; else nothing, and `_drain_at` is set if one waits."""
        size = self._tape.next_size(*self._sizes)
        if not size:
            return b""
        behind = self._tape.waiting.size - size > self._size(_CATCH_UP_MS)
        if behind and self._silence_ms >= _KEPT_SILENCE_MS:
            size = self._skip_silence(size)
            if not size:
                return b""
        wait = self._pace.wait_s(self._seconds(max(size, self._sizes[0])), now)
        if wait > 0:
            self._drain_at = now + wait
            return b""
        return self._sent(size, behind, now)

    def _skip_silence(self, size: int) -> int:
        """Pass over what follows a long silence and is silent too; the size to send then."""
        tape = self._tape
        while size and is_silent(tape.waiting.peek(size)):
            if tape.waiting.size - size <= self._size(_CATCH_UP_MS) or tape.at_end_of_turn:
                break
            tape.take(size)
            tape.keep(self._most_kept)
            size = tape.next_size(*self._sizes)
        return size

    def _sent(self, size: int, behind: bool, now: float) -> bytes:
        tape = self._tape
        self.timeline.mark(self._ms(self._stream_bytes), self._ms(tape.position))
        chunk = tape.take(size)
        silent = behind and is_silent(chunk)
        self._silence_ms = self._silence_ms + self._ms(size) if silent else 0
        chunk = chunk.ljust(self._sizes[0], b"\0")
        self._pace.spend(self._seconds(len(chunk)), now)
        self._stream_bytes += len(chunk)
        self._unheard_bytes += len(chunk)
        self.sent_at = now
        tape.keep(self._most_kept)
        return chunk

    @property
    def _most_kept(self) -> int:
        """A turn may be open that a line which went dead has not told of."""
        most = self._size(_REPLAY_MS)
        if self.turn_open or self._tape.awaited:
            return most
        return min(most, self._size(_PREROLL_MS) + self._unheard_bytes)

    def _back_off(self, error: NexusError | None, now: float) -> list[Effect]:
        self._failures += 1
        wait = _BACKOFF_S[min(self._failures, len(_BACKOFF_S)) - 1]
        self.phase, self._retry_at = Phase.WAITING, now + wait
        self._trim()
        effects: list[Effect] = []
        if not self._told_away:
            effects.append(Send(Status(turn=None, state="speech_reconnecting")))
            self._told_away = True
        final = error is not None and not error.retryable
        if final or self._failures == _TELL_AFTER:
            effects.append(_unavailable(error))
        if final:
            self._blocked_until = now + _BLOCKED_S
            effects += self.close()
        return effects

    def _trim(self) -> None:
        """Give up what is more than 30 s behind while the line is down, the oldest first."""
        over = self._tape.waiting.size - self._allowed
        if over > 0:
            self._lost_bytes += self._tape.drop(over)

    def _tell_gap(self) -> list[Effect]:
        """Say once, when the outage is over, how much was given up."""
        lost, self._lost_bytes = self._ms(self._lost_bytes), 0
        if not lost:
            return []
        message = f"{lost} ms of speech could not be transcribed: the speech service was away."
        return [fault("speech_gap", message, retryable=False)]

    def _ms(self, size: int) -> int:
        return duration_ms(size, self.config.sample_rate_hz)

    def _size(self, ms: int) -> int:
        return size_of(ms, self.config.sample_rate_hz)

    def _seconds(self, size: int) -> float:
        return size / (BYTES_PER_SAMPLE * self.config.sample_rate_hz)


def _unavailable(error: NexusError | None) -> Send:
    detail = error.detail if error else "The speech service does not answer."
    return fault("speech_unavailable", detail, retryable=error is None or error.retryable)
