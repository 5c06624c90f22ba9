"""A speech link with a scripted service and a virtual clock; every tick must change something."""

import random
from dataclasses import dataclass, field

from shared.errors import NexusError, UpstreamUnavailable
from shared.ports.speech import SpeechConfig
from shared.voice import effects as fx
from shared.voice.server_messages import Error, Status
from shared.voice.speech_link import Phase, SpeechLink

ALIVE_S = 5.0
AWAY = UpstreamUnavailable("The speech service is away.")


def noise(seconds: float, rate_hz: int = 16000, seed: int = 1) -> bytes:
    """Loud audio of which no part repeats."""
    return random.Random(seed).randbytes(round(seconds * rate_hz) * 2)


def silence(seconds: float, rate_hz: int = 16000) -> bytes:
    """Digital silence."""
    return bytes(round(seconds * rate_hz) * 2)


@dataclass
class Line:
    """Opens streams after `open_s` and says that it lives every 5 s, unless `away` or `deaf`."""

    rate_hz: int = 16000
    open_s: float = 0.05
    now: float = 5000.0
    away: bool = False
    deaf: bool = False
    ticks: int = 0
    sent: list[tuple[float, int, bytes]] = field(default_factory=list)
    effects: list[fx.Effect] = field(default_factory=list)
    _opening: tuple[int, float] | None = None
    _alive_at: float = 0.0

    def __post_init__(self) -> None:
        self.link = SpeechLink(config=SpeechConfig(sample_rate_hz=self.rate_hz))

    def say(self, pcm: bytes, step_s: float = 0.1) -> None:
        """Audio as a microphone gives it: a piece, then its time passes."""
        step = round(step_s * self.rate_hz) * 2
        for at in range(0, len(pcm), step):
            piece = pcm[at : at + step]
            self.do(self.link.audio(piece, self.now))
            self.wait(len(piece) / (2 * self.rate_hz))

    def wait(self, seconds: float) -> None:
        """Let time pass, with all that is due, in order."""
        end = self.now + seconds
        while (due := min(self._dues())) <= end:
            self.now = max(self.now, due)
            self._step()
        self.now = end

    def do(self, effects: list[fx.Effect]) -> None:
        """Carry effects out."""
        self.effects += effects
        for effect in effects:
            if isinstance(effect, fx.OpenSpeech):
                self._opening = (effect.stream, self.now + self.open_s)
            elif isinstance(effect, fx.SendSpeech):
                assert self.link.phase is Phase.LIVE
                assert effect.stream == self.link.stream
                self.sent.append((self.now, effect.stream, effect.audio))

    def lose(self, error: NexusError | None = None) -> None:
        """The open stream ends."""
        self.do(self.link.lost(self.link.stream, error, self.now))

    def heard(self) -> None:
        """The service says that it lives."""
        self.link.heard(self.now)

    def audio(self, stream: int = 0) -> bytes:
        """All audio sent on a stream, by default the newest."""
        stream = stream or self.link.stream
        return b"".join(audio for _, number, audio in self.sent if number == stream)

    def told(self) -> list[str]:
        """What the client was told: states and error codes."""
        messages = [e.message for e in self.effects if isinstance(e, fx.Send)]
        return [m.code if isinstance(m, Error) else _state(m) for m in messages]

    def kinds(self, stream: int = 0) -> str:
        """The order of audio (a) and ends of turns (E) on a stream."""
        stream = stream or self.link.stream
        kinds = {fx.SendSpeech: "a", fx.EndTurn: "E"}
        return "".join(
            kinds[type(e)]
            for e in self.effects
            if isinstance(e, fx.SendSpeech | fx.EndTurn) and e.stream == stream
        )

    def _dues(self) -> list[float]:
        dues = [float("inf")]
        if self._opening:
            dues.append(self._opening[1])
        if self.link.phase is Phase.LIVE and not self.deaf:
            dues.append(self._alive_at + ALIVE_S)
        due = self.link.next_at()
        return dues if due is None else [*dues, due]

    def _step(self) -> None:
        due = self.link.next_at()
        if self._opening and self.now >= self._opening[1]:
            (stream, _), self._opening = self._opening, None
            self._alive_at = self.now
            if self.away:
                self.do(self.link.lost(stream, AWAY, self.now))
            else:
                self.do(self.link.opened(stream, self.now))
        elif due is not None and self.now >= due:
            self.ticks += 1
            self.do(self.link.tick(self.now))
            after = self.link.next_at()
            assert after is None or after > self.now, "a tick that changes nothing"
        else:
            self._alive_at = self.now
            self.link.heard(self.now)


def _state(message: object) -> str:
    assert isinstance(message, Status)
    return message.state
