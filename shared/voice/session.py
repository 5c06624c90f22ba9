"""The voice session: a state machine of (event, time) -> effects, without any I/O.

    browser ─ audio, messages ─┐                  ┌─ Send, CloseSocket ─> browser
    speech  ─ turns ───────────┤  Session.on(     ├─ OpenSpeech, SendSpeech … ─> speech
    model   ─ reply ───────────┤  event, now)     ├─ AskModel, CancelModel ─> model
    store   ─ saved, loaded ───┤                  ├─ Load, Save … ─> store
    git     ─ looked, changed ─┘                  └─ Look, Change … ─> git

It joins `Ear` (audio out, turns in), `Commands` (one at a time, stored before shown), `Keeper` (the
session's own record) and `Lifetime` (when a connection has to end). `now`: monotonic seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final, Literal

from shared.voice import events as ev
from shared.voice.audio import duration_ms
from shared.voice.client_messages import Auth, Control, Retry, Start, Text
from shared.voice.commands import CommandEvent, Commands
from shared.voice.ear import Ear
from shared.voice.effects import (
    CloseSocket,
    Connect,
    Effect,
    Fetch,
    Load,
    Resume,
    Send,
    Verify,
    fault,
)
from shared.voice.hearing import Utterance
from shared.voice.intake import Early, Intake
from shared.voice.keeper import Keeper
from shared.voice.ledger import Ledger
from shared.voice.lifetime import Lifetime
from shared.voice.opening import Opening
from shared.voice.outcome import as_message
from shared.voice.phrases import is_cancel
from shared.voice.records import UNFINISHED, Interaction, State
from shared.voice.server_messages import Ready, Transcript
from shared.voice.speech_link import Phase
from shared.voice.window import Window

_AHEAD_S: Final = 10.0
_AHEAD_RESUMED_S: Final = 60.0
_LAST_WORDS_S: Final = 1.2


@dataclass(slots=True)
class Session:
    """One connection of one user. `over`: nothing is left to do; throw it away."""

    opening: Opening
    over: bool = False
    session_id: str = field(init=False)
    plain: bool = False
    _ids: "count[int]" = field(default_factory=lambda: count(1))
    _turn: int = 0
    _base_ms: int = 0
    _started: bool = False
    _resumed: bool = False
    _ready: bool = False
    _early: Early = field(default_factory=Early)
    _usage: ev.Usage = field(default_factory=ev.Usage)
    _told_quota: bool = False
    _heard_ms: int = 0
    _held_until: float = 0.0
    _intake: Intake = field(default_factory=Intake)
    ear: Ear = field(init=False)
    keeper: Keeper = field(init=False)
    commands: Commands = field(init=False)
    life: Lifetime = field(init=False)

    def __post_init__(self) -> None:
        self.session_id = self.opening.session_id
        ends_at = (ends := self.opening.token_ends) and self.opening.monotonic_at(ends)
        self.life = Lifetime(opened_at=self.opening.at, token_ends=ends_at)
        self.ear = Ear(next_turn=self._next_turn)
        self.keeper = Keeper(next_id=self._next_id)
        self.commands = Commands(
            wall=self.opening.wall_at,
            next_id=self._next_id,
            calls_left=self.opening.limits.daily_model_calls,
        )

    def on(self, event: ev.Event, now: float) -> list[Effect]:
        """Take in what happened at `now`; what is to be done, in order."""
        if self.over:
            return []
        if isinstance(event, ev.Audio):
            return self._on_audio(event, now)
        if isinstance(event, Text | Control | Retry | Auth):
            self.life.input_at = now
            if not self._ready:
                return self._later(event)
        return _HANDLERS[type(event)](self, event, now) + self._settle(now)

    def counts_beside(self, session_id: str) -> bool:
        """Whether this is one of its user's sessions beside the named one: its client is here."""
        return not self.over and not self.life.gone and self.session_id != session_id

    @property
    def started(self) -> bool:
        """Whether the client has said how it wants to speak."""
        return self._started

    def next_at(self) -> float | None:
        """When a `Tick` is due, in monotonic seconds."""
        due = [self.ear.link.next_at(), self.commands.next_at(), self.life.next_at()]
        due.append(self._held_until if self.commands.held and self._held_until else None)
        return min((at for at in due if at is not None), default=None)

    def _on_audio(self, event: ev.Audio, now: float) -> list[Effect]:
        if not self._started:
            self._started = self.plain = self.commands.plain = True
            return [Load(), Connect(), *self._on_audio(event, now)]
        if not self.life.accepting:
            return []
        self.life.input_at, rate_hz = now, self.ear.link.config.sample_rate_hz
        pcm, ahead_s = self._intake.take(event.data, rate_hz, now)
        if ahead_s > (_AHEAD_RESUMED_S if self._resumed else _AHEAD_S):
            message = f"Audio came {ahead_s:.0f} s ahead of real time; send it as it is spoken."
            return [fault("audio_too_fast", message), CloseSocket(4429, "audio too fast")]
        if not self._ready:
            self._early.put(ev.Audio(pcm))
            return []
        return self._hear(pcm, now)

    def _hear(self, pcm: bytes, now: float) -> list[Effect]:
        self._heard_ms += duration_ms(len(pcm), self.ear.link.config.sample_rate_hz)
        if self._usage.audio_ms + self._heard_ms > self.opening.limits.daily_audio_ms:
            if self._told_quota:
                return []
            self._told_quota = True
            message = "Today's audio is used up; type, or come back after midnight UTC."
            return [fault("quota_exceeded", message, retryable=False), *self.ear.link.close()]
        if not self.ear.hearing.hands_free and not self.ear.hearing.key_down:
            self.ear.hearing.press()
        return self._keep_once(now) + self.ear.link.audio(pcm, now)

    def _on_start(self, event: Start, now: float) -> list[Effect]:
        if self._started:
            return self._refuse("`start` comes once, as the first message.")
        self._started = True
        self.ear.configure(event)
        self.life.input_at = now
        load = Resume(event.resume, event.last_turn) if event.resume else Load()
        return [load, Connect(event.workspace_id)]

    def _on_text(self, event: Text, now: float) -> list[Effect]:
        if is_cancel(event.text):
            return self.commands.cancel(now)
        turn = self._next_turn()
        self.ear.hearing.last = None
        shown: list[Effect] = [Send(Transcript(turn=turn, text=event.text, final=True))]
        interaction = self._interaction(turn, "text", event.text, event.text, now)
        self.commands.stale = True  # another session may have changed the window
        begun = self.commands.begin(interaction, Ledger(final=now), 0, now)
        return [Load(), *self._keep_once(now), *shown, *begun]

    def _on_control(self, event: Control, now: float) -> list[Effect]:
        if event.type == "cancel":
            return self.ear.hearing.dropped() + self.commands.cancel(now)
        if event.type == "stop":
            self.life.stop()
        if self.ear.hearing.key_down:
            self.ear.hearing.release()
            self._held_until = now + _LAST_WORDS_S
        return self.ear.link.end_turn(now)

    def _on_fetched(self, event: ev.Fetched, now: float) -> list[Effect]:
        found = event.interaction
        if found is None:
            return [fault("bad_message", "No such command to retry.", retryable=False)]
        if found.state is State.DONE:
            return [Send(as_message(found))]
        if found.as_of(self.opening.wall_at(now)).state in UNFINISHED:
            return [fault("bad_message", "That command still runs.")]
        self.commands.stale = True
        again = self._rerun(replace(found, turn=self._next_turn()), now)
        return [Load(), *self._keep_once(now), *again]

    def _rerun(self, found: Interaction, now: float) -> list[Effect]:
        again = replace(
            found, session_id=self.session_id, state=State.RECEIVED, error=None, result=None
        )
        self.ear.hearing.last = None
        shown = Send(Transcript(turn=again.turn, text=again.transcript, final=True))
        return [shown, *self.commands.begin(again, Ledger(final=now), 0, now)]

    def _on_token(self, event: ev.TokenChecked, _now: float) -> list[Effect]:
        if event.expires_at is None:
            return [fault("token_expiring", "The token was refused.")]
        self.life.renew(self.opening.monotonic_at(event.expires_at))
        return []

    def _refuse(self, detail: str) -> list[Effect]:
        """A fault in the first message ends the connection; a later one is only told."""
        told: list[Effect] = [fault("bad_message", detail, retryable=False)]
        return told if self._started else [*told, CloseSocket(4400, "bad message")]

    def _on_gone(self, _event: ev.ClientGone, now: float) -> list[Effect]:
        resumable = self.keeper.kept and not self.plain and self.ear.link.busy
        self.ear.link.hold_quiet(self.life.lose_client(now, resumable=resumable))
        self.ear.hearing.release()
        if not self.keeper.kept or not (
            self.ear.link.busy or self._early or not self.commands.idle
        ):
            return []
        return [self.keeper.save(self._heard_ms, over=not self.life.draining)]

    def _later(self, event: ev.Event) -> list[Effect]:
        """Keep what comes before the session is ready; nothing may come before `start`."""
        if not self._started:
            return self._refuse("The first message must be `start` or audio.")
        if not self._early.put(event):
            return self._refuse("Too much before `ready`.")
        return []

    def _on_loaded(self, event: ev.Loaded, now: float) -> list[Effect]:
        self._usage = event.usage
        self.commands.calls_left = self.opening.limits.daily_model_calls - event.usage.model_calls
        effects = self.commands.load(event.window, now) + self.ear.learn(event.window.commands)
        return effects if self._ready else effects + self._become_ready(now)

    def _on_resumed(self, event: ev.Resumed, now: float) -> list[Effect]:
        self._resumed = self.keeper.kept = True
        self.session_id, self._turn = event.session_id, event.turn
        self._base_ms = event.acked_ms
        self.ear.link.start_at(event.acked_ms)
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
        for event in self._early.take():
            if isinstance(event, ev.Audio):
                effects += self._hear(event.data, now)
            else:
                effects += _HANDLERS[type(event)](self, event, now)
        return effects

    def _on_saved(self, event: ev.Saved, now: float) -> list[Effect]:
        if self.keeper.done(event.job):
            self.over = self.keeper.closed
            return []
        effects = self.commands.saved(event.job, event.window, now)
        return effects + (self.ear.learn(event.window.commands) if event.window else [])

    def _on_lost(self, event: ev.SaveLost, now: float) -> list[Effect]:
        if self.keeper.done(event.job):
            self.over = self.keeper.closed
            return []
        return self.commands.lost(event.job, now)

    def _on_load_stalled(self, event: ev.LoadStalled, now: float) -> list[Effect]:
        if self._ready and event.given_up:
            return self.commands.load(self.commands.window or Window(), now)
        if self._ready or (self.plain and not event.given_up):
            return []
        message = "The store does not answer; nothing can be kept, so nothing is taken up yet."
        told: list[Effect] = [fault("store_unavailable", message)]
        return [*told, CloseSocket(1013, "the store is away")] if event.given_up else told

    def _on_fenced(self, _event: ev.Fenced, _now: float) -> list[Effect]:
        self.over = True
        closing: list[Effect] = [*self.ear.link.close(), *self.commands.stop_all()]
        return [*closing, CloseSocket(1000, "continued on another connection")]

    def _keep_once(self, now: float) -> list[Effect]:
        """Make the session's record at its first words: who comes and goes costs no write."""
        return [] if self.keeper.kept else self._keep(now)

    def _keep(self, now: float, *, last: bool = False) -> list[Effect]:
        """Store the session itself, so that another connection can resume it."""
        self.life.kept_at = now
        over = last and not self.life.draining
        return [self.keeper.save(self._heard_ms, last=last, over=over)]

    def _on_speech(self, event: ev.SpeechSaid, now: float) -> list[Effect]:
        self.ear.hearing.ended = self.commands.ended
        heard = self.ear.on(event.stream, event.event, now, open_turn=self.commands.amendable)
        if Load() in heard.effects:
            self.commands.stale = True
        hearing = self.ear.hearing
        held, self.commands.held = self.commands.held, hearing.continuing or hearing.key_down
        over = held and not self.commands.held and not (heard.said and heard.said.goes_on)
        released = self.commands.release(now) if over else []
        return heard.effects + released + (self._take(heard.said, now) if heard.said else [])

    def _take(self, said: Utterance, now: float) -> list[Effect]:
        """A whole turn was said: a cancel, more of the last command, or a new one."""
        if is_cancel(said.text):
            return self.ear.hearing.dropped() + self.commands.cancel(now)
        ledger = self.ear.ledger(said, now)
        text = self.ear.repair(said.text)
        if said.goes_on:
            self.ear.hearing.amended(said)
            turn = self.ear.hearing.last_turn
            effects = self.commands.amend(text, said.text, ledger, said.end_ms, now)
        else:
            turn = self.ear.hearing.command(said)
            interaction = self._interaction(turn, "voice", text, said.text, now)
            effects = self.commands.begin(interaction, ledger, said.end_ms, now)
        return [Send(Transcript(turn=turn, text=text, final=True)), *effects]

    def _on_tick(self, _event: ev.Tick, now: float) -> list[Effect]:
        if now >= self._held_until:
            self._held_until = 0.0
        effects = self.ear.link.tick(now) + self.commands.tick(now)
        if self.life.keep_due(now) and self.keeper.kept and self.ear.link.phase is Phase.LIVE:
            effects += self._keep(now)
        return effects + self.life.tick(now, busy=not self.commands.idle)

    def _settle(self, now: float) -> list[Effect]:
        """End what has nothing left to do."""
        effects: list[Effect] = []
        pressed = self.ear.hearing.key_down and self.ear.link.fed(now)
        going_on = self.ear.link.turn_open or pressed or now < self._held_until
        if self.commands.held and not going_on:
            self._held_until = 0.0
            effects += self.commands.release(now)
        if self.life.wants_end_of_turn(now):
            effects += self.ear.link.end_turn(now)
        quiet = self.commands.idle and not self._early
        if self.life.may_close(quiet=quiet, heard=not self.ear.link.busy):
            effects += self.life.close_socket()
        if self.life.gone and self.life.done(quiet=quiet, heard=not self.ear.link.busy):
            effects += self.ear.link.close()
            if not self.keeper.kept:
                self.over = True
            elif not self.keeper.closing:
                effects += self._keep(now, last=True)
        return effects

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    def _next_id(self) -> int:
        return next(self._ids)

    def _interaction(
        self, turn: int, source: Literal["voice", "text"], text: str, raw: str, now: float
    ) -> Interaction:
        return self.opening.interaction(
            session_id=self.session_id, turn=turn, source=source, text=text, raw=raw, now=now
        )


