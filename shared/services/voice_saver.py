"""The store's side of a voice connection: jobs in order, each tried until it is done."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from shared.errors import NexusError
from shared.services.voice_journal import FencedError, VoiceJournal
from shared.voice import events as ev
from shared.voice.effects import Fetch, Load, Resume, Save

StoreEffect = Load | Resume | Fetch | Save
Run = Callable[[Callable[[], Any]], Awaitable[Any]]
Emit = Callable[[ev.Event], None]

MAX_SESSIONS: Final = 3
STALL_S: Final = 5.0
GIVE_UP_S: Final = 90.0
# The request to the model leaves first: the store's thread would take the interpreter from it.
_MODEL_FIRST_S: Final = 0.005
_PAUSES_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(slots=True, kw_only=True)
class VoiceSaver:
    """Does `Load`, `Resume`, `Fetch` and `Save` one after the other, and emits their events.

    `run` calls a blocking function off the event loop. `others`: how many other connections the
    user has to this process, those of the named session left out. `now`: monotonic seconds.
    While the store is away a job is tried again for `GIVE_UP_S`, so that nothing said is lost in
    the meantime; after `STALL_S` the session is told.
    """

    journal: VoiceJournal
    run: Run
    emit: Emit
    others: Callable[[str], int]
    now: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _jobs: asyncio.Queue[tuple[StoreEffect, asyncio.TimerHandle]] = field(
        default_factory=asyncio.Queue
    )
    _counted: bool = False

    def put(self, effect: StoreEffect) -> None:
        """Take a job; it counts as stalled from now on, also while it waits for others."""
        stalled = asyncio.get_running_loop().call_later(STALL_S, self._stall, effect, False)
        self._jobs.put_nowait((effect, stalled))

    async def work(self) -> None:
        """Do the jobs until cancelled."""
        stalled: asyncio.TimerHandle | None = None
        try:
            while True:
                effect, stalled = await self._jobs.get()
                await self._do(effect)
                stalled.cancel()
        finally:
            self._forget(stalled)

    async def _do(self, effect: StoreEffect) -> None:
        if isinstance(effect, Save) and effect.begins:
            await self.pause(_MODEL_FIRST_S)
        started, tries = self.now(), 0
        while True:
            try:
                self.emit(await self.run(partial(self._call, effect)))
            except FencedError:
                self.emit(ev.Fenced())
            except NexusError as exc:
                if exc.retryable and self.now() - started < GIVE_UP_S:
                    await self.pause(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
                    tries += 1
                    continue
                self._stall(effect, True)
            return

    def _forget(self, stalled: asyncio.TimerHandle | None) -> None:
        if stalled:
            stalled.cancel()
        while not self._jobs.empty():
            self._jobs.get_nowait()[1].cancel()

    def _call(self, effect: StoreEffect) -> ev.Event:
        if isinstance(effect, Save):
            return ev.Saved(effect.job, self.journal.save(effect))
        if isinstance(effect, Fetch):
            return ev.Fetched(self.journal.fetch(effect.interaction_id))
        return self._open(effect)

    def _open(self, effect: Load | Resume) -> ev.Event:
        found: ev.Event | None = None
        if isinstance(effect, Resume):
            found = self.journal.resume(effect.session_id, effect.last_turn)
        found = found or self.journal.load()
        if not self._counted:
            here = self.others(self.journal.session_id)
            if max(here, self.journal.live_elsewhere(MAX_SESSIONS)) >= MAX_SESSIONS:
                return ev.TooManySessions()
            self._counted = True
        return found

    def _stall(self, effect: StoreEffect, given_up: bool) -> None:
        if isinstance(effect, Save):
            self.emit(ev.SaveLost(effect.job) if given_up else ev.SaveStalled(effect.job))
        else:
            self.emit(ev.LoadStalled(given_up))
