"""The voice session: a state machine of (event, time) -> effects, without any I/O.

    browser ─ audio, messages ─┐                  ┌─ Send, CloseSocket ─> browser
    speech  ─ turns ───────────┤  Session.on(     ├─ OpenSpeech, SendSpeech … ─> speech
    model   ─ reply ───────────┤  event, now)     ├─ AskModel, CancelModel ─> model
    store   ─ saved, loaded ───┘                  └─ Load, Save … ─> store

It joins four parts: `SpeechLink` (audio out), `Hearing` (turns in), `Commands` (one at a time,
stored before shown) and `Lifetime` (when a connection has to end). `now` is monotonic seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, Literal

from shared.ports.speech import SpeechConfig, SpeechEnded, SpeechStarted, TurnHeard
from shared.voice import events as ev
from shared.voice.audio import Meter, SampleJoiner
from shared.voice.client_messages import Auth, Control, Retry, Start, Text
from shared.voice.commands import Commands
from shared.voice.effects import (
    CloseSocket,
    Effect,
    Fetch,
    Load,
    Resume,
    Save,
    Send,
    Spent,
    UpdateTerms,
    Verify,
)
from shared.voice.hearing import Hearing, Utterance
from shared.voice.ledger import Ledger
from shared.voice.lifetime import Lifetime
from shared.voice.outcome import as_message
from shared.voice.phrases import is_cancel
from shared.voice.records import UNFINISHED, Interaction, State, interaction_id
from shared.voice.server_messages import Error, Ready, Transcript
from shared.voice.speech_link import Phase, SpeechLink
from shared.voice.vocabulary import keyterms, repair, symbols
from shared.voice.window import Window

_AHEAD_S: Final = 10.0
_AHEAD_RESUMED_S: Final = 60.0
_MAX_EARLY: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a user may use a day, and how long history is kept."""

    daily_audio_ms: int
    daily_model_calls: int
    history_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a connection begins.

    `wall`: the time of day at monotonic `at`. `token_ends`: Unix seconds, None for no end.
    `random`: draws 64 random bits, for ids.
    """

    session_id: str
    at: float
    wall: datetime
    token_ends: float | None
    limits: Limits
    random: Callable[[], int]


@dataclass(slots=True)
class Session:
    """One connection of one user. `over`: nothing is left to do; throw it away."""

    opening: Opening
    over: bool = False
    session_id: str = field(init=False)
    plain: bool = False
    _mode: Literal["hands_free", "push_to_talk"] = "hands_free"
    _ids: count[int] = field(default_factory=lambda: count(1))
    _turn: int = 0
    _base_ms: int = 0
    _started: bool = False
    _resumed: bool = False
    _kept: bool = False
    _ready: bool = False
    _early: list[tuple[ev.Event, float]] = field(default_factory=list)
    _usage: ev.Usage = field(default_factory=ev.Usage)
    _told_quota: bool = False
    _spent_saved_ms: int = 0
    _own_jobs: set[int] = field(default_factory=set)
    _closing_job: int = 0
    _symbols: tuple[str, ...] = ()
    _joiner: SampleJoiner = field(default_factory=SampleJoiner)
    _meter: Meter = field(default_factory=Meter)
    link: SpeechLink = field(init=False)
    hearing: Hearing = field(init=False)
    commands: Commands = field(init=False)
    life: Lifetime = field(init=False)

    def __post_init__(self) -> None:
        self.session_id = self.opening.session_id
        self.link = SpeechLink(config=SpeechConfig(sample_rate_hz=16000))
        self.hearing = Hearing(hands_free=True, next_turn=self._next_turn)
        self.life = Lifetime(opened_at=self.opening.at, token_ends=self._token_end())
        self.commands = Commands(
            wall=self.wall,
            next_id=lambda: next(self._ids),
            calls_left=self.opening.limits.daily_model_calls,
        )

    def wall(self, now: float) -> datetime:
        """The time of day at a monotonic moment."""
        return self.opening.wall + timedelta(seconds=now - self.opening.at)

    def on(self, event: ev.Event, now: float) -> list[Effect]:
        """Take in what happened at `now`; what is to be done, in order."""
        if self.over:
            return []
        if isinstance(event, ev.Audio):
            return self._on_audio(event, now)
        effects = _HANDLERS[type(event)](self, event, now)
        return effects + self._settle(now)

    def next_at(self) -> float | None:
        """When a `Tick` is due, in monotonic seconds."""
        due = [self.link.next_at(), self.commands.next_at(), self.life.next_at()]
        return min((at for at in due if at is not None), default=None)

    # --- the client ---------------------------------------------------------------------------

    def _on_audio(self, event: ev.Audio, now: float) -> list[Effect]:
        if not self._started:
            self._started = self.plain = self.commands.plain = True
            return [Load(), *self._on_audio(event, now)]
        if not self.life.accepting:
            return []
        pcm = self._joiner.join(event.data)
        rate = self.link.config.sample_rate_hz
        self.life.input_at = now
        ahead = self._meter.add(len(pcm) / (2 * rate), now)
        if ahead > (_AHEAD_RESUMED_S if self._resumed else _AHEAD_S):
            message = f"Audio came {ahead:.0f} s ahead of real time; send it as it is spoken."
            return [
                Send(_error("audio_too_fast", message, retryable=True)),
                CloseSocket(4429, "audio too fast"),
            ]
        if not self._ready:
            self._early.append((ev.Audio(pcm), now))
            return []
        return self._hear(pcm, now)

    def _hear(self, pcm: bytes, now: float) -> list[Effect]:
        if self._usage.audio_ms + self.link.spent_ms > self.opening.limits.daily_audio_ms:
            if self._told_quota:
                return []
            self._told_quota = True
            message = "Today's audio is used up; type, or come back after midnight UTC."
            return [Send(_error("quota_exceeded", message, retryable=False)), *self.link.close()]
        keep = self._keep(now) if not self._kept else []
        return keep + self.link.audio(pcm, now)

    def _on_start(self, event: Start, now: float) -> list[Effect]:
        if self._started:
            return self._refuse("`start` comes once, as the first message.")
        self._started, self._mode = True, event.mode
        hands_free = event.mode == "hands_free"
        self.hearing.hands_free = hands_free
        self.link = SpeechLink(
            config=SpeechConfig(
                sample_rate_hz=event.sample_rate, language=event.language, patient=hands_free
            )
        )
        self.life.input_at = now
        return [Resume(event.resume, event.last_turn)] if event.resume else [Load()]

    def _on_text(self, event: Text, now: float) -> list[Effect]:
        if not self._ready:
            return self._later(event, now)
        self.life.input_at = now
        if is_cancel(event.text):
            return self.commands.cancel(now)
        keep = self._keep(now) if not self._kept else []
        turn = self._next_turn()
        self.hearing.last = None
        shown: list[Effect] = [Send(Transcript(turn=turn, text=event.text, final=True))]
        interaction = self._interaction(turn, "text", event.text, event.text, now)
        return keep + shown + self.commands.begin(interaction, Ledger(final=now), 0, now)

    def _on_control(self, event: Control, now: float) -> list[Effect]:
        if not self._ready:
            return self._later(event, now)
        self.life.input_at = now
        if event.type == "cancel":
            return self.hearing.dropped() + self.commands.cancel(now)
        if event.type == "stop":
            self.life.stop()
        return self.link.end_turn(now)

    def _on_retry(self, event: Retry, now: float) -> list[Effect]:
        if not self._ready:
            return self._later(event, now)
        self.life.input_at = now
        return [Fetch(event.interaction_id)]

    def _on_fetched(self, event: ev.Fetched, now: float) -> list[Effect]:
        found = event.interaction
        if found is None:
            return [Send(_error("bad_message", "No such command to retry.", retryable=False))]
        if found.state is State.DONE:
            return [Send(as_message(found))]
        if found.as_of(self.wall(now)).state in UNFINISHED:
            return [Send(_error("bad_message", "That command still runs.", retryable=True))]
        keep = self._keep(now) if not self._kept else []
        return keep + self._rerun(replace(found, turn=self._next_turn()), now)

    def _rerun(self, found: Interaction, now: float) -> list[Effect]:
        again = replace(
            found, session_id=self.session_id, state=State.RECEIVED, error=None, result=None
        )
        self.hearing.last = None
        shown = Send(Transcript(turn=again.turn, text=again.transcript, final=True))
        return [shown, *self.commands.begin(again, Ledger(final=now), 0, now)]

    def _on_auth(self, event: Auth, now: float) -> list[Effect]:
        return [Verify(event.token)] if self._started else self._later(event, now)

    def _on_token(self, event: ev.TokenChecked, _now: float) -> list[Effect]:
        if event.expires_at is None:
            return [Send(_error("token_expiring", "The token was refused.", retryable=True))]
        self.life.renew(self._monotonic(event.expires_at))
        return []

    def _on_bad(self, event: ev.BadMessage, _now: float) -> list[Effect]:
        return self._refuse(event.detail)

    def _refuse(self, detail: str) -> list[Effect]:
        """A fault in the first message ends the connection; a later one is only told."""
        told: list[Effect] = [Send(_error("bad_message", detail, retryable=False))]
        return told if self._started else [*told, CloseSocket(4400, "bad message")]

    def _on_gone(self, _event: ev.ClientGone, now: float) -> list[Effect]:
        self.life.lose_client(now, resumable=self._kept and not self.plain)
        return []

    def _later(self, event: ev.Event, now: float) -> list[Effect]:
        """Keep what comes before the session is ready; nothing may come before `start`."""
        if not self._started:
            return self._refuse("The first message must be `start` or audio.")
        if len(self._early) >= _MAX_EARLY:
            return self._refuse("Too much before `ready`.")
        self._early.append((event, now))
        return []

    # --- the store ----------------------------------------------------------------------------

    def _on_loaded(self, event: ev.Loaded, now: float) -> list[Effect]:
        self._usage = event.usage
        self.commands.calls_left = self.opening.limits.daily_model_calls - event.usage.model_calls
        effects = self.commands.load(event.window, now) + self._learn(event.window)
        return effects if self._ready else effects + self._become_ready(now)

    def _on_resumed(self, event: ev.Resumed, now: float) -> list[Effect]:
        self._resumed = self._kept = True
        self.session_id, self._turn = event.session_id, event.turn
        self._base_ms = event.acked_ms
        self.link.start_at(event.acked_ms)
        effects = self._on_loaded(ev.Loaded(event.window, event.usage), now)
        for interaction in event.interactions:
            if interaction.state in UNFINISHED:
                effects += self._rerun(interaction, now)
            else:
                effects.append(Send(as_message(interaction)))
        return effects

    def _become_ready(self, now: float) -> list[Effect]:
        self._ready = True
        window = self.commands.window or Window()
        context = [command.shown() for command in window.commands]
        effects: list[Effect] = [
            Send(
                Ready(
                    session_id=self.session_id,
                    resumed=self._resumed,
                    resume_from_ms=self._base_ms,
                    context=context,
                )
            )
        ]
        early, self._early = self._early, []
        for event, _ in early:
            if isinstance(event, ev.Audio):
                effects += self._hear(event.data, now)
            else:
                effects += _HANDLERS[type(event)](self, event, now)
        return effects

    def _on_saved(self, event: ev.Saved, now: float) -> list[Effect]:
        if event.job in self._own_jobs:
            self._own_jobs.discard(event.job)
            if event.job == self._closing_job:
                self.over = True
            return []
        effects = self.commands.saved(event.job, event.window, now)
        return effects + (self._learn(event.window) if event.window else [])

    def _on_stalled(self, event: ev.SaveStalled, _now: float) -> list[Effect]:
        return self.commands.stalled(event.job)

    def _on_lost(self, event: ev.SaveLost, now: float) -> list[Effect]:
        if event.job in self._own_jobs:
            return self._on_saved(ev.Saved(event.job, None), now)
        return self.commands.lost(event.job, now)

    def _on_load_stalled(self, event: ev.LoadStalled, _now: float) -> list[Effect]:
        if self._ready or (self.plain and not event.given_up):
            return []
        message = "The store does not answer; nothing can be kept, so nothing is taken up yet."
        told: list[Effect] = [Send(_error("store_unavailable", message, retryable=True))]
        return [*told, CloseSocket(1013, "the store is away")] if event.given_up else told

    def _on_fenced(self, _event: ev.Fenced, _now: float) -> list[Effect]:
        self.over = True
        closing = [*self.link.close(), *self.commands.stop_all()]
        return [*closing, CloseSocket(1000, "continued on another connection")]

    def _learn(self, window: Window) -> list[Effect]:
        """Teach speech recognition the names of the window's code."""
        names = symbols(window.commands)
        if names == self._symbols:
            return []
        self._symbols = names
        terms = keyterms(names)
        self.link.with_terms(terms)
        return [UpdateTerms(self.link.stream, terms)] if self.link.phase is Phase.LIVE else []

    def _keep(self, now: float, *, last: bool = False) -> list[Effect]:
        """Store the session itself, so that another connection can resume it."""
        self._kept = True
        job = next(self._ids)
        self._own_jobs.add(job)
        self.life.kept_at = now
        fresh = self.link.spent_ms - self._spent_saved_ms
        self._spent_saved_ms = self.link.spent_ms
        if last:
            self._closing_job = job
        closed = last and not self.life.draining
        return [Save(job=job, spent=Spent(audio_ms=fresh), closed=closed)]

    # --- speech -------------------------------------------------------------------------------

    def _on_speech_opened(self, event: ev.SpeechOpened, now: float) -> list[Effect]:
        return self.link.opened(event.stream, now)

    def _on_speech_refused(self, event: ev.SpeechRefused, now: float) -> list[Effect]:
        return self.link.lost(event.stream, event.error, now)

    def _on_speech(self, event: ev.SpeechSaid, now: float) -> list[Effect]:
        if event.stream != self.link.stream:
            return []
        said = event.event
        if isinstance(said, SpeechEnded):
            return self.link.lost(event.stream, said.error, now)
        self.link.heard(now)
        if isinstance(said, TurnHeard):
            return self._on_turn(event.stream, said, now)
        if isinstance(said, SpeechStarted):
            self.link.turn_open = True
            return [Load()]
        return []

    def _on_turn(self, stream: int, heard: TurnHeard, now: float) -> list[Effect]:
        to_session = self.link.timeline.to_session
        start = to_session(heard.start_ms) if heard.end_ms else self.link.position_ms
        end = to_session(heard.end_ms) if heard.end_ms else self.link.position_ms
        open_turn = self.commands.newest is not None
        if not heard.final:
            self.link.turn_open = True
            effects = self.hearing.partial(heard, start, open_turn=open_turn)
            self.commands.held = self.hearing.continuing
            return effects
        said, effects = self.hearing.final(stream, heard, (start, end), open_turn=open_turn)
        self.link.turn_ended(end)
        self.commands.held = False
        if said is None:
            return effects + self.commands.release(now)
        return effects + self._take(said, heard.text, now)

    def _take(self, said: Utterance, raw: str, now: float) -> list[Effect]:
        """A whole turn was said: a cancel, more of the last command, or a new one."""
        if is_cancel(raw):
            return self.hearing.dropped() + self.commands.cancel(now)
        lag = max(0, self.link.position_ms - said.end_ms) / 1000
        ledger = Ledger(final=now, speech_end=min(now, self.link.sent_at) - lag)
        text = repair(said.text, self._symbols)
        if said.goes_on:
            self.hearing.amended(said)
            turn = self.hearing.last_turn
            effects = self.commands.amend(text, said.text, ledger, said.end_ms, now)
        else:
            turn = self.hearing.command(said)
            interaction = self._interaction(turn, "voice", text, said.text, now)
            effects = self.commands.begin(interaction, ledger, said.end_ms, now)
        return [Send(Transcript(turn=turn, text=text, final=True)), *effects]

    # --- the model ----------------------------------------------------------------------------

    def _on_model(self, event: ev.ModelSaid, now: float) -> list[Effect]:
        return self.commands.said(event.run, event.event, now)

    def _on_asked(self, event: ev.ModelAsked, now: float) -> list[Effect]:
        return self.commands.asked(event.run, now)

    def _on_model_failed(self, event: ev.ModelFailed, now: float) -> list[Effect]:
        return self.commands.failed(event.run, event.error, now)

    # --- time ---------------------------------------------------------------------------------

    def _on_drain(self, event: ev.Drain, now: float) -> list[Effect]:
        return self.life.drain(event.reason, now)

    def _on_tick(self, _event: ev.Tick, now: float) -> list[Effect]:
        effects = self.link.tick(now) + self.commands.tick(now)
        if self.life.keep_due(now) and self._kept and self.link.phase is Phase.LIVE:
            effects += self._keep(now)
        return effects + self.life.tick(now, busy=not self.commands.idle)

    def _settle(self, now: float) -> list[Effect]:
        """End what has nothing left to do."""
        effects: list[Effect] = []
        if self.commands.held and not self.link.turn_open:
            effects += self.commands.release(now)
        if self.life.wants_end_of_turn(now):
            effects += self.link.end_turn(now)
        quiet = self.commands.idle and not self._early
        if self.life.may_close(quiet=quiet, heard=not self.link.busy):
            effects += self.life.close_socket()
        if self.life.gone and self.life.done(quiet=quiet, heard=not self.link.busy):
            effects += self.link.close()
            if not self._kept:
                self.over = True
            elif not self._closing_job:
                effects += self._keep(now, last=True)
        return effects

    # --- small things -------------------------------------------------------------------------

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def _interaction(
        self, turn: int, source: Literal["voice", "text"], text: str, raw: str, now: float
    ) -> Interaction:
        created = self.wall(now)
        return Interaction(
            id=interaction_id(created, self.opening.random()),
            session_id=self.session_id,
            turn=turn,
            created_at=created,
            deadline_at=created,
            expires_at=created + timedelta(days=self.opening.limits.history_days),
            source=source,
            transcript=text,
            raw_transcript=raw,
        )

    def _token_end(self) -> float | None:
        ends = self.opening.token_ends
        return None if ends is None else self._monotonic(ends)

    def _monotonic(self, unix_s: float) -> float:
        at = datetime.fromtimestamp(unix_s, UTC)
        return self.opening.at + (at - self.opening.wall).total_seconds()


