"""Speech in both directions: the line that carries audio out, and the turns that come back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.ports.speech import SpeechConfig, SpeechEnded, SpeechEvent, SpeechStarted, TurnHeard
from shared.voice.client_messages import Start
from shared.voice.effects import Effect, Load, UpdateTerms
from shared.voice.hearing import Hearing, Utterance
from shared.voice.ledger import Ledger
from shared.voice.speech_link import Phase, SpeechLink
from shared.voice.vocabulary import keyterms, repair, symbols
from shared.voice.window import Command

# A microphone sends silence too: no audio at all means a muted one, or a network that stalls and
# then delivers. A held key means more will come.
_MUTED_S: Final = 3.0
_HELD_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of a speech event; `said` only when a turn is final and not empty."""

    effects: list[Effect]
    said: Utterance | None = None


@dataclass(slots=True, kw_only=True)
class Ear:
    """Joins `SpeechLink` and `Hearing`, and knows the names of the user's code."""

    next_turn: Callable[[], int]
    link: SpeechLink = field(init=False)
    hearing: Hearing = field(init=False)
    _recent: tuple[str, ...] = ()
    _known: tuple[str, ...] = ()
    _names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.link = SpeechLink(config=SpeechConfig(sample_rate_hz=16000))
        self.hearing = Hearing(hands_free=True, next_turn=self.next_turn)

    def configure(self, start: Start) -> None:
        """Listen as the client asks."""
        self.hearing.hands_free = start.mode == "hands_free"
        self.link = SpeechLink(
            config=SpeechConfig(
                sample_rate_hz=start.sample_rate,
                language=start.language,
                patient=self.hearing.hands_free,
            ),
            quiet_end_s=_MUTED_S if self.hearing.hands_free else _HELD_S,
        )

    def learn(self, commands: Sequence[Command]) -> list[Effect]:
        """Teach speech recognition the names of the window's code, and then the repository's."""
        self._recent = symbols(commands)
        return self._teach()

    def know(self, names: tuple[str, ...]) -> list[Effect]:
        """Teach speech recognition the names of the repository."""
        self._known = names
        return self._teach()

    def _teach(self) -> list[Effect]:
        names = tuple(dict.fromkeys((*self._recent, *self._known)))
        if names == self._names:
            return []
        self._names = names
        terms = keyterms(names)
        self.link.with_terms(terms)
        return [UpdateTerms(self.link.stream, terms)] if self.link.phase is Phase.LIVE else []

    def repair(self, text: str) -> str:
        """Put the names of the code back into their casing."""
        return repair(text, self._names)

    def on(self, stream: int, event: SpeechEvent, now: float, *, open_turn: bool) -> Heard:
        """Take in what the service says; `open_turn`: the last command may still be amended."""
        if stream != self.link.stream:
            return Heard(effects=[])
        if isinstance(event, SpeechEnded):
            return Heard(effects=self.link.lost(stream, event.error, now))
        self.link.heard(now)
        if isinstance(event, TurnHeard):
            return self._turn(stream, event, open_turn=open_turn)
        if isinstance(event, SpeechStarted):
            self.link.turn_open = True
            return Heard(effects=[Load()])
        return Heard(effects=[])

    def ledger(self, said: Utterance, now: float) -> Ledger:
        """The ledger of a command, from the end of its last word."""
        lag_s = max(0, self.link.position_ms - said.end_ms) / 1000
        return Ledger(final=now, speech_end=min(now, self.link.sent_at) - lag_s)

    def _turn(self, stream: int, heard: TurnHeard, *, open_turn: bool) -> Heard:
        if self.hearing.is_repeat(stream, heard):
            return Heard(effects=[])
        place = self.link.timeline.to_session
        here = self.link.position_ms
        start, end = (place(heard.start_ms), place(heard.end_ms)) if heard.end_ms else (here, here)
        if not heard.final:
            self.link.turn_open = True
            return Heard(effects=self.hearing.partial(heard, start, open_turn=open_turn))
        said, effects = self.hearing.final(stream, heard, (start, end), open_turn=open_turn)
        self.link.turn_ended(end)
        return Heard(effects=effects, said=said)