_HANDLERS: dict[type, Callable[[Session, Any, float], list[Effect]]] = {
    Start: Session._on_start,
    Text: Session._on_text,
    Control: Session._on_control,
    Retry: lambda _s, e, _now: [Fetch(e.interaction_id)],
    Auth: lambda _s, e, _now: [Verify(e.token)],
    ev.BadMessage: lambda s, e, _now: s._refuse(e.detail),
    ev.ClientGone: Session._on_gone,
    ev.SpeechOpened: lambda s, e, now: s.ear.link.opened(e.stream, now),
    ev.SpeechRefused: lambda s, e, now: s.ear.link.lost(e.stream, e.error, now),
    ev.SpeechSaid: Session._on_speech,
    **dict.fromkeys(CommandEvent.__args__, lambda s, e, now: s.commands.take(e, now)),
    ev.Connected: lambda s, e, now: s.commands.connect(e.connected, now),
    ev.NamesKnown: lambda s, e, _now: s.ear.know(e.names),
    ev.Loaded: Session._on_loaded,
    ev.LoadStalled: Session._on_load_stalled,
    ev.TooManySessions: lambda _s, _e, _now: [
        fault("session_limit", "You have three sessions already; close one of them."),
        CloseSocket(4429, "too many sessions"),
    ],
    ev.Resumed: Session._on_resumed,
    ev.Fetched: Session._on_fetched,
    ev.Saved: Session._on_saved,
    ev.SaveStalled: lambda s, e, _now: s.commands.stalled(e.job),
    ev.SaveLost: Session._on_lost,
    ev.Fenced: Session._on_fenced,
    ev.TokenChecked: Session._on_token,
    ev.Drain: lambda s, e, now: s.life.drain(e.reason, now),
    ev.Tick: Session._on_tick,
}