def _error(code: str, message: str, *, retryable: bool) -> Error:
    return Error(turn=None, interaction_id=None, code=code, message=message, retryable=retryable)


_HANDLERS: dict[type, Callable[[Session, Any, float], list[Effect]]] = {
    Start: Session._on_start,
    Text: Session._on_text,
    Control: Session._on_control,
    Retry: Session._on_retry,
    Auth: Session._on_auth,
    ev.BadMessage: Session._on_bad,
    ev.ClientGone: Session._on_gone,
    ev.SpeechOpened: Session._on_speech_opened,
    ev.SpeechRefused: Session._on_speech_refused,
    ev.SpeechSaid: Session._on_speech,
    ev.ModelAsked: Session._on_asked,
    ev.ModelSaid: Session._on_model,
    ev.ModelFailed: Session._on_model_failed,
    ev.Loaded: Session._on_loaded,
    ev.LoadStalled: Session._on_load_stalled,
    ev.Resumed: Session._on_resumed,
    ev.Fetched: Session._on_fetched,
    ev.Saved: Session._on_saved,
    ev.SaveStalled: Session._on_stalled,
    ev.SaveLost: Session._on_lost,
    ev.Fenced: Session._on_fenced,
    ev.TokenChecked: Session._on_token,
    ev.Drain: Session._on_drain,
    ev.Tick: Session._on_tick,
}
