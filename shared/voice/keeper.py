"""Stores the session itself, apart from its commands, so that it can be resumed and counted."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.voice.effects import Save, Spent


@dataclass(slots=True, kw_only=True)
class Keeper:
    """`kept`: the session is stored, or on its way. `closed`: its last save is done."""

    next_id: Callable[[], int]
    kept: bool = False
    closed: bool = False
    _jobs: set[int] = field(default_factory=set)
    _last: int = 0
    _counted_ms: int = 0

    @property
    def closing(self) -> bool:
        """Whether the last save is on its way."""
        return self._last != 0

    def save(self, heard_ms: int, *, last: bool = False, over: bool = False) -> Save:
        """Store that the session lives, and how much audio it has sent in all.

        `last`: nothing comes after it. `over`: it does not count among the user's sessions.
        """
        self.kept = True
        job = self.next_id()
        self._jobs.add(job)
        self._last = job if last else self._last
        fresh, self._counted_ms = heard_ms - self._counted_ms, heard_ms
        return Save(job=job, spent=Spent(audio_ms=fresh), closed=over)

    def done(self, job: int) -> bool:
        """Take note of a save; False if it was not one of these."""
        if job not in self._jobs:
            return False
        self._jobs.discard(job)
        self.closed = self.closed or job == self._last
        return True
