"""A session with scripted surroundings: what a test says happens, what the session wanted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from shared.errors import UpstreamUnavailable
from shared.ports.model import ModelEnd, ModelText, ModelUsage
from shared.ports.speech import SpeechAlive, TurnHeard
from shared.voice import effects as fx
from shared.voice import events as ev
from shared.voice.client_messages import Start
from shared.voice.opening import Limits, Opening
from shared.voice.presenter import present
from shared.voice.session import Session
from shared.voice.window import Window

WALL = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = b"\0\4" * 16000
REPLY = (
    "intent: create\nlanguage: python\nfilename: add.py\n\n"
    "```python\ndef add(a, b):\n    return a + b\n```\n\nAdds two numbers.\n"
)
_SEEDS = count(1, 1000)


@dataclass
class Driver:
    """Feeds a session; saves and loads are answered at once unless `store_away`."""

    token_ends: float | None = None
    limits: Limits = field(
        default_factory=lambda: Limits(
            daily_audio_ms=3_600_000, daily_model_calls=100, history_days=90
        )
    )
    store_away: bool = False
    speech_away: bool = False
    repository: bool | None = False
    window: Window = field(default_factory=Window)
    now: float = 1000.0
    effects: list[fx.Effect] = field(default_factory=list)
    waiting: list[fx.Effect] = field(default_factory=list)
    turn_order: Iterator[int] = field(default_factory=count)
    calls: int = 0

    def __post_init__(self) -> None:
        ids = count(next(_SEEDS))
        self.session = Session(
            Opening(
                session_id="s1",
                at=self.now,
                wall=WALL,
                token_ends=self.token_ends,
                limits=self.limits,
                random=lambda: next(ids),
            )
        )

    def start(self, **options: Any) -> "Driver":
        """Open in streaming mode, with speech at hand."""
        self.feed(Start(type="start", **options))
        return self

    def feed(self, event: ev.Event) -> list[fx.Effect]:
        """Feed one event; all effects that it and the answers to it caused."""
        caused: list[fx.Effect] = []
        events = [event]
        while events:
            for effect in self.session.on(events.pop(0), self.now):
                caused.append(effect)
                answer = self._answer(effect)
                events += [answer] if answer else []
        self.effects += caused
        return caused

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with every tick that is due."""
        end = self.now + seconds
        for _ in range(100_000):
            due = self.session.next_at()
            if due is None or due > end or self.session.over:
                break
            self.now = max(self.now, due)
            self.feed(ev.Tick())
        self.now = end

    def speak(self, seconds: float, *, alive: bool = True) -> None:
        """Send audio as a microphone does: 100 ms at a time."""
        for _ in range(round(seconds * 10)):
            self.feed(ev.Audio(SECOND[:3200]))
            if alive:
                self.feed(ev.SpeechSaid(self.stream, SpeechAlive()))
            self.pass_time(0.1)

    def hear(
        self, text: str, *, final: bool = True, start_ms: int = 0, end_ms: int = 0
    ) -> list[fx.Effect]:
        """The speech service says a turn; positions default to the audio sent so far."""
        order = next(self.turn_order) if final else 10_000
        end = end_ms or self.session.ear.link.position_ms
        return self.feed(
            ev.SpeechSaid(
                self.stream,
                TurnHeard(
                    order=order,
                    text=text,
                    final=final,
                    start_ms=start_ms or max(end - 1000, 0),
                    end_ms=end,
                ),
            )
        )

    def reply(self, text: str = REPLY, *, reason: Any = "complete") -> list[fx.Effect]:
        """The model answers the running request in pieces of seven characters."""
        caused = self.feed(ev.ModelAsked(self.run))
        run = self.run
        for at in range(0, len(text), 7):
            caused += self.feed(ev.ModelSaid(run, ModelText(text=text[at : at + 7])))
        usage = ModelUsage(input_tokens=10, output_tokens=20)
        end = ModelEnd(reason=reason, usage=usage, model="claude-test")
        return caused + self.feed(ev.ModelSaid(run, end))

    def store_back(self) -> None:
        """The store answers what waits, in order."""
        self.store_away = False
        waiting, self.waiting = self.waiting, []
        for effect in waiting:
            answer = self._answer(effect)
            if answer:
                self.feed(answer)

    @property
    def stream(self) -> int:
        """The newest speech stream."""
        return self.session.ear.link.stream

    @property
    def run(self) -> int:
        """The newest request to the model."""
        return next(e.run for e in reversed(self.effects) if isinstance(e, fx.AskModel))

    def requests(self) -> list[fx.AskModel]:
        """All requests to the model."""
        return [e for e in self.effects if isinstance(e, fx.AskModel)]

    def saves(self) -> list[fx.Save]:
        """All saves of commands."""
        return [e for e in self.effects if isinstance(e, fx.Save) and e.interaction]

    def sent(self, kind: str = "") -> list[dict[str, Any]]:
        """What the client got, all or of one type."""
        wires = [
            present(e.message, plain=self.session.plain)
            for e in self.effects
            if isinstance(e, fx.Send)
        ]
        return [w for w in wires if w is not None and kind in ("", w["type"])]

    def closes(self) -> list[int]:
        """Close codes."""
        return [e.code for e in self.effects if isinstance(e, fx.CloseSocket)]

    def audio_bytes(self) -> bytes:
        """All audio that went to the speech service."""
        return b"".join(e.audio for e in self.effects if isinstance(e, fx.SendSpeech))

    def _answer(self, effect: fx.Effect) -> ev.Event | None:
        if isinstance(effect, fx.OpenSpeech):
            if self.speech_away:
                return ev.SpeechRefused(effect.stream, UpstreamUnavailable("away"))
            return ev.SpeechOpened(effect.stream)
        if isinstance(effect, fx.Load | fx.Save | fx.Resume) and self.store_away:
            self.waiting.append(effect)
            return None
        if isinstance(effect, fx.Load | fx.Resume):
            return ev.Loaded(self.window, ev.Usage(model_calls=self.calls))
        if isinstance(effect, fx.Connect):
            return None if self.repository is None else ev.Connected(self.repository)
        if isinstance(effect, fx.Save):
            return ev.Saved(effect.job, self._changed(effect))
        return None

    def _changed(self, save: fx.Save) -> Window | None:
        self.calls += save.spent.model_calls
        if save.forget:
            self.window = self.window.drop(save.forget)
        elif save.remember:
            self.window = self.window.add(save.remember)
        else:
            return None
        return self.window
