"""The queue of a session's commands: what of them is stored, shown, amended and ended, and when."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from shared.voice import outcome as outcomes
from shared.voice.effects import Effect, Release, Save, Send, Spent
from shared.voice.failures import MOVED, NO_STORE, STALLED
from shared.voice.ledger import Ledger
from shared.voice.records import Failure, Intent, Interaction, State
from shared.voice.reply import ReplyEvent
from shared.voice.run import Run, tell
from shared.voice.server_messages import Ack, Status
from shared.voice.window import Command, Window

DEADLINE_S: Final = 90.0
_GRACE_S: Final = 15.0
_AMENDABLE: Final = frozenset(Intent) - {Intent.UNDO, Intent.CANCEL}


@dataclass(slots=True, kw_only=True)
class Backlog:
    """The queue of a session's commands; the first one runs.

    `window` is None until it is loaded, and `stale` while it is read again; `connected` is None
    until it is known whether there is a repository: commands wait for that. `held`: a speaker
    seems to go on, so a finished reply waits. `plain`: the client wants nothing but results.
    """

    wall: Callable[[float], datetime]
    next_id: Callable[[], int]
    calls_left: int
    plain: bool = False
    held: bool = False
    stale: bool = False
    window: Window | None = None
    connected: bool | None = None
    _last: Interaction | None = None
    _queue: deque[Run] = field(default_factory=deque)
    _jobs: dict[int, Run | None] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Whether nothing runs, waits or is being stored."""
        return not self._queue and not self._jobs

    @property
    def amendable(self) -> bool:
        """Whether the last command may be amended: it runs, or it ended well."""
        if self._queue:
            last = self._queue[-1]
            if last.changing:
                return False
            return not last.ending or last.interaction.state is State.DONE
        return self._last is not None

    @property
    def ended(self) -> bool:
        """Whether the last command has its result already."""
        return not self._queue or self._queue[-1].ending

    def begin(
        self, interaction: Interaction, ledger: Ledger, acked_ms: int, now: float
    ) -> list[Effect]:
        """Take up a command; its transcript is stored while the model is already asked."""
        run = Run(interaction=interaction, ledger=ledger, acked_ms=acked_ms)
        self._queue.append(run)
        return [self._save(run, now), *self._start(now)]

    def amend(
        self, transcript: str, raw: str, ledger: Ledger, acked_ms: int, now: float
    ) -> list[Effect]:
        """The last command's speaker went on: store the whole and ask again.

        A command that ended already runs once more, under the same interaction.
        """
        last = self._queue[-1] if self._queue else None
        before = last.interaction if last else self._last
        if before is None:
            return []
        whole = replace(
            before,
            transcript=transcript,
            raw_transcript=raw,
            state=State.RECEIVED,
            result=None,
            error=None,
        )
        if last is None or last.ending:
            return self.begin(whole, ledger, acked_ms, now)
        run, last.interaction = last, whole
        run.ledger, run.acked_ms = ledger, acked_ms
        run.stored, run.repaired = False, False
        effects = run.stop()
        return [*effects, self._save(run, now), *self._start(now)]

    def load(self, window: Window, now: float) -> list[Effect]:
        """The window is known (again)."""
        self.stale = False
        if self.window is None or window.count >= self.window.count:
            self.window = window
        return self._start(now)

    def connect(self, connected: bool, now: float) -> list[Effect]:
        """It is known whether there is a repository."""
        self.connected = connected
        return self._start(now)

    def cancel(self, now: float) -> list[Effect]:
        """Stop what runs and forget what waits; none of it is stored as done.

        Only what is being committed goes on: its result says how to take it back. Where there is
        nothing to stop, that is an answer too.
        """
        if not self._queue:
            return [Send(Status(turn=None, state="cancelled"))]
        effects: list[Effect] = []
        for run in [r for r in self._queue if not r.ending and not r.changing]:
            effects += run.stop()
            effects += self._end(run, State.CANCELLED, now)
            effects.append(Send(Status(turn=run.interaction.turn, state="cancelled")))
        return effects

    def saved(self, job: int, window: Window | None, now: float) -> list[Effect]:
        """A save is done."""
        run = self._jobs.pop(job, None)
        if window is not None:
            self.window = window
        if run is None or self._has_jobs(run):
            return []
        if run.ending:
            return self._leave(run, now)
        return [] if run.stored else self._stored(run, now)

    def stalled(self, job: int) -> list[Effect]:
        """The store is away; the save goes on being tried."""
        run = self._jobs.get(job)
        if run is None or self.plain or run.told:
            return []
        run.told = True
        return [tell(run.interaction, STALLED)]

    def lost(self, job: int, now: float) -> list[Effect]:
        """The store stayed away; the command is given up."""
        run = self._jobs.pop(job, None)
        if run is None or run not in self._queue or self._has_jobs(run):
            return []
        run.interaction = replace(run.interaction, result=None, error=NO_STORE)
        return [*run.stop(), *self._leave(run, now)]

    def next_at(self) -> float | None:
        """When `tick` should come."""
        return min((r.deadline for r in self._queue if r.deadline is not None), default=None)

    def stop_all(self) -> list[Effect]:
        """Drop everything without storing: another connection goes on with it."""
        effects = [effect for run in self._queue for effect in run.stop()]
        effects += [Release(run.interaction.id) for run in self._queue if self.connected]
        effects += [tell(run.interaction, MOVED) for run in self._queue]
        self._queue.clear()
        self._jobs.clear()
        return effects

    def _running(self, number: int) -> Run | None:
        return next((r for r in self._queue if r.run == number and not r.ending), None)

    def _has_jobs(self, run: Run) -> bool:
        return any(other is run for other in self._jobs.values())

    def _announce(self, run: Run, now: float) -> list[Effect]:
        """Say and store that the model is at work, once it is and the transcript is safe."""
        at_work = run.request is not None or run.changing  # not: it only looks, or waits to look
        if not run.stored or not at_work:
            return []
        effects: list[Effect] = [Send(Status(turn=run.interaction.turn, state="generating"))]
        effects += [Send(message) for message in run.held]
        run.held.clear()
        if run.interaction.state is State.RECEIVED:
            run.interaction = replace(run.interaction, state=State.GENERATING)
            effects.append(self._save(run, now))
        return effects

    def _stored(self, run: Run, now: float) -> list[Effect]:
        run.stored = True
        turn = run.interaction.turn
        effects: list[Effect] = [Send(Status(turn=turn, state="received"))]
        if run.acked_ms:
            effects.append(Send(Ack(audio_ms=run.acked_ms)))
        if self._queue[0] is not run:
            effects.append(Send(Status(turn=turn, state="queued")))
        return effects + self._announce(run, now)

    def _show_status(self, run: Run, state: Literal["queued"]) -> list[Effect]:
        return [Send(Status(turn=run.interaction.turn, state=state))] if run.stored else []

    def _show(self, run: Run, events: list[ReplyEvent], now: float) -> list[Effect]:
        messages = [run.message(event, now) for event in events]
        if run.stored:
            return [Send(message) for message in messages]
        run.held += messages
        return []

    def _fail(self, run: Run, failure: Failure, now: float) -> list[Effect]:
        run.interaction = replace(run.interaction, error=failure)
        return self._end(run, State.FAILED, now)

    def _end(
        self,
        run: Run,
        state: State,
        now: float,
        *,
        remember: Command | None = None,
        forget: str = "",
    ) -> list[Effect]:
        """Store the end; the client hears of it when it is stored."""
        run.ending, run.deadline = True, None
        run.changing = False
        run.ledger.done = now
        run.interaction = replace(
            run.interaction, state=state, usage=run.usage, timings=run.ledger.timings()
        )
        save = self._save(run, now)
        spent = Spent(model_calls=run.calls, usage=run.usage)
        return [replace(save, remember=remember, forget=forget, spent=spent)]

    def _leave(self, run: Run, now: float) -> list[Effect]:
        """The end is stored: tell it, with the time that storing took."""
        self._queue.remove(run)
        done = run.interaction.state is State.DONE
        kept = done and run.interaction.intent in _AMENDABLE and not _is_committed(run.interaction)
        self._last = run.interaction if kept else None
        effects: list[Effect] = [] if run.stored or not done else run.caught_up()
        if self.connected:
            effects.append(Release(run.interaction.id))
        run.ledger.done = now
        ended = replace(run.interaction, timings=run.ledger.timings())
        if ended.state is not State.CANCELLED:
            effects.append(Send(outcomes.as_message(ended)))
        return effects + self._start(now)

    def _save(self, run: Run, now: float) -> Save:
        job = self.next_id()
        self._jobs[job] = run
        dead = self.wall(now) + timedelta(seconds=DEADLINE_S + _GRACE_S)
        run.interaction = replace(run.interaction, deadline_at=dead)
        return Save(job=job, interaction=run.interaction, acked_ms=run.acked_ms)

    def _start(self, now: float) -> list[Effect]:
        """Let the first in the queue run, if none does and all that it needs is known."""
        raise NotImplementedError


def _is_committed(interaction: Interaction) -> bool:
    return bool(interaction.result and interaction.result["commit"])
