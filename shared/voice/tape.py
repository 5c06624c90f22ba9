"""The session's audio around the point up to which it has been sent: kept behind, waiting ahead."""

from collections import deque
from dataclasses import dataclass, field

from shared.voice.audio import Backlog, is_silent


@dataclass(slots=True, kw_only=True)
class Tape:
    """All sizes and positions are bytes of whole samples; positions count from the session's start.

    What is kept ends where what waits begins, without a hole, so a rewind is exact. `position`:
    of the next byte to be sent. `ends`: where turns have to be ended, in order. `awaited`: ends
    that were sent and whose final text has not come.
    """

    waiting: Backlog
    position: int = 0
    ends: deque[int] = field(default_factory=deque)
    awaited: list[int] = field(default_factory=list)
    _kept: deque[bytes] = field(default_factory=deque)
    _kept_size: int = 0
    _reached: int = 0

    @property
    def end(self) -> int:
        """Where the audio so far ends."""
        return self.position + self.waiting.size

    @property
    def at_end_of_turn(self) -> bool:
        """Whether all audio before the next end of a turn is sent."""
        return bool(self.ends) and self.ends[0] <= self.position

    @property
    def replayed(self) -> int:
        """How much of what waits was sent before."""
        return max(0, self._reached - self.position)

    def mark_end(self) -> None:
        """The turn ends here, after all audio so far."""
        if not self.ends or self.ends[-1] != self.end:
            self.ends.append(self.end)

    def pass_end(self) -> None:
        """The end of the turn is sent; its final text is to come."""
        self.awaited.append(self.ends.popleft())

    def next_size(self, least: int, most: int) -> int:
        """How much to send next; less than `least` only as the last of a turn, else 0."""
        size = min(self.waiting.size, most)
        if self.ends:
            return min(size, self.ends[0] - self.position)
        return size if size >= least else 0

    def take(self, size: int) -> bytes:
        """The next audio; it is kept."""
        audio = self.waiting.take(size)
        self.position += len(audio)
        self._reached = max(self._reached, self.position)
        self._kept.append(audio)
        self._kept_size += len(audio)
        return audio

    def keep(self, most: int) -> None:
        """Forget the oldest of what was sent, down to this much."""
        while self._kept_size > most:
            self._kept_size -= len(self._kept.popleft())

    def final(self, upto: int, margin: int) -> None:
        """A turn is final up to there: its audio is done with, and so are ends without more sound.

        `margin`: how far sound may go on after what counts as the end of the last word.
        """
        behind = self.position - upto
        while self._kept and self._kept_size - len(self._kept[0]) >= behind:
            self._kept_size -= len(self._kept.popleft())
        self.awaited = [at for at in self.awaited if self.has_sound(upto + margin, at)]

    def has_sound(self, start: int, end: int) -> bool:
        """Whether anything but silence is kept of this part."""
        at = self.position - self._kept_size
        for audio in self._kept:
            inside = audio[max(0, start - at) : max(0, end - at)]
            if inside and not is_silent(inside):
                return True
            at += len(audio)
        return False

    def rewind(self) -> None:
        """What is kept has to be sent again, with the ends whose text has not come."""
        self.waiting.push_front(list(self._kept))
        self.position -= self._kept_size
        self._kept.clear()
        self._kept_size = 0
        self.ends.extendleft(at for at in reversed(self.awaited) if at > self.position)
        self.awaited.clear()

    def drop(self, size: int) -> int:
        """Forget the oldest that waits, after a rewind; how much it was."""
        gone = len(self.waiting.take(size))
        self.position += gone
        while self.ends and self.ends[0] <= self.position:
            self.ends.popleft()
        return gone

    def clear(self) -> None:
        """Forget all audio and go on behind it."""
        self.position = self._reached = self.end
        self.waiting.take(self.waiting.size)
        self._kept.clear()
        self._kept_size = 0
        self.ends.clear()
        self.awaited.clear()
