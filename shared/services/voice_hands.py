"""The repository's side of a voice connection: one piece of work after the other, each on a thread.

What a piece does may be repeated: a change is found again by its interaction's id.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from shared.errors import NexusError, UpstreamUnavailable
from shared.services.voice_journal import FencedError
from shared.voice import events as ev
from shared.voice.effects import Change, Connect, Look, Release, TakeBack
from shared.voice.records import Interaction
from shared.voice.reply import Reply
from shared.voice.repository import Applied, Busy, RepositoryView, Undone

HandEffect = Connect | Look | Change | TakeBack | Release
Run = Callable[[Callable[[], Any]], Awaitable[Any]]

_BUSY_EVERY_S: Final = 0.3
_BUSY_S: Final = 60.0
_AGAIN_S: Final = (0.3, 1.0)
_FIND_AGAIN_S: Final = 2.0


class RepositoryWork(Protocol):
    """One user's repository, as one connection works on it; calls block, each may be repeated.

    Raises NexusErrors; `Rejected`, `Moved`, `UndoRefused` and `Busy` mean what they say.
    """

    def connect(self, workspace: str | None) -> bool:
        """Whether the user has a repository there."""

    def prefetch(self) -> tuple[str, ...]:
        """Read ahead what commands will need; the repository's names, most used first."""

    def look(self, interaction: Interaction, recent: tuple[str, ...]) -> RepositoryView:
        """Take the repository for a command, and read what it needs."""

    def apply(self, interaction: Interaction, reply: Reply, view: RepositoryView) -> Applied:
        """Make the reply's changes as one commit."""

    def undo(self, interaction: Interaction) -> Undone:
        """Take the newest command back by another commit."""

    def release(self, interaction_id: str) -> None:
        """Give the repository back."""


@dataclass(slots=True, kw_only=True)
class VoiceHands:
    """Does what concerns the repository, and emits the events.

    `work` is None where there is no repository for anybody. `run` calls a blocking function off
    the event loop. `check`: blocking; raises FencedError if the session goes on elsewhere.
    """

    work: RepositoryWork | None
    run: Run
    check: Callable[[], None]
    emit: Callable[[ev.Event], None]
    now: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _jobs: asyncio.Queue[HandEffect] = field(default_factory=asyncio.Queue)
    _stopped: set[int] = field(default_factory=set)

    def put(self, effect: HandEffect) -> None:
        """Take a piece of work."""
        if self.work is None:
            if isinstance(effect, Connect):
                self.emit(ev.Connected(False))
            return
        self._jobs.put_nowait(effect)

    def stop(self, run: int) -> None:
        """Give a look up; what is being changed goes on."""
        self._stopped.add(run)

    async def serve(self) -> None:
        """Do the work until cancelled, then what only gives back."""
        if self.work is None:
            return
        while True:
            effect = await self._jobs.get()
            if isinstance(effect, Connect):
                await self._connect(self.work, effect)
            elif isinstance(effect, Release):
                await self._release(self.work, effect)
            else:
                await self._do(self.work, effect)

    async def _connect(self, work: RepositoryWork, effect: Connect) -> None:
        while True:
            try:
                found = await self.run(lambda: work.connect(effect.workspace))
                break
            except NexusError as error:
                if not error.retryable:
                    found = False
                    break
                await self.pause(_FIND_AGAIN_S)  # the store is away: nothing is taken up anyway
        self.emit(ev.Connected(found))
        if not found:
            return
        try:
            self.emit(ev.NamesKnown(await self.run(work.prefetch)))
        except NexusError:
            return  # the first command will tell what is wrong

    async def _release(self, work: RepositoryWork, effect: Release) -> None:
        try:
            await self.run(lambda: work.release(effect.interaction_id))
        except NexusError:
            return  # it runs out by itself

    async def _do(self, work: RepositoryWork, effect: Look | Change | TakeBack) -> None:
        began, tries, told = self.now(), 0, False
        while effect.run not in self._stopped:
            try:
                self.emit(await self.run(lambda: self._call(work, effect)))
                return
            except FencedError:
                self.emit(ev.Fenced())
                return
            except Busy as error:
                if self.now() - began > _BUSY_S:
                    self.emit(ev.WorkFailed(effect.run, error))
                    return
                if not told:
                    told = True
                    self.emit(ev.Waiting(effect.run))
                await self.pause(_BUSY_EVERY_S)
            except NexusError as error:
                if not isinstance(error, UpstreamUnavailable) or tries == len(_AGAIN_S):
                    self.emit(ev.WorkFailed(effect.run, error))
                    return
                await self.pause(_AGAIN_S[tries])
                tries += 1

    def _call(self, work: RepositoryWork, effect: Look | Change | TakeBack) -> ev.Event:
        if isinstance(effect, Look):
            return ev.Looked(effect.run, work.look(effect.interaction, effect.recent))
        self.check()
        if isinstance(effect, Change):
            applied = work.apply(effect.interaction, effect.reply, effect.view)
            return ev.Changed(effect.run, applied)
        return ev.TakenBack(effect.run, work.undo(effect.interaction))
