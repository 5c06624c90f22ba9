"""From the speech service's turns to the session's: partial texts, commands, turns that go on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.ports.speech import TurnHeard
from shared.voice.effects import Effect, Send
from shared.voice.phrases import goes_on, is_cancel, is_undo, join
from shared.voice.server_messages import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A turn that is final.

    `goes_on`: it belongs to the turn before. `start_ms`, `end_ms`: where in the session's audio
    it was spoken.
    """

    text: str
    start_ms: int
    end_ms: int
    goes_on: bool


@dataclass(slots=True, kw_only=True)
class Hearing:
    """Follows one turn at a time; `last` is the utterance before it, as long as it can go on.

    `key_down`: the push-to-talk key is held. Whatever is said in one press is one command.
    `ended`: the last command has its result, so only words that cannot open a command go on.
    """

    hands_free: bool
    next_turn: Callable[[], int]
    turn: int | None = None
    continuing: bool = False
    last: Utterance | None = None
    last_turn: int = 0
    key_down: bool = False
    ended: bool = False
    _in_press: bool = False
    _amending: bool = False
    _done: set[tuple[int, int]] = field(default_factory=set)

    def partial(self, heard: TurnHeard, start_ms: int, *, open_turn: bool) -> list[Effect]:
        """What was heard so far; `open_turn`: the last command may still be amended."""
        if not heard.text.strip():
            return []
        # A result that is shown stays until the whole turn says that it is replaced.
        may_go_on = open_turn and not self.ended
        self.continuing = may_go_on and self._continues(heard.text, start_ms)
        if self.continuing and self.last:
            self._amending = True
            text = join(self.last.text, heard.text)
            return [Send(Transcript(turn=self.last_turn, text=text, final=False))]
        effects = self._restore()
        if self.turn is None:
            self.turn = self.next_turn()
        return [*effects, Send(Transcript(turn=self.turn, text=heard.text, final=False))]

    def final(
        self, stream: int, heard: TurnHeard, span: tuple[int, int], *, open_turn: bool
    ) -> tuple[Utterance | None, list[Effect]]:
        """The whole turn; ask `is_repeat` before."""
        self._done = {(stream, heard.order)} | {key for key in self._done if key[0] == stream}
        text = heard.text.strip()
        self.continuing = bool(text) and open_turn and self._continues(text, span[0])
        if not text:
            return None, self.dropped()
        said = Utterance(text=text, start_ms=span[0], end_ms=span[1], goes_on=self.continuing)
        if said.goes_on and self.last:
            before = self.last
            whole = join(before.text, text)
            said = Utterance(text=whole, start_ms=before.start_ms, end_ms=span[1], goes_on=True)
            self._amending = False
        effects = self._forget() if said.goes_on else self._restore()
        self.continuing = False
        return said, effects

    def is_repeat(self, stream: int, heard: TurnHeard) -> bool:
        """Whether this turn was final before: some models send it again, formatted."""
        return heard.final and (stream, heard.order) in self._done

    def press(self) -> None:
        """The key goes down: what follows is another command than what was said before."""
        self.key_down, self._in_press = True, False

    def release(self) -> None:
        """The key goes up; what was said until now may still come."""
        self.key_down = False

    def command(self, said: Utterance) -> int:
        """The turn's number for a new command; it can go on from here."""
        turn = self.next_turn() if self.turn is None else self.turn
        self.turn, self.last, self.last_turn = None, said, turn
        self._in_press = True
        return turn

    def amended(self, said: Utterance) -> None:
        """The last command now says this."""
        self.last = said

    def dropped(self) -> list[Effect]:
        """The turn came to nothing."""
        self.continuing = False
        return self._restore() + self._forget()

    def _continues(self, text: str, start_ms: int) -> bool:
        if self.last is None:
            return False
        if self._in_press and not self.hands_free:
            return not (is_cancel(text) or is_undo(text))
        gap = max(0, start_ms - self.last.end_ms)
        return goes_on(text, gap, hands_free=self.hands_free and not self.ended)

    def _restore(self) -> list[Effect]:
        """Take back what was shown as more of the last command, and was not."""
        amending, self._amending = self._amending, False
        if not amending or self.last is None:
            return []
        return [Send(Transcript(turn=self.last_turn, text=self.last.text, final=True))]

    def _forget(self) -> list[Effect]:
        """Take back a partial text that was shown under a number of its own."""
        turn, self.turn = self.turn, None
        return [] if turn is None else [Send(Transcript(turn=turn, text="", final=True))]
